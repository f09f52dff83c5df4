package bridge_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// dispatched gives the order's status in the shop that is "delivering".
func (w *world) dispatched(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		must(w.t, w.shop.SetStatus(w.live(id)[0].ID, "otgruzhen"))
	}
}

// neighbour makes a second company on the same shop and chat, with one order.
func (w *world) neighbour() (knows func(status string) func() bool) {
	w.t.Helper()
	c := settings()
	c.ID = "3"
	w.save(c)
	o, s := anOrder("N-1"), w.sender()
	o.Company, s.Company = c.ID, c.ID
	if a, err := s.Send(w.t.Context(), o.Body()); err != nil || a.Status != http.StatusAccepted {
		w.t.Fatal(err, a.Status)
	}
	knows = func(status string) func() bool {
		return func() bool { r, ok := w.chat.Status(c.ID, "N-1"); return ok && r.Status == status }
	}
	w.until(time.Minute, "the neighbour's order is known", knows("new"))
	return knows
}

// How a report that was spoiled gets through after the chat is well again.
const (
	byItself   = "by itself"
	byPerson   = "by a person's report"
	bySettings = "by new settings"
)

// Every answer of the contract to a report: how often it is sent while the chat
// answers so, what is shown, and what it takes to get it through afterwards.
// Another company's reports go on all the time.
func TestAnswersToReports(t *testing.T) {
	t.Parallel()
	after := func(text string) http.Header { return http.Header{"Retry-After": {text}} }
	bodies := `{"title":"no such status"}`
	const m = time.Minute
	for _, tt := range []struct {
		name   string
		rule   ineedchattest.Rule
		lasts  time.Duration
		low    int // requests meanwhile
		high   int
		told   bool   // the chat knows nevertheless
		parked string // why the report waits for a person
		then   string
		within time.Duration
	}{
		{"200", ineedchattest.Rule{Status: 200, Commits: true}, m, 1, 1, true, "", byItself, 0},
		{"202", ineedchattest.Rule{Status: 202, Commits: true}, m, 1, 1, true, "", byItself, 0},
		{"204", ineedchattest.Rule{Status: 204, Commits: true}, m, 1, 1, true, "", byItself, 0},
		{"a torn 200", ineedchattest.Rule{Action: ineedchattest.Torn}, m, 1, 1, true, "", byItself, 0},
		{"409", ineedchattest.Rule{Status: 409, Commits: true}, 3 * time.Hour, 1, 1, true, "", byItself, 0},
		{"404 for 14 minutes", ineedchattest.Rule{Status: 404}, 14 * m, 15, 21, false, "", byItself, m + m/4},
		{"404 for longer", ineedchattest.Rule{Status: 404}, time.Hour, 15, 22, false, problem.ReportNotFound, byPerson,
			time.Second},
		{"401", ineedchattest.Rule{Status: 401}, 3 * time.Hour, 1, 1, false, "", bySettings, time.Second},
		{"403", ineedchattest.Rule{Status: 403}, 3 * time.Hour, 1, 1, false, "", bySettings, time.Second},
		{"400", ineedchattest.Rule{Status: 400, Body: bodies}, 3 * time.Hour, 1, 1, false, problem.ReportRefused,
			byPerson, time.Second},
		{"422", ineedchattest.Rule{Status: 422, Body: bodies}, 3 * time.Hour, 1, 1, false, problem.ReportRefused,
			byPerson, time.Second},
		{"429 with Retry-After", ineedchattest.Rule{Status: 429, Header: after("1200")}, 19 * m, 1, 1, false, "",
			byItself, m + time.Second},
		{"503 with Retry-After", ineedchattest.Rule{Status: 503, Header: after("1200")}, 19 * m, 1, 1, false, "",
			byItself, m + time.Second},
		{"503 with a date", ineedchattest.Rule{Status: 503, Header: after("Sat, 01 Jan 2000 01:00:00 GMT")}, 30 * m, 1,
			1, false, "", byItself, 31 * m},
		{"429 without", ineedchattest.Rule{Status: 429}, 10 * m, 7, 10, false, "", byItself, 10 * m},
		{"500", ineedchattest.Rule{Status: 500}, 10 * m, 7, 10, false, "", byItself, 10 * m},
		{"502 with a page", ineedchattest.Rule{Status: 502, Body: "<html>"}, 10 * m, 7, 10, false, "", byItself,
			10 * m},
		{"200 with a page", ineedchattest.Rule{Status: 200, Body: "<!DOCTYPE html><html>Ведутся работы</html>"},
			10 * m, 7, 10, false, "", byItself, 10 * m},
		{"a redirect", ineedchattest.Rule{Status: 302, Header: http.Header{"Location": {"http://elsewhere.test/"}}},
			10 * m, 7, 10, false, "", byItself, 10 * m},
		{"410", ineedchattest.Rule{Status: 410}, 10 * m, 7, 10, false, "", byItself, 10 * m},
		// One that is under way when the chat is well again has its time-out still to come.
		{"no answer", ineedchattest.Rule{Latency: time.Hour}, 10 * m, 6, 9, false, "", byItself, 11 * m},
		{"an answer that is late", ineedchattest.Rule{AnswerDelay: 20 * time.Second}, 10 * m, 6, 9, true, "", byItself,
			11 * m},
		{"connections cut before", ineedchattest.Rule{Action: ineedchattest.ResetBefore}, 10 * m, 7, 20, false, "",
			byItself, 10 * m},
		{"connections cut after", ineedchattest.Rule{Action: ineedchattest.ResetAfter}, 10 * m, 7, 20, true, "",
			byItself, 10 * m},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked, seldom)
				w.first()
				neighbour := w.neighbour()
				w.untilHooks(4)
				time.Sleep(2 * m)
				tt.rule.Path = "/v1/companies/" + company + "/"
				f := w.chat.Fault(tt.rule)
				w.dispatched("first", "N-1")
				w.until(time.Second, "the neighbour is told", neighbour("delivering"))
				time.Sleep(tt.lasts)
				if n := f.Hits(); n < tt.low || n > tt.high {
					t.Errorf("sent %d times, want %d to %d", n, tt.low, tt.high)
				}
				if told := w.tells("first", "delivering")(); told != tt.told {
					t.Errorf("the chat knows: %v", told)
				}
				parked := ""
				if p := w.get("first").Report.Problem; p != nil {
					parked = p.Code
				}
				if fault := w.company().ChatFault; parked != tt.parked || (fault != nil) != (tt.then == bySettings) {
					t.Errorf("parked for %q, want %q; the company's fault is %+v", parked, tt.parked, fault)
				}
				f.Clear()
				w.goOn(tt.then)
				w.until(tt.within, "all is told", func() bool { o := w.get("first"); return !o.PendingReport() })
				if o := w.get("first"); o.Report != (storage.Report{}) || !w.tells("first", "delivering")() ||
					w.company().ChatFault != nil {
					t.Errorf("in the end %+v, %+v", o.Report, w.company().ChatFault)
				}
			})
		})
	}
}

