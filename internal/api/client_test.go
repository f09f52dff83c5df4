package api

import (
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serve answers each request to a socket with a status and a body, and gives the
// client of that socket.
func serve(t *testing.T, status int, body string) Client {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "$PATH", r.Method+" "+r.URL.Path))
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return Client{Socket: socket}
}

func TestClient(t *testing.T) {
	c := serve(t, http.StatusOK, `{"id":"$PATH"}`)
	var o Order
	if err := c.Call(t.Context(), http.MethodPut, "/orders/1", []byte("{}"), &o); err != nil ||
		o.ID != "PUT /api/v1/orders/1" {
		t.Errorf("Call: %v %q", err, o.ID)
	}
	if err := c.Call(t.Context(), http.MethodDelete, "/orders/1", nil, nil); err != nil {
		t.Errorf("Call without a place for the answer: %v", err)
	}
	if text, err := c.Text(t.Context(), "/readyz"); err != nil || string(text) != `{"id":"GET /readyz"}` {
		t.Errorf("Text: %v %s", err, text)
	}
}

// TestFailure: whatever is no 2xx is a Failure that a person can read.
func TestFailure(t *testing.T) {
	tests := []struct {
		status     int
		body, want string
	}{
		{404, `{"title":"Not Found","status":404,"detail":"There is no order 1.","code":"not_found"}`,
			"There is no order 1."},
		{401, `{"title":"Unauthorized","status":401,"code":"unauthorized"}`, "Unauthorized"},
		{502, `<html>`, "status 502"},
		{422, `{"detail":"Invalid.","errors":[{"field":"a","rule":"r"},{"field":"b","rule":"r","message":"Must be."}]}`,
			"Invalid.\n  a: r\n  b: Must be."},
	}
	for _, test := range tests {
		err := serve(t, test.status, test.body).Call(t.Context(), http.MethodGet, "/", nil, nil)
		f, is := errors.AsType[*Failure](err)
		if !is || f.Error() != test.want || f.Status != test.status {
			t.Errorf("%d %s: %v, want %q", test.status, test.body, err, test.want)
		}
	}
	err := serve(t, 422, `{"code":"invalid","company":{"id":"2","chat":{"token":"new"}}}`).
		Call(t.Context(), http.MethodPut, "/", nil, nil)
	if f, is := errors.AsType[*Failure](err); !is || f.Code != "invalid" || f.Company == nil ||
		f.Company.Chat.Token != "new" {
		t.Errorf("stored all the same: %+v", f)
	}
}

func TestNoServer(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	_, err := Client{Socket: socket}.Send(t.Context(), time.Minute, http.MethodGet, "/", nil)
	if err == nil || !strings.Contains(err.Error(), "no server answers on "+socket+": start `ineed-insales serve`") {
		t.Error(err)
	}
}
