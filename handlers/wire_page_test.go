package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// formOn is the form of a page as a browser would send it.
func formOn(t testing.TB, text, id string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	attr := func(n *html.Node, name string) string {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
		return ""
	}
	out := url.Values{}
	var walk func(n *html.Node, in bool)
	walk = func(n *html.Node, in bool) {
		name := attr(n, "name")
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "form":
			in = attr(n, "id") == id
		case !in || name == "":
		case n.Data == "input":
			out.Set(name, attr(n, "value"))
		case n.Data == "textarea":
			out.Set(name, "")
			if n.FirstChild != nil {
				out.Set(name, n.FirstChild.Data)
			}
		case n.Data == "select":
			for o := range n.Descendants() {
				if o.Data == "option" && (!out.Has(name) || slices.ContainsFunc(o.Attr,
					func(a html.Attribute) bool { return a.Key == "selected" })) {
					out.Set(name, attr(o, "value"))
				}
			}
		}
		for child := range n.ChildNodes() {
			walk(child, in)
		}
	}
	walk(root, false)
	if len(out) == 0 {
		t.Fatalf("no form %s", id)
	}
	return out
}

// wireForm is the page's form with changes, name by value.
func (p *admin) wireForm(do string, change ...string) url.Values {
	p.t.Helper()
	form := formOn(p.t, p.get("/companies/2/wire"), "wire")
	form.Set("do", do)
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// saveWire saves the page with changes.
func (p *admin) saveWire(change ...string) {
	p.t.Helper()
	res := p.post("/companies/2/wire", p.wireForm("save", change...))
	if res.Code != http.StatusSeeOther || !strings.Contains(res.Header().Get("Location"), "done=wire_saved") {
		p.t.Fatalf("%d %s %s", res.Code, res.Header().Get("Location"), res.Body)
	}
}

// tokenURL has the chat prove itself by a token in its URL, and gives that path.
func (p *admin) tokenURL(change ...string) string {
	p.t.Helper()
	form := p.wireForm("save", append([]string{"auth", "path"}, change...)...)
	text := p.post("/companies/2/wire", form).Body.String()
	address := between(text, `id="made-secret" class="mono" readonly value="`, `"`)
	inQuery := between(text, `id="webhook-query" class="mono" readonly value="`, `"`)
	path := address[strings.Index(address, "/webhooks"):]
	if _, token, _ := strings.Cut(path, "/2/"); token == "" || !strings.HasSuffix(inQuery, "/2?token="+token) {
		p.t.Fatalf("%q and %q", address, inQuery)
	}
	return path
}

// chatPosts posts what a chat with a format of its own does.
func (p *admin) chatPosts(path, kind, body string) {
	p.t.Helper()
	res := request(p.t, p.server.Public(), "POST", path, body, "Content-Type: "+kind)
	if res.Code != http.StatusAccepted {
		p.t.Fatalf("%d %s", res.Code, res.Body)
	}
}

// documentedOrder is what Botobot posts by its documents, for an article of the sandbox shop.
func documentedOrder(t testing.TB, id string) string {
	t.Helper()
	raw, err := os.ReadFile("../internal/ineedchat/wire/testdata/botobot.in")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(strings.TrimSpace(string(raw)), "\n")
	body = strings.Replace(body, "id=1204", "id="+id, 1)
	body = strings.Replace(body, "2026-11-28+14%3A55%3A10", url.QueryEscape(time.Now().UTC().Format(time.DateTime)), 1)
	return strings.Replace(body, "FB-S", "TS-1-0", 1)
}

// TestFirstOrderOfAnUnknownChat is the way from an empty database to the first order of a
// chat that posts Botobot's form and proves itself by its URL, all of it in the panel.
func TestFirstOrderOfAnUnknownChat(t *testing.T) {
	p := newAdmin(t)
	chat := httptest.NewServer(ineedchattest.New(ineedchattest.Config{AcceptUnknown: true}))
	t.Cleanup(chat.Close)
	p.works()
	p.company(url.Values{"chat_url": {chat.URL}, "chat_token": {ineedchattest.DefaultToken},
		"payments.0.from": {"default"}, "deliveries.0.from": {"shipping"}})
	path := p.tokenURL("kind", "learn")
	for _, do := range []string{"enable", "catalog_enable"} {
		form := formOn(t, p.get("/companies/2"), "")
		form.Set("do", do)
		if res := p.post("/companies/2", form); res.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", do, res.Code, res.Body)
		}
	}
	begin := time.Now()
	p.chatPosts(path, form, documentedOrder(t, "1204"))
	page := p.get("/companies/2/wire")
	has(t, page, "Ждёт 1 сообщение", "Сообщения пока только сохраняются", "&#34;recipient&#34;: &#34;Анна Иванова&#34;",
		"&#34;article&#34;: &#34;TS-1-0&#34;")
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it is seen after %s", took)
	}
	has(t, p.get("/"), "1 сообщение, которое ещё нечем прочитать", `href="/companies/2/wire"`, "Сообщения чата ещё не прочитаны")

	// What a preset would make of it, before anything is stored.
	text := p.post("/companies/2/wire", p.wireForm("try", "kind", "botobot")).Body.String()
	has(t, text, "Сообщение читается.", "Новый заказ", "Анна Иванова", "TS-1-0",
		"&#34;type_id&#34;: &#34;shipping&#34;")
	if one, _ := p.bridge.Company(t.Context(), "2"); one.Chat.Wire.Preset != "learn" {
		t.Fatal("trying has stored the format")
	}
	p.saveWire("kind", "botobot")
	until(t, "the catalog is read", func() bool {
		k, err := p.store.Catalog(t.Context(), "2")
		return err == nil && !k.EverythingAt.IsZero()
	})
	has(t, p.get("/companies/2/wire"), "Что уйдёт в InSales", "№ 500000001")

	text = p.post("/companies/2/wire", p.wireForm("count")).Body.String()
	has(t, text, "Если прочитать сейчас: 1 станет заказом", `value="replay"`)
	has(t, p.get("/companies/2/orders"), "Заказов ещё не было")
	text = p.post("/companies/2/wire", p.wireForm("replay")).Body.String()
	has(t, text, "Прочитано: 1 стало заказом")
	hasNot(t, p.get("/companies/2/wire"), "Ждёт 1 сообщение")
	until(t, "the order is in the shop", func() bool { return len(p.shop.Orders()) == 1 })
	has(t, p.get("/companies/2/orders"), "1204", "Анна Иванова")
	text = p.get("/companies/2/orders/1204")
	has(t, text, "Как пришёл заказ", "botobot ", "goods[0][article]=TS-1-0", "&#34;sku&#34;: &#34;TS-1-0&#34;",
		"Сообщение чата", "Заказ по договору INEED.CHAT")
	// And from now on by itself.
	p.chatPosts(path, form, documentedOrder(t, "1205"))
	until(t, "the next order is in the shop", func() bool { return len(p.shop.Orders()) == 2 })
}