// goOn does what it takes to get a report through, and looks that without it
// nothing happens.
func (w *world) goOn(how string) {
	w.t.Helper()
	if how == byItself {
		return
	}
	w.restart()
	time.Sleep(2 * time.Hour)
	if w.tells("first", "delivering")() {
		w.t.Errorf("the report went %s, want %s", byItself, how)
	}
	if how == bySettings {
		w.save(settings())
		return
	}
	list, err := w.desk().Orders(w.t.Context(), storage.OrderFilter{Problem: w.get("first").Report.Problem.Code})
	if err != nil || len(list.Orders) != 1 {
		w.t.Errorf("%d orders are listed for the problem, %v", len(list.Orders), err)
	}
	if _, err := w.desk().ReportAgain(w.t.Context(), w.key("first"), "test"); err != nil {
		w.t.Fatal(err)
	}
}

// A chat that says when to come again means all reports of the company: one
// request finds that out, and what changes meanwhile waits. A person need not.
func TestRetryAfterHoldsTheCompany(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, hooked)
			w.many(4)
			w.untilHooks(2)
			time.Sleep(time.Minute)
			busy := w.chat.Fault(ineedchattest.Rule{Status: status, Header: http.Header{"Retry-After": {"600"}},
				Times: 1})
			start := time.Now()
			w.dispatched("G-0")
			time.Sleep(time.Minute)
			w.dispatched("G-1", "G-2")
			must(t, w.shop.SetStatus(w.live("G-0")[0].ID, "dostavlen"))
			time.Sleep(8 * time.Minute)
			if n := len(w.chat.Reports()); n != 4 || busy.Hits() != 1 {
				t.Errorf("%d: %d reports, %d of them refused", status, n, busy.Hits())
			}
			w.until(2*time.Minute, "all are told",
				func() bool { return w.told(4, "delivering") == 2 && w.told(4, "completed") == 1 })
			if took := time.Since(start); took < 10*time.Minute {
				t.Errorf("%d: told after %v", status, took)
			}
			busy = w.chat.Fault(ineedchattest.Rule{Status: status, Header: http.Header{"Retry-After": {"600"}},
				Times: 1})
			w.dispatched("G-3")
			time.Sleep(time.Minute)
			if _, err := w.desk().ReportAgain(t.Context(), w.key("G-3"), "test"); err != nil || busy.Hits() != 1 {
				t.Fatal(err, busy.Hits())
			}
			w.until(time.Second, "a person's wish", w.tells("G-3", "delivering"))
		})
	}
}

