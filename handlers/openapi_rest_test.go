package handlers

import (
	"net/http"
	"testing"
	"time"
)

// TestAnswersThatOnlyCommandsRead asks for what the command line asks for and no other test of this
// package does, so that these answers, too, are held against openapi.yaml.
func TestAnswersThatOnlyCommandsRead(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	for _, id := range []string{"1", "2"} {
		if res := w.send(secret, fresh(id)); res.Code != http.StatusAccepted {
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
	for _, test := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", "/companies/2/orders/1/preview", "", 200},
		{"POST", "/companies/2/orders/preview", fresh("3"), 200},
		{"POST", "/companies/2/orders/reread", `{"since":"` + time.Now().Add(-time.Hour).Format(time.RFC3339) + `"}`, 202},
		{"POST", "/companies/2/orders/retry", `{"problem":"payment_unmapped"}`, 200},
		{"POST", "/companies/2/secrets", `{"of":"insales"}`, 204},
		{"POST", "/companies/2/orders/1/cancel", "", 200},
		{"POST", "/companies/2/orders/1/erase", "", 200},
	} {
		if code, body := w.api(test.method, test.path, test.body); code != test.want {
			t.Errorf("%s %s: %d %v", test.method, test.path, code, body)
		}
	}
}
