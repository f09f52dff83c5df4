package bridge_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// poison is a text that the shop cannot digest: every create with it fails.
const poison = "яд№7"

// poisoned is an order with it.
func (w *world) poisoned(id string) {
	w.t.Helper()
	o := anOrder(id)
	o.Comment = poison
	w.accept(o)
}

// accepts a good order, which must be in the shop, once, within most.
func (w *world) passes(most time.Duration, id string) {
	w.t.Helper()
	w.accept(anOrder(id))
	w.untilState(most, id, storage.StateSent)
	if n := len(w.live(id)); n != 1 {
		w.t.Errorf("order %s is %d times in the shop", id, n)
	}
}

// stuck waits until these orders are with a person, for never arriving.
func (w *world) stuck(most time.Duration, ids ...string) time.Duration {
	w.t.Helper()
	return w.until(most, fmt.Sprintf("%v with a person", ids), func() bool {
		for _, id := range ids {
			o := w.get(id)
			if o.State == storage.StateAttention && o.Problem.Code != problem.NeverArrives {
				w.t.Fatalf("order %s: %+v", id, o.Problem)
			}
			if o.State != storage.StateAttention {
				return false
			}
		}
		return true
	})
}

// Some orders that the shop cannot digest, in all the ways in which it can fail
// on them, among a steady flow of others: each ends with a person, none of the
// others is slowed down, and people hear of the company at most once.
func TestPoisonedAmongOthers(t *testing.T) {
	t.Parallel()
	row := 0
	for _, n := range []int{1, 2, 3, 4, 8} {
		for _, fault := range []insalestest.Rule{{Status: 500}, {Status: 502}, {Action: insalestest.ResetBefore},
			{Latency: 70 * time.Second}} {
			for _, every := range []time.Duration{20 * time.Second, 5 * time.Minute} {
				if every > time.Minute && fault.Status != 500 {
					continue
				}
				if row++; leftOut(row) {
					continue
				}
				t.Run(fmt.Sprint(n, fault.Status, fault.Action, fault.Latency, every), func(t *testing.T) {
					inBubble(t, func(t *testing.T) { w, p := poisonedWorld(t, fault); w.amongOthers(p, n, every) })
				})
			}
		}
	}
}

func poisonedWorld(t *testing.T, fault insalestest.Rule) (*world, *people) {
	p := &people{}
	w := newWorld(t, withPeople(p))
	p.save(webhookChannel())
	fault.Op, fault.Contains = insalestest.OpOrderCreate, poison
	w.shop.Fault(fault)
	return w, p
}

// mostPoisoned is by when n poisoned orders are with a person, if good ones come
// at a distance of every.
func mostPoisoned(n int, every time.Duration) time.Duration {
	return max(time.Hour, time.Duration(min(n, 8))*15*time.Minute, 12*every)
}

// Many poisoned orders, three for each good one, do not take hours because they
// come last.
func TestManyPoisonedAmongOthers(t *testing.T) {
	t.Parallel()
	for _, fault := range []insalestest.Rule{{Status: 500}, {Action: insalestest.ResetBefore}} {
		inBubble(t, func(t *testing.T) { w, p := poisonedWorld(t, fault); w.amongOthers(p, 60, 20*time.Second) })
	}
}

func (w *world) amongOthers(p *people, n int, every time.Duration) {
	w.first()
	const atOnce = 8
	var ids []string
	more := func(some int) {
		for range min(some, n-len(ids)) {
			ids = append(ids, fmt.Sprintf("bad-%d", len(ids)))
			w.poisoned(ids[len(ids)-1])
		}
	}
	more(atOnce)
	left := func() (list []string) {
		for _, id := range ids {
			if w.get(id).State != storage.StateAttention {
				list = append(list, id)
			}
		}
		return list
	}
	start := time.Now()
	for i := 0; len(left()) > 0; i++ {
		if i > 0 {
			more(3)
		}
		if time.Since(start) > mostPoisoned(n, every) {
			w.t.Fatalf("after %v not with a person: %v", time.Since(start), left())
		}
		// Only while nothing is known yet, or as many fail as when the shop is down,
		// may a good one wait for its turn.
		most := 5 * time.Second
		if i == 0 || n > 3 {
			most = 2 * time.Minute
		}
		w.passes(most, fmt.Sprintf("good-%d", i))
		time.Sleep(every)
	}
	w.t.Logf("all %d with a person after %v; people heard %s", n, time.Since(start), p.heard())
	w.stuck(0, ids...)
	if heard := strings.Count(p.heard(), "started unknown_outcomes"); heard > 1 {
		w.t.Errorf("people heard %s", p.heard())
	}
	w.passes(5*time.Second, "last")
	if code := w.problem(); code != "" {
		w.t.Errorf("problem %s", code)
	}
}

