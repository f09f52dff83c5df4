package handlers

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// TestLimitBehindProxies: visitors behind proxies each have their own limit of
// wrong passwords.
func TestLimitBehindProxies(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	w.newSite("https://panel.example", "192.0.2.0/24", "10.0.0.0/8")
	try := func(from, password string) int {
		return w.form("/signin", url.Values{"password": {password}}, "Host: panel.example",
			"X-Forwarded-Proto: https,http", "X-Forwarded-For: "+from).Code
	}
	for i := range 5 {
		if code := try("203.0.113.1:5000"+strconv.Itoa(i)+", 10.0.0.2", "wrong"); code != 403 {
			t.Fatalf("try %d: %d", i, code)
		}
	}
	if code := try("203.0.113.1:50009, 10.0.0.2", adminPassword); code != 429 {
		t.Errorf("another port of the same: %d, want 429", code)
	}
	for _, other := range []string{"203.0.113.2:50000, 10.0.0.2", "[2001:db8::7]:51234", "2001:db8:0:1::7"} {
		if code := try(other, adminPassword); code != 303 {
			t.Errorf("%s: %d, want 303", other, code)
		}
	}
}

// TestMetricsAreNobodysBusiness: on the public address they are for private
// networks and for the API token.
func TestMetricsAreNobodysBusiness(t *testing.T) {
	w := newWorld(t)
	w.newSite("https://panel.example", "10.0.0.0/24", "172.18.0.2/32")
	tests := []struct {
		remote  string
		headers []string
		want    int
	}{
		{"127.0.0.1:1", nil, 200},
		{"[::1]:1", nil, 200},
		{"192.168.1.5:1", nil, 200},
		{"172.18.0.9:1", nil, 200},
		{"[fd00::5]:1", nil, 200},
		{"[::ffff:192.168.1.5]:1", nil, 200},
		{"10.0.0.1:1", nil, 200}, // a proxy that asks for itself
		{"203.0.113.5:1", nil, 401},
		{"[2001:db8::5]:1", nil, 401},
		{"100.64.0.1:1", nil, 401}, // the network of a carrier
		{"@", nil, 401},
		{"203.0.113.5:1", []string{"Authorization: Bearer " + apiToken}, 200},
		{"203.0.113.5:1", []string{"Authorization: Bearer x"}, 401},
		{"127.0.0.1:1", []string{"Authorization: Bearer x"}, 200},

		// Behind a proxy the one counts who asked it.
		{"10.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.5"}, 401},
		{"10.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.5", "Authorization: Bearer " + apiToken}, 200},
		{"10.0.0.1:1", []string{"X-Forwarded-For: 192.168.1.5"}, 200},
		{"10.0.0.1:1", []string{"X-Forwarded-For: 192.168.1.5:1, 172.18.0.2"}, 200},
		{"10.0.0.1:1", []string{"X-Forwarded-For: 127.0.0.1, 203.0.113.5"}, 401},
		{"10.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.5, 192.168.1.5"}, 401}, // a proxy that nobody named
		{"10.0.0.1:1", []string{"X-Forwarded-For: unknown"}, 401},
		{"10.0.0.1:1", []string{"X-Forwarded-Proto: https"}, 401}, // for whom?
		{"10.0.0.1:1", []string{"Forwarded: for=203.0.113.5"}, 401},
		{"10.0.0.1:1", []string{"Via: 1.1 proxy"}, 401},

		// Nobody named it, but it is one.
		{"127.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.5"}, 401},
		{"127.0.0.1:1", []string{"X-Forwarded-For: 127.0.0.1"}, 401},
		{"172.18.0.9:1", []string{"X-Real-Ip: 203.0.113.5"}, 401},
	}
	for _, test := range tests {
		res := request(t, w.server.Public(), "GET", "/metrics", "",
			append([]string{"RemoteAddr: " + test.remote}, test.headers...)...)
		if res.Code != test.want || (test.want == 200) != strings.Contains(res.Body.String(), "ineed_insales_") {
			t.Errorf("%s %v: %d, want %d", test.remote, test.headers, res.Code, test.want)
		}
	}
	w.server.cfg.APIToken = ""
	if res := request(t, w.server.Public(), "GET", "/metrics", ""); res.Code != 401 ||
		!strings.Contains(res.Body.String(), "CONNECTOR_API_TOKEN") {
		t.Errorf("no token is set: %d %s", res.Code, res.Body)
	}
	if res := request(t, w.server.Local(), "GET", "/metrics", ""); res.Code != 200 {
		t.Errorf("the socket: %d", res.Code)
	}
}

