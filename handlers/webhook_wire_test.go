package handlers

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ineed-insales/internal/api"
	"ineed-insales/storage"
)

// wired makes company 2 with a wire, and gives the token of its address.
func (w *world) wired(chat map[string]any) string {
	w.t.Helper()
	if chat["auth"] == nil {
		chat["auth"] = "path"
	}
	var in map[string]any
	if err := json.Unmarshal([]byte(settings("path", "https://shop-1.myinsales.ru", false)), &in); err != nil {
		w.t.Fatal(err)
	}
	in["chat"] = chat
	body, _ := json.Marshal(in)
	code, out := w.api("PUT", "/companies/2", string(body))
	if code != http.StatusCreated && code != http.StatusOK {
		w.t.Fatalf("PUT: %d %v", code, out)
	}
	token, _ := at(out, "chat.secrets.0").(string)
	return token
}

// rewired gives company 2 another wire.
func (w *world) rewired(wire map[string]any) {
	w.t.Helper()
	_, now := w.api("GET", "/companies/2", "")
	now["chat"].(map[string]any)["wire"] = wire
	body, _ := json.Marshal(now)
	if code, out := w.api("PUT", "/companies/2", string(body)); code != http.StatusOK {
		w.t.Fatalf("PUT: %d %v", code, out)
	}
}

const form = "application/x-www-form-urlencoded"

// botobotOrder is what Botobot posts of an order.
func botobotOrder(id string) string {
	return url.Values{"id": {id}, "recipient": {"Анна"}, "mobile": {"+7 999 000-11-22"}, "cost_total": {"990"},
		"delivery": {"pickup"}, "goods[0][article]": {"FB-S"}, "goods[0][title]": {"Футболка"},
		"goods[0][count]": {"1"}, "goods[0][price]": {"990"}}.Encode()
}

func (w *world) post(path, kind, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	if kind != "" {
		headers = append(headers, "Content-Type: "+kind)
	}
	return request(w.t, w.server.Public(), "POST", "/webhooks/ineedchat/2"+path, body, headers...)
}

// count asks what is unread and gives how much.
func (w *world) unread() (n int, first map[string]any) {
	w.t.Helper()
	_, out := w.api("GET", "/companies/2/wire/unread", "")
	if total, _ := out["total"].(float64); total > 0 {
		first, _ = at(out, "items.0").(map[string]any)
		n = int(total)
	}
	return n, first
}

func (w *world) replay(body string) api.WireReplayed {
	w.t.Helper()
	var out api.WireReplayed
	res := request(w.t, w.server.Public(), "POST", "/api/v1/companies/2/wire/replay", body,
		"Authorization: Bearer "+apiToken)
	if err := json.Unmarshal(res.Body.Bytes(), &out); err != nil || res.Code != http.StatusOK {
		w.t.Fatalf("replay: %d %s", res.Code, res.Body)
	}
	return out
}

