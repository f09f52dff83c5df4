package bridge_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// What customers paste and what their programs tear comes to the shop as text
// that can be read; here it stays as it came.
func TestOrderTextsAreMadeLegible(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		body := ineedchattest.OrderSpec{Company: company, ID: "K-1", Number: "[TG] 15", Comment: "COMMENT"}.Body()
		escaped := `домо\u0000фон\u0001 12\u001b\u202e 👨\u200d👩\n\ud800й\ufffe\u0085`
		body = bytes.Replace(body, []byte("COMMENT"), []byte(escaped), 1)
		a, err := w.sender().Send(t.Context(), body)
		if err != nil || a.Status != http.StatusAccepted {
			t.Fatalf("%v %d %s", err, a.Status, a.Body)
		}
		w.untilState(time.Minute, "K-1", storage.StateSent)
		there := w.live("K-1")
		const want = "домофон 12 👨\u200d👩\n\ufffdй"
		if len(there) != 1 || there[0].Comment != want || !strings.Contains(there[0].ManagerComment, "№ TG 15\n") {
			t.Errorf("%+v", there)
		}
		o := w.get("K-1")
		if !bytes.Contains(o.Body, []byte(escaped)) {
			t.Errorf("the body is kept as %s", o.Body)
		}
		if len(o.Notices) != 1 || o.Notices[0].Code != "manager_comment" {
			t.Errorf("%+v", o.Notices)
		}
		var asked struct{ Order insales.NewOrder }
		if err := json.Unmarshal([]byte(w.lastRequest("K-1")), &asked); err != nil || asked.Order.Comment != want {
			t.Errorf("%v %+q", err, asked.Order.Comment)
		}
	})
}

// lastRequest is what the shop was asked last for an order.
func (w *world) lastRequest(id string) string {
	w.t.Helper()
	events, err := w.proc.store.Events(w.t.Context(), storage.OrderKey{Company: company, ID: id})
	if err != nil {
		w.t.Fatal(err)
	}
	last := ""
	for _, e := range events {
		request, _, err := e.Texts()
		if err != nil {
			w.t.Fatal(err)
		}
		if e.Kind == storage.EventIntent {
			last = request
		}
	}
	return last
}