// A token that was replaced in the chat stops this company alone, until its
// settings have the new one.
func TestTokenReplacedInTheChat(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.first()
		w.untilHooks(2)
		fresh := strings.Repeat("n", 40)
		w.chat.SetToken(fresh)
		w.dispatched("first")
		w.until(5*time.Second, "alarm", func() bool { return w.company().ChatFault != nil })
		w.expect("the alarm", map[string]float64{`company_problem{company="2",kind="chat_rejected"}`: 1})
		w.set(func(c *storage.Company) { c.Chat.Token = storage.Secret(fresh) })
		w.until(time.Second, "told", w.tells("first", "delivering"))
		w.expect("no alarm", map[string]float64{`company_problem{company="2",kind="chat_rejected"}`: -1})
		w.chat.Suspend(company)
		must(t, w.shop.SetStatus(w.live("first")[0].ID, "dostavlen"))
		w.until(5*time.Second, "alarm", func() bool { return w.company().ChatFault != nil })
		w.chat.Resume(company)
		w.set(func(c *storage.Company) { c.Chat.Token = storage.Secret(fresh) })
		w.until(time.Second, "told", w.tells("first", "completed"))
		w.chat.Overtake(company, "first", w.get("first").Revision+int64(24*time.Hour/time.Millisecond))
		must(t, w.shop.SetStatus(w.live("first")[0].ID, "vozvrat"))
		w.until(5*time.Second, "the chat had something newer", func() bool {
			o := w.get("first")
			return !o.PendingReport() && fmt.Sprint(w.notices("first")) == "["+problem.NoticeReportConflict+"]"
		})
		w.chat.Forget(company, "first")
		time.Sleep(25 * time.Hour)
		w.dispatched("first")
		w.until(20*time.Minute, "parked", func() bool {
			p := w.get("first").Report.Problem
			return p != nil && p.Code == problem.ReportNotFound
		})
	})
}

// A refused token is no fault of the settings that came after it, and a new
// secret is worth a try as well.
func TestChatFaultBelongsToItsSettings(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.first()
		w.untilHooks(2)
		late := w.chat.Fault(ineedchattest.Rule{Status: 401, Latency: 10 * time.Second, Times: 1})
		w.dispatched("first")
		w.until(5*time.Second, "the report is under way", func() bool { return late.Hits() == 1 })
		w.save(settings())
		w.until(20*time.Second, "told", w.tells("first", "delivering"))
		if f := w.company().ChatFault; f != nil {
			t.Errorf("the settings that were saved meanwhile have the fault %+v", f)
		}
		w.chat.Fault(ineedchattest.Rule{Status: 403, Times: 1})
		must(t, w.shop.SetStatus(w.live("first")[0].ID, "dostavlen"))
		w.until(5*time.Second, "alarm", func() bool { return w.company().ChatFault != nil })
		again := w.chat.Fault(ineedchattest.Rule{Status: 200}) // whatever it is signed with
		if _, err := w.proc.bridge.RotateSecret(t.Context(), company); err != nil {
			t.Fatal(err)
		}
		w.until(5*time.Second, "tried again", func() bool { return again.Hits() == 1 && w.company().ChatFault == nil })
	})
}

