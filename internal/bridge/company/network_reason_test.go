package company

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
	"testing"
	"time"

	"ineed-insales/internal/bridge/problem"
)

// get gives the error of a request over a transport of ours.
func get(t *testing.T, rt http.RoundTripper, url string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(req)
	if err == nil {
		resp.Body.Close()
		t.Fatalf("%s answered", url)
	}
	return err
}

// The reason is one of a few words; where the network failed stays in the log.
func TestJudgeNetworkReason(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	defer server.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	ours := NewTransport(Way{AllowPrivate: true}, time.Second)
	defer ours.CloseIdleConnections()
	address := &net.TCPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 443}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{get(t, ours, closed.URL), "refused"},
		{get(t, ours, server.URL), "tls"},
		{get(t, NewTransport(Way{}, time.Second), "http://127.0.0.1:1/"), "private address"},
		{get(t, ours, "http://169.254.169.254/"), "private address"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "shop.example", IsNotFound: true}},
			"dns"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", Name: "shop.example", IsTimeout: true}},
			"timeout"},
		{&net.OpError{Op: "remote error", Err: tls.AlertError(40)}, "tls"},
		{&net.OpError{Op: "dial", Addr: address, Err: os.ErrDeadlineExceeded}, "timeout"},
		{fmt.Errorf("wrapped: %w", context.DeadlineExceeded), "timeout"},
		{&net.OpError{Op: "read", Addr: address, Err: syscall.ECONNRESET}, "network"},
		{&net.OpError{Op: "dial", Addr: address, Err: syscall.EHOSTUNREACH}, "network"},
		{io.ErrUnexpectedEOF, "network"},
	} {
		if got := problem.NetworkReason(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}
