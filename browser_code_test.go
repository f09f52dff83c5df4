//go:build browser

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"ineed-insales/internal/bridge/login/logintest"
)

// TestCodeInBrowser switches the code at sign-in on, signs in with it and with a recovery code,
// and switches it off; each page is looked at.
func TestCodeInBrowser(t *testing.T) {
	s := newSite(t)
	b := s.firstOwner()
	b.open("/access")
	b.press("//main", "Включить вход с кодом")
	b.sees("Дальше")
	b.fill("Нынешний пароль", browserPassword)
	b.press("", "Дальше")
	b.sees("Наведите приложение")
	if width := ask(b, "QR code", chromedp.Evaluate[int](`document.querySelector("img").naturalWidth`)); width == 0 {
		t.Error("the QR code is not shown")
	}
	b.inspect("code_secret")
	secret := b.value("Ключ")
	b.fill("Код", logintest.Code(t, secret, 0))
	b.press("", "Включить вход с кодом")
	b.sees("Сохраните эти коды")
	b.inspect("code_recovery")
	recovery := strings.Fields(strings.ReplaceAll(b.value("Запасные коды"), " ", ""))
	if len(recovery) != 10 {
		t.Fatalf("%q", recovery)
	}
	b.press("", "Коды сохранены")
	b.sees("включён", "10 кодов")
	b.press("", "Новые запасные коды или выключить")
	b.sees("Выдать новые запасные коды")
	b.inspect("code_on")
	b.open("/people/1")
	b.sees("Свой вход с кодом")
	b.inspect("person_code")
	for i, code := range []string{logintest.Code(t, secret, 1), recovery[0]} {
		b.press("", "Выйти")
		b.sees("Забыли пароль")
		b.open("/journal")
		b.fill("Пароль", browserPassword)
		b.press("//main", "Войти")
		b.sees("Шесть цифр из приложения")
		b.fill("Код", "000 000")
		b.press("//main", "Войти")
		b.sees("Код не подходит")
		b.inspect(fmt.Sprint("signin_code_", i))
		b.fill("Код", code[:3]+" "+code[3:])
		b.press("//main", "Войти")
		b.sees("Журнал", "Верный пароль, но неверный код")
	}
	b.open("/access/code")
	b.fill("Нынешний пароль", browserPassword)
	b.press("", "Выключить вход с кодом")
	b.sees("Вход с кодом выключен.")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.complaints {
		t.Error(text)
	}
}
