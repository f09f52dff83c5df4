package bridge_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// said is what a report says of the shop as text, by finding: its name with what tells it from others
// of that name, and its result with the problem's code and arguments.
func said(r check.Report) map[string]string {
	return saidOf(r, func(n check.CheckName) bool { return !n.OfChat() })
}

// saidOfChat is what it says of the chat.
func saidOfChat(r check.Report) map[string]string { return saidOf(r, check.CheckName.OfChat) }

func saidOf(r check.Report, about func(check.CheckName) bool) map[string]string {
	m := map[string]string{}
	for _, f := range r.Findings {
		if !about(f.Name) {
			continue
		}
		name := string(f.Name)
		for _, k := range []string{"right", "type"} {
			if v := f.Args[k]; v != "" {
				name += " " + v
			}
		}
		if f.Name == check.CheckPair || f.Name == check.CheckField {
			name += " " + f.Args["payment_id"] + f.Args["id"]
		}
		text := string(f.Result)
		if f.Problem != nil {
			text += " " + f.Problem.Code
			for _, k := range slices.Sorted(maps.Keys(f.Problem.Args)) {
				text += " " + k + "=" + f.Problem.Args[k]
			}
		}
		m[name] = text
	}
	return m
}

// check checks the world's company.
func (w *world) check() check.Report {
	w.t.Helper()
	synctest.Wait() // whatever is due at this very moment is done first
	r, err := w.inspector().Check(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// healthy is what a check of the sandbox says before anything was sent.
func healthy() map[string]string {
	m := map[string]string{
		"right cost_prices":  "works",
		"right extra_prices": "unprobed right_unseen right=extra_prices",
		"marker":             "unprobed marker_untested",
		"probe":              "unprobed not_probed",
		"hooks":              "remark hooks_no_url",
	}
	for _, name := range []string{"reachable", "key", "account",
		"right orders", "right clients", "right products", "right settings",
		"payments", "payment cash", "deliveries", "delivery pickup", "delivery delivery", "pairs", "fields",
		"window", "connector"} {
		m[name] = "works"
	}
	for _, right := range []string{"order_info", "order_content", "client_info"} {
		m["right "+right] = "unprobed right_unproven right=" + right
	}
	return m
}

// TestCheck: each thing that may be wrong with a shop, and everything that is
// said about it; what is not named is as in a healthy shop.
func TestCheck(t *testing.T) {
	t.Parallel()
	type saying = map[string]string
	absent := func(r string) string { return "missing right_absent right=" + r }
	tests := []struct {
		name   string
		change func(*world)
		want   saying
		bad    bool
	}{
		{"nothing", func(*world) {}, saying{}, false},
		{"an order was created", func(w *world) { w.first() },
			saying{"marker": "works", "right order_info": "works", "right order_content": "works",
				"right client_info": "works"}, false},
		{"the marker is dropped", func(w *world) {
			w.turn(func(s *insalestest.Switches) { s.DropMarker = true })
			w.first()
		},
			saying{"marker": "remark marker_not_kept", "right order_info": "works", "right order_content": "works",
				"right client_info": "works"}, false},
		{"comments are hidden", func(w *world) {
			w.shop.Reconfigure(func(c *insalestest.Switches) { c.HideManagerComment = true })
			w.first()
		}, saying{"marker": "remark marker_hidden", "right order_info": "works", "right order_content": "works",
			"right client_info": "works"}, false},

		{"no right to orders", func(w *world) { w.shop.Forbid(insalestest.SectionOrders) },
			saying{"right orders": absent("orders")}, true},
		{"no right to clients", func(w *world) { w.shop.Forbid(insalestest.SectionClients) },
			saying{"right clients": "remark right_unused right=clients"}, false},
		{"no right to products", func(w *world) { w.shop.Forbid(insalestest.SectionProducts) }, saying{
			"right products":     "remark right_unused right=products",
			"right cost_prices":  "unprobed right_unused right=products",
			"right extra_prices": "unprobed right_unused right=products"}, false},
		{"no right to prices", func(w *world) {
			w.shop.Forbid(insalestest.SectionCostPrices, insalestest.SectionExtraPrices)
		}, saying{
			"right cost_prices":  "remark right_unused right=cost_prices",
			"right extra_prices": "remark right_unused right=extra_prices"}, false},
		{"no right to products, with a catalog",
			func(w *world) { w.withPrice("price2"); w.shop.Forbid(insalestest.SectionProducts) }, saying{
				"right products":     absent("products"),
				"right cost_prices":  "unprobed right_unused right=products",
				"right extra_prices": "unprobed right_unused right=products"}, true},
		{"no right to prices, with a catalog of another price", func(w *world) {
			w.withPrice("price2")
			w.shop.Forbid(insalestest.SectionCostPrices, insalestest.SectionExtraPrices)
		}, saying{"right cost_prices": "remark right_unused right=cost_prices",
			"right extra_prices": absent("extra_prices")}, true},
		{"no right to prices, with a catalog of the main one", func(w *world) {
			w.withPrice("price")
			w.shop.Forbid(insalestest.SectionCostPrices, insalestest.SectionExtraPrices)
		}, saying{"right cost_prices": "remark right_unused right=cost_prices",
			"right extra_prices": "remark right_unused right=extra_prices"}, false},
		{"no right to the settings", func(w *world) { w.shop.Forbid(insalestest.SectionSettings) }, saying{
			"right settings": absent("settings"), "account": "unprobed right_absent right=settings",
			"payments": "unprobed right_absent right=settings", "payment cash": "unprobed right_absent right=settings",
			"deliveries":        "unprobed right_absent right=settings",
			"delivery pickup":   "unprobed right_absent right=settings",
			"delivery delivery": "unprobed right_absent right=settings",
			"pairs":             "unprobed right_absent right=settings",
			"fields":            "unprobed right_absent right=settings"}, true},
		{"no right to the account alone", func(w *world) { w.shop.Forbid(insalestest.SectionAccount) }, saying{
			"right settings": "remark right_unused right=settings", "account": "unprobed right_absent right=settings"},
			false},

		{"another account", func(w *world) { w.shop.SetAccountID(7) },
			saying{"account": "failed account_changed bound=100001 found=7"}, true},
		{"blocked", func(w *world) { w.shop.Reconfigure(func(c *insalestest.Switches) { c.Blocked = true }) },
			saying{"account": "failed shop_locked"}, true},
		{"the plan ends", func(w *world) { w.paidTill(7) }, saying{"account": "remark plan_ends days=7 on=2000-01-08"},
			false},
		{"the plan ends today", func(w *world) { w.paidTill(0) },
			saying{"account": "remark plan_ends days=0 on=2000-01-01"}, false},
		{"the plan has ended", func(w *world) { w.paidTill(-1) }, saying{"account": "remark plan_ended on=1999-12-31"},
			false},
		{"the plan goes on", func(w *world) { w.paidTill(8) }, saying{}, false},

		{"an unknown payment", func(w *world) { w.shop.RemoveGateway(5000001) },
			saying{"payment cash": "missing not_in_shop id=5000001"}, true},
		{"an unknown delivery", func(w *world) { w.shop.RemoveDelivery(7000002) },
			saying{"delivery delivery": "missing not_in_shop id=7000002"}, true},
		{"an unsupported delivery", func(w *world) {
			w.set(func(c *storage.Company) { c.Orders.Deliveries["sdek"] = 7000003 })
		},
			saying{"delivery sdek": "failed delivery_type id=7000003 title=СДЭК type=DeliveryVariant::External"}, true},
		{"a carrier's points", func(w *world) {
			w.shop.AddDelivery(insalestest.Delivery{ID: 7000001, Title: "Пункты", Type: insalestest.DeliveryPickUp,
				Points: true})
		}, saying{"delivery pickup": "failed delivery_point id=7000001 title=Пункты"}, true},
		{"an order that goes to a carrier's point", func(w *world) {
			d := insalestest.Delivery{ID: 7000001, Title: "Пункты", Type: insalestest.DeliveryPickUp, Points: true}
			w.shop.AddDelivery(d)
			w.first()
			d.Points = false
			w.shop.AddDelivery(d)
			time.Sleep(time.Minute)
		}, saying{"delivery pickup": "failed delivery_point id=7000001 title=Пункты", "marker": "works",
			"right order_info": "works", "right order_content": "works", "right client_info": "works"}, true},
		{"nothing mapped", func(w *world) {
			w.set(func(c *storage.Company) { c.Orders.Payments, c.Orders.Deliveries = nil, nil })
		}, saying{"payments": "remark nothing_mapped", "payment cash": "", "deliveries": "remark nothing_mapped",
			"delivery pickup": "", "delivery delivery": ""}, false},
		{"an unlinked pair", func(w *world) { w.shop.Unlink(7000002, 5000001) }, saying{"pairs": "",
			"pair 5000001": "remark pair_unlinked delivery=Курьером delivery_id=7000002 " +
				"payment=Наличными курьеру payment_id=5000001"}, false},
		{"an unlinked pair that is not mapped", func(w *world) { w.shop.Unlink(7000002, 5000002) }, saying{}, false},
		{"no links at all", func(w *world) {
			for _, d := range []int64{7000001, 7000002, 7000003} {
				w.shop.Unlink(d, 5000001)
				w.shop.Unlink(d, 5000002)
			}
		}, saying{"pairs": "unprobed links_unknown"}, false},

		{"somebody else uses the key", func(w *world) { w.othersUse(25) },
			saying{"window": "remark key_shared requests=25"}, false},
		{"somebody tries the key", func(w *world) { w.othersUse(19) }, saying{}, false},
		{"the connector was started a moment ago", func(w *world) { w.restart() },
			saying{"window": "unprobed window_unknown"}, false},

		{"the lists fail", func(w *world) {
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpGateways, Status: 502})
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrdersCount, Status: 500})
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpClientsCount, Status: 404})
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpFields, Action: insalestest.ResetBefore})
		}, saying{"payments": "failed shop_failing status=502", "payment cash": "unprobed shop_failing status=502",
			"right settings": "unprobed shop_failing status=502", "pairs": "unprobed shop_failing status=502",
			"right orders": "failed shop_failing status=500", "right clients": "unprobed shop_not_found",
			"fields": "unprobed shop_unreachable reason=network"}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.addPrices()
				test.change(w)
				want := healthy()
				for k, v := range test.want {
					want[k] = v
					if v == "" {
						delete(want, k)
					}
				}
				r := w.check()
				if got := said(r); !maps.Equal(got, want) {
					t.Error(difference(got, want))
				}
				if r.OK() == test.bad {
					t.Errorf("ok: %v", r.OK())
				}
			})
		})
	}
}

