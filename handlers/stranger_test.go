package handlers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/handlers/panel"
	"ineed-insales/internal/gate"
	"ineed-insales/internal/ineedchat"
)

// atGate serves the world's public side as the program does.
func (w *world) atGate() (addr string) {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	g := gate.New(gate.Config{})
	srv := g.Server(w.server.Public())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(g.Listen(l)) }()
	w.t.Cleanup(func() { srv.Close(); <-done })
	return l.Addr().String()
}

// raw sends bytes and gives the connection, on which no more comes.
func (w *world) raw(addr, text string) net.Conn {
	w.t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		w.t.Fatal(err)
	}
	return c
}

func readAnswer(t *testing.T, c net.Conn) (*http.Response, string) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// TestNothingToProve: a webhook without anything that could prove its sender is
// answered before its body has come, and alike whether or not there is such a
// company.
func TestNothingToProve(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	addr := w.atGate()
	stamp := "webhook-timestamp: " + fmt.Sprint(time.Now().Unix()) + "\r\n"
	for name, headers := range map[string]string{
		"nothing":          "",
		"a timestamp":      "webhook-id: m\r\n" + stamp,
		"an id with a dot": "webhook-id: m.1\r\n" + stamp + "webhook-signature: v1,x\r\n",
		"a bad timestamp":  "webhook-id: m\r\nwebhook-timestamp: now\r\nwebhook-signature: v1,x\r\n",
		"two signatures": "webhook-id: m\r\n" + stamp +
			"webhook-signature: v1,x\r\nwebhook-signature: v1,y\r\n",
		"a token that is too short": "Authorization: Bearer short\r\n",
		"another scheme":            "Authorization: Basic " + strings.Repeat("x", 43) + "\r\n",
	} {
		var first string
		for _, path := range []string{"2", "3", "2/short", "3/short"} {
			for _, length := range []string{"Content-Length: 262144", "Content-Length: 300",
				"Transfer-Encoding: chunked"} {
				c := w.raw(addr, "POST /webhooks/ineedchat/"+path+" HTTP/1.1\r\nHost: x\r\n"+
					"Content-Type: application/json\r\n"+headers+length+"\r\n\r\n")
				res, body := readAnswer(t, c)
				if res.StatusCode != 401 || !res.Close {
					t.Errorf("%s at %s, %s: %d, stays open: %v", name, path, length, res.StatusCode, !res.Close)
				}
				if first == "" {
					first = body
				} else if body != first {
					t.Errorf("%s at %s: %s, elsewhere %s", name, path, body, first)
				}
			}
		}
	}
	// What is wrong with it whoever has sent it is said before that.
	for headers, want := range map[string]int{
		"Content-Type: application/json\r\nContent-Length: 262145\r\n": 413,
		"Content-Type: text/plain\r\nContent-Length: 10\r\n":           415,
	} {
		if res, _ := readAnswer(t,
			w.raw(addr, "POST /webhooks/ineedchat/2 HTTP/1.1\r\nHost: x\r\n"+headers+"\r\n")); res.StatusCode != want {
			t.Errorf("%q: %d, want %d", headers, res.StatusCode, want)
		}
	}
}

// TestStalledBodies: orders are taken while strangers have bodies under way that
// look as if they were signed, and neither a form that is cut off nor one that is
// too large is a wrong password.
func TestStalledBodies(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	secret := w.company("signature")
	addr := w.atGate()
	part := strings.Repeat("x", 200<<10)
	for i := range 30 {
		headers := fmt.Sprintf(
			"Content-Type: application/json\r\nwebhook-id: m\r\nwebhook-timestamp: %d\r\nwebhook-signature: v1,x\r\n",
			time.Now().Unix())
		w.raw(addr, fmt.Sprintf("POST /webhooks/ineedchat/%d HTTP/1.1\r\nHost: x\r\n%sContent-Length: 262144\r\n\r\n%s",
			2+i%2, headers, part))
		body := fresh("order-" + strconv.Itoa(i))
		signed, err := ineedchat.Sign(secret, "m"+strconv.Itoa(i), time.Now(), []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest("POST", "http://"+addr+"/webhooks/ineedchat/2", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = signed
		r.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 202 {
			t.Errorf("order %d: %d", i, res.StatusCode)
		}
	}
	if n := w.metric(`ineed_insales_webhooks_total{result="accepted",source="ineedchat"}`); n != "30" {
		t.Errorf("%s orders accepted", n)
	}
}

// maxOpenForm is the largest form that everybody may send.
const maxOpenForm = 4 << 10

// TestOpenForms: what everybody may send is small; a form that is too large or
// cut off is told as such, and is no try to sign in.
func TestOpenForms(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	token, err := w.bridge.Login.ResetPassword(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	w.withPassword()
	for _, path := range []string{"/signin", panel.SetupPath(token)} {
		for _, size := range []int{maxOpenForm, 1 << 20} {
			if res := w.form(path, url.Values{"password": {strings.Repeat("x", size)}}); res.Code != 413 ||
				!strings.Contains(res.Body.String(), "слишком большая") {
				t.Errorf("%s of %d bytes: %d", path, size, res.Code)
			}
		}
	}
	if res := w.form("/signin", url.Values{"password": {strings.Repeat("x", maxOpenForm-100)}}); res.Code != 403 {
		t.Errorf("one that is long: %d, want 403", res.Code)
	}
	addr := w.atGate()
	chunks := strings.Repeat("400\r\n"+strings.Repeat("a", 1024)+"\r\n", 5)
	const form = "Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	endless := w.raw(addr, "POST /signin HTTP/1.1\r\n"+form+"Transfer-Encoding: chunked\r\n\r\n"+chunks)
	if res, _ := readAnswer(t, endless); res.StatusCode != 413 || !res.Close {
		t.Errorf("in chunks, without an end: %d", res.StatusCode)
	}
	c := w.raw(addr, "POST /signin HTTP/1.1\r\n"+form+"Content-Length: 100\r\n\r\npassword=x")
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if res, _ := readAnswer(t, c); res.StatusCode != 400 {
		t.Errorf("cut off: %d", res.StatusCode)
	}
	refused := 0
	for _, e := range journal(t, w) {
		if e.Kind == "refused" {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d tries to sign in are noted, want 1", refused)
	}
	// Of who has signed in forms may be as large as they have to be.
	cookie := w.signIn()
	if res := w.form("/access",
		url.Values{"old": {adminPassword}, "password": {"x"}, "again": {strings.Repeat("y", 100<<10)}},
		cookie); res.Code != 422 {
		t.Errorf("a large form of the admin: %d", res.Code)
	}
}
