package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/storage"
)

// From an empty database to orders that flow, by what the pages offer and without a script:
// one field is filled in, and the words of the chat are chosen, not typed.
func TestFirstSteps(t *testing.T) {
	p := newAdmin(t)
	text := p.get("/companies/new")
	has(t, text, `name="id" type="text" value="1"`, "Расширения", "Приложения", "shop_menu.", "shop_rights.", "shop_key.")
	key := strings.Replace(p.at, "http://", "http://"+insalestest.DefaultKeyID+":"+insalestest.DefaultPassword+"@", 1)
	res := p.post("/companies", url.Values{"id": {"1"}, "name": {""}, "shop_url": {key + "/admin/orders.json"},
		"key_id": {""}, "key_password": {""}, "draft": {""}})
	if res.Code != http.StatusCreated {
		t.Fatal(res.Code, res.Body)
	}
	text = res.Body.String()
	secret := between(text, `id="made-secret" class="mono" readonly value="`, `"`)
	has(t, between(text, `<textarea id="letter"`, "</textarea>"), "/webhooks/ineedchat/1", secret, "webhook-signature",
		`"company_id": "1"`, "openssl", "/api/openapi.yaml", "если в панели включена синхронизация каталога, артикулом",
		"https://demo.ineed.chat/v1/companies/1/orders/")

	next := func(name string) {
		t.Helper()
		page := p.get("/")
		// A monitoring sees the same.
		code, told := p.api("GET", "/overview", "")
		steps, _ := at(told, "companies.0.steps").([]any)
		for _, one := range steps {
			if (at(one, "name") == name) != (at(one, "state") == "next") || at(one, "title") == "" {
				t.Errorf("next is %s: %v", name, one)
			}
		}
		if code != http.StatusOK || len(steps) != 7 || at(told, "companies.0.id") != "1" {
			t.Errorf("%d %v", code, told)
		}
		if got := between(page, `aria-current="step"`, "</h3>"); between(page, `<li class="next" id="step-`, `"`) != name {
			t.Errorf("next: %s, want %s", got, name)
		}
	}
	next("own_sync")
	has(t, p.get("/"), "каждый заказ появится в магазине дважды", "InSales узнаёт ключ")
	hasNot(t, p.get("/"), secret)
	p.step("own_sync", nil)
	next("chat")
	has(t, p.get("/"), `data-refresh="3"`, "Ждём первое сообщение")
	letter := p.get("/companies/1/letter")
	has(t, letter, "/webhooks/ineedchat/1", "СЕКРЕТ", "Скопировать всё")
	hasNot(t, letter, secret)

	// An order with words of the chat's own: they are there at once, with what they mean chosen.
	body := strings.NewReplacer(`"company_id":"2"`, `"company_id":"1"`, `"payment":{"type_id":"cash"}`,
		`"payment":{"type_id":"p7","title":"Наличные"}`, `{"type_id":"pickup"}`,
		`{"type_id":"d3","title":"Самовывоз"}`).Replace(fresh("1001"))
	if res := p.sendTo("1", secret, body); res.Code != http.StatusAccepted {
		t.Fatal(res.Code, res.Body)
	}
	next("mapping")
	text = p.get("/")
	has(t, text, `name="payments.0.from" value="p7"`, `value="5000001" selected`, `name="deliveries.0.from" value="d3"`,
		`value="7000001" selected`)
	hasNot(t, between(text, `<ol class="thread"`, ">"), "data-refresh")
	p.step("mapping", url.Values{"payments.0.from": {"p7"}, "payments.0.id": {"5000001"},
		"deliveries.0.from": {"d3"}, "deliveries.0.id": {"7000001"}})
	next("enable")
	has(t, p.get("/"), "1 принятый заказ уйдёт", "Показать пробный заказ", "Проверить делом")
	has(t, p.get("/companies/1"), `<button class="primary" name="do" value="enable">`)
	if to := p.step("enable", nil); to != "/?done=enabled" {
		t.Error(to)
	}
	one, err := p.bridge.Company(t.Context(), "1")
	if err != nil || !one.Orders.Enabled || !one.Orders.OwnSyncOff || one.Name == "" {
		t.Errorf("%+v %v", one, err)
	}
	text = p.get("/")
	hasNot(t, text, "step-enable", `class="thread"`)
	_, told := p.api("GET", "/overview", "")
	if steps, is := at(told, "companies.0.steps").([]any); !is || len(steps) != 0 {
		t.Errorf("it runs: %v", told)
	}
	has(t, p.get("/companies/1"), "/companies/1/start")
	has(t, p.get("/companies/1/start"), "Заказы синхронизируются", `id="step-chat"`)
	if to := p.step("own_sync", nil); strings.Contains(to, "done=") { // orders went before that, too
		t.Error(to)
	}
	wrong := p.post("/companies/1/start", url.Values{"do": {"mapping"}, "payments.0.from": {strings.Repeat("p", 1000)},
		"payments.0.id": {"5000001"}})
	has(t, between(wrong.Body.String(), `id="step-mapping"`, "</li>"), `class="error" role="alert"`)
	has(t, p.get("/journal"), "Собственная передача заказов из INEED.CHAT выключена")
}

