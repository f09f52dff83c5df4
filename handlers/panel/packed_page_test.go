package panel

import (
	"net/http/httptest"
	"strings"
	"testing"

	"ineed-insales/handlers/visit"
)

// TestPacks: over https a browser that does not say whose wish a page is gets it as it is.
func TestPacks(t *testing.T) {
	for _, test := range []struct {
		public, from string
		want         bool
	}{
		{"https://panel.example", "", false},
		{"https://panel.example", "same-origin", true},
		{"https://panel.example", "none", true},
		{"https://panel.example", "cross-site", false},
		{"https://panel.example", "same-site", false},
		{"https://panel.example", "anything", false},
		{"http://panel.example", "", true},
		{"http://panel.example", "cross-site", false},
		{"https://panel.example", "same-origin, of a foreign page", false},
		{"http://panel.example", "same-origin, of a foreign page", false},
	} {
		s := &Server{site: visit.NewSite(nil, test.public, nil)}
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = "panel.example"
		r.Header.Set("Accept-Encoding", "gzip")
		from, again := strings.CutSuffix(test.from, ", of a foreign page")
		if from != "" {
			r.Header.Set("Sec-Fetch-Site", from)
		}
		if again {
			r.Header.Set("X-Foreign", "1")
		}
		if got := s.packs(r); got != test.want {
			t.Errorf("%s from %q: %v", test.public, test.from, got)
		}
	}
}
