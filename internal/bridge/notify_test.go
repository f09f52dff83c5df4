package bridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/alert"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/internal/notify/notifytest"
	"ineed-insales/storage"
)

// People are those who are told what is wrong, by all three channels.
type people struct {
	w    *world
	mail *notifytest.Server

	mu     sync.Mutex
	got    map[string][]string // by channel: event and cause
	texts  []string
	status int // of the webhook's answers; 0 = 200
	tries  []time.Time
}

// withPeople makes channels for a world; listen switches them on.
func withPeople(p *people) func(*world) {
	p.got, p.mail = map[string][]string{}, &notifytest.Server{}
	return func(w *world) {
		p.w = w
		w.net.serve("telegram.test", http.HandlerFunc(p.telegram))
		w.net.serve("people.test", http.HandlerFunc(p.webhook))
		w.config = func(c *bridge.Config) { c.Dial = p.dial }
	}
}

func (p *people) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if name, _, _ := net.SplitHostPort(address); name != "mail.test" {
		return p.w.net.dial(ctx, network, address)
	}
	ours, theirs := net.Pipe()
	go p.mail.Serve(theirs)
	return ours, nil
}

func (p *people) note(channel, event, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got[channel] = append(p.got[channel], event)
	p.texts = append(p.texts, text)
}

func (p *people) telegram(w http.ResponseWriter, r *http.Request) {
	var m struct{ Text string }
	_ = json.NewDecoder(r.Body).Decode(&m)
	event, _, _ := strings.Cut(m.Text, " ")
	p.note(storage.ChannelTelegram, event, m.Text)
	_, _ = io.WriteString(w, `{"ok":true}`)
}

func (p *people) webhook(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	status := p.status
	p.tries = append(p.tries, time.Now())
	p.mu.Unlock()
	if status > 0 {
		w.WriteHeader(status)
		return
	}
	var m struct{ Event, Cause string }
	_ = json.Unmarshal(raw, &m)
	p.note(storage.ChannelWebhook, strings.TrimSpace(m.Event+" "+m.Cause), string(raw))
	if status == hangsUp {
		panic(http.ErrAbortHandler)
	}
}

// hangsUp is the status of a webhook that takes a message and does not say so.
const hangsUp = -1

func (p *people) answer(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

// heard is what came by webhook.
func (p *people) heard() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.got[storage.ChannelWebhook], ", ")
}

// hears waits until people have heard all that, and nothing else.
func (p *people) hears(most time.Duration, want string) {
	p.w.t.Helper()
	p.w.until(most, "people hear "+want+" (now: "+p.heard()+")", func() bool { return p.heard() == want })
}

func (p *people) save(c storage.Channel) {
	p.w.t.Helper()
	c.Enabled = true
	if err := p.w.proc.bridge.Alerts.SaveChannel(p.w.t.Context(), c); err != nil {
		p.w.t.Fatal(err)
	}
}

func webhookChannel() storage.Channel {
	return storage.Channel{Kind: storage.ChannelWebhook, Address: "http://people.test/alarms", Secret: "webhook-token"}
}

// wrongKey makes the company's key one that the shop does not know; right again
// if that is what is wanted.
func (p *people) key(password storage.Secret) {
	p.w.t.Helper()
	c, err := p.w.proc.bridge.Company(p.w.t.Context(), company)
	if err != nil {
		p.w.t.Fatal(err)
	}
	c.Shop.Password = password
	p.w.save(c)
}

