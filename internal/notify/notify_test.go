package notify_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ineed-insales/internal/notify"
	"ineed-insales/internal/notify/notifytest"
)

// message is one that people may get.
func message() notify.Message {
	return notify.Message{
		Event: "started", Cause: "key_rejected", Company: "2",
		Since:   time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC),
		Subject: "Компания 2: заказы ждут",
		Text:    "InSales не принимает ключ доступа.\n.точка в начале строки",
		Link:    "https://connector.example/companies/2#shop",
	}
}

// mailServer serves a sandbox on loopback; dial reaches it under any name.
func mailServer(
	t *testing.T, s *notifytest.Server, secure bool,
) (dial func(context.Context, string, string) (net.Conn, error)) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	if secure {
		l = tls.NewListener(l, s.TLS)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.Serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, at)
	}
}

// certificates gives those of a server called example.com, and who trusts them.
func certificates(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	return &tls.Config{Certificates: s.TLS.Certificates}, s.Client().Transport.(*http.Transport).TLSClientConfig
}

func TestEmail(t *testing.T) {
	server, client := certificates(t)
	tests := []struct {
		name       string
		security   string
		mechanisms string
	}{
		{"STARTTLS", notify.StartTLS, ""},
		{"TLS", notify.TLS, ""},
		{"TLS with LOGIN only", notify.TLS, "LOGIN"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &notifytest.Server{TLS: server, User: "robot@example.com", Password: "mail-password",
				Mechanisms: test.mechanisms}
			e := notify.Email{Host: "example.com", Port: 587, Security: test.security, User: s.User,
				Password: s.Password, From: s.User,
				To: []string{"a@example.com", "b@example.com"}, Dial: mailServer(t, s, test.security == notify.TLS),
				TLSConfig: client}
			if _, err := e.Send(t.Context(), message()); err != nil {
				t.Fatalf("%v: %v", err, errors.Unwrap(err))
			}
			list := s.Mails()
			if len(list) != 1 || !list[0].Secure || list[0].User != s.User || list[0].From != s.User ||
				strings.Join(list[0].To, " ") != "a@example.com b@example.com" {
				t.Fatalf("%+v", list)
			}
			head, body, _ := strings.Cut(list[0].Data, "\n\n")
			parsed, err := mail.ReadMessage(strings.NewReader(list[0].Data))
			if err != nil {
				t.Fatal(err)
			}
			subject := parsed.Header.Get("Subject")
			if decoded, err := new(mime.WordDecoder).DecodeHeader(subject); err != nil || decoded != message().Subject {
				t.Errorf("subject %q %v in\n%s", decoded, err, head)
			}
			for _, want := range []string{"Date: ", "Message-ID: ", "Auto-Submitted: auto-generated", "charset=UTF-8"} {
				if !strings.Contains(head, want) {
					t.Errorf("no %q in\n%s", want, head)
				}
			}
			if !strings.Contains(body, "connector.example") {
				t.Errorf("no link in\n%s", body)
			}
		})
	}
}

// TestEmailFails: what the server says is kept, and no password or address is in
// the error.
func TestEmailFails(t *testing.T) {
	server, client := certificates(t)
	tests := []struct {
		name   string
		server *notifytest.Server
		change func(*notify.Email, *notifytest.Server)
		status int
		words  string
	}{
		{"wrong password", &notifytest.Server{TLS: server, User: "u", Password: "other"}, nil, 535, "wrong user"},
		{"refused", &notifytest.Server{TLS: server, User: "u", Password: "mail-password"},
			func(_ *notify.Email, s *notifytest.Server) { s.Refuse("550 no such mailbox") }, 550, "no such mailbox"},
		{"hung up", &notifytest.Server{TLS: server}, func(_ *notify.Email, s *notifytest.Server) { s.HangUp(1) },
			0, ""},
		{"no STARTTLS", &notifytest.Server{User: "u", Password: "mail-password"}, nil, 0, ""},
		{"another certificate", &notifytest.Server{TLS: server, User: "u", Password: "mail-password"},
			func(e *notify.Email, _ *notifytest.Server) { e.TLSConfig = nil }, 0, ""},
		{"nobody there", &notifytest.Server{}, func(e *notify.Email, _ *notifytest.Server) {
			e.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }
		}, 0, ""},
		{"no address", &notifytest.Server{TLS: server},
			func(e *notify.Email, _ *notifytest.Server) { e.To = []string{"nobody"} }, 0, "From or To"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := test.server
			e := notify.Email{Host: "example.com", Port: 587, Security: notify.StartTLS, User: "u",
				Password: "mail-password", From: "u@example.com",
				To: []string{"a@example.com"}, Dial: mailServer(t, s, false), TLSConfig: client,
				Timeout: 5 * time.Second}
			if test.change != nil {
				test.change(&e, s)
			}
			_, err := e.Send(t.Context(), message())
			got, ok := errors.AsType[*notify.Error](err)
			if !ok || got.Status != test.status || !strings.Contains(got.Words, test.words) || len(s.Mails()) != 0 {
				t.Fatalf("%v %+v", err, got)
			}
			if text := err.Error(); strings.Contains(text, "mail-password") || strings.Contains(text, "@") {
				t.Errorf("the error tells too much: %s", text)
			}
		})
	}
}

