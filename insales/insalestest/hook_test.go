package insalestest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

// A mailbox keeps what a shop hands over.
type mailbox struct {
	mu   sync.Mutex
	list []letter
}

type letter struct {
	hook insalestest.Hook
	body []byte
}

func (m *mailbox) deliver(hook insalestest.Hook, body []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, letter{hook, body})
}

// take empties the box and tells the topics of what was in it.
func (m *mailbox) take() (topics string, list []letter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.list {
		topics += l.hook.Topic + " "
	}
	list, m.list = m.list, nil
	return strings.TrimSpace(topics), list
}

// register makes a webhook and returns its id.
func (v *visitor) register(t *testing.T, topic, more string) string {
	t.Helper()
	return v.made(t, "/admin/webhooks.json",
		`{"webhook":{"address":"http://receiver/`+topic+`","topic":"`+topic+`","format_type":"json"`+more+`}}`)
}

func TestHooksLookLikeTheSamples(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	later := []string{": not in the sample"} // they came after 2017
	allowed := []string{".batch_size" + later[0], ".warehouse_id" + later[0], ".sales_channel_id" + later[0]}
	got := v.ask(t, "POST", "/admin/webhooks.json", string(fixture(t, "webhook_create_request.json")), 201).body
	like(t, fixture(t, "webhook_create_response_constructed.json"), got, allowed...)
	list := v.ask(t, "GET", "/admin/webhooks.json", "", 200).body
	like(t, part(t, fixture(t, "webhooks_list.json"), 0), part(t, list, 0), allowed...)
	equal(t, "alone as in the list", string(part(t, v.ask(t, "GET", "/admin/webhooks/14.json", "", 200).body)),
		string(part(t, list, 0)))
}

func TestHookLife(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	shop.AddKey("other", "pw")
	v := visit(t, shop)
	other := &visitor{v.Client, "other", "pw"}
	id := v.register(t, "orders/update", `,"warehouse_id":5`)
	other.register(t, "orders/update", "")
	equal(t, "only its own", len(v.ask(t, "GET", "/admin/webhooks.json", "", 200).ids(t)), 1)
	equal(t, "all", len(shop.Hooks()), 2)
	path := "/admin/webhooks/" + id + ".json"
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		other.ask(t, method, path, map[string]string{"PUT": "{}"}[method], 404)
	}
	got := v.ask(t, "PUT", path,
		`{"webhook":{"address":"http://receiver/new","format_type":"xml","warehouse_id":null}}`, 200).object(t)
	equal(t, "changed", fmt.Sprint(got["address"], got["topic"], got["format_type"], got["warehouse_id"]),
		"http://receiver/neworders/updatexml<nil>")
	equal(t, "answer", string(v.ask(t, "DELETE", path, "", 200).body), `{"status":"ok"}`)
	v.ask(t, "GET", path, "", 404)
	got = v.ask(t, "POST", "/admin/webhooks.json",
		`{"address":"http://receiver/","topic":"products/update","batch_size":10}`, 201).object(t)
	equal(t, "XML is the default", fmt.Sprint(got["format_type"], got["batch_size"]), "xml10")
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

func TestHookRefused(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	v.register(t, "orders/create", "")
	id := v.register(t, "orders/update", "")
	for body, field := range map[string]string{
		`{"webhook":{"topic":"orders/create"}}`:                            "address",
		`{"webhook":{"address":"http://receiver/"}}`:                       "topic",
		`{"webhook":{"address":"http://receiver/","topic":"orders/paid"}}`: "topic",
		// InSales calls it client/create.
		`{"webhook":{"address":"http://receiver/","topic":"clients/create"}}`:                    "topic",
		`{"webhook":{"address":"http://receiver/","topic":"orders/create","format_type":"csv"}}`: "format_type",
		`{"webhook":{"address":"http://receiver/orders/create","topic":"orders/create"}}`:        "address",
	} {
		if got := v.ask(t, "POST", "/admin/webhooks.json", body, 422).object(t); got[field] == nil {
			t.Errorf("%s: %v", body, got)
		}
	}
	v.ask(t, "PUT", "/admin/webhooks/"+id+".json",
		`{"webhook":{"address":"http://receiver/orders/create","topic":"orders/create"}}`, 422)
	v.ask(t, "PUT", "/admin/webhooks/"+id+".json", `{"webhook":{"topic":"orders/update"}}`, 200)
	equal(t, "hooks", len(shop.Hooks()), 2)
}

