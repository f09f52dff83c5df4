package bridge_test

import (
	"errors"
	"slices"
	"testing"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// TestEnabling: what a check calls an error keeps the switch off and is told of
// the field that it is about; a remark does not.
func TestEnabling(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*world, *storage.Company)
		want   []string // field, rule and the code within
	}{
		{"all well", func(*world, *storage.Company) {}, nil},
		{"remarks only", func(w *world, c *storage.Company) {
			w.shop.Forbid(insalestest.SectionClients, insalestest.SectionProducts, insalestest.SectionAccount)
			w.shop.Unlink(7000001, 5000001)
			w.shop.AddField(insalestest.Field{ID: 9, Destiny: 3, Title: "Поле", Type: "Field::TextField",
				Obligatory: true})
			c.Orders.Payments = nil
		}, nil},
		{"wrong key", func(_ *world, c *storage.Company) { c.Shop.Password = "wrong" },
			[]string{"shop shop_check key_rejected"}},
		{"nobody there", func(_ *world, c *storage.Company) {
			c.Shop.URL, c.Shop.Password = "http://other.test", insalestest.DefaultPassword
		},
			[]string{"shop shop_check shop_unreachable"}},
		{"no rights", func(w *world, _ *storage.Company) {
			w.shop.Forbid(insalestest.SectionOrders, insalestest.SectionSettings)
		},
			[]string{"shop shop_check right_absent", "shop shop_check right_absent"}},
		{"another account", func(w *world, _ *storage.Company) { w.shop.SetAccountID(7) },
			[]string{"shop.url shop_check account_changed"}},
		{"blocked", func(w *world, _ *storage.Company) {
			w.shop.Reconfigure(func(c *insalestest.Switches) { c.Blocked = true })
		},
			[]string{"shop shop_check shop_locked"}},
		{"ids that are not there, and a type that does not work", func(_ *world, c *storage.Company) {
			c.Orders.Payments["card"], c.Orders.Deliveries["post"], c.Orders.Deliveries["sdek"] = 1, 2, 7000003
		}, []string{"orders.payments.card not_in_shop ", "orders.deliveries.post not_in_shop ",
			"orders.deliveries.sdek delivery_type "}},
		{"a carrier's points", func(w *world, _ *storage.Company) {
			w.shop.AddDelivery(insalestest.Delivery{ID: 7000001, Title: "Пункты", Type: insalestest.DeliveryPickUp,
				Points: true})
		}, []string{"orders.deliveries.pickup delivery_point "}},
		{"a list that fails", func(w *world, _ *storage.Company) {
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpDeliveries, Status: 504})
		}, []string{"orders.deliveries shop_check shop_failing"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.set(func(c *storage.Company) { c.Orders.Enabled = false })
				c := settings()
				test.change(w, &c)
				saved, err := w.proc.bridge.SaveCompany(t.Context(), c)
				var got []string
				if bad, ok := errors.AsType[*problem.Invalid](err); ok {
					for _, f := range bad.Fields {
						got = append(got, f.Field+" "+f.Problem.Code+" "+f.Problem.Args["code"])
					}
				} else if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("%q, want %q", got, test.want)
				}
				if !saved.Stored || saved.Company.Orders.Enabled != (len(test.want) == 0) {
					t.Errorf("stored %v, enabled %v", saved.Stored, saved.Company.Orders.Enabled)
				}
				if saved.Company.AccountID != insalestest.DefaultAccountID {
					t.Errorf("bound to %d", saved.Company.AccountID)
				}
			})
		})
	}
}

// TestEnablingBinds: the account that answers first is the company's, unless
// the key may not see it.
func TestEnablingBinds(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		for id, want := range map[string]int64{"3": insalestest.DefaultAccountID, "4": 0} {
			c := settings()
			c.ID = id
			if want == 0 {
				w.shop.Forbid(insalestest.SectionAccount)
			} else {
				w.shop.Allow(insalestest.SectionAccount)
			}
			saved, err := w.proc.bridge.SaveCompany(t.Context(), c)
			if err != nil || saved.Company.AccountID != want ||
				!slices.Equal(saved.Company.Learnt.Pickups, []int64{7000001}) {
				t.Errorf("company %s: bound to %d, learnt %v, %v", id, saved.Company.AccountID, saved.Company.Learnt,
					err)
			}
		}
	})
}
