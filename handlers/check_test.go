package handlers

import (
	"net/http/httptest"
	"strings"
	"testing"

	"ineed-insales/insales/insalestest"
)

// withShop makes company 2, enabled, over a sandbox shop.
func withShop(t *testing.T) (*world, *insalestest.Shop, string) {
	t.Helper()
	shop := insalestest.New(insalestest.Config{})
	server := httptest.NewServer(shop)
	t.Cleanup(server.Close)
	w := newWorld(t)
	body := strings.Replace(settings("", server.URL, true), `"enabled":true`,
		`"enabled":true,"payments":{"cash":5000001},"deliveries":{"pickup":7000001},`+
			`"statuses":{"sobran":"assembling"}`, 1)
	code, made := w.api("PUT", "/companies/2", body)
	if code != 201 {
		t.Fatalf("%d %v", code, made)
	}
	return w, shop, at(made, "chat.secrets.0").(string)
}

// item finds the first item that has the value at the path.
func item(body map[string]any, path string, value any) any {
	list, _ := body["items"].([]any)
	for _, i := range list {
		if at(i, path) == value {
			return i
		}
	}
	return nil
}

func TestCheckCompany(t *testing.T) {
	w, shop, _ := withShop(t)
	code, body := w.api("POST", "/companies/2/check", "")
	if code != 200 || body["ok"] != true || !strings.HasSuffix(body["checked_at"].(string), "Z") {
		t.Fatalf("%d %v", code, body)
	}
	if f := item(body, "args.right", "orders"); at(f, "name") != "right" || at(f, "result") != "works" ||
		at(f, "problem") != nil ||
		at(f, "title") != "Right “Доступ в раздел Заказы (orders)”" {
		t.Errorf("%v", f)
	}
	if f := item(body, "name", "payment"); at(f,
		"title") != "Payment “cash”: Наличными курьеру, 5000001, PaymentGateway::Cod" {
		t.Errorf("%v", f)
	}

	shop.RemoveGateway(5000001)
	code, body = w.api("POST", "/companies/2/check", "")
	f := item(body, "name", "payment")
	if code != 200 || body["ok"] != false || at(f, "result") != "missing" || at(f, "problem.code") != "not_in_shop" ||
		at(f, "problem.args.id") != "5000001" ||
		!strings.Contains(at(f, "problem.message").(string), "has no 5000001") {
		t.Errorf("%d %v", code, f)
	}
	if code, _ := w.api("POST", "/companies/3/check", ""); code != 404 {
		t.Errorf("another company: %d", code)
	}
}

func TestListChoices(t *testing.T) {
	w, shop, secret := withShop(t)
	order := strings.Replace(fresh("1"), `"payment":{"type_id":"cash"`,
		`"payment":{"type_id":"card","title":"Картой"`, 1)
	if code := w.send(secret, order).Code; code != 202 {
		t.Fatal(code)
	}
	code, body := w.api("GET", "/companies/2/payments", "")
	if code != 200 || at(body, "items.0.id") != float64(5000001) || at(body, "items.0.mapped.0") != "cash" ||
		at(body, "items.0.margin") != "0.0" ||
		at(body, "items.1.mapped.0") != nil {
		t.Errorf("%d %v", code, body)
	}
	if at(body, "unmapped.0.type") != "card" || at(body, "unmapped.0.title") != "Картой" ||
		at(body, "unmapped.0.orders") != float64(1) {
		t.Errorf("unmapped: %v", body["unmapped"])
	}
	code, body = w.api("GET", "/companies/2/deliveries", "")
	sdek := item(body, "id", float64(7000003))
	if code != 200 || at(body, "items.0.pickup") != true || at(body, "items.0.problem") != nil ||
		at(sdek, "supported") != false ||
		at(sdek, "problem.code") != "delivery_type" || at(sdek, "mapped.0") != nil {
		t.Errorf("%d %v", code, body)
	}

	shop.AddStatus(insalestest.Status{Permalink: "sobran", Title: "Собран", System: "accepted"})
	code, body = w.api("GET", "/companies/2/statuses", "")
	s := item(body, "permalink", "sobran")
	if code != 200 || at(s, "status") != "assembling" || at(s, "by") != "override" ||
		at(body, "items.0.by") != "default" ||
		at(body, "defaults.dispatched") != "delivering" {
		t.Errorf("%d %v", code, body)
	}
	shop.Reconfigure(func(c *insalestest.Switches) { c.NoCustomStatuses = true })
	code, body = w.api("GET", "/companies/2/statuses", "")
	if list, ok := body["items"].([]any); code != 200 || !ok || len(list) != 0 || at(body, "defaults.new") != "new" {
		t.Errorf("%d %v", code, body)
	}

	shop.RevokeKey(insalestest.DefaultKeyID)
	for _, name := range []string{"payments", "deliveries", "statuses"} {
		code, body := w.api("GET", "/companies/2/"+name, "")
		if code != 409 || body["code"] != "key_rejected" || !strings.Contains(body["detail"].(string), "access key") {
			t.Errorf("%s: %d %v", name, code, body)
		}
		if code, _ := w.api("GET", "/companies/3/"+name, ""); code != 404 {
			t.Errorf("%s of another company: %d", name, code)
		}
	}
}

// TestPutPastedURL: a URL with the key in it is enough, and shows up nowhere.
func TestPutPastedURL(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	server := httptest.NewServer(shop)
	defer server.Close()
	pasted := strings.Replace(server.URL, "http://",
		"http://"+insalestest.DefaultKeyID+":"+insalestest.DefaultPassword+"@", 1) + "/admin/orders.json"
	w := newWorld(t)
	code, body := w.api("PUT", "/companies/2", `{"shop":{"url":"`+pasted+`"},"orders":{"enabled":true}}`)
	if code != 201 || at(body, "shop.url") != server.URL || at(body, "shop.key_id") != insalestest.DefaultKeyID ||
		at(body, "shop.password") != "•••" {
		t.Errorf("%d %v", code, body)
	}
	res := request(t, w.server.Public(), "PUT", "/api/v1/companies/2",
		`{"shop":{"url":"`+strings.Replace(pasted, "127.0.0.1", "127.0.0", 1)+`"}}`,
		"Authorization: Bearer "+apiToken)
	if res.Code != 422 || !strings.Contains(res.Body.String(), "shop_url") ||
		strings.Contains(res.Body.String(), insalestest.DefaultPassword) {
		t.Errorf("%d %s", res.Code, res.Body)
	}
}
