//go:build torture && linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	webhook "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"ineed-insales/internal/ineedchat/ineedchattest"
)

// A tenant is a company as the chat has it: what signs its messages now.
type tenant struct {
	id   string
	shop *tortureShop

	mu      sync.Mutex
	secrets []string  // that the connector is known to believe
	known   []string  // all that ever were, for what the connector signs
	unsure  bool      // the answer to a rotation was lost: it may sign with another
	stray   time.Time // until then what is signed with a lost one may still come
	paused  bool
	next    int // number of its next order
}

// secret is one of those that are valid now.
func (c *tenant) secret(dice *dice) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.secrets[dice.IntN(len(c.secrets))]
}

// believe sets what the connector believes from now on.
func (c *tenant) believe(unsure bool, secrets ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secrets, c.unsure = secrets, unsure
	c.known = append(c.known, secrets...)
	c.known = slices.Compact(c.known[max(0, len(c.known)-20):])
}

// isUnsure reports whether a secret may be valid that nobody knows.
func (c *tenant) isUnsure() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unsure
}

// underWay is how long a report may be under way that was signed with a secret which
// nobody knows, after that was replaced.
const underWay = 30 * time.Second

// verify reports whether what the connector has sent is signed with a secret
// of the company.
func (c *tenant) verify(r *http.Request, body []byte) bool {
	c.mu.Lock()
	known, unsure := slices.Clone(c.known), c.unsure || time.Now().Before(c.stray)
	c.mu.Unlock()
	return unsure || slices.ContainsFunc(known, func(secret string) bool {
		w, err := webhook.NewWebhook(secret)
		return err == nil && w.Verify(body, r.Header) == nil
	})
}

// chatFirst refuses the reports that are poisoned, and complains of what is not
// signed as it must be.
func (x *torture) chatFirst(e *exchange) bool {
	parts := bytes.Split([]byte(e.r.URL.Path), []byte("/")) // "", v1, companies, C, …
	if len(parts) < 5 {
		return false
	}
	if c := x.tenant(string(parts[3])); c != nil && !c.verify(e.r, e.body) {
		x.complain("%s is not signed with a secret of its company", e.r.URL.Path)
	}
	if string(parts[4]) != "orders" || len(parts) < 6 || x.poisonNow(string(parts[5])) != poisonReport {
		return false
	}
	e.h.tally.add("poison_report")
	e.say(http.StatusInternalServerError, "text/html", htmlPage)
	return true
}

// A delivery is one message of the chat with all its retries.
type delivery struct {
	company *tenant
	id      string // webhook-id
	body    []byte
}

// deliver posts a message until the connector has taken it, as a chat does, and
// reports whether it has. On the way connections are cut and clocks are wrong.
func (x *torture) deliver(ctx context.Context, d delivery, dice *dice) bool {
	begin := time.Now()
	for attempt := 0; ctx.Err() == nil; attempt++ {
		if x.hostile.Load() && dice.IntN(100) < 12 {
			x.attemptBadly(ctx, d, dice)
		}
		var skew time.Duration
		if x.on("skew") && x.hostile.Load() {
			skew = dice.upTo(8*time.Minute) - 4*time.Minute
		}
		status, err := x.post(ctx, d, dice, skew)
		switch {
		case err == nil && status/100 == 2:
			x.waited(time.Since(begin))
			return true
		case err == nil && (status == http.StatusBadRequest || status == http.StatusUnprocessableEntity):
			x.complain("a good message to %s was answered %d: %.300s", d.company.id, status, d.body)
			return false
		case err == nil && status == http.StatusUnauthorized && x.isDeleted(d.company.id):
			return false
		}
		sleep(ctx, min(100*time.Millisecond<<min(attempt, 5), 2*time.Second)+dice.upTo(300*time.Millisecond))
	}
	return false
}

// attemptBadly posts a message in a way after which the chat cannot know, or
// knows that it was not taken.
func (x *torture) attemptBadly(ctx context.Context, d delivery, dice *dice) {
	switch dice.IntN(3) {
	case 0:
		if !x.on("skew") {
			return
		}
		x.tally.add("skewed_out")
		off := 7*time.Minute + dice.upTo(time.Hour)
		if dice.IntN(2) == 0 {
			off = -off
		}
		if status, err := x.post(ctx, d, dice, off); err == nil && status/100 == 2 {
			x.complain("a message whose time is %v off was answered %d", off, status)
		}
	case 1:
		x.tally.add("sender_torn")
		x.cut(ctx, d, dice, 2)
	case 2:
		x.tally.add("sender_gone")
		x.cut(ctx, d, dice, 1)
	}
}

