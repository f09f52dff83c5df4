package bridge

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"ineed-insales/ineedchat"
	"ineed-insales/storage"
)

// Merchants paste the address of their shop as they have it: from the browser,
// with a path behind it; from the card of the access key, with the key in it;
// from memory, without a scheme. What is stored is scheme and host, in one
// form, and the key where keys belong.

// tidy brings what was typed into the stored form. What cannot be used is left
// empty and told.
func (b *Bridge) tidy(c *storage.Company, old storage.Company, bad *Invalid) {
	c.Name = strings.TrimSpace(c.Name)
	c.Shop.KeyID = strings.TrimSpace(c.Shop.KeyID)
	c.Shop.Password = storage.Secret(strings.TrimSpace(c.Shop.Password.Reveal()))
	b.tidyShop(&c.Shop, old.Shop, bad)
	if c.Chat.URL != "" {
		c.Chat.URL = b.tidyChat(c.Chat.URL, bad)
	}
	if c.Chat.Auth == "" {
		c.Chat.Auth = storage.AuthSignature
	}
	tidyCatalog(&c.Catalog)
	if c.Orders.MaxAge == 0 {
		c.Orders.MaxAge = defaultMaxAge
	}
}

// tidyShop reduces the shop's URL to scheme and host and takes over the key
// that it carries. Shops speak https only, so http is taken for it.
func (b *Bridge) tidyShop(s *storage.Shop, old storage.Shop, bad *Invalid) {
	text := s.URL
	s.URL = ""
	if strings.TrimSpace(text) == "" {
		bad.add("shop.url", FieldRequired)
		return
	}
	a, ok := readAddress(text)
	if !ok || !b.usable(a) {
		bad.add("shop.url", FieldShopURL)
		return
	}
	if !b.permitted(a) {
		bad.add("shop.url", FieldPrivateHost)
		return
	}
	if a.scheme == "http" && !b.cfg.AllowPrivateNetworks {
		a = a.secured()
	}
	s.URL = a.scheme + "://" + a.host()
	takeKey(s, old, a.user)
}

// tidyChat is the same for the chat, whose URL may have a path. Its token is
// our own secret, which http would show to everybody on the way.
func (b *Bridge) tidyChat(text string, bad *Invalid) string {
	a, ok := readAddress(text)
	switch {
	case !ok || !b.usable(a):
		bad.add("chat.url", FieldURL)
	case a.scheme == "http" && !b.cfg.AllowPrivateNetworks:
		bad.add("chat.url", FieldHTTPS)
	case !b.permitted(a):
		bad.add("chat.url", FieldPrivateHost)
	default:
		u := url.URL{Scheme: a.scheme, Host: a.host(), Path: strings.TrimRight(a.path, "/")}
		return u.String()
	}
	return ""
}

// takeKey completes the access key from the one in a pasted URL. What was typed
// into the fields counts, and a masked password means the stored one; but that
// belongs to its key and host, so with another host both are new. A password
// never joins a key that it did not come with.
func takeKey(s *storage.Shop, old storage.Shop, pasted *url.Userinfo) {
	id := strings.TrimSpace(pasted.Username())
	password, _ := pasted.Password()
	if id == "" {
		return
	}
	stays := s.Password == storage.Masked && old.Password != "" && hostOf(old.URL) == hostOf(s.URL)
	if s.KeyID == "" || s.KeyID == old.KeyID && keep(s.Password) && !stays {
		s.KeyID = id
	}
	if s.KeyID == id && keep(s.Password) && !(stays && s.KeyID == old.KeyID) {
		s.Password = storage.Secret(strings.TrimSpace(password))
	}
}

// An address is a URL taken apart.
type address struct {
	scheme string // http or https
	name   string // of the host: lower case, punycode; or an IP address
	port   string // "" = the scheme's own
	path   string
	user   *url.Userinfo
}

// webScheme is how URLs of ours begin, with as many slashes as somebody typed;
// anyScheme tells others from a host with a port or a user with a password.
var (
	webScheme = regexp.MustCompile(`^(?i:(https?):)/*`)
	anyScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
)

// withScheme is a URL as somebody typed it with its scheme, https by default.
func withScheme(text string) string {
	text = strings.TrimSpace(text)
	switch {
	case webScheme.MatchString(text):
		return webScheme.ReplaceAllString(text, "$1://")
	case !anyScheme.MatchString(text):
		return "https://" + strings.TrimLeft(text, "/")
	}
	return text
}

