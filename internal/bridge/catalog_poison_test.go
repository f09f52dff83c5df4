package bridge_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// Products that the chat fails on, in all the ways in which it can: they are
// found one by one, set aside with the reason and tried again later; all others
// arrive, and the search costs a bounded number of requests.
func TestCatalogPoisonedProduct(t *testing.T) {
	t.Parallel()
	row := 0
	for _, fault := range []ineedchattest.Rule{{Status: 500}, {Status: 502}, {Status: 404},
		{Action: ineedchattest.ResetBefore}, {Action: ineedchattest.ResetAfter},
		{Latency: 2 * time.Minute}} {
		for _, n := range []int{1, 5} {
			for _, first := range []bool{true, false} {
				if n > 1 && fault.Status != 500 {
					continue
				}
				if row++; leftOut(row) {
					continue
				}
				t.Run(fmt.Sprintf("%d%s-%v-%d-%v", fault.Status, fault.Action, fault.Latency, n, first),
					func(t *testing.T) {
						inBubble(t, func(t *testing.T) { poisonedCatalog(t, fault, n, first) })
					})
			}
		}
	}
}

func poisonedCatalog(t *testing.T, fault ineedchattest.Rule, n int, first bool) {
	w := newWorld(t, withCatalog(250))
	fault.Path, fault.Contains = batchPath, poison
	var f *ineedchattest.Fault
	if first {
		f = w.chat.Fault(fault)
	} else {
		w.ran(1, 10*time.Minute)
	}
	all := w.some(150)
	var bad []string
	for i := range n {
		w.rename(all[i*25], poison)
		bad = append(bad, id64(all[i*25]))
	}
	if !first {
		f = w.chat.Fault(fault)
		for _, id := range all[110:] { // the others change too
			w.rename(id, "Новое имя")
		}
	}
	onlyBad := func() bool {
		return !slices.ContainsFunc(w.differences(), func(d string) bool {
			return !slices.ContainsFunc(bad, func(id string) bool {
				return strings.HasPrefix(d, "product ") &&
					strings.Contains(d, id)
			})
		})
	}
	took := w.untilTold(time.Duration(n)*20*time.Minute, "all others are there", onlyBad)
	time.Sleep(10 * time.Minute)
	t.Logf("all others there after %v, %d failures", took, f.Hits())
	if most := n * 40; f.Hits() > most {
		t.Errorf("%d batches with it, want at most %d", f.Hits(), most)
	}
	if p := w.catalog().Problem; p != nil {
		t.Errorf("problem %+v", p)
	}
	f.Clear()
	w.untilTold(26*time.Hour, "the bad ones are there too", func() bool { return len(w.differences()) == 0 })
}

// untilTold waits until what the chat was told makes a condition true. It looks only
// when the chat was told something: that takes long.
func (w *world) untilTold(most time.Duration, what string, cond func() bool) time.Duration {
	w.t.Helper()
	start, told := time.Now(), -1
	for time.Since(start) <= most {
		if n := len(w.chat.CatalogBatches(company)); n != told {
			if told = n; cond() {
				return time.Since(start)
			}
		}
		time.Sleep(max(20*time.Second, time.Since(start)/20))
	}
	w.t.Fatalf("after %v not yet: %s", most, what)
	return 0
}

// A chat that is down is not searched: nothing is halved or set aside, and one
// alarm stands.
func TestCatalogOutageBlamesNoProduct(t *testing.T) {
	t.Parallel()
	for _, rule := range []ineedchattest.Rule{{Status: 500}, {Status: 503, Header: http.Header{"Retry-After": {"60"}}},
		{Action: ineedchattest.ResetBefore}} {
		t.Run(fmt.Sprint(rule.Status, rule.Action), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(300))
				w.ran(1, 10*time.Minute)
				rule.Path = batchPath
				f := w.chat.Fault(rule)
				for _, id := range w.some(120) {
					w.rename(id, "Новое имя")
				}
				time.Sleep(5 * time.Hour)
				if p := w.catalog().Problem; p == nil || p.Code != problem.ChatFailing {
					t.Errorf("problem %+v", p)
				}
				f.Clear()
				since := len(w.batches(0))
				w.becomesSame(12 * time.Minute)
				if n := len(w.batches(since)); n > 4 {
					t.Errorf("%d batches for 120 products", n)
				}
				for _, r := range w.runs() {
					if r.Refused+r.Parked > 0 {
						t.Errorf("%+v", r)
					}
				}
			})
		})
	}
}

// A product that the shop cannot write, whatever page it stands on: all others
// arrive, also behind it, nothing is removed that the chat has, people hear that the
// reading is not complete, and all is well once the shop can.
func TestCatalogUnwritableProduct(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		for _, n := range []int{1, 3} {
			t.Run(fmt.Sprint(n, first), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t, withCatalog(250))
					if !first {
						w.ran(1, 10*time.Minute)
					}
					all := w.some(150)
					for i := range n {
						w.rename(all[20+i*40], poison)
					}
					for _, id := range all[140:] {
						w.rename(id, "Новое имя")
					}
					f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Fails: poison})
					byID := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProduct, Fails: poison})
					left := func() int { return len(w.differences()) }
					w.untilTold(2*time.Hour, "all others are there",
						func() bool { return left() <= n*insales.SmallestPage })
					time.Sleep(3 * time.Hour)
					if got := left(); got > n*insales.SmallestPage || got == 0 {
						t.Errorf("%d differ, with %d that the shop cannot write", got, n)
					}
					if g := w.catalog().Guard; g == nil || g.Unread == 0 || g.Removed != 0 {
						t.Errorf("people are told %+v", g)
					}
					t.Logf("%d differ, %d pages asked for", left(), f.Hits())
					f.Clear()
					byID.Clear()
					w.untilTold(26*time.Hour, "they are there too", func() bool { return left() == 0 })
				})
			})
		}
	}
}

// A shop that is down and comes back between any two requests: nothing is left out.
func TestCatalogOutageLeavesNothingOut(t *testing.T) {
	t.Parallel()
	for requests := 4; requests <= 24; requests++ {
		if leftOut(requests) {
			continue
		}
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, withCatalog(60), with(switchedOff))
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Status: 500, After: 2, Times: requests})
			w.save(catalogOnly())
			run := w.ran(1, 4*time.Hour)
			if k := w.catalog(); run.Outcome != storage.RunDone || k.Guard != nil || run.Unread != 0 {
				t.Errorf("after %d failures: %s, %d unread, guard %+v", requests, run.Outcome, run.Unread, k.Guard)
			}
			w.becomesSame(10 * time.Minute)
		})
	}
}
