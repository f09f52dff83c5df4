package panel

import (
	"strings"
	"testing"

	"ineed-insales/handlers/web"
)

// TestMoments: a time within a text is the only part of it that is a time, and large numbers
// are written as people write them.
func TestMoments(t *testing.T) {
	at := web.Moment{Text: "5 минут назад", Stamp: "2026-11-29T20:24:05+03:00"}
	notes := []web.Note{{Text: "Последний – 5 минут назад: <нет>.", When: at}, {Text: "Без времени", When: at},
		{Text: "Последний – 5 минут назад"}}
	page, err := newPages("").Render("live", web.View{Lang: "ru", Title: "t", SignedIn: true, Waiting: 12345, Unseen: 3})
	if err != nil || !strings.Contains(string(page), ">12\u00a0345<span") || !strings.Contains(string(page), ">3<span") {
		t.Errorf("%v %s", err, page)
	}
	page, err = newPages("").Render("orders", web.View{Lang: "ru", Title: "t", Notes: notes, Page: web.Orders{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<p>Последний – <time datetime="2026-11-29T20:24:05&#43;03:00" ` +
		`title="29.11.2026 20:24:05 &#43;03:00">5 минут назад</time>: &lt;нет&gt;.</p>`,
		`<p>Без времени</p>`, `<p>Последний – 5 минут назад</p>`} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%s is not in\n%s", want, page)
		}
	}
}
