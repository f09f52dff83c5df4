package handlers

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"ineed-insales/storage"
)

// TestChart: the overview says what came in a day, a week and a month, of all companies or
// one, and nothing that is not so.
func TestChart(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	for period, want := range map[string]string{
		"": "За последние 24 часа заказов не было.", "day": "За последние 24 часа заказов не было.",
		"week": "За последние 7 дней заказов не было.", "month": "За последние 30 дней заказов не было.",
		"century": "За последние 24 часа заказов не было.",
	} {
		text := p.get("/?period=" + period)
		has(t, text, want)
		hasNot(t, text, `<svg class="chart"`, "не дошёл", "Все компании")
	}

	key := p.takes(p.secret(), "a1")
	text := p.get("/")
	has(t, text, "Ни один ещё не дошёл до InSales.", "990", `<pattern id="late"`, "<title>", `<th scope="row">`)
	hasNot(t, text, "Самый долгий шёл до InSales</dt>", "class=\"late\"", "style=")

	o, err := p.store.Order(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	was := o.State
	o.State, o.SentAt = storage.StateSent, o.AcceptedAt.Add(90*time.Second)
	if err := p.store.Update(t.Context(), func(tx *storage.Tx) error { return tx.PutOrder(&o, was, o.Attempt) }); err != nil {
		t.Fatal(err)
	}
	for _, period := range []string{"day", "week", "month"} {
		text = p.get("/?period=" + period)
		has(t, text, "Самый долгий шёл до InSales</dt><dd>2 мин", `class="late" fill="url(#late)"`,
			"хотя бы один шёл до InSales дольше 30 секунд", `aria-current="true"`)
		hasNot(t, text, "Ни один")
		if marks := strings.Count(text, `text-anchor="middle"`); marks < 4 || marks > 7 {
			t.Errorf("%s: %d marks", period, marks)
		}
	}

	if res := p.post("/companies", url.Values{"id": {"3"}, "name": {"Вторая"}, "shop_url": {"https://other.myinsales.ru"},
		"key_id": {"k"}, "key_password": {"p"}}); res.Code != 201 {
		t.Fatal(res.Code, res.Body)
	}
	has(t, p.get("/"), "Все компании", `<option value="3">Вторая</option>`, `<svg class="chart"`)
	text = p.get("/?period=week&of=3")
	has(t, text, `<option value="3" selected>`, "За последние 7 дней заказов не было.",
		`href="/?of=3&amp;period=month#chart"`, `<input type="hidden" name="period" value="week">`)
	has(t, p.get("/?of=4711"), `<svg class="chart"`) // no such company: all
}
