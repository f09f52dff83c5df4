package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestNotifyAPI: what the page can, a script can.
func TestNotifyAPI(t *testing.T) {
	w := newWorld(t)
	status, got := http.StatusOK, 0
	people := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer the-webhook-token" {
			got++
		}
		rw.WriteHeader(status)
	}))
	t.Cleanup(people.Close)
	code, list := w.api("GET", "/notifications", "")
	if items, _ := list["items"].([]any); code != 200 || len(items) != 4 {
		t.Fatal(code, list)
	}
	for body, want := range map[string]string{
		`{"enabled":true,"address":""}`:                                      "address required",
		`{"enabled":true,"address":"https://e.org/","language":"fr"}`:        "language one_of",
		`{"kind":"email","address":"https://e.org/"}`:                        "kind mismatch",
		`{"enabled":true,"address":"https://e.org/","colour":"red"}`:         "colour unknown_field",
		fmt.Sprintf(`{"enabled":true,"address":%q,"secret":7}`, people.URL):  "secret type",
		fmt.Sprintf(`{"enabled":"yes","address":%q}`, people.URL):            "enabled type",
		fmt.Sprintf(`{"enabled":true,"address":"ftp%s"}`, people.URL[4:]):    "address url",
		fmt.Sprintf(`{"enabled":true,"address":"%s","to":"","user":1}`, "x"): "user type",
	} {
		code, m := w.api("PUT", "/notifications/webhook", body)
		text, _ := json.Marshal(m["errors"])
		field, rule, _ := strings.Cut(want, " ")
		if code != 422 || !strings.Contains(string(text), fmt.Sprintf(`"field":%q`, field)) ||
			!strings.Contains(string(text), fmt.Sprintf(`"rule":%q`, rule)) {
			t.Errorf("%s: %d %s, want %s", body, code, text, want)
		}
	}
	code, m := w.api("PUT", "/notifications/webhook",
		fmt.Sprintf(`{"enabled":true,"address":%q,"secret":"the-webhook-token"}`, people.URL))
	if code != 200 || m["kind"] != "webhook" || m["enabled"] != true || m["secret"] != "•••" || m["language"] != "ru" ||
		m["sent_at"] != nil {
		t.Fatal(code, m)
	}
	if code, m := w.api("POST", "/notifications/webhook/test", ""); code != 200 || got != 1 || m["sent_at"] == nil ||
		m["problem"] != nil {
		t.Error(code, m, got)
	}
	// What it gives can be given back, with a change.
	_, m = w.api("GET", "/notifications/webhook", "")
	m["language"], m["weekly"] = "en", true
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if code, m := w.api("PUT", "/notifications/webhook", string(text)); code != 200 || m["language"] != "en" ||
		m["weekly"] != true || m["secret"] != "•••" {
		t.Error(code, m)
	}
	m["address"], m["secret"] = "hooks.example.com/x", "of this one" // without a scheme it is the safe one
	if text, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	if code, m := w.api("PUT", "/notifications/webhook", string(text)); code != 200 ||
		m["address"] != "https://hooks.example.com/•••" {
		t.Error(code, m)
	}
	if code, m := w.api("PUT", "/notifications/webhook",
		fmt.Sprintf(`{"enabled":true,"address":%q,"secret":"the-webhook-token"}`, people.URL)); code != 200 {
		t.Fatal(code, m)
	}
	status = http.StatusTeapot
	if code, m := w.api("POST", "/notifications/webhook/test", ""); code != 409 || got != 2 ||
		!strings.Contains(fmt.Sprint(m["detail"]), "418") {
		t.Error(code, m, got)
	}
	if _, m := w.api("GET", "/notifications/webhook", ""); m["failed_at"] == nil ||
		!strings.Contains(fmt.Sprint(m["problem"]), "418") {
		t.Error(m)
	}
	for _, path := range []string{"/notifications/pigeon", "/notifications/email/nothing"} {
		if code, _ := w.api("GET", path, ""); code != 404 {
			t.Error(path, code)
		}
	}
	for _, kind := range []string{"pigeon", "telegram"} { // not there, never set
		if code, _ := w.api("POST", "/notifications/"+kind+"/test", ""); code != 404 {
			t.Error(kind, code)
		}
	}
}

// TestWebhookURLIsASecret: whoever has it may post, so where it leads is all that
// anybody is shown, whatever the other side says, and what is shown may be given
// back.
func TestWebhookURLIsASecret(t *testing.T) {
	p := newAdmin(t)
	var paths []string
	people := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.RequestURI())
		rw.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(rw, "Cannot POST %s", r.URL.RequestURI()) // as Express says
	}))
	t.Cleanup(people.Close)
	const secret = "/services/T00000000/B00000000/s3cr3tpath?key=s3cr3tkey"
	code, m := p.api("PUT", "/notifications/webhook", fmt.Sprintf(`{"enabled":true,"address":%q}`, people.URL+secret))
	if code != 200 || m["address"] != people.URL+"/•••" {
		t.Fatal(code, m)
	}
	code, m = p.api("POST", "/notifications/webhook/test", "")
	if text := fmt.Sprint(m); code != 409 || strings.Contains(text, "s3cr3t") || strings.Contains(text, "T00000000") {
		t.Error(code, m)
	}
	_, m = p.api("GET", "/notifications/webhook", "")
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if code, m := p.api("PUT", "/notifications/webhook", string(text)); code != 200 {
		t.Error(code, m)
	}
	if code, _ := p.api("POST", "/notifications/webhook/test", ""); code != 409 || len(paths) != 2 ||
		paths[0] != secret || paths[1] != secret {
		t.Error(code, paths)
	}
	if code, m := p.api("PUT", "/notifications/webhook",
		fmt.Sprintf(`{"enabled":true,"address":%q}`, people.URL+"/services/another-s3cr3t")); code != 200 {
		t.Error(code, m)
	}
	shown := p.get("/notify") + p.get("/journal")
	has(t, shown, "notify/webhook", "изменён")
	for _, part := range []string{"s3cr3t", "T00000000"} {
		if strings.Contains(shown, part) {
			t.Errorf("a page has %q", part)
		}
	}
	// Typed into a form that could not be saved it is not lost, and not in the page.
	res := p.post("/notify/webhook",
		url.Values{"do": {"save"}, "webhook_address": {"https://u:p@hooks.example.com/typed-s3cr3t"}})
	if res.Code != 422 || strings.Contains(res.Body.String(), "typed-s3cr3t") ||
		!strings.Contains(res.Body.String(), "draft_address") {
		t.Error(res.Code, res.Body)
	}
}
