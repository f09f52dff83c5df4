// Package config is everything that can be set from outside, and what lies in the
// data folder beside the database.
//
// [Load] reads the settings from the environment, from files that the environment
// names (NAME_FILE), and from flags, in this order of increasing weight, over the
// defaults. It reports all that is wrong at once, each with its remedy, and never
// prints a secret. [Config] is the result; the rest of the program reads nothing of
// the environment.
//
// The data folder holds the database, the secret key and the socket of the command
// line. The methods of Config make it and tidy it, and find or make the key
// ([Config.OpenKey]): a key is made only for a database that does not exist yet,
// because with a new one all secrets of an old database would be lost. Nothing here
// opens the database or listens anywhere.
package config

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the image has no zone files

	"github.com/caarlos0/env/v11"

	"ineed-insales/internal/proxy"
)

// A Config is all that can be set from outside. Its tags are the one source of
// the variables' names and defaults; meanings has the rest. Each variable is also a
// flag (CONNECTOR_PUBLIC_URL, --public-url), and NAME_FILE names a file to read the
// value from.
type Config struct {
	Addr           string         `env:"CONNECTOR_ADDR" envDefault:":8080"`
	DB             string         `env:"CONNECTOR_DB" envDefault:"data/connector.db"`
	Socket         string         `env:"CONNECTOR_SOCKET"`
	MetricsAddr    string         `env:"CONNECTOR_METRICS_ADDR"`
	PublicURL      string         `env:"CONNECTOR_PUBLIC_URL"`
	ChatURL        string         `env:"CONNECTOR_CHAT_URL"`
	APIToken       string         `env:"CONNECTOR_API_TOKEN" secret:"true"`
	SecretKey      string         `env:"CONNECTOR_SECRET_KEY" secret:"true"`
	Poll           time.Duration  `env:"CONNECTOR_POLL_INTERVAL" envDefault:"2m"`
	Private        bool           `env:"CONNECTOR_ALLOW_PRIVATE_NETWORKS" envDefault:"false"`
	BackupDir      string         `env:"CONNECTOR_BACKUP_DIR"`
	BackupKeep     int            `env:"CONNECTOR_BACKUP_KEEP" envDefault:"7"`
	KeepHistory    Age            `env:"CONNECTOR_KEEP_HISTORY" envDefault:"365d"`
	KeepRefused    Age            `env:"CONNECTOR_KEEP_REFUSED" envDefault:"7d"`
	KeepUnread     Age            `env:"CONNECTOR_KEEP_UNREAD" envDefault:"90d"`
	KeepRuns       Age            `env:"CONNECTOR_KEEP_RUNS" envDefault:"90d"`
	KeepJournal    Age            `env:"CONNECTOR_KEEP_JOURNAL" envDefault:"365d"`
	AdminPassword  string         `env:"CONNECTOR_ADMIN_PASSWORD" secret:"true"`
	TimeZone       *time.Location `env:"CONNECTOR_TIME_ZONE" envDefault:"Europe/Moscow"`
	TrustedProxies []netip.Prefix `env:"CONNECTOR_TRUSTED_PROXIES"`
	PingURL        string         `env:"CONNECTOR_PING_URL" secret:"true"`
	LogLevel       slog.Level     `env:"CONNECTOR_LOG_LEVEL" envDefault:"info"`
	LogFormat      string         `env:"CONNECTOR_LOG_FORMAT" envDefault:"auto"`

	// Proxy is by which proxies requests leave, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.
	Proxy proxy.Proxy

	keyAsGiven string // SecretKey with what stood around it, if that was something
	keyFile    string // the file that SecretKey was read from; "" = none
	settings   []Setting
}

// A meaning is what a person has to know of a variable.
type meaning struct {
	usage string // as the help prints it
	want  string // what can be parsed; "" for texts, of which all can
}

