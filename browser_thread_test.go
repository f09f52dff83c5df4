//go:build browser

package main

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// TestFirstOrder goes from an empty database to the first order in the shop by what the pages
// offer, and counts what a person has to do for it. The words of the chat are nowhere typed.
func TestFirstOrder(t *testing.T) {
	s := newSite(t)
	b := s.firstOwner()
	b.fill("URL магазина", strings.Replace(s.shopAt, "http://",
		"http://"+insalestest.DefaultKeyID+":"+insalestest.DefaultPassword+"@", 1)+"/admin/orders.json")
	b.press("", "Добавить")
	b.sees("Скопируйте письмо сейчас")
	secret, token := ask(b, "secret", chromedp.Value(chromedp.ID("made-secret"))),
		ask(b, "token", chromedp.Value(chromedp.ID("made-token")))
	letter := ask(b, "letter", chromedp.Value(chromedp.ID("letter")))
	b.press("", "Скопировать всё")
	s.connect(secret, token)
	b.press("", "Дальше: первые шаги")
	b.sees("Оплата и доставка", "Она выключена")
	b.inspect("overview_first")
	b.press("", "Она выключена")
	b.sees("Ждём первое сообщение")

	// The developer of the chat tries the letter's command; the step is ticked by itself.
	_, command, _ := strings.Cut(letter, `{"status":"ok"}):`+"\n")
	command, _, _ = strings.Cut(command, "\n\n")
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil ||
		!strings.Contains(string(out), `"status":"ok"`) {
		t.Fatalf("%s\n%v %s", command, err, out)
	}
	b.sees("Первое сообщение пришло")
	order := ineedchattest.OrderSpec{ID: "1001", Company: "1", Payment: "cash", Delivery: "pickup"}
	a, err := ineedchattest.Sender{URL: s.url, Company: "1", Secret: secret}.Send(t.Context(), order.Body())
	if err != nil || a.Status != http.StatusAccepted {
		t.Fatal(err, a)
	}
	b.open("/")
	b.sees("Проверьте, что выбрано верно")
	b.press("", "Сохранить")
	b.sees("1 принятый заказ уйдёт")
	b.press(`//li[@id="step-enable"]`, "Включить")
	b.sees("Синхронизация заказов включена.")
	until(t, 2*patience, "the order is in the shop", func() bool { return len(s.shop.Orders()) == 1 })
	if b.clicks > 8 || b.fields > 4 {
		t.Errorf("%d clicks and %d fields to the first order, want at most 8 and 4", b.clicks, b.fields)
	}
	t.Logf("%d clicks, %d fields", b.clicks, b.fields)
}
