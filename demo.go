package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/api"
	"ineed-insales/internal/cli"
	"ineed-insales/internal/config"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/internal/locale"
)

// The demo's company and the secrets of its sandboxes; all fictional.
const (
	demoCompany  = "2"
	demoSecret   = "whsec_ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8tISE="
	demoToken    = "demo-chat-token-0123456789-abcdefgh"
	demoPatience = 15 * time.Second // for each step
)

// A demo is one run of it.
type demo struct {
	out  io.Writer
	lang string
	dir  string
	shop *insalestest.Shop
	post *insalestest.Courier // of the shop's webhooks
	chat *ineedchattest.Chat
	cfg  config.Config
	addr string // of the connector

	server api.Client // the same

	password string // of the panel
	bad      int    // steps that did not come true
	start    time.Time
}

func runDemo(ctx context.Context, as cli.Demo, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "ineed-insales-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d := &demo{password: strings.ToLower(rand.Text()[:12]), out: stdout, lang: as.Language, dir: dir, start: time.Now()}
	log := io.Discard
	if as.Log {
		log = stderr
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	shopURL, chatURL, err := d.openSandboxes(ctx, g)
	if err != nil {
		return err
	}
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	ready := make(chan net.Addr, 1)
	cfg, _, err := config.Load(nil, map[string]string{"addr": addr, "db": filepath.Join(dir, "connector.db"),
		"chat-url": chatURL, "public-url": "http://" + addr, "poll-interval": "3s", "admin-password": d.password,
		"allow-private-networks": "true", "log-format": "text"})
	if err != nil {
		return err
	}
	d.cfg, d.server = cfg, api.Client{Socket: cfg.Socket}
	g.Go(func() error {
		return serve(ctx, cfg, log, func(a net.Addr) { ready <- a })
	})
	g.Go(func() error {
		defer cancel()
		select {
		case a := <-ready:
			d.addr = a.String()
		case <-ctx.Done():
			return nil
		}
		d.say("ready", "addr", d.addr, "shop", shopURL, "chat", chatURL)
		d.story(ctx, shopURL)
		if as.Once {
			return nil
		}
		return d.goOn(ctx, shopURL)
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if d.bad > 0 {
		return fmt.Errorf("demo: %d steps did not come true", d.bad)
	}
	return nil
}

// openSandboxes serves the shop and the chat on loopback until ctx ends.
func (d *demo) openSandboxes(ctx context.Context, g *errgroup.Group) (shopURL, chatURL string, err error) {
	d.post = &insalestest.Courier{Client: &http.Client{Timeout: 5 * time.Second}}
	d.shop = insalestest.New(insalestest.Config{Deliver: d.post.Deliver,
		Catalog: insalestest.Catalog{Products: demoProducts, Seed: 1}})
	g.Go(func() error { d.post.Run(ctx); return nil })
	d.chat = ineedchattest.New(ineedchattest.Config{Token: demoToken, Secret: demoSecret, AcceptUnknown: true})
	var urls [2]string
	for i, h := range []http.Handler{d.shop, d.chat} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", "", err
		}
		urls[i] = "http://" + l.Addr().String()
		srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
		g.Go(func() error {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		context.AfterFunc(ctx, func() { _ = srv.Close() })
	}
	return urls[0], urls[1], nil
}

// freeAddr gives a loopback address that nobody listens at: the shop must know
// where to post its webhooks before the connector runs.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// say prints one line of the story.
func (d *demo) say(id string, args ...string) {
	m := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
	}
	fmt.Fprintf(d.out, "%6.2f  %s\n", time.Since(d.start).Seconds(), locale.Text(d.lang, "demo."+id, m))
}

// expect waits until cond is true, tells it with the time it took, and counts
// it if it never is.
func (d *demo) expect(ctx context.Context, id string, cond func() bool, args ...string) bool {
	begin := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
		if time.Since(begin) > demoPatience {
			d.bad++
			d.say("failed", "what", locale.Text(d.lang, "demo."+id, map[string]string{"took": "…"}))
			return false
		}
	}
	d.say(id, append(args, "took", took(time.Since(begin)))...)
	return true
}

// calm waits until no webhook is on its way and what they have caused is read.
func (d *demo) calm(ctx context.Context) {
	const still = 200 * time.Millisecond
	read, since, begin := 0, time.Now(), time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for time.Since(since) < still && time.Since(begin) < demoPatience {
		if n := d.shop.Count(insalestest.OpOrders); n != read || d.post.Waiting() > 0 {
			read, since = n, time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func took(t time.Duration) string { return strconv.FormatInt(t.Milliseconds(), 10) }

// story is what the demo shows and verifies.
func (d *demo) story(ctx context.Context, shopURL string) {
	begin := time.Now()
	if err := d.setUp(ctx, shopURL); err != nil {
		d.bad++
		d.say("failed", "what", err.Error())
		return
	}
	d.say("saved", "took", took(time.Since(begin)))

	d.catalog(ctx)
	d.expect(ctx, "hooks", func() bool { return len(d.shop.Hooks()) == 2 })

	d.send(ctx, "1001", "accepted")
	d.expect(ctx, "created", func() bool { return len(d.live("1001")) == 1 }, "order", "1001")
	d.expect(ctx, "told_new", d.told("1001", "new"), "order", "1001")

	d.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1})
	d.say("will_lose")
	d.send(ctx, "1002", "accepted")
	d.expect(ctx, "found", d.told("1002", "new"), "order", "1002")
	d.expect(ctx, "once", func() bool { return len(d.live("1002")) == 1 }, "order", "1002")

	d.send(ctx, "1001", "duplicate")
	d.expect(ctx, "once", func() bool { return len(d.live("1001")) == 1 }, "order", "1001")

	if list := d.live("1001"); len(list) == 1 {
		d.check(errors.Join(d.shop.SetStatus(list[0].ID, "otgruzhen"), d.shop.SetPaid(list[0].ID)))
		d.say("manager", "order", "1001")
		d.expect(ctx, "told_status", d.told("1001", "delivering"), "order", "1001")
		d.calm(ctx) // else the webhook of the payment might bring the next change along
		d.post.Fault(insalestest.Mishap{Trick: insalestest.Lose, Times: 1})
		d.check(d.shop.SetStatus(list[0].ID, "dostavlen"))
		d.say("lost_hook", "order", "1001")
		d.expect(ctx, "told_poll", d.told("1001", "completed"), "order", "1001")
	}
	for _, v := range append(d.chat.Violations(), d.shop.UnknownFields()...) {
		d.bad++
		d.say("failed", "what", v)
	}
	if d.bad == 0 {
		d.say("good")
	}
}

// check counts what should not have gone wrong.
func (d *demo) check(err error) {
	if err != nil {
		d.bad++
		d.say("failed", "what", err.Error())
	}
}

// setUp saves and enables the company through the JSON API, as its
// administrator would.
func (d *demo) setUp(ctx context.Context, shopURL string) error {
	body, err := json.Marshal(map[string]any{
		"name": locale.Text(d.lang, "demo.company", nil),
		"shop": map[string]any{"url": shopURL, "key_id": insalestest.DefaultKeyID,
			"password": insalestest.DefaultPassword},
		"chat":    map[string]any{"auth": "signature", "secrets": []string{demoSecret}, "token": demoToken},
		"catalog": map[string]any{"enabled": true, "interval": "5m"},
		"orders": map[string]any{"enabled": true, "payments": map[string]int64{"cash": 5000001},
			"deliveries": map[string]int64{"pickup": 7000001, "delivery": 7000002}},
	})
	if err != nil {
		return err
	}
	return d.server.Call(ctx, http.MethodPut, "/companies/"+demoCompany, body, nil)
}

// send posts an order as the chat does and tells what it was answered.
func (d *demo) send(ctx context.Context, id, want string) { d.sendPaid(ctx, id, "cash", want) }

// sendPaid does the same for an order with a payment type.
func (d *demo) sendPaid(ctx context.Context, id, payment, want string) {
	order := ineedchattest.OrderSpec{Company: demoCompany, ID: id, Number: id, Delivery: "delivery", Payment: payment,
		DeliveryTotal: "300.00",
		Address:       map[string]string{"city": "Тюмень", "street": "Примерная", "house": "1"}}
	s := ineedchattest.Sender{URL: "http://" + d.addr, Company: demoCompany, Secret: demoSecret}
	begin := time.Now()
	a, err := s.Send(ctx, order.Body())
	if err != nil || !bytes.Contains(a.Body, []byte(want)) {
		d.bad++
		d.say("failed", "what", fmt.Sprintf("%s: %d %s %v", id, a.Status, a.Body, err))
		return
	}
	d.say(want, "order", id, "took", took(time.Since(begin)))
}

// live gives the shop's orders that came from the given chat order.
func (d *demo) live(id string) []insalestest.OrderView {
	var list []insalestest.OrderView
	for _, o := range d.shop.Orders() {
		if strings.Contains(o.ManagerComment, "[ineed:"+id+":") {
			list = append(list, o)
		}
	}
	return list
}

// told reports whether the chat knows the order's status.
func (d *demo) told(id, status string) func() bool {
	return func() bool {
		r, ok := d.chat.Status(demoCompany, id)
		return ok && r.Status == status
	}
}

// goOn prints commands to try and lets an order arrive now and then, until ctx
// ends.
func (d *demo) goOn(ctx context.Context, shopURL string) error {
	self := os.Args[0]
	if strings.Contains(self, "go-build") {
		self = "go run ."
	}
	first := d.shop.Orders()[0].ID
	d.sendPaid(ctx, "1003", "sbp", "accepted") // nobody has said what that is in InSales
	d.expect(ctx, "attention", func() bool {
		var o api.Order
		return d.server.Call(ctx, http.MethodGet, "/companies/"+demoCompany+"/orders/1003", nil, &o) == nil &&
			o.State == "attention"
	}, "order", "1003")
	d.say("try")
	for _, line := range []string{
		self + " order list " + demoCompany + " --socket " + d.cfg.Socket,
		self + " order show " + demoCompany + " 1002 --socket " + d.cfg.Socket,
		self + " catalog runs " + demoCompany + " --socket " + d.cfg.Socket,
		self + " company show " + demoCompany + " --socket " + d.cfg.Socket,
		"curl -s http://" + d.addr + "/metrics | grep ineed_insales_",
		fmt.Sprintf("curl -s -u %s:%s -X PUT -H 'Content-Type: application/json' -d '{\"order\":{\"custom_status_permalink\":\"dostavlen\"}}' %s/admin/orders/%d.json",
			insalestest.DefaultKeyID, insalestest.DefaultPassword, shopURL, first),
	} {
		fmt.Fprintln(d.out, "  "+line)
	}
	d.say("stop")
	d.say("panel", "url", "http://"+d.addr+"/", "password", d.password)
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for n := 1004; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		id := strconv.Itoa(n)
		d.send(ctx, id, "accepted")
		d.expect(ctx, "told_new", d.told(id, "new"), "order", id)
	}
}
