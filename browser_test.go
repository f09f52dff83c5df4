//go:build browser

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/config"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// These tests press the panel's buttons in a real Chromium, against both
// sandboxes. They need the browser (Debian's chromium) and, in AXE, the path of
// axe-core's axe.min.js; .ci/run gets both. Whoever asks for the tag and has
// neither is told so: nothing is skipped. SHOTS names a folder for pictures of
// all pages.

// patience is how long a page may take to show what it should.
const patience = 30 * time.Second

// A site is the connector, served from an empty database, between a sandbox
// shop and a sandbox chat.
type site struct {
	t      *testing.T
	url    string
	shop   *insalestest.Shop
	shopAt string
	chatAt string
	log    *lockedBuffer

	mu   sync.Mutex
	chat *ineedchattest.Chat
}

// A lockedBuffer is written by one goroutine and read by another.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const siteProducts = 400

// newSite serves. The chat does not know the connector yet: connect tells it
// what a person has copied there.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, log: &lockedBuffer{}}
	courier := &insalestest.Courier{Client: &http.Client{Timeout: 5 * time.Second}}
	s.shop = insalestest.New(insalestest.Config{Deliver: courier.Deliver,
		Catalog: insalestest.Catalog{Products: siteProducts, Seed: 1}})
	shop := httptest.NewServer(s.shop)
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := s.inChat(); c != nil {
			c.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	s.shopAt, s.chatAt = shop.URL, chat.URL
	addr := mustFreeAddr(t)
	s.url = "http://" + addr
	cfg, _, err := config.Load(nil, map[string]string{"addr": addr, "db": filepath.Join(shortDir(t), "connector.db"),
		"chat-url": chat.URL, "public-url": s.url,
		"poll-interval": "1s", "allow-private-networks": "true", "log-format": "text"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	ready, done := make(chan struct{}), make(chan error, 1)
	all.Go(func() { courier.Run(ctx) })
	all.Go(func() { done <- serve(ctx, cfg, s.log, func(net.Addr) { close(ready) }) })
	t.Cleanup(func() {
		cancel()
		all.Wait()
		shop.Close()
		chat.Close()
		if t.Failed() {
			t.Log(s.log.String())
		}
	})
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	return s
}

func (s *site) inChat() *ineedchattest.Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chat
}

// connect is what a person does in INEED.CHAT: enter the secret and the token.
func (s *site) connect(secret, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chat = ineedchattest.New(ineedchattest.Config{Token: token, Secret: secret, AcceptUnknown: true})
}

// setupLink is the link in the log.
func (s *site) setupLink() string {
	s.t.Helper()
	link := regexp.MustCompile(`link=(\S+)`).FindStringSubmatch(s.log.String())
	if link == nil {
		s.t.Fatalf("no link in the log:\n%s", s.log)
	}
	return strings.TrimPrefix(link[1], s.url)
}

// firstOwner opens the link in a new browser and sets the password.
func (s *site) firstOwner() *tab {
	s.t.Helper()
	b := newBrowser(s.t, s.url)
	b.open(s.setupLink())
	b.fill("Пароль", browserPassword)
	b.fill("Пароль ещё раз", browserPassword)
	b.press("", "Сохранить и войти")
	b.sees("Новая компания")
	return b
}

// order sends one of the chat's.
func (s *site) order(o ineedchattest.OrderSpec, secret string) {
	s.t.Helper()
	o.Company = "2"
	a, err := ineedchattest.Sender{URL: s.url, Company: "2", Secret: secret}.Send(s.t.Context(), o.Body())
	if err != nil || a.Status != http.StatusAccepted {
		s.t.Fatalf("order %s: %v %d %s", o.ID, err, a.Status, a.Body)
	}
}

// A tab is one of a browser of its own, with no cookies at first.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string
	axe string

	clicks, fields int // that a person has pressed, and filled in

	mu         sync.Mutex
	complaints []string
}