// TestPeopleAreTold: once when it begins and once when it is over, by every
// channel, and not more often when it comes and goes.
func TestPeopleAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		p.save(storage.Channel{Kind: storage.ChannelTelegram, Address: "http://telegram.test",
			Secret: "12345:abcdefghijklmnopqrstuvwxyz", To: "-100"})
		p.save(storage.Channel{Kind: storage.ChannelEmail, Address: "mail.test", Security: "none",
			From: "robot@mail.test", To: "owner@mail.test"})
		w.accept(anOrder("1"))
		w.untilState(time.Minute, "1", storage.StateSent)
		time.Sleep(10 * time.Minute)
		if got := p.heard(); got != "" {
			t.Fatalf("all is well, but people heard %s", got)
		}

		p.key("ffffffffffffffffffffffffffffffff")
		p.hears(5*time.Minute, "started key_rejected")
		time.Sleep(3 * time.Hour)
		p.hears(0, "started key_rejected")
		p.key(insalestest.DefaultPassword)
		p.hears(5*time.Minute, "started key_rejected, over key_rejected")
		for range 4 { // it comes and goes: told again when an hour is over, at most
			p.key("ffffffffffffffffffffffffffffffff")
			time.Sleep(6 * time.Minute)
			p.key(insalestest.DefaultPassword)
			time.Sleep(4 * time.Minute)
		}
		p.hears(0, "started key_rejected, over key_rejected, started key_rejected, over key_rejected")

		p.mu.Lock()
		defer p.mu.Unlock()
		if got := strings.Join(p.got[storage.ChannelTelegram], ", "); got != "started, over, started, over" {
			t.Errorf("by telegram: %s", got)
		}
		list := p.mail.Mails()
		if len(list) != 4 || list[0].From != "robot@mail.test" || list[0].To[0] != "owner@mail.test" ||
			!strings.Contains(list[1].Data, "Subject: over company") {
			t.Errorf("by mail: %+v", list)
		}
	})
}

// TestPeopleHearOfOrders: orders that need somebody are one message per cause,
// without what customers wrote.
func TestPeopleHearOfOrders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		for _, id := range []string{"1", "2", "3"} {
			o := anOrder(id)
			o.Payment = "bitcoin"
			w.accept(o)
		}
		p.hears(5*time.Minute, "started payment_unmapped")
		alarms, err := w.proc.store.Alarms(t.Context())
		if err != nil || len(alarms) != 1 || alarms[0].Orders != 3 || alarms[0].Problem.Args["type"] != "bitcoin" {
			t.Errorf("%v %+v", err, alarms)
		}
		c, _ := w.proc.bridge.Company(t.Context(), company)
		c.Orders.Payments["bitcoin"] = 5000002
		w.save(c)
		if _, err := w.desk().RetryCause(t.Context(), storage.Problem{Code: problem.PaymentUnmapped},
			"test"); err != nil {
			t.Fatal(err)
		}
		p.hears(5*time.Minute, "started payment_unmapped, over payment_unmapped")

		// What the shop does not take for long, without being in trouble.
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Status: http.StatusServiceUnavailable,
			Header: http.Header{"Api-Usage-Limit": {"500/500"}, "Retry-After": {"60"}}, Times: 30})
		w.accept(anOrder("4"))
		p.hears(30*time.Minute, "started payment_unmapped, over payment_unmapped, started orders_wait")
		p.hears(2*time.Hour, "started payment_unmapped, over payment_unmapped, started orders_wait, over orders_wait")

		p.mu.Lock()
		defer p.mu.Unlock()
		for _, text := range p.texts {
			for _, personal := range []string{"+7", "Тюмень"} {
				if strings.Contains(text, personal) {
					t.Errorf("%q in %s", personal, text)
				}
			}
		}
	})
}

// TestPeopleHearOfRefusals: webhooks that are not believed, and nothing wrong is
// said after a restart, when nobody knows.
func TestPeopleHearOfRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		for range 3 {
			s := w.sender()
			s.Secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
			if a, err := s.Send(t.Context(), anOrder("1").Body()); err != nil || a.Status != http.StatusUnauthorized {
				t.Fatal(err, a.Status)
			}
		}
		p.hears(5*time.Minute, "started hooks_refused")
		w.restart()
		time.Sleep(time.Hour)
		p.hears(0, "started hooks_refused")
		w.accept(anOrder("1"))
		p.hears(5*time.Minute, "started hooks_refused, over hooks_refused")
	})
}

