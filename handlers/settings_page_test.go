package handlers

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// An admin is a signed-in browser in a world with a shop.
type admin struct {
	*world
	shop   *insalestest.Shop
	at     string // the shop's URL
	cookie string
}

func newAdmin(t testing.TB, change ...func(*storage.Config)) *admin {
	t.Helper()
	w := newWorld(t, change...)
	shop := insalestest.New(insalestest.Config{})
	server := httptest.NewServer(shop)
	t.Cleanup(server.Close)
	w.withPassword()
	return &admin{world: w, shop: shop, at: server.URL, cookie: w.signIn()}
}

// signedOut ends all sessions of the first owner.
func (p *admin) signedOut() {
	p.t.Helper()
	users, err := p.bridge.Login.Users(p.t.Context())
	if err == nil {
		err = p.bridge.Login.EndSessions(p.t.Context(), users[0].ID, 0)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// get gives a page's text; it fails unless that is 200.
func (p *admin) get(path string) string {
	p.t.Helper()
	res := p.page(path, p.cookie)
	if res.Code != 200 {
		p.t.Fatalf("GET %s: %d %s", path, res.Code, res.Body)
	}
	return res.Body.String()
}

// post sends a form.
func (p *admin) post(path string, values url.Values) *httptest.ResponseRecorder {
	p.t.Helper()
	return p.form(path, values, p.cookie, "Sec-Fetch-Site: same-origin")
}

// company makes a company over the panel, with what every test needs mapped.
func (p *admin) company(change url.Values) {
	p.t.Helper()
	values := url.Values{"id": {"2"}, "name": {"Компания 2"}, "shop_url": {p.at}, "key_id": {insalestest.DefaultKeyID},
		"key_password": {insalestest.DefaultPassword}}
	if res := p.post("/companies", values); res.Code != http.StatusCreated {
		p.t.Fatalf("%d %s", res.Code, res.Body)
	}
	form := manageValues()
	for k, v := range change {
		form[k] = v
	}
	p.saved(form)
}

// manageValues is the form of a company as its page sends it.
func manageValues() url.Values {
	return url.Values{"version": {"1"}, "name": {"Компания 2"}, "shop_url": {""}, "key_id": {insalestest.DefaultKeyID},
		"key_password": {""},
		"chat_auth":    {"signature"}, "max_age": {"24"}, "catalog_price": {"price"}, "catalog_interval": {"5"},
		"do":              {"save"},
		"payments.0.from": {"cash"}, "payments.0.id": {"5000001"}, "payments.0.other": {""},
		"deliveries.0.from": {"pickup"}, "deliveries.0.id": {"7000001"}, "deliveries.0.other": {""},
		"deliveries.1.from": {"delivery"}, "deliveries.1.id": {""}, "deliveries.1.other": {"7000002"},
		"deliveries.2.from": {""}, "deliveries.2.id": {""}, "deliveries.2.other": {""}}
}

func (p *admin) saved(form url.Values) *httptest.ResponseRecorder {
	p.t.Helper()
	if form.Get("shop_url") == "" {
		form.Set("shop_url", p.at)
	}
	return p.post("/companies/2", form)
}

// has fails unless all of the parts stand in the text.
func has(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("not there: %s", part)
		}
	}
}

func hasNot(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("there: %s", part)
		}
	}
}

