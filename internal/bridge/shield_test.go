package bridge_test

import (
	"net/http"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A protection that takes us for a robot is named with its remedy, orders wait for
// it, and what it answers about an order is not the shop's word.
func TestProtectionInFrontOfTheShop(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.accept(anOrder("A-1"))
		w.untilState(2*time.Second, "A-1", storage.StateSent)
		page := insalestest.Rule{Action: insalestest.HTML, Status: http.StatusForbidden,
			Header: http.Header{"Server": {"ddos-guard"}},
			Body: "<!DOCTYPE html><html><head><title>DDOS-GUARD</title></head>" +
				"<body>Checking your browser</body></html>"}
		w.shop.Fault(page)
		w.accept(anOrder("A-2"))
		w.until(5*time.Second, "the protection is named", func() bool {
			p := w.company().Problem
			return p != nil && p.Code == problem.ShopShielded && p.Args["name"] == "DDoS-Guard"
		})
		if r, err := w.inspector().Check(t.Context()); err != nil || r.OK() ||
			r.Findings[0].Problem.Code != problem.ShopShielded {
			t.Errorf("%+v, %v", r, err)
		}
		time.Sleep(10 * time.Minute)
		if o := w.get("A-2"); o.State != storage.StateNew {
			t.Errorf("%s", o.State)
		}
		w.shop.ClearFaults()
		w.untilState(20*time.Minute, "A-2", storage.StateSent)
		if n := len(w.live("A-2")); n != 1 {
			t.Errorf("%d orders", n)
		}
		// A page that says 404 about one order does not make it gone.
		page.Status, page.Op, page.Body = http.StatusNotFound, insalestest.OpOrder,
			"<html><body>Страница не найдена</body></html>"
		w.shop.Fault(page)
		key := storage.OrderKey{Company: company, ID: "A-1"}
		if _, err := w.desk().RefreshNow(t.Context(), key, "admin"); err == nil {
			t.Error("an answer that is none is taken for one")
		}
		if o := w.get("A-1"); !o.GoneAt.IsZero() {
			t.Error("the order is gone")
		}
	})
}
