package insales

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// failure is the *Error of a create, or nil.
func failure(t *testing.T, c *Client) *Error {
	t.Helper()
	_, _, err := c.CreateOrder(t.Context(), permit(t, c), NewOrder{Comment: "Секрет покупателя"})
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("not an *Error: %#v", err)
	}
	if e.Op != "order_create" {
		t.Errorf("op %q", e.Op)
	}
	return e
}

// reset answers a raw connection with some bytes and closes it, after reading
// as much of the request as there is.
func reset(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 64<<10))
			_, _ = io.WriteString(conn, answer)
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestReached: only a request that never got a connection cannot have reached
// the shop, and only that one costs nothing.
func TestReached(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + closed.Addr().String()
	closed.Close()
	for name, test := range map[string]struct {
		url  string
		want bool
	}{
		"refused":      {nobody, false},
		"no such host": {"http://shop.invalid", false},
		"no scheme":    {"shop.invalid", false},
		"not a URL":    {"http://user:" + testPassword + "@shop .invalid", false},
		"handshake":    {strings.Replace(reset(t, "no TLS"), "http:", "https:", 1), false},
		"reset":        {reset(t, ""), true},
		"no HTTP":      {reset(t, "what?\r\n\r\n"), true},
		"header torn":  {reset(t, "HTTP/1.1 201 Created\r\nContent-"), true},
		"body torn":    {reset(t, "HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n"+testOrder), true},
		"chunk torn": {
			reset(t, "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n"+testOrder), true},
		"torn in the middle": {reset(t, "HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n"+testOrder[:20]), true},
	} {
		t.Run(name, func(t *testing.T) {
			var code string
			c := client(t, Config{URL: test.url, Observe: func(_, c string, _ time.Duration) { code = c }})
			e := failure(t, c)
			if e == nil || e.Reached != test.want || e.Limited || e.Err == nil {
				t.Fatalf("%#v", e)
			}
			torn := strings.Contains(name, "torn") && name != "header torn"
			if (e.Status == 201) != torn {
				t.Errorf("status %d", e.Status)
			}
			if torn && code != "201" || !torn && code != "error" && code != "" {
				t.Errorf("observed %q", code)
			}
			if got := c.Window().used; (got == 1) != test.want || c.Window().flying != 0 {
				t.Errorf("used %d, flying %d", got, c.Window().flying)
			}
		})
	}
}

// TestTimeout: a shop that does not answer costs 60 seconds. Whether it may
// have the order depends on whether there was a connection.
func TestTimeout(t *testing.T) {
	for name, test := range map[string]struct {
		dial    func(context.Context) (net.Conn, error)
		reached bool
	}{
		"dial":   {func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }, false},
		"answer": {func(context.Context) (net.Conn, error) { return silent(t), nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return test.dial(ctx) }
				transport := &http.Transport{DialContext: dial}
				defer transport.CloseIdleConnections()
				c := client(t, Config{URL: "http://shop.test", Transport: transport})
				start := time.Now()
				e := failure(t, c)
				if e == nil || e.Reached != test.reached || !errors.Is(e, context.DeadlineExceeded) ||
					time.Since(start) != 60*time.Second {
					t.Errorf("%#v after %v", e, time.Since(start))
				}
			})
		})
	}
}

// silent is a connection whose other end reads everything and says nothing.
func silent(t *testing.T) net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		_, _ = io.Copy(io.Discard, theirs)
	}()
	return ours
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

