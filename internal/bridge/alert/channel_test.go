package alert

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"code.dny.dev/ssrf"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// toldFaults is what a save would say of the fields: "field rule", by field.
func toldFaults(i *problem.Invalid) string {
	var list []string
	for _, f := range i.Fields {
		list = append(list, f.Field+" "+f.Problem.Code)
	}
	return strings.Join(list, ", ")
}

// TestChannelSecretsStay: a stored secret of a channel goes where it was given for
// and nowhere else, by whatever setting it would be led away.
func TestChannelSecretsStay(t *testing.T) {
	all := company.NewShared(company.Config{AllowPrivateNetworks: true})
	channel := func(kind string, change func(*storage.Channel)) string {
		old := storage.Channel{Kind: kind, Enabled: true, Secret: "123456:abcdefghijklmnopqrstuvwxyz",
			From: "a@example.com", To: "b@example.com"}
		switch kind {
		case storage.ChannelEmail:
			old.Address, old.Security = "smtp.example.com:587", "starttls"
		case storage.ChannelWebhook:
			old.URL, old.Address = "https://hooks.example.com/services/T0K3N", "https://hooks.example.com/•••"
		}
		now, bad := old, &problem.Invalid{}
		now.Secret, now.URL = storage.Masked, ""
		change(&now)
		New(Config{Shared: all}).tidyChannel(&now, old, bad)
		if toldFaults(bad) == "" && now.Secret != old.Secret {
			return "lost"
		}
		return toldFaults(bad)
	}
	address := func(text string) func(*storage.Channel) { return func(c *storage.Channel) { c.Address = text } }
	const again = "secret secret_again"
	for _, test := range []struct {
		name, kind string
		change     func(*storage.Channel)
		want       string
	}{
		{"mail, untouched", storage.ChannelEmail, func(*storage.Channel) {}, ""},
		{"mail, case of the host", storage.ChannelEmail, address("SMTP.example.com:587"), ""},
		{"mail, default port", storage.ChannelEmail, address("smtp.example.com"), ""},
		{"mail, other recipients", storage.ChannelEmail, func(c *storage.Channel) { c.To = "c@example.com" }, ""},
		{"mail, other host", storage.ChannelEmail, address("smtp.example.org:587"), again},
		{"mail, other port", storage.ChannelEmail, address("smtp.example.com:2525"), again},
		{"mail, TLS", storage.ChannelEmail, func(c *storage.Channel) { c.Security = "tls" }, again},
		{"mail, no TLS", storage.ChannelEmail, func(c *storage.Channel) { c.Security = "none" }, again},
		{"telegram, untouched", storage.ChannelTelegram, func(*storage.Channel) {}, ""},
		{"telegram, its own base", storage.ChannelTelegram, address("https://api.telegram.org/"), ""},
		{"telegram, other base", storage.ChannelTelegram, address("https://bots.example.com"), again},
		{"telegram, other port", storage.ChannelTelegram, address("https://api.telegram.org:8443"), again},
		{"telegram, http", storage.ChannelTelegram, address("http://api.telegram.org"), again},
		{"telegram, a proxy", storage.ChannelTelegram,
			func(c *storage.Channel) { c.Proxy = "socks5://proxy.example.com:1080" }, ""},
		{"webhook, untouched", storage.ChannelWebhook, func(*storage.Channel) {}, ""},
		{"webhook, other path", storage.ChannelWebhook, address("https://hooks.example.com/other"), ""},
		{"webhook, other host", storage.ChannelWebhook, address("https://hooks.example.org/services/T0K3N"), again},
		{"webhook, other port", storage.ChannelWebhook, address("https://hooks.example.com:8443/services/T0K3N"),
			again},
		{"webhook, http", storage.ChannelWebhook, address("http://hooks.example.com/services/T0K3N"), again},
		{"webhook, what is shown with another host", storage.ChannelWebhook, address("https://hooks.example.org/•••"),
			"address secret_again"},
	} {
		if got := channel(test.kind, test.change); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestNotificationsAreGuarded: mail servers, bots, receivers and proxies pass the
// same check as shops and chats.
func TestNotificationsAreGuarded(t *testing.T) {
	for _, address := range []string{"127.0.0.1:25", "10.0.0.1:587", "169.254.169.254:80"} {
		p := New(Config{Shared: company.NewShared(company.Config{})})
		for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){"mail": p.dial,
			"http": p.transport.DialContext, "proxy": p.transport.Clone().DialContext} {
			conn, err := dial(t.Context(), "tcp", address)
			if err == nil {
				conn.Close()
			}
			if !errors.Is(err, ssrf.ErrProhibitedIP) {
				t.Errorf("%s to %s: %v", name, address, err)
			}
		}
	}
}
