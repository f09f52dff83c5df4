//go:build docs

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// A docReader does what a document says, in a folder of its own, with a sandbox shop and a
// sandbox chat in the place of the real ones.
type docReader struct {
	t       *testing.T
	scratch string // its data, its log, and the folder where it types
	work    string
	env     []string
	addr    string
	shop    *insalestest.Shop
	words   *strings.Replacer
}

// stands is what the test puts in the place of words of the documents. What is said to docker and
// to go is told by testdata/docs/docker and testdata/docs/go.
func (r *docReader) stands(shop, chat string) *strings.Replacer {
	return strings.NewReplacer(
		"https://NAME.ineed.chat", chat,
		"https://ИМЯ.ineed.chat", chat,
		"https://myshop-ab123.myinsales.ru", shop,
		"KEY ID", insalestest.DefaultKeyID,
		"KEY PASSWORD", insalestest.DefaultPassword,
		"https://connector.example.com/webhooks/", "http://"+r.addr+"/webhooks/",
		"whsec_SECRET", ineedchattest.DefaultSecret,
		"--name NAME --phone PHONE --email EMAIL", "--name Анна --phone +79990001122 --email anna@example.com",
		"order accept 2 ORDER --body 2", "order accept 2 AGAIN --body 2",
		"order accept 2 ORDER", "order accept 2 TWICE",
		"order retry 2 ORDER", "order retry 2 UNMAPPED-1",
		"order cancel 2 ORDER", "order cancel 2 UNMAPPED-2",
		"order link 2 ORDER ADDRESS-IN-THE-ADMIN", "order link 2 UNMAPPED-3 "+shop+"/admin2/orders/70000001",
		"ORDER", "SENT-1",
		"FILE", "status.jq",
		"A-1", "SENT-1",
	)
}

func newDocReader(t *testing.T, program string) *docReader {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	r := &docReader{t: t, scratch: shortDir(t), addr: mustFreeAddr(t), shop: insalestest.New(insalestest.Config{})}
	shop := httptest.NewServer(r.shop)
	chat := httptest.NewServer(ineedchattest.New(ineedchattest.Config{AcceptUnknown: true}))
	t.Cleanup(shop.Close)
	t.Cleanup(chat.Close)
	r.words = r.stands(shop.URL, chat.URL)
	r.work = filepath.Join(r.scratch, "work")
	for _, dir := range []string{r.work, filepath.Join(r.scratch, "data")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries { // the checkout, in which nothing new is to be left
		if err := os.Symlink(filepath.Join(root, e.Name()), filepath.Join(r.work, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	r.env = append(os.Environ(),
		"PATH="+filepath.Join(root, "testdata", "docs")+":"+os.Getenv("PATH"), "REALPATH="+os.Getenv("PATH"),
		"PROGRAM="+program, "SCRATCH="+r.scratch, "ROOT="+root,
		"CONNECTOR_DB="+filepath.Join(r.scratch, "data", "connector.db"), "CONNECTOR_ADDR="+r.addr,
		"CONNECTOR_ALLOW_PRIVATE_NETWORKS=true", "CONNECTOR_POLL_INTERVAL=1s")
	r.write("env", "CONNECTOR_CHAT_URL="+chat.URL+"\n")
	t.Cleanup(func() { _, _ = r.bash("docker stop ineed-insales") })
	return r
}

// bash runs a text as a reader does who copies it, and stops at the first command that fails.
func (r *docReader) bash(text string) (string, error) {
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", text)
	cmd.Dir, cmd.Env = r.work, r.env
	cmd.WaitDelay = time.Second // what runs on in the background keeps its output open
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// do runs what stands in a document.
func (r *docReader) do(place, text string) {
	r.t.Helper()
	out, err := r.bash(r.words.Replace(text))
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(r.scratch, "log"))
		r.t.Errorf("%s: %v\n%s\n%s\nthe end of the log:\n%s", place, err, text, out, log[max(0, len(log)-2000):])
	}
}

// must is a step of the test's own.
func (r *docReader) must(text string) {
	r.t.Helper()
	r.do("the test's own step", text)
}

// write writes a file into the scratch folder.
func (r *docReader) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.scratch, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// connected starts the connector with company 2.
func (r *docReader) connected() {
	r.t.Helper()
	r.must(`docker start ineed-insales`)
	r.company()
}

// company sets company 2 as the sandboxes want it.
func (r *docReader) company() {
	r.t.Helper()
	r.write("work/made.json", r.words.Replace(`{"name": "Компания 2",
		"shop": {"url": "https://myshop-ab123.myinsales.ru", "key_id": "KEY ID", "password": "KEY PASSWORD"},
		"chat": {"auth": "signature", "secrets": ["whsec_SECRET"], "token": "`+ineedchattest.DefaultToken+`"},
		"orders": {"enabled": true, "payments": {"cash": 5000001}, "deliveries": {"pickup": 7000001}},
		"catalog": {"enabled": true}}`))
	r.must(`ineed-insales company set 2 < made.json; cp made.json company.json`)
	r.write("work/status.jq", `{url: ["orders", .order_id], json: {status: .status}}`)
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		result := `{"message_id":1}`
		if strings.HasSuffix(req.URL.Path, "/getUpdates") {
			result = `[{"update_id":1,"message":{"message_id":1,"chat":{"id":1,"type":"private","first_name":"Анна"}}}]`
		}
		_, _ = io.WriteString(w, `{"ok":true,"result":`+result+`}`)
	}))
	r.t.Cleanup(bot.Close)
	r.write("work/telegram.json", `{"enabled": true, "address": "`+bot.URL+`", "to": "1",
		"secret": "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`)
}

