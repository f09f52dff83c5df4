package visit

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestClientAddress(t *testing.T) {
	tests := []struct{ remote, forwarded, want string }{
		{"192.0.2.9:1", "", "192.0.2.9"},
		{"192.0.2.9:1", "203.0.113.5", "192.0.2.9"}, // not a proxy of ours
		{"10.0.0.1:1", "203.0.113.5", "203.0.113.5"},
		{"10.0.0.1:1", "198.51.100.1, 203.0.113.5", "203.0.113.5"}, // what it said itself is not believed
		{"10.0.0.1:1", "203.0.113.5, 10.0.0.2", "203.0.113.5"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"[::ffff:10.0.0.1]:1", "2001:db8::1", "2001:db8::1"},
		{"@", "203.0.113.5", ""},

		// As proxies write them.
		{"10.0.0.1:1", "203.0.113.1:50000", "203.0.113.1"},
		{"10.0.0.1:1", "[2001:db8::7]:51234", "2001:db8::7"},
		{"10.0.0.1:1", "[2001:db8::7]", "2001:db8::7"},
		{"10.0.0.1:1", "2001:DB8:0::7", "2001:db8::7"},
		{"10.0.0.1:1", "fe80::7%eth0", "fe80::7"},
		{"10.0.0.1:1", "[fe80::7%eth0]:1", "fe80::7"},
		{"10.0.0.1:1", "::ffff:203.0.113.1", "203.0.113.1"},
		{"10.0.0.1:1", "[::ffff:203.0.113.1]:99", "203.0.113.1"},
		{"10.0.0.1:1", "\"[2001:db8::7]:1\"", "2001:db8::7"},
		{"10.0.0.1:1", "\t203.0.113.1 ,", "203.0.113.1"},
		{"10.0.0.1:1", " , 203.0.113.1,, ", "203.0.113.1"},

		// Several in a row, walked from the right; what cannot be read is the end.
		{"10.0.0.1:1", "203.0.113.1:50000, 10.0.0.2:443", "203.0.113.1"},
		{"10.0.0.1:1", "198.51.100.1, 203.0.113.1, [::ffff:10.0.0.3]:1, 10.0.0.2", "203.0.113.1"},
		{"10.0.0.1:1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
		{"10.0.0.1:1", "203.0.113.1, unknown", "10.0.0.1"},
		{"10.0.0.1:1", "203.0.113.1, unknown, 10.0.0.2", "10.0.0.2"},
		{"10.0.0.1:1", "unknown, 203.0.113.1", "203.0.113.1"},
		{"10.0.0.1:1", "_hidden", "10.0.0.1"},
		{"10.0.0.1:1", "203.0.113.1:50000:1", "10.0.0.1"},
		{"10.0.0.1:1", "203.0.113.256", "10.0.0.1"},
		{"10.0.0.1:1", "panel.example:443", "10.0.0.1"},
		{"10.0.0.1:1", "[]:443", "10.0.0.1"},
		{"10.0.0.1:1", ",,", "10.0.0.1"},
		{"203.0.113.9:1", "10.0.0.2, 10.0.0.3", "203.0.113.9"},
	}
	s := NewSite(nil, "", []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	for _, test := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.remote
		if test.forwarded != "" {
			r.Header["X-Forwarded-For"] = strings.SplitAfterN(test.forwarded, ",", 2) // two lines are one list
		}
		if got := s.client(r); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.remote, test.forwarded, got, test.want)
		}
	}
}

// TestForwardedScheme: one https at the browser's end makes the cookie a secure
// one, however the proxies write it; only those that are named are believed.
func TestForwardedScheme(t *testing.T) {
	tests := []struct {
		public, host string
		lines        []string
		want         bool
	}{
		{"", "x.example", []string{"https"}, true},
		{"", "x.example", []string{"https,http"}, true},
		{"", "x.example", []string{"https, http, http"}, true},
		{"", "x.example", []string{"HTTPS"}, true},
		{"", "x.example", []string{" Https "}, true},
		{"", "x.example", []string{"\"https\""}, true},
		{"", "x.example", []string{"https", "http"}, true},
		{"", "x.example", []string{"", " ,https"}, true},
		{"", "x.example", []string{"?,https"}, true},
		{"", "x.example", []string{"http,https"}, false},
		{"", "x.example", []string{"http", "https"}, false},
		{"", "x.example", []string{"http"}, false},
		{"", "x.example", []string{"httpss"}, false},
		{"", "x.example", []string{""}, false},
		{"", "x.example", nil, false},
		{"https://x.example", "x.example", nil, true},
		{"https://x.example", "x.example", []string{"http"}, true},
		{"https://x.example", "localhost:8080", nil, false},
		{"https://x.example", "localhost:8080", []string{"https,http"}, true},
		{"http://x.example", "x.example", nil, false},
		{"http://x.example", "x.example", []string{"https,http"}, true},
	}
	for _, test := range tests {
		for _, proxy := range []string{"192.0.2.0/24", "198.51.100.0/24", "::ffff:192.0.2.0/120"} {
			s := NewSite(nil, test.public, []netip.Prefix{netip.MustParsePrefix(proxy)})
			r := httptest.NewRequest("GET", "/", nil) // from 192.0.2.1
			r.Host = test.host
			r.Header["X-Forwarded-Proto"] = test.lines
			want := test.want
			if proxy == "198.51.100.0/24" {
				want = strings.HasPrefix(test.public, "https") && test.host == "x.example"
			}
			if got := s.Secure(r); got != want {
				t.Errorf("%s at %s, behind %s, says %q: %v, want %v", test.public, test.host, proxy, test.lines, got,
					want)
			}
		}
	}
}
