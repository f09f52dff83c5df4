// Package web is what the panel looks like: templates, one style sheet, one
// small script, all embedded. What is asked for is parsed once, in each language;
// [Pages.Render] fills a page with a view of view.go.
//
// The pages work without the script, which only saves steps. Nothing on them is
// inline, neither style nor script, so that the strictest content policy fits.
// All text comes from the words that New was given, or is data; html/template
// escapes both.
//
// The package is a leaf: it imports nothing of ours and knows no rules.
package web

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed templates/*.html assets/*
var files embed.FS

// Words gives the text of an id with its arguments, name by name.
type Words func(id string, args ...string) string

// A Config says how pages are made.
type Config struct {
	Base   string             // path prefix of every link, "" or "/prefix"
	Words  map[string]Words   // by language
	Number func(n int) string // a number of things as people write it
}

// An Asset is a file that pages refer to. Its name changes with its content.
type Asset struct {
	Type   string
	Body   []byte
	Packed func() []byte // the body in gzip, made when it is asked for first
}

// Pages are all pages in all languages. They may be used concurrently.
type Pages struct {
	base   string
	assets map[string]Asset                                // by name with hash
	hashed map[string]string                               // plain name to name with hash
	pages  map[string]map[string]func() *template.Template // by language and name
}

// New prepares all pages. Each page, and what they share, is parsed when it is asked
// for first: all of them in all languages take megabytes that most of the time nobody
// looks at. The pages are part of the program, so a page that cannot be parsed is a
// broken build, and the first look at it panics in every test.
func New(c Config) *Pages {
	p := &Pages{base: c.Base, assets: map[string]Asset{}, hashed: map[string]string{},
		pages: map[string]map[string]func() *template.Template{}}
	p.loadAssets()
	names, err := fs.Glob(files, "templates/page_*.html")
	if err != nil {
		panic(err)
	}
	for lang, words := range c.Words {
		shared := sync.OnceValue(func() *template.Template {
			return template.Must(template.New("").Funcs(p.funcs(words, c.Number)).
				ParseFS(files, "templates/layout.html", "templates/part_*.html"))
		})
		p.pages[lang] = map[string]func() *template.Template{}
		for _, name := range names {
			page := strings.TrimSuffix(strings.TrimPrefix(path.Base(name), "page_"), ".html")
			p.pages[lang][page] = sync.OnceValue(func() *template.Template {
				return template.Must(template.Must(shared().Clone()).ParseFS(files, name))
			})
		}
	}
	return p
}

// assetTypes are the content types of assets. Package mime would read all the
// types that the system knows, and keep them in memory.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",

	manifestExt: "application/manifest+json",
}

// manifestExt is how the name of the file ends that makes the panel installable. It refers
// to icons, so it is loaded when they have their names.
const manifestExt = ".webmanifest"

func (p *Pages) loadAssets() {
	list, err := fs.ReadDir(files, "assets")
	if err != nil {
		panic(err)
	}
	slices.SortStableFunc(list, func(a, b fs.DirEntry) int { // the manifest last
		return cmp.Compare(strings.Count(a.Name(), manifestExt), strings.Count(b.Name(), manifestExt))
	})
	for _, f := range list {
		body, err := files.ReadFile("assets/" + f.Name())
		if err != nil {
			panic(err)
		}
		p.loadAsset(f.Name(), body)
	}
}

// loadAsset gives a file its name with hash.
func (p *Pages) loadAsset(file string, body []byte) {
	ext := path.Ext(file)
	kind, ok := assetTypes[ext]
	if !ok {
		panic("no type for the asset " + file)
	}
	if ext == manifestExt { // its links are relative, so they hold below any prefix
		for plain, hashed := range p.hashed {
			body = bytes.ReplaceAll(body, []byte(`"`+plain+`"`), []byte(`"`+hashed+`"`))
		}
	}
	sum := sha256.Sum256(body)
	name := strings.TrimSuffix(file, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	p.assets[name] = Asset{Type: kind, Body: body, Packed: sync.OnceValue(func() []byte { return packed(body) })}
	p.hashed[file] = name
}

// packed is a body in gzip.
func packed(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b) // memory takes all that it is given
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

// funcs is what templates can call.
func (p *Pages) funcs(words Words, number func(int) string) template.FuncMap {
	return template.FuncMap{
		"t":     func(id string, args ...string) string { return words(id, args...) },
		"link":  func(to string) string { return p.base + to },
		"asset": p.asset,
		"pair":  func(a, b any) [2]any { return [2]any{a, b} },
		"exact": exact,
		"tel":   tel,
		"parts": parts,
		"count": number,
	}
}

// parts are a text taken apart into the time that it tells, and what stands around that.
func parts(text string, when Moment) []Moment {
	before, after, is := strings.Cut(text, when.Text)
	if when.Stamp == "" || !is {
		return []Moment{{Text: text}}
	}
	return []Moment{{Text: before}, when, {Text: after}}
}

// exact is a time with its seconds and its zone, for whoever points at it, or a day.
func exact(stamp string) string {
	if day, err := time.Parse(time.DateOnly, stamp); err == nil {
		return day.Format("02.01.2006")
	}
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	return at.Format("02.01.2006 15:04:05 -07:00")
}

// tel is where a phone number leads: the digits of a link that dials.
func tel(phone string) template.URL {
	keep := func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}
	return template.URL("tel:" + strings.Map(keep, phone)) //nolint:gosec // digits only
}

// asset is the URL of an asset.
func (p *Pages) asset(name string) (string, error) {
	hashed, ok := p.hashed[name]
	if !ok {
		return "", fmt.Errorf("no asset %s", name)
	}
	return p.base + "/assets/" + hashed, nil
}

// Asset gives an asset by its name with hash.
func (p *Pages) Asset(name string) (Asset, bool) {
	a, ok := p.assets[name]
	return a, ok
}

// Render gives a page.
func (p *Pages) Render(page string, v View) ([]byte, error) {
	parsed, ok := p.pages[v.Lang][page]
	if !ok {
		return nil, fmt.Errorf("no page %s in %q", page, v.Lang)
	}
	var b bytes.Buffer
	if err := parsed().ExecuteTemplate(&b, "layout", v); err != nil {
		return nil, fmt.Errorf("page %s: %w", page, err)
	}
	return b.Bytes(), nil
}
