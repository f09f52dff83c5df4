package locale

import (
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"
)

// everyArgument has a value for each argument that the texts use.
func everyArgument(t *testing.T) map[string]string {
	t.Helper()
	args := map[string]string{}
	field := regexp.MustCompile(`\{\{(?:[a-z]+ )?\.([a-z_]+)[ }]`)
	for _, lang := range []string{Russian, English} {
		for _, text := range source(t, lang) {
			for _, m := range field.FindAllStringSubmatch(text, -1) {
				args[m[1]] = "<" + m[1] + ">"
			}
		}
	}
	return args
}

func TestBothLanguagesHaveTheSameTexts(t *testing.T) {
	ru, en := IDs(Russian), IDs(English)
	if len(ru) == 0 {
		t.Fatal("no texts at all")
	}
	for _, id := range ru {
		if !slices.Contains(en, id) {
			t.Errorf("English lacks %s", id)
		}
	}
	for _, id := range en {
		if !slices.Contains(ru, id) {
			t.Errorf("Russian lacks %s", id)
		}
	}
}

func TestBothLanguagesUseTheSameArguments(t *testing.T) {
	field := regexp.MustCompile(`\.[a-z_]+\b`)
	ru, en := source(t, Russian), source(t, English)
	used := func(text string) []string {
		var names []string
		for _, action := range regexp.MustCompile(`\{\{[^}]*\}\}`).FindAllString(text, -1) {
			names = append(names, field.FindAllString(action, -1)...)
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	for id := range ru {
		if a, b := used(ru[id]), used(en[id]); !slices.Equal(a, b) {
			t.Errorf("%s: Russian uses %v, English %v", id, a, b)
		}
	}
}

func TestEveryTextExecutes(t *testing.T) {
	full := everyArgument(t)
	for _, lang := range []string{Russian, English} {
		for _, id := range IDs(lang) {
			for _, args := range []map[string]string{nil, full} {
				text := Text(lang, id, args)
				if text == "" || text == id || strings.Contains(text, "no value") || strings.Contains(text, "{{") {
					t.Errorf("%s %s with %d arguments: %q", lang, id, len(args), text)
				}
			}
		}
	}
}

func TestTemplatesParse(t *testing.T) {
	for _, lang := range []string{Russian, English} {
		for id, text := range source(t, lang) {
			tmpl, err := template.New(id).Option("missingkey=zero").Funcs(functions).Parse(text)
			if err != nil {
				t.Errorf("%s %s: %v", lang, id, err)
				continue
			}
			if err := tmpl.Execute(io.Discard, map[string]string{}); err != nil {
				t.Errorf("%s %s: %v", lang, id, err)
			}
		}
	}
}

func TestProblem(t *testing.T) {
	tests := []struct {
		lang, code string
		args       map[string]string
		want       string // part of the text
	}{
		{Russian, "payment_unmapped", map[string]string{"type": "cash"},
			"Способ оплаты «cash» из INEED.CHAT не сопоставлен"},
		{English, "payment_unmapped", map[string]string{"type": "cash"}, "payment type “cash” is not mapped"},
		{"de", "payment_unmapped", map[string]string{"type": "cash"}, "Способ оплаты «cash»"},
		{Russian, "no_such_code", nil, "no_such_code"},
		{English, "", nil, ""},
		{Russian, "cannot_retry", map[string]string{"state": "sending"}, "нельзя: отправляется."},
		{English, "cannot_cancel", map[string]string{"state": "strange"}, "now: strange."},
		{English, "shop_check", map[string]string{"code": "key_rejected"},
			"not enabled. InSales does not know the access key."},
		{English, "shop_check", map[string]string{"code": "right_missing", "operation": "orders"},
			"lacks a right (read orders)."},
		{English, "shop_check", map[string]string{"code": "strange"}, "not enabled. strange"},
		{English, "shop_check", map[string]string{"code": "shop_check"}, "not enabled. The settings"},
		{English, "shop_refused", map[string]string{"message": "{{.evil}}"}, "{{.evil}}"},
	}
	for _, test := range tests {
		before := maps.Clone(test.args)
		if got := Problem(test.lang, test.code, test.args); !strings.Contains(got, test.want) {
			t.Errorf("Problem(%s, %q, %v) = %q, want %q in it", test.lang, test.code, test.args, got, test.want)
		}
		if !maps.Equal(before, test.args) {
			t.Errorf("Problem(%s, %q) changed its arguments: %v", test.lang, test.code, test.args)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		lang, name string
		args       map[string]string
		want       string
	}{
		{Russian, "right", map[string]string{"right": "settings"}, "Право «Настройки магазина – Просмотр»"},
		{English, "right", map[string]string{"right": "orders"}, "Right “Доступ в раздел Заказы (orders)”"},
		{English, "payment", map[string]string{"type": "cash", "id": "5"}, "Payment “cash”: 5"},
		{English, "delivery", map[string]string{"type": "courier", "id": "7", "title": "Курьером", "price": "300.0"},
			"Delivery “courier”: Курьером, 7, 300.0 RUB"},
		{Russian, "strange", nil, "strange"},
	}
	for _, test := range tests {
		if got := Check(test.lang, test.name, test.args); got != test.want {
			t.Errorf("Check(%s, %q, %v) = %q, want %q", test.lang, test.name, test.args, got, test.want)
		}
	}
	redirects := map[string]string{"to": "shop-1.myinsales.ru"}
	if got := Problem(Russian, "shop_redirects", redirects); !strings.HasPrefix(got,
		"Магазин отправляет на shop-1.myinsales.ru: укажите этот адрес") {
		t.Error(got)
	}
	if got := Problem(Russian, "shop_redirects", nil); !strings.Contains(got, "технический адрес магазина") {
		t.Error(got)
	}
}

func TestEvent(t *testing.T) {
	tests := []struct {
		kind string
		args map[string]string
		want string
	}{
		{"received", nil, "Заказ принят из INEED.CHAT"},
		{"intent", map[string]string{"attempt": "2"}, "Заказ отправляется в InSales, попытка 2"},
		{"seen", map[string]string{"status": "delivering"}, "Заказ в InSales изменился: доставляется"},
		{"seen", map[string]string{"status": "delivering", "shop_status": "dispatched"}, "В InSales новый статус: «Отгружен»"},
		{"seen", map[string]string{"shop_status": "Ждёт «Почту»", "paid": "paid"},
			"В InSales новый статус: «Ждёт „Почту“», оплачен"},
		{"seen", map[string]string{"status": "new", "paid": "paid"}, "В InSales отмечено: оплачен"},
		{"reported", map[string]string{"status": "new"}, "Статус «новый» передан в INEED.CHAT"},
		{"person", map[string]string{"action": "retry", "by": "cli"}, "Команда на сервере: заказ отправлен ещё раз"},
		{"person", map[string]string{"action": "cancel", "by": "анна"}, "Анна: отправка отменена"},
		{"person", nil, "действие человека"},
		{"problem", map[string]string{"code": "payment_unmapped", "type": "cash"},
			"Остановлен: способ оплаты «cash» не сопоставлен"},
		{"problem", map[string]string{"code": "shop_refused", "message": "нет"}, "Остановлен: InSales не принял заказ"},
		{"problem", map[string]string{"code": "two_orders", "first": "1", "second": "2"},
			"В магазине два заказа с одной и той же служебной строкой коннектора: 1 и 2"},
		{"problem", nil, "Требует внимания"},
		{"reporterror", map[string]string{"tries": "9", "status": "404", "parked": "report_not_found"},
			"Не удалось передать статус в INEED.CHAT (код 404): INEED.CHAT не знает"},
		{"strange", nil, "strange"},
	}
	for _, test := range tests {
		if got := Event(Russian, test.kind, test.args); !strings.HasPrefix(got, test.want) {
			t.Errorf("Event(%q, %v) = %q, want %q first", test.kind, test.args, got, test.want)
		}
	}
}
