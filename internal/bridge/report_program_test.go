package bridge_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// setStatus is a report program in the manner of a chat with an API of its own.
const setStatus = `{request: {url: ["api", "orders", .order_id], headers: {"X-Token": $token},
	json: {status, revision, title: .status_title}}, accepted: ".ok"}`

// ownForm gives a company a program by which its chat is told.
func ownForm(program string) func(*world) {
	return func(w *world) {
		w.chat.TakeCalls("/api/")
		w.settings = func() storage.Company { return withReport(settings(), program) }
	}
}

func withReport(c storage.Company, program string) storage.Company {
	c.Chat.Wire = &storage.Wire{Report: program}
	return c
}

// calledFor tells whether the chat has taken a call with a text in it.
func (w *world) calledFor(text string) func() bool {
	return func() bool {
		return slices.ContainsFunc(w.chat.Calls(), func(c ineedchattest.Call) bool {
			return strings.Contains(c.URI+" "+c.Body, text)
		})
	}
}

// acked tells whether nothing is left to tell of an order.
func (w *world) acked(id string) func() bool {
	return func() bool {
		o := w.get(id)
		return o.State == storage.StateSent && !o.PendingReport() && o.Revision > 0
	}
}

// A program's requests arrive, each revision once, and the contract's do not.
func TestReportByAProgram(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked, ownForm(setStatus))
		w.accept(anOrder("A-1"))
		w.until(time.Minute, "the first status is told", w.acked("A-1"))
		w.dispatched("A-1")
		w.until(time.Minute, "the second is", w.calledFor(`"status":"delivering"`))
		w.until(time.Minute, "it is acknowledged", w.acked("A-1"))
		time.Sleep(24 * time.Hour)
		calls := w.chat.Calls()
		if len(calls) != 2 || len(w.chat.Reports()) != 0 {
			t.Fatalf("%d calls, %d reports", len(calls), len(w.chat.Reports()))
		}
		c := calls[1]
		o := w.get("A-1")
		if c.Method != "POST" || c.URI != "/api/orders/A-1" || c.Header.Get("X-Token") != chatToken ||
			c.Header.Get("Authorization") != "" || c.Header.Get("Content-Type") != "application/json" ||
			!strings.HasPrefix(c.Header.Get("User-Agent"), "ineed-insales-connector/") ||
			c.Header.Get("webhook-signature") != "" ||
			c.Body != fmt.Sprintf(`{"revision":%d,"status":"delivering","title":"Отгружен"}`, o.Revision) {
			t.Errorf("%+v", c)
		}
		if o.Reported != "delivering" || o.AckedRevision != o.Revision {
			t.Errorf("%+v", o)
		}
		kept := w.exchanges("A-1")[storage.EventReported]
		for _, want := range []string{"POST /api/orders/A-1\n", "X-Token: •••\n", `"status":"delivering"`,
			`{"ok":true}`} {
			if !strings.Contains(kept, want) {
				t.Errorf("kept without %q: %s", want, kept)
			}
		}
	})
}

// A chat may have something of its own in every order: the body as it came.
func TestReportKnowsWhatWasReceived(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		const receive = `{type: "order.created", data: {id: .order, customer: {name: "Анна", phone: "+79161234567"},
			payment: {type_id: "cash"},
			delivery: {type_id: "pickup"}, items: [{variant_id: "500000001", quantity: "1", price: "100.00"}]}}`
		w := newWorld(t, hooked, func(w *world) {
			w.chat.TakeCalls("/api/")
			w.settings = func() storage.Company {
				c := withReport(settings(), `{url: ["api", .received.hook // "none"],
					form: {s: .status, at: (.received.time // "" | datetime)}}`)
				c.Chat.Wire.Receive = receive
				return c
			}
		})
		body := []byte(`{"order":"A-1","hook":"u/7?x","time":"28.11.2026 15:04"}`)
		if a, err := w.sender().Send(t.Context(), body); err != nil || a.Status/100 != 2 {
			t.Fatal(err, a.Status, string(a.Body))
		}
		w.until(time.Minute, "told", w.acked("A-1"))
		if c := w.chat.Calls(); len(c) != 1 || c[0].URI != "/api/u%2F7%3Fx" ||
			c[0].Body != "at=2026-11-28T15%3A04%3A00Z&s=new" {
			t.Errorf("%+v", c)
		}
		if _, err := w.desk().Erase(t.Context(), w.key("A-1"), "test"); err != nil {
			t.Fatal(err)
		}
		w.dispatched("A-1")
		w.until(time.Minute, "told without what is erased", w.calledFor("/api/none s=delivering"))
		w.until(time.Minute, "acknowledged", w.acked("A-1"))
		if kept := w.exchanges("A-1"); len(kept) != 0 {
			t.Errorf("kept of an erased order: %v", kept)
		}
	})
}

