package bridge_test

import (
	"fmt"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A shop whose feed leaves out the very second that it is asked from: orders leave and
// arrive once, lost answers are found, and nobody is alarmed. A probe knows it before;
// without one the reader finds it out by what the feed lacks. A probe that was wrong
// does no harm.
func TestExclusiveFeed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ shop, probed bool }{{true, true}, {true, false}, {false, true}} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.shop.Reconfigure(func(s *insalestest.Switches) { s.FeedExclusive = tt.shop })
				w.probedAs(storage.Probed{FeedExclusive: tt.probed})
				w.first()
				for life := range 3 {
					id := fmt.Sprint("G-", life)
					time.Sleep(20 * time.Minute) // so quiet that the floor stands at the last order
					if p := w.company().Problem; p != nil {
						t.Errorf("life %d: alarm %v", life, p)
					}
					w.restart()
					w.accept(anOrder(id))
					w.untilState(time.Minute, id, storage.StateSent)
					w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter,
						Times: 1})
					w.accept(anOrder(id + "-lost"))
					w.untilState(2*time.Minute, id+"-lost", storage.StateSent)
					must(t, w.shop.SetStatus(w.live(id)[0].ID, "otgruzhen"))
					w.until(3*time.Minute, "told", w.tells(id, "delivering"))
				}
				if n := len(w.shop.Orders()); n != 7 {
					t.Errorf("%d orders", n)
				}
			})
		})
	}
}

// The same, where the list is so late that the gate is shut before it is found out.
func TestExclusiveFeedThatIsLate(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.turn(func(s *insalestest.Switches) { s.FeedExclusive, s.FeedDelay = true, 40*time.Second })
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Status: 500, Times: 1})
		w.accept(anOrder("A-1"))
		time.Sleep(3 * time.Second)
		w.accept(anOrder("A-2"))
		w.untilState(10*time.Minute, "A-1", storage.StateSent)
		w.untilState(10*time.Minute, "A-2", storage.StateSent)
		time.Sleep(time.Hour)
		if p := w.company().Problem; p != nil {
			t.Error(p)
		}
	})
}

// A shop whose feed stands newest first: a page that holds all of it is as good as any.
// When more has changed at once, the reading stops and people are told why, and goes on
// as soon as the list is what it should be; no status is lost.
func TestFeedNewestFirst(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		const n = 300
		ids := w.populate(n)
		time.Sleep(30 * time.Minute)
		w.turn(func(s *insalestest.Switches) { s.FeedUnsorted = true })
		for _, id := range ids[:30] {
			must(t, w.shop.SetStatus(id, "otgruzhen"))
			time.Sleep(5 * time.Second)
		}
		w.until(5*time.Minute, "told", func() bool { return w.told(n, "delivering") == 30 })
		if p := w.company().Problem; p != nil {
			t.Error(p)
		}
		for i, id := range ids {
			must(t, w.shop.SetStatus(id, "dostavlen"))
			must(t, w.shop.SetUpdatedAt(id, time.Now().Add(time.Duration(i-n)*time.Second/10)))
		}
		w.until(time.Hour, "said", func() bool {
			p := w.company().Problem
			return p != nil && p.Code == problem.FeedUnsorted
		})
		w.turn(func(s *insalestest.Switches) { s.FeedUnsorted = false })
		w.until(time.Hour, "told", func() bool { return w.told(n, "completed") == n && w.company().Problem == nil })
	})
}

// A shop whose feed shows a new order only after two and a half minutes, as a probe has
// seen: an order in doubt is not proven absent before that, and one that is known to be
// there and does not show yet alarms nobody.
func TestLateFeed(t *testing.T) {
	t.Parallel()
	for _, lost := range []insalestest.Action{"", insalestest.ResetAfter} {
		t.Run(string(lost), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.probedAs(storage.Probed{FeedDelay: 90 * time.Second})
				w.first()
				w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: lost,
					LateVisible: 150 * time.Second})
				for i := range 5 {
					id := fmt.Sprint("G-", i)
					w.accept(anOrder(id))
					for range 30 {
						time.Sleep(5 * time.Second)
						if p := w.company().Problem; p != nil && lost == "" {
							t.Fatalf("alarm %v", p)
						}
					}
					w.untilState(5*time.Minute, id, storage.StateSent)
					if n := len(w.live(id)); n != 1 {
						t.Errorf("%d orders", n)
					}
				}
			})
		})
	}
}