// until waits for something that others do.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for begin := time.Now(); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// TestWireTable: a table of fields is filled with the places that stand in the message, and
// what is wrong stands at its row.
func TestWireTable(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	path := p.tokenURL("kind", "learn")
	p.chatPosts(path, "application/json", `{"sum":"1 234,50 ₽","order":{"id":7,
		"client":{"phone":"8 999 000-11-22","api_token":"hush-hush"}},
		"goods":[{"article":"A-1","n":"2","price":"сто"},{"article":"A-2","n":"1","price":"1,234"}]}`)
	page := p.get("/companies/2/wire")
	for _, want := range []string{`<option value=".order.id">7</option>`, `<option value=".goods[]">2 строки</option>`,
		`<option value=".article">A-1</option>`, `<option value=".sum">1 234,50 ₽</option>`,
		`<option value=".order.client.api_token">` + storage.Masked,
		`Строка: артикул <span class="needed">обязательно это или «Строка: вариант InSales»`} {
		has(t, page, want)
	}
	hasNot(t, page, "hush-hush")
	table := []string{"kind", "fields", "f-id", ".order.id", "f-items", ".goods[]", "f-items-sku", ".article",
		"f-items-quantity", ".n", "f-items-price", ".price", "f-customer-phone", ".order.client.phone"}
	text := p.post("/companies/2/wire", p.wireForm("try", table...)).Body.String()
	has(t, text, "Сообщение пока не прочитать", `<strong>Строка: цена за штуку</strong> – нет ни одной цифры`,
		`id="f-items-price-found" data-part><span class="error">нет ни одной цифры</span>`)
	text = p.post("/companies/2/wire", p.wireForm("try", append(table, "f-items-price", ".n", "f-comment", ".sum",
		"f-total", ".sum", "f-delivery-title", ".order |")...)).Body.String()
	has(t, text, "<strong>Название доставки</strong>", "Это не выражение jq: строка 1", "выражение оборвано")
	hasNot(t, text, "unexpected")
	text = p.post("/companies/2/wire", p.wireForm("try", append(table, "f-items-price", ".n",
		"f-total", ".sum", "f-customer-phone", ".order.phone")...)).Body.String()
	has(t, text, "<strong>Имя покупателя</strong> – нет ни этого, ни того, что его заменяет",
		"1 234,50 ₽ → 1234.50")
	table = append(table, "f-items-price", ".n")
	text = p.post("/companies/2/wire", p.wireForm("try", table...)).Body.String()
	has(t, text, "Сообщение читается.", "A-1", "A-2", "Что уйдёт в InSales")
	if one, _ := p.bridge.Company(t.Context(), "2"); one.Chat.Wire.Preset != "learn" || one.Chat.Wire.Fields != nil {
		t.Fatalf("trying has stored %+v", one.Chat.Wire)
	}
	p.saveWire(table...)
	one, _ := p.bridge.Company(t.Context(), "2")
	if w := one.Chat.Wire; w.Preset != "" || len(w.Fields) != 6 || w.Fields["items.sku"] != ".article" {
		t.Errorf("%+v", w)
	}
	has(t, p.get("/journal"), "Поле «Строка: артикул» в формате чата", "Формат чата")

	// What was pasted is tried, and comes back.
	text = p.post("/companies/2/wire", p.wireForm("paste", "text",
		`{"order":{"id":"№","client":{"phone":"1"}},"goods":[{"article":"B","n":"1"}]}`)).Body.String()
	has(t, text, `<strong>Номер заказа в чате</strong>`, "&#34;goods&#34;", `<option value="text" selected>`)
	text = p.post("/companies/2/wire", p.wireForm("paste", "text", "<a/>", "type", "text/xml")).Body.String()
	has(t, text, "тип содержимого «text/xml» незнаком")
	hasNot(t, text, "not understood")
	text = p.post("/companies/2/wire", p.wireForm("paste", "text", strings.Repeat("я", 40<<10))).Body.String()
	has(t, text, "Текст длиннее 64 КБ")
}

