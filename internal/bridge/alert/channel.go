package alert

import (
	"cmp"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/notify"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// Bounds of what a channel's settings may be.
const (
	longestSetting = 500 // bytes
	mostRecipients = 10
)

// botToken is what Telegram's tokens look like; it becomes part of a URL.
var botToken = regexp.MustCompile(`^[0-9]{3,20}:[A-Za-z0-9_-]{20,100}$`)

// tidyChannel brings what was typed into the stored form, and tells what cannot
// be used. A channel that is off may be as it is.
func (a *Center) tidyChannel(c *storage.Channel, old storage.Channel, bad *problem.Invalid) {
	c.ChannelState = old.ChannelState
	c.Refused = nil
	for _, s := range []*string{&c.Address, &c.User, &c.From, &c.To} {
		*s = strings.TrimSpace(*s)
		if len(*s) > longestSetting {
			bad.Add("address", problem.FieldTooLong, "max", strconv.Itoa(longestSetting))
			return
		}
	}
	switch {
	case c.Proxy == NoProxy:
		c.Proxy = ""
	case company.KeepsSecret(c.Proxy):
		c.Proxy = old.Proxy
	}
	switch c.Kind {
	case storage.ChannelEmail:
		a.tidyEmail(c, old, bad)
	case storage.ChannelTelegram:
		a.tidyTelegram(c, old, bad)
	default:
		a.tidyWebhook(c, old, bad)
	}
	if company.KeepsSecret(c.Secret) {
		c.Secret = old.Secret
		if old.Secret != "" && receiver(old) != receiver(*c) {
			bad.Add("secret", problem.FieldSecretAgain)
		}
	}
	if c.Kind == storage.ChannelTelegram && !botToken.MatchString(c.Secret.Reveal()) {
		bad.Add("secret", problem.FieldBotToken)
	}
}

// receiver is who gets a channel's secret, and how: it never goes to another
// host, port or scheme than it was given for, nor over a connection that is
// protected in another way.
func receiver(c storage.Channel) string {
	switch c.Kind {
	case storage.ChannelEmail:
		return c.Address + " " + c.Security
	case storage.ChannelTelegram:
		at := weburl.OriginOf(cmp.Or(c.Address, notify.TelegramAPI))
		if strings.HasPrefix(at, "http://") { // then the proxy reads it too
			at += " " + c.Proxy.Reveal()
		}
		return at
	}
	return weburl.OriginOf(c.URL.Reveal())
}

// tidyWebhook sees to a URL that is itself a secret: whoever has it may post. What
// is shown of it stands for it.
func (a *Center) tidyWebhook(c *storage.Channel, old storage.Channel, bad *problem.Invalid) {
	typed := c.Address
	c.URL, c.Address = old.URL, old.Address
	switch {
	case old.URL != "" && (typed == "" || typed == old.Address || typed == storage.Masked):
		return
	case strings.Contains(typed, storage.Masked):
		bad.Add("address", problem.FieldSecretAgain)
		return
	}
	c.URL = storage.Secret(a.tidyURL("address", typed, bad))
	c.Address = storage.MaskURL(c.URL.Reveal())
}

// NoProxy is typed where a stored proxy is to be forgotten.
const NoProxy = "-"

// tidyURL is for addresses that are posted to.
func (a *Center) tidyURL(field, text string, bad *problem.Invalid) string {
	if text == "" {
		bad.Add(field, problem.FieldRequired)
		return ""
	}
	u, ok := weburl.Parse(text)
	switch {
	case !ok || !a.Usable(u) || u.User != nil:
		bad.Add(field, problem.FieldURL)
	case u.Scheme == "http" && !a.Config.AllowPrivateNetworks:
		bad.Add(field, problem.FieldHTTPS)
	case !a.Permitted(u):
		bad.Add(field, problem.FieldPrivateHost)
	default:
		return weburl.WithScheme(text)
	}
	return text
}

func (a *Center) tidyTelegram(c *storage.Channel, old storage.Channel, bad *problem.Invalid) {
	if c.Address != "" {
		c.Address = strings.TrimRight(a.tidyURL("address", c.Address, bad), "/")
	}
	if c.To == "" {
		bad.Add("to", problem.FieldRequired)
	}
	c.Secret = storage.Secret(strings.TrimSpace(c.Secret.Reveal()))
	if c.Proxy == "" || c.Proxy == old.Proxy {
		return
	}
	u, err := url.Parse(c.Proxy.Reveal())
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		bad.Add("proxy", problem.FieldProxy)
	}
}

// mailPorts are where mail servers listen, by how the connection is protected.
var mailPorts = map[string]string{notify.StartTLS: "587", notify.TLS: "465", notify.Plain: "25"}

func (a *Center) tidyEmail(c *storage.Channel, old storage.Channel, bad *problem.Invalid) {
	c.Security = cmp.Or(c.Security, notify.StartTLS)
	// A password must not cross the internet open to all.
	if mailPorts[c.Security] == "" || c.Security == notify.Plain && !a.Config.AllowPrivateNetworks {
		bad.Add("security", problem.FieldOneOf, "values", notify.StartTLS+", "+notify.TLS)
		return
	}
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil {
		host, port = c.Address, mailPorts[c.Security]
	}
	if old.Security != c.Security && port == mailPorts[old.Security] {
		port = mailPorts[c.Security]
	}
	name, ok := weburl.Name(host)
	n, err := strconv.ParseUint(port, 10, 16)
	u := weburl.URL{Name: name}
	switch {
	case c.Address == "":
		bad.Add("address", problem.FieldRequired)
	case !ok || !a.Usable(u) || err != nil || n == 0:
		bad.Add("address", problem.FieldMailServer)
	case !a.Permitted(u):
		bad.Add("address", problem.FieldPrivateHost)
	default:
		c.Address = net.JoinHostPort(name, port)
	}
	tidyPeople(c, bad)
}

// tidyPeople sees to who writes to whom.
func tidyPeople(c *storage.Channel, bad *problem.Invalid) {
	list := strings.FieldsFunc(c.To, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' })
	if len(list) > mostRecipients {
		bad.Add("to", problem.FieldTooMany, "max", strconv.Itoa(mostRecipients))
	}
	c.To = strings.Join(list, ", ")
	if len(list) == 0 {
		bad.Add("to", problem.FieldRequired)
	}
	if c.From == "" && strings.Contains(c.User, "@") {
		c.From = c.User
	}
	if c.From == "" {
		bad.Add("from", problem.FieldRequired)
	}
	for field, all := range map[string][]string{"to": list, "from": {c.From}} {
		for _, one := range all {
			if a, err := mail.ParseAddress(one); one != "" && (err != nil || a.Address != one) {
				bad.Add(field, problem.FieldEmail)
				break
			}
		}
	}
}