// TestPeopleHearOfTheRest: the plan, the chat, the catalog.
func TestPeopleHearOfTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		w.shop.Reconfigure(func(c *insalestest.Switches) {
			c.PaidTill = time.Now().AddDate(0, 0, 3).Format(time.DateOnly)
		})
		if _, err := w.inspector().Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.hears(5*time.Minute, "started plan_ends")
		w.shop.Reconfigure(func(c *insalestest.Switches) {
			c.PaidTill = time.Now().AddDate(1, 0, 0).Format(time.DateOnly)
		})
		if _, err := w.inspector().Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.hears(5*time.Minute, "started plan_ends, over plan_ends")

		w.chat.Fault(ineedchattest.Rule{Status: http.StatusUnauthorized, Times: 2})
		c, _ := w.proc.bridge.Company(t.Context(), company)
		c.Catalog.Enabled = true
		w.save(c)
		p.hears(10*time.Minute, "started plan_ends, over plan_ends, started catalog_rejected")
		c, _ = w.proc.bridge.Company(t.Context(), company)
		w.chat.ClearFaults()
		w.save(c)
		p.hears(10*time.Minute, "started plan_ends, over plan_ends, started catalog_rejected, over catalog_rejected")
	})
}

// TestPeopleCannotBeReached: messages wait over restarts, with growing delays,
// and are not kept for ever.
func TestPeopleCannotBeReached(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		p.answer(http.StatusBadGateway)
		p.key("ffffffffffffffffffffffffffffffff")
		time.Sleep(2 * time.Hour)
		w.restart()
		time.Sleep(2 * time.Hour)
		list, err := w.proc.bridge.Alerts.Channels(t.Context())
		hook := list[3]
		if err != nil || hook.Kind != storage.ChannelWebhook || hook.Waiting != 1 || hook.Problem == nil ||
			hook.Problem.Code != problem.NotTaken || hook.Problem.Args["status"] != "502" {
			t.Errorf("%v %+v", err, hook)
		}
		p.mu.Lock()
		n := len(p.tries)
		p.mu.Unlock()
		if n < 8 || n > 25 {
			t.Errorf("%d tries in four hours", n)
		}
		p.answer(0)
		p.hears(40*time.Minute, "started key_rejected")
		if list, _ := w.proc.bridge.Alerts.Channels(t.Context()); list[3].Waiting != 0 || list[3].Problem != nil ||
			list[3].SentAt.IsZero() {
			t.Errorf("%+v", list[3])
		}

		p.answer(http.StatusNotFound)
		p.key(insalestest.DefaultPassword)
		time.Sleep(26 * time.Hour)
		if list, _ := w.proc.bridge.Alerts.Channels(t.Context()); list[3].Waiting != 0 {
			t.Errorf("after a day %d messages wait", list[3].Waiting)
		}
		p.answer(0)
		time.Sleep(time.Hour)
		p.hears(0, "started key_rejected")
	})
}