// TestEmailTaken: what the server has taken is sent, whatever it says or does
// afterwards; what it has not is not; and if it is not known that is said.
func TestEmailTaken(t *testing.T) {
	tests := []struct {
		command, line string
		status        int // of the error; 0 = none
		unanswered    bool
		mails         int
	}{
		{"QUIT", "500 no", 0, false, 1},
		{"QUIT", "421 too late", 0, false, 1},
		{"QUIT", notifytest.HangUp, 0, false, 1},
		{"RSET", "451 no", 0, false, 1},
		{"RSET", notifytest.HangUp, 0, false, 1},
		{".", notifytest.HangUp, 0, true, 1},
		{".", "550 spam", 550, false, 0},
		{".", "451 later", 451, false, 0},
		{".", "421 leaving", 421, false, 0},
		{"DATA", "451 no room", 451, false, 0},
		{"DATA", notifytest.HangUp, -1, false, 0},
		{"MAIL", "553 not your address", 553, false, 0},
		{"MAIL", "452 no room", 452, false, 0},
		{"RCPT b@example.com", "421 leaving", 421, false, 0},
		{"RCPT b@example.com", notifytest.HangUp, -1, false, 0},
		{"EHLO", notifytest.HangUp, -1, false, 0},
	}
	for _, test := range tests {
		t.Run(test.command+" "+test.line, func(t *testing.T) {
			s := &notifytest.Server{}
			s.Answer(test.command, test.line)
			m := message()
			m.ID = "abc123"
			e := notify.Email{Host: "example.com", Port: 25, Security: notify.Plain, From: "u@example.com",
				To: []string{"a@example.com", "b@example.com"}, Dial: mailServer(t, s, false), Timeout: 5 * time.Second}
			refused, err := e.Send(t.Context(), m)
			got, failed := errors.AsType[*notify.Error](err)
			if failed != (test.status != 0 || test.unanswered) || len(refused) != 0 || len(s.Mails()) != test.mails {
				t.Fatalf("%v %+v %v, %d mails", err, got, refused, len(s.Mails()))
			}
			if failed && (got.Status != max(test.status, 0) || got.Unanswered != test.unanswered) {
				t.Errorf("%+v", got)
			}
			if test.mails > 0 && !strings.Contains(s.Mails()[0].Data, "Message-ID: <abc123@example.com>") {
				t.Error(s.Mails()[0].Data)
			}
		})
	}
}

