package alert

import (
	"context"
	"errors"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/storage"
)

// What follows from what is wrong (alarm.go): what people are to be told, and what is known
// to them from then on.

// A diff is what follows from comparing what is wrong with what is known.
type diff struct {
	put, drop []storage.Alarm
	tell      []storage.Message // without a channel
}

// diffOf compares what is wrong now with what is known, and decides what people are to
// be told. It is pure. Of one cause people hear at most once an hour that it began, and
// once that it is over, if they knew of it. An alarm that is over is kept for that hour,
// so that a fault which comes and goes is not told each time.
func diffOf(known []storage.Alarm, f *firing, now time.Time) diff {
	var out diff
	told := func(event string, a storage.Alarm) {
		out.tell = append(out.tell, storage.Message{Kind: event, Alarm: a, At: now})
	}
	stands := map[[2]string]int{} // by company and kind
	for k := range f.alarms {
		stands[[2]string{k.company, k.kind}]++
	}
	seen := map[alarmKey]bool{}
	for _, a := range known {
		key := keyOf(a)
		seen[key] = true
		fresh, still := f.alarms[key]
		switch {
		case still:
			if next := renew(a, fresh, now); next.Told != a.Told || !next.Since.Equal(a.Since) {
				out.put = append(out.put, next)
				if next.Told && !a.Told {
					told(storage.MessageStarted, next)
				}
			}
		case f.unseen[key] && now.Sub(a.Since) < order.BelievedFor:
		case a.Told || a.OverAt.IsZero() && !a.ToldAt.IsZero():
			if a.Told && (endsByItself(a.Kind) || stands[[2]string{a.Company, a.Kind}] == 0) {
				told(storage.MessageOver, a)
			}
			a.Told, a.OverAt = false, now
			out.put = append(out.put, a)
		case a.ToldAt.IsZero() || now.Sub(a.ToldAt) > tellEvery || now.Before(a.ToldAt):
			out.drop = append(out.drop, a)
		}
	}
	for key, a := range f.alarms {
		if !seen[key] {
			a.Since = now
			out.put = append(out.put, a)
		}
	}
	return out
}

// endsByItself reports whether alarms of a kind are about different things, so that the end
// of one is news while another one stands.
func endsByItself(kind string) bool { return kind == AlarmOrders || kind == AlarmMachine }

// renew is a known alarm that still stands or stands again, as it is stored now: told,
// if it has stood for long enough and was not told within the last hour.
func renew(a, fresh storage.Alarm, now time.Time) storage.Alarm {
	if !a.OverAt.IsZero() {
		a.Since, a.OverAt = now, time.Time{}
	}
	due := now.Sub(a.Since) >= tellAfter && (a.ToldAt.IsZero() || now.Sub(a.ToldAt) >= tellEvery ||
		now.Before(a.ToldAt))
	if !a.Told && due {
		a.Problem, a.Orders = fresh.Problem, fresh.Orders
		a.Told, a.ToldAt = true, now
	}
	return a
}

// watchDue is the step of the watch. While there is nobody to tell it sleeps. The
// database is looked at even if the channels cannot be read, because that may be what
// is wrong with it; the channels that were read last are told then.
func (c *Center) watchDue(ctx context.Context) time.Duration {
	channels, err := c.shared.Store.Channels(ctx)
	if err == nil {
		c.disk.channels = channels
	}
	c.watchStore(ctx, time.Now())
	if err == nil {
		now := time.Now()
		err = errors.Join(c.watch(ctx, channels, now), c.tellWeek(ctx, channels, now))
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, storage.ErrUnavailable) &&
		!errors.Is(err, storage.ErrNotFound) {
		c.log.Error("alarms not seen to", "err", err)
	}
	for _, ch := range c.disk.channels {
		if ch.Enabled {
			return watchEvery
		}
	}
	return company.Idle
}

// watch compares once, stores what is new, and wakes the channels that have something
// to tell. What is wrong while nobody listens is not noted: it is news when somebody
// listens again. It fails with storage.ErrNotFound, and has told nothing, if a company
// was deleted meanwhile.
func (c *Center) watch(ctx context.Context, channels []storage.Channel, now time.Time) error {
	on := 0
	for _, ch := range channels {
		if ch.Enabled {
			on++
		}
	}
	if on == 0 {
		return nil
	}
	known, err := c.shared.Store.Alarms(ctx)
	if err != nil {
		return err
	}
	f, err := c.collect(ctx, now)
	if err != nil {
		return err
	}
	news := diffOf(known, f, now)
	if len(news.put)+len(news.drop) == 0 {
		return nil
	}
	err = c.shared.Store.Update(ctx, func(tx *storage.Tx) error { return news.store(tx, channels) })
	for _, m := range news.tell {
		c.log.Info("people are told", "event", m.Kind, "company", m.Alarm.Company, "kind", m.Alarm.Kind, "code",
			m.Alarm.Code)
	}
	for _, ch := range channels {
		if len(news.tell) > 0 && ch.Enabled {
			company.Wake(c.wake[ch.Kind])
		}
	}
	return err
}

// store keeps what is known and lets the messages wait, in one transaction: a
// crash tells nothing twice and forgets nothing.
func (d diff) store(tx *storage.Tx, channels []storage.Channel) error {
	for _, a := range d.drop {
		if err := tx.DropAlarm(a); err != nil {
			return err
		}
	}
	for _, a := range d.put {
		if err := tx.PutAlarm(a); err != nil {
			return err
		}
	}
	for _, m := range d.tell {
		for _, c := range channels {
			if !c.Enabled {
				continue
			}
			m.Channel = c.Kind
			if err := tx.AddMessage(m); err != nil {
				return err
			}
		}
	}
	return nil
}