// difference tells what two reports say differently.
func difference(got, want map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] != want[k] {
			fmt.Fprintf(&b, "\n%s: %q, want %q", k, got[k], want[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, known := want[k]; !known {
			fmt.Fprintf(&b, "\n%s: %q, which was not expected", k, got[k])
		}
	}
	return b.String()
}

// addPrices gives the shop a cost price to see.
func (w *world) addPrices() {
	w.shop.AddVariant(insalestest.Variant{ID: 500000001, ProductID: 300000001, SKU: "TS-1-0", Title: "Футболка, S",
		CostPrice: "400.0"})
}

// paidTill sets the end of the shop's plan; a bubble begins on 2000-01-01.
func (w *world) paidTill(days int) {
	w.shop.Reconfigure(func(c *insalestest.Switches) {
		c.PaidTill = time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly)
	})
}

// set saves other settings of the company. It is enabled already, so nothing is
// checked.
func (w *world) set(change func(*storage.Company)) {
	w.t.Helper()
	c := settings()
	change(&c)
	w.save(c)
}

// othersUse lets somebody else send requests in a window that this process has
// begun, and ours tells of them with its next answer.
func (w *world) othersUse(n int) {
	time.Sleep(6 * time.Minute)
	w.shop.Use(insalestest.DefaultKeyID, n)
}

