package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the image has no zone files

	"github.com/caarlos0/env/v11"

	"ineed-insales/internal/bridge"
	"ineed-insales/internal/weburl"
)

// A Config is all that can be set from outside. Its tags are the one source of
// the variables' names, defaults and meanings; each is also a flag
// (CONNECTOR_PUBLIC_URL, --public-url), and NAME_FILE names a file to read the
// value from.
type Config struct {
	Addr           string         `env:"CONNECTOR_ADDR" envDefault:":8080" usage:"listen address"`
	DB             string         `env:"CONNECTOR_DB" envDefault:"data/connector.db" usage:"SQLite file"`
	Socket         string         `env:"CONNECTOR_SOCKET" usage:"unix socket of the command line (default: connector.sock beside the database)"`
	MetricsAddr    string         `env:"CONNECTOR_METRICS_ADDR" usage:"own listen address for /metrics (default: on the main one)"`
	PublicURL      string         `env:"CONNECTOR_PUBLIC_URL" usage:"URL at which InSales and INEED.CHAT reach the connector"`
	ChatURL        string         `env:"CONNECTOR_CHAT_URL" usage:"the INEED.CHAT tenant, https://NAME.ineed.chat"`
	APIToken       string         `env:"CONNECTOR_API_TOKEN" secret:"true" usage:"bearer token of the JSON API over TCP, 32 or more characters (default: none, socket only)"`
	SecretKey      string         `env:"CONNECTOR_SECRET_KEY" secret:"true" usage:"encrypts secrets at rest and signs markers, 32 or more characters (default: connector.key beside the database, made at first start)"`
	Poll           time.Duration  `env:"CONNECTOR_POLL_INTERVAL" envDefault:"2m" want:"a number with a unit, such as 90s or 2m" usage:"between reads of a shop's change feed, at least 1s"`
	Private        bool           `env:"CONNECTOR_ALLOW_PRIVATE_NETWORKS" envDefault:"false" want:"true or false" usage:"allow shop and chat URLs that are http or resolve to loopback or private addresses"`
	AdminPassword  string         `env:"CONNECTOR_ADMIN_PASSWORD" secret:"true" usage:"first password of the panel, 10 or more characters (default: none, a set-up link is printed to the log)"`
	TimeZone       *time.Location `env:"CONNECTOR_TIME_ZONE" envDefault:"Europe/Moscow" want:"a name such as Europe/Moscow" usage:"time zone of the panel"`
	TrustedProxies []netip.Prefix `env:"CONNECTOR_TRUSTED_PROXIES" want:"CIDRs such as 10.0.0.0/8, separated by commas" usage:"CIDRs of proxies whose X-Forwarded-For and -Proto are believed"`
	LogLevel       slog.Level     `env:"CONNECTOR_LOG_LEVEL" envDefault:"info" want:"debug, info, warn or error" usage:"debug, info, warn or error"`
	LogFormat      string         `env:"CONNECTOR_LOG_FORMAT" envDefault:"auto" usage:"text, json, or auto: text on a terminal, else JSON"`

	keyAsGiven string // SecretKey with what stood around it, if that was something
	keyFile    string // the file that SecretKey was read from; "" = none
}

// minSecret is the shortest token or key that is accepted, in characters.
const minSecret = 32