// TestWireSaved: what is wrong stands at its input and nothing is stored; who was slower
// does not overwrite; what the page does not show stays.
func TestWireSaved(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	for _, test := range []struct {
		change []string
		want   []string
	}{
		{[]string{"kind", "fields"}, []string{"Таблица пуста", `id="kind-error"`}},
		{[]string{"kind", "fields", "f-id", ".a ||"}, []string{`id="f-id-found" data-part><span class="error">`,
			"здесь не может стоять"}},
		{[]string{"kind", "program"}, []string{`id="receive-error" data-part>Заполните это поле.`}},
		{[]string{"kind", "program", "receive", "{type: foo}"}, []string{
			`id="receive-error" data-part>Это не выражение jq: `, "нет функции foo/0"}},
		{[]string{"kind", "tilde"}, []string{`id="kind-error"`, "Допустимы только"}},
		{[]string{"status", "404"}, []string{`id="status-error"`, "от 200 до 299"}},
		{[]string{"status", "двести"}, []string{`id="status-error"`, "от 200 до 299", `value="двести"`}},
		{[]string{"auth", "hmac"}, []string{`id="header-error"`, "имя заголовка"}},
		{[]string{"auth", "hmac", "header", "x-sign", "phrase", "short"}, []string{`id="phrase-error"`, "не короче 8"}},
		{[]string{"report", ".a |"}, []string{`id="report-error"`}},
		{[]string{"auth", "hmac", "header", "x-sign", "over", "timestamp.body"},
			[]string{`id="timestamp_header-error"`}},
	} {
		res := p.post("/companies/2/wire", p.wireForm("save", test.change...))
		has(t, res.Body.String(), append(test.want, "Настройки не сохранены")...)
		if res.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", test.change, res.Code)
		}
	}
	if one, _ := p.bridge.Company(t.Context(), "2"); one.Chat.Wire != nil || one.Chat.Auth != "signature" {
		t.Fatalf("stored: %+v", one.Chat)
	}
	one, _ := p.bridge.Company(t.Context(), "2")
	one.Chat.Wire = &storage.Wire{Preset: "tilda", Report: "empty", Catalog: "none"}
	if _, err := p.bridge.SaveCompany(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	old := p.wireForm("save", "kind", "botobot")
	p.saveWire("kind", "tilda", "status", "200", "answer", "ok", "f-comment", ".note")
	p.saveWire("report", `{url: ["orders", .order_id]}`)
	one, _ = p.bridge.Company(t.Context(), "2")
	w := one.Chat.Wire
	if w.Report != `{url: ["orders", .order_id]}` || w.Catalog != "none" ||
		*w.Answer != (storage.WireAnswer{Status: 200, Body: "ok"}) ||
		w.Fields["comment"] != ".note" || len(one.Orders.Payments) == 0 {
		t.Errorf("%+v", w)
	}
	res := p.post("/companies/2/wire", old)
	has(t, res.Body.String(), "Пока вы правили, настройки изменились", `<option value="botobot" selected>`)
	if res.Code != http.StatusConflict {
		t.Errorf("two tabs: %d", res.Code)
	}
	has(t, res.Body.String(), "Сейчас сохранено: "+locale.Text(locale.Russian, "panel.wire.kind_tilda", nil), "Сейчас сохранено: 200",
		"Сейчас сохранено: .note")
	old.Set("version", between(res.Body.String(), `name="version" value="`, `"`))
	if res := p.post("/companies/2/wire", old); res.Code != http.StatusSeeOther {
		t.Errorf("mine once more: %d %s", res.Code, res.Body)
	}
	if one, _ := p.bridge.Company(t.Context(), "2"); one.Chat.Wire.Preset != "botobot" {
		t.Errorf("mine is not stored: %+v", one.Chat.Wire)
	}
	// A signature of the chat's own: its phrase never stands on a page.
	res = p.post("/companies/2/wire", p.wireForm("save", "auth", "hmac", "header", "x-sign", "phrase", "фраза-чата",
		"status", "x"))
	hasNot(t, res.Body.String(), "фраза-чата")
	draft := between(res.Body.String(), `name="draft" value="`, `"`)
	p.saveWire("auth", "hmac", "header", "x-sign", "draft", draft)
	one, _ = p.bridge.Company(t.Context(), "2")
	if one.Chat.Auth != "hmac" || one.Chat.Secrets[0].Reveal() != "фраза-чата" || one.Chat.HMAC.Algorithm != "sha256" {
		t.Errorf("%+v", one.Chat.HMAC)
	}
	hasNot(t, p.get("/companies/2/wire")+p.get("/journal"), "фраза-чата")
	for _, path := range []string{"/companies/9/wire", "/companies/9/received"} {
		if res := p.page(path, p.cookie); res.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.Code)
		}
	}
	if res := p.form("/companies/2/wire", old, p.cookie, "Origin: https://evil.example"); res.Code != 403 {
		t.Errorf("a form of another site: %d", res.Code)
	}
}

