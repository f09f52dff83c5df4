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
	b.hit(input.DispatchKeyEventParams{Key: key, Code: code, Text: key})
}

// tabulate and enter strike the keys that lead to what can be used, and use it.
func (b *tab) tabulate() {
	b.hit(input.DispatchKeyEventParams{Key: "Tab", Code: "Tab", WindowsVirtualKeyCode: 9})
}
func (b *tab) enter() {
	b.hit(input.DispatchKeyEventParams{Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, Text: "\r"})
}

// hit presses a key and lets it go.
func (b *tab) hit(p input.DispatchKeyEventParams) {
	b.t.Helper()
	p.Type = input.DispatchKeyEventTypeKeyDown
	call(b, input.DispatchKeyEvent, p)
	p.Type, p.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(b, input.DispatchKeyEvent, p)
}

// A stop is where the focus is.
type stop struct {
	Name   string // what stands on it or beside it; "" = nowhere
	Seen   bool   // where it is, and that it has the focus
	InMain bool
}

// focused is where the focus is.
func (b *tab) focused() stop {
	b.t.Helper()
	return ask(b, "the focus", chromedp.Evaluate[stop](`(() => {
		const a = document.activeElement, r = a.getBoundingClientRect(), s = getComputedStyle(a);
		const name = a === document.body ? "" : a.labels?.[0]?.innerText || a.innerText || a.ariaLabel || a.name || a.tagName;
		return {Name: name.trim(), InMain: !!a.closest("main"),
			Seen: r.width > 0 && r.bottom > 0 && r.top < innerHeight && (s.outlineStyle != "none" || s.boxShadow != "none")};
	})()`))
}

// tabTo goes on to what has a name by nothing but the Tab key, and sees where it is all the way.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	for range mostStops {
		b.tabulate()
		at := b.focused()
		if at.Name != "" && !at.Seen {
			b.t.Errorf("nobody sees that %q has the focus", at.Name)
		}
		if at.Name == name {
			return
		}
	}
	b.t.Fatalf("the Tab key does not lead to %q:\n%s", name, b.text())
}

// mostStops is more than any page has.
const mostStops = 250

// byKeyboard: the panel is used with Tab and Enter alone: there is a way past the menu, each stop is
// seen, a setting is saved, and no page keeps the focus.
func (j *journey) byKeyboard(t *testing.T) {
	j.open("/")
	j.tabulate()
	if at := j.focused(); at.Name != "К содержанию" {
		t.Errorf("the first stop is %q", at.Name)
	}
	j.enter()
	j.tabulate()
	if at := j.focused(); !at.InMain {
		t.Errorf("past the menu is %q", at.Name)
	}
	for _, name := range []string{"Кофейня у моря", "Кофейня на Мира"} {
		j.open("/")
		j.tabTo("Компании")
		j.enter()
		j.sees("/companies\n", "Новая компания")
		j.tabTo("Управление")
		j.enter()
		j.sees("/companies/2\n", "Синхронизация заказов")
		j.tabTo("Название") // and with it all that stands there is chosen
		call(j.tab, input.InsertText, input.InsertTextParams{Text: name})
		j.tabTo("Сохранить")
		j.enter()
		j.sees("Настройки сохранены.", name)
	}
	j.open("/companies/2")
	j.tabulate()
	first, n := j.focused(), 1
	for j.tabulate(); j.focused() != first; j.tabulate() {
		if n++; n > mostStops {
			t.Fatal("the page keeps the focus")
		}
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