func TestAddCompany(t *testing.T) {
	p := newAdmin(t)
	for _, path := range []string{"/", "/companies"} {
		if res := p.page(path, p.cookie); res.Code != 303 || res.Header().Get("Location") != "/companies/new" {
			t.Errorf("%s without a company: %d %s", path, res.Code, res.Header().Get("Location"))
		}
	}
	has(t, p.get("/companies/new"), "Номер компании в INEED.CHAT", "URL магазина", "Идентификатор")

	// What is wrong stands at its field, what was typed is there again, and the
	// password is kept without being in the page.
	res := p.post("/companies", url.Values{"id": {"a b"}, "name": {"<Моя>"}, "shop_url": {"nowhere at all"},
		"key_id": {"the-key"}, "key_password": {"the-password"}})
	text := res.Body.String()
	has(t, text, `value="a b"`, `value="&lt;Моя&gt;"`, `value="nowhere at all"`, `value="the-key"`, `id="id-error"`,
		`id="shop_url-error"`, "Это не адрес магазина")
	hasNot(t, text, "the-password")
	draft := between(text, `name="draft" value="`, `"`)
	if res.Code != 422 || draft == "" {
		t.Fatalf("%d, draft %q", res.Code, draft)
	}
	// A whole address from the card of the key, with another field wrong.
	res = p.post("/companies",
		url.Values{"id": {""}, "shop_url": {"https://another-key:pasted-password@shop.myinsales.ru/admin/orders.json"}})
	has(t, res.Body.String(), `value="another-key"`, `shop.myinsales.ru`)
	hasNot(t, res.Body.String(), "pasted-password")

	// The shop is asked: a key that it does not take is told at the password, and nothing is stored.
	res = p.post("/companies", url.Values{"id": {"2"}, "shop_url": {p.at + "/admin/orders"}, "key_id": {"the-key"},
		"draft": {draft}})
	has(t, res.Body.String(), `id="key_password-error"`, "InSales не узнаёт ключ", `value="the-key"`)
	if _, err := p.bridge.Company(t.Context(), "2"); res.Code != 422 || err == nil {
		t.Fatalf("a wrong key: %d %v", res.Code, err)
	}
	res = p.post("/companies", url.Values{"id": {"2"}, "shop_url": {p.at + "/admin/orders"},
		"key_id": {insalestest.DefaultKeyID}, "key_password": {insalestest.DefaultPassword}})
	text = res.Body.String()
	secret, token := between(text, `id="made-secret" class="mono" readonly value="`, `"`),
		between(text, `id="made-token" class="mono" readonly value="`, `"`)
	has(t, text, "/webhooks/ineedchat/2", "показываются один раз", `<a class="button" href="/">Дальше: первые шаги`,
		"Скопировать всё", "/api/openapi.yaml")
	if res.Code != 201 || !strings.HasPrefix(secret, "whsec_") || len(token) < 32 {
		t.Fatalf("%d %q %q %s", res.Code, secret, token, text)
	}
	one, err := p.bridge.Company(t.Context(), "2")
	if err != nil || one.Shop.Password.Reveal() != insalestest.DefaultPassword || one.Shop.URL != p.at ||
		one.Name == "" {
		t.Errorf("%v, password %q, name %q", err, one.Shop.Password.Reveal(), one.Name)
	}
	if code := p.send(secret, fresh("1")).Code; code != 202 {
		t.Errorf("the secret does not fit: %d", code)
	}
	for _, path := range []string{"/companies/2", "/companies", "/"} {
		hasNot(t, p.get(path), secret, token, insalestest.DefaultPassword)
	}
	if res := p.post("/companies",
		url.Values{"id": {"2"}, "shop_url": {p.at}, "key_id": {"x"}, "key_password": {"y"}}); res.Code != 422 ||
		!strings.Contains(res.Body.String(), "уже есть") {
		t.Errorf("the same again: %d", res.Code)
	}
}

// TestKeyPastedAgain: whoever has mistyped the key pastes its whole address into the form that
// came back, and that key counts, not the one that the form has kept.
func TestKeyPastedAgain(t *testing.T) {
	p := newAdmin(t)
	pasted := strings.Replace(p.at, "http://", "http://"+insalestest.DefaultKeyID+":"+insalestest.DefaultPassword+"@", 1)
	for id, typed := range map[string]string{"2": insalestest.DefaultKeyID, "3": "mistyped"} {
		res := p.post("/companies",
			url.Values{"id": {id}, "shop_url": {p.at}, "key_id": {typed}, "key_password": {"mistyped"}})
		draft := between(res.Body.String(), `name="draft" value="`, `"`)
		if res.Code != 422 || draft == "" {
			t.Fatalf("%d, draft %q", res.Code, draft)
		}
		res = p.post("/companies", url.Values{"id": {id}, "shop_url": {pasted}, "key_id": {typed}, "key_password": {""},
			"draft": {draft}})
		one, err := p.bridge.Company(t.Context(), id)
		if res.Code != 201 || err != nil || one.Shop.Password.Reveal() != insalestest.DefaultPassword {
			t.Errorf("%s: %d %v %s", typed, res.Code, err, res.Body)
		}
	}
	form := manageValues()
	form.Set("version", "1")
	form.Set("shop_url", p.at)
	form.Set("key_password", "mistyped")
	res := p.saved(form)
	form.Set("draft", between(res.Body.String(), `name="draft" value="`, `"`))
	form.Set("shop_url", pasted)
	form.Set("key_password", "")
	if again := p.saved(form); res.Code != 422 || again.Code != 303 {
		t.Errorf("settings: %d, again %d %s", res.Code, again.Code, again.Body)
	}
}