// newBrowser starts a Chromium with one tab.
func newBrowser(t *testing.T, url string) *tab {
	t.Helper()
	axe, err := os.ReadFile(os.Getenv("AXE"))
	if err != nil {
		t.Fatalf("set AXE to the path of axe-core's axe.min.js: %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1280, 900),
		chromedp.Flag("lang", "ru"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, url: url, axe: string(axe)}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("no browser: install chromium: %v", err)
	}
	b.listen()
	return b
}

// another opens one more tab of the same browser.
func (b *tab) another() *tab {
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatal(err)
	}
	other := &tab{t: b.t, ctx: ctx, url: b.url, axe: b.axe}
	other.listen()
	return other
}

// listen fails the test on what a page complains of, and says yes to questions.
func (b *tab) listen() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, log.Enable, cdp.Empty{}); err != nil {
		b.t.Fatal(err)
	}
	dialogs, thrown, entries := chromedp.Events(b.ctx, page.JavascriptDialogOpening),
		chromedp.Events(b.ctx, runtime.ExceptionThrown), chromedp.Events(b.ctx, log.EntryAdded)
	go func() {
		for _, err := range dialogs {
			if err == nil {
				_, err = chromedp.Call(b.ctx, page.HandleJavaScriptDialog,
					page.HandleJavaScriptDialogParams{Accept: true})
			}
			if err != nil {
				return
			}
		}
	}()
	go func() {
		for e, err := range thrown {
			if err != nil {
				return
			}
			b.complain("script: " + e.ExceptionDetails.Text)
		}
	}()
	go func() {
		for e, err := range entries {
			if err != nil {
				return
			}
			// A page that says 4xx is one that a person is to see.
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				b.complain(fmt.Sprint(e.Entry.Source, ": ", e.Entry.Text))
			}
		}
	}()
}

// complain keeps what a page complained of, for the end of the test.
func (b *tab) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, text)
}

// do takes steps, each with its page, and fails with what is to be seen.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.text())
	}
}

// ask is do for a step that answers.
func ask[T any](b *tab, what string, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.text())
	}
	return v
}

// script runs one in the page.
func (b *tab) script(code string) {
	b.t.Helper()
	b.do(code, chromedp.Evaluate[chromedp.Void](code))
}

// call sends a command to the browser.
func call[P, R any](b *tab, c cdp.Command[P, R], p P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, c, p); err != nil {
		b.t.Fatal(err)
	}
}

// text is what a person sees.
func (b *tab) text() string {
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`document.readyState + " " + location.pathname + location.search + "\n" + (document.body?.innerText ?? "")`))
	if err != nil {
		return err.Error()
	}
	return text
}

func (b *tab) open(path string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		err := chromedp.Do(ctx, chromedp.Navigate(b.url+path))
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), "ERR_ABORTED") { // the page before was just leaving for another
			b.t.Fatalf("open %s: %v\n%s", path, err, b.text())
		}
	}
}

// sees waits until all the texts are on the page, which may be about to come.
func (b *tab) sees(texts ...string) {
	b.t.Helper()
	for start := time.Now(); !b.shows(texts); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > patience {
			b.t.Fatalf("not to be seen: %q\n%s", texts, b.text())
		}
	}
}

// shows reports whether all the texts are on a page that is whole.
func (b *tab) shows(texts []string) bool {
	text, whole := strings.CutPrefix(b.text(), "complete ")
	text = strings.ReplaceAll(text, "\u00a0", " ")
	return whole && !slices.ContainsFunc(texts, func(one string) bool { return !strings.Contains(text, one) })
}

// turns waits for a page that changes by itself or has to be looked at again.
func (b *tab) turns(path string, texts ...string) {
	b.t.Helper()
	for start := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		b.open(path)
		if b.shows(texts) {
			return
		}
		if time.Since(start) > 2*patience {
			b.t.Fatalf("%s never shows %q:\n%s", path, texts, b.text())
		}
	}
}

// press clicks what has exactly this text, below an XPath if one is given, and
// waits for the page that follows.
func (b *tab) press(within, text string) {
	b.t.Helper()
	path := fmt.Sprintf(`%s//*[self::button or self::a or self::summary][normalize-space(.)=%q]`, within, text)
	b.do("press "+text, chromedp.Click(path, chromedp.NodeVisible))
	b.clicks++
}

