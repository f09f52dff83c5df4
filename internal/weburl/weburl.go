// Package weburl has the one form in which the connector writes, stores and
// compares addresses of the web. People write a host with the scheme's own
// port, in capitals, with a dot behind it or in Cyrillic; browsers and shops
// write the same host in another way. All of them are one host, and whatever
// compares two hosts compares what this package makes of them.
//
// It never asks the network: which machine a name stands for is decided where
// it is dialled.
package weburl

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// A URL is an http or https URL taken apart, its host in the one form.
type URL struct {
	Scheme string // http or https
	Name   string // of the host: lower case, punycode, no dot behind it; or an IP address without brackets
	Port   string // "" = the scheme's own
	Path   string // as it was escaped
	User   *url.Userinfo
}

// typed is how URLs begin, with as many slashes as somebody typed; foreign tells
// other schemes from a host with a port or a user with a password.
var (
	typed   = regexp.MustCompile(`^(?i:(https?):)/*`)
	foreign = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
)

// WithScheme is a URL as somebody typed it with its scheme, https by default.
func WithScheme(text string) string {
	text = strings.TrimSpace(text)
	switch {
	case inOrder(text, "https://") || inOrder(text, "http://"): // as nearly all are
		return text
	case typed.MatchString(text):
		return typed.ReplaceAllString(text, "$1://")
	case !foreign.MatchString(text):
		return "https://" + strings.TrimLeft(text, "/")
	}
	return text
}

// inOrder reports whether a URL begins with a scheme and no more slashes than it needs.
func inOrder(text, scheme string) bool {
	rest, ok := strings.CutPrefix(text, scheme)
	return ok && !strings.HasPrefix(rest, "/")
}

// Parse takes a URL apart as somebody typed it; false if it names no host that
// could exist.
func Parse(text string) (URL, bool) {
	u, err := url.Parse(WithScheme(text))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return URL{}, false
	}
	name, ok := Name(u.Hostname())
	port, portOK := portOf(u.Port(), u.Scheme)
	return URL{Scheme: u.Scheme, Name: name, Port: port, Path: u.EscapedPath(), User: u.User}, ok && portOK
}

// Host is the host with its port, as it stands in a Host header.
func (u URL) Host() string {
	name := u.Name
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if u.Port != "" {
		name += ":" + u.Port
	}
	return name
}

// Origin is scheme and host, as browsers name where a page came from.
func (u URL) Origin() string { return u.Scheme + "://" + u.Host() }

// String is the URL without the slashes at its end. It never holds the user.
func (u URL) String() string { return u.Origin() + strings.TrimRight(u.Path, "/") }

// Tidy is a URL in its one form; what is none stays as it is, for whoever uses
// it to refuse it.
func Tidy(text string) string {
	u, ok := Parse(text)
	if !ok {
		return text
	}
	return u.String()
}

// Secured is the same with https.
func (u URL) Secured() URL {
	u.Scheme = "https"
	u.Port, _ = portOf(u.Port, u.Scheme)
	return u
}

// HostOf gives host and port of a URL in their one form, "" if it has none.
func HostOf(text string) string {
	u, ok := Parse(text)
	if !ok {
		return ""
	}
	return u.Host()
}

// OriginOf gives scheme, host and port of a URL in their one form, "" if it has
// none. What was given for one origin is not meant for another.
func OriginOf(text string) string {
	u, ok := Parse(text)
	if !ok {
		return ""
	}
	return u.Origin()
}

// Header gives the one form of a Host header that came over a scheme; false if
// it is none.
func Header(host, scheme string) (string, bool) {
	u, err := url.Parse(scheme + "://" + host)
	if err != nil || u.Host != host {
		return "", false
	}
	name, ok := Name(u.Hostname())
	port, portOK := portOf(u.Port(), scheme)
	return URL{Name: name, Port: port}.Host(), ok && portOK
}

// portOf gives a port that is not the scheme's own.
func portOf(port, scheme string) (string, bool) {
	if port == "" {
		return "", true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return port, false
	}
	if scheme == "http" && n == 80 || scheme == "https" && n == 443 {
		return "", true
	}
	return strconv.FormatUint(n, 10), true
}

// Name gives the one form of a host's name.
func Name(name string) (string, bool) {
	if strings.ContainsFunc(name, func(r rune) bool { return r > 0x7f }) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil {
			return "", false
		}
		name = ascii
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	last := name[strings.LastIndexByte(name, '.')+1:]
	number := strings.Trim(last, "0123456789") == ""
	if number || strings.Contains(name, ":") {
		if addr, err := netip.ParseAddr(name); err == nil {
			return addr.String(), addr.Zone() == ""
		}
	}
	for label := range strings.SplitSeq(name, ".") {
		if badLabel(label) {
			return "", false
		}
	}
	// A number at the end is an IP address that is written in some other way.
	return name, len(name) <= 253 && !number
}

func badLabel(label string) bool {
	return label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != ""
}
