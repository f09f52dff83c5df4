package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
)

func TestTidyPath(t *testing.T) {
	tests := []struct{ path, want string }{
		{"/webhooks/ineedchat/2", ""},
		{"/webhooks/ineedchat/2/", "/webhooks/ineedchat/2"},
		{"/webhooks/ineedchat/2///", "/webhooks/ineedchat/2"},
		{"/webhooks/ineedchat//2", "/webhooks/ineedchat/2"},
		{"//webhooks//ineedchat/2", "/webhooks/ineedchat/2"},
		{"/webhooks/ineedchat/2%20", "/webhooks/ineedchat/2"},
		{"/webhooks/ineedchat/2/%0D%0A", "/webhooks/ineedchat/2"},
		{"/webhooks/ineedchat/2/TOKEN", ""},
		{"/webhooks/ineedchat/2/TOKEN/", "/webhooks/ineedchat/2/TOKEN"},
		{"/webhooks/ineedchat/2/a%2Fb", ""},
		{"/webhooks/ineedchat/2/a%2Fb/", "/webhooks/ineedchat/2/a%2Fb"},
		{"/webhooks/ineedchat/2/a/b/c", "/webhooks/ineedchat/2/a%2Fb%2Fc"},
		{"/webhooks/insales/2/TOKEN/", "/webhooks/insales/2/TOKEN"},
		{"/webhooks/", "/webhooks/"}, // it is nothing either way
		{"/companies/2/", ""},
		{"//companies/2", ""},
		{"/api/v1/companies//2", ""},
		{"/", ""},
	}
	for _, test := range tests {
		if got := tidyPath(test.path); got != test.want && !(test.path == "/webhooks/" && got == "") {
			t.Errorf("%s: %q, want %q", test.path, got, test.want)
		}
	}
}

// TestTypedAddresses: a webhook gets where it was meant to go although its address
// was typed not quite right, in every mode and for the shop's, too.
func TestTypedAddresses(t *testing.T) {
	for auth, paths := range map[string][]string{
		"signature": {"2/", "2//", "/2", "2%20", "2/?from=chat"},
		"bearer":    {"2/", "2//"},
		"path":      {"2/TOKEN/", "2//TOKEN", "2/TOKEN//", "2/TOKEN%20"},
	} {
		w := newWorld(t)
		secret := w.company(auth)
		for i, path := range paths {
			path = "/webhooks/ineedchat/" + strings.Replace(path, "TOKEN", url.PathEscape(secret), 1)
			body := fresh("order-" + strconv.Itoa(i))
			headers := []string{"Authorization: Bearer " + secret}
			if auth == "signature" {
				headers = signedLines(t, secret, body)
			}
			if res := request(t, w.server.Public(), "POST", path, body, headers...); res.Code != http.StatusAccepted {
				t.Errorf("%s %s: %d %s", auth, path, res.Code, res.Body)
			}
		}
	}

	// A token with a slash in it, pasted as it is.
	w := newWorld(t)
	code, body := w.api("PUT", "/companies/2", strings.Replace(settings("path", "https://shop-1.myinsales.ru", false),
		`"auth":"path"`,
		`"auth":"path","secrets":["a/token/with/slashes/of-32-characters-and-more"]`, 1))
	if code != http.StatusCreated {
		t.Fatal(code, body)
	}
	for _, path := range []string{"a/token/with/slashes/of-32-characters-and-more",
		"a%2Ftoken%2Fwith%2Fslashes%2Fof-32-characters-and-more/"} {
		if res := request(t, w.server.Public(), "POST", "/webhooks/ineedchat/2/"+path,
			fresh(strconv.Itoa(len(path)))); res.Code != http.StatusAccepted {
			t.Errorf("%s: %d", path, res.Code)
		}
	}
	// What has more behind it than a token is not nowhere: it is counted.
	request(t, w.server.Public(), "POST", "/webhooks/ineedchat/2/orders/created", fresh("x"))
	if u := w.bridge.Office.Unbelieved("2"); u.Unsigned.Count != 1 ||
		u.Unsigned.Reason != string(ineedchat.RefusalWrongToken) {
		t.Errorf("%+v", u)
	}

	// The shop's way back.
	before := w.metric(`ineed_insales_webhooks_total{result="unknown",source="insales"}`)
	res := request(t, w.server.Public(), "POST", "/webhooks/insales/2/"+w.desk().HookTokens()[0]+"/",
		`{"order":{"id":7}}`)
	if after := w.metric(
		`ineed_insales_webhooks_total{result="unknown",source="insales"}`); res.Code != http.StatusOK ||
		before != "0" || after != "1" {
		t.Errorf("%d, counted %s, then %s", res.Code, before, after)
	}
}

func signedLines(t *testing.T, secret, body string) (lines []string) {
	t.Helper()
	signed, err := ineedchat.Sign(secret, "msg_1", time.Now(), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range signed {
		lines = append(lines, name+": "+values[0])
	}
	return lines
}

// TestWebhookAddressOpened: who opens the address of a webhook is told what it is
// for, in words; whatever stands behind it.
func TestWebhookAddressOpened(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	const orders, changes = "Сюда чат присылает заказы методом POST",
		"Сюда магазин InSales сообщает об изменениях методом POST"
	for path, want := range map[string]string{"/webhooks/ineedchat/2": orders, "/webhooks/ineedchat/2/": orders,
		"/webhooks/ineedchat/nobody":  orders,
		"/webhooks/ineedchat/2/token": orders, "/webhooks/insales/2/token": changes} {
		res := request(t, w.server.Public(), "GET", path, "", "Accept: text/html,application/xhtml+xml")
		if res.Code != http.StatusMethodNotAllowed || !strings.Contains(res.Body.String(), want) ||
			!strings.Contains(res.Header().Get("Content-Type"), "text/html") {
			t.Errorf("a browser at %s: %d %.300s", path, res.Code, res.Body)
		}
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			res := request(t, w.server.Public(), method, path, "")
			if res.Code != http.StatusMethodNotAllowed ||
				!strings.Contains(strings.ToLower(res.Body.String()), strings.ToLower("методом POST")) ||
				!strings.Contains(res.Header().Get("Allow"), "POST") {
				t.Errorf("%s %s: %d %v %s", method, path, res.Code, res.Header(), res.Body)
			}
		}
	}
	if res := request(t, w.server.Public(), "POST", "/healthz", ""); res.Code != http.StatusMethodNotAllowed ||
		strings.Contains(res.Body.String(), "методом POST") {
		t.Errorf("another address: %s", res.Body)
	}
	if u := w.bridge.Office.Unbelieved("2"); u != (order.Unbelieved{}) {
		t.Errorf("looking is counted: %+v", u)
	}
}