// TestHooksFire drives a shop as other apps and managers do, and looks at what
// it says of it.
func TestHooksFire(t *testing.T) {
	var box mailbox
	shop := insalestest.New(insalestest.Config{Deliver: box.deliver})
	v := visit(t, shop)
	for _, topic := range []string{"orders/create", "orders/update", "orders/destroy", "client/create",
		"client/update"} {
		v.register(t, topic, "")
	}
	v.register(t, "products/update", "")
	heard := func(what, want string) []letter {
		t.Helper()
		topics, list := box.take()
		equal(t, what, topics, want)
		return list
	}
	v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
	list := heard("create", "client/create orders/create orders/update products/update")
	shown := v.ask(t, "GET", "/admin/orders/70000001.json", "", 200).body
	equal(t, "the bare order", string(list[1].body), string(shown))
	equal(t, "the bare client", string(part(t, list[0].body)), string(part(t, shown, "client")))
	equal(t, "address", list[2].hook.Address, "http://receiver/orders/update")

	v.ask(t, "POST", "/admin/orders.json", `{"order":{}}`, 422)
	v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"custom_status_permalink":"x"}}`, 422)
	v.ask(t, "GET", "/admin/orders/70000001.json", "", 200)
	heard("nothing changed", "")
	v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"custom_status_permalink":"otgruzhen"}}`, 200)
	list = heard("update", "orders/update")
	equal(t, "as it now is", string(part(t, list[0].body, "fulfillment_status")), `"dispatched"`)
	id := string(part(t, shown, "client", "id"))
	v.ask(t, "PUT", "/admin/clients/"+id+".json", `{"client":{"name":"Анна"}}`, 200)
	list = heard("client", "client/update")
	equal(t, "as it now is", string(part(t, list[0].body, "name")), `"Анна"`)
	v.made(t, "/admin/clients.json", `{"name":"Пётр"}`)
	heard("another client", "client/create")

	if err := shop.SetPaid(70000001); err != nil {
		t.Fatal(err)
	}
	heard("a manager", "orders/update")
	if _, err := shop.Copy(70000001); err != nil {
		t.Fatal(err)
	}
	heard("a copy", "client/create orders/create orders/update products/update")
	_ = shop.SetUpdatedAt(70000001, time.Unix(1, 0))
	heard("a forged time", "")
	v.ask(t, "DELETE", "/admin/orders/70000001.json", "", 200)
	list = heard("trash", "orders/destroy")
	equal(t, "archived", string(part(t, list[0].body, "archived")), "true")
	_ = shop.HardDelete(70000002)
	list = heard("gone", "orders/destroy")
	equal(t, "as it last was", string(part(t, list[0].body, "id")), "70000002")
}

func TestHooksOfOneWarehouse(t *testing.T) {
	var box mailbox
	shop := insalestest.New(insalestest.Config{Deliver: box.deliver})
	v := visit(t, shop)
	v.register(t, "orders/create", `,"warehouse_id":5`)
	v.register(t, "orders/update", `,"warehouse_id":100002`)
	place(t, shop, 1)
	topics, _ := box.take()
	equal(t, "topics", topics, "orders/update")
}

// TestHookComesBeforeTheOrderIsSeen is the worst that can happen to a receiver
// that asks for the order.
func TestHookComesBeforeTheOrderIsSeen(t *testing.T) {
	var box mailbox
	shop := insalestest.New(insalestest.Config{Deliver: box.deliver})
	v := visit(t, shop)
	v.register(t, "orders/create", "")
	shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, LateVisible: 1 << 40})
	v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
	topics, list := box.take()
	equal(t, "topics", topics, "orders/create")
	v.ask(t, "GET", fmt.Sprintf("/admin/orders/%s.json", part(t, list[0].body, "id")), "", 404)
}

// TestDeliverMayUseTheShop: it is called without the lock.
func TestDeliverMayUseTheShop(t *testing.T) {
	var shop *insalestest.Shop
	seen := 0
	shop = insalestest.New(insalestest.Config{Deliver: func(insalestest.Hook, []byte) {
		seen = len(shop.Orders())
	}})
	v := visit(t, shop)
	v.register(t, "orders/create", "")
	place(t, shop, 1)
	equal(t, "seen", seen, 1)
}

func TestHooksUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var box mailbox
		shop := insalestest.New(insalestest.Config{Deliver: box.deliver, Limit: 100_000})
		v := visit(t, shop)
		v.register(t, "orders/update", "")
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 10 {
					got, err := create(t.Context(), v)
					if err != nil {
						t.Error(err)
						return
					}
					var o struct {
						ID     int64
						Client struct{ ID int64 }
					}
					_ = json.Unmarshal(got.body, &o)
					_, _ = v.try(t.Context(), "PUT", fmt.Sprintf("/admin/orders/%d.json", o.ID),
						`{"order":{"financial_status":"paid"}}`)
					_, _ = v.try(t.Context(), "PUT", fmt.Sprintf("/admin/clients/%d.json", o.Client.ID),
						`{"client":{"comment":"x"}}`)
					_, _ = v.try(t.Context(), "GET", "/admin/clients.json", "")
					_, _ = v.try(t.Context(), "GET", "/admin/products.json", "")
					_, _ = v.try(t.Context(), "PUT", "/admin/delivery_variants/7000001.json", `{"title":"Самовывоз"}`)
					_, _ = v.try(t.Context(), "GET", "/admin/custom_statuses.json", "")
					shop.Reconfigure(func(c *insalestest.Switches) { c.RoundPrices = !c.RoundPrices })
					shop.Hooks()
				}
			})
		}
		group.Wait()
		_, list := box.take()
		equal(t, "heard", len(list), 160)
	})
}
