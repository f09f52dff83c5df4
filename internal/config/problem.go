package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"ineed-insales/internal/bridge/login"
	"ineed-insales/internal/weburl"
)

// Problems are all that is wrong with the configuration, one line each.
type Problems []string

func (p Problems) Error() string { return "configuration:\n  " + strings.Join(p, "\n  ") }

func (p *Problems) add(name, format string, args ...any) {
	*p = append(*p, name+": "+fmt.Sprintf(format, args...))
}

// tell reports whether something is wrong with a name already.
func (p *Problems) tell(name string) bool {
	return slices.ContainsFunc(*p, func(s string) bool { return strings.HasPrefix(s, name+":") })
}

// check looks at what each value means.
func (c *Config) check(bad *Problems) {
	if c.Poll < time.Second && !bad.tell("CONNECTOR_POLL_INTERVAL") {
		bad.add("CONNECTOR_POLL_INTERVAL", "%v is too short: use 1s or more, 2m is usual", c.Poll)
	}
	if (c.BackupKeep < 1 || c.BackupKeep > 366) && !bad.tell("CONNECTOR_BACKUP_KEEP") {
		bad.add("CONNECTOR_BACKUP_KEEP", "%d is not possible: use 1 to 366, 7 is usual;"+
			" CONNECTOR_BACKUP_DIR=off makes none", c.BackupKeep)
	}
	for name, addr := range map[string]string{"CONNECTOR_ADDR": c.Addr, "CONNECTOR_METRICS_ADDR": c.MetricsAddr} {
		if _, _, err := net.SplitHostPort(addr); addr != "" && err != nil {
			bad.add(name, "%q is not an address: use host:port or :port", addr)
		}
	}
	if c.MetricsAddr != "" && c.MetricsAddr == c.Addr {
		bad.add("CONNECTOR_METRICS_ADDR", "is the same as CONNECTOR_ADDR: leave it out to have /metrics there")
	}
	c.PublicURL = tidyURL("CONNECTOR_PUBLIC_URL", c.PublicURL, true, bad)
	c.ChatURL = tidyURL("CONNECTOR_CHAT_URL", c.ChatURL, c.Private, bad)
	checkPing(c.PingURL, bad)
	for name, secret := range map[string]string{"CONNECTOR_API_TOKEN": c.APIToken,
		"CONNECTOR_SECRET_KEY": c.SecretKey} {
		if secret != "" && len(secret) < minSecret &&
			!(secret == c.SecretKey && len(c.keyAsGiven) >= minSecret && c.hasDatabase()) {
			bad.add(name, "has %d characters: use %d or more, for example from `openssl rand -hex 32`", len(secret),
				minSecret)
		}
	}
	c.checkSigns(bad)
	if c.AdminPassword != "" {
		if p := login.CheckPassword(c.AdminPassword); p.Code != "" {
			bad.add("CONNECTOR_ADMIN_PASSWORD", "use %d or more characters, and at most %d bytes", login.MinPassword,
				login.MaxPassword)
		}
	}
	if len(c.Socket) > 100 {
		bad.add("CONNECTOR_SOCKET", "the path has %d characters, a unix socket's may have 100: set a shorter one",
			len(c.Socket))
	}
	if !slices.Contains([]string{"auto", "text", "json"}, c.LogFormat) {
		bad.add("CONNECTOR_LOG_FORMAT", "%q is not a format: use auto, text or json", c.LogFormat)
	}
}

// checkSigns looks for what was copied with a secret and cannot be seen. A key
// that a database was made with is its key, whatever it looks like.
func (c *Config) checkSigns(bad *Problems) {
	if at := oddSign(c.APIToken); at != 0 {
		bad.add("CONNECTOR_API_TOKEN", "%s", oddSigns(at, "letters, digits and signs of ASCII, no blanks"))
	}
	if at := oddKeySign(c.SecretKey); at != 0 && !c.hasDatabase() {
		bad.add("CONNECTOR_SECRET_KEY", "%s", oddSigns(at, "letters, digits, signs and blanks of ASCII"))
	}
	if at := unseenSign(c.AdminPassword); at != 0 {
		bad.add("CONNECTOR_ADMIN_PASSWORD", "%s", oddSigns(at, "letters, digits, signs and plain blanks within"))
	}
}

func (c *Config) hasDatabase() bool {
	_, err := os.Stat(c.DB)
	return err == nil
}

// tidyURL gives a URL in its one form, and tells what is wrong with one that
// cannot be used.
func tidyURL(name, text string, plain bool, bad *Problems) string {
	if text == "" {
		return ""
	}
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	tidy, ok := weburl.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		bad.add(name, "not an absolute URL: use https://name.example")
	case u.Scheme == "http" && !plain:
		bad.add(name, "is http: use https, or set CONNECTOR_ALLOW_PRIVATE_NETWORKS=true for a test")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		bad.add(name, "leave user, query and fragment out")
	case !ok:
		bad.add(name, "its host cannot exist: use https://name.example")
	default:
		return tidy.String()
	}
	return text
}

// checkPing tells what is wrong with the address that is asked while all is well, and does not
// repeat it: whoever has it can say that all is well.
func checkPing(text string, bad *Problems) {
	if text == "" {
		return
	}
	const name = "CONNECTOR_PING_URL"
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		bad.add(name, "not an absolute URL: use https://name.example/…")
		return
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.Unmap().IsLinkLocalUnicast() {
		bad.add(name, "a link-local address is never connected to: use a private one, or a name")
	}
}
