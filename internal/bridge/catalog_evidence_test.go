package bridge_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A list of changes that lacks what was changed is not believed: the floor stays,
// and all is in the chat as soon as the list is whole.
func TestCatalogListThatLacksChanges(t *testing.T) {
	t.Parallel()
	op := insalestest.OpProducts
	for name, r := range map[string]insalestest.Rule{
		"nothing":        {Op: op, List: insalestest.NoRows},
		"half of a page": {Op: op, List: insalestest.FirstHalf},
		"each second":    {Op: op, List: insalestest.EverySecond},
		"an object":      {Op: op, Status: 200, Body: "{}"},
		"null":           {Op: op, Status: 200, Body: "null"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(60), with(switchedOff))
				w.save(catalogOnly())
				w.ran(1, 10*time.Minute)
				time.Sleep(20 * time.Minute)
				f := w.shop.Fault(r)
				w.rename(w.some(9)[0], "Новое имя")
				w.hide(w.some(9)[1:])
				time.Sleep(22 * time.Minute)
				f.Clear()
				time.Sleep(16 * time.Minute)
				w.same()
				if k := w.catalog(); k.Problem != nil || k.Guard != nil {
					t.Errorf("%+v, %+v stays", k.Problem, k.Guard)
				}
			})
		})
	}
}

// An empty list of changes alarms once, and costs little.
func TestCatalogEmptyListAlarms(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60), with(switchedOff))
		w.save(catalogOnly())
		w.ran(1, 10*time.Minute)
		time.Sleep(20 * time.Minute)
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, List: insalestest.NoRows})
		w.until(10*time.Minute, "alarm", func() bool { g := w.catalog().Guard; return g != nil && g.Unread > 0 })
		before := w.shop.Count(insalestest.OpProduct)
		time.Sleep(time.Hour)
		if n := w.shop.Count(insalestest.OpProduct) - before; n > 30 {
			t.Errorf("%d requests by id", n)
		}
		f.Clear()
		w.until(10*time.Minute, "over", func() bool { return w.catalog().Guard == nil })
	})
}

// A list of collections that lacks a few of many, as one of a page cut short,
// removes none from the chat.
func TestCatalogCollectionsThatAreThere(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]func([]json.RawMessage) []json.RawMessage{
		"nothing": insalestest.NoRows, "all but the first": insalestest.WithoutFirst, "half": insalestest.FirstHalf,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(60), with(switchedOff))
				w.save(catalogOnly())
				w.ran(1, 10*time.Minute)
				f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpCollections, List: list})
				time.Sleep(time.Hour)
				w.same()
				f.Clear()
				w.until(10*time.Minute, "over", func() bool { return w.catalog().Guard == nil })
				w.same()
			})
		})
	}
}

// A product of a wrong time hides none of those behind it, in a list of changes
// or in one of everything, and its next change is taken.
func TestCatalogWrongTimes(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"2099-01-01T00:00:00.000+03:00", "2999-12-31T23:59:59.000+03:00",
		"1971-01-01T00:00:00.000+03:00"} {
		t.Run(wrong, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(600), with(switchedOff))
				lie := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts,
					List: func(rows []json.RawMessage) []json.RawMessage {
						if len(rows) > 200 {
							var o map[string]any
							if err := json.Unmarshal(rows[len(rows)-1], &o); err != nil {
								t.Error(err)
							}
							text, _ := json.Marshal(o["updated_at"])
							rows[len(rows)-1] = json.RawMessage(strings.ReplaceAll(string(rows[len(rows)-1]),
								`"updated_at":`+string(text), `"updated_at":"`+wrong+`"`))
						}
						return rows
					}})
				w.save(catalogOnly())
				w.ran(1, 10*time.Minute)
				w.same()
				ids := w.some(550)
				for i, id := range ids {
					w.rename(id, fmt.Sprintf("Имя %d", i))
				}
				time.Sleep(6 * time.Minute)
				lie.Clear()
				time.Sleep(12 * time.Minute)
				w.same()
				w.rename(ids[0], "Последнее имя")
				time.Sleep(12 * time.Minute)
				w.same()
			})
		})
	}
}

// The shop does not show our webhooks, although they are there: none is made
// twice, nobody is alarmed, and those that are not wanted are removed.
func TestHooksThatAreNotListed(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]func([]json.RawMessage) []json.RawMessage{
		"nothing": insalestest.NoRows, "one of them": insalestest.FirstHalf, "the other": insalestest.WithoutFirst,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked)
				w.first()
				w.untilHooks(2)
				f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpHooks, List: list})
				made := w.shop.Count(insalestest.OpHookCreate)
				for range 3 {
					w.restart()
					time.Sleep(25 * time.Hour)
				}
				if n := w.shop.Count(insalestest.OpHookCreate) - made; n != 0 || w.company().HookFault != nil {
					t.Errorf("%d made, %+v", n, w.company().HookFault)
				}
				c := settings()
				c.Orders.Enabled = false
				w.save(c)
				w.untilHooks(0)
				f.Clear()
			})
		})
	}
}

// An empty list of payments or deliveries does not call everything missing that
// orders are created with, and changes nothing that was learnt.
func TestCheckWithEmptyLists(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		pickups := w.company().Learnt.Pickups
		for _, op := range []insalestest.Op{insalestest.OpGateways, insalestest.OpDeliveries} {
			w.shop.Fault(insalestest.Rule{Op: op, List: insalestest.NoRows})
		}
		r, err := w.inspector().Check(t.Context())
		w.must(err)
		for _, f := range r.Findings {
			if f.Result == check.ResultMissing {
				t.Errorf("%s %v is called missing", f.Name, f.Args)
			}
			if (f.Name == check.CheckPayments || f.Name == check.CheckDeliveries) &&
				(f.Problem == nil || f.Problem.Code != problem.ListEmpty) {
				t.Errorf("%s: %+v", f.Name, f.Problem)
			}
		}
		if now := w.company().Learnt.Pickups; fmt.Sprint(now) != fmt.Sprint(pickups) {
			t.Errorf("pickups are %v, before %v", now, pickups)
		}
		w.accept(anOrder("A-1"))
		w.untilState(time.Minute, "A-1", storage.StateSent)
	})
}
