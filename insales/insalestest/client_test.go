package insalestest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

// like complains about every difference to a sample that is not allowed.
func like(t *testing.T, sample, got []byte, allowed ...string) {
	t.Helper()
	for _, d := range differences(t, sample, got) {
		if !slices.Contains(allowed, d) {
			t.Error(d)
		}
	}
}

// made sends a POST and returns the id of what it made.
func (v *visitor) made(t *testing.T, path, body string) string {
	t.Helper()
	return fmt.Sprint(v.ask(t, "POST", path, body, 201).object(t)["id"])
}

// part takes one element out of a document.
func part(t *testing.T, document []byte, path ...any) []byte {
	t.Helper()
	var v any
	decode(t, document, &v)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			v = v.([]any)[step]
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestClientLooksLikeTheSamples(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	// The vendor's own test sends no more than that.
	got := v.ask(t, "POST", "/admin/clients.json", `{"client":{"name":"Тест","surname":"Тестов","middlename":"Т"}}`,
		201)
	like(t, part(t, fixture(t, "order_saved.json"), "client"), got.body,
		".surname: string, sample has null", ".middlename: string, sample has null",
		".phone: null, sample has string", ".consent_to_personal_data: null, sample has bool")
	got = v.ask(t, "POST", "/admin/clients.json", `{"client":{"type":"Client::Juridical","name":"ООО «Тест»",
		"email":"org@example.test","phone":"+7 (900) 000-00-03","inn":"0000000000","kpp":"000000000"}}`, 201)
	like(t, fixture(t, "client_juridical_constructed.json"), got.body)
}

func TestClientLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{})
		v := visit(t, shop)
		path := "/admin/clients/" + v.made(t, "/admin/clients.json", `{"name":"Тест","phone":"8 (900) 000-00-02"}`) +
			".json"
		got := v.ask(t, "GET", path, "", 200).object(t)
		equal(t, "phone", got["phone"], any("89000000002"))
		equal(t, "type", got["type"], any("Client::Individual"))

		time.Sleep(time.Minute)
		got = v.ask(t, "PUT", path, `{"client":{"email":"buyer@example.test","comment":"VIP","subscribe":false,
			"fields_values_attributes":[{"field_id":12500001,"value":"7"}]}}`, 200).object(t)
		equal(t, "name stays", got["name"], any("Тест"))
		equal(t, "e-mail", got["email"], any("buyer@example.test"))
		equal(t, "subscribe", got["subscribe"], any(false))
		equal(t, "updated", got["updated_at"], any("2000-01-01T03:01:00.000+03:00"))
		equal(t, "field", got["fields_values"].([]any)[0].(map[string]any)["value"], any("7"))
		got = v.ask(t, "PUT", path, `{"client":{"phone":null}}`, 200).object(t)
		equal(t, "no phone", got["phone"], nil)

		equal(t, "answer", string(v.ask(t, "DELETE", path, "", 200).body), `{"status":"ok"}`)
		for _, method := range []string{"GET", "DELETE"} {
			v.ask(t, method, path, "", 404)
		}
		v.ask(t, "PUT", path, "{}", 404)
		equal(t, "unknown", shop.UnknownFields(), []string(nil))
	})
}

