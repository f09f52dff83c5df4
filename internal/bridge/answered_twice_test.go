package bridge_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// answerOf is what the shop answers when it is asked for an order by its id.
func (w *world) answerOf(id int64) string {
	w.t.Helper()
	url := fmt.Sprintf("http://shop.test/admin/orders/%d.json", id)
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, url, nil)
	must(w.t, err)
	r.SetBasicAuth(insalestest.DefaultKeyID, insalestest.DefaultPassword)
	answer, err := (&http.Client{Transport: w.net.client}).Do(r)
	must(w.t, err)
	body, err := io.ReadAll(answer.Body)
	must(w.t, err)
	must(w.t, answer.Body.Close())
	return string(body)
}

// A shop that takes the create of a second order for a repeat of the first answers with
// the first. The second is not mapped to it, whether the marker tells or, in a shop that
// keeps none, the time: it goes to a person, and the first stays what it is. Once the
// shop makes an order of it, that is its own.
func TestCreateAnsweredWithAnotherOrder(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} {
		for _, found := range []bool{true, false} { // the first is mapped already
			if !kept && !found {
				continue // nothing tells the two apart but a person
			}
			t.Run(fmt.Sprint(kept, " ", found), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t)
					w.turn(func(s *insalestest.Switches) { s.DropMarker = !kept })
					blind := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Status: http.StatusBadGateway,
						After: 3})
					if !found {
						w.lose(1)
					}
					w.accept(anOrder("A"))
					w.until(time.Minute, "A is there", func() bool { return len(w.shop.Orders()) == 1 })
					time.Sleep(15 * time.Second)
					first := w.shop.Orders()[0].ID
					w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Status: http.StatusCreated, Times: 1,
						Body: w.answerOf(first)})
					w.accept(anOrder("B"))
					w.untilState(time.Minute, "B", storage.StateAttention)
					blind.Clear()
					if a := w.get("A"); a.State != storage.StateSent || a.InSalesID != first || a.AccountID <= 0 {
						t.Errorf("the first is %s, mapped to %d of account %d", a.State, a.InSalesID, a.AccountID)
					}
					b := w.get("B")
					if b.InSalesID != 0 || b.Problem == nil || b.Problem.Code != problem.LookAlike ||
						b.Problem.Args["ids"] != fmt.Sprint(first) {
						t.Errorf("the second is mapped to %d: %+v", b.InSalesID, b.Problem)
					}
					_, err := w.desk().Retry(t.Context(), b.Key, "test")
					must(t, err)
					w.untilState(5*time.Minute, "B", storage.StateSent)
					must(t, w.shop.SetStatus(first, "otgruzhen"))
					w.until(5*time.Minute, "A is told", w.tells("A", "delivering"))
					time.Sleep(10 * time.Minute)
					if n := len(w.shop.Orders()); n != 2 || w.tells("B", "delivering")() {
						t.Errorf("%d orders, the second told of the first's status: %v", n,
							w.tells("B", "delivering")())
					}
				})
			})
		}
	}
}
