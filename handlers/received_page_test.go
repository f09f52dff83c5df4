package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// TestUnreadOnReceivedPage: what is unread is listed first, counts until it is read or set
// aside, and can be read one by one; a refusal that a format can read becomes an order.
func TestUnreadOnReceivedPage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	path := p.tokenURL()
	refuse := func(body string) {
		t.Helper()
		if res := request(t, p.server.Public(), "POST", path, body, "Content-Type: "+form); res.Code != 415 {
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
	refuse(documentedOrder(t, "1") + "&token=s3cr3t-of-the-chat")
	refuse("nothing=1")
	again := func(of, want string) string {
		t.Helper()
		res := p.post("/companies/2/received", url.Values{"again": {of}})
		if to := res.Header().Get("Location"); want != "" && to != "/companies/2/received?done="+want {
			t.Errorf("%s: %d %q, want %s", of, res.Code, to, want)
		}
		return res.Body.String()
	}
	has(t, p.get("/companies/2/received"), "Подобрать формат", "Разобрать ещё раз")
	has(t, again("refused-1", ""), "по-прежнему не прочитать. Читать нечем", "/companies/2/wire?body=refused-1")
	hasNot(t, p.get("/"), `class="count"`)

	p.saveWire("kind", "botobot", "body", "refused-1")
	again("refused-1", "again_taken")
	again("refused-1", "again_gone")
	has(t, again("refused-2", ""), "не прочитать")
	text := p.get("/companies/2/received")
	hasNot(t, text, "s3cr3t", "text-1")
	has(t, text, "text-2")
	o, err := p.store.Order(t.Context(), storage.OrderKey{Company: "2", ID: "1"})
	if r, err2 := p.store.ReceivedOf(t.Context(), o.Key); err != nil || err2 != nil ||
		!strings.Contains(string(r.Body), "recipient") {
		t.Errorf("%v, %v: %q", err, err2, r.Body)
	}
	text = p.get("/companies/2/orders/1")
	has(t, text, "прочитан форматом botobot")
	hasNot(t, text, "s3cr3t")

	p.chatPosts(path, form, "id=%D0%B0&token=s3cr3t-of-the-chat")
	p.chatPosts(path, form, strings.Replace(documentedOrder(t, "2"), "[price]=990", "[price]=1%2C234", 1))
	for range 2 { // looking does not end it
		text = p.get("/companies/2/received")
		has(t, text, "отложено", "тысячи это или копейки", "Отложить насовсем", "content-type",
			`class="count">2<`)
		hasNot(t, text, "s3cr3t", "thousands or")
	}
	if strings.Index(text, "text-unread-2") > strings.Index(text, "text-2") {
		t.Error("what is unread does not stand first")
	}
	has(t, p.get("/"), "2 сообщения, которые ещё нечем прочитать", "Отложено непрочитанным")
	has(t, again("unread-3", ""), "не прочитать")
	p.saveWire("kind", "program", "receive", `{type: "order.created", data: {id, customer: {name: .recipient},
		items: [.goods[] | {sku: .article, quantity: .count, price: "12.50"}]}}`)
	again("unread-3", "again_taken")
	again("unread-3", "again_gone")
	for _, of := range []string{"unread-2", "unread-2"} {
		if res := p.sure("/companies/2/received", url.Values{"drop": {of}}); res.Code != http.StatusSeeOther {
			t.Error(res.Code)
		}
	}
	hasNot(t, p.get("/"), `class="count"`, "нечем прочитать")
	for _, of := range []string{"", "unread-x", "refused-99", "text", "orders-1"} {
		again(of, "again_gone")
	}
	if res := p.sure("/companies/2/received", url.Values{"drop": {"refused-2"}}); res.Code != http.StatusNotFound {
		t.Error(res.Code)
	}
	has(t, p.get("/journal"), "Отложенные сообщения чата")
}

// TestTornRefusalIsNotRead: what is not kept whole is not offered to be read again.
func TestTornRefusalIsNotRead(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	path := p.tokenURL()
	request(t, p.server.Public(), "POST", path, strings.Repeat("x", ineedchat.MaxBody+10), "Content-Type: "+form)
	text := p.get("/companies/2/received")
	has(t, text, "ответ 4")
	hasNot(t, text, "Разобрать ещё раз", "Подобрать формат")
	if res := p.post("/companies/2/received", url.Values{"again": {"refused-1"}}); !strings.HasSuffix(
		res.Header().Get("Location"), "again_gone") {
		t.Errorf("%d %s", res.Code, res.Body)
	}
}

// TestUnprovenOnReceivedPage: what proves nothing is listed last, with its body only while
// somebody listens, and without secrets or anything that would be run.
func TestUnprovenOnReceivedPage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	send := func(body string) {
		t.Helper()
		res := request(t, p.server.Public(), "POST", "/webhooks/ineedchat/2", body, "Content-Type: application/json",
			"Authorization: Bearer x", "X-Chat: y")
		if res.Code != http.StatusUnauthorized {
			t.Fatal(res.Code)
		}
	}
	send(`{"id":"silent"}`)
	text := p.get("/companies/2/received")
	has(t, text, "Не подтвердили, что они от чата", "Их содержимое не сохраняется", "x-chat", "Слушать 24 часа")
	hasNot(t, text, "silent", "Bearer")
	for _, hours := range []string{"25", "-1", "x"} {
		if res := p.post("/companies/2/received", url.Values{"listen": {hours}}); res.Code != http.StatusNotFound {
			t.Errorf("%s hours: %d", hours, res.Code)
		}
	}
	p.post("/companies/2/received", url.Values{"listen": {"24"}})
	send(`{"id":"heard","api_token":"s3cr3t-of-the-chat","x":"<script>"}`)
	text = p.get("/companies/2/received")
	has(t, text, "heard", "Их содержимое сохраняется: ", "Больше не слушать", "Забыть их")
	hasNot(t, text, "s3cr3t", "<script>\"")
	p.post("/companies/2/received", url.Values{"listen": {"0"}})
	send(`{"id":"later"}`)
	hasNot(t, p.get("/companies/2/received"), "later", "Больше не слушать")
	for range 100 {
		send("{}")
	}
	if text := p.get("/companies/2/received"); len(text) > 100<<10 {
		t.Errorf("%d bytes", len(text))
	}
	p.sure("/companies/2/received", url.Values{"forget": {"true"}})
	hasNot(t, p.get("/companies/2/received"), "unproven-0", "Забыть их")
}
