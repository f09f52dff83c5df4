package handlers

import (
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ineed-insales/handlers/panel"
	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/login/logintest"
	"ineed-insales/storage"
)

var update = flag.Bool("update", false, "write the golden files")

// steady takes out of a page what differs from run to run: times, tokens,
// hashes and ports.
func steady(text string) string {
	for _, r := range []struct{ find, put string }{
		{`datetime="[^"]*"`, `datetime="…"`},
		{`\d\d\.\d\d\.\d{4},? \d\d:\d\d(:\d\d)?`, "ВРЕМЯ"},
		{`\b\d\d\.\d\d\.\d{4}\b`, "ДАТА"},
		{`(сегодня|вчера), \d\d:\d\d`, "ВРЕМЯ"},
		{`(today|yesterday), \d\d:\d\d`, "TIME"},
		{`>\d\d:\d\d:\d\d<`, ">ВРЕМЯ<"},
		{`\d{4}-\d\d-\d\d(?:&#43;| )\d\d(?:%3A|:)\d\d(?:%3A|:)\d\d`, "ВРЕМЯ"},
		{`\b\d\d:00\b`, "ЧЧ:00"},
		{`\d{4}-\d\d-\d\dT[\d:]+Z  POST`, "TIME  POST"},
		{`→ \d{4}-\d\d-\d\dT[\d:]+Z`, "→ ВРЕМЯ"},
		{`(created_at|timestamp)&#34;: &#34;[^&]*&#34;`, `$1&#34;: &#34;…&#34;`},
		{`whsec_[^"]*`, "whsec_…"},
		{`(name="draft(?:_\w+)?" value=")[A-Z2-7]+`, "${1}…"},
		{`(/|%2F)setup(/|%2F)[A-Z2-7]+`, "${1}setup${2}…"},
		{`(id="made-token"[^>]* value=")[^"]*`, "${1}…"},
		{`(id="secret"[^>]* value=")[A-Z2-7 ]+`, "${1}…"}, {`secret=[A-Z2-7]+`, "secret=…"},
		{`(?m)^\d{4} \d{4} \d{4}$`, "…"},
		{`127\.0\.0\.1:\d+`, "127.0.0.1:0"},
		{`/assets/(\w+)\.[0-9a-f]{12}\.`, "/assets/$1.…."},
		{`оплачен до \d{4}-\d\d-\d\d`, "оплачен до …"},
		{`меньше секунды`, "0 секунд"}, {`less than a second`, "0 seconds"},
		{`только что`, "0 секунд назад"}, {`just now`, "0 seconds ago"},
		{`секунду назад`, "0 секунд назад"}, {`минуту назад`, "0 минут назад"},
		{`\ba (second|minute) ago`, "0 ${1}s ago"},
		{`\d+ секунд[уыа]?`, "0 секунд"}, {`\d+ минут[уыа]?`, "0 минут"}, {`\d+ (second|minute)s?`, "0 ${1}s"},
		{`\d+ (с|s|min)([^а-яёa-z])`, "0 $1$2"}, // \b knows no Cyrillic
		{`\[ineed:(\w+):[^\]]*\]`, "[ineed:$1:…]"},
		{`test~[0-9.-]+`, "test~…"},
		{`(?s)(<details id="preset-box">.*?<pre tabindex="0">).*?</pre>`, "$1…</pre>"},
		{`\bbotobot [0-9a-f]{8}`, "botobot …"},
		{`x="[\d.]+%" y=`, `x="…" y=`}, // of the chart: which hour it is
	} {
		text = regexp.MustCompile(r.find).ReplaceAllString(text, r.put)
	}
	return text
}

// golden compares a page with testdata/panel/NAME.html.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("..", "testdata", "panel", name+".html")
	text = steady(text)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text == string(want) {
		return
	}
	a, b := strings.Split(text, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Errorf("%s line %d (-update writes it):\n%s\nwant\n%s", file, i+1, a[i], b[i])
			return
		}
	}
	t.Errorf("%s: %d lines, want %d", file, len(a), len(b))
}

