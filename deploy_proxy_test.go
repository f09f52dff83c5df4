//go:build deploy

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat/ineedchattest"
)

const (
	proxyName     = "connector.example.com"
	proxyPassword = "correct-horse-battery"
	visitorIP     = "127.0.0.2" // whoever comes to the proxy
)

// A proxied is a proxy of Debian's, with the file of deploy/ that tells it of the connector.
type proxied struct {
	t           *testing.T
	dir         string
	plain, tls  string // its addresses
	cert        string // file, as PEM; the key is in cert.key
	roots       *x509.CertPool
	base        string // the connector's public URL
	client      *http.Client
	connectorAt string
}

// newProxied makes a folder for a proxy, with a certificate, and a browser that sees no other
// machine.
func newProxied(t *testing.T, v *victim, base string) *proxied {
	t.Helper()
	p := &proxied{t: t, dir: shortDir(t), plain: mustFreeAddr(t), tls: mustFreeAddr(t), base: base, connectorAt: v.addr}
	p.certify()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(visitorIP)}}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: p.roots}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if _, port, _ := net.SplitHostPort(addr); port == "80" {
				return dialer.DialContext(ctx, network, p.plain)
			}
			return dialer.DialContext(ctx, network, p.tls)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	p.client = &http.Client{Transport: transport, Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return p
}

// certify makes a certificate for the name, which only this test believes.
func (p *proxied) certify() {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{proxyName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	made, err1 := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	encoded, err2 := x509.MarshalPKCS8PrivateKey(key)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})
	p.roots = x509.NewCertPool()
	p.roots.AppendCertsFromPEM(text)
	p.cert = p.write("cert", string(text))
	p.write("cert.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})))
	if err := errors.Join(err1, err2); err != nil {
		p.t.Fatal(err)
	}
}

// write writes a file into the proxy's folder.
func (p *proxied) write(name, text string) string {
	p.t.Helper()
	name = filepath.Join(p.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
		p.t.Fatal(err)
	}
	return name
}

// shipped reads a file of deploy/ and puts this test's addresses and files in the place of
// those that it names. Each must stand there.
func (p *proxied) shipped(name string, replace ...string) string {
	p.t.Helper()
	text := read(p.t, filepath.Join("deploy", name))
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			p.t.Fatalf("%s does not say %q", name, replace[i])
		}
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	return text
}

// run starts the proxy and waits until it answers.
func (p *proxied) run(env []string, name string, args ...string) {
	p.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = p.dir, append(os.Environ(), env...)
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		p.t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		log.Close()
		if p.t.Failed() {
			p.t.Logf("the log of %s:\n%s", name, read(p.t, log.Name()))
		}
	})
	until(p.t, 20*time.Second, name+" answers", func() bool {
		c, err := net.Dial("tcp", p.tls)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// nginx starts nginx with a server block.
func (p *proxied) nginx(servers string) {
	p.t.Helper()
	p.write("snippets/ineed-insales.conf", p.shipped("nginx/proxy.conf"))
	p.write("nginx.conf", `daemon off; user root; pid nginx.pid; error_log stderr; worker_processes 1;
events {}
http {
access_log off;
client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
`+servers+"}\n")
	p.run(nil, "nginx", "-p", p.dir, "-c", filepath.Join(p.dir, "nginx.conf"))
}

// caddy starts Caddy with a file of deploy/.
func (p *proxied) caddy(name string) {
	p.t.Helper()
	_, plain, _ := net.SplitHostPort(p.plain)
	_, secure, _ := net.SplitHostPort(p.tls)
	site := "{$CONNECTOR_HOST} {\n"
	file := p.write("Caddyfile", "{\n\tadmin off\n\thttp_port "+plain+"\n\thttps_port "+secure+"\n}\n"+
		p.shipped(name, site, site+"\ttls "+p.cert+" "+p.cert+".key\n"))
	p.run([]string{"CONNECTOR_HOST=" + proxyName, "CONNECTOR_UPSTREAM=" + p.connectorAt, "HOME=" + p.dir},
		"caddy", "run", "--adapter", "caddyfile", "--config", file)
}

// get asks the proxy and gives the status, the body and the headers.
func (p *proxied) get(address string) (int, string, http.Header) {
	p.t.Helper()
	res, err := p.client.Get(address)
	return p.answer(res, err)
}

// post posts a form as the panel's own page does.
func (p *proxied) post(path string, form url.Values) (int, string, http.Header) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), "POST", p.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://"+proxyName)
	r.Header.Set("X-Forwarded-For", "203.0.113.9") // a lie
	r.Header.Set("X-Forwarded-Proto", "http")      // another
	res, err := p.client.Do(r)
	return p.answer(res, err)
}

func (p *proxied) answer(res *http.Response, err error) (int, string, http.Header) {
	p.t.Helper()
	if err != nil {
		p.t.Error(err)
		return 0, "", nil
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Error(err)
	}
	return res.StatusCode, string(text), res.Header
}

