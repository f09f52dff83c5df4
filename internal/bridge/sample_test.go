package bridge_test

import (
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// A test order goes the whole way into the shop, can be looked at there, and the
// chat hears nothing of it.
func TestSendSample(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		body := anOrder("anything").Body()
		e, err := ineedchat.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		sample, err := e.Order()
		if err != nil {
			t.Fatal(err)
		}
		ctx, b, d := t.Context(), w.proc.bridge, w.desk()
		o, err := d.SendSample(ctx, sample, body, "admin")
		if err != nil || !strings.HasPrefix(o.Key.ID, "test~") {
			t.Fatal(o.Key, err)
		}
		w.untilState(time.Minute, o.Key.ID, storage.StateSent)
		there, err := d.InShop(ctx, o.Key)
		if err != nil || len(there.Lines) == 0 || !strings.Contains(there.ManagerComment, "[ineed:"+o.Key.ID+":") {
			t.Errorf("%+v %v", there, err)
		}
		time.Sleep(10 * time.Minute)
		if r, ok := w.chat.Status(company, o.Key.ID); ok {
			t.Errorf("the chat was told: %+v", r)
		}
		// Its id can be no order's of the chat.
		if ineedchat.ValidID(o.Key.ID) {
			t.Error(o.Key)
		}
		if _, err := d.InShop(ctx, w.key("nobody")); err == nil {
			t.Error("an order that is not there was shown")
		}

		c, err := b.Company(ctx, company)
		if err != nil {
			t.Fatal(err)
		}
		c.Orders.Paused = true
		if _, err := b.SaveCompany(ctx, c); err != nil {
			t.Fatal(err)
		}
		if _, err := d.SendSample(ctx, sample, body, "admin"); refusedFor(err) != problem.RefusedNotEnabled {
			t.Errorf("while paused: %v", err)
		}
	})
}