// TestUnreadUntilItIsRead: the first body of a chat that nobody knows is kept, and becomes
// an order as soon as somebody says how; the same again is a repetition.
func TestUnreadUntilItIsRead(t *testing.T) {
	w := newWorld(t)
	token := w.wired(map[string]any{"wire": map[string]any{"preset": "learn"}})
	for i := range 3 {
		res := w.post("/"+token, form, botobotOrder(fmt.Sprint(100+i)))
		if res.Code != http.StatusAccepted || strings.TrimSpace(res.Body.String()) != `{"status":"accepted"}` {
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
	n, first := w.unread()
	if n != 3 || at(first, "error.rule") != "wire_none" || first["content_type"] != form ||
		first["body"] != botobotOrder("102") {
		t.Fatalf("%d unread, the last %v", n, first)
	}
	if w.metric(`ineed_insales_webhooks_unread{company="2"}`) != "3" ||
		w.metric(`ineed_insales_webhooks_total{result="unread",source="ineedchat"}`) != "3" ||
		w.metric(`ineed_insales_company_problem{company="2",kind="wire_unread"}`) != "1" {
		t.Error("the metrics do not tell")
	}
	if _, one := w.api("GET", "/companies/2", ""); at(one, "intake_problem.code") != "wire_unread" ||
		one["unread"] != 3.0 {
		t.Errorf("the company: %v %v", one["intake_problem"], one["unread"])
	}
	if out := w.replay(`{}`); out.StillUnread != 3 || out.FirstError == nil || out.FirstError.Rule != "wire_none" {
		t.Errorf("without a program: %+v", out)
	}
	w.rewired(map[string]any{"preset": "botobot"})
	w.api("POST", "/companies/2/wire/try", `{"unread": 1}`)
	if out := w.replay(`{"dry_run": true}`); out.Orders != 3 || out.StillUnread != 0 || !out.DryRun {
		t.Errorf("dry: %+v", out)
	}
	if n, _ := w.unread(); n != 3 {
		t.Errorf("a dry run has left %d", n)
	}
	if res := w.post("/"+token, form, botobotOrder("101")); res.Code != http.StatusAccepted ||
		!strings.Contains(res.Body.String(), `"order_id":"101"`) {
		t.Errorf("one that can be read now: %d %s", res.Code, res.Body)
	}
	if out := w.replay(`{}`); out.Orders != 2 || out.Duplicates != 1 || out.StillUnread != 0 {
		t.Errorf("read: %+v", out)
	}
	for i := range 3 {
		res := w.post("/"+token, form, botobotOrder(fmt.Sprint(100+i)))
		if res.Code != http.StatusOK || !strings.Contains(res.Body.String(), `"duplicate"`) {
			t.Errorf("again: %d %s", res.Code, res.Body)
		}
	}
	_, o := w.api("GET", "/companies/2/orders/100?bodies=true", "")
	if at(o, "received.body") != botobotOrder("100") || at(o, "envelope.data.id") != "100" ||
		!strings.HasPrefix(fmt.Sprint(at(o, "received.wire")), "botobot ") ||
		!strings.Contains(fmt.Sprint(at(o, "events.0.message")), "botobot") {
		t.Errorf("%v", o)
	}
	if code, _ := w.api("POST", "/companies/2/orders/100/erase", ""); code != http.StatusConflict &&
		code != http.StatusOK {
		t.Errorf("erase: %d", code)
	}
}

// TestBodiesOfAnyKind: whatever a chat posts is read as what it is, if its company has a
// wire of its own; and as before if it has none.
func TestBodiesOfAnyKind(t *testing.T) {
	program := `{type: "order.created", data: {id: (.id | text), customer: {name: "Анна"},
		items: [{sku: "A", quantity: "1", price: (.price | money)}], comment: ($query.src // "")}}`
	for name, test := range map[string]struct{ kind, body string }{
		"JSON":         {"application/json", `{"id": 7, "price": 990.10}`},
		"JSON, a BOM":  {"application/json; charset=utf-8", "\ufeff" + `{"id": "7", "price": "990,10 ₽"}`},
		"as a form":    {form, `{"id": "7", "price": 990.10}`},
		"no type":      {"", `{"id": "7", "price": 990.10}`},
		"text":         {"text/plain", `id=7&price=990.10`},
		"a form":       {form, `id=7&price=990%2C10`},
		"windows-1251": {form + "; charset=windows-1251", "id=7&price=990%2C10+%F0%F3%E1%2E"},
		"in parts": {"multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n7\r\n--b\r\n" +
				"Content-Disposition: form-data; name=\"price\"\r\n\r\n990.10\r\n--b--\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			token := w.wired(map[string]any{"wire": map[string]any{"receive": program}})
			for _, path := range []string{"/" + token + "?src=a", "?src=a&token=" + token} {
				res := w.post(path, test.kind, test.body)
				want := http.StatusAccepted
				if strings.Contains(path, "&token") {
					want = http.StatusOK // it came before
				}
				if res.Code != want || !strings.Contains(res.Body.String(), `"order_id":"7"`) {
					t.Fatalf("%s: %d %s", strings.ReplaceAll(path, token, "…"), res.Code, res.Body)
				}
			}
			_, o := w.api("GET", "/companies/2/orders/7?bodies=true", "")
			if at(o, "envelope.data.items.0.price") != "990.10" || at(o, "envelope.data.comment") != "a" ||
				strings.Contains(fmt.Sprint(o), token) {
				t.Errorf("%v", o["envelope"])
			}
		})
	}
}

// TestWireIsProven: a wire changes what a body may be, and never who is believed. Nobody
// else learns which companies have one.
func TestWireIsProven(t *testing.T) {
	w := newWorld(t)
	token := w.wired(map[string]any{"wire": map[string]any{"preset": "botobot"}})
	other := strings.Repeat("x", 43)
	for name, test := range map[string]struct {
		method, path, kind string
		known, unknown     int // the company that there is, and one that there is not
	}{
		"a wrong token":            {"POST", "/" + other, form, 415, 415},
		"no token":                 {"POST", "", form, 415, 415},
		"a wrong token as a query": {"POST", "?token=" + other, form, 415, 415},
		"JSON, a wrong token":      {"POST", "/" + other, "application/json", 401, 401},
		"GET, a wrong token":       {"GET", "/" + other + "?" + botobotOrder("1"), "", 405, 405},
		"GET, a wrong query token": {"GET", "?token=" + other + "&" + botobotOrder("1"), "", 405, 405},
		"GET without a query":      {"GET", "/" + token, "", 405, 405},
		"GET, the token alone":     {"GET", "?token=" + token, "", 405, 405},
		"HEAD":                     {"HEAD", "/" + token + "?" + botobotOrder("1"), "", 405, 405},
	} {
		for company, want := range map[string]int{"2": test.known, "3": test.unknown} {
			var lines []string
			if test.kind != "" {
				lines = append(lines, "Content-Type: "+test.kind)
			}
			body := ""
			if test.method == "POST" {
				body = botobotOrder("1")
			}
			res := request(t, w.server.Public(), test.method, "/webhooks/ineedchat/"+company+test.path, body, lines...)
			if res.Code != want {
				t.Errorf("%s to %s: %d %s", name, company, res.Code, res.Body)
			}
		}
	}
	if _, list := w.api("GET", "/companies/2/orders", ""); len(list["items"].([]any)) != 0 {
		t.Fatal("an order was made")
	}
	if u := w.bridge.Office.Unbelieved("2"); u.Signed.Count == 0 {
		t.Errorf("nobody is told of the wrong tokens: %+v", u)
	}
	res := request(t, w.server.Public(), "GET", "/webhooks/ineedchat/2?token="+token+"&"+botobotOrder("1"), "")
	if res.Code != http.StatusAccepted {
		t.Errorf("a query with the token: %d %s", res.Code, res.Body)
	}
	res = request(t, w.server.Public(), "GET", "/webhooks/ineedchat/2/"+token+"?"+botobotOrder("4"), "")
	if res.Code != http.StatusAccepted {
		t.Errorf("a query behind the token: %d %s", res.Code, res.Body)
	}
	w.rewired(nil)
	if res := w.post("/"+token, form, botobotOrder("2")); res.Code != http.StatusUnsupportedMediaType {
		t.Errorf("the contract: %d %s", res.Code, res.Body)
	}
	if res := request(t, w.server.Public(), "GET", "/webhooks/ineedchat/2/"+token+"?id=1", ""); res.Code != 405 {
		t.Errorf("the contract, a query: %d %s", res.Code, res.Body)
	}
}

// TestHMACWebhooks: a chat that signs in its own way is believed by that and nothing else.
func TestHMACWebhooks(t *testing.T) {
	w := newWorld(t)
	const phrase = "секрет-8"
	w.wired(map[string]any{"auth": "hmac", "secrets": []string{phrase},
		"hmac": map[string]any{"header": "Taplink-Signature", "algorithm": "sha1", "encoding": "hex"},
		"wire": map[string]any{"preset": "taplink", "fields": map[string]string{"items": ".offers",
			"items.sku": ".sku", "items.price": ".price", "items.quantity": ".n"}}})
	body := func(id string) string {
		return `{"order_id": ` + id + `, "order_status_id": 1, "budget": "990", "name": "Анна",
			"offers": [{"sku": "FB-S", "price": 990, "n": 1}]}`
	}
	sign := func(body string) string {
		m := hmac.New(sha1.New, []byte(phrase))
		m.Write([]byte(body))
		return "taplink-signature: " + hex.EncodeToString(m.Sum(nil))
	}
	if res := w.post("", "application/json", body("1"), sign(body("1"))); res.Code != http.StatusAccepted {
		t.Errorf("signed: %d %s", res.Code, res.Body)
	}
	if res := w.post("", form, body("2"), sign(body("2"))); res.Code != http.StatusAccepted {
		t.Errorf("of another type: %d %s", res.Code, res.Body)
	}
	for name, headers := range map[string][]string{
		"of another body": {sign(body("1"))}, "not signed": nil,
		"as a token": {"Authorization: Bearer " + phrase},
	} {
		if res := w.post("", "application/json", body("3"), headers...); res.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, res.Code, res.Body)
		}
	}
	if res := w.post("?token="+url.QueryEscape(phrase), "application/json", body("3")); res.Code != 401 {
		t.Errorf("the phrase in the query: %d", res.Code)
	}
	large := `{"order_id": 4, "pad": "` + strings.Repeat("x", 300<<10) + `"}`
	if res := w.post("", "application/json", large, sign(large)); res.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", res.Code)
	}
	if _, list := w.api("GET", "/companies/2/refusals", ""); len(list["items"].([]any)) != 1 {
		t.Errorf("what was too large and signed is not kept: %v", list)
	}
	for _, bad := range []map[string]any{
		{"auth": "hmac", "secrets": []string{"short"},
			"hmac": map[string]any{"header": "X", "algorithm": "sha1", "encoding": "hex"}},
		{"auth": "hmac", "secrets": []string{phrase},
			"hmac": map[string]any{"header": "Authorization", "algorithm": "sha1", "encoding": "hex"}},
		{"auth": "hmac", "secrets": []string{phrase}},
		{"auth": "hmac", "secrets": []string{phrase},
			"hmac": map[string]any{"header": "X", "algorithm": "md5", "encoding": "hex"}},
	} {
		var in map[string]any
		_ = json.Unmarshal([]byte(settings("path", "https://shop-1.myinsales.ru", false)), &in)
		in["chat"] = bad
		text, _ := json.Marshal(in)
		if code, out := w.api("PUT", "/companies/2", string(text)); code != 422 || at(out, "errors.0.message") == nil {
			t.Errorf("%v: %d %v", bad, code, out)
		}
	}
}

