package config

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	longToken = "an-api-token-of-more-than-32-characters"
	longKey   = "a-secret-key-of-more-than-32-characters"
)

// outerNames are the variables that interface.md promises.
func outerNames() []string {
	return []string{
		"CONNECTOR_ADDR", "CONNECTOR_DB", "CONNECTOR_SOCKET", "CONNECTOR_METRICS_ADDR", "CONNECTOR_PUBLIC_URL",
		"CONNECTOR_CHAT_URL", "CONNECTOR_ADMIN_PASSWORD", "CONNECTOR_API_TOKEN", "CONNECTOR_SECRET_KEY",
		"CONNECTOR_POLL_INTERVAL", "CONNECTOR_TIME_ZONE", "CONNECTOR_ALLOW_PRIVATE_NETWORKS",
		"CONNECTOR_TRUSTED_PROXIES", "CONNECTOR_PING_URL", "CONNECTOR_LOG_LEVEL", "CONNECTOR_LOG_FORMAT",
		"CONNECTOR_BACKUP_DIR", "CONNECTOR_BACKUP_KEEP", "CONNECTOR_KEEP_HISTORY", "CONNECTOR_KEEP_REFUSED",
		"CONNECTOR_KEEP_UNREAD", "CONNECTOR_KEEP_RUNS", "CONNECTOR_KEEP_JOURNAL",
	}
}

// setting gives the value and source of one setting as "value (source)".
func setting(t *testing.T, list []Setting, name string) string {
	t.Helper()
	i := slices.IndexFunc(list, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no setting %s", name)
	}
	return fmt.Sprintf("%s (%s)", list[i].Value, list[i].Source)
}

