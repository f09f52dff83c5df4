// Package proxy reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as Go's own clients understand
// them: which requests leave by a proxy of the administrator's, and by which.
//
// It dials nothing. Loopback and what NO_PROXY names never go by a proxy. A proxy that could
// not be used is an error of [Parse], told without the password that may stand in it, because
// a request that silently went without its proxy would reach nothing, or too much.
package proxy

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// A Setting is the proxies as the environment names them; the zero value is none.
type Setting struct {
	HTTP  string // for http targets
	HTTPS string // for https targets
	No    string // hosts, domains, addresses and CIDRs that are reached without one, separated by commas
}

// A Proxy chooses the way of a request. The zero value sends all of them straight.
type Proxy struct {
	choose    func(*url.URL) (*url.URL, error)
	addresses []string // of the proxies, host:port
}

// errURL says what the URL of a proxy looks like.
var errURL = errors.New("is not the URL of a proxy: use http://host:port, https://… or socks5://…," +
	" with user:password@ in front of the host if it asks for them")

// Parse reads a setting. It fails with errURL.
func Parse(s Setting) (Proxy, error) {
	var p Proxy
	for _, text := range []string{s.HTTP, s.HTTPS} {
		if text == "" {
			continue
		}
		address, err := addressOf(text)
		if err != nil {
			return Proxy{}, err
		}
		p.addresses = append(p.addresses, address)
	}
	if len(p.addresses) > 0 {
		p.choose = (&httpproxy.Config{HTTPProxy: s.HTTP, HTTPSProxy: s.HTTPS, NoProxy: s.No}).ProxyFunc()
	}
	return p, nil
}

// addressOf is where a proxy is dialled. Without a scheme it is an http one.
func addressOf(text string) (string, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", errURL // that of the package quotes the password
	}
	port := map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	if port == "" || u.Hostname() == "" {
		return "", errURL
	}
	if u.Port() != "" {
		port = u.Port()
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// Is reports whether there is a proxy at all.
func (p Proxy) Is() bool { return p.choose != nil }

// For gives the proxy by which a request to the target goes; nil = straight.
func (p Proxy) For(target *url.URL) (*url.URL, error) {
	if p.choose == nil {
		return nil, nil
	}
	return p.choose(target)
}

// At reports whether an address, host:port, is that of a proxy.
func (p Proxy) At(address string) bool { return slices.Contains(p.addresses, address) }