// Poisoned orders and nothing else that could be tried, also as the first orders
// that there ever are: each is with a person in bounded time, and the alarm about
// the company stands until an order is created.
func TestPoisonedAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n    int
		most time.Duration
	}{{1, 10 * time.Minute}, {2, time.Hour}, {3, 80 * time.Minute}, {5, 26 * time.Hour}} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprint(tt.n, first), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w, p := poisonedWorld(t, insalestest.Rule{Status: 500})
					if !first {
						w.first()
					}
					var ids []string
					for i := range tt.n {
						ids = append(ids, fmt.Sprintf("bad-%d", i))
						w.poisoned(ids[i])
					}
					took := w.until(tt.most, "all with a person", func() bool {
						for _, id := range ids {
							if w.get(id).State != storage.StateAttention {
								return false
							}
						}
						return true
					})
					t.Logf("%d alone: with a person after %v, %d creates; people heard %s", tt.n, took, w.creates(),
						p.heard())
					time.Sleep(time.Hour)
					if strings.Contains(p.heard(), "over unknown_outcomes") {
						t.Errorf("nothing was created, and people heard %s", p.heard())
					}
					if want := tt.n > 1; (w.problem() == problem.UnknownOutcomes) != want {
						t.Errorf("problem %q", w.problem())
					}
					w.passes(5*time.Second, "good")
					time.Sleep(5 * time.Minute)
					if p := w.problem(); p != "" {
						t.Errorf("problem %q", p)
					}
				})
			})
		}
	}
}

// creates counts the create requests that the shop got.
func (w *world) creates() (n int) {
	for _, r := range w.shop.Requests() {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/orders.json") {
			n++
		}
	}
	return n
}

// A shop that is down for hours leads no order to a person, however many wait,
// and people hear once that it began and once that it is over. Neither does one
// that comes back for a moment in between.
func TestOutageBlamesNoOrder(t *testing.T) {
	t.Parallel()
	for i, tt := range []struct {
		orders int
		hours  int
		flaps  bool
	}{{50, 5, false}, {50, 5, true}, {8, 6, false}, {20, 12, true}} {
		if leftOut(i + 5) {
			continue
		}
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				p := &people{}
				w := newWorld(t, withPeople(p))
				p.save(webhookChannel())
				w.first()
				f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Status: 500})
				for i := range tt.orders {
					w.accept(anOrder(fmt.Sprintf("A-%d", i)))
					if i%10 == 9 {
						time.Sleep(time.Minute)
					}
				}
				for range tt.hours {
					time.Sleep(time.Hour)
					if tt.flaps {
						f.Clear()
						one := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate,
							AnswerDelay: time.Millisecond, Times: 1})
						f = w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Status: 500})
						w.until(time.Hour, "one is created", func() bool { return one.Hits() > 0 })
					}
				}
				f.Clear()
				w.until(time.Hour, "all created", func() bool { return len(w.shop.Orders()) == tt.orders+1 })
				for i := range tt.orders {
					if o := w.get(fmt.Sprintf("A-%d", i)); o.State != storage.StateSent || len(w.live(o.Key.ID)) != 1 {
						t.Errorf("%s is %s and %d times in the shop", o.Key.ID, o.State, len(w.live(o.Key.ID)))
					}
				}
				time.Sleep(5 * time.Minute)
				t.Logf("%d creates; people heard %s", w.creates(), p.heard())
				if w.problem() != "" || strings.Contains(p.heard(), "never_arrives") || !tt.flaps &&
					p.heard() != "started unknown_outcomes, over unknown_outcomes" {
					t.Errorf("problem %q, people heard %s", w.problem(), p.heard())
				}
			})
		})
	}
}

