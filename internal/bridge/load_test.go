package bridge_test

import (
	"encoding/json"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// An order that is dated in the future hides no change of another.
func TestOrderDatedInTheFuture(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.many(3)
		if err := w.shop.SetUpdatedAt(w.live("G-2")[0].ID, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		for _, id := range []string{"G-0", "G-1"} {
			if err := w.shop.SetStatus(w.live(id)[0].ID, "otgruzhen"); err != nil {
				t.Fatal(err)
			}
			w.until(3*time.Minute, id, w.tells(id, "delivering"))
		}
	})
}

// A feed that stands still raises an alarm and stops what relies on it.
func TestFeedThatStandsStill(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		var page []map[string]any
		for i := range 250 {
			page = append(page, map[string]any{"id": i + 1, "updated_at": "2000-01-01T03:00:00.000+03:00",
				"manager_comment": nil})
		}
		body, err := json.Marshal(page)
		if err != nil {
			t.Fatal(err)
		}
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Status: 200, Body: string(body)})
		w.until(5*time.Minute, "alarm", func() bool { return w.problem() == problem.FeedStuck })
		hits := f.Hits()
		time.Sleep(time.Hour)
		if n := f.Hits() - hits; n > 70 {
			t.Errorf("%d requests in an hour", n)
		}
		f.Clear()
		w.accept(anOrder("A-1"))
		w.untilState(5*time.Minute, "A-1", storage.StateSent)
		w.until(time.Minute, "alarm lifted", func() bool { return w.problem() == "" })
	})
}

// The shop moves to another zone: instants count, not what they look like.
func TestShopThatChangesItsZone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.many(1)
		id := w.live("G-0")[0].ID
		zone := func(hours int) {
			err := w.shop.Mangle(id, func(o map[string]any) {
				text, _ := o["updated_at"].(string)
				at, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Error(err)
				}
				o["updated_at"] = at.In(time.FixedZone("", hours*3600)).Format("2006-01-02T15:04:05.000-07:00")
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for i, status := range []string{"v-obrabotke", "soglasovan", "otgruzhen"} {
			zone([]int{12, -11, 0}[i])
			if err := w.shop.SetStatus(id, status); err != nil {
				t.Fatal(err)
			}
			w.until(3*time.Minute, status, w.tells("G-0", []string{"accepted", "assembling", "delivering"}[i]))
		}
		if z := w.company().Learnt.Zone; z == nil || *z != 0 {
			t.Errorf("the shop's zone: %v", z)
		}
	})
}