// The chat is down for three days. What has waited that long is parked, to be
// seen and sent again; all else arrives by itself, and the last state wins.
func TestChatIsDownForThreeDays(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked, seldom)
		w.many(4)
		w.untilHooks(2)
		time.Sleep(time.Hour)
		down := time.Now()
		at := func(h float64) { time.Sleep(time.Until(down.Add(time.Duration(h * float64(time.Hour))))) }
		w.net.setDown("chat.test", true)
		w.proc.rt.CloseIdleConnections()
		w.dispatched("G-0", "G-2")
		at(10)
		w.restart()
		at(24)
		w.dispatched("G-1")
		at(60)
		must(t, w.shop.SetStatus(w.live("G-2")[0].ID, "dostavlen"))
		at(71.9)
		if p := w.get("G-0").Report.Problem; p != nil {
			t.Errorf("parked before three days: %+v", p)
		}
		at(73.5)
		if p := w.get("G-0").Report.Problem; p == nil || p.Code != problem.ReportExpired {
			t.Errorf("after three days: %+v", p)
		}
		w.expect("the chat is down", map[string]float64{`statuses_pending{company="2"}`: 3})
		w.net.setDown("chat.test", false)
		w.until(61*time.Minute, "what still tries arrives", func() bool {
			return w.tells("G-1", "delivering")() && w.tells("G-2", "completed")()
		})
		time.Sleep(3 * time.Hour)
		if parked := w.get("G-0"); !w.tells("G-0", "new")() ||
			!slices.Contains(order.Actions(&parked), order.ActionReport) {
			t.Error("a parked report went by itself, or cannot be sent again")
		}
		w.expect("the chat is back", map[string]float64{`statuses_pending{company="2"}`: 1})
		if _, err := w.desk().ReportAgain(t.Context(), w.key("G-0"), "test"); err != nil {
			t.Fatal(err)
		}
		w.until(time.Second, "the parked one arrives", w.tells("G-0", "delivering"))
		w.expect("all is told", map[string]float64{`statuses_pending{company="2"}`: 0})
	})
}

// A, B, A: that B was acknowledged is not known, so the way back is reported,
// although it shows what was acknowledged last.
func TestThereAndBackWithALostAnswer(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.first()
		w.untilHooks(2)
		time.Sleep(time.Minute)
		id := w.live("first")[0].ID
		w.chat.Fault(ineedchattest.Rule{Action: ineedchattest.ResetAfter, Times: 1})
		w.chat.Fault(ineedchattest.Rule{Status: http.StatusBadGateway, Times: 1})
		w.dispatched("first")
		w.until(time.Second, "B is known to the chat", w.tells("first", "delivering"))
		if o := w.get("first"); !o.PendingReport() {
			t.Fatal("the answer was not lost")
		}
		must(t, w.shop.SetStatus(id, "novyy"))
		w.until(10*time.Second, "A is known to the chat", w.tells("first", "new"))
		if o := w.get("first"); o.PendingReport() || o.Reported != "new" {
			t.Errorf("%+v", o.Report)
		}
	})
}

// An order that we have created fires webhooks of its own: one report, with the
// number, is all that the chat hears of it, also after a payment of ours.
func TestOwnCreateDoesNotEcho(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.first()
		w.untilHooks(2)
		w.shop.AddHook(insalestest.Hook{Topic: insalestest.TopicOrderCreate, Format: insalestest.FormatJSON,
			Address: "http://connector.test/webhooks/insales/2/" + w.company().Hooks.Token.Reveal()})
		w.many(5)
		time.Sleep(24 * time.Hour)
		for i := range 5 {
			list := w.reportsOf(fmt.Sprintf("G-%d", i))
			if len(list) != 1 || list[0].Status != "new" || list[0].InSales.OrderNumber == "" {
				t.Errorf("%+v", list)
			}
		}
		w.message("paid", anOrder("G-1").PaidBody(time.Now()))
		time.Sleep(time.Hour)
		if list := w.reportsOf("G-1"); len(list) != 2 || list[1].PaymentStatus != "paid" {
			t.Errorf("%+v", list)
		}
	})
}

// reportsOf gives all reports of an order that were taken.
func (w *world) reportsOf(id string) (list []ineedchattest.Report) {
	for _, r := range w.chat.Reports() {
		if r.OrderID == id && r.Company == company {
			list = append(list, r)
		}
	}
	return list
}