// TestGolden is every page as it is sent, in the states in which people see it.
func TestGolden(t *testing.T) {
	p := newAdmin(t)
	english := func(path string) string {
		res := p.page(path, p.cookie+"; ineed_lang=en")
		if res.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, res.Code)
		}
		return res.Body.String()
	}
	stranger := func(path string) string { return p.page(path, "X: 1").Body.String() }
	golden(t, "signin", stranger("/signin"))
	golden(t, "signin_wrong", p.form("/signin", url.Values{"password": {"x"}}).Body.String())
	golden(t, "company_new", p.get("/companies/new"))
	golden(t, "company_new_wrong", p.post("/companies", url.Values{"id": {"a b"}, "key_password": {"x"}}).Body.String())
	golden(t, "made",
		p.post("/companies", url.Values{"id": {"2"}, "name": {"Компания 2"}, "shop_url": {p.at},
			"key_id": {insalestest.DefaultKeyID}, "key_password": {insalestest.DefaultPassword}}).Body.String())
	golden(t, "overview_first", p.get("/"))
	golden(t, "letter", p.get("/companies/2/letter"))
	golden(t, "letter_en", english("/companies/2/letter"))
	p.saved(manageValues())
	golden(t, "thread", p.get("/companies/2/start"))

	secret := p.secret()
	golden(t, "orders_none", p.get("/companies/2/orders"))
	p.stuck(p.takes(secret, "a1", `"id":"a1"`, `"id":"a1","number":"A-1"`), unmapped("card"))
	p.stuck(p.takes(secret, "a2"),
		storage.Problem{Code: "shop_refused", Args: map[string]string{"status": "422", "message": "Нет на складе"}})
	p.takes(secret, "a3")
	sent := p.takes(secret, "a4")
	p.happened(sent,
		storage.Event{Kind: storage.EventIntent, Args: map[string]string{"attempt": "1"},
			Request: storage.Pack([]byte(`{"order":{"comment":"<b> & код 4711"}}`))},
		storage.Event{Kind: storage.EventUnknown, Args: map[string]string{"attempt": "1", "status": "502"},
			Answer: storage.Pack([]byte("<h1>502 Bad Gateway</h1>"))},
		storage.Event{Kind: storage.EventReported, Args: map[string]string{"status": "new", "revision": "1"},
			Request: storage.Pack([]byte(`{"order_id":"a4"}`)), Answer: storage.Pack([]byte(`{"status":"ok"}`))})
	p.change(sent, func(o *storage.Order) {
		o.State, o.InSalesID, o.InSalesNumber, o.AccountID, o.SentAt = storage.StateSent, 70000001, "2001", 1,
			o.AcceptedAt
		o.Status = &storage.Status{Status: "delivering", StatusTitle: "Едет", PaymentStatus: "paid", Total: "990.00"}
		o.Reported, o.Notices = "new", []storage.Problem{{Code: "phone_as_typed"}}
	})
	golden(t, "overview", p.get("/"))
	golden(t, "received_none", p.get("/companies/2/received"))
	p.refuses(secret)
	golden(t, "overview_refused", p.get("/"))
	golden(t, "received", p.get("/companies/2/received"))
	golden(t, "companies", p.get("/companies"))
	golden(t, "orders", p.get("/companies/2/orders"))
	golden(t, "orders_en", english("/companies/2/orders"))
	golden(t, "orders_found", p.get("/companies/2/orders?q=a1"))
	golden(t, "order_attention", p.get("/companies/2/orders/a2"))
	golden(t, "order_sent", p.get("/companies/2/orders/a4"))
	golden(t, "order_preview", p.get("/companies/2/orders/a3/preview"))
	golden(t, "preview", p.get("/companies/2/preview"))
	golden(t, "access", p.get("/access"))
	golden(t, "code", p.get("/access/code"))
	setUp := p.begins(adminPassword)
	golden(t, "code_secret", p.get("/access/code"))
	golden(t, "code_recovery",
		p.post("/access/code", url.Values{"do": {"confirm"}, "code": {logintest.Code(t, setUp, 0)}}).Body.String())
	golden(t, "code_on", p.get("/access/code"))
	golden(t, "signin_code", p.page("/signin/code", p.half(url.Values{"password": {adminPassword}})).Body.String())
	p.post("/access/code", url.Values{"do": {"off"}, "password": {adminPassword}})
	golden(t, "confirm", p.post("/companies/2/delete", nil).Body.String())
	golden(t, "people", p.get("/people"))
	golden(t, "people_invited", p.post("/people", url.Values{"name": {"Анна"}, "role": {"manager"}}).Body.String())
	golden(t, "person", p.get("/people/2"))
	golden(t, "token_made", p.post("/tokens", url.Values{"name": {"Склад"}, "right": {"all"}}).Body.String())
	golden(t, "tokens", p.get("/tokens"))
	golden(t, "message", p.page("/companies/3", p.cookie).Body.String())

	one, err := p.bridge.Company(t.Context(), "2")
	if err != nil {
		t.Fatal(err)
	}
	one.Shop.Password = "of nobody"
	if _, err := p.bridge.SaveCompany(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	golden(t, "manage_no_lists", p.get("/companies/2")) // the key is wrong
	golden(t, "check_bad", p.get("/companies/2/check"))
	form := manageValues()
	form.Set("version", "4") // a secret was made in between
	form.Set("key_password", "00000000000000000000000000000b01")
	if res := p.saved(form); res.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	golden(t, "manage", p.get("/companies/2?done=saved"))
	golden(t, "manage_en", english("/companies/2"))
	form.Set("version", "5")
	form.Set("max_age", "x")
	form.Set("payments.1.from", "cash")
	form.Set("payments.1.other", "1")
	golden(t, "manage_wrong", p.saved(form).Body.String())
	golden(t, "check", p.get("/companies/2/check"))
	golden(t, "probe", p.get("/companies/2/probe"))
	p.putProbe(storage.ProbeDone, []storage.ProbeThing{{Kind: storage.ProbeOrder, InSalesID: 70000009,
		MadeAt: time.Now()}},
		probeItems()...)
	golden(t, "probe_found", p.get("/companies/2/probe"))
	p.putProbe(storage.ProbeRunning, nil, probeItems()[:2]...)
	golden(t, "probe_running", p.get("/companies/2/probe"))
	p.catalogOn("5")
	now := time.Now()
	p.catalogPut(func(k *storage.Catalog) {
		k.SuccessAt, k.FullAt, k.NextAt = now.Add(-5*time.Minute), now.Add(-time.Hour), now.Add(200*time.Second)
		k.Guard = &storage.Guard{Impact: storage.Impact{Removed: 40, Held: 2}, At: now, Visible: 100}
	}, ranRuns(now)...)
	golden(t, "manage_catalog", p.get("/companies/2"))
	golden(t, "overview_catalog", p.get("/"))
	p.catalogPut(func(k *storage.Catalog) { k.Guard = nil },
		storage.CatalogRun{Company: "2", BeganAt: now.Add(-time.Hour), Cause: storage.CausePerson, Phase: storage.PhaseReading,
			Full: true, Expected: 50_000, Seen: 12_500, PageSize: 250})
	golden(t, "manage_running", p.get("/companies/2"))
	golden(t, "notify", p.get("/notify"))
	golden(t, "notify_wrong",
		p.post("/notify/email", url.Values{"do": {"save"}, "email_address": {"smtp.example.ru"}, "email_secret": {"x"},
			"email_to": {"nobody"}}).Body.String())
	golden(t, "journal", p.get("/journal"))

	p.signedOut()
	kept := p.late("/companies/2", manageValues())
	p.cookie = p.signIn()
	golden(t, "resume", p.page("/resume", p.cookie+"; "+kept).Body.String())

	token, err := p.bridge.Login.ResetPassword(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "setup", stranger(panel.SetupPath(token)))
	golden(t, "signin_no_password", stranger("/signin"))
}

