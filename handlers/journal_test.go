package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ineed-insales/insales/insalestest"
)

// TestJournalWords: a change is told in the words of the page where it was
// made; raw values, paths and secrets are not for people.
func TestJournalWords(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.shop.AddKey(insalestest.DefaultKeyID, "sesame")
	for version, change := range map[string]url.Values{
		"2": {"chat_auth": {"bearer"}, "catalog_price": {"price2"}, "catalog_interval": {"90"}, "max_age": {"36"},
			"erase_after":     {"90"},
			"statuses.0.from": {"sobran"}, "statuses.0.id": {"assembling"}, "key_password": {"sesame"}},
	} {
		form := manageValues()
		form.Set("version", version)
		for name, values := range change {
			form[name] = values
		}
		if res := p.saved(form); res.Code >= 400 {
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
	if res := p.post("/notify/email",
		url.Values{"do": {"save"}, "email_address": {"smtp.example.ru"}, "email_security": {"tls"},
			"email_to":   {"a@example.ru"},
			"email_from": {"b@example.ru"}, "email_secret": {"sesame"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	text := p.get("/journal")
	has(t, text,
		`Как INEED.CHAT подтверждает, что заказ от него: `+
			`<span class="soft line-through">Подписью (надёжнее всего)</span> → Токеном в заголовке`,
		`Цена в каталоге: <span class="soft line-through">Основная цена</span> → Дополнительная цена, price2`,
		`Интервал каталога: <span class="soft line-through">5 минут</span> → 90 минут`,
		`Спрашивать меня о заказах старше: <span class="soft line-through">24 часа</span> → 36 часов`,
		`Стирать данные покупателей через: 90 дней`,
		`Статус «sobran»: собирается`, `Способ оплаты «cash»: № 5000001`, `Пароль ключа: изменён`,
		`Почта: защита: `, `TLS, порт 465`, `Почта: пароль: задан`)
	_, list, _ := strings.Cut(text, "<ol")
	hasNot(t, list, "signature", ": price", "catalog.", "orders.", "sesame", "assembling", "changed", "true", "0s")
}
