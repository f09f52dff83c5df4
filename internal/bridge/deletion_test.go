package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// paused gives settings that let orders wait.
func pausedSettings() storage.Company {
	c := settings()
	c.Orders.Paused = true
	return c
}

// there tells whether the connector has the company.
func (w *world) there() bool {
	_, err := w.proc.bridge.Company(context.Background(), company)
	return err == nil
}

// While a shop takes its time to let go of our webhooks, orders come for the
// company that is being deleted. Each is either answered 202, and then the
// company stays, or as one for an unknown company.
func TestDeletedWhileOrdersCome(t *testing.T) {
	t.Parallel()
	for _, slow := range []time.Duration{0, 3 * time.Second, 4900 * time.Millisecond, 20 * time.Second} {
		for _, before := range []int{0, 1} {
			t.Run(fmt.Sprint(slow, before), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t, hooked)
					w.untilHooks(2)
					w.save(pausedSettings())
					for i := range before {
						w.accept(anOrder(fmt.Sprintf("B-%d", i)))
					}
					w.shop.Fault(insalestest.Rule{Op: insalestest.OpHooks, Latency: slow})
					done := make(chan error, 1)
					go func() { done <- w.proc.bridge.DeleteCompany(t.Context(), company) }()
					taken := 0
					for i := range 5 {
						time.Sleep(600 * time.Millisecond)
						for _, body := range [][]byte{anOrder(fmt.Sprintf("A-%d", i)).Body(),
							anOrder(fmt.Sprintf("P-%d", i)).PaidBody(time.Now()),
							anOrder(fmt.Sprintf("C-%d", i)).CancelledBody(time.Now(), "")} {
							a, err := w.sender().Send(t.Context(), body)
							w.must(err)
							switch {
							case a.Status == http.StatusAccepted && w.there():
								taken++
							case a.Status != http.StatusUnauthorized || w.there():
								t.Errorf("%d %s, the company is there: %v", a.Status, a.Body, w.there())
							}
						}
					}
					err := <-done
					if code := refusedFor(err); before > 0 &&
						(code != problem.RefusedCompanyBusy || taken != 15 || len(w.shop.Hooks()) != 2) {
						t.Errorf("with an order that waits: %v, %d taken, %d webhooks", err, taken, len(w.shop.Hooks()))
					}
					if before == 0 && (err != nil || taken != 0) {
						t.Errorf("without orders: %v, %d taken", err, taken)
					}
					if before == 0 && slow < 5*time.Second && len(w.shop.Hooks()) != 0 {
						t.Errorf("webhooks stay: %v", w.hooks())
					}
				})
			})
		}
	}
}

// Orders and deletions at one moment share commits: no order is taken by a
// company that is not there any more.
func TestDeletedAtOneMoment(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		for round := range 20 {
			w.save(pausedSettings())
			codes := make([]int, 12)
			var all sync.WaitGroup
			var first, second error
			for i := range codes {
				all.Go(func() {
					a, err := w.sender().Send(t.Context(), anOrder(fmt.Sprintf("R-%d-%d", round, i)).Body())
					if err != nil {
						t.Error(err)
					}
					codes[i] = a.Status
				})
				if i == round%len(codes) {
					all.Go(func() { first = w.proc.bridge.DeleteCompany(t.Context(), company) })
					all.Go(func() { second = w.proc.bridge.DeleteCompany(t.Context(), company) })
				}
			}
			all.Wait()
			taken := 0
			for _, code := range codes {
				if code == http.StatusAccepted {
					taken++
				}
			}
			if w.there() != (taken > 0) {
				t.Fatalf("round %d: %d taken, the company is there: %v", round, taken, w.there())
			}
			for _, err := range []error{first, second} {
				if refusedFor(err) == "" && err != nil && !errors.Is(err, storage.ErrNotFound) {
					t.Errorf("%v", err)
				}
			}
			if first == nil && second == nil {
				t.Error("deleted twice")
			}
			for i := range codes { // make room for the next round
				_ = w.cancel(t.Context(), w.key(fmt.Sprintf("R-%d-%d", round, i)))
			}
			if err := w.proc.bridge.DeleteCompany(t.Context(), company); err != nil &&
				!errors.Is(err, storage.ErrNotFound) {
				t.Fatal(err)
			}
		}
	})
}

// What is under way for a company that was deleted says nothing of the one that
// was made with its id since: neither a report nor a read nor a fault.
func TestDeletedAndMadeAgain(t *testing.T) {
	t.Parallel()
	late := insalestest.Rule{Op: insalestest.OpOrders, AnswerDelay: 6 * time.Second}
	refuses := ineedchattest.Rule{Method: http.MethodPut, Latency: 7 * time.Second, Status: http.StatusUnauthorized}
	for name, underWay := range map[string]func(*world) func() bool{
		"a report": func(w *world) func() bool {
			f := w.chat.Fault(refuses)
			w.must(w.shop.SetStatus(w.live("first")[0].ID, "soglasovan"))
			return func() bool { return f.Hits() > 0 }
		},
		"a read": func(w *world) func() bool {
			w.must(w.shop.SetStatus(w.live("first")[0].ID, "soglasovan"))
			f := w.shop.Fault(late)
			return func() bool { return f.Hits() > 0 }
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.first()
				w.until(time.Minute, "reported", w.tells("first", "new"))
				w.until(3*time.Minute, name+" under way", underWay(w))
				w.must(w.proc.bridge.DeleteCompany(t.Context(), company))
				w.chat.ClearFaults()
				w.shop.ClearFaults()
				was := w.get("first")
				w.shop.SetAccountID(424242)
				c := settings()
				c.Orders.Enabled = false
				w.save(c)
				time.Sleep(30 * time.Second)
				stored, err := w.proc.store.Companies(t.Context())
				w.must(err)
				if now := stored[0]; now.ChatFault != nil || now.AccountID != 0 || now.Problem != nil {
					t.Errorf("the new company inherits %+v %+v %d", now.ChatFault, now.Problem, now.AccountID)
				}
				w.must(w.proc.store.Update(t.Context(), func(tx *storage.Tx) error {
					if feed, err := tx.Feed(company); err != nil || !feed.Floor.UpdatedSince.IsZero() {
						t.Errorf("the new company inherits the feed %+v: %v", feed, err)
					}
					return nil
				}))
				if o := w.get("first"); o.Revision != was.Revision || o.AckedRevision != was.AckedRevision ||
					o.Report != was.Report {
					t.Errorf("changed by the old one: %+v", o)
				}
				w.shop.SetAccountID(insalestest.DefaultAccountID)
				c.Orders.Enabled = true
				w.save(c)
				w.until(5*time.Minute, "reported by the new one", w.tells("first", "assembling"))
			})
		})
	}
}
