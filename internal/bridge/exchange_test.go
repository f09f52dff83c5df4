package bridge_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// exchanges gives the newest request and answer, one after the other, that are
// kept of each kind of event of an order.
func (w *world) exchanges(id string) map[string]string {
	w.t.Helper()
	_, events, err := w.desk().Order(w.t.Context(), w.key(id))
	if err != nil {
		w.t.Fatal(err)
	}
	m := map[string]string{}
	for _, e := range events {
		request, answer, err := e.Texts()
		if err != nil {
			w.t.Fatal(err)
		}
		if request+answer != "" {
			m[e.Kind] = request + answer
		}
	}
	return m
}

// TestAnswersAreKept: whatever the shop or the chat has answered can be looked
// at, also what is no order; secrets are masked, and no log tells of it.
func TestAnswersAreKept(t *testing.T) {
	t.Parallel()
	page := "<html><h1>Вход</h1>Пелагея Онуфриева</html>"
	for name, test := range map[string]struct {
		fault insalestest.Rule
		kind  string
		want  string
	}{
		"refused": {insalestest.Rule{Status: 422, Body: `{"errors":{"phone":["Пелагея не годится"]}}`},
			storage.EventAnswered, `{"errors":{"phone":["Пелагея не годится"]}}`},
		"a gateway":    {insalestest.Rule{Status: 502, Body: page}, storage.EventUnknown, page},
		"a page as OK": {insalestest.Rule{Status: 200, Body: page}, storage.EventUnknown, page},
		"torn":         {insalestest.Rule{Action: insalestest.Torn}, storage.EventUnknown, `"number":`},
		"a secret": {insalestest.Rule{Status: 400, Body: `{"error":"no","access_token":"abc\"d","key":"4711`},
			storage.EventAnswered, `{"error":"no","access_token":"•••","key":"•••"`},
		"no answer": {insalestest.Rule{Action: insalestest.ResetBefore}, storage.EventUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				var logged bytes.Buffer
				w := newWorld(t, func(w *world) {
					w.config = func(c *bridge.Config) {
						c.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
					}
				})
				rule := test.fault
				rule.Op, rule.Times = insalestest.OpOrderCreate, 1
				w.shop.Fault(rule)
				o := anOrder("A-1")
				o.Name = "Пелагея Онуфриева"
				w.accept(o)
				w.until(time.Minute, "it is tried",
					func() bool { return w.get("A-1").Attempt > 0 && w.kinds("A-1")[test.kind] })
				got := w.exchanges("A-1")[test.kind]
				if !strings.Contains(got, test.want) || test.want == "" && got != "" {
					t.Errorf("kept: %q", got)
				}
				w.stop()
				if text := logged.String(); text == "" || strings.Contains(text, "Пелагея") ||
					strings.Contains(text, "4711") {
					t.Errorf("logged: %s", text)
				}
				w.start()
			})
		})
	}
}

// TestAnswersOfAll: a create, a payment and a report, each with both sides.
func TestAnswersOfAll(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.accept(anOrder("A-1"))
		w.untilState(time.Minute, "A-1", storage.StateSent)
		refused := w.chat.Fault(ineedchattest.Rule{Method: http.MethodPut, Times: 1, Status: 401,
			Body: "<p>who are you?</p>"})
		if err := w.shop.SetStatus(w.live("A-1")[0].ID, "otgruzhen"); err != nil {
			t.Fatal(err)
		}
		w.until(5*time.Minute, "reports stopped", func() bool { return w.company().ChatFault != nil })
		if got := w.exchanges("A-1"); refused.Hits() != 1 ||
			!strings.Contains(got[storage.EventReportError], "<p>who are you?</p>") {
			t.Errorf("the answer that stopped the reports is not kept: %v", got)
		}
		fault := w.chat.Fault(ineedchattest.Rule{Method: http.MethodPut, Times: 1, Status: 502, Body: "<h1>proxy</h1>"})
		w.save(settings())
		w.post(anOrder("A-1").PaidBody(time.Now()))
		w.until(5*time.Minute, "all told", func() bool {
			k := w.kinds("A-1")
			return k[storage.EventReported] && k[storage.EventPaidTold] && fault.Hits() > 0 &&
				k[storage.EventReportError]
		})
		got := w.exchanges("A-1")
		for kind, want := range map[string][]string{
			storage.EventIntent:      {`{"order":{"order_lines_attributes":`},
			storage.EventAnswered:    {`"key":"•••"`, `"manager_comment":`},
			storage.EventReported:    {`{"version":"1","order_id":"A-1"`},
			storage.EventReportError: {`"order_id":"A-1"`, "<h1>proxy</h1>"},
			storage.EventPaidTold:    {`{"order":{"financial_status":"paid"}}`, `"financial_status":"paid"`},
		} {
			for _, text := range want {
				if !strings.Contains(got[kind], text) {
					t.Errorf("%s without %s: %s", kind, text, got[kind])
				}
			}
		}
	})
}

// kinds tells which kinds of events an order's history has.
func (w *world) kinds(id string) map[string]bool {
	w.t.Helper()
	_, events, err := w.desk().Order(w.t.Context(), w.key(id))
	if err != nil {
		w.t.Fatal(err)
	}
	m := map[string]bool{}
	for _, e := range events {
		m[e.Kind] = true
	}
	return m
}