// Nothing to tell is told to nobody but the history, and holds nothing back.
func TestReportNothingToTell(t *testing.T) {
	t.Parallel()
	for name, program := range map[string]string{"empty": "empty", "null": "null",
		"not yet": `if .status == "completed" then {url: ["api", .order_id]} else empty end`} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked, ownForm(program))
				w.accept(anOrder("A-1"))
				w.until(time.Minute, "the first status", w.acked("A-1"))
				w.dispatched("A-1")
				w.until(time.Minute, "the second", func() bool {
					o := w.get("A-1")
					return o.Status != nil && o.Status.Status == "delivering" && !o.PendingReport()
				})
				o, events, err := w.desk().Order(t.Context(), w.key("A-1"))
				if err != nil || len(w.chat.Calls())+len(w.chat.Reports()) != 0 || o.Reported != "" {
					t.Errorf("%v: %d calls, the chat is said to know %q", err, len(w.chat.Calls()), o.Reported)
				}
				nothing := 0
				for _, e := range events {
					if e.Kind == storage.EventReported && e.Args["nothing"] != "" {
						nothing++
					}
				}
				if nothing != 2 {
					t.Errorf("%d entries: %+v", nothing, events)
				}
				if strings.HasPrefix(program, "if") {
					must(t, w.shop.SetStatus(w.live("A-1")[0].ID, "dostavlen"))
					w.until(time.Minute, "what is to be told", w.calledFor("/api/A-1"))
					w.until(time.Minute, "acknowledged", func() bool { return w.get("A-1").Reported == "completed" })
				}
			})
		})
	}
}

// A shipped preset without a way back tells nothing, and the contract's chat is not asked.
func TestReportOfASilentPreset(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.accept(anOrder("A-1"))
		w.until(time.Minute, "told as the contract says", w.tells("A-1", "new"))
		w.set(func(c *storage.Company) { c.Chat.Wire = &storage.Wire{Preset: "tilda"} })
		w.dispatched("A-1")
		w.until(time.Minute, "acknowledged", func() bool {
			o := w.get("A-1")
			return o.Status.Status == "delivering" && !o.PendingReport()
		})
		if n := len(w.chat.Reports()); n != 1 {
			t.Errorf("%d reports", n)
		}
	})
}

