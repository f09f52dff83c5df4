package handlers

import (
	"net/url"
	"testing"

	"ineed-insales/storage"
)

// An order that waits for two types is mended in one visit: both stand on the page of the
// settings at once, the page that follows offers to send what waited, and the list says what
// has become of it.
func TestMendingInOneVisit(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.get("/companies/2") // the shop's lists are known from here on
	secret := p.secret()
	waits := func(id, payment, delivery string, also ...storage.Problem) {
		problem := unmapped(payment)
		problem.Also = also
		p.stuck(p.takes(secret, id, `"payment":{"type_id":"cash"`, `"payment":{"type_id":"`+payment+`"`,
			`"delivery":{"type_id":"pickup"`, `"delivery":{"type_id":"`+delivery+`"`), problem)
	}
	drone := storage.Problem{Code: "delivery_unmapped", Args: map[string]string{"type": "drone"}}
	waits("m1", "sbp", "drone", drone)
	waits("m2", "sbp", "drone", drone)
	waits("m3", "split", "pickup")

	has(t, p.get("/companies/2"), `id="payments-sbp"`, `id="payments-split"`, `id="deliveries-drone"`)
	list := p.get("/companies/2/orders")
	has(t, list, "Способ оплаты «sbp» не сопоставлен. Тип заказа «drone» не сопоставлен",
		"type=drone", "type=split", "/companies/2#deliveries-drone")
	has(t, p.get("/companies/2/orders/m1"), "Способ оплаты «sbp»", "Тип заказа «drone»")

	// Sent too early: nothing leaves, and that is said.
	res := p.sure("/companies/2/orders/retry", url.Values{"problem": {"payment_unmapped"}, "type": {"sbp"}})
	to := res.Header().Get("Location")
	if to != "/companies/2/orders?sent=0&waiting=2" {
		t.Fatal(res.Code, to)
	}
	has(t, p.get(to), "2 заказа ждут по-прежнему")

	// Half of it mended: the orders that miss nothing any more are offered, and no others.
	form := manageValues()
	form.Set("version", "2")
	form.Set("payments.1.from", "sbp")
	form.Set("payments.1.id", "5000002")
	p.saved(form)
	hasNot(t, p.get("/companies/2"), "того, что теперь выбрано")
	form.Set("version", "3")
	form.Set("deliveries.2.from", "drone")
	form.Set("deliveries.2.id", "7000002")
	text := p.get(p.saved(form).Header().Get("Location"))
	has(t, text, "2 заказа ждали того, что теперь выбрано", "Отправить 2 заказа в InSales", `value="mapped"`)
	has(t, p.get("/companies/2/orders"), "осталось отправить")

	res = p.post("/companies/2/orders/retry", url.Values{"problem": {"mapped"}})
	if to = res.Header().Get("Location"); to != "/companies/2/orders?sent=2&waiting=1" {
		t.Fatal(res.Code, to)
	}
	has(t, p.get(to), "2 заказа уйдут, когда синхронизация заказов работает", "1 заказ ждёт по-прежнему")
	hasNot(t, p.get("/companies/2"), "того, что теперь выбрано")
	for _, to := range []string{"?sent=x&waiting=1", "?sent=1", "?sent=0&waiting=0"} {
		p.get("/companies/2/orders" + to)
	}
}
