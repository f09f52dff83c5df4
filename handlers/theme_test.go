package handlers

import (
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestInstallable: the manifest, its icons and what else a page refers to are served with
// their types, below a prefix too.
func TestInstallable(t *testing.T) {
	w := newWorld(t)
	w.newSite("https://example.com/prefix")
	get := func(to string) (kind, body string) {
		t.Helper()
		res := w.page(to, "X: 1", "Host: example.com")
		if res.Code != 200 {
			t.Fatalf("%s: %d", to, res.Code)
		}
		return res.Header().Get("Content-Type"), res.Body.String()
	}
	_, page := get("/prefix/signin")
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
		".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json"}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:href|src)="(/prefix/assets/[^"]*)"`).FindAllStringSubmatch(page, -1) {
		ext := path.Ext(m[1])
		if kind, _ := get(m[1]); kind != kinds[ext] {
			t.Errorf("%s: %s", m[1], kind)
		}
		seen[ext] = true
	}
	if len(seen) != len(kinds) {
		t.Errorf("the page refers to %v", seen)
	}

	at := "/prefix/assets/manifest" + between(page, `href="/prefix/assets/manifest`, `"`)
	_, text := get(at)
	var manifest struct {
		Name  string
		Short string `json:"short_name"`
		Start string `json:"start_url"`
		Scope string
		Icons []struct{ Src, Type, Sizes, Purpose string }
	}
	if err := json.Unmarshal([]byte(text), &manifest); err != nil {
		t.Fatal(err)
	}
	from := &url.URL{Path: at}
	if start := from.JoinPath("..", manifest.Start).Path; start != "/prefix/" || manifest.Scope != manifest.Start ||
		manifest.Name == "" || manifest.Short == "" {
		t.Errorf("%s starts at %s", text, start)
	}
	for _, icon := range manifest.Icons {
		to := path.Join(path.Dir(at), icon.Src)
		kind, body := get(to)
		if kind != icon.Type || icon.Type == "image/png" && !strings.HasPrefix(body, "\x89PNG") {
			t.Errorf("%s: %s", to, kind)
		}
	}
	if len(manifest.Icons) != 4 {
		t.Errorf("%d icons", len(manifest.Icons))
	}
}

// TestTheme: a theme is chosen without a script, and kept for the browser.
func TestTheme(t *testing.T) {
	p := newAdmin(t)
	const system = `<meta name="color-scheme" content="light dark">`
	if page := p.get("/access"); !strings.Contains(page, system) || !strings.Contains(page, `value="system" checked`) ||
		!strings.Contains(page, `media="(prefers-color-scheme: dark)">`) {
		t.Errorf("at first: %s", page)
	}
	for _, theme := range []string{"light", "dark"} {
		res := p.form("/access/theme", url.Values{"theme": {theme}}, p.cookie)
		if res.Code != 303 || res.Header().Get("Location") != "/access?done=theme" {
			t.Fatalf("%s: %d %s", theme, res.Code, res.Body)
		}
		kept := res.Result().Cookies()[0]
		for _, path := range []string{"/access", "/signin"} {
			page := p.page(path, p.cookie+"; "+kept.Name+"="+kept.Value).Body.String()
			if !strings.Contains(page, `<meta name="color-scheme" content="`+theme+`">`) ||
				strings.Contains(page, "dark.") != (theme == "dark") || strings.Contains(page, "prefers-color-scheme") {
				t.Errorf("%s: %s", theme, page)
			}
		}
	}
	if page := p.page("/access", p.cookie+"; ineed_theme=system").Body.String(); !strings.Contains(page, system) {
		t.Errorf("back at the system's: %s", page)
	}
	if page := p.page("/access", p.cookie+`; ineed_theme=<b>`).Body.String(); !strings.Contains(page, system) {
		t.Errorf("an unknown one: %s", page)
	}
	if res := p.form("/access/theme", url.Values{"theme": {"pink"}}, p.cookie); res.Code != 400 {
		t.Errorf("pink: %d", res.Code)
	}
}