// TestCheckStopsEarly: a shop that is not there, or does not take the key, is
// asked once; what remains is not guessed at.
// withPrice switches the catalog on.
func (w *world) withPrice(price string) {
	w.t.Helper()
	c := w.company()
	c.Catalog = storage.CatalogSync{Enabled: true, Price: price}
	w.save(c)
	w.ran(1, time.Minute)
}

func TestCheckStopsEarly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		change         func(*world)
		reachable, key string
	}{
		{"wrong key", func(w *world) { w.shop.RevokeKey(insalestest.DefaultKeyID) }, "works", "failed key_rejected"},
		{"nobody there", func(w *world) { w.net.setDown("shop.test", true); w.proc.rt.CloseIdleConnections() },
			"failed shop_unreachable reason=refused", "unprobed not_asked"},
		{"no shop there", func(w *world) { w.fault(insalestest.Rule{Status: 404}) }, "failed shop_not_found",
			"unprobed not_asked"},
		{"locked", func(w *world) { w.fault(insalestest.Rule{Status: 423}) }, "failed shop_locked",
			"unprobed not_asked"},
		{"moved", func(w *world) {
			w.fault(insalestest.Rule{Status: 301,
				Header: http.Header{"Location": {"https://shop-1.myinsales.ru/admin/account.json"}}})
		}, "failed shop_redirects to=shop-1.myinsales.ru", "unprobed not_asked"},
		{"a page of something else", func(w *world) { w.fault(insalestest.Rule{Action: insalestest.HTML}) },
			"failed shop_failing status=200", "unprobed not_asked"},
		{"no answer", func(w *world) { w.fault(insalestest.Rule{Latency: time.Hour}) },
			"failed shop_unreachable reason=timeout", "unprobed not_asked"},
		{"full", func(w *world) {
			w.fault(insalestest.Rule{Status: 429, Header: http.Header{"Retry-After": {"60"}}})
		}, "failed window_full", "unprobed not_asked"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				test.change(w)
				before := w.shop.Count(insalestest.OpOrdersCount)
				start := time.Now()
				r := w.check()
				if took := time.Since(start); took > 31*time.Second {
					t.Errorf("took %v", took)
				}
				got := said(r)
				if got["reachable"] != test.reachable || got["key"] != test.key || r.OK() {
					t.Errorf("reachable %q, key %q, ok %v", got["reachable"], got["key"], r.OK())
				}
				for _, name := range []string{"account", "right orders", "right settings", "right cost_prices",
					"payments", "payment cash", "delivery pickup", "pairs", "fields", "hooks", "connector"} {
					if got[name] != "unprobed not_asked" {
						t.Errorf("%s: %q", name, got[name])
					}
				}
				if n := w.shop.Count(insalestest.OpOrdersCount) - before; n != 0 {
					t.Errorf("%d more requests", n)
				}
			})
		})
	}
}

