package proxy

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestProxyFor(t *testing.T) {
	p, err := Parse(Setting{HTTPS: "http://user:pass@proxy.lan:3128", HTTP: "plain.lan",
		No: "myshop.ru,.inside.lan,10.1.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{
		"https://shop.example/a": "proxy.lan:3128", "http://shop.example/": "plain.lan",
		"https://myshop.ru/": "", "https://a.myshop.ru": "", "https://x.inside.lan": "", "https://10.1.2.3/": "",
		"https://10.2.2.3/": "proxy.lan:3128", "http://127.0.0.1:9/": "", "http://localhost/": "", "http://[::1]/": "",
		"https://notmyshop.ru/": "proxy.lan:3128",
	} {
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.For(u)
		host := ""
		if got != nil {
			host = got.Host
		}
		if err != nil || host != want {
			t.Errorf("%s: %q %v, want %q", target, host, err, want)
		}
	}
	for address, want := range map[string]bool{"proxy.lan:3128": true, "plain.lan:80": true, "proxy.lan:80": false,
		"shop.example:443": false} {
		if p.At(address) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
}

func TestNoProxy(t *testing.T) {
	for _, p := range []Proxy{{}, mustParse(t, Setting{}), mustParse(t, Setting{No: "*"}),
		mustParse(t, Setting{HTTPS: "http://proxy:1", No: "*"})} {
		if u, err := p.For(&url.URL{Scheme: "https", Host: "shop.example"}); u != nil || err != nil {
			t.Errorf("%v %v", u, err)
		}
	}
}

func mustParse(t *testing.T, s Setting) Proxy {
	t.Helper()
	p, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProxyThatIsNone(t *testing.T) {
	for _, text := range []string{"ftp://proxy:3128", "http://", "://x", "http://user:hunter2@", "http://a b:1",
		"http://u:hunter2@h:port", "socks4://h:1"} {
		for _, s := range []Setting{{HTTP: text}, {HTTPS: text}} {
			if _, err := Parse(s); !errors.Is(err, errURL) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	for _, text := range []string{"proxy", "proxy:3128", "http://proxy:3128", "https://proxy", "socks5://proxy:9",
		"socks5h://p", "http://u:p@[::1]:3128", "http://proxy:3128/"} {
		mustParse(t, Setting{HTTPS: text})
	}
}
