package catalog

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ineed-insales/internal/legible"
)

// pieces are what descriptions of the test are made of: everyday tags, others, and what
// is torn or pretends to be one.
var pieces = strings.Split(`<p>|</p>|<b>|</b>|<br>|<br/>|<br />|</br>|<P>|</P>|<ul><li>|</li></ul>|<td colspan="2">|</td>|
<p style="color: red">|<span class='x'>|</span>|<a href="/page/1">|<a href="https://e.com/?a=1&b=2" target=_blank>|</a>|
<a href="javascript:x">|<a>|<a name="x">|<img src="a.jpg" alt="1 > 2">|<img src=//e.com/1.jpg>|<img>|<img src="data:x">|
<p title="a>b">|<p title='<b>'>|<p title=a'b>|<p title="|">|<p |<p<b>|< p>|<>|</>|<|>|"|'|&|&amp;|&nbsp;|&lt;script>|&#1;|
&#13;|&#x202e;|&ampx|&am|p;|<!-- a>|-->|<!-- a -->|<!doctype html>|<?x?>|<script>|</script>|<style>|</style>|<title>|</title>|
<textarea>|</textarea>|<iframe src="https://e.com/">|</iframe>|<svg/onload=alert(1)>|<div onclick="x()">|<plaintext>|<b/r>|
<q cite="ftp://e.com/">|<blockquote cite="a">|</p x="1">|<table class="sizes">|</table>|</ p>|<a href="#" href="/x">|слово|
два слова| |<a/href="/x">|<p/>|<hr id="1" id="2">|<b dir="rtl" lang="ru">`, "|")

// TestEverydayDescriptions: a document of everyday tags, each of which is cleaned alone,
// becomes what the policy makes of it as a whole.
func TestEverydayDescriptions(t *testing.T) {
	var pages []*url.URL
	for _, at := range []string{"https://shop-1.myinsales.ru/product/a", "https://shop-2.myinsales.ru/product/b"} {
		page, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	c, met := newCleaner(), 0
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.SampledFrom([]int{3, 12, len(pieces)}).Draw(t, "kinds")
		text := legible.Text(strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces[:few]), 0, 12).Draw(t, "text"), ""))
		page := rapid.SampledFrom(pages).Draw(t, "page")
		got, ok := c.everyday(page, text)
		if !ok {
			return
		}
		met++
		if want, omitted := c.whole(page, text); got != want || omitted != 0 {
			t.Fatalf("%s: %s, want %s, %d", text, got, want, omitted)
		}
	})
	if met < 20 {
		t.Errorf("only %d were", met)
	}
}

// TestEverydayTags: what is taken for an everyday description and what is not.
func TestEverydayTags(t *testing.T) {
	page, c := &url.URL{Scheme: "https", Host: "e.com"}, newCleaner()
	for name := range plain {
		for _, text := range []string{"<" + name + ">", "</" + name + ">", "<" + name + ` onclick="x()">`} {
			got, ok := c.everyday(page, text)
			if want, _ := c.whole(page, text); !ok || got != want {
				t.Errorf("%s: %s %t, want %s", text, got, ok, want)
			}
		}
	}
	for text, want := range map[string]bool{
		`<p style="x">a & b</p><br/>`: true, `<a href="/x">b</a>`: true, "<p": false, "<script>": false, "<a>": false,
		`<p title="a>b">`: false, "<!-- a>": false, `<img src="data:x">`: false, "a > b": true,
	} {
		if _, ok := c.everyday(page, text); ok != want {
			t.Errorf("%s: %t", text, ok)
		}
	}
	for i := range 3 * mostTags {
		c.everyday(page, `<p title="`+strings.Repeat("x", i)+`">`)
	}
	if len(c.tags) > mostTags {
		t.Errorf("%d tags are remembered", len(c.tags))
	}
}