// field is the selector of the input with a label, or with a name that is read
// out.
func (b *tab) field(label string) string {
	b.t.Helper()
	quoted, _ := json.Marshal(label)
	id := ask(b, "find "+label, chromedp.Evaluate[string](fmt.Sprintf(`(() => {
		const label = [...document.querySelectorAll("label")].find(l => l.textContent.trim() == %s);
		const input = label ? document.getElementById(label.htmlFor)
			: [...document.querySelectorAll("[aria-label]")].find(e => e.ariaLabel == %[1]s && !e.value);
		if (!input) return "";
		input.id ||= "found-" + Math.random().toString(36).slice(2);
		return input.id;
	})()`, quoted)))
	if id == "" {
		b.t.Fatalf("no field %q:\n%s", label, b.text())
	}
	return id
}

// fill types into a field, over what is there.
func (b *tab) fill(label, value string) {
	b.t.Helper()
	at := b.field(label)
	b.do("fill "+label, chromedp.Focus(chromedp.ID(at)),
		chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`))
	call(b, input.InsertText, input.InsertTextParams{Text: value})
	b.fields++
}

// choose takes the option whose text begins so.
func (b *tab) choose(label, option string) {
	b.t.Helper()
	quoted, _ := json.Marshal(option)
	done := ask(b, "choose "+option, chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
		const select = document.getElementById(%q);
		const option = [...select.options].find(o => o.text.startsWith(%s));
		if (!option || option.disabled) return false;
		select.value = option.value;
		for (const kind of ["input", "change"]) select.dispatchEvent(new Event(kind, {bubbles: true}));
		return true;
	})()`, b.field(label), quoted)))
	if !done {
		b.t.Fatalf("no option %q of %q", option, label)
	}
}

// value is what stands in a field.
func (b *tab) value(label string) string {
	b.t.Helper()
	return ask(b, "read "+label, chromedp.Value(chromedp.ID(b.field(label))))
}

// looks is a way to look at pages.
type look struct {
	name   string
	width  int64
	scheme string
}

func looks() []look {
	return []look{{"desktop", 1280, "light"}, {"desktop-dark", 1280, "dark"}, {"phone", 390, "light"},
		{"phone-dark", 390, "dark"}}
}

// set makes the tab one of that width and theme.
func (b *tab) set(l look) {
	b.t.Helper()
	b.do("look "+l.name, chromedp.EmulateViewport(l.width, 900))
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}})
}

// inspect looks at the page that is open in all ways: a picture, nothing wider
// than the screen, and nothing serious that axe-core finds.
func (b *tab) inspect(name string) {
	b.t.Helper()
	for _, l := range looks() {
		b.set(l)
		if wide := ask(b, "measure", chromedp.Evaluate[int](
			`document.documentElement.scrollWidth - document.documentElement.clientWidth`)); wide > 0 {
			b.t.Errorf("%s, %s: %d px too wide", name, l.name, wide)
		}
		b.accessible(name + ", " + l.name)
		if dir := os.Getenv("SHOTS"); dir != "" {
			png := ask(b, "picture", chromedp.FullScreenshot(100))
			if err := os.WriteFile(filepath.Join(dir, name+"."+l.name+".png"), png, 0o644); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.picture(name)
	b.set(looks()[0])
}

// accessible fails on what axe-core calls serious or critical.
func (b *tab) accessible(name string) {
	b.t.Helper()
	b.script(b.axe + `;undefined`)
	found := ask(b, "axe "+name, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => {
		if (r.testEngine.name != "axe-core" || r.passes.length < 5) return "axe-core did not run";
		return r.violations.filter(v => v.impact == "serious" || v.impact == "critical")
			.map(v => v.id + ": " + v.help + "\n" +
				v.nodes.map(n => "    " + n.html + "\n    " + n.failureSummary).join("\n")).join("\n");
	})`, chromedp.EvalAwaitPromise))
	if found != "" {
		b.t.Errorf("%s:\n%s", name, found)
	}
}
