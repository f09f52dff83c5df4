package panel

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/bridge/alert"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// TestMessages: every kind of alarm has its words and its page in both languages.
func TestMessages(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	company := storage.Company{ID: "2", Name: "Кофейня"}
	alarm := func(kind, code string, args ...string) storage.Alarm {
		return storage.Alarm{Company: "2", Kind: kind, Code: code,
			Problem: storage.Problem{Code: code, Args: pairs(args)}, Orders: 3, Since: now.Add(-3 * time.Hour)}
	}
	tests := []struct {
		a                    storage.Alarm
		subject, text, where string
	}{
		{alarm(alert.AlarmCompany, problem.KeyRejected), "Кофейня: заказы не уходят в InSales",
			"InSales не узнаёт ключ", "/companies/2#shop"},
		{alarm(alert.AlarmChat, problem.ChatRejected), "статусы не передаются", "INEED.CHAT", "/companies/2#chat"},
		{alarm(alert.AlarmCatalog, problem.PriceMissing, "price", "price2"), "каталог не обновляется", "price2",
			"/companies/2#catalog"},
		{alarm(alert.AlarmGuard, problem.CatalogWithheld, "removed", "40", "held", "0", "categories", "0", "visible",
			"100"), "придержаны", "пропали бы 40 из 100 товаров; чат", "/companies/2#catalog"},
		{alarm(alert.AlarmHooks, problem.OtherConnector, "host", "other.example"), "второй коннектор",
			"other.example", "/companies/2#hooks"},
		{alarm(alert.AlarmOrders, problem.PaymentUnmapped), "требуют внимания",
			"3 заказа. Способ оплаты не сопоставлен.",
			"/orders?company=2&problem=payment_unmapped&state=attention"},
		{alarm(alert.AlarmOrders, problem.DeliveryUnmapped, "type", "sbp"), "требуют внимания",
			"Тип заказа «sbp» не сопоставлен.", "/orders?company=2&problem=delivery_unmapped&state=attention"},
		{alarm(alert.AlarmGone, problem.OrdersGone), "пропали", "пока вы не подтвердите", "/orders?company=2"},
		{alarm(alert.AlarmWaiting, alert.AlarmOrdersWait, "minutes", "15"), "долго ждут", "больше 15 минут.",
			"/orders?company=2&state=new"},
		{alarm(alert.AlarmRefused, alert.AlarmHooksRefused, "reason", "wrong_signature"), "не принимаются",
			"подпись не подходит", "/companies/2#chat"},
		{alarm(alert.AlarmUnread, problem.WireUnread, "n", "3", "at", "2026-11-29T09:13:34Z"), "",
			"3 сообщения, которые ещё нечем прочитать. Они сохранены и ждут.", "/companies/2/wire"},
		{alarm(alert.AlarmPlan, problem.NoticePlanEnds, "on", "2026-12-01", "days", "6"), "тариф", "01.12.2026",
			"/companies/2/check"},
	}
	write, plain := Messages("https://connector.example/base/"), Messages("")
	for _, test := range tests {
		l := write(locale.Russian, company, storage.Message{Kind: storage.MessageStarted, Alarm: test.a, At: now})
		if !strings.Contains(l.Subject, test.subject) || !strings.Contains(l.Text, test.text) ||
			l.Link != "https://connector.example/base"+test.where {
			t.Errorf("%+v", l)
		}
		over := write(locale.Russian, company, storage.Message{Kind: storage.MessageOver, Alarm: test.a, At: now})
		if !strings.HasPrefix(over.Subject, "Кофейня: снова в порядке (") ||
			!strings.HasPrefix(over.Text, "Всё наладилось, длилось это 3 часа. Было: ") {
			t.Errorf("%+v", over)
		}
		en := plain(locale.English, company, storage.Message{Kind: storage.MessageStarted, Alarm: test.a, At: now})
		if en.Link != "" || strings.Contains(en.Subject+en.Text, "message.") ||
			strings.ContainsAny(strings.TrimPrefix(en.Subject, "Кофейня")+en.Text, "абвгдеёжзиклмнопрстуфхцчшщ") {
			t.Errorf("%+v", en)
		}
	}
	if l := write(locale.Russian, storage.Company{},
		storage.Message{Kind: storage.MessageTest}); l.Subject != "Проверка уведомлений" ||
		l.Link != "https://connector.example/base/notify" {
		t.Errorf("%+v", l)
	}
	// What is wrong with the database is about no company.
	for _, code := range []string{problem.StoreFull, problem.StoreLost, problem.StoreNoLock,
		problem.StoreDamaged, problem.StoreFailing} {
		a := storage.Alarm{Kind: alert.AlarmStore, Code: code, Problem: storage.Problem{Code: code},
			Since: now.Add(-time.Hour)}
		l := write(locale.Russian, storage.Company{}, storage.Message{Kind: storage.MessageStarted, Alarm: a, At: now})
		if l.Subject != "Коннектор: новые заказы не сохраняются" || !strings.Contains(strings.ToLower(l.Text), "баз") ||
			l.Link != "https://connector.example/base/" {
			t.Errorf("%+v", l)
		}
	}
	// Nor is what is wrong with the machine.
	for _, machine := range []struct {
		p      storage.Problem
		ru, en string
	}{
		{problem.Of(problem.DiskLow, "free", "99", "need", "256"), "осталось 99 МиБ, нужно хотя бы 256", "has 99 MiB left"},
		{problem.Of(problem.ClockSlow, "seconds", "150"), "отстают от часов InSales и INEED.CHAT на 150 секунд", "150 seconds behind"},
		{problem.Of(problem.ClockFast, "seconds", "150"), "спешат относительно часов", "150 seconds ahead"},
		{problem.Of(problem.Restarts, "n", "4"), "запущен заново 4 раза", "4 times within an hour"},
		{problem.Of(problem.BackupOld, "hours", "50"), "последней 50 часов", "the last one is 50 hours old"},
		{problem.Of(problem.BackupOld), "копии базы коннектора нет. Посмотрите", "copy of the connector's database. The log"},
	} {
		a := storage.Alarm{Kind: alert.AlarmMachine, Code: machine.p.Code, Problem: machine.p, Since: now.Add(-time.Hour)}
		m := storage.Message{Kind: storage.MessageStarted, Alarm: a, At: now}
		l, en := write(locale.Russian, storage.Company{}, m), plain(locale.English, storage.Company{}, m)
		if l.Subject != "Коннектор: с сервером коннектора что-то не так" || !strings.Contains(l.Text, machine.ru) ||
			!strings.Contains(en.Text, machine.en) || l.Link != "https://connector.example/base/" {
			t.Errorf("%+v %+v", l, en)
		}
	}
	// All causes of orders have words that need no argument.
	for _, code := range []string{"payment_unmapped", "delivery_unmapped", "variant_missing", "variant_invalid",
		"sku_unknown", "sku_ambiguous", "currency", "body_unreadable", "too_old",
		"desired_time_passed", "shop_refused", "never_arrives", "not_proven", "look_alike", "account_left"} {
		l := write(locale.Russian, company,
			storage.Message{Kind: storage.MessageStarted, Alarm: alarm(alert.AlarmOrders, code), At: now})
		if strings.Contains(l.Text, "panel.") || strings.Contains(l.Text, "«»") ||
			strings.Contains(l.Text, "no value") {
			t.Errorf("%s: %s", code, l.Text)
		}
	}
}