// TestBodies: a 2xx whose body is no order is an error that has reached the shop.
func TestBodies(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		gzip bool
		ok   bool
	}{
		"order":             {body: testOrder, ok: true},
		"spaces":            {body: "\n " + testOrder + " \n", ok: true},
		"wrapped":           {body: `{"order":` + testOrder + `}`, ok: true},
		"gzip":              {body: zipped(testOrder), gzip: true, ok: true},
		"gzip torn":         {body: zipped(testOrder)[:40], gzip: true},
		"no gzip":           {body: testOrder, gzip: true},
		"empty":             {},
		"null":              {body: "null"},
		"list":              {body: "[" + testOrder + "]"},
		"text":              {body: `"created"`},
		"status":            {body: `{"status":"ok"}`},
		"torn":              {body: testOrder[:40]},
		"something behind":  {body: testOrder + "<!-- -->"},
		"two":               {body: testOrder + testOrder},
		"HTML":              {body: "<!DOCTYPE html><html><body>Вход в панель</body></html>"},
		"wrapped in a list": {body: `{"order":[` + testOrder + `]}`},
		"zero id":           {body: strings.Replace(testOrder, "7", "0", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
					t.Error("gzip is not accepted")
				}
				if test.gzip {
					w.Header().Set("Content-Encoding", "gzip")
				}
				io.WriteString(w, test.body)
			})
			e := failure(t, c)
			switch {
			case test.ok && e != nil:
				t.Error(e)
			case !test.ok && (e == nil || e.Status != 200 || !e.Reached || e.Limited || e.Err == nil ||
				len(e.Messages) > 0):
				t.Errorf("%#v", e)
			}
			if e != nil && strings.Contains(e.Error(), "панель") {
				t.Errorf("the error quotes the body: %v", e)
			}
		})
	}
}

// TestPaidBodies: any 2xx is success, whatever stands in it. What an order in it shows
// of the payment is given.
func TestPaidBodies(t *testing.T) {
	paid := strings.Replace(testOrder, `"id"`, `"financial_status":"paid","id"`, 1)
	for body, want := range map[string]string{"": "", `{"status":"ok"}`: "", "<html>": "", "{": "", "null": "",
		paid: "paid", `{"order":` + paid + `}`: "paid", strings.Replace(paid, `"paid"`, `"pending"`, 1): "pending",
		paid[:len(paid)-1]: ""} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) })
		if _, got, err := c.SetPaid(t.Context(), permit(t, c), 7); err != nil || got != want {
			t.Errorf("%q: %q %v", body, got, err)
		}
	}
}

