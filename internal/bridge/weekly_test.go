package bridge_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// weeks counts the weekly messages that came by a channel.
func (p *people) weeks(channel string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, event := range p.got[channel] {
		if event == storage.MessageWeekly {
			n++
		}
	}
	for _, m := range p.mail.Mails() {
		if channel == storage.ChannelEmail && strings.Contains(m.Data, "Subject: weekly") {
			n++
		}
	}
	return n
}

// came expects so many weekly messages by Telegram and by webhook.
func (p *people) came(when string, telegram, webhook int) {
	p.w.t.Helper()
	synctest.Wait()
	if t, h := p.weeks(storage.ChannelTelegram), p.weeks(storage.ChannelWebhook); t != telegram || h != webhook {
		p.w.t.Errorf("%s: %d weekly messages by telegram, %d by webhook; want %d, %d", when, t, h, telegram, webhook)
	}
}

// TestWeekly: on Monday at nine of the panel's zone, once by each channel that wants it, over
// restarts, a stop at nine, a change of the clocks, a channel that fails and a crash while the
// message leaves; never on another day.
func TestWeekly(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { // from Saturday, 2000-01-01
		var p people
		w := newWorld(t, withPeople(&p), func(w *world) {
			dial := w.config
			w.config = func(c *bridge.Config) { dial(c); c.TimeZone = berlin }
		})
		until := func(month time.Month, day, hour, minute int) {
			time.Sleep(time.Until(time.Date(2000, month, day, hour, minute, 0, 0, berlin)))
		}
		asleep := func(month time.Month, day, hour, minute int) {
			w.stop()
			until(month, day, hour, minute)
			w.start()
		}
		hook := webhookChannel()
		hook.Weekly = true
		p.save(hook)
		p.save(storage.Channel{Kind: storage.ChannelTelegram, Weekly: true, Address: "http://telegram.test",
			Secret: "12345:abcdefghijklmnopqrstuvwxyz", To: "-100"})
		mail := storage.Channel{Kind: storage.ChannelEmail, Address: "mail.test", Security: "none",
			From: "robot@mail.test", To: "owner@mail.test"}
		p.save(mail)
		w.accept(anOrder("1"))
		w.untilState(time.Minute, "1", storage.StateSent)
		strange := anOrder("2")
		strange.Payment = "bitcoin"
		w.accept(strange)
		p.hears(5*time.Minute, "started payment_unmapped")

		p.answer(http.StatusBadGateway)
		asleep(1, 3, 8, 50)
		until(1, 3, 8, 59)
		p.came("before nine", 0, 0)
		until(1, 3, 9, 1)
		p.came("at nine", 1, 0)
		m, _, err := w.proc.store.NextMessage(t.Context(), storage.ChannelWebhook)
		if err != nil || m.Week == nil || len(m.Week.Companies) != 1 {
			t.Fatalf("%v %+v", err, m)
		}
		one := m.Week.Companies[0]
		if m.Week.Whole.Orders != 2 || one.Came.Orders != 2 || one.Came.Arrived != 1 ||
			m.Week.First.Format(time.DateOnly) != "1999-12-27" || m.Week.Last.Format(time.DateOnly) != "2000-01-02" ||
			len(one.Alarms) != 1 || one.Alarms[0].Code != problem.PaymentUnmapped || one.Catalog || one.Off {
			t.Errorf("%+v", m.Week)
		}
		w.restart()
		time.Sleep(2 * time.Hour)
		p.answer(0)
		time.Sleep(31 * time.Minute)
		p.came("when the channel works again", 1, 1)
		asleep(1, 4, 8, 30)
		until(1, 4, 9, 30)
		p.came("on Tuesday", 1, 1)

		asleep(1, 11, 0, 0)
		time.Sleep(time.Hour)
		p.came("asleep all Monday", 1, 1)
		asleep(1, 17, 23, 30)
		time.Sleep(time.Minute)
		p.came("late on Monday", 2, 2)

		p.answer(http.StatusBadGateway)
		asleep(1, 24, 22, 0)
		time.Sleep(3 * time.Hour)
		p.answer(0)
		time.Sleep(time.Hour)
		p.came("when Monday is over", 3, 2)

		asleep(3, 26, 1, 50) // the clocks go forward at two
		time.Sleep(20 * time.Minute)
		asleep(3, 27, 8, 50)
		until(3, 27, 8, 59)
		p.came("before nine in summer", 3, 2)
		until(3, 27, 9, 1)
		p.came("at nine in summer", 4, 3)

		w.tap = func(string) bool { return p.weeks(storage.ChannelWebhook) < 4 }
		asleep(4, 3, 10, 0)
		w.until(time.Minute, "the plug is pulled", w.crashed.Load)
		w.tap = nil
		w.restart()
		time.Sleep(3 * time.Hour)
		if n := p.weeks(storage.ChannelWebhook); n != 4 {
			t.Errorf("after a crash: %d, want 4", n)
		}
		if list, err := w.proc.bridge.Alerts.Channels(t.Context()); err != nil || list[3].Waiting != 0 {
			t.Errorf("%v %+v", err, list)
		}

		mail.Weekly = true // asked for after nine: from the next Monday on
		p.save(mail)
		time.Sleep(time.Hour)
		asked := p.weeks(storage.ChannelEmail)
		asleep(4, 10, 9, 0)
		time.Sleep(time.Minute)
		if n := p.weeks(storage.ChannelEmail); asked != 0 || n != 1 {
			t.Errorf("by mail: %d, then %d", asked, n)
		}
	})
}

// TestWeeklyUnanswered: the message that may have arrived is not sent again.
func TestWeeklyUnanswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // from Saturday, 2000-01-01
		var p people
		newWorld(t, withPeople(&p), func(w *world) {
			dial := w.config
			w.config = func(c *bridge.Config) { dial(c); c.TimeZone = time.UTC }
		})
		hook := webhookChannel()
		hook.Weekly = true
		p.save(hook)
		p.answer(hangsUp)
		time.Sleep(time.Until(time.Date(2000, 1, 3, 23, 0, 0, 0, time.UTC)))
		if n := p.weeks(storage.ChannelWebhook); n != 1 {
			t.Errorf("the weekly message came %d times, want 1", n)
		}
	})
}
