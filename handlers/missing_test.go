package handlers

import (
	"strings"
	"testing"
)

// TestMissing: who may ask hears what is not there, and a stranger nothing: not
// even which companies there are.
func TestMissing(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	for path, want := range map[string]string{
		"/companies/2/orders/A-1": "The company has no order A-1.",
		"/companies/9/orders/A-1": "There is no company 9.",
		"/companies/9":            "There is no company 9.",
		"/notifications/pigeon":   "There is no such thing here.",
	} {
		if code, m := w.api("GET", path, ""); code != 404 || m["detail"] != want {
			t.Errorf("%s: %d %v", path, code, m)
		}
	}
	for _, path := range []string{"/webhooks/insales/#/" + strings.Repeat("t", 43), "/api/v1/companies/#/nothing",
		"/webhooks/ineedchat/#/a/b", "/api/v1/companies/#"} {
		ours := request(t, w.server.Public(), "POST", strings.Replace(path, "#", "2", 1), "{}")
		none := request(t, w.server.Public(), "POST", strings.Replace(path, "#", "9", 1), "{}")
		if ours.Code != none.Code || ours.Body.String() != none.Body.String() {
			t.Errorf("%s: %d %s, and %d %s without the company", path, ours.Code, ours.Body, none.Code, none.Body)
		}
	}
}