// TestAnswers: what is made of an answer that is not 2xx.
func TestAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		header http.Header
		body   string
		want   Error
	}{
		"400": {400, nil, `{"error":"Bad request"}`, Error{Messages: []string{"Bad request"}}},
		"401": {401, nil, "HTTP Basic: Access denied.\n", Error{}},
		"403": {403, nil, `{"error":"Недостаточно прав для операции"}`,
			Error{Messages: []string{"Недостаточно прав для операции"}}},
		"404": {404, nil, "", Error{}},
		"422": {422, nil, fixture(t, "error_422_constructed.json"),
			Error{Messages: []string{"order_lines: не может быть пустым"}}},
		"423": {423, nil, "<html>Locked</html>", Error{}},
		"429": {429, http.Header{"Retry-After": {"7"}, "Api-Usage-Limit": {"501/500"}}, "",
			Error{Limited: true, RetryAfter: 7 * time.Second}},
		"429 bare": {429, nil, "", Error{Limited: true}},
		"503 full": {503, http.Header{"Retry-After": {"5"}, "Api-Usage-Limit": {"501/500"}}, "",
			Error{Limited: true, RetryAfter: 5 * time.Second}},
		"503 down":       {503, http.Header{"Retry-After": {"120"}}, "<html>", Error{RetryAfter: 2 * time.Minute}},
		"503 odd usage":  {503, http.Header{"Api-Usage-Limit": {"many"}}, "", Error{}},
		"500 with usage": {500, http.Header{"Api-Usage-Limit": {"501/500"}}, "{}", Error{}},
		"504":            {504, nil, "", Error{}},
		"408":            {408, nil, "", Error{}},
		"endless body":   {422, nil, `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, Error{}},
		"body of some KiB": {422, nil, `{"a":"` + strings.Repeat("\\u044b", 1000) + `"}`,
			Error{Messages: []string{"a: " + strings.Repeat("ы", 1000)}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				for k, v := range test.header {
					w.Header()[k] = v
				}
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			})
			e := failure(t, c)
			if e == nil || e.Status != test.status || !e.Reached || e.Limited != test.want.Limited ||
				e.RetryAfter != test.want.RetryAfter || !slices.Equal(e.Messages, test.want.Messages) ||
				e.Unwrap() != nil {
				t.Errorf("%#v", e)
			}
		})
	}
}

// fixture reads a sample document.
func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("../testdata/insales/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestErrorText: what is logged of an error holds neither the URL nor our key,
// nor what we sent, nor the shop's words.
func TestErrorText(t *testing.T) {
	const words = "Слова-магазина"
	basic := base64.StdEncoding.EncodeToString([]byte(testKeyID + ":" + testPassword))
	c := func(url string) *Client { return client(t, Config{URL: url}) }
	clients := map[string]*Client{
		"refused":   c("http://127.0.0.1:1"),
		"bad URL":   c("http://" + testKeyID + ":" + testPassword + "@shop .invalid"),
		"bad port":  c("http://" + testKeyID + ":" + testPassword + "@shop:port"),
		"reset":     c(reset(t, "")),
		"no number": c(reset(t, "HTTP/1.1 201 "+words+"\r\nContent-Length: 4\r\n\r\n\""+words+"\"")),
	}
	for _, status := range []int{200, 201, 302, 401, 422, 429, 500, 503} {
		clients[http.StatusText(status)] = serve(t, func(w http.ResponseWriter, r *http.Request) {
			id, password, _ := r.BasicAuth()
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("Location", "http://"+id+":"+password+"@[::1/"+words)
			w.WriteHeader(status)
			io.WriteString(w, `{"id":"`+words+`","error":"`+words+id+password+`","echo":"`+
				r.Header.Get("Authorization")+`"}`+string(body))
		})
	}
	for name, c := range clients {
		for op, call := range operations(t) {
			c.cfg.Window = NewWindow() // what was said of the last one would hold this one up
			err := call(c)
			if err == nil {
				continue // a list of nothing, or a payment
			}
			for _, secret := range []string{testKeyID, testPassword, basic, words, "/admin", "Тест", "ineed:"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s, %s: %q stands in %q", name, op, secret, err)
				}
			}
			if !strings.HasPrefix(err.Error(), op+": ") {
				t.Errorf("%s, %s: %q", name, op, err)
			}
		}
	}
}

func TestMessages(t *testing.T) {
	for body, want := range map[string][]string{
		`{"order_lines":["не может быть пустым"]}`: {"order_lines: не может быть пустым"},
		`{"error":"Not found"}`: {"Not found"},
		`{"errors":{"phone":["плохой","короткий"]}}`: {"phone: плохой", "phone: короткий"},
		`{"errors":["a","b"]}`:                           {"a", "b"},
		`{"message":"a","error":"b"}`:                    {"b", "a"},
		`{"z":"2","a":"1"}`:                              {"a: 1", "z: 2"},
		`{"order":{"client":{"name":["пусто"]}}}`:        {"order: client: name: пусто"},
		`["a",["b",{"c":"d"}]]`:                          {"a", "b", "c: d"},
		`"text"`:                                         {"text"},
		`{"a":"","b":null,"c":1,"d":true,"e":[],"f":{}}`: nil,
		`["1","2","3","4","5","6","7","8","9","10"]`:     {"1", "2", "3", "4", "5", "6", "7", "8"},
		``:                 nil,
		`null`:             nil,
		`<html>`:           nil,
		`{"a":"torn`:       nil,
		`{"a":"b"} behind`: nil,
		strings.Repeat("[", 5000) + `"deep"` + strings.Repeat("]", 5000): {"deep"},
	} {
		if got := messages([]byte(body)); !slices.Equal(got, want) {
			t.Errorf("%.60s: %q, want %q", body, got, want)
		}
	}
}
