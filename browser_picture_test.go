//go:build browser

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The merchant's guide shows pictures of the real panel. Beside them stands of what: for each
// picture a sum over the words of its page that are no data, and over the style. When either
// changes, the browser test fails until `make pictures` has made the pictures anew, so that the
// guide never shows a panel that is no more.

const pictureSums = "docs/pictures/pages.txt"

// pictured are the pages that the guide shows.
func pictured(t *testing.T) []string {
	var names []string
	shown := regexp.MustCompile(`\]\(pictures/(\w+)\.png\)`)
	for _, m := range shown.FindAllStringSubmatch(read(t, "docs/guide.ru.md"), -1) {
		names = append(names, m[1])
	}
	return names
}

// picture looks whether a page is as its picture shows it. With PICTURES set it makes the picture
// anew instead: the first screen of a window of 1100 by 900.
func (b *tab) picture(name string) {
	b.t.Helper()
	if !slices.Contains(pictured(b.t), name) {
		return
	}
	words := ask(b, "the words of "+name, chromedp.Evaluate[string](`[...document.querySelectorAll(
		"h1, h2, nav a, label, th, legend, button, dt")].map(e => e.innerText.trim()).join("\n")`))
	sum := sha256.Sum256([]byte(read(b.t, "handlers/web/assets/panel.css") + "\n" + words))
	line := name + " " + hex.EncodeToString(sum[:8])
	if os.Getenv("PICTURES") == "" {
		if !slices.Contains(strings.Split(read(b.t, pictureSums), "\n"), line) {
			b.t.Errorf("the guide's picture of %s is of another panel: make pictures", name)
		}
		return
	}
	b.set(look{"picture", 1100, "light"})
	png := ask(b, "picture", chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join("docs", "pictures", name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.addSum(line)
}

// addSum puts a line of a page in the place of its older one.
func (b *tab) addSum(line string) {
	b.t.Helper()
	name, _, _ := strings.Cut(line, " ")
	text, _ := os.ReadFile(pictureSums) // none yet
	kept := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(text)), "\n"),
		func(l string) bool { return l == "" || strings.HasPrefix(l, name+" ") })
	kept = append(kept, line)
	slices.Sort(kept)
	if err := os.WriteFile(pictureSums, []byte(strings.Join(kept, "\n")+"\n"), 0o644); err != nil {
		b.t.Fatal(err)
	}
}
