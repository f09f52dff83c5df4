package insales

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestExchange: what the shop answers is kept as it came, be it an order or not,
// whole or not, within bounds and without the access key.
func TestExchange(t *testing.T) {
	long := strings.Repeat("я", maxKept)
	for name, test := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"an order":     {201, testOrder, testOrder},
		"a refusal":    {422, `{"errors":{"phone":["не годится"]}}`, `{"errors":{"phone":["не годится"]}}`},
		"a page":       {502, "<h1>502 Bad Gateway</h1>", "<h1>502 Bad Gateway</h1>"},
		"a page as OK": {200, "<p>" + strings.Repeat("вход ", 5000), "<p>" + strings.Repeat("вход ", 5000)},
		"torn":         {201, `{"id": 7, "upd`, `{"id": 7, "upd`},
		"nothing":      {204, "", ""},
		"long":         {422, long, long[:maxKept] + "…"},
		"an echo":      {500, "Authorization: Basic a2V5OnBhc3N3b3Jk, password", "Authorization: Basic •••, •••"},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(test.status)
				if test.status != http.StatusNoContent {
					io.WriteString(w, test.body)
				}
			})
			c.cfg.KeyID, c.cfg.Password = "key", "password"
			if _, got, _ := c.CreateOrder(t.Context(), permit(t, c), NewOrder{}); string(got.Answer) != test.want {
				t.Errorf("create: %d bytes, %.60q", len(got.Answer), got.Answer)
			}
			got, _, _ := c.SetPaid(t.Context(), permit(t, c), 7)
			if string(got.Answer) != test.want || string(got.Request) != `{"order":{"financial_status":"paid"}}` {
				t.Errorf("paid: %d bytes, %.60q", len(got.Answer), got.Answer)
			}
		})
	}
}
