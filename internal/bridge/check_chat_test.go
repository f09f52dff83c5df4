package bridge_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// The chat's half of a check, from a chat that was never heard of over one with a wrong secret
// and one with a wrong clock to orders that flow; and what is left of it after a restart.
func TestCheckOfTheChat(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		says := func(what string, want map[string]string) {
			t.Helper()
			got := saidOfChat(w.check())
			for name, start := range want {
				if !strings.HasPrefix(got["chat_"+name], start) {
					t.Errorf("%s: %s: %q, want %q", what, name, got["chat_"+name], start)
				}
			}
		}
		says("at first", map[string]string{"heard": "unprobed chat_unheard", "proof": "unprobed chat_unheard",
			"clock": "unprobed chat_unheard", "read": "unprobed chat_unheard", "statuses": "unprobed chat_untold"})

		ping := `{"type":"ping","version":"1","timestamp":"2000-01-01T00:00:00Z","company_id":"2","data":{}}`
		w.signed(ineedchat.NewSecret(), ping, 3)
		says("a wrong secret", map[string]string{"heard": "unprobed", "proof": "failed chat_unproven at=2000-01-01T"})
		w.signedEarly(10*time.Minute, ping)
		says("a slow clock", map[string]string{"proof": "works", "clock": "failed chat_clock_wrong"})
		w.signed(chatSecret, ping, 1)
		says("a ping", map[string]string{"heard": "works", "proof": "works", "clock": "works", "read": "works"})
		w.signed(chatSecret, `{"type":"order.created","version":"1","company_id":"2","data":{}}`, 1)
		says("what is no order", map[string]string{"heard": "works", "proof": "works", "read": "failed deliveries_refused"})

		w.first()
		w.until(time.Minute, "the status", func() bool { return w.get("first").AckedRevision > 0 })
		says("an order", map[string]string{"heard": "works", "read": "works", "statuses": "works"})
		w.chat.Fault(ineedchattest.Rule{Status: http.StatusBadGateway})
		w.accept(anOrder("A-2"))
		w.until(time.Minute, "the status", func() bool { return w.get("A-2").Report.Tries > 0 })
		says("the chat fails", map[string]string{"statuses": "failed statuses_fail status=502"})
		w.restart()
		says("after a restart", map[string]string{"heard": "works", "proof": "works", "clock": "unprobed chat_clock_next",
			"statuses": "failed statuses_fail status=502"})
		w.chat.ClearFaults()
		w.until(time.Hour, "the status", func() bool { return w.get("A-2").AckedRevision > 0 })
		says("it is back", map[string]string{"statuses": "works"})
		w.chat.Fault(ineedchattest.Rule{Status: http.StatusUnauthorized})
		w.accept(anOrder("A-3"))
		w.until(time.Hour, "the fault", func() bool { return w.company().ChatFault != nil })
		says("a wrong token", map[string]string{"statuses": "failed " + problem.ChatRejected})
	})
}

// signedEarly posts a body that is signed rightly, by a clock that is slow.
func (w *world) signedEarly(by time.Duration, body string) {
	w.t.Helper()
	headers, err := ineedchat.Sign(chatSecret, "slow", time.Now().Add(-by), []byte(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost,
		"http://connector.test/webhooks/ineedchat/"+company, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header = headers
	req.Header.Set("Content-Type", "application/json")
	res, err := w.sender().Client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
}
