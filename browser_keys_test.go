//go:build browser

package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"ineed-insales/internal/ineedchat/ineedchattest"
)

// strike strikes a key: what it writes, and its place on the keyboard.
func (b *tab) strike(key, code string) {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		p := input.DispatchKeyEventParams{Type: kind, Key: key, Code: code}
		if kind == input.DispatchKeyEventTypeKeyDown {
			p.Text = key
		}
		call(b, input.DispatchKeyEvent, p)
	}
}

// keys: they lead through the panel in any layout, not while one types, and not once they are off.
func (j *journey) keys(t *testing.T) {
	focus := func() string {
		return ask(j.tab, "focus", chromedp.Evaluate[string](`document.activeElement.id + "=" + (document.activeElement.value ?? "")`))
	}
	j.open("/companies")
	j.strike("/", "Slash")
	j.sees("/orders\n", "Найти заказ")
	until(t, patience, "the search has the focus", func() bool { return focus() == "q=" })
	j.strike("g", "KeyG")
	j.strike("h", "KeyH")
	j.strike("?", "Slash")
	if at := focus(); at != "q=gh?" {
		t.Errorf("typed into the search: %q", at)
	}
	j.script(`document.activeElement.blur()`)
	j.strike("п", "KeyG") // the Russian layout
	j.strike("р", "KeyH")
	j.sees("/\nК содержанию", "Обзор")
	j.strike("g", "KeyG")
	j.strike("x", "KeyX")
	j.strike("o", "KeyO") // not at once behind the g
	j.strike("g", "KeyG")
	j.strike("o", "KeyO")
	j.sees("/orders\n")
	j.strike(".", "Slash")
	if at := focus(); at != "q=" {
		t.Errorf("the slash of the Russian layout leads to %q", at)
	}
	j.script(`document.activeElement.blur()`)
	j.strike("?", "Slash")
	j.sees("/access/keys\n", "Поиск заказа")
	j.press("//main", "Выключить")
	j.sees("Горячие клавиши выключены")
	j.strike("g", "KeyG")
	j.strike("o", "KeyO")
	j.strike("?", "Slash")
	j.sees("/access/keys?done=keys_off")
	j.press("//main", "Включить")
	j.sees("Горячие клавиши включены")
}

// hurry has a tab wait a twentieth of a second instead of seconds, and note how long it meant to
// wait and how often it asked.
const hurry = `window.waits = []; window.asked = 0;
const after = setTimeout, get = fetch;
window.setTimeout = (f, ms, ...rest) => { if (ms >= 1000) waits.push(ms); return after(f, ms >= 1000 ? 50 : ms, ...rest); };
window.fetch = (...rest) => { asked++; return get(...rest); };
window.pause = (ms) => new Promise((done) => after(done, ms));`

// away: while the server is not there a page says so and asks ever more seldom, and it goes on by
// itself. While nobody sees it, it does not ask.
func (j *journey) away(t *testing.T) {
	other := j.another()
	other.t = t
	call(other, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: hurry})
	call(other, network.Enable, network.EnableParams{})
	other.open("/")
	reach := func(there bool) {
		rules := []*network.Conditions{}
		if !there {
			rules = append(rules, &network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
		}
		call(other, network.EmulateNetworkConditionsByRule,
			network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: rules})
	}
	number := func(code string) int { return ask(other, code, chromedp.Evaluate[int](code)) }
	until(t, patience, "it renews itself", func() bool { return number(`waits.length`) > 2 })
	reach(false)
	other.sees("Нет связи с сервером")
	until(t, patience, "it asks ever more seldom", func() bool { return number(`waits.filter((ms) => ms == 120000).length`) > 2 })
	got := ask(other, "waits", chromedp.Evaluate[string](`waits.filter((ms) => ms > 5000).slice(0, 6).join()`))
	if got != "10000,20000,40000,80000,120000,120000" {
		t.Errorf("while the server is away it waits for %s", got)
	}
	reach(true)
	until(t, patience, "it goes on by itself", func() bool {
		return number(`waits.at(-1)`) == 5000 && number(`document.getElementById("offline").textContent.length`) == 0
	})
	look := func(hidden bool) {
		other.script(fmt.Sprintf(`Object.defineProperty(document, "hidden", {value: %t, configurable: true});
			document.dispatchEvent(new Event("visibilitychange"))`, hidden))
	}
	look(true)
	wait := chromedp.Evaluate[int](`pause(500).then(() => asked)`, chromedp.EvalAwaitPromise)
	if before, now := ask(other, "wait", wait), ask(other, "wait", wait); before != now {
		t.Errorf("while nobody sees it, it asks %d times", now-before)
	}
	before := number(`asked`)
	look(false)
	until(t, patience, "it is seen again", func() bool { return number(`asked`) > before })
	other.do("leave", chromedp.Navigate("about:blank"))
}

// phone: on the list and on the overview of a company in trouble the first order is within the
// first screen and a half of a phone.
func (j *journey) phone(t *testing.T) {
	for i, pay := range []string{"one", "two", "three", "four", "five"} {
		id := fmt.Sprintf("400%d", i)
		j.site.order(ineedchattest.OrderSpec{ID: id, Number: "A-" + id, Payment: pay}, j.secret)
	}
	bad := ineedchattest.OrderSpec{ID: "not an id", Company: "2"}
	refused, err := ineedchattest.Sender{URL: j.site.url, Company: "2", Secret: j.secret}.Send(t.Context(), bad.Body())
	if err != nil || refused.Status != http.StatusUnprocessableEntity {
		t.Fatal(err, refused)
	}
	j.set(look{"phone", 390, "light"})
	j.do("a phone", chromedp.EmulateViewport(390, 844))
	defer j.set(looks()[0])
	j.turns("/orders", "A-4004", "Ещё")
	top := func(what string) int {
		return ask(j.tab, what, chromedp.Evaluate[int](`Math.round(document.querySelector(`+"`"+what+"`"+`).getBoundingClientRect().bottom + scrollY)`))
	}
	causes := ask(j.tab, "causes", chromedp.Evaluate[int](`document.querySelectorAll("#orders-causes .note").length -
		document.querySelectorAll("#more-causes .note").length`))
	if at := top("#orders-list tbody tr a"); at > 844*3/2 || causes != 3 {
		t.Errorf("the first order of the list ends %d px down a phone of 844, below %d causes", at, causes)
	}
	j.inspect("orders_trouble")
	j.do("a phone", chromedp.EmulateViewport(390, 844))
	j.open("/")
	if at := top(`main a[href*="/orders?company=2"]`); at > 844*3/2 {
		t.Errorf("on the overview the first order that needs attention is %d px down a phone of 844", at)
	}
}
