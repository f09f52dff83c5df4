package bridge_test

import (
	"flag"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// genMonth draws sixty deeds with half a day between them on average; it is a
// short month under the race detector.
func genMonth() *rapid.Generator[[]deed] {
	n := 60
	if underRace {
		n = 20
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) deed {
		return deed{
			What: rapid.SampledFrom([]string{
				"send", "send", "send", "status", "status", "status", "status", "paid", "trash", "restore", "quiet",
				"delete",
				"mishap", "mishap", "deaf", "hearing", "rotate", "restart", "crash", "down", "up", "chatDown", "chatUp",
				"feedFault",
				"chatFault", "forgetful",
			}).Draw(t, "what"),
			Order: rapid.IntRange(0, 5).Draw(t, "order"),
			N:     rapid.IntRange(0, 11).Draw(t, "n"),
			Wait: rapid.SampledFrom([]time.Duration{time.Second, 5 * time.Minute, time.Hour, 8 * time.Hour,
				20 * time.Hour, 40 * time.Hour}).
				Draw(t, "wait"),
		}
	}), n, n)
}

// A month of a shop's life, with webhooks lost, late, twice and torn, orders in
// the trash and out of it, peers that are down, faults and restarts: at rest
// the chat knows what the shop says, and nobody was told "cancelled" who was
// not.
func TestAMonth(t *testing.T) {
	months(t, 2)
	rapid.Check(t, func(rt *rapid.T) {
		deeds := genMonth().Draw(rt, "deeds")
		var faults []string
		synctest.Test(t, func(t *testing.T) {
			m := &month{history: history{accepted: map[int]bool{}, cancels: map[int]bool{}, pays: map[int]bool{},
				deleted: map[int64]bool{}},
				trashed: map[int64]bool{}}
			m.world = newWorld(t, func(w *world) {
				w.tap = func(string) bool { return m.fuse.Load() == 0 || m.fuse.Add(-1) != 0 }
			}, hooked, seldom)
			m.watchMoves()
			m.many(1) // one order is always there: a shop that has lost all is not believed
			for _, d := range deeds {
				m.do(d)
				time.Sleep(d.Wait)
				m.revive()
				if faults = m.wronged(); len(faults) > 0 {
					return
				}
			}
			m.rest()
			time.Sleep(26 * time.Hour) // what leaves no trace in the feed is looked for once a day
			m.parked()
			faults = append(faults, m.judge()...)
		})
		if len(faults) > 0 {
			rt.Fatalf("%s\nafter %v", strings.Join(faults, "\n"), deeds)
		}
	})
}

// months bounds how many months rapid lives through: each takes seconds. A flag
// that is given wins.
func months(t *testing.T, n int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	was := f.Value.String()
	if was != f.DefValue && !underRace {
		return
	}
	if underRace {
		n = 1
	}
	must(t, flag.Set(f.Name, fmt.Sprint(n)))
	t.Cleanup(func() { must(t, flag.Set(f.Name, was)) })
}

// A month is a history that has more of some things.
type month struct {
	history
	trashed map[int64]bool // orders of the shop that ever were in its trash
}

func (m *month) do(d deed) {
	each := func(f func(id int64)) {
		for _, o := range m.live(m.id(d.Order)) {
			f(o.ID)
		}
	}
	switch d.What {
	case "trash":
		each(func(id int64) { m.trashed[id] = true })
		m.history.do(d)
	case "delete":
		each(func(id int64) { m.deleted[id] = true; _ = m.shop.HardDelete(id) })
	case "quiet": // does not move updated_at; what has ended is not watched
		each(func(id int64) {
			r, _ := m.chat.Status(company, m.id(d.Order))
			if o, _ := m.shop.Order(id); o.Archived || final(chatWord(o.Fulfillment)) || final(r.Status) {
				return
			}
			_ = m.shop.Quietly(id, func() error {
				return m.shop.SetStatus(id, []string{"soglasovan", "otgruzhen", "dostavlen"}[d.N%3])
			})
		})
	case "deaf":
		m.courier.Fault(insalestest.Mishap{Trick: insalestest.Lose})
	case "hearing":
		m.courier.ClearFaults()
	case "chatDown", "chatUp":
		m.net.setDown("chat.test", d.What == "chatDown")
		m.proc.rt.CloseIdleConnections()
	case "chatFault":
		m.chat.Fault(ineedchattest.Rule{Status: []int{500, 429, 404}[d.N%3], Times: 1 + d.N})
	case "forgetful": // for some requests the shop knows no order
		m.shop.Fault(insalestest.Rule{Op: insalestest.OpOrder, Status: http.StatusNotFound, Times: 1 + d.N})
	default:
		m.history.do(d)
	}
}

// wronged tells who was told "cancelled" although the merchant neither cancelled
// nor deleted the order.
func (m *month) wronged() (faults []string) {
	for n := range 6 {
		r, known := m.chat.Status(company, m.id(n))
		if !known || r.Status != "cancelled" || r.InSales.FulfillmentStatus == "declined" {
			continue
		}
		if id := m.get(m.id(n)).InSalesID; !m.trashed[id] && !m.deleted[id] {
			faults = append(faults, fmt.Sprintf("%s was told cancelled, and nobody has: %+v", m.id(n), r))
		}
	}
	return faults
}

// parked sends what was given up, as a person would.
func (m *month) parked() {
	for n := range 6 {
		_, _ = m.desk().ReportAgain(m.t.Context(), m.key(n), "test")
	}
	time.Sleep(time.Minute)
}

// rest is that of a history, and the chat is back.
func (m *month) rest() {
	m.net.setDown("chat.test", false)
	m.history.rest()
}

// judge is the oracle of a history. An order that was deleted for good is told
// cancelled, unless it had ended before, and nothing else is known of it.
func (m *month) judge() (faults []string) {
	for n := range 6 {
		o, err := m.proc.store.Order(m.t.Context(), m.key(n))
		if err != nil || o.InSalesID == 0 {
			continue
		}
		if _, there := m.shop.Order(o.InSalesID); there {
			continue
		}
		if r, ok := m.chat.Status(company, m.id(n)); !ok || !final(r.Status) {
			faults = append(faults, fmt.Sprintf("%s is deleted and the chat knows %+v", m.id(n), r))
		}
	}
	return append(faults, m.history.judge()...)
}
