package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
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
	if items, _ := list["items"].([]any); code != 200 || len(items) != 3 {
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
		if code != 422 || !strings.Contains(string(text), fmt.Sprintf(`"field":%q`, field)) || !strings.Contains(string(text), fmt.Sprintf(`"rule":%q`, rule)) {
			t.Errorf("%s: %d %s, want %s", body, code, text, want)
		}
	}
	code, m := w.api("PUT", "/notifications/webhook", fmt.Sprintf(`{"enabled":true,"address":%q,"secret":"the-webhook-token"}`, people.URL))
	if code != 200 || m["kind"] != "webhook" || m["enabled"] != true || m["secret"] != "•••" || m["language"] != "ru" || m["sent_at"] != nil {
		t.Fatal(code, m)
	}
	if code, m := w.api("POST", "/notifications/webhook/test", ""); code != 200 || got != 1 || m["sent_at"] == nil || m["problem"] != nil {
		t.Error(code, m, got)
	}
	// What it gives can be given back, with a change.
	_, m = w.api("GET", "/notifications/webhook", "")
	m["language"] = "en"
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if code, m := w.api("PUT", "/notifications/webhook", string(text)); code != 200 || m["language"] != "en" || m["secret"] != "•••" {
		t.Error(code, m)
	}
	m["address"], m["secret"] = "hooks.example.com/x", "of this one" // without a scheme it is the safe one
	if text, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	if code, m := w.api("PUT", "/notifications/webhook", string(text)); code != 200 || m["address"] != "https://hooks.example.com/x" {
		t.Error(code, m)
	}
	if code, m := w.api("PUT", "/notifications/webhook", fmt.Sprintf(`{"enabled":true,"address":%q,"secret":"the-webhook-token"}`, people.URL)); code != 200 {
		t.Fatal(code, m)
	}
	status = http.StatusTeapot
	if code, m := w.api("POST", "/notifications/webhook/test", ""); code != 409 || got != 2 || !strings.Contains(fmt.Sprint(m["detail"]), "418") {
		t.Error(code, m, got)
	}
	if _, m := w.api("GET", "/notifications/webhook", ""); m["failed_at"] == nil || !strings.Contains(fmt.Sprint(m["problem"]), "418") {
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