// step presses the button of a step of company 1, and gives where that leads.
func (p *admin) step(name string, values url.Values) string {
	p.t.Helper()
	form := url.Values{"do": {name}}
	for k, v := range values {
		form[k] = v
	}
	res := p.post("/companies/1/start", form)
	if res.Code != http.StatusSeeOther {
		p.t.Fatalf("%s: %d %s", name, res.Code, res.Body)
	}
	return res.Header().Get("Location")
}

// A step tells what holds it up: a key that was taken away, a message that was not believed,
// a method that is gone.
func TestFirstStepsTell(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.shop.RevokeKey(insalestest.DefaultKeyID)
	one, err := p.bridge.Company(t.Context(), "2")
	if err != nil {
		t.Fatal(err)
	}
	one.Shop.Password = "of nobody"
	if _, err := p.bridge.SaveCompany(t.Context(), one); err != nil { // as the API does, which asks nobody
		t.Fatal(err)
	}
	has(t, p.get("/companies/2/start"), `<li class="next" id="step-key"`, "не узнаёт ключ", "/companies/2#shop")
	if res := p.post("/companies/2/start", url.Values{"do": {"enable"}}); res.Code != 422 ||
		strings.Count(res.Body.String(), `class="error" role="alert"`) != 1 {
		t.Errorf("%d %s", res.Code, res.Body)
	}
	if res := p.post("/companies/2/start", url.Values{"do": {"anything"}}); res.Code != 400 {
		t.Error(res.Code)
	}
	// A shop that is away is no reason to store nothing.
	res := p.post("/companies", url.Values{"id": {"3"}, "shop_url": {"http://127.0.0.1:1"}, "key_id": {"a"},
		"key_password": {"b"}})
	if res.Code != http.StatusCreated {
		t.Fatal(res.Code, res.Body)
	}
	has(t, res.Body.String(), "ключ не проверен", `href="/companies/3/start"`)
	for _, path := range []string{"/", "/companies/3/start", "/companies/3/letter"} {
		p.get(path)
	}
	if id, err := p.bridge.FreeID(t.Context()); err != nil || id != "1" {
		t.Error(id, err)
	}
	if o, err := p.bridge.Overview(t.Context(), "nobody"); err == nil {
		t.Error("an overview of nobody", o)
	}
	if _, err := p.bridge.FirstSteps(t.Context(), bridge.Overview{}, storage.Uses{}); err == nil {
		t.Error("steps of nobody")
	}
}

// TestLetterOfAWire: what the developer of a chat with a format of its own is told does not ask
// for the contract's messages, nor promise statuses that nobody can tell such a chat.
func TestLetterOfAWire(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.tokenURL("kind", "learn")
	for kind, tt := range map[string]struct{ own, statuses bool }{
		"contract": {false, true}, "learn": {true, true}, "botobot": {true, false},
	} {
		p.saveWire("auth", "path", "kind", kind)
		text := between(p.get("/companies/2/check"), `<textarea id="letter"`, "</textarea>")
		has(t, text, "/webhooks/ineedchat/2/", "Токен стоит в адресе")
		for part, want := range map[string]bool{"order.created": !tt.own, "curl": !tt.own, "openapi.yaml": !tt.own,
			"пришлите один заказ": tt.own, "/orders/НОМЕР/status": tt.statuses} {
			if strings.Contains(text, part) != want {
				t.Errorf("%s: %s is in the letter: %v", kind, part, !want)
			}
		}
	}
}