// TestSettingsKeepWire: the page of the settings loses nothing of the format, and says where
// a signature of the chat's own is set.
func TestSettingsKeepWire(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	form := manageValues()
	form.Set("version", "2")
	form.Set("chat_auth", "hmac")
	res := p.saved(form)
	has(t, res.Body.String(), "укажите там заголовок и секретную фразу")
	if res.Code != http.StatusUnprocessableEntity {
		t.Error(res.Code)
	}
	p.saveWire("kind", "tilda", "f-comment", ".note", "status", "200", "answer", "ok", "catalog", "none",
		"auth", "hmac", "header", "x-sign", "algorithm", "sha1", "phrase", "secret phrase")
	before, _ := p.bridge.Company(t.Context(), "2")
	form = formOn(t, p.get("/companies/2"), "")
	form.Set("do", "save")
	form.Set("name", "Иначе")
	if res := p.post("/companies/2", form); res.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	after, _ := p.bridge.Company(t.Context(), "2")
	if after.Name != "Иначе" || after.Chat.Auth != "hmac" || after.Chat.HMAC != before.Chat.HMAC ||
		!reflect.DeepEqual(after.Chat.Wire, before.Chat.Wire) || after.Chat.Secrets[0] != before.Chat.Secrets[0] {
		t.Errorf("%+v became %+v", before.Chat, after.Chat)
	}
}