// readAddress takes a URL apart; false if it names no host that could exist.
func readAddress(text string) (address, bool) {
	u, err := url.Parse(withScheme(text))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return address{}, false
	}
	name, ok := hostName(u.Hostname())
	port, portOK := portOf(u.Port(), u.Scheme)
	return address{scheme: u.Scheme, name: name, port: port, path: u.Path, user: u.User}, ok && portOK
}

// portOf gives a port that is not the scheme's own.
func portOf(port, scheme string) (string, bool) {
	if port == "" || port == map[string]string{"http": "80", "https": "443"}[scheme] {
		return "", true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return port, err == nil && n > 0
}

// hostName gives the one form of a host's name.
func hostName(name string) (string, bool) {
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.String(), addr.Zone() == ""
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r > 0x7f }) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil {
			return "", false
		}
		name = ascii
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	labels := strings.Split(name, ".")
	if len(name) > 253 || slices.ContainsFunc(labels, badLabel) {
		return "", false
	}
	// A number at the end is an IP address that is written in some other way.
	last := labels[len(labels)-1]
	return name, strings.Trim(last, "0123456789") != ""
}

func badLabel(label string) bool {
	return label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != ""
}

func (a address) host() string {
	name := a.name
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if a.port != "" {
		name += ":" + a.port
	}
	return name
}

// secured is the same with https.
func (a address) secured() address {
	a.scheme = "https"
	a.port, _ = portOf(a.port, a.scheme)
	return a
}

// hostOf gives host and port of a URL in their one form, "" if it has none.
func hostOf(text string) string {
	a, ok := readAddress(text)
	if !ok {
		return ""
	}
	return a.host()
}

// usable reports whether such a name can be found: outside of our own network
// one without a dot leads nowhere.
func (b *Bridge) usable(a address) bool {
	return b.cfg.AllowPrivateNetworks || strings.ContainsAny(a.name, ".:")
}

// permitted reports whether an IP address may be connected to. What a name
// stands for is seen when it is dialled.
func (b *Bridge) permitted(a address) bool {
	addr, err := netip.ParseAddr(a.name)
	return err != nil || newGuard(b.cfg.AllowPrivateNetworks).allow(addr) == nil
}

// merge keeps the secrets that were not given and makes those that there are
// none of. A secret never goes to another host than it was given for.
func merge(c *storage.Company, old storage.Company, bad *Invalid) (made storage.Chat) {
	c.AccountID, c.MarkerKept, c.Learnt, c.Hooks = old.AccountID, old.MarkerKept, old.Clone().Learnt, old.Hooks
	if keep(c.Shop.Password) {
		c.Shop.Password = old.Shop.Password
		if old.Shop.URL != "" && c.Shop.URL != "" && hostOf(old.Shop.URL) != hostOf(c.Shop.URL) {
			bad.add("shop.password", FieldSecretAgain)
		}
	}
	if keep(c.Chat.Token) {
		c.Chat.Token = old.Chat.Token
		if old.Chat.Token != "" && hostOf(old.Chat.URL) != hostOf(c.Chat.URL) {
			bad.add("chat.token", FieldSecretAgain)
		}
		if c.Chat.Token == "" {
			c.Chat.Token = storage.Secret(ineedchat.NewToken())
			made.Token = c.Chat.Token
		}
	}
	if len(c.Chat.Secrets) == 0 || slices.ContainsFunc(c.Chat.Secrets, keep) {
		c.Chat.Secrets = append([]storage.Secret(nil), old.Chat.Secrets...)
	}
	if len(c.Chat.Secrets) == 0 {
		c.Chat.Secrets = []storage.Secret{newSecret(c.Chat.Auth)}
		made.Secrets = c.Chat.Secrets
	}
	return made
}

// newSecret makes a secret for a way of authentication: one that signs, or a
// token that may stand in a URL as it is.
func newSecret(auth string) storage.Secret {
	if auth == storage.AuthSignature {
		return storage.Secret(ineedchat.NewSecret())
	}
	return storage.Secret(ineedchat.NewToken())
}

func keep(s storage.Secret) bool { return s == "" || s == storage.Masked }
