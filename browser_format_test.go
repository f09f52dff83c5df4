//go:build browser

package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// anotherFormat: a chat that posts a form of its own is connected without a word of code.
// Its first message is kept, the format is tried as it is chosen, and then read.
func (j *journey) anotherFormat(t *testing.T) {
	chat := httptest.NewServer(ineedchattest.New(ineedchattest.Config{AcceptUnknown: true}))
	t.Cleanup(chat.Close)
	j.open("/companies/new")
	j.press("", "Номер и название")
	j.fill("Номер компании в INEED.CHAT", "3")
	j.fill("Название", "Чат с формой")
	j.fill("URL магазина", strings.Replace(j.shopAt, "http://",
		"http://"+insalestest.DefaultKeyID+":"+insalestest.DefaultPassword+"@", 1))
	j.press("", "Добавить")
	j.sees("Скопируйте письмо сейчас")
	j.press("", "Дальше: первые шаги")
	j.sees("Первые шаги")
	j.open("/companies/3")
	j.sees("Синхронизация заказов", "Заказы выключены")
	j.pair(t, "payments", 0, "default", "Наличными курьеру")
	j.pair(t, "deliveries", 0, "shipping", "Курьером")
	j.press("", "Адрес, токен и способ проверки")
	j.fill("Адрес INEED.CHAT", chat.URL)
	j.fill("Токен для статусов", ineedchattest.DefaultToken)
	j.press(`//section[@id="orders"]`, "Включить")
	j.sees("Синхронизация заказов включена.")
	j.choose("Цена", "Основная цена")
	j.press(`//section[@id="catalog"]`, "Включить")
	j.sees("Синхронизация каталога включена.")
	j.turns("/companies/3", "Готово: передано")

	j.press("", "Формат чата")
	j.sees("Как читать сообщения", "Пробовать пока не на чем")
	j.inspect("wire_none")
	j.choose("Формат", "Сначала посмотреть")
	j.choose("Как чат подтверждает, что заказ от него", "Токеном в адресе")
	j.press(`//section[@id="format"]`, "Сохранить")
	j.sees("Скопируйте новое значение")
	address := ask(j.tab, "copy", chromedp.Value(chromedp.ID("made-secret")))
	j.posts(t, address, url.Values{"id": {"9001"}, "recipient": {"Анна Вронская"}, "mobile": {"+7 999 000-11-22"},
		"cost_total": {"1290"}, "cost_delivery": {"300"}, "delivery[type]": {"shipping"}, "address": {"Тверская, 1"},
		"time":              {time.Now().UTC().Format(time.DateTime)},
		"goods[0][article]": {"TS-1-0"}, "goods[0][count]": {"1"}, "goods[0][price]": {"990"}})
	j.press("", "Вернуться к формату")
	j.sees("Ждёт 1 сообщение", "Сообщения пока только сохраняются", "Анна Вронская")

	// It is tried as it is chosen and typed; what has the focus keeps it.
	j.choose("Формат", "Botobot")
	j.sees("Сообщение читается.", "Новый заказ", "Что уйдёт в InSales", "№ 500000001")
	j.press("", "Таблица полей")
	j.fill("Комментарий покупателя", ".recipient |")
	j.sees("Сообщение пока не прочитать", "выражение оборвано")
	j.fill("Комментарий покупателя", ".recipient")
	j.sees("Сообщение читается.", "→ Анна Вронская")
	if at := ask(j.tab, "the focus", chromedp.Evaluate[string](`document.activeElement.name`)); at != "f-comment" {
		t.Errorf("the focus is at %q", at)
	}
	j.press("", "Остальные поля")
	j.press("", "Программа")
	j.press("", "Поля подписи (HMAC)")
	j.press("", "Ответ чату и каталог")
	j.inspect("wire")
	j.set(look{"narrow", 360, "light"})
	if wide := ask(j.tab, "measure", chromedp.Evaluate[int](
		`document.documentElement.scrollWidth - document.documentElement.clientWidth`)); wide > 0 {
		t.Errorf("at 360 px the page is %d px too wide", wide)
	}
	j.set(looks()[0])
	j.press(`//section[@id="format"]`, "Сохранить")
	j.sees("Формат сохранён.", "Ждёт 1 сообщение")
	j.press("", "Прочитать отложенные")
	j.sees("Если прочитать сейчас: 1 станет заказом")
	j.inspect("wire_count")
	j.press(`//section[@id="unread"]`, "Прочитать")
	j.sees("Прочитано: 1 стало заказом")
	until(t, patience, "the order is in the shop", func() bool { return len(j.shop.Orders()) == 5 })
	j.open("/companies/3/orders/9001")
	j.sees("Как пришёл заказ", "прочитан форматом botobot")
	j.press("", "Сообщение чата")
	j.inspect("order_wire")

	j.posts(t, address, url.Values{"id": {"№"}})
	j.open("/companies/3/received")
	j.sees("отложено", "Отложить насовсем")
	j.press("", "Не подтвердили, что они от чата 0")
	j.press("", "Слушать 24 часа")
	j.sees("Их содержимое сохраняется")
	j.inspect("received_unread")
	j.press("", "Подобрать формат")
	j.sees("Сообщение пока не прочитать", "Номер заказа в чате")
	j.inspect("wire_wrong")
	j.open("/companies/3/received")
	j.press("", "Отложить насовсем")
	j.press(`//form[contains(@class,"card")]`, "Отложить насовсем")
	j.sees("Сообщение убрано.")
}

// posts posts a form as a chat does, and is told that it was taken.
func (j *journey) posts(t *testing.T, address string, values url.Values) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		t.Fatalf("the chat is answered %d", res.StatusCode)
	}
}