// Poisoned orders that wait when the process ends are found out by the next one.
func TestPoisonedOverRestarts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w, _ := poisonedWorld(t, insalestest.Rule{Status: 500})
		w.first()
		w.poisoned("bad-0")
		w.poisoned("bad-1")
		for i := range 4 {
			w.passes(3*time.Minute, fmt.Sprintf("good-%d", i))
			time.Sleep(4 * time.Minute)
			w.restart()
		}
		w.passes(3*time.Minute, "last")
		w.stuck(time.Hour, "bad-0", "bad-1")
	})
}

// An order that the shop, or a protection in front of it, turns away as if the
// access were at fault does not stop its company for ever: the others get in, and
// after a while a person sees it.
func TestTurnedAwayAmongOthers(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2} {
		for _, status := range []int{401, 403, 404, 423} {
			t.Run(fmt.Sprint(n, " of ", status), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w, _ := poisonedWorld(t, insalestest.Rule{Status: status})
					w.first()
					var ids []string
					for i := range n {
						ids = append(ids, fmt.Sprintf("bad-%d", i))
						w.poisoned(ids[i])
					}
					for i := range 12 {
						w.passes(20*time.Minute, fmt.Sprintf("good-%d", i))
					}
					for _, id := range ids {
						w.untilState(time.Hour, id, storage.StateAttention)
						if o := w.get(id); o.Problem.Code != problem.ShopRefused ||
							o.Problem.Args["status"] != strconv.Itoa(status) {
							t.Errorf("order %s: %+v", id, o.Problem)
						}
					}
					w.passes(5*time.Second, "last")
					if p := w.problem(); p != "" {
						t.Errorf("problem %q", p)
					}
				})
			})
		}
	}
}

// While the access is really at fault, no order goes to a person for it, also if
// it comes and goes.
func TestAccessComesAndGoes(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		for i := range 6 {
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Status: 403, Times: 3})
			for _, name := range []string{"a", "b", "c"} {
				w.passes(time.Hour, fmt.Sprintf("%s-%d", name, i))
			}
		}
		if p := w.problem(); p != "" {
			t.Errorf("problem %q", p)
		}
	})
}

// A status that the chat fails on, while it takes those of others, is shown and
// told within minutes and tried all the same; when the chat is down, no order is
// shown for it.
func TestPoisonedReport(t *testing.T) {
	t.Parallel()
	for _, fault := range []ineedchattest.Rule{{Status: 500}, {Status: 502}, {Action: ineedchattest.ResetBefore},
		{Latency: 2 * time.Minute}} {
		for _, all := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d%s %v all %v", fault.Status, fault.Action, fault.Latency, all), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					p := &people{}
					w := newWorld(t, withPeople(p))
					p.save(webhookChannel())
					for _, id := range []string{"bad", "good-1", "good-2"} {
						w.accept(anOrder(id))
						w.untilState(time.Minute, id, storage.StateSent)
						w.until(time.Minute, "reported", w.tells(id, "new"))
					}
					rule := fault
					rule.Method = http.MethodPut
					if !all {
						rule.Contains = `"bad"`
					}
					f := w.chat.Fault(rule)
					for _, id := range []string{"bad", "good-1", "good-2"} {
						w.must(w.shop.SetStatus(w.live(id)[0].ID, "soglasovan"))
						time.Sleep(3 * time.Minute)
						if !all && id != "bad" && !w.tells(id, "assembling")() {
							t.Errorf("%s is held up", id)
						}
					}
					time.Sleep(40 * time.Minute)
					want, heard := "[]", ""
					if !all {
						want, heard = "["+problem.NoticeReportFailing+"]", "started "+problem.NoticeReportFailing
					}
					if got := fmt.Sprint(w.notices("bad")); got != want || p.heard() != heard {
						t.Errorf("noticed %s, want %s; people heard %q, want %q", got, want, p.heard(), heard)
					}
					f.Clear()
					w.until(2*time.Hour, "reported at last", w.tells("bad", "assembling"))
					w.until(time.Minute, "no remark", func() bool { return len(w.notices("bad")) == 0 })
				})
			})
		}
	}
}