// orders sends orders as a chat does: one that gets into the shop, three whose payment nobody has
// mapped, and two that come a second time with other content.
func (r *docReader) orders() {
	r.t.Helper()
	r.post(ineedchattest.OrderSpec{ID: "SENT-1"})
	until(r.t, 20*time.Second, "the first order is in the shop", func() bool { return len(r.shop.Orders()) == 1 })
	for _, o := range []ineedchattest.OrderSpec{
		{ID: "TWICE"}, {ID: "AGAIN"},
		{ID: "UNMAPPED-1", Payment: "card"}, {ID: "UNMAPPED-2", Payment: "card"}, {ID: "UNMAPPED-3", Payment: "card"},
	} {
		r.post(o)
	}
	until(r.t, 20*time.Second, "the orders are in the shop", func() bool { return len(r.shop.Orders()) == 3 })
	for _, id := range []string{"TWICE", "AGAIN"} {
		two := []ineedchattest.Item{{Quantity: "2"}}
		r.post(ineedchattest.OrderSpec{ID: id, Name: "Другой Покупатель", Items: two})
	}
}

// post sends an order, which must be taken.
func (r *docReader) post(o ineedchattest.OrderSpec) {
	r.t.Helper()
	defer http.DefaultClient.CloseIdleConnections()
	s := ineedchattest.Sender{URL: "http://" + r.addr, Company: scriptCompany, Secret: ineedchattest.DefaultSecret}
	o.Company, o.Number = scriptCompany, o.ID
	if a, err := s.Send(r.t.Context(), o.Body()); err != nil || !a.OK() {
		r.t.Errorf("%s: %v %d %s", o.ID, err, a.Status, a.Body)
	}
}

// foreign makes the chat of company 2 one that posts forms in its own way, and lets it post.
func (r *docReader) foreign() {
	r.t.Helper()
	const token = "a-token-of-the-chat-with-more-than-32-signs"
	r.write("work/foreign.json", r.words.Replace(`{"name": "Компания 2",
		"shop": {"url": "https://myshop-ab123.myinsales.ru", "key_id": "KEY ID", "password": "KEY PASSWORD"},
		"chat": {"auth": "path", "secrets": ["`+token+`"], "token": "`+ineedchattest.DefaultToken+`",
			"wire": {"preset": "learn"}}}`))
	r.must(`ineed-insales company set 2 < foreign.json`)
	for n := range 8 {
		form := url.Values{"id": {string(rune('1' + n))}, "time": {"2026-11-29 12:00:00"}, "recipient": {"Анна"},
			"mobile": {"+7 999 000-11-22"}, "cost_total": {"990"}, "cost_cart": {"990"}, "goods[0][article]": {"TEA-1"},
			"goods[0][title]": {"Чай"}, "goods[0][count]": {"1"}, "goods[0][price]": {"990"}}
		res, err := http.PostForm("http://"+r.addr+"/webhooks/ineedchat/2/"+token, form)
		if err != nil || res.StatusCode/100 != 2 {
			r.t.Fatalf("%v %v", err, res)
		}
		res.Body.Close()
	}
	r.write("work/chat.jq", `{type: "order.created", data: {id: .id, customer: {phone: .mobile},
		items: [{variant_id: "500000001", quantity: "1", price: "990.00"}]}}`)
}