// Each answer means what it means in the contract; one with 2xx what the program says.
func TestAnswersToOwnReports(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	after := http.Header{"Retry-After": {"1200"}}
	for name, tt := range map[string]struct {
		rule    ineedchattest.Rule
		lasts   time.Duration
		low     int // requests meanwhile
		high    int
		parked  string
		notices string
		stops   bool
		within  time.Duration // by itself, once the chat is well; 0 = by a person
	}{
		"200 that says no": {ineedchattest.Rule{Status: 200, Body: `{"ok":false,"error":"no"}`}, 10 * m, 7, 10, "", "",
			false, 10 * m},
		"200 of a page": {ineedchattest.Rule{Status: 200, Body: `<html>`}, 10 * m, 7, 10, "", "", false, 10 * m},
		"200 torn":      {ineedchattest.Rule{Action: ineedchattest.Torn}, 10 * m, 7, 10, "", "", false, 10 * m},
		"no for three days": {ineedchattest.Rule{Status: 200, Body: `{"ok":false}`}, 73 * time.Hour, 80, 140,
			problem.ReportExpired, problem.NoticeReportFailing, false, 0},
		"401": {ineedchattest.Rule{Status: 401}, 3 * time.Hour, 1, 1, "", "", true, 0},
		"403": {ineedchattest.Rule{Status: 403}, 3 * time.Hour, 1, 1, "", "", true, 0},
		"400": {ineedchattest.Rule{Status: 400}, 3 * time.Hour, 1, 1, problem.ReportRefused, "", false,
			0},
		"422": {ineedchattest.Rule{Status: 422}, 3 * time.Hour, 1, 1, problem.ReportRefused, "", false,
			0},
		"404": {ineedchattest.Rule{Status: 404}, time.Hour, 15, 22, problem.ReportNotFound, "", false, 0},
		"429": {ineedchattest.Rule{Status: 429, Header: after}, 19 * m, 1, 1, "", "", false,
			m + time.Second},
		"503": {ineedchattest.Rule{Status: 503, Header: after}, 19 * m, 1, 1, "", "", false,
			m + time.Second},
		"500": {ineedchattest.Rule{Status: 500}, 10 * m, 7, 10, "", "", false, 10 * m},
		"a redirect": {ineedchattest.Rule{Status: 307, Header: http.Header{"Location": {"http://evil.test/x"}}},
			10 * m, 7, 10, "", "", false, 10 * m},
		"a redirect to GET": {ineedchattest.Rule{Status: 302, Header: http.Header{"Location": {"/api/elsewhere"}}},
			10 * m, 7, 10, "", "", false, 10 * m},
		"no answer": {ineedchattest.Rule{Latency: time.Hour}, 10 * m, 6, 9, "", "", false, 11 * m},
		"cut before": {ineedchattest.Rule{Action: ineedchattest.ResetBefore}, 10 * m, 7, 20, "", "", false,
			10 * m},
		"409, as it has it": {ineedchattest.Rule{Status: 409}, 3 * time.Hour, 1, 1, "", problem.NoticeReportConflict,
			false, m},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked, seldom, ownForm(setStatus))
				var strayed atomic.Int32
				w.net.serve("evil.test", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
				w.accept(anOrder("A-1"))
				w.until(m, "the first status", w.acked("A-1"))
				w.untilHooks(2)
				time.Sleep(2 * m)
				f := w.chat.Fault(tt.rule)
				w.dispatched("A-1")
				time.Sleep(time.Second + tt.lasts)
				if n := f.Hits(); n < tt.low || n > tt.high {
					t.Errorf("sent %d times, want %d to %d", n, tt.low, tt.high)
				}
				o, parked := w.get("A-1"), ""
				if o.Report.Problem != nil {
					parked = o.Report.Problem.Code
				}
				if notices := strings.Join(w.notices("A-1"), " "); parked != tt.parked || notices != tt.notices ||
					(w.company().ChatFault != nil) != tt.stops {
					t.Errorf("parked for %q, notices %q, fault %+v", parked, notices, w.company().ChatFault)
				}
				f.Clear()
				switch {
				case tt.stops:
					w.save(w.settings())
				case tt.within == 0:
					if _, err := w.desk().ReportAgain(t.Context(), w.key("A-1"), "test"); err != nil {
						t.Fatal(err)
					}
				}
				w.until(max(tt.within, time.Second), "told in the end", w.acked("A-1"))
				if o := w.get("A-1"); o.Report != (storage.Report{}) {
					t.Errorf("%+v", o.Report)
				}
				if strayed.Load() != 0 || w.calledFor("elsewhere")() {
					t.Error("a redirect was followed")
				}
			})
		})
	}
}

