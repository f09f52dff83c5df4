package weburl

import "testing"

const punycode = "xn--80aatcn8h.xn--e1afmkfd.xn--p1ai" // заказы.пример.рф

// TestTidy: the one form of addresses that mean the same; a second time changes
// nothing.
func TestTidy(t *testing.T) {
	for typed, want := range map[string]string{
		"https://connector.example.com":               "https://connector.example.com",
		"https://connector.example.com:443":           "https://connector.example.com",
		"https://connector.example.com:0443/":         "https://connector.example.com",
		"http://connector.example.com:80":             "http://connector.example.com",
		"http://connector.example.com:443":            "http://connector.example.com:443",
		"https://connector.example.com:80/p":          "https://connector.example.com:80/p",
		"https://connector.example.com.":              "https://connector.example.com",
		"https://connector.example.com.:443/a/b//":    "https://connector.example.com/a/b",
		"HTTPS://Connector.Example.COM":               "https://connector.example.com",
		" connector.example.com\n":                    "https://connector.example.com",
		"https://заказы.пример.рф":                    "https://" + punycode,
		"https://Заказы.Пример.РФ.:443":               "https://" + punycode,
		"https://заказы。пример。рф":                    "https://" + punycode,
		"https://" + punycode:                         "https://" + punycode,
		"https://XN--80aatcn8h.пример.рф/%D0%BF":      "https://" + punycode + "/%D0%BF",
		"https://заказы.пример.рф/п":                  "https://" + punycode + "/%D0%BF",
		"https://[2001:DB8:0:0::7]:443":               "https://[2001:db8::7]",
		"https://[2001:db8::7]:8443":                  "https://[2001:db8::7]:8443",
		"http://10.0.0.7.:80/":                        "http://10.0.0.7",
		"https://user:password@connector.example.com": "https://connector.example.com",
		"https://connector.example.com/a%2Fb":         "https://connector.example.com/a%2Fb",

		// None: it stays as it is.
		"":                               "",
		"ftp://connector.example.com":    "ftp://connector.example.com",
		"https://connector..example.com": "https://connector..example.com",
		"https://1.2.3":                  "https://1.2.3",
		"https://0x7f.1":                 "https://0x7f.1",
		"https://[fe80::1%25eth0]":       "https://[fe80::1%25eth0]",
		"https://a.example:0":            "https://a.example:0",
		"https://a.example:65536":        "https://a.example:65536",
		"https://a.example:x":            "https://a.example:x",
	} {
		if got := Tidy(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
		if got := Tidy(want); got != want {
			t.Errorf("%q again: %q", want, got)
		}
	}
}

func TestHeader(t *testing.T) {
	for _, test := range []struct{ host, scheme, want string }{ // "" = none
		{"connector.example.com", "https", "connector.example.com"},
		{"Connector.Example.Com.", "https", "connector.example.com"},
		{"connector.example.com:443", "https", "connector.example.com"},
		{"connector.example.com.:443", "https", "connector.example.com"},
		{"connector.example.com:443", "http", "connector.example.com:443"},
		{"connector.example.com:80", "https", "connector.example.com:80"},
		{"connector.example.com:80", "http", "connector.example.com"},
		{"connector.example.com:", "http", "connector.example.com"},
		{punycode, "https", punycode},
		{"[2001:DB8::0007]:443", "https", "[2001:db8::7]"},
		{"[::1]:8080", "http", "[::1]:8080"},
		{"2001:db8::7", "https", ""},
		{"", "https", ""},
		{"a b", "https", ""},
		{"x@connector.example.com", "https", ""},
		{"connector.example.com/", "https", ""},
		{"connector.example.com?", "https", ""},
		{"connector.example.com#", "https", ""},
		{"connector.example.com:port", "https", ""},
		{"connector.example.com..", "https", ""},
	} {
		got, ok := Header(test.host, test.scheme)
		if ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%q over %s: %q %v, want %q", test.host, test.scheme, got, ok, test.want)
		}
	}
}
