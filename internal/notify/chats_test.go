package notify_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ineed-insales/internal/notify"
	"ineed-insales/internal/notify/notifytest"
)

// A messenger answers what stands under a path, and keeps what it was asked.
type messenger struct {
	answers map[string]string
	asked   []string
	tokens  []string
	status  int
}

func (m *messenger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.asked = append(m.asked, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	m.tokens = append(m.tokens, r.Header.Get("Authorization"))
	if m.status != 0 {
		w.WriteHeader(m.status)
	}
	_, _ = io.WriteString(w, m.answers[r.URL.Path])
}

func messengerAt(t *testing.T, m *messenger) string {
	t.Helper()
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	return s.URL
}

func TestTelegramChats(t *testing.T) {
	m := &messenger{answers: map[string]string{"/bot1:t/getUpdates": `{"ok":true,"result":[
		{"update_id":1,"message":{"chat":{"id":7,"type":"private","first_name":"Анна","last_name":"К"}}},
		{"update_id":2,"my_chat_member":{"chat":{"id":-100,"type":"supergroup","title":"Заказы"}}},
		{"update_id":3,"channel_post":{"chat":{"id":-200,"type":"channel","title":"Канал"}}},
		{"update_id":4,"message":{"chat":{"id":7,"type":"private","first_name":"Анна","last_name":"К"}}},
		{"update_id":5,"inline_query":{"id":"x"}}]}`}}
	bot := notify.Telegram{Base: messengerAt(t, m), Token: "1:t", Transport: http.DefaultTransport}
	list, err := bot.Chats(t.Context())
	if got := fmt.Sprint(list); err != nil || got != "[{7 Анна К private} {-200 Канал channel} {-100 Заказы group}]" {
		t.Error(got, err)
	}
	if strings.Contains(m.asked[0], "offset") { // or others would not hear it
		t.Error(m.asked)
	}
	m.answers["/bot1:t/getUpdates"], m.status = `{"ok":false,"description":"Conflict: webhook is active"}`, 409
	_, err = bot.Chats(t.Context())
	if e, ok := errors.AsType[*notify.Error](err); !ok || e.Status != 409 || strings.Contains(err.Error(), "1:t") {
		t.Error(err)
	}
}

func TestMax(t *testing.T) {
	m := &messenger{answers: map[string]string{
		"/messages": `{"message":{"body":{"mid":"m"}}}`,
		"/updates": `{"updates":[
			{"update_type":"bot_started","chat_id":182,"user":{"name":"Анна К"}},
			{"update_type":"message_created","message":{"sender":{"first_name":"Борис"},
				"recipient":{"chat_id":183,"chat_type":"dialog"}}},
			{"update_type":"message_created","message":{"recipient":{"chat_id":-7,"chat_type":"chat"}}},
			{"update_type":"unheard_of"}],"marker":3}`,
		"/chats": `{"chats":[{"chat_id":-7,"type":"chat","status":"active","title":"Заказы"},
			{"chat_id":-8,"type":"channel","status":"removed","title":"Старый"}]}`,
	}}
	bot := notify.Max{Base: messengerAt(t, m) + "/", Token: "the-token", Chat: "-7", Transport: http.DefaultTransport}
	if err := bot.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(m.asked[0], "POST /messages?chat_id=-7&disable_link_preview=true {\"text\":") ||
		!strings.Contains(m.asked[0], message().Link) || m.tokens[0] != "the-token" {
		t.Errorf("%q %q", m.asked, m.tokens)
	}
	list, err := bot.Chats(t.Context())
	if got := fmt.Sprint(list); err != nil || got != "[{183 Борис private} {182 Анна К private} {-7 Заказы group}]" {
		t.Error(got, err)
	}
	if asked := strings.Join(m.asked, " "); strings.Contains(asked, "the-token") || strings.Contains(asked, "marker") {
		t.Error(asked)
	}
	for _, test := range []struct {
		status       int
		body, reason string
		words        string
	}{
		{401, `{"code":"verify.token","message":"Invalid access_token"}`, notify.ReasonToken, "Invalid access_token"},
		{403, `{"code":"chat.denied","message":"no"}`, notify.ReasonBlocked, "no"},
		{404, `{"code":"chat.not.found","message":"Chat -7 not found"}`, notify.ReasonChat, "Chat -7 not found"},
		{400, `{"code":"proto.payload","message":"text: must not be empty"}`, "", "text: must not be empty"},
		{502, `<html>`, "", ""},
		{200 + 100, ``, "", ""},
	} {
		m.status, m.answers["/messages"], m.answers["/chats"] = test.status, test.body, test.body
		for _, err := range []error{bot.Send(t.Context(), message()), second(bot.Chats(t.Context()))} {
			e, ok := errors.AsType[*notify.Error](err)
			if !ok || e.Status != test.status || e.Reason != test.reason || e.Words != test.words {
				t.Errorf("%d: %+v", test.status, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestEmailSteps: at what a mail has failed is told where a person can mend it.
func TestEmailSteps(t *testing.T) {
	for _, test := range []struct{ command, line, step string }{
		{"MAIL", "553 not your address", notify.StepSender},
		{"MAIL", "530 authentication required", notify.StepSignIn},
		{"MAIL", "421 leaving", ""},
		{"RCPT", "550 no", notify.StepRecipients},
		{".", "550 spam", ""},
	} {
		s := &notifytest.Server{}
		if s.Answer(test.command, test.line); test.command == "RCPT" {
			s.Answer("RCPT b@example.com", test.line)
		}
		e := notify.Email{Host: "example.com", Port: 25, Security: notify.Plain, From: "a@example.com",
			To: []string{"b@example.com"}, Dial: mailServer(t, s, false)}
		_, err := e.Send(t.Context(), message())
		if got, ok := errors.AsType[*notify.Error](err); !ok || got.Step != test.step {
			t.Errorf("%s %s: %+v", test.command, test.line, got)
		}
	}
}