// TestCheckHooks: whether the shop tells of changes at once, and whether it tells
// somebody else too. Orders do without.
func TestCheckHooks(t *testing.T) {
	t.Parallel()
	hook := func(address string) insalestest.Hook {
		return insalestest.Hook{Topic: insalestest.TopicOrderUpdate, Address: address, Format: insalestest.FormatJSON}
	}
	for _, tt := range []struct {
		name             string
		change           func(*world)
		hooks, connector string
	}{
		{"registered", func(w *world) { w.untilHooks(2) }, "works", "works"},
		{"beside those of others", func(w *world) {
			w.shop.AddHook(hook("https://erp.example.test/hook"))
			w.shop.AddHook(hook("http://connector.test/webhooks/insales/22/x"))
		}, "works", "works"},
		{"one is lost", func(w *world) { w.untilHooks(2); w.shop.DropHook(w.shop.Hooks()[1].ID) },
			"remark hooks_not_yet", "works"},
		{"switched off", func(w *world) {
			w.set(func(c *storage.Company) { c.Orders.Enabled = false })
			w.untilHooks(0)
		}, "remark hooks_not_yet", "works"},
		{"no right", func(w *world) { w.shop.Forbid(insalestest.SectionWebhooks) },
			"remark hooks_no_right", "unprobed hooks_no_right"},
		{"another connector", func(w *world) { w.shop.AddHook(hook("https://old.example.test/webhooks/insales/2/x")) },
			"works", "remark other_connector host=old.example.test"},
		{"a shop that lists none", func(w *world) {
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpHooks, Status: 502})
		},
			"unprobed shop_failing status=502", "unprobed shop_failing status=502"},
		{"a shop that takes none", func(w *world) {
			w.shop.DropHook(w.shop.Hooks()[0].ID)
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpHookCreate, Status: 422})
			w.restart()
			time.Sleep(time.Minute)
		}, "remark hooks_failing status=422", "works"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked)
				w.untilHooks(2)
				tt.change(w)
				r := w.check()
				if got := said(r); got["hooks"] != tt.hooks || got["connector"] != tt.connector || !r.OK() {
					t.Errorf("hooks %q, connector %q, ok %v", got["hooks"], got["connector"], r.OK())
				}
			})
		})
	}
}

// fault spoils what a check asks first.
func (w *world) fault(r insalestest.Rule) {
	r.Op = insalestest.OpAccount
	w.shop.Fault(r)
}