// TestDeadRecipient: who is refused holds up nobody, is named, and is left alone
// for a day.
func TestDeadRecipient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		newWorld(t, withPeople(&p))
		p.mail.Answer("RCPT gone@mail.test", "550 5.1.1 no such user")
		p.save(mailChannel("owner@mail.test, gone@mail.test"))
		p.key("ffffffffffffffffffffffffffffffff")
		p.mails(5*time.Minute, "owner@mail.test")
		c := p.channel(storage.ChannelEmail)
		if c.Waiting != 0 || c.Problem != nil || len(c.Refused) != 1 || c.Refused[0].Address != "gone@mail.test" ||
			c.Refused[0].Status != 550 {
			t.Errorf("%+v", c)
		}
		p.mail.Answer("RCPT gone@mail.test", "")
		p.key(insalestest.DefaultPassword)
		p.mails(5*time.Minute, "owner@mail.test, owner@mail.test")
		time.Sleep(25 * time.Hour)
		p.key("ffffffffffffffffffffffffffffffff")
		p.mails(5*time.Minute, "owner@mail.test, owner@mail.test, owner@mail.test gone@mail.test")
		if c := p.channel(storage.ChannelEmail); len(c.Refused) != 0 {
			t.Errorf("%+v", c)
		}

		// All of them: nobody was told, so it is tried until somebody was.
		p.mail.Answer("RCPT gone@mail.test", "550 no")
		p.mail.Answer("RCPT owner@mail.test", "550 no")
		p.key(insalestest.DefaultPassword)
		time.Sleep(30 * time.Minute)
		if c := p.channel(storage.ChannelEmail); c.Waiting != 1 || c.Problem == nil ||
			c.Problem.Args["status"] != "550" {
			t.Errorf("%+v", c)
		}
		p.mail.Answer("RCPT owner@mail.test", "")
		p.mails(40*time.Minute, "owner@mail.test, owner@mail.test, owner@mail.test gone@mail.test, owner@mail.test")
	})
}

// TestGreylisted: only who was not taken now is written to again, in the order of
// the messages, and the others do not wait.
func TestGreylisted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.mail.Answer("RCPT grey@mail.test", "451 4.7.1 try again later")
		p.save(mailChannel("owner@mail.test, grey@mail.test"))
		p.key("ffffffffffffffffffffffffffffffff")
		p.mails(5*time.Minute, "owner@mail.test")
		p.key(insalestest.DefaultPassword)
		p.mails(5*time.Minute, "owner@mail.test, owner@mail.test")
		if c := p.channel(storage.ChannelEmail); c.Waiting != 2 || c.Problem != nil || len(c.Refused) != 1 ||
			c.Refused[0].Status != 451 {
			t.Errorf("%+v", c)
		}
		w.restart()
		p.mail.Answer("RCPT grey@mail.test", "")
		p.mails(40*time.Minute, "owner@mail.test, owner@mail.test, grey@mail.test, grey@mail.test")
		list := p.mail.Mails()
		if !strings.Contains(list[2].Data, "Subject: started") || !strings.Contains(list[3].Data, "Subject: over") {
			t.Errorf("%q, then %q", list[2].Data, list[3].Data)
		}
		if c := p.channel(storage.ChannelEmail); c.Waiting != 0 || len(c.Refused) != 0 {
			t.Errorf("%+v", c)
		}
		// Never: after a day it is told no more, and others never waited.
		p.mail.Answer("RCPT grey@mail.test", "452 full")
		p.key("ffffffffffffffffffffffffffffffff")
		time.Sleep(26 * time.Hour)
		if c := p.channel(storage.ChannelEmail); c.Waiting != 0 {
			t.Errorf("%+v", c)
		}
	})
}