// TestWireCannotRun: that no program can be run is told in words, and loses nothing.
func TestWireCannotRun(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	path := p.tokenURL("kind", "learn")
	p.chatPosts(path, form, documentedOrder(t, "1"))
	p.saveWire("kind", "botobot")
	p.server.cfg.Wire = wire.NewBox(func() *exec.Cmd { return exec.Command("/nowhere") })
	const fault = "это неисправность коннектора"
	has(t, p.get("/companies/2/wire"), fault)
	for _, do := range []string{"count", "replay"} {
		if res := p.post("/companies/2/wire", p.wireForm(do)); res.Code != http.StatusServiceUnavailable ||
			!strings.Contains(res.Body.String(), fault) {
			t.Errorf("%s: %d", do, res.Code)
		}
	}
	res := p.post("/companies/2/received", url.Values{"again": {"unread-1"}})
	has(t, res.Body.String(), fault, "text-unread-1")
	if res.Code != http.StatusServiceUnavailable {
		t.Error(res.Code)
	}
}

// TestWirePageIsBounded: whatever came, its page stays one that a phone loads; nothing of
// it is run, and no secret is shown.
func TestWirePageIsBounded(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	path := p.tokenURL("kind", "learn")
	_, token, _ := strings.Cut(path, "/2/")
	var fields []string
	for i := range 5000 {
		fields = append(fields, fmt.Sprintf("<b>%d[a][b][c]=%s", i, url.QueryEscape(`"<script>"`+token)))
	}
	body := strings.Join(fields, "&")[:200<<10]
	for range 12 {
		p.chatPosts(path, form, body)
	}
	quotes := `{"id":"` + strings.Repeat(`\"`, 100<<10) + `"}`
	p.chatPosts(path, "application/json", quotes)
	lines := `{"goods":[` + strings.TrimSuffix(strings.Repeat(`{"article":"A","n":1,"p":"1"},`, 500), ",") + `]}`
	p.chatPosts(path, "application/json", lines)
	check := func(name, text string) {
		t.Helper()
		if len(text) > 1<<20 {
			t.Errorf("%s: %d bytes", name, len(text))
		}
		for _, bad := range []string{token, "<script>", "<b>1"} {
			if strings.Contains(strings.ReplaceAll(text, "<script src", ""), bad) {
				t.Errorf("%s has %q", name, bad)
			}
		}
	}
	check("received", p.get("/companies/2/received"))
	for n := 1; n <= 14; n += 6 {
		check("wire", p.get(fmt.Sprint("/companies/2/wire?body=unread-", n)))
	}
	check("a table", p.post("/companies/2/wire", p.wireForm("try", "kind", "fields", "f-id", `"7"`, "f-items", ".goods",
		"f-items-sku", ".article", "f-items-quantity", ".n", "f-items-price", ".p", "f-customer-name", `"Анна"`,
		"body", "unread-14")).Body.String())
	check("an echo", p.post("/companies/2/wire", p.wireForm("try", "kind", "program", "receive",
		`range(100) as $n | {type: "order.created", data: {id: .id, comment: .id[:9000], items: []}}`,
		"body", "unread-13")).Body.String())
	check("pasted", p.post("/companies/2/wire", p.wireForm("paste", "text", strings.Repeat(`"`, 64<<10))).Body.String())
}

// TestWireGolden is the page in the states in which people see it.
func TestWireGolden(t *testing.T) {
	p := newAdmin(t)
	p.company(url.Values{"payments.0.from": {"default"}, "deliveries.0.from": {"shipping"}})
	golden(t, "wire_none", p.get("/companies/2/wire"))
	path := p.tokenURL("kind", "learn")
	p.chatPosts(path, form, strings.Replace(documentedOrder(t, "1204"), "=TS-1-0", "=TS", 1))
	golden(t, "wire_learn", p.get("/companies/2/wire"))
	golden(t, "received_unread", p.get("/companies/2/received"))
	golden(t, "wire_preset", p.post("/companies/2/wire", p.wireForm("try", "kind", "botobot")).Body.String())
	golden(t, "wire_wrong", p.post("/companies/2/wire", p.wireForm("save", "kind", "fields", "f-id", ".id |",
		"f-items", ".goods[]", "auth", "hmac", "status", "99")).Body.String())
	p.saveWire("kind", "botobot")
	golden(t, "wire_count", p.post("/companies/2/wire", p.wireForm("count")).Body.String())
	golden(t, "wire_en", p.page("/companies/2/wire", p.cookie+"; ineed_lang=en").Body.String())
	p.post("/companies/2/wire", p.wireForm("replay"))
	golden(t, "order_wire", p.get("/companies/2/orders/1204"))
}
