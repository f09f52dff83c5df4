package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"ineed-insales/handlers/panel"
	"ineed-insales/internal/bridge"
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

// TestEchoOfOurOwn: asked by our own public URL, we answer what we alone know.
func TestEchoOfOurOwn(t *testing.T) {
	w := newWorld(t)
	var echoes atomic.Int32
	public := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/webhooks/echo/") {
			echoes.Add(1)
		}
		answer := request(t, w.server.Public(), r.Method, r.URL.Path, "")
		res.WriteHeader(answer.Code)
		_, _ = answer.Body.WriteTo(res)
	}))
	t.Cleanup(public.Close)
	b, err := bridge.New(t.Context(), bridge.Config{Store: w.store, PublicURL: public.URL, AllowPrivateNetworks: true,
		Message: panel.Messages("")})
	if err != nil {
		t.Fatal(err)
	}
	w.server = New(Config{Bridge: b})
	res := request(t, w.server.Local(), "POST", "/api/v1/doctor", "")
	if res.Code != 200 || !strings.Contains(res.Body.String(), `"result":"ok","title":"Our public URL`) || echoes.Load() == 0 {
		t.Errorf("%d, %d echoes: %s", res.Code, echoes.Load(), res.Body)
	}
}
