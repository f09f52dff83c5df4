package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

func TestNotifyPage(t *testing.T) {
	p := newAdmin(t)
	var texts []string
	status := http.StatusOK
	people := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct{ Text, Subject string }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		texts = append(texts, m.Text)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"ok":true}`))
	}))
	t.Cleanup(people.Close)
	has(t, p.get("/notify"), "Уведомления", "Почтовый сервер (SMTP)", "Токен бота", "выключено",
		`name="email_secret" type="password" value=""`)

	// What is wrong stands at its field, and what was typed is not lost.
	res := p.post("/notify/telegram",
		url.Values{"do": {"save"}, "telegram_secret": {"123456:abcdefghijklmnopqrstuvwxyz_-0123"}, "telegram_to": {""},
			"telegram_address": {people.URL},
			"telegram_proxy":   {"ftp://user:proxy-password@nowhere"}})
	text := res.Body.String()
	has(t, text, `id="telegram_to-error"`, `id="telegram_proxy-error"`, `value="`+people.URL+`"`,
		"Настройки не сохранены")
	hasNot(t, text, "abcdefghijkl", "proxy-password")
	if res.Code != 422 {
		t.Error(res.Code)
	}
	draft := between(text, `name="draft_secret" value="`, `"`)
	res = p.post("/notify/telegram", url.Values{"do": {"test"}, "draft_secret": {draft}, "telegram_to": {"-100"},
		"telegram_address": {people.URL}})
	if res.Code != 303 || res.Header().Get("Location") != "/notify?done=notify_tested" || len(texts) != 1 ||
		!strings.Contains(texts[0], "Если вы это читаете") {
		t.Fatalf("%d %s %q", res.Code, res.Body, texts)
	}
	text = p.get("/notify?done=notify_tested")
	has(t, text, "Проверка отправлена", "работает", "Последнее доставлено: <time ", ">сегодня, ", `placeholder="сохранён"`)
	hasNot(t, text, "abcdefghijkl")

	// The other side's words, and a channel that is off.
	status = http.StatusTeapot
	res = p.post("/notify/webhook",
		url.Values{"do": {"test"}, "webhook_address": {people.URL}, "webhook_secret": {"the-webhook-token"},
			"webhook_weekly": {"true"}})
	has(t, res.Body.String(), "Не доставлено", "отказом (код 418)", `value="`+people.URL+`"`)
	hasNot(t, res.Body.String(), "the-webhook-token")
	has(t, res.Body.String(), `name="webhook_weekly" value="true" checked`,
		`name="email_weekly" value="true"><label for="email_weekly">По понедельникам в 9:00`)
	p.company(nil)
	has(t, p.get("/"), "Уведомления не доходят: Другой сервис.", `href="/notify#webhook"`)
	if res := p.post("/notify/webhook", url.Values{"do": {"off"}}); res.Code != 303 {
		t.Errorf("%d %s", res.Code, res.Body)
	}
	if list, err := p.bridge.Alerts.Channels(t.Context()); err != nil || list[3].Enabled ||
		list[3].Secret != "the-webhook-token" || list[3].Address != people.URL {
		t.Errorf("%v %+v", err, list[3])
	}
	hasNot(t, p.get("/"), "не доходят")
	for path, want := range map[string]int{"/notify/pigeon": 404, "/notify/email": 422} {
		if res := p.post(path, url.Values{"do": {"save"}}); res.Code != want {
			t.Errorf("%s: %d", path, res.Code)
		}
	}
	text = p.get("/journal")
	has(t, text, "Изменены уведомления", "Telegram: чат: -100", "Telegram: токен: задан", "Другой сервис: включён")
	hasNot(t, text, "the-webhook-token", "abcdefghijkl")
}

// TestChannelSettings: what each kind needs, and where a secret does not go.
func TestChannelSettings(t *testing.T) {
	w := newWorld(t)
	const token = "123456:abcdefghijklmnopqrstuvwxyz_-0123"
	tests := []struct {
		name string
		c    storage.Channel
		want string // fields that are wrong
	}{
		{"mail without anything", storage.Channel{Kind: "email"}, "address from to"},
		{"mail", storage.Channel{Kind: "email", Address: "SMTP.Example.com", User: "a@example.com",
			To: "b@example.com; c@example.com", Secret: "x"}, ""},
		{"the same, another host", storage.Channel{Kind: "email", Address: "smtp.example.org", User: "a@example.com",
			To: "b@example.com"}, "secret"},
		{"the same, other protection", storage.Channel{Kind: "email", Address: "smtp.example.com:587", Security: "tls",
			User: "a@example.com", To: "b@example.com"}, "secret"},
		{"the same, typed again", storage.Channel{Kind: "email", Address: "smtp.example.com:587", Security: "tls",
			User: "a@example.com", To: "b@example.com", Secret: "x"}, ""},
		{"no addresses", storage.Channel{Kind: "email", Address: "smtp.example.com:0", Security: "tls", From: "Anna",
			To: "b@example.com, nobody"}, "address from secret to"},
		{"other protection", storage.Channel{Kind: "email", Address: "smtp.example.com", Security: "rot13"},
			"secret security"},
		{"metadata", storage.Channel{Kind: "email", Address: "169.254.169.254", From: "a@example.com",
			To: "a@example.com"}, "address secret"},
		{"bot without a token", storage.Channel{Kind: "telegram", To: "1"}, "secret"},
		{"bot", storage.Channel{Kind: "telegram", To: "1", Secret: token, Proxy: "socks5://u:p@proxy.example.com:1080"},
			""},
		{"kept", storage.Channel{Kind: "telegram", To: "1", Secret: storage.Masked, Proxy: storage.Masked}, ""},
		{"token that leads elsewhere", storage.Channel{Kind: "telegram", To: "1", Secret: "1:../../x"}, "secret"},
		{"webhook without an address", storage.Channel{Kind: "webhook"}, "address"},
		{"webhook", storage.Channel{Kind: "webhook", Address: "https://hooks.example.com/x?y=z", Secret: "t"}, ""},
		{"the same elsewhere", storage.Channel{Kind: "webhook", Address: "https://other.example.com/x"}, "secret"},
		{"key in the address", storage.Channel{Kind: "webhook", Address: "https://a:b@hooks.example.com/x"}, "address"},
		{"no URL", storage.Channel{Kind: "webhook", Address: "ftp://hooks.example.com"}, "address secret"},
		{"too long", storage.Channel{Kind: "webhook", Address: "https://hooks.example.com/" + strings.Repeat("x", 600)},
			"address"},
	}
	for _, test := range tests {
		test.c.Enabled = true
		err := w.bridge.Alerts.SaveChannel(t.Context(), test.c)
		got := map[string]bool{}
		if bad, ok := err.(*problem.Invalid); ok {
			for _, f := range bad.Fields {
				got[f.Field] = true
			}
		} else if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		want := strings.Fields(test.want)
		wrong := len(got) != len(want)
		for _, f := range want {
			wrong = wrong || !got[f]
		}
		if wrong {
			t.Errorf("%s: %v, want %v", test.name, got, want)
		}
	}
	list, err := w.bridge.Alerts.Channels(t.Context())
	if err != nil || list[0].Address != "smtp.example.com:465" || list[0].To != "b@example.com" ||
		list[0].From != "a@example.com" || list[0].Secret != "x" ||
		list[1].Proxy != "socks5://u:p@proxy.example.com:1080" || list[1].Secret != token {
		t.Errorf("%v %+v %+v", err, list[0], list[1])
	}
	if err := w.bridge.Alerts.SaveChannel(t.Context(),
		storage.Channel{Kind: "telegram", Enabled: true, To: "1"}); err != nil {
		t.Error(err)
	}
	if list, _ := w.bridge.Alerts.Channels(t.Context()); list[1].Proxy != "" {
		t.Error("the proxy stays")
	}
}
