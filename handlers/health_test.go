package handlers

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestReady(t *testing.T) {
	w := newWorld(t)
	res := request(t, w.server.Public(), "GET", "/readyz", "")
	if res.Code != 503 || !strings.Contains(res.Body.String(), "not_ready") ||
		!strings.Contains(res.Body.String(), "do not run") {
		t.Errorf("before the workers run: %d %s", res.Code, res.Body)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.bridge.Run(ctx) }()
	for deadline := time.Now().Add(5 * time.Second); ; {
		if request(t, w.server.Local(), "GET", "/readyz", "").Code == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Error("never ready")
			break
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
