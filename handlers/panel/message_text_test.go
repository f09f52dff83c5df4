package panel

import (
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