// TestWeekText: what the weekly message says is true of an empty week, of one order and of
// many, names the causes of one company, and of many companies no more than fits.
func TestWeekText(t *testing.T) {
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.FixedZone("", 3*3600))
	week := storage.Week{First: day, Last: day.AddDate(0, 0, 6)}
	unmapped := storage.Alarm{Company: "2", Kind: alert.AlarmOrders, Code: problem.PaymentUnmapped, Orders: 3,
		Problem: storage.Problem{Code: problem.PaymentUnmapped}}
	key := storage.Alarm{Company: "2", Kind: alert.AlarmCompany, Code: problem.KeyRejected,
		Problem: storage.Problem{Code: problem.KeyRejected}}
	one := func(c storage.CompanyWeek) storage.Week {
		c.ID, c.Name = "2", "Кофейня"
		w := week
		w.Whole, w.Companies = c.Came, []storage.CompanyWeek{c}
		return w
	}
	many := week
	many.Whole, many.More = storage.Came{Orders: 12, Priced: 10, Total: 3450050, Arrived: 11,
		Median: 2 * time.Second, Slow: 301 * time.Second}, 7
	many.Companies = []storage.CompanyWeek{{ID: "2", Name: "Кофейня", Came: many.Whole,
		Alarms: []storage.Alarm{key, unmapped, unmapped}}, {ID: "3", Off: true}}
	calm := week
	calm.Companies = []storage.CompanyWeek{{ID: "2", Name: "Кофейня"}, {ID: "3"}}
	for _, test := range []struct {
		week    storage.Week
		subject string
		text    string // without breaks of lines
	}{
		{one(storage.CompanyWeek{}), "Кофейня: итоги недели 23.11 – 29.11",
			"Заказов не было. Сейчас ничего не требует внимания."},
		{one(storage.CompanyWeek{Came: storage.Came{Orders: 1, Priced: 1, Total: 99000, Arrived: 1, Slow: time.Millisecond},
			Catalog: true}), "Кофейня: ", "Пришёл 1 заказ на 990 ₽. До InSales дошёл один заказ, за 1 секунду. " +
			"Сейчас ничего не требует внимания. Каталог ещё ни разу не передан в чат целиком."},
		{one(storage.CompanyWeek{Came: storage.Came{Orders: 22}, Paused: true, Alarms: []storage.Alarm{unmapped},
			Catalog: true, InStep: true, CatalogAt: day.Add(40 * time.Minute)}), "Кофейня: ",
			"Пришло 22 заказа. Ни один ещё не дошёл до InSales. Сейчас требует внимания: " +
				"– 3 заказа. Способ оплаты не сопоставлен. Отправка заказов приостановлена. " +
				"Каталог в чате свежий, обновлён 23.11, 00:40."},
		{many, "Коннектор: итоги недели", "Пришло 12 заказов на 34 500,50 ₽. Сумма известна не у всех: она есть у 10 заказов. " +
			"До InSales дошло 11 заказов: половина – не больше чем за 2 секунды, самый долгий – за 6 минут. " +
			"Кофейня Пришло 12 заказов на 34 500,50 ₽. Сумма известна не у всех: она есть у 10 заказов. " +
			"До InSales дошло 11 заказов: половина – не больше чем за 2 секунды, самый долгий – за 6 минут. " +
			"Сейчас заказы не уходят в InSales, заказы требуют внимания. " +
			"3 Заказов не было. Заказы выключены. И ещё 7 компаний – на «Обзоре» в панели."},
		{calm, "Коннектор: ", "Заказов не было. Сейчас ничего не требует внимания. Кофейня Заказов не было. 3 Заказов не было."},
	} {
		m := storage.Message{Kind: storage.MessageWeekly, Week: &test.week}
		l := Messages("https://connector.example")(locale.Russian, storage.Company{}, m)
		text := strings.NewReplacer("\n\n", " ", "\n", " ", "\u00a0", " ").Replace(l.Text)
		if !strings.HasPrefix(l.Subject, test.subject) || text != test.text || l.Link != "https://connector.example/" {
			t.Errorf("%q %q %q\nwant %q", l.Subject, text, l.Link, test.text)
		}
		en := Messages("")(locale.English, storage.Company{}, m)
		if said := strings.ReplaceAll(en.Subject+en.Text, "Кофейня", ""); strings.Contains(said, "message.") ||
			strings.ContainsAny(said, "абвгдеёжзиклмнопрстуфхцчшщ") {
			t.Errorf("%+v", en)
		}
	}
	crowd := one(storage.CompanyWeek{Alarms: slices.Repeat([]storage.Alarm{unmapped}, 30)})
	if _, text := weekText(locale.Russian, crowd); strings.Count(text, "\n– ") != mostCauses+1 ||
		!strings.Contains(text, "– и ещё 22 причины") {
		t.Error(text)
	}
}