// A Setting is one configured value as the config command shows it.
type Setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`  // masked if it is a secret
	Source string `json:"source"` // default, environment, file or flag
}

// An option is one field of Config with its tags.
type option struct {
	field                     string
	name, flag, usage, preset string
	want                      string // what can be parsed; "" for texts
	secret                    bool
}

func options() []option {
	var list []option
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name := tag.Get("env")
		if name == "" {
			continue
		}
		list = append(list, option{
			field: t.Field(i).Name, name: name, usage: tag.Get("usage"), preset: tag.Get("envDefault"),
			flag:   strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "CONNECTOR_"), "_", "-")),
			want:   tag.Get("want"),
			secret: tag.Get("secret") != "",
		})
	}
	return list
}

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

// loadConfig reads the configuration from the environment and from flags,
// which win. All problems are reported at once; the Config is then as good as
// it gets, and the settings are always complete.
func loadConfig(environ []string, flags map[string]string) (Config, []Setting, error) {
	var bad Problems
	values, sources, given := readEnvironment(environ, &bad)
	for _, o := range options() {
		if v, ok := flags[o.flag]; ok {
			values[o.name], sources[o.name] = v, "flag"
		}
	}
	var cfg Config
	const key = "CONNECTOR_SECRET_KEY"
	for name, value := range values {
		values[name] = trim(value)
	}
	if given.text != "" && given.text != values[key] && sources[key] != "flag" {
		cfg.keyAsGiven = given.text
	}
	if sources[key] == "file" {
		cfg.keyFile = given.file
	}
	err := env.ParseWithOptions(&cfg, env.Options{Environment: values})
	parseProblems(err, values, &bad)
	if cfg.Socket == "" {
		cfg.Socket = filepath.Join(filepath.Dir(cfg.DB), "connector.sock")
	}
	cfg.check(&bad)
	var settings []Setting
	for _, o := range options() {
		settings = append(settings, o.setting(cfg, values, sources))
	}
	if len(bad) > 0 {
		slices.Sort(bad)
		return cfg, settings, bad
	}
	return cfg, settings, nil
}

func (o option) setting(cfg Config, values, sources map[string]string) Setting {
	s := Setting{Name: o.name, Value: values[o.name], Source: sources[o.name]}
	if s.Value == "" { // an empty value is none
		s.Value, s.Source = o.preset, "default"
		if o.field == "Socket" {
			s.Value = cfg.Socket
		}
	}
	if o.secret && s.Value != "" {
		s.Value = "•••"
	}
	if strings.Contains(s.Value, "://") {
		s.Value = hiddenInURL.ReplaceAllString(s.Value, "$1$3•••$2")
	}
	return s
}

// hiddenInURL is what may be a secret in a URL, which no setting takes: a user
// with a password, a query.
var hiddenInURL = regexp.MustCompile(`(://)[^/@\s]*(@)|([?#]).*`)

// A givenKey is the secret key as somebody gave it.
type givenKey struct{ text, file string }

// readEnvironment gives the values of all known variables and where each came
// from.
func readEnvironment(environ []string, bad *Problems) (values, sources map[string]string, key givenKey) {
	values, sources = map[string]string{}, map[string]string{}
	known := map[string]bool{}
	for _, o := range options() {
		known[o.name] = true
	}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "CONNECTOR_") {
			continue
		}
		base, isFile := strings.CutSuffix(name, "_FILE")
		switch {
		case known[name] && value != "":
			if sources[name] == "file" {
				bad.add(name, "is set, and so is %s_FILE: unset one of them", name)
			}
			values[name], sources[name] = value, "environment"
			if name == "CONNECTOR_SECRET_KEY" {
				key = givenKey{text: value}
			}
		case known[name], isFile && known[base] && value == "": // empty is the same as unset, as in a compose file
		case isFile && known[base]:
			if sources[base] != "" {
				bad.add(base, "is set, and so is %s: unset one of them", name)
			}
			raw, err := readValue(value)
			if err != nil {
				bad.add(name, "%v: name a file that this user can read", err)
				continue
			}
			text, err := plainText(raw)
			if err != nil {
				bad.add(name, "its file %v", err)
				continue
			}
			values[base], sources[base] = text, "file"
			if base == "CONNECTOR_SECRET_KEY" {
				// As versions before this one read it: without its last line break.
				key = givenKey{strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r"), value}
			}
		default:
			bad.add(name, "is not a setting%s", nearest(name, known))
		}
	}
	return values, sources, key
}

func readValue(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64<<10))
}

// nearest suggests the known name that shares most of its words.
func nearest(name string, known map[string]bool) string {
	best, most := "", 1 // the prefix is shared by all
	for _, o := range options() {
		n := 0
		for w := range strings.SplitSeq(name, "_") {
			if slices.Contains(strings.Split(o.name, "_"), w) {
				n++
			}
		}
		if n > most {
			best, most = o.name, n
		}
	}
	if best == "" {
		return "; `ineed-insales config` lists them all"
	}
	return "; do you mean " + best + "?"
}

// parseProblems translates env's errors, which name the struct's fields and
// Go's functions, but no remedy.
func parseProblems(err error, values map[string]string, bad *Problems) {
	if err == nil {
		return
	}
	var all env.AggregateError
	if !errors.As(err, &all) {
		*bad = append(*bad, err.Error())
		return
	}
	for _, e := range all.Errors {
		var p env.ParseError
		if !errors.As(e, &p) {
			*bad = append(*bad, e.Error())
			continue
		}
		for _, o := range options() {
			if o.field == p.Name {
				bad.add(o.name, "%q is not a value for it: use %s", values[o.name], o.want)
			}
		}
	}
}

// check looks at what each value means.
func (c *Config) check(bad *Problems) {
	if c.Poll < time.Second && !bad.tell("CONNECTOR_POLL_INTERVAL") {
		bad.add("CONNECTOR_POLL_INTERVAL", "%v is too short: use 1s or more, 2m is usual", c.Poll)
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
	for name, secret := range map[string]string{"CONNECTOR_API_TOKEN": c.APIToken, "CONNECTOR_SECRET_KEY": c.SecretKey} {
		if secret != "" && len(secret) < minSecret &&
			!(secret == c.SecretKey && len(c.keyAsGiven) >= minSecret && c.hasDatabase()) {
			bad.add(name, "has %d characters: use %d or more, for example from `openssl rand -hex 32`", len(secret), minSecret)
		}
	}
	c.checkSigns(bad)
	if c.AdminPassword != "" {
		if p := bridge.CheckPassword(c.AdminPassword); p.Code != "" {
			bad.add("CONNECTOR_ADMIN_PASSWORD", "use %d or more characters, and at most %d bytes", bridge.MinPassword, bridge.MaxPassword)
		}
	}
	if len(c.Socket) > 100 {
		bad.add("CONNECTOR_SOCKET", "the path has %d characters, a unix socket's may have 100: set a shorter one", len(c.Socket))
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