// TestOwnAnswer: who insists on an answer gets it, whatever became of what it sent, and an
// error stays an error.
func TestOwnAnswer(t *testing.T) {
	w := newWorld(t)
	token := w.wired(map[string]any{"wire": map[string]any{"preset": "tilda",
		"answer": map[string]any{"status": 200, "body": "ok"}}})
	for name, body := range map[string]string{"a test": "test=test",
		"unread": "payment[orderid]=1&payment[amount]=сто"} {
		res := w.post("/"+token, form, body)
		if res.Code != 200 || res.Body.String() != "ok" ||
			!strings.HasPrefix(res.Header().Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %d %q", name, res.Code, res.Body)
		}
	}
	if n, _ := w.unread(); n != 1 {
		t.Errorf("%d unread", n)
	}
	if res := w.post("/"+strings.Repeat("x", 43), "application/json", "{}"); res.Code != 401 {
		t.Errorf("a stranger: %d %s", res.Code, res.Body)
	}
	w.rewired(map[string]any{"preset": "tilda", "answer": map[string]any{"status": 201, "body": `{"ok": true}`}})
	if res := w.post("/"+token, form, "test=test"); res.Code != 201 ||
		res.Header().Get("Content-Type") != "application/json" {
		t.Errorf("JSON: %d %v", res.Code, res.Header())
	}
}