// A program that makes no request parks the report with its own problem, asks nobody, and
// says why in the history alone; a mended one tells all of it by itself.
func TestReportProgramFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ program, kind, field string }{
		"it stops":           {`error("about " + .status_title)`, "program", ""},
		"two requests":       {`{url: ["api"]}, {url: ["api"]}`, "request", ""},
		"another host":       {`{url: "http://evil.test/"}`, "request", "url"},
		"out of the prefix":  {`{url: "../api"}`, "request", "url"},
		"a dotted id":        {`{url: ["api", "..", .order_id]}`, "request", "url[1]"},
		"another host again": {`{url: ["api"], headers: {Host: "evil.test"}}`, "request", "headers"},
		"a bad word":         {`{request: {url: ["api"]}, accepted: ".ok |"}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked, ownForm(setStatus))
				strayed := 0
				w.net.serve("evil.test", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed++ }))
				for _, id := range []string{"A-1", "A-2"} {
					w.accept(anOrder(id))
					w.until(time.Minute, "the first status", w.acked(id))
				}
				w.save(withReport(settings(), test.program))
				told := len(w.chat.Calls())
				w.dispatched("A-1", "A-2")
				parked := func(id string) bool {
					p := w.get(id).Report.Problem
					return p != nil && p.Code == problem.ReportProgram
				}
				w.until(time.Minute, "both are parked", func() bool { return parked("A-1") && parked("A-2") })
				time.Sleep(24 * time.Hour)
				p := *w.get("A-1").Report.Problem
				if !parked("A-1") || len(w.chat.Calls()) != told || strayed != 0 || test.kind != "" &&
					p.Args["kind"] != test.kind ||
					p.Args["field"] != test.field && test.kind != "" || len(p.Args) != 2 {
					t.Errorf("%d calls, %d strayed, %+v", len(w.chat.Calls())-told, strayed, p)
				}
				_, events, err := w.desk().Order(t.Context(), w.key("A-1"))
				last := events[len(events)-1]
				if err != nil || last.Kind != storage.EventReportError || last.Args["message"] == "" ||
					last.Args["parked"] != problem.ReportProgram {
					t.Errorf("%v %+v", err, last)
				}
				if list, err := w.desk().Orders(t.Context(), storage.OrderFilter{Problem: p.Code}); err != nil ||
					len(list.Orders) != 2 {
					t.Errorf("%v: %d are listed for the problem", err, len(list.Orders))
				}
				c := withReport(settings(), test.program)
				c.Name = "renamed"
				w.save(c)
				time.Sleep(time.Hour)
				if !parked("A-1") || len(w.chat.Calls()) != told {
					t.Error("another setting has released it")
				}
				w.save(withReport(settings(), setStatus))
				w.until(time.Second, "both are told", func() bool { return w.acked("A-1")() && w.acked("A-2")() })
				if len(w.chat.Calls()) != told+2 {
					t.Errorf("%d calls", len(w.chat.Calls())-told)
				}
				if _, err := w.desk().Erase(t.Context(), w.key("A-1"), "test"); err != nil {
					t.Fatal(err)
				}
				_, events, _ = w.desk().Order(t.Context(), w.key("A-1"))
				for _, e := range events {
					if e.Args["message"] != "" {
						t.Errorf("its words outlive the person: %+v", e)
					}
				}
			})
		})
	}
}

// Settings that come while a report is on its way free what their predecessor parks after
// them, and a contract takes over from a program.
func TestReportProgramIsReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		const once = `{request: {url: ["api", .order_id]}, accepted: "(\"x\" * 3000000)"}`
		w := newWorld(t, hooked, ownForm(setStatus))
		w.accept(anOrder("A-1"))
		w.until(time.Minute, "the first status", w.acked("A-1"))
		w.save(withReport(settings(), once))
		slow := w.chat.Fault(ineedchattest.Rule{AnswerDelay: 10 * time.Second, Times: 1})
		w.dispatched("A-1")
		w.until(time.Minute, "it is under way", func() bool { return slow.Hits() == 1 })
		w.save(settings())
		w.until(20*time.Second, "the contract tells it", w.tells("A-1", "delivering"))
		w.until(time.Second, "it is acknowledged", w.acked("A-1"))
	})
}

// A box that cannot be started is our own fault: nothing counts against the order, and the
// report goes when there is one. Meanwhile a process is asked for every other minute, and not more
// often for days.
func TestReportWithoutABox(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var asked atomic.Int64
		none := filepath.Join(t.TempDir(), "none")
		w := newWorld(t, hooked, ownForm(setStatus), func(w *world) {
			w.config = func(c *bridge.Config) {
				c.Wire = wire.NewBox(func() *exec.Cmd { asked.Add(1); return exec.Command(none) })
			}
		})
		w.accept(anOrder("A-1"))
		w.untilState(time.Minute, "A-1", storage.StateSent)
		const hours = 80
		time.Sleep(hours * time.Hour)
		if n := asked.Load(); n < hours*25 || n > hours*50 {
			t.Errorf("a process was asked for %d times in %d hours", n, hours)
		}
		if o := w.get("A-1"); o.Report.Problem != nil || o.Report.Tries != 0 || len(w.chat.Calls()) != 0 ||
			!o.PendingReport() {
			t.Errorf("%+v", o.Report)
		}
		w.config = nil
		w.restart()
		w.until(time.Minute, "told", w.acked("A-1"))
	})
}

// The plug is pulled at each point between the shop's change and the acknowledgement: the
// report may come again with the same revision, and is never lost.
func TestCrashMatrixOfOwnReports(t *testing.T) {
	t.Parallel()
	for n, more := int64(1), true; more; n++ {
		ok := t.Run(fmt.Sprintf("point %d", n), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				j := &journey{pullAt: n}
				j.world = newWorld(t, hooked, ownForm(setStatus), func(w *world) {
					w.tap = func(name string) bool { return j.pass(w, name) }
				})
				j.accept(anOrder("A-1"))
				j.until(time.Minute, "the first status", j.acked("A-1"))
				before := len(j.chat.Calls())
				j.armed.Store(true)
				if err := j.shop.SetStatus(j.live("A-1")[0].ID, "otgruzhen"); err != nil {
					t.Fatal(err)
				}
				j.wait("told", j.calledFor(`"status":"delivering"`))
				j.wait("acknowledged", func() bool { return !j.crashed.Load() && j.settledIn("A-1") })
				j.armed.Store(false)
				time.Sleep(5 * time.Minute)
				calls := j.chat.Calls()[before:]
				if len(calls) > 2 || calls[0].Body != calls[len(calls)-1].Body {
					t.Errorf("%d calls: %+v", len(calls), calls)
				}
				if o := j.get("A-1"); o.PendingReport() || o.Reported != "delivering" || len(j.live("A-1")) != 1 {
					t.Errorf("%+v", o)
				}
				if more = j.points.Load() >= n; more {
					t.Logf("plug pulled at %q", j.names[n-1])
				}
			})
		})
		if !ok {
			break
		}
		if !more && n < 6 {
			t.Errorf("the journey had only %d points", n-1)
		}
	}
}

// lockedBuffer is a log that several write to.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Wherever a program puts the token, and whatever the chat answers of it, it stands in no
// log, no history, no metric and nowhere in the database.
func TestReportShowsNoToken(t *testing.T) {
	t.Parallel()
	const token = `sEcr3t/of+the "chat"&x`
	const everywhere = `{request: {method: "PUT", url: ["api", $token, .order_id], 
		query: {token: $token, deep: {t: [$token]}},
		headers: {Authorization: ("Basic " + ("user:" + $token | @base64)), "X-Token": $token,
			"X-Uri": ($token | @uri)},
		json: {token: $token, nested: ({t: $token} | tojson), "\($token)": ($token | @text), h: ($token | @html)}},
		accepted: "if .ok then true else error(tojson) end"}`
	forms := []string{token, url.QueryEscape(token), url.PathEscape(token), strings.Trim(strconv.Quote(token), `"`),
		base64.StdEncoding.EncodeToString([]byte("user:" + token))[8:24], "sEcr3t"}
	for name, test := range map[string]struct {
		program string
		rule    ineedchattest.Rule
	}{
		"acknowledged": {everywhere, ineedchattest.Rule{Times: 1, After: 1 << 30}},
		"refused": {everywhere, ineedchattest.Rule{Status: 422,
			Body: `{"message":` + strconv.Quote("bad token "+token) + `}`}},
		"not believed": {everywhere, ineedchattest.Rule{Status: 200,
			Body: `{"error":` + strconv.Quote("bad token "+token) + `}`}},
		"stopped":      {everywhere, ineedchattest.Rule{Status: 401, Body: "who is " + token + "?"}},
		"no answer":    {everywhere, ineedchattest.Rule{Action: ineedchattest.ResetAfter}},
		"it fails":     {`error("my token is " + $token)`, ineedchattest.Rule{}},
		"a bad header": {`{headers: {"X": ("a\n" + $token)}}`, ineedchattest.Rule{}},
		"a bad member": {`{($token): 1}`, ineedchattest.Rule{}},
		"a bad host":   {`{url: ("http://" + $token + "@evil.test")}`, ineedchattest.Rule{}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				var logged lockedBuffer
				w := newWorld(t, hooked, ownForm(test.program), func(w *world) {
					w.config = func(c *bridge.Config) {
						c.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
					}
					own := w.settings
					w.settings = func() storage.Company {
						c := own()
						c.Chat.Token = token
						return c
					}
				})
				if test.program == everywhere {
					test.rule.Path = "/api/"
					w.chat.Fault(test.rule)
				}
				w.accept(anOrder("A-1"))
				w.untilState(time.Minute, "A-1", storage.StateSent)
				time.Sleep(10 * time.Minute)
				o, events, err := w.desk().Order(t.Context(), w.key("A-1"))
				shown := fmt.Sprintf("%+v %+v %v %+v", o, events, err, w.company().ChatFault)
				for _, e := range events {
					request, answer, err := e.Texts()
					shown += fmt.Sprint(request, answer, err)
				}
				if name == "acknowledged" && (!w.acked("A-1")() || strings.Count(shown, "•••") < 10) {
					t.Errorf("%v %d\n%v", w.acked("A-1")(), strings.Count(shown, "•••"), events[len(events)-1].Args)
				}
				shown += logged.String() + fmt.Sprint(w.scrape())
				for _, form := range forms {
					if at := strings.Index(shown, form); at >= 0 {
						t.Errorf("%q is shown: …%.200q", form, shown[max(0, at-80):])
					}
				}
				w.stop()
				err = filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
					if err != nil || d.IsDir() {
						return err
					}
					text, err := os.ReadFile(path)
					for _, form := range forms {
						if bytes.Contains(text, []byte(form)) {
							t.Errorf("%q stands in %s", form, d.Name())
						}
					}
					return err
				})
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
				}
				w.start()
			})
		})
	}
}
