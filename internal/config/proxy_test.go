package config

import (
	"net/url"
	"strings"
	"testing"
)

// TestProxySettings: capitals win, blanks are no part of a value, a password is never shown,
// and what is no proxy is a mistake of its own variable.
func TestProxySettings(t *testing.T) {
	for _, test := range []struct {
		environ            []string
		https, no, by, bad string
	}{
		{nil, "", "", "", ""},
		{[]string{"https_proxy=http://lower:1"}, "http://lower:1", "", "lower:1", ""},
		{[]string{"https_proxy=http://lower:1", "HTTPS_PROXY= http://upper:2\n"}, "http://upper:2", "", "upper:2", ""},
		{[]string{"HTTPS_PROXY=http://upper:2", "https_proxy=http://lower:1", "NO_PROXY=a,b"}, "http://upper:2", "a,b",
			"upper:2", ""},
		{[]string{"HTTPS_PROXY=", "https_proxy=lower:1"}, "lower:1", "", "lower:1", ""},
		{[]string{"HTTPS_PROXY=http://u:hunter2@p:2"}, "http://•••@p:2", "", "p:2", ""},
		{[]string{"HTTPS_PROXY=u:hunter2@p:2"}, "•••@p:2", "", "p:2", ""},
		{[]string{"HTTPS_PROXY=http://u:hunter2@p:x"}, "http://•••@p:x", "", "", "HTTPS_PROXY: is not the URL of a proxy"},
		{[]string{"HTTPS_PROXY=http://p:2", "HTTP_PROXY=ftp://u:hunter2@p"}, "http://p:2", "", "",
			"HTTP_PROXY: is not the URL of a proxy"},
		{[]string{"NO_PROXY=*"}, "", "*", "", ""},
	} {
		cfg, settings, err := Load(test.environ, nil)
		shown := map[string]string{}
		for _, s := range settings {
			shown[s.Name] = s.Value
			if (s.Value == "") != (s.Source == "default") && strings.HasSuffix(s.Name, "_PROXY") {
				t.Errorf("%v: %+v", test.environ, s)
			}
		}
		if shown["HTTPS_PROXY"] != test.https || shown["NO_PROXY"] != test.no {
			t.Errorf("%v: shown as %v", test.environ, shown)
		}
		if (err != nil) != (test.bad != "") || err != nil && (!strings.Contains(err.Error(), test.bad) ||
			strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%v: %v", test.environ, err)
		}
		by, err := cfg.Proxy.For(&url.URL{Scheme: "https", Host: "shop.example"})
		host := ""
		if by != nil {
			host = by.Host
		}
		if host != test.by || err != nil {
			t.Errorf("%v: by %q %v, want %q", test.environ, host, err, test.by)
		}
	}
}
