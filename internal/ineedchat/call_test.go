package ineedchat

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A call goes below the chat's URL with what it says and our name, and with nothing else.
func TestCall(t *testing.T) {
	var got string
	status, text := 200, `{"ok":true}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for _, name := range []string{"Authorization", "Webhook-Signature", "Content-Type", "X-A", "User-Agent"} {
			if v := r.Header.Get(name); v != "" {
				got += name + "=" + v + " "
			}
		}
		got += r.Method + " " + r.RequestURI + " " + string(body)
		w.Header().Set("Retry-After", "7")
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	defer server.Close()
	for name, test := range map[string]struct {
		base string
		call Call
		want string
	}{
		"below a path":               {"/own", Call{Method: "POST", Path: "a/b%2Fc"}, "POST /own/a/b%2Fc "},
		"below a slash":              {"/own/", Call{Method: "GET", Path: "a", Query: "x=1"}, "GET /own/a?x=1 "},
		"below none":                 {"", Call{Method: "PUT", Path: "a", Body: []byte("b")}, "PUT /a b"},
		"an escaped one, below none": {"", Call{Method: "PUT", Path: "b%2Fc"}, "PUT /b%2Fc "},
		"the URL itself":             {"/own", Call{Method: "PATCH", Query: "x"}, "PATCH /own?x "},
		"and a slash":                {"/own", Call{Method: "POST", Path: "/"}, "POST /own/ "},
		"a slash behind":             {"/own", Call{Method: "POST", Path: "a/"}, "POST /own/a/ "},
		"headers": {"/o", Call{Method: "POST", Header: http.Header{"X-A": {"1"}, "Content-Type": {"a/b"}},
			Body: []byte("c")},
			"Content-Type=a/b X-A=1 POST /o c"},
	} {
		c := New(Config{URL: server.URL + test.base, Token: "a-token-that-is-long-enough-0123456",
			Secret:    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
			UserAgent: "us"})
		got = ""
		x, a, err := c.Call(t.Context(), test.call)
		if want := strings.Replace(test.want, test.call.Method+" /", "User-Agent=us "+test.call.Method+" /",
			1); got != want ||
			err != nil || a.Status() != 200 || string(a.Text) != text || !a.Whole || string(x.Answer) != text {
			t.Errorf("%s: %q, want %q: %v", name, got, want, err)
		}
		shown, err := c.Show(test.call)
		if err != nil || !strings.HasPrefix(string(x.Request),
			shown.Method+" "+strings.TrimPrefix(shown.URL, server.URL)+"\n") {
			t.Errorf("%s: %+v is kept as %q", name, shown, x.Request)
		}
	}
	c := New(Config{URL: server.URL, Token: "T"})
	for _, test := range []struct {
		status int
		text   string
		judged bool
		want   string
	}{
		{204, "", false, "<nil>"}, {200, "<html>", false, "200 7s"}, {200, "<html>", true, "<nil>"},
		{302, "", true, "302 7s"}, {422, `{"message":"no T"}`, false, "422 7s no •••"}, {503, "", true, "503 7s"},
	} {
		status, text = test.status, test.text
		_, a, err := c.Call(t.Context(), Call{Method: "POST", Judged: test.judged})
		told := fmt.Sprint(err)
		if e, is := errors.AsType[*Error](err); is {
			told = strings.TrimSpace(fmt.Sprint(e.Status, " ", e.RetryAfter, " ", e.Message))
		}
		if told != test.want || a.Status() != test.status {
			t.Errorf("%+v: %s", test, told)
		}
	}
	status, text = 200, `{"error":"no such order"}`
	_, a, err := c.Call(t.Context(), Call{Method: "POST", Judged: true})
	if e, is := errors.AsType[*Error](c.Unacknowledged(a)); err != nil || !is || e.Status != 200 ||
		e.RetryAfter != 7*time.Second || e.Message != "no such order" {
		t.Errorf("%v %+v", err, e)
	}
	text = strings.Repeat("x", 1<<20)
	if x, a, err := c.Call(t.Context(), Call{Method: "POST"}); err != nil || a.Whole || len(a.Text) != maxOtherAnswer ||
		len(x.Answer) > maxKept+len("…") {
		t.Errorf("a long answer: %v %d", err, len(a.Text))
	}
	_, _, err = New(Config{URL: "ftp://x"}).Call(t.Context(), Call{Method: "POST"})
	if _, showErr := New(Config{}).Show(Call{}); !errors.Is(err, errURL) || !errors.Is(showErr, errURL) {
		t.Errorf("without a URL: %v %v", err, showErr)
	}
}