// valueFile makes a file for a NAME_FILE variable.
func valueFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestOptions(t *testing.T) {
	list := options()
	flags := map[string]bool{}
	for _, o := range list {
		if o.usage == "" {
			t.Errorf("%s has no usage", o.name)
		}
		words := strings.ToLower(strings.TrimPrefix(o.name, "CONNECTOR_"))
		if want := "--" + strings.ReplaceAll(words, "_", "-"); "--"+o.flag != want {
			t.Errorf("%s is the flag --%s, want %s", o.name, o.flag, want)
		}
		if flags[o.flag] {
			t.Errorf("--%s is there twice", o.flag)
		}
		flags[o.flag] = true
		if !slices.Contains(outerNames(), o.name) {
			t.Errorf("%s is not promised: write it down in interface.md", o.name)
		}
	}
	for _, name := range outerNames() {
		if !slices.ContainsFunc(list, func(o option) bool { return o.name == name }) {
			t.Errorf("%s is promised and not there", name)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Setenv("CONNECTOR_ADDR", ":1") // only what is handed over counts
	cfg, settings, err := Load([]string{"HOME=/root", "CONNECTOR_DB=", "CONNECTOR_API_TOKEN_FILE="}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Addr != ":8080" || cfg.DB != "data/connector.db" || cfg.Socket != "data/connector.sock" ||
		cfg.Poll != 2*time.Minute || cfg.Private || cfg.LogLevel != slog.LevelInfo || cfg.LogFormat != "auto" ||
		cfg.TimeZone.String() != "Europe/Moscow" {
		t.Errorf("%+v", cfg)
	}
	if cfg.MetricsAddr+cfg.PublicURL+cfg.ChatURL+cfg.APIToken+cfg.SecretKey+cfg.AdminPassword != "" ||
		cfg.TrustedProxies != nil {
		t.Errorf("%+v", cfg)
	}
	for _, s := range settings {
		if s.Source != "default" {
			t.Errorf("%s comes from %s", s.Name, s.Source)
		}
	}
}

func TestSources(t *testing.T) {
	fromFile := func(text string) string { return "CONNECTOR_API_TOKEN_FILE=" + valueFile(t, text) }
	tests := []struct {
		name    string
		environ []string
		flags   map[string]string
		setting string
		want    string
	}{
		{"default", nil, nil, "CONNECTOR_POLL_INTERVAL", "2m (default)"},
		{"environment", []string{"CONNECTOR_POLL_INTERVAL=5s"}, nil, "CONNECTOR_POLL_INTERVAL", "5s (environment)"},
		{"flag", nil, map[string]string{"poll-interval": "7s"}, "CONNECTOR_POLL_INTERVAL", "7s (flag)"},
		{"flag over environment", []string{"CONNECTOR_ADDR=:1"}, map[string]string{"addr": ":2"}, "CONNECTOR_ADDR",
			":2 (flag)"},
		{"flag over file", []string{"CONNECTOR_ADDR_FILE=" + valueFile(t, ":1\n")}, map[string]string{"addr": ":2"},
			"CONNECTOR_ADDR", ":2 (flag)"},
		{"file", []string{"CONNECTOR_ADDR_FILE=" + valueFile(t, ":3\r\n")}, nil, "CONNECTOR_ADDR", ":3 (file)"},
		{"file without line break", []string{"CONNECTOR_ADDR_FILE=" + valueFile(t, ":3")}, nil, "CONNECTOR_ADDR",
			":3 (file)"},
		{"empty file", []string{"CONNECTOR_ADDR_FILE=" + valueFile(t, "\n")}, nil, "CONNECTOR_ADDR", ":8080 (default)"},
		{"empty flag", nil, map[string]string{"addr": ""}, "CONNECTOR_ADDR", ":8080 (default)"},
		{"empty flag over environment", []string{"CONNECTOR_CHAT_URL=https://a.example"},
			map[string]string{"chat-url": ""}, "CONNECTOR_CHAT_URL", " (default)"},
		{"socket beside the database", []string{"CONNECTOR_DB=/x/y.db"}, nil, "CONNECTOR_SOCKET",
			"/x/connector.sock (default)"},
		{"socket of its own", []string{"CONNECTOR_SOCKET=/run/s"}, nil, "CONNECTOR_SOCKET", "/run/s (environment)"},
		{"secret from environment", []string{"CONNECTOR_SECRET_KEY=" + longKey}, nil, "CONNECTOR_SECRET_KEY",
			"••• (environment)"},
		{"secret from file", []string{fromFile(longToken + "\n")}, nil, "CONNECTOR_API_TOKEN", "••• (file)"},
		{"secret from flag", nil, map[string]string{"api-token": longToken}, "CONNECTOR_API_TOKEN", "••• (flag)"},
		{"no secret", nil, nil, "CONNECTOR_API_TOKEN", " (default)"},
		{"address to ask", []string{"CONNECTOR_PING_URL=http://10.0.0.7:3001/api/push/hunter22?status=up"}, nil,
			"CONNECTOR_PING_URL", "••• (environment)"},
		{"password", []string{"CONNECTOR_ADMIN_PASSWORD=hunter22hunter22"}, nil, "CONNECTOR_ADMIN_PASSWORD",
			"••• (environment)"},
	}
	for _, test := range tests {
		cfg, settings, err := Load(test.environ, test.flags)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := setting(t, settings, test.setting); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if v := settings[0].Value; v != cfg.Addr {
			t.Errorf("%s: shows %s as address, but %s is used", test.name, v, cfg.Addr)
		}
		if text := fmt.Sprint(settings); strings.Contains(text, longToken) || strings.Contains(text, longKey) ||
			strings.Contains(text, "hunter22") {
			t.Errorf("%s: the settings hold a secret: %s", test.name, text)
		}
	}
	cfg, _, err := Load([]string{fromFile(longToken + "\n"), "CONNECTOR_SECRET_KEY=" + longKey}, nil)
	if err != nil || cfg.APIToken != longToken || cfg.SecretKey != longKey {
		t.Errorf("%v %+v", err, cfg)
	}
}

func TestProblems(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	tests := []struct {
		environ string // separated by blanks
		name    string
		want    string // in the one problem, with the remedy
	}{
		{"CONNECTOR_ADDR=8080", "CONNECTOR_ADDR", "use host:port or :port"},
		{"CONNECTOR_METRICS_ADDR=:8080", "CONNECTOR_METRICS_ADDR", "leave it out"},
		{"CONNECTOR_METRICS_ADDR=nine", "CONNECTOR_METRICS_ADDR", "use host:port or :port"},
		{"CONNECTOR_POLL_INTERVAL=2", "CONNECTOR_POLL_INTERVAL", "use a number with a unit, such as 90s or 2m"},
		{"CONNECTOR_POLL_INTERVAL=500ms", "CONNECTOR_POLL_INTERVAL", "too short: use 1s or more"},
		{"CONNECTOR_POLL_INTERVAL=0", "CONNECTOR_POLL_INTERVAL", "too short: use 1s or more"},
		{"CONNECTOR_POLL_INTERVAL=-2m", "CONNECTOR_POLL_INTERVAL", "too short: use 1s or more"},
		{"CONNECTOR_ALLOW_PRIVATE_NETWORKS=maybe", "CONNECTOR_ALLOW_PRIVATE_NETWORKS", "use true or false"},
		{"CONNECTOR_LOG_LEVEL=loud", "CONNECTOR_LOG_LEVEL", "use debug, info, warn or error"},
		{"CONNECTOR_LOG_FORMAT=xml", "CONNECTOR_LOG_FORMAT", "use auto, text or json"},
		{"CONNECTOR_TIME_ZONE=Moskau", "CONNECTOR_TIME_ZONE", "use a name such as Europe/Moscow"},
		{"CONNECTOR_TRUSTED_PROXIES=10.0.0.0/8,all", "CONNECTOR_TRUSTED_PROXIES", "use CIDRs such as 10.0.0.0/8"},
		{"CONNECTOR_PUBLIC_URL=connector.example", "CONNECTOR_PUBLIC_URL", "use https://name.example"},
		{"CONNECTOR_PUBLIC_URL=https://u:p@connector.example", "CONNECTOR_PUBLIC_URL",
			"leave user, query and fragment out"},
		{"CONNECTOR_CHAT_URL=http://name.ineed.chat", "CONNECTOR_CHAT_URL", "use https"},
		{"CONNECTOR_CHAT_URL=ftp://name.ineed.chat", "CONNECTOR_CHAT_URL", "use https://name.example"},
		{"CONNECTOR_PUBLIC_URL=https://connector..example", "CONNECTOR_PUBLIC_URL", "cannot exist"},
		{"CONNECTOR_CHAT_URL=https://name.ineed.chat:0", "CONNECTOR_CHAT_URL", "cannot exist"},
		{"CONNECTOR_PING_URL=hc-ping.example/secret", "CONNECTOR_PING_URL", "use https://name.example/…"},
		{"CONNECTOR_PING_URL=ftp://hc-ping.example/secret", "CONNECTOR_PING_URL", "use https://name.example/…"},
		{"CONNECTOR_PING_URL=https:///secret", "CONNECTOR_PING_URL", "use https://name.example/…"},
		{"CONNECTOR_PING_URL=https://hc-ping.example/sec%ret", "CONNECTOR_PING_URL", "use https://name.example/…"},
		{"CONNECTOR_PING_URL=http://169.254.169.254/secret", "CONNECTOR_PING_URL", "link-local"},
		{"CONNECTOR_PING_URL=http://[fe80::1]/secret", "CONNECTOR_PING_URL", "link-local"},
		{"CONNECTOR_API_TOKEN=short", "CONNECTOR_API_TOKEN", "has 5 characters: use 32 or more"},
		{"CONNECTOR_SECRET_KEY=short", "CONNECTOR_SECRET_KEY", "openssl rand -hex 32"},
		{"CONNECTOR_SOCKET=/" + strings.Repeat("long/", 20), "CONNECTOR_SOCKET", "set a shorter one"},
		{"CONNECTOR_DB=/" + strings.Repeat("long/", 20) + "c.db", "CONNECTOR_SOCKET", "set a shorter one"},
		{"CONNECTOR_POLL=5m", "CONNECTOR_POLL", "is not a setting; do you mean CONNECTOR_POLL_INTERVAL?"},
		{"CONNECTOR_INTERVAL_POLL=5m", "CONNECTOR_INTERVAL_POLL", "do you mean CONNECTOR_POLL_INTERVAL?"},
		{"CONNECTOR_TOKEN_FILE=/x", "CONNECTOR_TOKEN_FILE", "do you mean CONNECTOR_API_TOKEN?"},
		{"CONNECTOR_XYZ=", "CONNECTOR_XYZ", "is not a setting; `ineed-insales config` lists them all"},
		{"CONNECTOR_API_TOKEN_FILE=" + missing, "CONNECTOR_API_TOKEN_FILE", "name a file that this user can read"},
		{"CONNECTOR_API_TOKEN_FILE=" + filepath.Dir(missing), "CONNECTOR_API_TOKEN_FILE",
			"name a file that this user can read"},
		{"CONNECTOR_ADDR=:1 CONNECTOR_ADDR_FILE=" + valueFile(t, ":1"), "CONNECTOR_ADDR",
			"is set, and so is CONNECTOR_ADDR_FILE: unset one of them"},
		{"CONNECTOR_ADDR_FILE=" + valueFile(t, ":1") + " CONNECTOR_ADDR=:1", "CONNECTOR_ADDR",
			"is set, and so is CONNECTOR_ADDR_FILE: unset one of them"},
	}
	var everything []string
	for _, test := range tests {
		environ := strings.Fields(test.environ)
		_, settings, err := Load(environ, nil)
		list, ok := err.(Problems)
		if !ok || len(list) != 1 || !strings.HasPrefix(list[0], test.name+": ") ||
			!strings.Contains(list[0], test.want) {
			t.Errorf("%s: %q, want only %s with %q", test.environ, []string(list), test.name, test.want)
		}
		if len(settings) != len(options())+len(proxyNames()) {
			t.Errorf("%s: %d settings", test.environ, len(settings))
		}
		everything = append(everything, environ[0])
	}
	// Of a variable that is set several times the last one counts.
	_, _, err := Load(everything, nil)
	for _, test := range tests {
		if err == nil || !strings.Contains(err.Error(), "\n  "+test.name+": ") {
			t.Errorf("all at once: %s is not told: %v", test.name, err)
		}
	}
}

func TestPrivateNetworksAllowHTTP(t *testing.T) {
	cfg, _, err := Load([]string{"CONNECTOR_CHAT_URL=http://127.0.0.1:1", "CONNECTOR_PUBLIC_URL=http://10.0.0.1/p"},
		map[string]string{"allow-private-networks": "true"})
	if err != nil || cfg.ChatURL != "http://127.0.0.1:1" || !cfg.Private {
		t.Errorf("%v %+v", err, cfg)
	}
}

// TestOneFormOfURLs: what is configured is used in its one form.
func TestOneFormOfURLs(t *testing.T) {
	for typed, want := range map[string]string{
		"https://connector.example.com:443":      "https://connector.example.com",
		"HTTPS://Connector.Example.Com./prefix/": "https://connector.example.com/prefix",
		"https://заказы.пример.рф":               "https://xn--80aatcn8h.xn--e1afmkfd.xn--p1ai",
		"https://connector.example.com:8443":     "https://connector.example.com:8443",
	} {
		cfg, _, err := Load([]string{"CONNECTOR_PUBLIC_URL=" + typed, "CONNECTOR_CHAT_URL= " + typed + "/"}, nil)
		if err != nil || cfg.PublicURL != want || cfg.ChatURL != want {
			t.Errorf("%s: %q and %q, %v; want %q", typed, cfg.PublicURL, cfg.ChatURL, err, want)
		}
	}
}
