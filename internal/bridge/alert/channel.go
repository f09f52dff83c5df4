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
	"sync"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/notify"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// What is typed for a channel is brought into one form before it is stored, and told
// where it cannot be used. Three rules stand above the rest. A secret that is not typed
// again stays, but only if it goes to the same receiver in the same way: otherwise
// whoever may change settings could have it sent to himself. A URL that receives
// messages is a secret as a whole, and only a mask of it is shown. And no channel may
// lead into the operator's own network, unless that is allowed; what a name stands for
// is seen when it is dialled.

// Bounds of what a channel's settings may be.
const (
	longestSetting = 500 // bytes
	mostRecipients = 10
)

// maxToken is what a token of a bot of MAX may look like: visible signs that fit into a header.
var maxToken = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[!-~]{8,300}$`) })

// botToken is what Telegram's tokens look like; it becomes part of a URL.
var botToken = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9]{3,20}:[A-Za-z0-9_-]{20,100}$`)
})

// tidyChannel brings what was typed into the form that is stored, and tells what cannot
// be used. A channel that is off need not be complete. A secret that stays must not go
// to another receiver than the one that it was typed for.
func (c *Center) tidyChannel(ch *storage.Channel, old storage.Channel, bad *problem.Invalid) {
	ch.ChannelState = old.ChannelState
	ch.Refused = nil
	for _, s := range []*string{&ch.Address, &ch.User, &ch.From, &ch.To} {
		*s = strings.TrimSpace(*s)
		if len(*s) > longestSetting {
			bad.Add("address", problem.FieldTooLong, "max", strconv.Itoa(longestSetting))
			return
		}
	}
	if ch.Kind != storage.ChannelTelegram { // nothing else is sent through one of its own
		ch.Proxy = ""
	}
	tidyProxy(ch, old, bad)
	switch ch.Kind {
	case storage.ChannelEmail:
		c.tidyEmail(ch, old, bad)
	case storage.ChannelTelegram, storage.ChannelMax:
		c.tidyBot(ch, bad)
	default:
		c.tidyWebhook(ch, old, bad)
	}
	if company.KeepsSecret(ch.Secret) {
		ch.Secret = old.Secret
		if old.Secret != "" && receiver(old) != receiver(*ch) {
			bad.Add("secret", problem.FieldSecretAgain)
		}
	}
	if ch.Kind == storage.ChannelMax && !maxToken().MatchString(ch.Secret.Reveal()) {
		bad.Add("secret", problem.FieldMaxToken)
	}
	if ch.Kind == storage.ChannelTelegram && !botToken().MatchString(ch.Secret.Reveal()) {
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
	case storage.ChannelTelegram, storage.ChannelMax:
		at := weburl.OriginOf(baseOf(c))
		if strings.HasPrefix(at, "http://") { // then the proxy reads it too
			at += " " + c.Proxy.Reveal()
		}
		return at
	}
	return weburl.OriginOf(c.URL.Reveal())
}

// tidyWebhook sees to a URL that is itself a secret: whoever has it may post. What
// is shown of it stands for it.
func (c *Center) tidyWebhook(ch *storage.Channel, old storage.Channel, bad *problem.Invalid) {
	typed := ch.Address
	ch.URL, ch.Address = old.URL, old.Address
	switch {
	case old.URL != "" && (typed == "" || typed == old.Address || typed == storage.Masked):
		return
	case strings.Contains(typed, storage.Masked):
		bad.Add("address", problem.FieldSecretAgain)
		return
	}
	ch.URL = storage.Secret(c.tidyURL("address", typed, bad))
	ch.Address = storage.MaskURL(ch.URL.Reveal())
}

// noProxy was typed where a stored proxy is to be forgotten, before an empty field said that.
const noProxy = "-"

