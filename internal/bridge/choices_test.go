package bridge_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// TestChoices: the shop's lists, with what the settings map and what orders
// have used and the settings do not.
func TestChoices(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.set(func(c *storage.Company) { c.Orders.Payments["cash-2"] = 5000001 })
		w.shop.AddGateway(insalestest.Gateway{ID: 5000003, Title: "Картой курьеру", Type: insalestest.GatewayCustom,
			Margin: "2.5"})
		for i, payment := range []string{"crypto", "cash", "card", "crypto"} {
			o := anOrder(fmt.Sprintf("U-%d", i))
			o.Payment = payment
			w.accept(o)
		}
		o := anOrder("U-9")
		o.Delivery = "drone"
		w.accept(o)

		payments, unmapped, err := w.inspector().Payments(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range payments {
			got += fmt.Sprintln(p.ID, p.Title, p.Type, p.Margin, p.Mapped)
		}
		if want := `5000001 Наличными курьеру PaymentGateway::Cod 0.0 [cash cash-2]
5000002 Картой онлайн PaymentGateway::External 0.0 []
5000003 Картой курьеру PaymentGateway::Custom 2.5 []
`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if want := types(unmapped); want != "crypto 2, card 1, " {
			t.Errorf("unmapped: %s", want)
		}

		deliveries, unmapped, err := w.inspector().Deliveries(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = ""
		for _, d := range deliveries {
			got += fmt.Sprintln(d.ID, d.Title, d.Price, d.Pickup, d.Mapped, d.Problem == nil)
		}
		if want := `7000001 Самовывоз  true [pickup] true
7000002 Курьером 300.0 false [delivery] true
7000003 СДЭК  false [] false
`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if want := types(unmapped); want != "drone 1, " {
			t.Errorf("unmapped: %s", want)
		}
	})
}

func types(uses []storage.Use) string {
	text := ""
	for _, u := range uses {
		text += fmt.Sprintf("%s %d, ", u.Type, u.Orders)
	}
	return text
}

// TestStatusChoices: what the chat is told of each status of the shop, and
// which ones mean nothing to it.
func TestStatusChoices(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.set(func(c *storage.Company) {
			c.Orders.Statuses = map[string]string{"sobran": "assembling", "strange": "accepted"}
		})
		w.shop.AddStatus(insalestest.Status{Permalink: "sobran", Title: "Собран", System: "accepted"})
		for i, status := range []string{"packing", "strange", "packing", "novyy"} {
			id := fmt.Sprintf("S-%d", i)
			w.accept(anOrder(id))
			w.untilState(time.Minute, id, storage.StateSent)
			err := w.shop.Mangle(w.live(id)[0].ID, func(o map[string]any) {
				o["custom_status"] = map[string]any{"permalink": status, "title": "Особый"}
				o["fulfillment_status"] = map[bool]string{true: "new", false: "odd"}[status == "novyy"]
			})
			if err != nil || w.shop.Touch(w.live(id)[0].ID) != nil {
				t.Fatal(err)
			}
		}
		w.until(5*time.Minute, "seen", func() bool {
			o := w.get("S-2")
			return o.Status != nil && o.Status.FulfillmentStatus == "odd"
		})

		list, unmapped, err := w.inspector().Statuses(t.Context())
		if err != nil || len(list) != 8 {
			t.Fatal(list, err)
		}
		for _, s := range list {
			want := s.Permalink + " " + s.System + " " + check.DefaultStatuses()[s.System] + " " + check.ByDefault
			if s.Permalink == "sobran" {
				want = "sobran accepted assembling " + check.ByOverride
			}
			if got := s.Permalink + " " + s.System + " " + s.Status + " " + s.By; got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
		if want := []storage.SeenStatus{{Custom: "packing", Title: "Особый", Fulfillment: "odd",
			Orders: 2}}; !reflect.DeepEqual(unmapped, want) {
			t.Errorf("unmapped %+v", unmapped)
		}

		// A shop without custom statuses still tells what is not mapped.
		w.shop.Reconfigure(func(c *insalestest.Switches) { c.NoCustomStatuses = true })
		list, unmapped, err = w.inspector().Statuses(t.Context())
		if len(list) != 0 || len(unmapped) != 1 || err != nil {
			t.Errorf("%v %v %v", list, unmapped, err)
		}
	})
}

// TestChoicesRefused: what the shop does not give is a refusal that says why.
func TestChoicesRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*world)
		code   string
	}{
		{"wrong key", func(w *world) { w.shop.RevokeKey(insalestest.DefaultKeyID) }, problem.KeyRejected},
		{"no right", func(w *world) { w.shop.Forbid(insalestest.SectionSettings) }, problem.RightAbsent},
		{"nobody there", func(w *world) { w.net.setDown("shop.test", true); w.proc.rt.CloseIdleConnections() },
			problem.ShopUnreachable},
		{"gateway", func(w *world) { w.shop.Fault(insalestest.Rule{Status: http.StatusBadGateway}) },
			problem.ShopFailing},
		{"full", func(w *world) { w.shop.Use(insalestest.DefaultKeyID, 500) }, problem.WindowFull},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				time.Sleep(time.Second) // its first read has left no connection in use
				test.change(w)
				_, _, err1 := w.inspector().Payments(t.Context())
				_, _, err2 := w.inspector().Deliveries(t.Context())
				_, _, err3 := w.inspector().Statuses(t.Context())
				for _, err := range []error{err1, err2, err3} {
					if r, ok := errors.AsType[*problem.Refused](err); !ok || r.Problem.Code != test.code {
						t.Errorf("%v, want %s", err, test.code)
					}
				}
				if _, err := w.proc.bridge.Inspector("3"); !errors.Is(err, storage.ErrNotFound) {
					t.Errorf("another company: %v", err)
				}
			})
		})
	}
}