// request makes the message's request, signed at the time that is skew from now.
func (x *torture) request(ctx context.Context, d delivery, dice *dice, skew time.Duration) (*http.Request, error) {
	url := "http://" + x.lives.addr + "/webhooks/ineedchat/" + d.company.id
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(d.body))
	if err != nil {
		return nil, err
	}
	at := time.Now().Add(skew)
	w, err := webhook.NewWebhook(d.company.secret(dice))
	if err != nil {
		return nil, err
	}
	signature, err := w.Sign(d.id, at, d.body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(webhook.HeaderWebhookID, d.id)
	r.Header.Set(webhook.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(webhook.HeaderWebhookSignature, signature)
	return r, nil
}

func (x *torture) post(ctx context.Context, d delivery, dice *dice, skew time.Duration) (int, error) {
	r, err := x.request(ctx, d, dice, skew)
	if err != nil {
		return 0, err
	}
	resp, err := x.sender.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, err
}

// cut writes one part in so many of a request and resets the connection.
func (x *torture) cut(ctx context.Context, d delivery, dice *dice, part int) {
	r, err := x.request(ctx, d, dice, 0)
	if err != nil {
		return
	}
	var text bytes.Buffer
	_ = r.Write(&text)
	conn, err := net.DialTimeout("tcp", x.lives.addr, 2*time.Second)
	if err != nil {
		return
	}
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = conn.Write(text.Bytes()[:text.Len()/part])
	sleep(ctx, dice.upTo(20*time.Millisecond))
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// order sends a new order of a company, and perhaps more that belongs to it,
// and writes down what was taken.
func (x *torture) order(ctx context.Context, c *tenant, dice *dice) {
	c.mu.Lock()
	for !x.hostile.Load() && x.poisonOf("T"+strconv.Itoa(c.next)) != "" {
		c.next++ // nothing is poisoned any more that comes now
	}
	n := c.next
	c.next++
	c.mu.Unlock()
	ref := orderRef{c.id, "T" + strconv.Itoa(n)}
	spec := x.spec(ref, n, dice)
	x.try(ref)
	x.chat.Know(ref.Company, ref.ID)
	send := func(body []byte) bool {
		return x.deliver(ctx, delivery{c, ineedchattest.NewID(), body}, dice)
	}
	body := spec.Body()
	if dice.IntN(50) == 0 { // its payment overtakes it
		spec.Paid = false
		if send(spec.PaidBody(time.Now())) {
			x.claim(ref, func(cl *claim) { cl.Paid = true }, false)
		}
	}
	if !send(body) {
		return
	}
	x.claim(ref, func(cl *claim) {
		cl.Test, cl.Paid, cl.Poison = spec.Test, cl.Paid || spec.Paid, x.poisonOf(ref.ID)
	}, true)
	if dice.IntN(8) == 0 { // some chats repeat what was taken, also at the same time
		var both sync.WaitGroup
		for range 1 + dice.IntN(2) {
			both.Go(func() { send(body) })
		}
		both.Wait()
	}
	if spec.Test {
		return
	}
	later := dice.IntN(20)
	if later < 3 && !spec.Paid {
		sleep(ctx, dice.upTo(5*time.Second))
		if send(spec.PaidBody(time.Now())) {
			x.claim(ref, func(cl *claim) { cl.Paid = true }, false)
		}
	}
	if later == 3 {
		sleep(ctx, dice.upTo(5*time.Second))
		x.claim(ref, func(cl *claim) { cl.Cancelled = true }, false) // even if the answer is lost
		send(spec.CancelledBody(time.Now(), "передумал"))
	}
}

// spec makes up an order.
func (x *torture) spec(ref orderRef, n int, dice *dice) ineedchattest.OrderSpec {
	comments := []string{"", "Позвоните", "домофон\u0000 12", "🎁 5 < 6 & \u202e7"}
	spec := ineedchattest.OrderSpec{Company: ref.Company, ID: ref.ID, Number: fmt.Sprint(n), Test: dice.IntN(40) == 0,
		Phone: fmt.Sprintf("+7999%07d", n), Comment: comments[dice.IntN(len(comments))]}
	if x.poisonOf(ref.ID) != "" {
		spec.Test = false
	}
	spec.Paid = dice.IntN(10) == 0 || x.poisonOf(ref.ID) == poisonPayment
	if dice.IntN(3) == 0 {
		spec.Delivery, spec.DeliveryTotal = "delivery", "300.00"
		spec.Address = map[string]string{"city": "Тюмень", "street": "Примерная", "house": fmt.Sprint(n % 90)}
	}
	for i := range 1 + dice.IntN(3) {
		spec.Items = append(spec.Items, ineedchattest.Item{VariantID: strconv.Itoa(500000001 + i), Title: "Товар",
			Price: []string{"990.00", "49.90", "1000.00"}[i%3], Quantity: strconv.Itoa(1 + dice.IntN(3))})
	}
	return spec
}

// customers send orders of a company at random moments until ctx ends; those
// under way go on until they are taken.
func (x *torture) customers(ctx context.Context, c *tenant, dice *dice, pace time.Duration) {
	free := make(chan struct{}, 40)
	for i := 0; ctx.Err() == nil; i++ {
		sleep(ctx, dice.upTo(2*pace))
		select {
		case free <- struct{}{}:
		default: // as many are under way as a chat would keep so
			continue
		}
		mine := x.dice(fmt.Sprintf("order %s %d", c.id, i))
		x.orders.Go(func() {
			defer func() { <-free }()
			x.order(x.ctx, c, mine)
		})
	}
}