// tidyProxy sees to the proxy of a bot. What is shown of it stands for it; an empty field
// means that there is none.
func tidyProxy(ch *storage.Channel, old storage.Channel, bad *problem.Invalid) {
	ch.Proxy = storage.Secret(strings.TrimSpace(ch.Proxy.Reveal()))
	typed := ch.Proxy.Reveal()
	switch {
	case typed == "" || typed == noProxy:
		ch.Proxy = ""
		return
	case old.Proxy != "" && (typed == storage.Masked || typed == ShownProxy(old)):
		ch.Proxy = old.Proxy
		return
	case strings.Contains(typed, storage.Masked):
		bad.Add("proxy", problem.FieldSecretAgain)
		return
	}
	u, err := url.Parse(typed)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		bad.Add("proxy", problem.FieldProxy)
	}
}

// ShownProxy is what may be shown of a channel's proxy: where it is, with a mask for who
// signs in there.
func ShownProxy(ch storage.Channel) string {
	u, err := url.Parse(ch.Proxy.Reveal())
	if err != nil || u.Host == "" {
		return ""
	}
	user := ""
	if u.User != nil {
		user = storage.Masked + "@"
	}
	return u.Scheme + "://" + user + u.Host
}

// tidyURL is for URLs that are posted to.
func (c *Center) tidyURL(field, text string, bad *problem.Invalid) string {
	if text == "" {
		bad.Add(field, problem.FieldRequired)
		return ""
	}
	u, ok := weburl.Parse(text)
	switch {
	case !ok || !c.shared.Usable(u) || u.User != nil:
		bad.Add(field, problem.FieldURL)
	case u.Scheme == "http" && !c.shared.Config.AllowPrivateNetworks:
		bad.Add(field, problem.FieldHTTPS)
	case !c.shared.Permitted(u):
		bad.Add(field, problem.FieldPrivateHost)
	default:
		return weburl.WithScheme(text)
	}
	return text
}

// tidyBot sees to what the bots of all messengers have.
func (c *Center) tidyBot(ch *storage.Channel, bad *problem.Invalid) {
	if ch.Address != "" {
		ch.Address = strings.TrimRight(c.tidyURL("address", ch.Address, bad), "/")
	}
	if ch.To == "" {
		bad.Add("to", problem.FieldRequired)
	}
	ch.Secret = storage.Secret(strings.TrimSpace(ch.Secret.Reveal()))
	if _, err := strconv.ParseInt(ch.To, 10, 64); err != nil && ch.To != "" && ch.Kind == storage.ChannelMax {
		bad.Add("to", problem.FieldID)
	}
}

// mailPorts are where mail servers listen, by how the connection is protected.
var mailPorts = map[string]string{notify.StartTLS: "587", notify.TLS: "465", notify.Plain: "25"}

func (c *Center) tidyEmail(ch *storage.Channel, old storage.Channel, bad *problem.Invalid) {
	ch.Security = cmp.Or(ch.Security, notify.StartTLS)
	// A password must not cross the internet open to all.
	if mailPorts[ch.Security] == "" || ch.Security == notify.Plain && !c.shared.Config.AllowPrivateNetworks {
		bad.Add("security", problem.FieldOneOf, "values", notify.StartTLS+", "+notify.TLS)
		return
	}
	host, port, err := net.SplitHostPort(ch.Address)
	if err != nil {
		host, port = ch.Address, mailPorts[ch.Security]
	}
	if old.Security != ch.Security && port == mailPorts[old.Security] {
		port = mailPorts[ch.Security]
	}
	name, ok := weburl.Name(host)
	n, err := strconv.ParseUint(port, 10, 16)
	u := weburl.URL{Name: name}
	switch {
	case ch.Address == "":
		bad.Add("address", problem.FieldRequired)
	case !ok || !c.shared.Usable(u) || err != nil || n == 0:
		bad.Add("address", problem.FieldMailServer)
	case !c.shared.Permitted(u):
		bad.Add("address", problem.FieldPrivateHost)
	default:
		ch.Address = net.JoinHostPort(name, port)
	}
	tidyPeople(ch, bad)
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