// TestMailTakenOnce: a mail that the server has is sent once, whatever the server
// does then; one whose answer is lost is sent again, with the same id.
func TestMailTakenOnce(t *testing.T) {
	t.Parallel()
	for command, line := range map[string]string{"QUIT": "421 bye", "RSET": notifytest.HangUp} {
		synctest.Test(t, func(t *testing.T) {
			var p people
			newWorld(t, withPeople(&p))
			p.mail.Answer(command, line)
			p.save(mailChannel("owner@mail.test"))
			p.key("ffffffffffffffffffffffffffffffff")
			time.Sleep(25 * time.Hour)
			p.mails(0, "owner@mail.test")
			if c := p.channel(storage.ChannelEmail); c.Waiting != 0 || c.Problem != nil {
				t.Errorf("%+v", c)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		var p people
		newWorld(t, withPeople(&p))
		p.mail.Answer(".", notifytest.HangUp)
		p.save(mailChannel("owner@mail.test"))
		p.key("ffffffffffffffffffffffffffffffff")
		p.mails(5*time.Minute, "owner@mail.test")
		time.Sleep(time.Second)
		if c := p.channel(storage.ChannelEmail); c.Waiting != 1 || c.Problem == nil ||
			c.Problem.Code != problem.Unanswered {
			t.Errorf("%+v", c)
		}
		p.mail.Answer(".", "")
		p.mails(5*time.Minute, "owner@mail.test, owner@mail.test")
		id := func(m notifytest.Mail) string {
			_, rest, _ := strings.Cut(m.Data, "Message-ID: ")
			id, _, _ := strings.Cut(rest, "\n")
			return id
		}
		if list := p.mail.Mails(); id(list[0]) == "" || id(list[0]) != id(list[1]) {
			t.Errorf("%q and %q", id(list[0]), id(list[1]))
		}
	})
}

// TestTelegramAnswers: what Telegram says is put into words, what has an end is
// waited for, and a chat that has moved is followed.
func TestTelegramAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		var said telegramSaid
		w.net.serve("telegram.test", &said)
		p.save(storage.Channel{Kind: storage.ChannelTelegram, Address: "http://telegram.test",
			Secret: "12345:abcdefghijklmnopqrstuvwxyz", To: "-100"})
		for _, test := range []struct {
			status     int
			body, code string
		}{
			{401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`, problem.BotToken},
			{404, `{"ok":false,"error_code":404,"description":"Not Found"}`, problem.BotToken},
			{400, `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`, problem.BotChat},
			{403, `{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}`,
				problem.BotBlocked},
			{403, `{"ok":false,"error_code":403,"description":"Forbidden: user is deactivated"}`, problem.BotBlocked},
			{403, `{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked from the supergroup chat"}`,
				problem.BotKicked},
			{403, `{"ok":false,"error_code":403,"description":"Forbidden: bot is not a member of the channel chat"}`,
				problem.BotKicked},
			{400, `{"ok":false,"error_code":400,` +
				`"description":"Bad Request: not enough rights to send text messages to the chat"}`, problem.BotRights},
			{429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7",` +
				`"parameters":{"retry_after":7}}`, problem.BotWaits},
			{502, `<html>`, problem.NotTaken},
			{400, `{"ok":false,"error_code":400,"description":"Bad Request: message text is empty"}`, problem.NotTaken},
		} {
			said.set(test.status, test.body)
			err := w.proc.bridge.Alerts.TestChannel(t.Context(), storage.ChannelTelegram)
			if refused, ok := errors.AsType[*problem.Refused](err); !ok || refused.Problem.Code != test.code {
				t.Errorf("%d %s: %v", test.status, test.body, err)
			}
		}
		// It became a supergroup while there was something to tell.
		said.set(400, `{"ok":false,"error_code":400,
			"description":"Bad Request: group chat was upgraded to a supergroup chat",
			"parameters":{"migrate_to_chat_id":-1001234567890}}`)
		p.key("ffffffffffffffffffffffffffffffff")
		w.until(5*time.Minute, "the new chat is told", func() bool { return said.told() == "-1001234567890" })
		time.Sleep(time.Second)
		c := p.channel(storage.ChannelTelegram)
		if c.To != "-1001234567890" || c.Waiting != 0 || c.Problem != nil || !c.Enabled {
			t.Errorf("%+v", c)
		}
		page, err := w.proc.bridge.Journal(t.Context(), storage.JournalFilter{Limit: 1})
		list := page.Entries
		if err != nil || len(list) != 1 || list[0].Actor != "connector" || len(list[0].Changes) != 1 ||
			list[0].Changes[0] != (storage.Change{Field: "notify.telegram.to", Old: "-100", New: "-1001234567890"}) {
			t.Errorf("%v %+v", err, list)
		}

		// Somebody has to do something: it is not tried often, but at once when
		// somebody has.
		said.set(403,
			`{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked from the supergroup chat"}`)
		p.key(insalestest.DefaultPassword)
		time.Sleep(5 * time.Minute)
		before := said.count()
		time.Sleep(3 * time.Hour)
		if n := said.count() - before; n < 5 || n > 7 {
			t.Errorf("%d tries in three hours", n)
		}
		said.set(0, "")
		if err := w.proc.bridge.Alerts.TestChannel(t.Context(), storage.ChannelTelegram); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if c := p.channel(storage.ChannelTelegram); c.Waiting != 0 || c.Problem != nil {
			t.Errorf("%+v", c)
		}
	})
}