// TestStrictTransport: an https site says so to whoever came over https.
func TestStrictTransport(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		public, host string
		want         bool
	}{
		{"", "panel.example", false}, {"http://panel.example", "panel.example", false},
		{"https://panel.example", "panel.example", true}, {"HTTPS://Panel.Example.:443", "panel.example", true},
		{"https://panel.example/ineed", "panel.example", true}, {"https://panel.example", "localhost:8080", false},
	} {
		w.newSite(test.public)
		for _, path := range []string{"/signin", "/healthz", "/api/v1/companies", "/nothing", "/ineed"} {
			got := w.page(path, "X: 1", "Host: "+test.host).Header().Get("Strict-Transport-Security")
			if (got == "max-age=31536000") != test.want || !test.want && got != "" {
				t.Errorf("%s%s of %q: %q", test.host, path, test.public, got)
			}
		}
	}
}

// TestOneFormOfTheHost: however the public address is written, the browser that
// follows it is at the right place.
func TestOneFormOfTheHost(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	const zakazy = "xn--80aatcn8h.xn--e1afmkfd.xn--p1ai"
	for _, test := range []struct{ public, host, origin string }{ // of the browser
		{"https://connector.example.com:443", "connector.example.com", "https://connector.example.com"},
		{"http://connector.example.com:80", "connector.example.com", "http://connector.example.com"},
		{"https://connector.example.com.", "connector.example.com.", "https://connector.example.com."},
		{"https://connector.example.com.", "connector.example.com", "https://connector.example.com"},
		{"https://connector.example.com", "connector.example.com:443", "https://connector.example.com"},
		{"https://CONNECTOR.Example.com:0443/", "connector.example.com", "https://connector.example.com"},
		{"https://connector.example.com:8443", "Connector.example.com.:8443", "https://connector.example.com:8443"},
		{"https://заказы.пример.рф", zakazy, "https://" + zakazy},
		{"https://Заказы。Пример.РФ.:443/", zakazy, "https://" + zakazy},
		{"https://" + zakazy, zakazy, "https://" + zakazy},
		{"https://XN--80AATCN8H.пример.рф:8443", zakazy + ":8443", "https://" + zakazy + ":8443"},
		{"https://[2001:DB8:0::7]:443", "[2001:db8::7]", "https://[2001:db8::7]"},
		{"http://[2001:db8::7]:8080", "[2001:db8:0:0::7]:8080", "http://[2001:db8::7]:8080"},
		{"http://10.0.0.7:80", "10.0.0.7", "http://10.0.0.7"},
	} {
		w.newSite(test.public)
		cookie := w.signIn("Host: " + test.host)
		if res := w.page("/access", cookie, "Host: "+test.host); res.Code != 200 {
			t.Errorf("%s at %s: %d", test.public, test.host, res.Code)
		}
		// A form, behind a proxy that keeps the browser's Host, or says another.
		for _, more := range [][]string{{"Origin: " + test.origin},
			{"Origin: " + test.origin, "Sec-Fetch-Site: same-origin"}} {
			if res := w.form("/language/en", nil, append(more, "Host: "+test.host)...); res.Code == 403 ||
				res.Code == 421 {
				t.Errorf("%s at %s, a form of %s: %d", test.public, test.host, test.origin, res.Code)
			}
			if res := w.form("/signin", url.Values{"password": {adminPassword}},
				append(more, "Host: "+test.host)...); res.Code != 303 {
				t.Errorf("%s at %s, a form of %s: %d", test.public, test.host, test.origin, res.Code)
			}
		}
		res := w.form("/signout", nil, "Host: "+test.host, "Origin: "+test.origin,
			"Referer: "+test.origin+"/companies/2?x")
		if to := res.Header().Get("Location"); !strings.HasSuffix(to, "/signin?to=%2Fcompanies%2F2") {
			t.Errorf("%s, from a page of %s: %d %s", test.public, test.origin, res.Code, to)
		}
		for _, foreign := range []string{"evil.example", test.host + ".evil.example", "evil." + test.host, test.host +
			"1", "x@" + test.host} {
			if res := w.page("/", cookie, "Host: "+foreign); res.Code != 421 {
				t.Errorf("%s at %s: %d, want 421", test.public, foreign, res.Code)
			}
		}
		if res := w.form("/signin", nil, "Host: "+test.host, "Origin: https://evil.example"); res.Code != 403 {
			t.Errorf("%s, a form of another site: %d", test.public, res.Code)
		}
		if link := w.server.SetupURL("x"); link != strings.ReplaceAll(test.origin, ".com.", ".com")+"/setup/x" {
			t.Errorf("%s: the set-up link is %s", test.public, link)
		}
	}
}
