package handlers

import (
	"strings"
	"testing"
)

// TestExamine: who may open the socket is told what was found, and nobody else; an echo is
// for us alone.
func TestExamine(t *testing.T) {
	w := newWorld(t)
	res := request(t, w.server.Local(), "POST", "/api/v1/doctor", "")
	for _, part := range []string{`"name":"ready"`, `"name":"machine","result":"ok"`, `"name":"clock"`,
		`"name":"public","result":"warning","reason":"unset"`, `CONNECTOR_PUBLIC_URL is not set`} {
		if res.Code != 200 || !strings.Contains(res.Body.String(), part) {
			t.Errorf("%d without %s: %s", res.Code, part, res.Body)
		}
	}
	if res := request(t, w.server.Public(), "POST", "/api/v1/doctor", ""); res.Code != 404 {
		t.Errorf("from the network: %d %s", res.Code, res.Body)
	}
	for _, asked := range []string{"x", "", "2"} {
		if res := request(t, w.server.Public(), "GET", "/webhooks/echo/"+asked, ""); res.Code != 404 {
			t.Errorf("an echo that nobody asked for: %d %s", res.Code, res.Body)
		}
	}
}
