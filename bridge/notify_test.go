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

	"ineed-insales/bridge"
	"ineed-insales/ineedchat/ineedchattest"
	"ineed-insales/insales/insalestest"
	"ineed-insales/notify/notifytest"
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
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	var m struct{ Event, Cause string }
	_ = json.Unmarshal(raw, &m)
	p.note(storage.ChannelWebhook, strings.TrimSpace(m.Event+" "+m.Cause), string(raw))
}

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
	if err := p.w.proc.bridge.SaveChannel(p.w.t.Context(), c); err != nil {
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
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		p.save(storage.Channel{Kind: storage.ChannelTelegram, Address: "http://telegram.test", Secret: "12345:abcdefghijklmnopqrstuvwxyz", To: "-100"})
		p.save(storage.Channel{Kind: storage.ChannelEmail, Address: "mail.test", Security: "none", From: "robot@mail.test", To: "owner@mail.test"})
		w.accept(order("1"))
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
		if len(list) != 4 || list[0].From != "robot@mail.test" || list[0].To[0] != "owner@mail.test" || !strings.Contains(list[1].Data, "Subject: over company") {
			t.Errorf("by mail: %+v", list)
		}
	})
}

// TestPeopleHearOfOrders: orders that need somebody are one message per cause,
// without what customers wrote.
func TestPeopleHearOfOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		for _, id := range []string{"1", "2", "3"} {
			o := order(id)
			o.Payment = "bitcoin"
			w.accept(o)
		}
		p.hears(5*time.Minute, "started payment_unmapped")
		alarms, err := w.proc.store.Alarms(t.Context())
		if err != nil || len(alarms) != 1 || alarms[0].Orders != 3 || len(alarms[0].Problem.Args) != 0 {
			t.Errorf("%v %+v", err, alarms)
		}
		c, _ := w.proc.bridge.Company(t.Context(), company)
		c.Orders.Payments["bitcoin"] = 5000002
		w.save(c)
		if _, err := w.proc.bridge.RetryCause(t.Context(), company, storage.Problem{Code: bridge.ProblemPaymentUnmapped}, "test"); err != nil {
			t.Fatal(err)
		}
		p.hears(5*time.Minute, "started payment_unmapped, over payment_unmapped")

		// What the shop does not take for long, without being in trouble.
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Status: http.StatusServiceUnavailable, Header: http.Header{"Api-Usage-Limit": {"500/500"}, "Retry-After": {"60"}}, Times: 30})
		w.accept(order("4"))
		p.hears(30*time.Minute, "started payment_unmapped, over payment_unmapped, started orders_wait")
		p.hears(2*time.Hour, "started payment_unmapped, over payment_unmapped, started orders_wait, over orders_wait")

		p.mu.Lock()
		defer p.mu.Unlock()
		for _, text := range p.texts {
			for _, personal := range []string{"bitcoin", "+7", "Тюмень"} {
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
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		for range 3 {
			s := w.sender()
			s.Secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
			if a, err := s.Send(t.Context(), order("1").Body()); err != nil || a.Status != http.StatusUnauthorized {
				t.Fatal(err, a.Status)
			}
		}
		p.hears(5*time.Minute, "started hooks_refused")
		w.restart()
		time.Sleep(time.Hour)
		p.hears(0, "started hooks_refused")
		w.accept(order("1"))
		p.hears(5*time.Minute, "started hooks_refused, over hooks_refused")
	})
}

// TestPeopleHearOfTheRest: the plan, the chat, the catalog.
func TestPeopleHearOfTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		w.shop.Reconfigure(func(c *insalestest.Config) { c.PaidTill = time.Now().AddDate(0, 0, 3).Format(time.DateOnly) })
		if _, err := w.proc.bridge.Check(t.Context(), company); err != nil {
			t.Fatal(err)
		}
		p.hears(5*time.Minute, "started plan_ends")
		w.shop.Reconfigure(func(c *insalestest.Config) { c.PaidTill = time.Now().AddDate(1, 0, 0).Format(time.DateOnly) })
		if _, err := w.proc.bridge.Check(t.Context(), company); err != nil {
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
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		p.answer(http.StatusBadGateway)
		p.key("ffffffffffffffffffffffffffffffff")
		time.Sleep(2 * time.Hour)
		w.restart()
		time.Sleep(2 * time.Hour)
		list, err := w.proc.bridge.Channels(t.Context())
		hook := list[2]
		if err != nil || hook.Kind != storage.ChannelWebhook || hook.Waiting != 1 || hook.Problem == nil || hook.Problem.Code != bridge.ProblemNotTaken || hook.Problem.Args["status"] != "502" {
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
		if list, _ := w.proc.bridge.Channels(t.Context()); list[2].Waiting != 0 || list[2].Problem != nil || list[2].SentAt.IsZero() {
			t.Errorf("%+v", list[2])
		}

		p.answer(http.StatusNotFound)
		p.key(insalestest.DefaultPassword)
		time.Sleep(26 * time.Hour)
		if list, _ := w.proc.bridge.Channels(t.Context()); list[2].Waiting != 0 {
			t.Errorf("after a day %d messages wait", list[2].Waiting)
		}
		p.answer(0)
		time.Sleep(time.Hour)
		p.hears(0, "started key_rejected")
	})
}

// TestChannelOff: of what is off nothing waits, and what is wrong is news for
// whoever listens again.
func TestChannelOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		p.key("ffffffffffffffffffffffffffffffff")
		p.hears(5*time.Minute, "started key_rejected")
		off := webhookChannel()
		if err := w.proc.bridge.SaveChannel(t.Context(), off); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		p.save(webhookChannel())
		p.hears(5*time.Minute, "started key_rejected, started key_rejected")

		if err := w.proc.bridge.TestChannel(t.Context(), storage.ChannelWebhook); err != nil {
			t.Fatal(err)
		}
		p.hears(0, "started key_rejected, started key_rejected, test")
		p.answer(500)
		err := w.proc.bridge.TestChannel(t.Context(), storage.ChannelWebhook)
		if refused, ok := errors.AsType[*bridge.Refused](err); !ok || refused.Problem.Code != bridge.ProblemNotTaken {
			t.Error(err)
		}
		w.net.setDown("people.test", true)
		err = w.proc.bridge.TestChannel(t.Context(), storage.ChannelWebhook)
		if refused, ok := errors.AsType[*bridge.Refused](err); !ok || refused.Problem.Code != bridge.ProblemNotReached {
			t.Error(err)
		}
		if err := w.proc.bridge.TestChannel(t.Context(), storage.ChannelEmail); !errors.Is(err, bridge.ErrNotFound) {
			t.Error(err)
		}
	})
}