// between is the part of text between two others; "" if they are not there.
func between(text, before, after string) string {
	_, rest, ok := strings.Cut(text, before)
	part, _, end := strings.Cut(rest, after)
	if !ok || !end {
		return ""
	}
	return html.UnescapeString(part)
}

func TestManageCompany(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	one, err := p.bridge.Company(t.Context(), "2")
	if err != nil || one.Orders.Payments["cash"] != 5000001 || one.Orders.Deliveries["delivery"] != 7000002 ||
		len(one.Orders.Deliveries) != 2 {
		t.Fatalf("%v %+v", err, one.Orders)
	}
	text := p.get("/companies/2?done=saved")
	has(t, text, "Настройки сохранены.", "Синхронизация заказов", "Способы оплаты", "Типы заказа", "Сохранить",
		"Включить",
		`<option value="5000001" selected>Наличными курьеру · № 5000001 · при получении</option>`,
		`<option value="7000003" disabled>`, "не поддерживается", "как обычно: ")
	hasNot(t, text, insalestest.DefaultPassword, "Выключить")

	// Switched on: the shop is asked.
	form := manageValues()
	form.Set("version", "2")
	form.Set("do", "enable")
	form.Set("payments.1.from", "card")
	form.Set("payments.1.id", "")
	form.Set("payments.1.other", "999")
	res := p.saved(form)
	text = res.Body.String()
	has(t, text, "Настройки сохранены, но синхронизация не включена", "В магазине InSales нет 999",
		`id="payments-card"`, `aria-describedby="payments-0-error"`)
	// Why not stands at the button, once, and the browser stays there.
	has(t, text, `action="/companies/2#not-on"`)
	if head, at, _ := strings.Cut(text, `id="not-on"`); res.Code != 422 || strings.Contains(head, "не включена") ||
		!strings.Contains(between(at, "<p>", `value="enable"`), "В магазине InSales нет 999") {
		t.Errorf("%d", res.Code)
	}
	form.Set("version", "3")
	form.Set("payments.1.other", p.at+"/admin2/payment_gateways/5000002/edit")
	if res := p.saved(form); res.Code != 303 || res.Header().Get("Location") != "/companies/2?done=enabled" {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	has(t, p.get("/companies/2"), "Заказы синхронизируются", "Выключить", "Приостановить отправку")
	hasNot(t, p.get("/companies/2"), `id="not-on"`)
	for i, do := range []string{"pause", "resume", "disable"} {
		form.Set("version", strconv.Itoa(4+i))
		form.Set("do", do)
		if res := p.sure("/companies/2", form); res.Code != 303 {
			t.Errorf("%s: %d %s", do, res.Code, res.Body)
		}
	}
	if one, _ := p.bridge.Company(t.Context(), "2"); one.Orders.Enabled || one.Orders.Paused {
		t.Errorf("%+v", one.Orders)
	}
	text = p.get("/journal")
	has(t, text, "Добавлена компания «Компания 2»", "Изменены настройки компании «Компания 2»", "Способ оплаты «card»",
		"Синхронизация заказов", "Вход в панель")
	hasNot(t, text, insalestest.DefaultPassword, "whsec_")
}

// The button pauses at once, also when the page is old or its form is wrong; what
// was typed beside it is stored if it can be, and shown again if not.
func TestManagePause(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	for i, step := range []struct {
		do, version, name, age string
		code                   int
		paused                 bool
		stored                 string
	}{
		{"pause", "2", "Компания 2", "24", 303, true, "Компания 2"},
		{"resume", "3", "Новое имя", "24", 303, false, "Новое имя"},
		{"pause", "2", "Ещё одно", "24", 409, true, "Новое имя"},
		{"resume", "6", "Ещё одно", "soon", 422, false, "Новое имя"},
	} {
		form := manageValues()
		form.Set("do", step.do)
		form.Set("version", step.version)
		form.Set("name", step.name)
		form.Set("max_age", step.age)
		res := p.saved(form)
		one, err := p.bridge.Company(t.Context(), "2")
		if err != nil || res.Code != step.code || one.Orders.Paused != step.paused || one.Name != step.stored {
			t.Errorf("%d: %d, version %d, paused %v, name %q, %v", i, res.Code, one.Version, one.Orders.Paused,
				one.Name, err)
		}
		if step.code != 303 {
			has(t, res.Body.String(), step.name)
		}
	}
}

func TestManageErrors(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	form := manageValues()
	form.Set("version", "2")
	form.Set("name", "<b>Новое</b>")
	form.Set("key_password", "a-new-password")
	form.Set("max_age", "soon")
	form.Set("payments.1.from", "cash")
	form.Set("payments.1.other", "5000002")
	form.Set("payments.2.from", "")
	form.Set("payments.2.other", "5000002")
	form.Set("payments.3.from", "card")
	form.Set("payments.3.other", "наличные")
	form.Set("catalog_interval", "1")
	res := p.saved(form)
	text := res.Body.String()
	has(t, text, `value="&lt;b&gt;Новое&lt;/b&gt;"`, `value="soon"`, `id="max_age-error"`, "От 1 до 720 часов",
		`id="catalog_interval-error"`, "От 5 до 1440 минут", "Это уже есть в другой строке",
		"Укажите, как это называется", `value="наличные"`, "Только латинские буквы")
	hasNot(t, text, "a-new-password")
	if one, _ := p.bridge.Company(t.Context(), "2"); res.Code != 422 || one.Name != "Компания 2" {
		t.Errorf("%d, stored: %q", res.Code, one.Name)
	}
	// The same page sent again, mended: the password is not lost.
	form = manageValues()
	form.Set("version", "2")
	form.Set("draft", between(text, `name="draft" value="`, `"`))
	if res := p.saved(form); res.Code != 422 || !strings.Contains(res.Body.String(), "InSales не узнаёт ключ") {
		t.Errorf("a wrong password: %d", res.Code)
	}
	p.shop.AddKey(insalestest.DefaultKeyID, "a-new-password")
	if res := p.saved(form); res.Code != 303 {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if one, _ := p.bridge.Company(t.Context(), "2"); one.Shop.Password.Reveal() != "a-new-password" {
		t.Error("the typed password is lost")
	}
	// Somebody else was quicker.
	form.Set("name", "Моё")
	if res := p.saved(form); res.Code != 409 || !strings.Contains(res.Body.String(), `value="Моё"`) {
		t.Errorf("stale: %d", res.Code)
	}
	// More rows keep what was typed.
	form.Set("do", "rows")
	res = p.saved(form)
	has(t, res.Body.String(), `value="Моё"`, `name="payments.1.from"`)
	// Another host wants its password again.
	form = manageValues()
	form.Set("version", "3")
	form.Set("shop_url", "https://other.myinsales.ru")
	res = p.saved(form)
	has(t, res.Body.String(), `id="key_password-error"`, "введите секрет заново", `value="https://other.myinsales.ru"`)
	if res := p.page("/companies/nobody", p.cookie); res.Code != 404 ||
		!strings.Contains(res.Body.String(), "Такой страницы нет") {
		t.Errorf("no such company: %d %s", res.Code, res.Body)
	}
}

func TestEraseAfterField(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	form := manageValues()
	form.Set("version", "2")
	for _, typed := range []string{"0", "0,5", "4000", "год"} {
		form.Set("erase_after", typed)
		res := p.saved(form)
		has(t, res.Body.String(), `id="erase_after-error"`, "От 1 до 3650 дней", `value="`+typed+`"`)
		if res.Code != 422 {
			t.Errorf("%s: %d", typed, res.Code)
		}
	}
	form.Set("erase_after", "90")
	if res := p.saved(form); res.Code != 303 {
		t.Fatal(res.Code)
	}
	has(t, p.get("/companies/2"), `name="erase_after" type="text" value="90"`)
	has(t, p.get("/journal"), "Стирать данные покупателей через: 90 дней")
	if code, body := p.api("GET", "/companies/2", ""); code != 200 || at(body, "orders.erase_after") != "2160h" {
		t.Errorf("%d %v", code, at(body, "orders.erase_after"))
	}
}

func TestAnotherMode(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	form := manageValues()
	form.Set("version", "2")
	form.Set("chat_auth", "path")
	text := p.saved(form).Body.String()
	address := between(text, `id="made-secret" class="mono" readonly value="`, `"`)
	if !strings.Contains(address, "/webhooks/ineedchat/2/") || strings.Contains(address, "•") {
		t.Fatalf("%q %s", address, text)
	}
	path := address[strings.Index(address, "/webhooks"):]
	if code := request(t, p.server.Public(), "POST", path, fresh("1")).Code; code != 202 {
		t.Errorf("the address does not work: %d", code)
	}
	hasNot(t, p.get("/companies/2"), path)
}

func TestRotateAndDelete(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	res := p.sure("/companies/2/secret", url.Values{"of": {"chat"}})
	secret := between(res.Body.String(), `id="made-secret" class="mono" readonly value="`, `"`)
	if res.Code != 200 || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if code := p.send(secret, fresh("1")).Code; code != 202 {
		t.Error(code)
	}
	if res := p.sure("/companies/2/secret", url.Values{"of": {"insales"}}); res.Code != 303 {
		t.Error(res.Code)
	}
	asked := confirming(p.post("/companies/2/delete", nil).Body.String())
	asked.Set("confirm_word", "Компания 2")
	res = p.post("/companies/2/delete", asked)
	if res.Code != 409 || !strings.Contains(res.Body.String(), "Компанию нельзя удалить") {
		t.Errorf("with an order: %d %s", res.Code, res.Body)
	}
	for i, want := range []int{303, 409} { // the first one there is, and the same again
		if res := p.sure("/companies/2/account", nil); res.Code != want {
			t.Errorf("account %d: %d, want %d", i, res.Code, want)
		}
	}
}

func TestCheckPage(t *testing.T) {
	p := newAdmin(t)
	p.company(url.Values{"payments.0.from": {""}, "payments.0.id": {""}})
	text := p.get("/companies/2/check")
	has(t, text, "заказы пока будут ждать вас")
	hasNot(t, text, "Всё, что нужно заказам, работает")
	form := manageValues()
	form.Set("version", "2")
	if res := p.saved(form); res.Code != 303 {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	text = p.get("/companies/2/check")
	has(t, text, "С магазином всё в порядке. Заказов от чата ещё не было", "Право «Доступ в раздел Заказы»", "✓",
		"Аккаунт магазина", "Ещё 3 проверки ждут первого сообщения", "Передавать было ещё нечего",
		"/webhooks/ineedchat/2", "curl -sS", "СЕКРЕТ", `data-copy="letter"`)
	if n := strings.Count(text, "Письмо</label>"); n != 1 {
		t.Errorf("the letter stands there %d times", n)
	}
	p.heard()
	text = p.get("/companies/2/check")
	has(t, text, "Всё, что нужно заказам, работает", "Последнее сообщение чата: <time ", "проверка связи")
	hasNot(t, text, "curl", "первого сообщения")
	p.shop.AddKey(insalestest.DefaultKeyID, "another") // somebody has renewed it
	has(t, p.get("/companies/2/check"), "Не всё, что нужно заказам, работает", "✗", "InSales не узнаёт ключ доступа",
		"Ещё 16 проверок ждут ключа", `href="/companies/2#shop">Исправить</a>`)
	hasNot(t, p.get("/companies/2/check"), "Не проверено: сначала исправьте", "#payments", "#deliveries")
}

// heard lets company 2's chat send something that is believed.
func (p *admin) heard() {
	p.t.Helper()
	secret := between(p.sure("/companies/2/secret", url.Values{"of": {"chat"}}).Body.String(),
		`id="made-secret" class="mono" readonly value="`, `"`)
	ping := `{"type":"ping","version":"1","timestamp":"2026-01-01T00:00:00Z","company_id":"2","data":{}}`
	if res := p.send(secret, ping); res.Code != http.StatusOK {
		p.t.Fatal(res.Code, res.Body)
	}
}

func TestPreviewPage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	text := p.get("/companies/2/preview")
	hasNot(t, text, "Отправить тестовый заказ") // neither the button nor a word of it
	has(t, text, "Отправить его можно, когда заказы включены", `value="cash"`, `value="delivery"`,
		"Вставить сообщение INEED.CHAT целиком")
	form := url.Values{"do": {"preview"}, "payment": {"cash"}, "delivery": {"pickup"}, "variant": {"500000001"},
		"count": {"2"}, "price": {"10,50"}, "customer": {"Анна"}, "phone": {"8 900 000-00-01"}}
	text = p.post("/companies/2/preview", form).Body.String()
	has(t, text, "Что уйдёт в InSales", "№ 500000001", "10.5", "&#43;79000000001", "&#34;order_lines_attributes&#34;",
		"Тестовый заказ из панели")
	form.Set("delivery", "delivery")
	has(t, p.post("/companies/2/preview", form).Body.String(), "Курьером · № 7000002", "Наличными курьеру · № 5000001",
		"300\u00a0₽", `<option value="delivery" selected>delivery – Курьером</option>`)
	form.Set("payment", "bitcoin")
	has(t, p.post("/companies/2/preview", form).Body.String(), "Способ оплаты «bitcoin» из INEED.CHAT не сопоставлен")
	form.Set("price", "много")
	form.Set("variant", "")
	text = p.post("/companies/2/preview", form).Body.String()
	has(t, text, `id="price-error"`, `value="много"`)
	form.Set("raw", "{")
	has(t, p.post("/companies/2/preview", form).Body.String(), `id="raw-error"`, "не похоже на сообщение")
	form.Set("raw", fresh("77"))
	has(t, p.post("/companies/2/preview", form).Body.String(), "Что уйдёт в InSales")

	form.Set("do", "send")
	if res := p.sure("/companies/2/preview", form); res.Code != 409 ||
		!strings.Contains(res.Body.String(), "Включите её") {
		t.Errorf("sent while off: %d", res.Code)
	}
	on := manageValues()
	on.Set("version", "2")
	on.Set("do", "enable")
	if res := p.saved(on); res.Code != 303 {
		t.Fatal(res.Code, res.Body)
	}
	res := p.sure("/companies/2/preview", form)
	if to := res.Header().Get("Location"); res.Code != 303 || !strings.HasPrefix(to, "/companies/2/orders/test~") {
		t.Errorf("%d %s %s", res.Code, to, res.Body)
	}
}

func TestOverview(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	has(t, p.get("/"), "Компания 2", "Заказы выключены", "Настроить каталог", "Ждём первое сообщение")
	if code := p.send("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", fresh("1")).Code; code != 401 {
		t.Fatal(code)
	}
	has(t, p.get("/"), "прислал 1 заказ, и он не принят", "проверьте секрет")
	secret := p.secret()
	p.takes(secret, "a1")
	text := p.get("/")
	hasNot(t, text, "отказов", "InSales оплачен до")
	has(t, text, "24 часа", `<svg class="chart"`, "Ждут отправки")
	if res := p.sendAt(secret, fresh("2"), time.Now().Add(-7*time.Minute)); res.Code != 401 {
		t.Fatal(res.Code)
	}
	has(t, p.get("/"), "часы отличаются на 7 минут")

	for till, want := range map[string]string{"2031-01-31": "31.01.2031",
		time.Now().AddDate(0, 0, 3).Format(time.DateOnly): "Продлите тариф",
		"2020-01-31": "Магазин оплачен только до"} {
		p.shop.Reconfigure(func(c *insalestest.Switches) { c.PaidTill = till })
		p.get("/companies/2/check")
		has(t, p.get("/"), "InSales оплачен до", want)
	}
}

// A shop that takes the key no more is told at the button that was pressed, once; what was
// typed elsewhere is stored, or still there.
func TestNotSwitchedOn(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.shop.RevokeKey(insalestest.DefaultKeyID)
	for i, do := range []string{"enable", "catalog_enable"} {
		form := manageValues()
		form.Set("version", strconv.Itoa(2+i))
		form.Set("do", do)
		form.Set("name", "Другое имя")
		form.Set("max_age", "36")
		res := p.saved(form)
		text := res.Body.String()
		has(t, text, `value="Другое имя"`, `value="36"`)
		head, at, found := strings.Cut(text, `id="not-on"`)
		told := 1
		if do == "catalog_enable" {
			told++ // at the password, too
			has(t, text, `id="key_password-error"`)
		}
		if res.Code != 422 || !found || strings.Count(text, "не узнаёт ключ") != told {
			t.Errorf("%s: %d, said %d times", do, res.Code, strings.Count(text, "не узнаёт ключ"))
		}
		button := ` name="do" value="` + do + `">`
		if strings.Contains(head, button) || !strings.Contains(between(at, "<p>", button), "не узнаёт ключ") {
			t.Errorf("%s: it does not stand in front of its button", do)
		}
	}
	// What cannot be stored is still there, and nothing is on.
	form := manageValues()
	form.Set("version", "4")
	form.Set("do", "enable")
	form.Set("max_age", "много")
	form.Set("name", "Третье имя")
	text := p.saved(form).Body.String()
	has(t, text, `id="not-on"`, "Настройки не сохранены", `value="много"`, `value="Третье имя"`, `id="max_age-error"`)
	one, err := p.bridge.Company(t.Context(), "2")
	if err != nil || one.Orders.Enabled || one.Catalog.Enabled || one.Name != "Другое имя" {
		t.Errorf("%v %+v", err, one)
	}
}
