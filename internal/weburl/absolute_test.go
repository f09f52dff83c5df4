package weburl

import (
	"net/url"
	"testing"
)

var product, _ = url.Parse("https://shop-1.myinsales.ru/product/kruzhka")

func TestAbsolute(t *testing.T) {
	for text, want := range map[string]string{
		"/collection/x":           "https://shop-1.myinsales.ru/collection/x",
		"collection/x":            "https://shop-1.myinsales.ru/product/collection/x",
		"../page/a":               "https://shop-1.myinsales.ru/page/a",
		"./b":                     "https://shop-1.myinsales.ru/product/b",
		"?q=1":                    "https://shop-1.myinsales.ru/product/kruzhka?q=1",
		"?q=а б":                  "https://shop-1.myinsales.ru/product/kruzhka?q=%D0%B0%20%D0%B1",
		"#sizes":                  "https://shop-1.myinsales.ru/product/kruzhka#sizes",
		"#":                       "https://shop-1.myinsales.ru/product/kruzhka",
		"//static.example.com/1":  "https://static.example.com/1",
		`\\static.example.com\1`:  "https://static.example.com/1",
		`/files\1.jpg`:            "https://shop-1.myinsales.ru/files/1.jpg",
		" \t/files/1.jpg\r\n":     "https://shop-1.myinsales.ru/files/1.jpg",
		"/files/\n1.jpg":          "https://shop-1.myinsales.ru/files/1.jpg",
		"12:30.jpg":               "https://shop-1.myinsales.ru/product/12:30.jpg",
		"HTTPS://Example.COM/A":   "https://example.com/A",
		"http://example.com":      "http://example.com",
		"https:/example.com/a":    "https://example.com/a",
		"https://example.com:443": "https://example.com",
		"https://пример.рф/ф":     "https://xn--e1afmkfd.xn--p1ai/%D1%84",
		"https://u:p@example.com": "https://example.com",
		"https://example.com?a=b": "https://example.com?a=b",
		// Escaped once.
		"/files/кружка 1.jpg": "https://shop-1.myinsales.ru/files/" +
			"%D0%BA%D1%80%D1%83%D0%B6%D0%BA%D0%B0%201.jpg",
		"/files/%D0%BA%d1%80.jpg":      "https://shop-1.myinsales.ru/files/%D0%BA%d1%80.jpg",
		"/files/100%.jpg":              "https://shop-1.myinsales.ru/files/100%25.jpg",
		"/files/100%25.jpg":            "https://shop-1.myinsales.ru/files/100%25.jpg",
		"/files/%zz%4":                 "https://shop-1.myinsales.ru/files/%25zz%254",
		"/a b%2Fc%3Fd?x=%26&y=[1]#я":   "https://shop-1.myinsales.ru/a%20b%2Fc%3Fd?x=%26&y=%5B1%5D#%D1%8F",
		"https://e.com/a b/%2F/\u202e": "https://e.com/a%20b/%2F/%E2%80%AE",
		`https://e.com/"<>`:            "https://e.com/%22%3C%3E",
		// Mail and telephone.
		"mailto:shop@example.com": "mailto:shop@example.com",
		"TEL:+7 999 000-11-22":    "tel:+7%20999%20000-11-22",
		"mailto:":                 "",
		// What leads nowhere, or runs.
		"":                           "",
		" \n":                        "",
		"javascript:alert(1)":        "",
		"JavaScript:alert(1)":        "",
		"java\tscript:alert(1)":      "",
		"\u0001javascript:alert(1)":  "",
		"data:image/png;base64,AA":   "",
		"vbscript:x":                 "",
		"file:///etc/passwd":         "",
		"ftp://example.com/1":        "",
		"https://":                   "",
		"//":                         "",
		"http://exa mple.com/":       "",
		"https://example.com:99999/": "",
		"C:\\photos\\1.jpg":          "",
	} {
		got, ok := Absolute(product, text)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v, want %q", text, got, ok, want)
		}
		if again, _ := Absolute(product, got); ok && again != got {
			t.Errorf("%q does not stay what it is: %q", got, again)
		}
	}
}

func TestRebase(t *testing.T) {
	for text, want := range map[string]struct {
		out  string
		lost int
	}{
		"plain & <b>bold</b>":                {"plain & <b>bold</b>", 0},
		`<a href="/collection/x">все</a>`:    {`<a href="https://shop-1.myinsales.ru/collection/x">все</a>`, 0},
		`<A HREF=/x title='1'>`:              {`<a href="https://shop-1.myinsales.ru/x" title="1">`, 0},
		`<img alt="1" src="/files/a b.jpg">`: {`<img alt="1" src="https://shop-1.myinsales.ru/files/a%20b.jpg">`, 0},
		`<img src="//static.e.com/1.jpg"/>`:  {`<img src="https://static.e.com/1.jpg"/>`, 0},
		`<img src="https://e.com/1.jpg">`:    {`<img src="https://e.com/1.jpg">`, 0},
		`<a href="javascript:x">y</a>`:       {`<a>y</a>`, 0}, // no loss
		`1<img src="data:x">2`:               {`12`, 1},
		`<img src="">`:                       {"", 0},
		`<q cite="a">`:                       {`<q cite="https://shop-1.myinsales.ru/product/a">`, 0},
		"<b id=1><q class=x CITE\n\t =a>":    {`<b id=1><q class="x" cite="https://shop-1.myinsales.ru/product/a">`, 0},
		`<b id=1><A  Title='1'>href`:         {`<b id=1><A  Title='1'>href`, 0}, // no address: nothing changes
		`<a href="1:2">`:                     {`<a href="https://shop-1.myinsales.ru/product/1:2">`, 0},
		`<a href="?a=1&amp;b=2">`:            {`<a href="https://shop-1.myinsales.ru/product/kruzhka?a=1&amp;b=2">`, 0},
		`<a href="ftp://e.com/1">`:           {`<a>`, 1},
		"href= <i>x":                         {"href= <i>x", 0},
		`<script>"<a href='/x'>"</script>`:   {`<script>"<a href='/x'>"</script>`, 0},
		`<a href="/x`:                        {`<a href="/x`, 0}, // no tag, to whoever reads it next neither
	} {
		if out, lost := Rebase(product, text); out != want.out || lost != want.lost {
			t.Errorf("%s: %s, %d; want %s, %d", text, out, lost, want.out, want.lost)
		}
	}
}