// A payment that the shop fails on is shown at once, told after some minutes and
// tried all the same; it holds up no other.
func TestPoisonedPayment(t *testing.T) {
	t.Parallel()
	for _, fault := range []insalestest.Rule{{Status: 500}, {Status: 422}, {Action: insalestest.ResetBefore},
		{Latency: 70 * time.Second}} {
		t.Run(fmt.Sprintf("%d%s %v", fault.Status, fault.Action, fault.Latency), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				p := &people{}
				w := newWorld(t, withPeople(p))
				p.save(webhookChannel())
				for _, id := range []string{"bad", "good"} {
					w.accept(anOrder(id))
					w.untilState(time.Minute, id, storage.StateSent)
				}
				fault.Op, fault.Path = insalestest.OpOrderUpdate,
					fmt.Sprintf("/admin/orders/%d.json", w.live("bad")[0].ID)
				f := w.shop.Fault(fault)
				w.post(anOrder("bad").PaidBody(time.Now()))
				w.post(anOrder("good").PaidBody(time.Now()))
				w.until(2*time.Minute, "the other is paid",
					func() bool { return w.live("good")[0].Financial == "paid" })
				w.until(40*time.Minute, "people know",
					func() bool { return p.heard() == "started "+problem.NoticePaymentNotTaken })
				if got := w.notices("bad"); len(got) != 1 || got[0] != problem.NoticePaymentNotTaken || f.Hits() == 0 {
					t.Errorf("noticed %v", got)
				}
				f.Clear()
				if fault.Status == 422 {
					return // that is an answer: it is not told again
				}
				w.until(2*time.Hour, "paid at last", func() bool { return w.live("bad")[0].Financial == "paid" })
				w.until(5*time.Minute, "over", func() bool {
					return strings.HasSuffix(p.heard(),
						"over "+problem.NoticePaymentNotTaken)
				})
			})
		})
	}
}

// One webhook that the shop fails to register, or a stray that it fails to remove,
// does not keep the others from being registered.
func TestPoisonedHook(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault insalestest.Rule
		hooks int
	}{
		{insalestest.Rule{Op: insalestest.OpHookCreate, Contains: insalestest.TopicOrderUpdate, Status: 500}, 2},
		{insalestest.Rule{Op: insalestest.OpHookCreate, Contains: insalestest.TopicOrderDestroy, Status: 502}, 2},
		{insalestest.Rule{Op: insalestest.OpHookDelete, Status: 500}, 3},
	} {
		t.Run(fmt.Sprint(tt.fault.Op, tt.fault.Contains), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked, func(w *world) {
					w.settings = func() storage.Company { c := settings(); c.Orders.Enabled = false; return c }
				})
				w.shop.AddHook(insalestest.Hook{Topic: insalestest.TopicOrderUpdate,
					Address: "http://connector.test/webhooks/insales/2/stray", Format: insalestest.FormatJSON})
				if tt.fault.Op == insalestest.OpHookCreate {
					w.shop.AddHook(insalestest.Hook{Topic: insalestest.TopicOrderUpdate,
						Address: "https://erp.example.test/hook", Format: insalestest.FormatJSON})
				}
				f := w.shop.Fault(tt.fault)
				w.save(settings())
				w.untilHooks(tt.hooks)
				time.Sleep(3 * time.Hour)
				if p := w.company().HookFault; p == nil || p.Code != problem.HooksFailing || f.Hits() < 3 ||
					f.Hits() > 12 {
					t.Errorf("problem %+v after %d tries", p, f.Hits())
				}
				f.Clear()
				w.until(2*time.Hour, "as it should be",
					func() bool { return w.company().HookFault == nil && len(w.company().Hooks.IDs) == 2 })
			})
		})
	}
}