// TestFrontEndIsSmall: what a browser loads besides the page itself.
func TestFrontEndIsSmall(t *testing.T) {
	sum := 0
	for _, dir := range []string{"web/assets", "web/templates"} {
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			fi, err := f.Info()
			if err != nil {
				t.Fatal(err)
			}
			sum += int(fi.Size())
		}
	}
	if sum == 0 || sum > 100<<10 {
		t.Errorf("%d bytes of style, script and templates, 100 KB are the most", sum)
	}
}

// TestPagesAreStrict: nothing inline, every label has its input, every input a
// name that can be said, no id twice.
func TestPagesAreStrict(t *testing.T) {
	files, err := filepath.Glob("../testdata/panel/*.html")
	if err != nil || len(files) < 25 {
		t.Fatal(files, err)
	}
	id := regexp.MustCompile(` id="([^"]*)"`)
	label := regexp.MustCompile(`<label for="([^"]*)"`)
	describes := regexp.MustCompile(`aria-(?:describedby|labelledby)="([^"]*)"`)
	input := regexp.MustCompile(`<(?:input|select|textarea)[^>]*>`)
	exact := regexp.MustCompile(`(?s)<time[^>]* datetime="…" title="[^"]+">.*?</time>`)
	loose := regexp.MustCompile(`.{0,40}(ВРЕМЯ|TIME|назад| ago).{0,20}`)
	plain := regexp.MustCompile(`(?s)<pre.*?</pre>|<textarea.*?</textarea>|<option.*?</option>|<[^>]*>|ВРЕМЯ &#43;|→ ВРЕМЯ`)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		for _, bad := range []string{" style=", "<style", " onclick", "javascript:", "<script>", "ZgotmplZ", "panel.",
			"%!", "<no value>"} {
			rest := strings.NewReplacer("/assets/panel.", "").Replace(text)
			if strings.Contains(rest, bad) {
				t.Errorf("%s: has %q", file, bad)
			}
		}
		ids := map[string]bool{}
		for _, m := range id.FindAllStringSubmatch(text, -1) {
			if ids[m[1]] {
				t.Errorf("%s: id %q twice", file, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range append(label.FindAllStringSubmatch(text, -1), describes.FindAllStringSubmatch(text, -1)...) {
			for name := range strings.FieldsSeq(m[1]) {
				if !ids[name] {
					t.Errorf("%s: no element %q", file, name)
				}
			}
		}
		for _, tag := range input.FindAllString(text, -1) {
			if strings.Contains(tag, `type="hidden"`) || strings.Contains(tag, "aria-hidden") ||
				strings.Contains(tag, "aria-label=") {
				continue
			}
			m := id.FindStringSubmatch(tag)
			if m == nil || !strings.Contains(text, `<label for="`+m[1]+`"`) {
				t.Errorf("%s: an input without a label: %s", file, tag)
			}
		}
		if said := plain.ReplaceAllString(exact.ReplaceAllString(text, ""), ""); loose.MatchString(said) {
			t.Errorf("%s: a time that nobody can know exactly: %s", file, loose.FindString(said))
		}
		if n := strings.Count(text, "<h1"); n != 1 {
			t.Errorf("%s: %d first headings", file, n)
		}
	}
}
