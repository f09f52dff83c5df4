package config

import (
	"strings"

	"ineed-insales/internal/proxy"
)

// readProxy reads which proxies requests leave by. These variables are everybody's, have no
// prefix and are written in capitals or not; capitals win, as elsewhere.
func (c *Config) readProxy(environ []string, bad *Problems) []Setting {
	values := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		upper := strings.ToUpper(name)
		if value = trim(value); value != "" && (name == upper || values[upper] == "") {
			values[upper] = value
		}
	}
	s := proxy.Setting{HTTP: values["HTTP_PROXY"], HTTPS: values["HTTPS_PROXY"], No: values["NO_PROXY"]}
	var err error
	if c.Proxy, err = proxy.Parse(s); err != nil {
		name := "HTTPS_PROXY"
		if _, err := proxy.Parse(proxy.Setting{HTTPS: s.HTTPS}); err == nil {
			name = "HTTP_PROXY"
		}
		bad.add(name, "%v", err)
	}
	var list []Setting
	for _, name := range proxyNames() {
		one := Setting{Name: name, Value: withoutUser(values[name]), Source: "environment"}
		if one.Value == "" {
			one.Source = "default"
		}
		list = append(list, one)
	}
	return list
}

func proxyNames() []string { return []string{"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} }

// withoutUser masks who signs in at a proxy, however its URL is written.
func withoutUser(text string) string {
	at := strings.LastIndex(text, "@")
	if at < 0 {
		return text
	}
	scheme, _, is := strings.Cut(text, "://")
	if !is {
		return masked + text[at:]
	}
	return scheme + "://" + masked + text[at:]
}
