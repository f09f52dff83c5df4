//go:build browser

package main

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// allPages looks at every page that there is, in both themes and at both
// widths.
func (j *journey) allPages(t *testing.T) {
	for name, path := range map[string]string{
		"overview": "/", "orders": "/orders", "orders_found": "/companies/2/orders?q=2001",
		"orders_none": "/companies/2/orders?q=nothing",
		"order_sent":  "/companies/2/orders/1001?there=1", "order_attention": "/companies/2/orders/2001",
		"order_sku":     "/companies/2/orders/2004",
		"order_preview": "/companies/2/orders/2001/preview", "companies": "/companies", "manage": "/companies/2",
		"check": "/companies/2/check", "probe": "/companies/2/probe", "received": "/companies/2/received",
		"start": "/companies/2/start", "letter": "/companies/2/letter",
		"notify": "/notify", "journal": "/journal", "system": "/system",
		"support": "/system/support", "access": "/access", "code": "/access/code", "keys": "/access/keys",
		"people": "/people", "person": "/people/1", "tokens": "/tokens",
		"not_found": "/companies/nobody",
	} {
		j.open(path)
		j.inspect(name)
	}
	j.open("/companies/2/orders/1001")
	j.press("", "Запрос целиком")
	j.press("", "Ответ целиком")
	j.sees("manager_comment")
	j.inspect("order_open")
	j.open("/companies/2/probe")
	j.press("", "Начать проверку")
	j.sees("закончена", "Запрос и ответ") // the page has renewed itself
	j.sees("только чтение", "Проверить ещё раз")
	j.inspect("probe_found")
	j.openDetails()
	j.inspect("manage_open")
	j.press("", "English")
	j.sees("Catalog sync", "Order sync")
	j.inspect("manage_en")
	j.press("", "Русский")
	j.sees("Синхронизация каталога")

	// What is wrong stands at its field.
	j.fill("Интервал, минут", "1")
	j.fill("Спрашивать меня о заказах старше, часов", "долго")
	j.press(`//section[@id="orders"]`, "Сохранить")
	j.sees("Настройки не сохранены")
	j.inspect("manage_wrong")
	j.open("/notify")
	j.press(`//form[@id="telegram"]`, "Сохранить и включить")
	j.sees("Нужен токен бота")
	j.inspect("notify_wrong")
}

// openDetails opens the company's page with all that it can unfold.
func (j *journey) openDetails() {
	j.open("/companies/2")
	for _, text := range []string{"Статусы", "Обязательные поля оформления", "Адрес, токен и способ проверки"} {
		j.press("", text)
	}
}

// scripts lets pages run scripts, or not.
func (j *journey) scripts(on bool) {
	call(j.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}