// TestSeveralAtOnce: what one delivery says is taken whole or not at all.
func TestSeveralAtOnce(t *testing.T) {
	w := newWorld(t)
	program := `.[] | {type: "order.created", data: {id, customer: {name: "Анна"},
		items: [{sku: "A", quantity: "1", price}]}}, if .paid then {type: "order.paid", data: {id}} else empty end`
	token := w.wired(map[string]any{"wire": map[string]any{"receive": program}})
	const body = `[{"id": "1", "price": "10.00"}, {"id": "2", "price": "20.00", "paid": true}, {"id": "3", "price": "%s"}]`
	if res := w.post("/"+token, "application/json", fmt.Sprintf(body, "much")); res.Code != http.StatusAccepted {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	_, list := w.api("GET", "/companies/2/orders", "")
	n, first := w.unread()
	if len(list["items"].([]any)) != 0 || n != 1 || at(first, "error.field") != "envelopes[3].data.items[0].price" {
		t.Fatalf("%v, %d unread: %v", list, n, first)
	}
	if res := w.post("/"+token, "application/json", fmt.Sprintf(body, "30.00")); res.Code != http.StatusAccepted ||
		!strings.Contains(res.Body.String(), `"order_id":"1"`) {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	_, list = w.api("GET", "/companies/2/orders", "")
	if len(list["items"].([]any)) != 3 {
		t.Errorf("%v", list)
	}
	if _, o := w.api("GET", "/companies/2/orders/2", ""); o["paid"] != true {
		t.Errorf("%v", o)
	}
	if code, _ := w.api("DELETE", "/companies/2/wire/unread/1", ""); code != http.StatusNoContent {
		t.Errorf("drop: %d", code)
	}
	if code, _ := w.api("DELETE", "/companies/2/wire/unread/1", ""); code != http.StatusNotFound {
		t.Errorf("dropped twice: %d", code)
	}
	if code, _ := w.api("DELETE", "/companies/2/wire/unread/x", ""); code != http.StatusNotFound {
		t.Errorf("no number: %d", code)
	}
}

// TestUnreadIsBounded: what nobody reads does not fill the disk; then the sender is asked
// to come again.
func TestUnreadIsBounded(t *testing.T) {
	w := newWorld(t, func(c *storage.Config) { c.UnreadBytes = 4 << 10 })
	token := w.wired(map[string]any{"wire": map[string]any{"preset": "learn"}})
	full := 0
	for i := range 30 {
		body := fmt.Sprintf("id=%d&pad=%x", i, strings.Repeat(fmt.Sprint("x", i), 500))
		switch res := w.post("/"+token, form, body); res.Code {
		case http.StatusAccepted:
			if full > 0 {
				t.Errorf("taken after %d were not", full)
			}
		case http.StatusServiceUnavailable:
			if full++; res.Header().Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		default:
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
	if full == 0 {
		t.Error("there is no bound")
	}
	w.rewired(map[string]any{"receive": "empty"})
	if out := w.replay(`{}`); out.Ignored != 30-full || out.StillUnread != 0 {
		t.Errorf("%+v", out)
	}
}

// TestHeadersForPrograms: what programs see of headers is bounded, and proves nothing.
func TestHeadersForPrograms(t *testing.T) {
	h := http.Header{"Authorization": {"Bearer x"}, "Cookie": {"a=b"}, "Proxy-Authorization": {"y"},
		"Webhook-Signature": {"v1,z"}, "X-Long": {strings.Repeat("я", 2000)}, "X-Bad": {"\xff"}, "X-Two": {"a", "b"}}
	got := headersOf(h)
	if len(got) != 3 || len(got["x-long"]) > longestHeader || strings.Contains(got["x-long"], "\uFFFD") ||
		got["x-bad"] != "\uFFFD" || got["x-two"] != "a, b" {
		t.Errorf("%d: %q %q", len(got), got["x-bad"], got["x-two"])
	}
	for i := range 500 {
		h.Set(fmt.Sprint("X-", i), strings.Repeat("x", 200))
	}
	all := 0
	for name, v := range headersOf(h) {
		all += len(name) + len(v)
	}
	if n := len(headersOf(h)); n > mostHeaders || all > allHeaders {
		t.Errorf("%d headers of %d bytes", n, all)
	}
}

// TestQueriesForPrograms: the token never reaches a program or the database.
func TestQueriesForPrograms(t *testing.T) {
	for raw, want := range map[string]string{"": "", "token=x": "", "a=1&token=x&b=2": "a=1&b=2", "a=1&&b": "a=1&b",
		"tokens=x": "tokens=x", "to%6ben=x&a=1": "a=1"} {
		r := httptest.NewRequest("GET", "/?"+raw, nil)
		if got := queryOf(r); got != want {
			t.Errorf("%q: %q", raw, got)
		}
	}
}

// TestUnproven: who connects a chat sees what came and proved nothing; its body only while
// they listen; and nobody's who is no company.
func TestUnproven(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	other := strings.Repeat("x", 43)
	send := func(n string) {
		w.post("/"+other, form, botobotOrder(n))
		w.post("", "application/json", fresh(n))
		w.post("", form, botobotOrder(n))
		request(t, w.server.Public(), "POST", "/webhooks/ineedchat/3", fresh(n), "Content-Type: application/json")
	}
	send("1")
	_, out := w.api("GET", "/companies/2/wire/unproven", "")
	list := out["items"].([]any)
	if len(list) != 2 || at(out, "items.1.body") != nil || at(out, "items.1.reason") != "media_type" ||
		at(out, "items.0.reason") != "no_signature" || out["listens_until"] != nil {
		t.Fatalf("%v", out)
	}
	if code, _ := w.api("POST", "/companies/2/wire/listen", `{"hours": 25}`); code != 422 {
		t.Errorf("too long: %d", code)
	}
	if _, until := w.api("POST", "/companies/2/wire/listen", `{"hours": 24}`); until["until"] == nil {
		t.Error("nobody listens")
	}
	send("2")
	_, out = w.api("GET", "/companies/2/wire/unproven", "")
	if at(out, "items.0.body") != botobotOrder("2") || at(out, "items.1.body") != fresh("2") ||
		at(out, "items.2.body") != botobotOrder("2") || at(out, "items.3.body") != nil ||
		strings.Contains(fmt.Sprint(out), other) {
		t.Errorf("%v", out)
	}
	for i := range 150 {
		send(fmt.Sprint("m", i))
	}
	_, out = w.api("GET", "/companies/2/wire/unproven", "")
	bodies := 0
	for _, item := range out["items"].([]any) {
		if at(item, "body") != nil {
			bodies++
		}
	}
	if n := len(out["items"].([]any)); n != 100 || bodies != 20 {
		t.Errorf("%d kept, %d with bodies", n, bodies)
	}
	w.api("DELETE", "/companies/2/wire/unproven", "")
	if _, out := w.api("GET", "/companies/2/wire/unproven", ""); len(out["items"].([]any)) != 0 ||
		out["listens_until"] != nil {
		t.Errorf("forgotten: %v", out)
	}
}

// TestTooLargeOfAnyType: what is too large is said to be so, where any type is taken, and
// its beginning is kept as that of any other.
func TestTooLargeOfAnyType(t *testing.T) {
	w := newWorld(t)
	token := w.wired(map[string]any{"wire": map[string]any{"preset": "learn"}})
	body := "id=1&pad=" + strings.Repeat("x", 300<<10)
	for name, length := range map[string]int64{"announced": int64(len(body)), "in chunks": -1} {
		r := httptest.NewRequest("POST", "/webhooks/ineedchat/2/"+token, strings.NewReader(body))
		r.Header.Set("Content-Type", form)
		r.ContentLength = length
		res := httptest.NewRecorder()
		if w.server.Public().ServeHTTP(res, r); res.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d %s", name, res.Code, res.Body)
		}
	}
	_, list := w.api("GET", "/companies/2/refusals", "")
	if len(list["items"].([]any)) != 2 || at(list, "items.0.reason") != "too_large" ||
		at(list, "items.1.reason") != "too_large" {
		t.Errorf("%v", list["items"])
	}
	if n, _ := w.unread(); n != 0 {
		t.Errorf("%d unread", n)
	}
}

// TestProgramsAreMadeOnce: all deliveries of a company share the program of its wire, those
// that are read again, too; what is only tried is not kept.
func TestProgramsAreMadeOnce(t *testing.T) {
	w := newWorld(t)
	token := w.wired(map[string]any{"wire": map[string]any{"preset": "learn"}})
	for i := range 5 {
		w.post("/"+token, form, botobotOrder(fmt.Sprint(i)))
	}
	w.rewired(map[string]any{"preset": "botobot", "fields": map[string]string{"comment": ".note"}})
	before := len(w.server.programs.made)
	for range 3 {
		w.api("POST", "/companies/2/wire/try", `{"unread": 1}`)
		w.api("POST", "/companies/2/wire/try", `{"unread": 1, "preset": "tilda"}`)
	}
	w.replay(`{"dry_run": true}`)
	if out := w.replay(`{}`); out.Orders != 5 {
		t.Fatalf("%+v", out)
	}
	w.post("/"+token, form, botobotOrder("9"))
	if n := len(w.server.programs.made) - before; n != 1 {
		t.Errorf("%d programs were made", n)
	}
}

// TestUnreadGoesWithItsCompany: a company that is made anew under an old id finds nothing of
// what was unread of the one before.
func TestUnreadGoesWithItsCompany(t *testing.T) {
	w := newWorld(t)
	token := w.wired(map[string]any{"wire": map[string]any{"preset": "learn"}})
	w.post("/"+token, form, botobotOrder("1"))
	if code, out := w.api("DELETE", "/companies/2", ""); code != http.StatusNoContent {
		t.Fatalf("%d %v", code, out)
	}
	if res := w.post("/"+token, "application/json", "{}"); res.Code != http.StatusUnauthorized {
		t.Errorf("deleted: %d", res.Code)
	}
	w.wired(map[string]any{"wire": map[string]any{"preset": "learn"}})
	if n, first := w.unread(); n != 0 {
		t.Errorf("%d unread: %v", n, first)
	}
}