// TestEmailRecipients: who is refused holds up nobody else.
func TestEmailRecipients(t *testing.T) {
	all := []string{"a@example.com", "b@example.com", "c@example.com"}
	tests := []struct {
		name    string
		answers map[string]string
		told    string
		refused []notify.RefusedRecipient
		status  int
	}{
		{"one dead", map[string]string{"b": "550 5.1.1 no such user"}, "a@example.com c@example.com",
			[]notify.RefusedRecipient{{Address: "b@example.com", Status: 550, Words: "5.1.1 no such user"}}, 0},
		{"the first, greylisted", map[string]string{"a": "451 try again"}, "b@example.com c@example.com",
			[]notify.RefusedRecipient{{Address: "a@example.com", Status: 451, Words: "try again"}}, 0},
		{"one of each", map[string]string{"a": "550 no", "c": "452 full"}, "b@example.com",
			[]notify.RefusedRecipient{{Address: "a@example.com", Status: 550, Words: "no"},
				{Address: "c@example.com", Status: 452, Words: "full"}}, 0},
		{"all", map[string]string{"a": "550 no", "b": "551 no", "c": "452 no"}, "",
			[]notify.RefusedRecipient{{Address: "a@example.com", Status: 550, Words: "no"},
				{Address: "b@example.com", Status: 551, Words: "no"},
				{Address: "c@example.com", Status: 452, Words: "no"}}, 550},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &notifytest.Server{}
			for name, line := range test.answers {
				s.Answer("RCPT "+name+"@example.com", line)
			}
			e := notify.Email{Host: "example.com", Port: 25, Security: notify.Plain, From: "u@example.com", To: all,
				Dial: mailServer(t, s, false)}
			refused, err := e.Send(t.Context(), message())
			if !slices.Equal(refused, test.refused) {
				t.Errorf("%+v", refused)
			}
			if got, failed := errors.AsType[*notify.Error](err); failed != (test.status != 0) ||
				failed && got.Status != test.status {
				t.Error(err)
			}
			told := ""
			for _, m := range s.Mails() {
				told += strings.Join(m.To, " ")
			}
			if told != test.told {
				t.Errorf("told %q", told)
			}
		})
	}
}