func TestClientRefused(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	cases := []struct{ name, body, field string }{
		{"no name", `{"client":{"surname":"Тестов"}}`, "name"},
		{"unknown type", `{"client":{"name":"Тест","type":"Client::Robot"}}`, "type"},
		{"registered without e-mail", `{"client":{"name":"Тест","registered":true,"password":"secret"}}`, "email"},
		{"short password", `{"client":{"name":"Тест","registered":true,"email":"a@example.test","password":"five5"}}`,
			"password"},
		{"unknown field", `{"client":{"name":"Тест","fields_values_attributes":[{"handle":"none","value":"1"}]}}`,
			"fields_values"},
	}
	for _, c := range cases {
		if got := v.ask(t, "POST", "/admin/clients.json", c.body, 422).object(t); got[c.field] == nil {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	equal(t, "clients", string(v.ask(t, "GET", "/admin/clients/count.json", "", 200).body), `{"count":0}`)
}

// TestClientsOfOrders follows clients through orders: each order makes one, its
// id can be used again, and a change shows in all of its orders.
func TestClientsOfOrders(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	first := v.ask(t, "POST", "/admin/orders.json", smallOrder, 201).object(t)["client"].(map[string]any)
	v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
	equal(t, "clients", len(v.ask(t, "GET", "/admin/clients.json", "", 200).ids(t)), 2)

	again := fmt.Sprintf(
		`{"order":{"client":{"id":%v},"order_lines_attributes":[{"variant_id":500000003,"quantity":1}]}}`, first["id"])
	v.ask(t, "POST", "/admin/orders.json", again, 201)
	equal(t, "still", len(v.ask(t, "GET", "/admin/clients.json", "", 200).ids(t)), 2)

	before := shop.Orders()[0].UpdatedAt
	path := fmt.Sprintf("/admin/clients/%v.json", first["id"])
	v.ask(t, "PUT", path, `{"client":{"name":"Анна"}}`, 200)
	names := []string{}
	for _, o := range shop.Orders() {
		names = append(names, o.Name)
	}
	equal(t, "names", names, []string{"Анна", "Тест", "Анна"})
	equal(t, "the order did not move", shop.Orders()[0].UpdatedAt, before)
	shown := v.ask(t, "GET", "/admin/orders/70000003.json", "", 200).object(t)["client"].(map[string]any)
	equal(t, "shown", shown["name"], any("Анна"))

	v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"client":{"surname":"Ким"}}}`, 200)
	got := v.ask(t, "GET", path, "", 200).object(t)
	equal(t, "changed through an order", fmt.Sprint(got["name"], got["surname"]), "АннаКим")
	v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"client":{"surname":"Пак"},"financial_status":"x"}}`, 422)
	equal(t, "a refused update", v.ask(t, "GET", path, "", 200).object(t)["surname"], any("Ким"))

	v.ask(t, "DELETE", path, "", 200)
	v.ask(t, "GET", "/admin/orders/70000001.json", "", 200)
	v.ask(t, "POST", "/admin/orders.json", again, 422)
}

func TestClientFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{})
		v := visit(t, shop)
		start := time.Now()
		var ids []int64
		for _, body := range []string{`{"name":"А"}`, `{"name":"Б","type":"Client::Juridical"}`, `{"name":"В"}`} {
			var made struct{ ID int64 }
			decode(t, v.ask(t, "POST", "/admin/clients.json", body, 201).body, &made)
			ids = append(ids, made.ID)
		}
		time.Sleep(time.Second)
		v.ask(t, "PUT", fmt.Sprintf("/admin/clients/%d.json", ids[0]), `{"name":"Я"}`, 200)
		list := func(query string) []int64 { return v.ask(t, "GET", "/admin/clients.json?"+query, "", 200).ids(t) }
		since := "updated_since=" + url.QueryEscape(start.Format(time.RFC3339))
		equal(t, "by change", list(since), []int64{ids[1], ids[2], ids[0]})
		equal(t, "after an id", list(since+fmt.Sprint("&from_id=", ids[1])), []int64{ids[2], ids[0]})
		equal(t, "newest first", list("per_page=2"), []int64{ids[2], ids[1]})
		equal(t, "page 2", list("per_page=2&page=2"), []int64{ids[0]})
		equal(t, "companies", list("type=Client::Juridical"), []int64{ids[1]})
		equal(t, "count", string(v.ask(t, "GET", "/admin/clients/count.json?type=Client::Individual", "", 200).body),
			`{"count":2}`)
		v.ask(t, "GET", "/admin/clients.json?updated_since=yesterday", "", 422)
		v.ask(t, "GET", "/admin/clients.json?phone=7", "", 200)
		equal(t, "unknown", shop.UnknownFields(), []string{"?phone"})
	})
}
