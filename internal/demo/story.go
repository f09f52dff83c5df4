package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/internal/locale"
)

// patience is how long each step may take.
const patience = 15 * time.Second

// story is what the demo shows and verifies.
func (d *demo) story(ctx context.Context) {
	begin := time.Now()
	if err := d.setUp(ctx); err != nil {
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
	d.foreignChat(ctx)
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

// setUp saves and enables the company through the JSON API, as its administrator
// would.
func (d *demo) setUp(ctx context.Context) error {
	body, err := json.Marshal(api.Company{
		Name:    locale.Text(d.Language, "demo.company", nil),
		Shop:    api.Shop{URL: d.shopURL, KeyID: insalestest.DefaultKeyID, Password: insalestest.DefaultPassword},
		Chat:    api.Chat{Auth: "signature", Secrets: []string{secret}, Token: token},
		Catalog: api.CatalogSync{Enabled: true, Interval: "5m"},
		Orders: api.OrderSync{Enabled: true, Payments: map[string]int64{"cash": 5000001},
			Deliveries: map[string]int64{"pickup": 7000001, "delivery": 7000002}},
	})
	if err != nil {
		return err
	}
	return d.connector.Call(ctx, http.MethodPut, "/companies/"+company, body, nil)
}

// send posts an order as the chat does and tells what it was answered.
func (d *demo) send(ctx context.Context, id, want string) { d.sendPaid(ctx, id, "cash", want) }

// sendPaid does the same for an order with a payment type.
func (d *demo) sendPaid(ctx context.Context, id, payment, want string) {
	order := ineedchattest.OrderSpec{Company: company, ID: id, Number: id, Delivery: "delivery", Payment: payment,
		DeliveryTotal: "300.00", Address: map[string]string{"city": "Тюмень", "street": "Примерная", "house": "1"}}
	s := ineedchattest.Sender{URL: "http://" + d.addr, Company: company, Secret: secret}
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
func (d *demo) live(id string) []insalestest.OrderView { return liveIn(d.shop, id) }

func liveIn(shop *insalestest.Shop, id string) []insalestest.OrderView {
	var list []insalestest.OrderView
	for _, o := range shop.Orders() {
		if strings.Contains(o.ManagerComment, "[ineed:"+id+":") {
			list = append(list, o)
		}
	}
	return list
}

// told reports whether the chat knows the order's status.
func (d *demo) told(id, status string) func() bool {
	return func() bool {
		r, ok := d.chat.Status(company, id)
		return ok && r.Status == status
	}
}

// say prints one line of the story.
func (d *demo) say(id string, args ...string) {
	m := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
	}
	fmt.Fprintf(d.Out, "%6.2f  %s\n", time.Since(d.start).Seconds(), locale.Text(d.Language, "demo."+id, m))
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
		if time.Since(begin) > patience {
			d.bad++
			d.say("failed", "what", locale.Text(d.Language, "demo."+id, map[string]string{"took": "…"}))
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
	for time.Since(since) < still && time.Since(begin) < patience {
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