// TestEmailStops: a server that says nothing is left when the context ends.
func TestEmailStops(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	e := notify.Email{Host: "example.com", Port: 25, Security: notify.StartTLS, From: "a@example.com",
		To: []string{"b@example.com"}, Timeout: time.Hour,
		Dial: func(context.Context, string, string) (net.Conn, error) { return ours, nil }}
	begin := time.Now()
	if _, err := e.Send(ctx, message()); err == nil || time.Since(begin) > time.Minute {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

// A caught is what a server was sent.
type caught struct {
	path   string
	header http.Header
	body   map[string]any
}

// answering is a server that gives one answer and keeps what it was sent.
func answering(t *testing.T, status int, header http.Header, body string) (string, *caught) {
	t.Helper()
	var got caught
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = caught{path: r.URL.Path, header: r.Header}
		if err := json.NewDecoder(r.Body).Decode(&got.body); err != nil {
			t.Error(err)
		}
		for k, v := range header {
			w.Header()[k] = v
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL, &got
}

func TestTelegram(t *testing.T) {
	at, got := answering(t, 200, nil, `{"ok":true,"result":{}}`)
	bot := notify.Telegram{Base: at + "/", Token: "123:secret", Chat: "-100", Transport: http.DefaultTransport}
	if err := bot.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	text, _ := got.body["text"].(string)
	if got.path != "/bot123:secret/sendMessage" || got.body["chat_id"] != "-100" ||
		!strings.HasPrefix(text, message().Subject+"\n\n") || !strings.HasSuffix(text, message().Link) {
		t.Errorf("%+v", got)
	}
	long := message()
	long.Text = strings.Repeat("я", 5000)
	if err := bot.Send(t.Context(), long); err != nil {
		t.Fatal(err)
	}
	if text, _ := got.body["text"].(string); len([]rune(text)) != 4096 {
		t.Errorf("%d characters", len([]rune(text)))
	}
	for _, test := range []struct {
		status int
		body   string
		words  string
		wait   time.Duration
	}{
		{400, `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`,
			"Bad Request: chat not found", 0},
		{429, `{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":7}}`,
			"Too Many Requests", 7 * time.Second},
		{200, `{"OK":true,"Ok":true,"oK":true}`, "", 0},
		{200, `{"ok":false,"OK":true,"description":"no","Description":"yes"}`, "no", 0},
		{200, `{"ok":true,"x":` + strings.Repeat("[", 60<<10) + `}`, "", 0},
		{502, `<html>`, "", 0},
		{200, `<html>a page of the provider</html>`, "", 0},
	} {
		bot.Base, _ = answering(t, test.status, nil, test.body)
		err := bot.Send(t.Context(), message())
		if e, ok := errors.AsType[*notify.Error](err); !ok || e.Status != test.status || e.Words != test.words ||
			e.RetryAfter != test.wait {
			t.Errorf("%s: %v %+v", test.body, err, e)
		}
	}
	for _, base := range []string{"http://127.0.0.1:1", "http://bad host"} {
		bot.Base = base
		if err := bot.Send(t.Context(), message()); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestWebhook(t *testing.T) {
	at, got := answering(t, 204, nil, "")
	w := notify.Webhook{URL: at + "/hook", Token: "webhook-token", UserAgent: "test/1",
		Transport: http.DefaultTransport}
	if err := w.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	m := message()
	want := map[string]any{"event": m.Event, "cause": m.Cause, "company": m.Company, "since": "2026-11-25T12:00:00Z",
		"subject": m.Subject, "text": m.Text, "link": m.Link}
	for k, v := range want {
		if got.body[k] != v {
			t.Errorf("%s: %v, want %v", k, got.body[k], v)
		}
	}
	if len(got.body) != len(want) || got.path != "/hook" || got.header.Get("Authorization") != "Bearer webhook-token" ||
		got.header.Get("User-Agent") != "test/1" {
		t.Errorf("%+v", got)
	}
	if err := w.Send(t.Context(), notify.Message{Event: "test", Subject: "s", Text: "t"}); err != nil ||
		len(got.body) != 3 {
		t.Errorf("%v %v", err, got.body)
	}
	elsewhere, never := answering(t, 200, nil, "")
	w.URL, _ = answering(t, 302, http.Header{"Location": {elsewhere}}, "moved")
	err := w.Send(t.Context(), message())
	if e, ok := errors.AsType[*notify.Error](err); !ok || e.Status != 302 || never.path != "" {
		t.Errorf("a redirect: %v, followed to %q", err, never.path)
	}
	w.URL, _ = answering(t, 503, http.Header{"Retry-After": {"90"}}, strings.Repeat("я", 1000))
	err = w.Send(t.Context(), message())
	if e, ok := errors.AsType[*notify.Error](err); !ok || e.RetryAfter != 90*time.Second || len(e.Words) > 310 {
		t.Errorf("%+v", e)
	}
}

// TestUnanswered: what has left and was not answered may have been taken; what could not leave,
// or was refused, was not.
func TestUnanswered(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		want    bool
	}{
		"nobody listens": {nil, false},
		"hangs up":       {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true},
		"answers half": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = io.WriteString(w, "half")
		}, true},
		"refuses by half": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			w.WriteHeader(502)
			_, _ = io.WriteString(w, "half")
		}, false},
	}
	for name, test := range tests {
		s := httptest.NewServer(test.handler)
		if test.handler == nil {
			s.Close()
		}
		err := notify.Webhook{URL: s.URL, Transport: http.DefaultTransport}.Send(t.Context(), message())
		if e, ok := errors.AsType[*notify.Error](err); !ok || e.Unanswered != test.want {
			t.Errorf("%s: %+v", name, err)
		}
		s.Close()
	}
}

// TestMailServerThatNeverEnds: a server that goes on and on is hung up on, at
// whatever point it begins to.
func TestMailServerThatNeverEnds(t *testing.T) {
	for _, begin := range []string{"220 ", "220-", "220 ready\r\n250-", "220 ready\r\n250 ok\r\n550 "} {
		var sent atomic.Int64
		email := notify.Email{Host: "mail.test", Port: 25, Security: notify.Plain, From: "a@example.com",
			To: []string{"b@example.com"},
			Dial: func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go func() { _, _ = io.Copy(io.Discard, theirs) }()
				go func() {
					defer theirs.Close()
					text := begin
					for {
						n, err := io.WriteString(theirs, text)
						if sent.Add(int64(n)); err != nil {
							return
						}
						if text = strings.Repeat("x", 32<<10); strings.HasSuffix(begin, "-") {
							text = strings.Repeat(begin[len(begin)-4:]+"x\r\n", 1<<10)
						}
					}
				}()
				return ours, nil
			}}
		if _, err := email.Send(t.Context(), message()); err == nil || sent.Load() > 1<<20 {
			t.Errorf("%q: %v after %d bytes", begin, err, sent.Load())
		}
	}
}