// TestCheckFields: what the checkout demands and an order of ours may leave
// empty, with the name under which the settings fill it.
func TestCheckFields(t *testing.T) {
	t.Parallel()
	const text = "Field::TextField"
	tests := []struct {
		name     string
		field    insalestest.Field
		settings map[string]string
		pickups  bool   // the company has no other orders
		key      string // "" = nothing is said
	}{
		{"own field", insalestest.Field{Destiny: 3, Type: text}, nil, false, "9"},
		{"own field that is filled", insalestest.Field{Destiny: 3, Type: text}, map[string]string{"9": "{number}"},
			false, ""},
		{"own field with another filled", insalestest.Field{Destiny: 3, Type: text},
			map[string]string{"8": "x", "email": "a@example.test"}, false, "9"},
		{"own field of a client", insalestest.Field{Destiny: 2, Type: text}, nil, false, "9"},
		{"own field of an address", insalestest.Field{Destiny: 1, Type: text}, nil, false, "9"},
		{"own field of an address, pickup only", insalestest.Field{Destiny: 1, Type: text}, nil, true, ""},
		{"of a line", insalestest.Field{Destiny: 4, Type: text}, nil, false, ""},
		{"of a company", insalestest.Field{Destiny: 5, Type: text, SystemName: "name"}, nil, false, ""},
		{"phone", insalestest.Field{Destiny: 2, SystemName: "phone"}, nil, false, ""},
		{"name of the recipient", insalestest.Field{Destiny: 1, SystemName: "name"}, nil, false, ""},
		{"consent", insalestest.Field{Destiny: 2, SystemName: "consent_to_personal_data"}, nil, false, ""},
		{"e-mail", insalestest.Field{Destiny: 2, SystemName: "email"}, nil, false, "email"},
		{"e-mail that is filled", insalestest.Field{Destiny: 2, SystemName: "email"},
			map[string]string{"email": "a@example.test"}, false, ""},
		{"surname", insalestest.Field{Destiny: 2, SystemName: "surname"}, nil, false, "surname"},
		{"surname of the recipient", insalestest.Field{Destiny: 1, SystemName: "surname"},
			map[string]string{"surname": "-"}, false, "9"},
		{"city", insalestest.Field{Destiny: 1, SystemName: "city"}, nil, false, "city"},
		{"city, pickup only", insalestest.Field{Destiny: 1, SystemName: "city"}, nil, true, ""},
		{"city that is filled", insalestest.Field{Destiny: 1, SystemName: "city"}, map[string]string{"city": "Тюмень"},
			false, ""},
		{"locality", insalestest.Field{Destiny: 1, SystemName: "full_locality_name"}, nil, false, "full_locality_name"},
		{"address", insalestest.Field{Destiny: 1, SystemName: "address"}, nil, false, ""},
		{"region", insalestest.Field{Destiny: 1, SystemName: "state"}, nil, false, "9"},
		{"inactive", insalestest.Field{Destiny: 3, Type: text, Inactive: true}, nil, false, ""},
	}
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		for _, test := range tests {
			test.field.ID, test.field.Title, test.field.Obligatory = 9, "Поле", true
			w.shop.AddField(test.field)
			w.set(func(c *storage.Company) {
				c.Orders.Fields = test.settings
				if test.pickups {
					delete(c.Orders.Deliveries, "delivery")
				}
			})
			want := "fields works"
			if test.key != "" {
				want = "field 9 remark field_obligatory id=9 key=" + test.key + " title=Поле"
			}
			r := w.check()
			if got := saidOfFields(r); len(got) != 1 || got[0] != want || !r.OK() {
				t.Errorf("%s: %q, want %q", test.name, got, want)
			}
		}
	})
}

// A probe sees whether the shop refuses orders that lack an obligatory field, and check
// says so.
func TestProbeLearnsWhetherFieldsAreRequired(t *testing.T) {
	t.Parallel()
	for _, required := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t)
			w.shop.AddField(insalestest.Field{ID: 9, Title: "Пол", Obligatory: true, Destiny: insalestest.DestinyOrder})
			w.turn(func(s *insalestest.Switches) { s.EnforceFields = required })
			if got := saidOfFields(w.check()); len(got) != 1 || !strings.HasPrefix(got[0], "field 9 remark") {
				t.Errorf("before the probe: %q", got)
			}
			probed, _ := w.probed(true)
			row, _ := probed.Item("obligatory_fields")
			reason, want := "fields", "fields works"
			if required {
				reason, want = "fields_refused", "field 9 missing field_obligatory id=9 key=9 title=Пол"
			}
			if row.Verdict != storage.ProbeOtherwise || row.Reason != reason {
				t.Errorf("required %v: %s %s", required, row.Verdict, row.Reason)
			}
			r := w.check()
			if got := saidOfFields(r); len(got) != 1 || got[0] != want || r.OK() == required {
				t.Errorf("required %v: %q, want %q", required, got, want)
			}
			w.set(func(c *storage.Company) { c.Orders.Fields = map[string]string{"9": "не указан"} })
			if _, left := w.probed(true); len(left) > 0 {
				t.Error(left)
			}
			if r := w.check(); !r.OK() {
				t.Errorf("filled: %q", saidOfFields(r))
			}
			w.accept(anOrder("A-1"))
			w.untilState(time.Minute, "A-1", storage.StateSent)
		})
	}
}