func meanings() map[string]meaning {
	return map[string]meaning{
		"CONNECTOR_ADDR": {usage: "listen address"},
		"CONNECTOR_DB":   {usage: "SQLite file"},
		"CONNECTOR_SOCKET": {
			usage: "unix socket of the command line (default: connector.sock beside the database)"},
		"CONNECTOR_METRICS_ADDR": {usage: "own listen address for /metrics (default: on the main one)"},
		"CONNECTOR_PUBLIC_URL":   {usage: "URL at which InSales and INEED.CHAT reach the connector"},
		"CONNECTOR_CHAT_URL":     {usage: "the INEED.CHAT tenant, https://NAME.ineed.chat"},
		"CONNECTOR_API_TOKEN": {
			usage: "bearer token of the JSON API over TCP, 32 or more characters (default: none; others are made in the panel)"},
		"CONNECTOR_SECRET_KEY": {
			usage: "encrypts secrets at rest and signs markers, 32 or more characters" +
				" (default: connector.key beside the database, made at first start)"},
		"CONNECTOR_POLL_INTERVAL": {
			usage: "between reads of a shop's change feed, at least 1s",
			want:  "a number with a unit, such as 90s or 2m"},
		"CONNECTOR_ALLOW_PRIVATE_NETWORKS": {
			usage: "allow shop and chat URLs that are http or resolve to loopback or private addresses",
			want:  "true or false"},
		"CONNECTOR_BACKUP_DIR": {
			usage: "folder of the nightly copies of the database, better on another disk; off = none are made" +
				" (default: backups beside the database)"},
		"CONNECTOR_BACKUP_KEEP":  {usage: "how many nightly copies stay, 1 to 366", want: "a number from 1 to 366"},
		"CONNECTOR_KEEP_HISTORY": {usage: "how long the history of orders that need nothing more is kept", want: wantAge},
		"CONNECTOR_KEEP_REFUSED": {usage: "how long refused webhooks are kept", want: wantAge},
		"CONNECTOR_KEEP_UNREAD": {
			usage: "how long deliveries are kept that no program could read", want: wantAge},
		"CONNECTOR_KEEP_RUNS":    {usage: "how long runs of the catalog are kept", want: wantAge},
		"CONNECTOR_KEEP_JOURNAL": {usage: "how long entries of the journal are kept", want: wantAge},
		"CONNECTOR_ADMIN_PASSWORD": {
			usage: "first password of the panel, 10 or more characters" +
				" (default: none, a set-up link is printed to the log)"},
		"CONNECTOR_TIME_ZONE": {
			usage: "time zone of the panel, and of the night in which copies are made",
			want:  "a name such as Europe/Moscow"},
		"CONNECTOR_TRUSTED_PROXIES": {
			usage: "CIDRs of proxies whose X-Forwarded-For and -Proto are believed",
			want:  "CIDRs such as 10.0.0.0/8, separated by commas"},
		"CONNECTOR_PING_URL": {
			usage: "asked with a GET each minute while all is well, as Healthchecks and Uptime Kuma take it" +
				" (default: none; may be http and at a private address)"},
		"CONNECTOR_LOG_LEVEL":  {usage: "debug, info, warn or error", want: "debug, info, warn or error"},
		"CONNECTOR_LOG_FORMAT": {usage: "text, json, or auto: text on a terminal, else JSON"},
	}
}

// minSecret is the shortest token or key that is accepted, in characters.
const minSecret = 32

// A Setting is one configured value as the config command shows it.
type Setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`          // masked if it is a secret
	Source string `json:"source"`         // default, environment, file or flag
	File   string `json:"file,omitempty"` // that it was read from
}

// An option is one field of Config with its tags.
type option struct {
	field              string
	name, flag, preset string
	secret             bool
	meaning
}

func options() []option {
	var list []option
	meant := meanings()
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name := tag.Get("env")
		if name == "" {
			continue
		}
		list = append(list, option{
			field: t.Field(i).Name, name: name, preset: tag.Get("envDefault"), secret: tag.Get("secret") != "",
			flag:    strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "CONNECTOR_"), "_", "-")),
			meaning: meant[name],
		})
	}
	return list
}

// Settings gives every setting with where it comes from, secrets masked; none of a Config that
// was not made by Load.
func (c *Config) Settings() []Setting { return slices.Clone(c.settings) }

// A Flag is the flag of one setting.
type Flag struct {
	Name  string // without --
	Usage string // with the variable and the default
}

// Flags lists a flag for each setting.
func Flags() []Flag {
	var list []Flag
	for _, o := range options() {
		usage := o.usage + " [$" + o.name + "]"
		if o.preset != "" {
			usage += " (default: " + o.preset + ")"
		}
		list = append(list, Flag{o.flag, usage})
	}
	return list
}

// Load reads the configuration from the environment and from flags, which win.
// All problems are reported at once, as [Problems]; the Config is then as good as
// it gets, and the settings are always complete.
func Load(environ []string, flags map[string]string) (Config, []Setting, error) {
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
		cfg.keyFile = given.files[key]
	}
	err := env.ParseWithOptions(&cfg, env.Options{Environment: values})
	parseProblems(err, values, &bad)
	if cfg.Socket == "" {
		cfg.Socket = filepath.Join(filepath.Dir(cfg.DB), "connector.sock")
	}
	if cfg.BackupDir == "" {
		cfg.BackupDir = filepath.Join(filepath.Dir(cfg.DB), "backups")
	}
	cfg.check(&bad)
	var settings []Setting
	for _, o := range options() {
		s := o.setting(cfg, values, sources)
		if s.Source == "file" {
			s.File = given.files[o.name]
		}
		if _, err := os.Stat(cfg.KeyPath()); o.name == key && s.Value == "" && err == nil {
			s.Value, s.Source, s.File = masked, "file", cfg.KeyPath()
		}
		settings = append(settings, s)
	}
	settings = append(settings, cfg.readProxy(environ, &bad)...)
	cfg.settings = settings
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
		switch o.field {
		case "Socket":
			s.Value = cfg.Socket
		case "BackupDir":
			s.Value = cfg.BackupDir
		}
	}
	if o.secret && s.Value != "" {
		s.Value = masked
	}
	if strings.Contains(s.Value, "://") {
		s.Value = hiddenInURL.ReplaceAllString(s.Value, "$1$3•••$2")
	}
	return s
}

// masked stands for what nobody may see.
const masked = "•••"

// hiddenInURL is what may be a secret in a URL, which no setting takes: a user
// with a password, a query.
var hiddenInURL = regexp.MustCompile(`(://)[^/@\s]*(@)|([?#]).*`)
