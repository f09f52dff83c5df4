package bridge_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// A line is one of the connector's log.
type line map[string]any

// logOf gives a world a log at debug level, and the function that reads it.
func logOf(w *world) func() []line {
	var log bytes.Buffer
	w.logged = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return func() (list []line) {
		w.t.Helper()
		for text := range strings.Lines(log.String()) {
			l := line{}
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				w.t.Fatalf("%v: %s", err, text)
			}
			list = append(list, l)
		}
		return list
	}
}

// grep gives the lines in which a text stands somewhere.
func grep(list []line, text string) []line {
	return slices.DeleteFunc(slices.Clone(list), func(l line) bool {
		for _, v := range l {
			if s, is := v.(string); is && strings.Contains(s, text) {
				return false
			}
		}
		return true
	})
}

// ask sends a request to the connector's API and gives its id.
func (w *world) ask(method, path string) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, "http://connector.test/api/v1"+path, nil)
	must(w.t, err)
	req.Header.Set("Authorization", "Bearer "+apiToken)
	resp, err := (&http.Client{Transport: w.net.client, Timeout: 10 * time.Second}).Do(req)
	must(w.t, err)
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode/100 != 2 {
		w.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	return resp.Header.Get("X-Request-ID")
}

// TestOrderIsOneGrep: what has become of an order, from its webhook to the customer's
// last status, is told by the lines of the log in which its id stands. They are its
// history, with the same ids, and hold nothing of the customer and no secret.
func TestOrderIsOneGrep(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var lines func() []line
		w := newWorld(t, func(w *world) { lines = logOf(w) })
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Times: 1,
			Header: http.Header{"X-Request-Id": {"8f6c2f0e-shop"}}})
		o := anOrder("A-1")
		o.Name, o.Phone, o.Email, o.Comment = "Пётр Тайный", "+79161234567", "secret@example.com", "код домофона 42"
		o.Delivery, o.Address = "delivery", map[string]string{"text": "Тверь, улица Тихая, 7"}
		id := ineedchattest.NewID()
		answer, err := w.sender().SendWithID(t.Context(), id, o.Body())
		must(t, err)
		w.untilState(time.Minute, "A-1", storage.StateSent)
		w.accept(anOrder("A-2")) // of which the grep must not tell
		shown := w.live("A-1")[0]
		w.until(time.Minute, "the chat knows", w.acked("A-1"))
		must(t, w.shop.SetStatus(shown.ID, "otgruzhen"))
		w.until(5*time.Minute, "the chat knows more", func() bool {
			r, ok := w.chat.Status(company, "A-1")
			return ok && r.Status == "delivering" && w.acked("A-1")()
		})
		must(t, second(w.sender().SendWithID(t.Context(), id, o.Body())))
		w.judgeLog(lines(), shown)
		refused := o
		refused.ID, refused.Phone = "A-3", "спросить Петра: 9161234567"
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Times: 1, Status: http.StatusUnprocessableEntity,
			Body: `{"errors":["Пётр Тайный не может заказать"]}`})
		w.accept(refused)
		w.untilState(time.Minute, "A-3", storage.StateAttention)
		w.until(time.Minute, "a person's line", func() bool { return len(grep(lines(), problem.ShopRefused)) > 0 })
		first := grep(lines(), "A-1")[0]
		for name, want := range map[string]string{"event": storage.EventReceived, "webhook_id": id,
			"request_id": answer.Header.Get("X-Request-ID"), "company": company} {
			if first[name] != want || want == "" {
				t.Errorf("acceptance: %s is %v, want %q", name, first[name], want)
			}
		}
		for _, secret := range []string{o.Name, "9161234567", o.Email, o.Comment, "Тихая", chatSecret, chatToken, apiToken,
			string(insalestest.DefaultPassword), insalestest.DefaultKeyID} {
			if found := grep(lines(), secret); len(found) > 0 {
				t.Errorf("the log has %q: %v", secret, found)
			}
		}
	})
}

// second is the error of two results.
func second[T any](_ T, err error) error { return err }

// judgeLog compares the order's lines with its history.
func (w *world) judgeLog(all []line, shown insalestest.OrderView) {
	w.t.Helper()
	events, err := w.proc.store.Events(w.t.Context(), storage.OrderKey{Company: company, ID: "A-1"})
	must(w.t, err)
	told := slices.DeleteFunc(grep(all, "A-1"), func(l line) bool { return l["event"] == nil })
	if len(events) != len(told) || len(events) < 6 {
		w.t.Fatalf("%d events, %d lines: %v\n%v", len(events), len(told), events, told)
	}
	kinds := map[string]bool{}
	for i, e := range events {
		kinds[e.Kind] = true
		if told[i]["event"] != e.Kind || told[i]["order"] != "A-1" {
			w.t.Errorf("line %d: %v, want %s", i, told[i], e.Kind)
		}
		for name, value := range e.Args {
			if name == "shop_status" { // the shop's own words
				continue
			}
			if told[i][name] != value {
				w.t.Errorf("%s: %s is %v, in the history it is %q", e.Kind, name, told[i][name], value)
			}
		}
	}
	for _, want := range []string{storage.EventReceived, storage.EventIntent, storage.EventAnswered, storage.EventReported,
		storage.EventSeen, storage.EventDuplicate} {
		if !kinds[want] {
			w.t.Errorf("nothing is told of %s: %v", want, told)
		}
	}
	for _, want := range []string{strconv.FormatInt(shown.ID, 10), "8f6c2f0e-shop", "status_"} {
		if len(grep(told, want)) == 0 {
			w.t.Errorf("%s does not stand in %v", want, told)
		}
	}
}

// TestLogTellsWhoDidWhat: who has paused a company, or changed its settings, stands in
// the log with the names of what was changed, and by which request.
func TestLogTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var lines func() []line
		w := newWorld(t, func(w *world) { lines, w.judgedLater = logOf(w), true }) // the chat knows no other token
		paused, resumed := w.ask("POST", "/companies/2/pause"), w.ask("POST", "/companies/2/resume")
		c := settings()
		c.Name, c.Chat.Token = "Тайное имя", "another-token-of-the-chat-0123456789"
		c.Orders.Payments = map[string]int64{"cash": 5000001, "card": 5000001}
		w.save(c)
		w.accept(anOrder("A-1"))
		w.untilState(time.Minute, "A-1", storage.StateSent)
		acted := w.ask("POST", "/companies/2/orders/A-1/refresh")
		all := lines()
		for id, want := range map[string]bool{paused: true, resumed: false} {
			list := slices.DeleteFunc(grep(all, id), func(l line) bool { return l["msg"] != "journal" })
			if len(list) != 1 || list[0]["paused"] != want || list[0]["by"] != "api" || list[0]["company"] != company ||
				list[0]["entry"] != storage.EntryChanged {
				t.Errorf("paused %v: %v", want, list)
			}
		}
		var fields []any
		for _, l := range all {
			if list, is := l["fields"].([]any); is {
				fields = list
			}
		}
		if want := []any{"name", "orders.payments.card", "chat.token"}; !slices.Equal(fields, want) {
			t.Errorf("settings: %v, want %v", fields, want)
		}
		if found := append(grep(all, c.Name), grep(all, c.Chat.Token.Reveal())...); len(found) > 0 {
			t.Errorf("the log has what was set: %v", found)
		}
		if list := grep(all, acted); !slices.ContainsFunc(list, func(l line) bool {
			return l["order"] == "A-1" && l["event"] == storage.EventPerson && l["by"] == "api"
		}) {
			t.Errorf("a person's action: %v", list)
		}
	})
}