// A telegramSaid is a bot API that answers as it was told; but the chat with the
// new id is there.
type telegramSaid struct {
	mu      sync.Mutex
	status  int
	body    string
	tries   int
	reached []string
}

func (s *telegramSaid) set(status int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.body = status, body
}

func (s *telegramSaid) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries
}

func (s *telegramSaid) told() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.reached, " ")
}

func (s *telegramSaid) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	var m struct {
		Chat string `json:"chat_id"`
	}
	_ = json.NewDecoder(r.Body).Decode(&m)
	if s.status != 0 && (m.Chat != "-1001234567890" || s.status != 400) {
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, s.body)
		return
	}
	s.reached = append(s.reached, m.Chat)
	_, _ = io.WriteString(w, `{"ok":true}`)
}

func mailChannel(to string) storage.Channel {
	return storage.Channel{Kind: storage.ChannelEmail, Address: "mail.test", Security: "none", From: "robot@mail.test",
		To: to}
}

// mails waits until the server has taken mail for exactly these recipients.
func (p *people) mails(most time.Duration, want string) {
	p.w.t.Helper()
	got := func() string {
		var list []string
		for _, m := range p.mail.Mails() {
			list = append(list, strings.Join(m.To, " "))
		}
		return strings.Join(list, ", ")
	}
	p.w.until(most, "mails for "+want+" (now: "+got()+")", func() bool { return got() == want })
}

func (p *people) channel(kind string) alert.ChannelView {
	p.w.t.Helper()
	list, err := p.w.proc.bridge.Alerts.Channels(p.w.t.Context())
	if err != nil {
		p.w.t.Fatal(err)
	}
	for _, c := range list {
		if c.Kind == kind {
			return c
		}
	}
	p.w.t.Fatal("no channel ", kind)
	return alert.ChannelView{}
}

// TestChannelOff: of what is off nothing waits, and what is wrong is news for
// whoever listens again.
func TestChannelOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		p.key("ffffffffffffffffffffffffffffffff")
		p.hears(5*time.Minute, "started key_rejected")
		off := webhookChannel()
		if err := w.proc.bridge.Alerts.SaveChannel(t.Context(), off); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		p.save(webhookChannel())
		p.hears(5*time.Minute, "started key_rejected, started key_rejected")

		if err := w.proc.bridge.Alerts.TestChannel(t.Context(), storage.ChannelWebhook); err != nil {
			t.Fatal(err)
		}
		p.hears(0, "started key_rejected, started key_rejected, test")
		p.answer(500)
		err := w.proc.bridge.Alerts.TestChannel(t.Context(), storage.ChannelWebhook)
		if refused, ok := errors.AsType[*problem.Refused](err); !ok || refused.Problem.Code != problem.NotTaken {
			t.Error(err)
		}
		w.net.setDown("people.test", true)
		err = w.proc.bridge.Alerts.TestChannel(t.Context(), storage.ChannelWebhook)
		if refused, ok := errors.AsType[*problem.Refused](err); !ok || refused.Problem.Code != problem.UnreachedRefused {
			t.Error(err)
		}
		if err := w.proc.bridge.Alerts.TestChannel(t.Context(), storage.ChannelEmail); !errors.Is(err,
			storage.ErrNotFound) {
			t.Error(err)
		}
	})
}