// TestProxies runs the program behind nginx and behind Caddy, with the files of deploy/, at a
// name of its own and below a path.
func TestProxies(t *testing.T) {
	for _, name := range []string{"nginx", "caddy"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("%v: Debian's package %s has it", err, name)
		}
	}
	v := newVictim(t)
	nginxCert := "/etc/letsencrypt/live/" + proxyName
	for name, test := range map[string]struct {
		path  string
		start func(p *proxied)
	}{
		"nginx": {"", func(p *proxied) {
			p.nginx(p.shipped("nginx/ineed-insales.conf", "listen 80;", "listen "+p.plain+";", "listen 443 ",
				"listen "+p.tls+" ", nginxCert+"/fullchain.pem", p.cert, nginxCert+"/privkey.pem", p.cert+".key",
				"127.0.0.1:8080", v.addr))
		}},
		"nginx below a path": {"/connector", func(p *proxied) {
			p.nginx("server { listen " + p.tls + " ssl http2; server_name " + proxyName + "; ssl_certificate " + p.cert +
				"; ssl_certificate_key " + p.cert + ".key;\n" + p.shipped("nginx/prefix.conf", "127.0.0.1:8080", v.addr) + "}\n")
		}},
		"Caddy":              {"", func(p *proxied) { p.caddy("caddy/Caddyfile") }},
		"Caddy below a path": {"/connector", func(p *proxied) { p.caddy("caddy/prefix.Caddyfile") }},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProxied(t, v, "https://"+proxyName+test.path)
			v.env = []string{"CONNECTOR_PUBLIC_URL=" + p.base, "CONNECTOR_TRUSTED_PROXIES=127.0.0.1/32",
				"CONNECTOR_ADMIN_PASSWORD=" + proxyPassword}
			v.start()
			defer v.stop()
			v.setUp()
			test.start(p)
			p.webhook()
			p.limits()
			p.panel(test.path)
			p.inside(test.path)
			p.stranger(v)
		})
	}
}

// webhook posts an order.
func (p *proxied) webhook() {
	p.t.Helper()
	s := ineedchattest.Sender{URL: p.base, Company: scriptCompany, Secret: ineedchattest.DefaultSecret, Client: p.client}
	id := strings.ReplaceAll(p.t.Name(), "/", ".")
	body := ineedchattest.OrderSpec{Company: scriptCompany, ID: id[max(0, len(id)-60):], Number: "1"}.Body()
	for _, want := range []int{202, 200} { // and again
		if a, err := s.Send(p.t.Context(), body); err != nil || a.Status != want {
			p.t.Errorf("webhook: %v %d %s, want %d", err, a.Status, a.Body, want)
		}
	}
}

// limits posts what is too large: the connector says so as long as the proxy lets it.
func (p *proxied) limits() {
	p.t.Helper()
	s := ineedchattest.Sender{URL: p.base, Company: scriptCompany, Secret: ineedchattest.DefaultSecret, Client: p.client}
	ours := map[int]bool{300 << 10: true, 3 << 20: true, 3_990_000: true, 4_200_000: false, 6 << 20: false}
	for size, ours := range ours {
		a, err := s.Send(p.t.Context(), []byte(`{"x":"`+strings.Repeat("x", size)+`"}`))
		said := strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json")
		if err != nil || a.Status != http.StatusRequestEntityTooLarge || said != ours {
			p.t.Errorf("%d bytes: %v %d %q", size, err, a.Status, a.Body)
		}
	}
}

// panel signs in, as a browser does.
func (p *proxied) panel(prefix string) {
	p.t.Helper()
	if code, _, h := p.get(p.base + "/"); code != 303 || !strings.HasPrefix(h.Get("Location"), prefix+"/signin") {
		p.t.Errorf("without a session: %d %v", code, h)
	}
	if prefix == "" {
		code, _, h := p.get("http://" + proxyName + "/signin")
		if code/100 != 3 || !strings.HasPrefix(h.Get("Location"), "https://"+proxyName) {
			p.t.Errorf("http: %d %v", code, h)
		}
	}
	code, text, h := p.post("/signin", url.Values{"password": {proxyPassword}})
	cookie := h.Get("Set-Cookie")
	if code != 303 || !strings.Contains(cookie, "Secure") || !strings.Contains(cookie, "Path="+prefix+"/;") ||
		h.Get("Strict-Transport-Security") == "" {
		p.t.Errorf("sign in: %d %v %s", code, h, text)
	}
	code, text, _ = p.get(p.base + "/companies")
	if code != 200 || !strings.Contains(text, `href="`+prefix+`/orders`) {
		p.t.Errorf("a page: %d %s", code, text)
	}
	if code, _, _ := p.post("/signout", nil); code != 303 {
		p.t.Errorf("sign out: %d", code)
	}
}

// inside asks for what strangers may not have.
func (p *proxied) inside(prefix string) {
	p.t.Helper()
	for _, path := range []string{"/metrics", "/readyz"} {
		if code, text, _ := p.get(p.base + path); code != 404 || strings.Contains(text, "ineed_insales_") {
			p.t.Errorf("%s: %d %s", path, code, text)
		}
	}
	if code, text, _ := p.get(p.base + "/healthz"); code != 200 || text != "ok" {
		p.t.Errorf("health: %d %s", code, text)
	}
	if prefix == "" {
		return
	}
	if code, _, h := p.get(strings.TrimSuffix(p.base, "/")); code != 308 || h.Get("Location") == "" {
		p.t.Errorf("the path without a slash: %d %v", code, h)
	}
}

// stranger guesses a password and lies about where he is: the connector knows.
func (p *proxied) stranger(v *victim) {
	p.t.Helper()
	before := len(read(p.t, v.log.Name()))
	if code, _, _ := p.post("/signin", url.Values{"password": {"wrong"}}); code != http.StatusForbidden {
		p.t.Errorf("a wrong password: %d", code)
	}
	said := read(p.t, v.log.Name())[before:]
	if !strings.Contains(said, `"address":"`+visitorIP+`"`) || strings.Contains(said, "203.0.113.9") {
		p.t.Errorf("who it was: %s", said)
	}
}