// saidOfFields is what a report says of the checkout's fields.
func saidOfFields(r check.Report) []string {
	var list []string
	for k, v := range said(r) {
		if strings.HasPrefix(k, "field") {
			list = append(list, k+" "+v)
		}
	}
	return list
}

// TestCheckInTrouble: a company that is stopped, paused or off is checked like
// any other, and checking does not lift its trouble by itself.
func TestCheckInTrouble(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.shop.RevokeKey(insalestest.DefaultKeyID)
		w.accept(anOrder("A-1"))
		w.until(5*time.Minute, "alarm", func() bool { return w.problem() == problem.KeyRejected })
		if r := w.check(); r.OK() || w.problem() == "" {
			t.Errorf("%v", said(r))
		}
		w.set(func(c *storage.Company) { c.Orders.Paused = true })
		w.shop.AddKey(insalestest.DefaultKeyID, insalestest.DefaultPassword)
		if r := w.check(); !r.OK() {
			t.Errorf("paused: %v", said(r))
		}
		w.set(func(c *storage.Company) { c.Orders.Enabled = false })
		if r := w.check(); !r.OK() {
			t.Errorf("off: %v", said(r))
		}
		if _, err := w.proc.bridge.Inspector("3"); err == nil {
			t.Error("a company that is not there can be checked")
		}
	})
}

// TestPickupsAreLearnt: from the moment the sync is on, an order that is picked
// up carries no address; a variant that was added later is learnt by a check.
func TestPickupsAreLearnt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		send := func(id, delivery string) string {
			o := anOrder(id)
			o.Delivery, o.Address = delivery, map[string]string{"city": "Тюмень", "street": "Примерная", "house": "1"}
			w.accept(o)
			w.untilState(time.Minute, id, storage.StateSent)
			return w.live(id)[0].Address
		}
		if a := send("A-1", "pickup"); a != "" {
			t.Errorf("picked up at %q", a)
		}
		w.shop.AddDelivery(insalestest.Delivery{ID: 7000009, Title: "Пункт выдачи", Type: insalestest.DeliveryFixed,
			Price: "0.0", Pickup: true})
		w.set(func(c *storage.Company) { c.Orders.Deliveries["point"] = 7000009 })
		if r := w.check(); !r.OK() {
			t.Fatal(said(r))
		}
		w.restart() // it is kept
		w.set(func(c *storage.Company) { c.Orders.Deliveries["point"], c.Name = 7000009, "Другое имя" })
		if a := send("A-2", "point"); a != "" {
			t.Errorf("picked up at %q", a)
		}
		if a := send("A-3", "delivery"); !strings.Contains(a, "Тюмень") {
			t.Errorf("delivered to %q", a)
		}
		// What another account says is not this company's.
		w.shop.SetAccountID(7)
		w.shop.RemoveDelivery(7000009)
		w.check()
		c, err := w.proc.bridge.Company(t.Context(), company)
		if err != nil || !slices.Equal(c.Learnt.Pickups, []int64{7000001, 7000009}) {
			t.Errorf("%v %v", c.Learnt, err)
		}
	})
}

// TestCheckOfFormerShop: what a check learns of a shop that was exchanged
// meanwhile is not the new one's.
func TestCheckOfFormerShop(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.shop.AddDelivery(insalestest.Delivery{ID: 7000009, Title: "Пункт выдачи", Type: insalestest.DeliveryPickUp})
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpDeliveries, AnswerDelay: 10 * time.Second})
		inspector, checked := w.inspector(), make(chan error)
		go func() {
			_, err := inspector.Check(t.Context())
			checked <- err
		}()
		time.Sleep(5 * time.Second)
		w.set(func(c *storage.Company) { c.Shop.URL = "http://other.test" })
		if err := <-checked; err != nil {
			t.Fatal(err)
		}
		c, err := w.proc.bridge.Company(t.Context(), company)
		if err != nil || !slices.Equal(c.Learnt.Pickups, []int64{7000001}) {
			t.Errorf("%v %v", c.Learnt, err)
		}
	})
}
