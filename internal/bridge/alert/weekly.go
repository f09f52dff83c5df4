package alert

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/notify"
	"ineed-insales/storage"
)

// Once a week people are told how the last seven days went, by each channel that is asked to
// tell it: on Monday at nine, or as soon as the connector runs again on that Monday; after
// that the week is skipped. Days and hours are those of the panel's zone, whatever the clocks
// did in between.
//
// For which Monday a channel has got its message is stored together with the message. Another
// message comes twice if the program is killed between its delivery and the note of that.
// This one does not: that it leaves is stored before, and one that was leaving when the
// program ended is dropped.

const (
	weeklyHour    = 9
	weekDays      = 7
	mostCompanies = 10 // that a message has words for

	// A catalog is in step if it is not older than that and three intervals, as the alert
	// CatalogNotInStep sees it.
	catalogAge, catalogRuns = 2 * time.Hour, 3
)

// weeklyDue tells whether the weekly message is due at a time, in its zone: from nine o'clock
// of a Monday to its end. The day begins at monday, and ends at end.
func weeklyDue(now time.Time) (monday, end time.Time, due bool) {
	y, m, d := now.Date()
	at := func(days, hour int) time.Time { return time.Date(y, m, d+days, hour, 0, 0, 0, now.Location()) }
	return at(0, 0), at(1, 0), now.Weekday() == time.Monday && !now.Before(at(0, weeklyHour))
}

// weekDay names the Monday of a weekly message.
func weekDay(monday time.Time) string { return monday.Format(time.DateOnly) }

// tellWeek lets the weekly message wait for the channels that are due.
func (c *Center) tellWeek(ctx context.Context, channels []storage.Channel, now time.Time) error {
	monday, end, due := weeklyDue(now.In(c.zone))
	if !due {
		return nil
	}
	var to []string
	for _, ch := range channels {
		if !ch.Enabled || !ch.Weekly {
			continue
		}
		told, err := c.shared.Store.WeekTold(ctx, ch.Kind)
		if err != nil {
			return err
		}
		if told != weekDay(monday) {
			to = append(to, ch.Kind)
		}
	}
	if len(to) == 0 {
		return nil
	}
	week, err := c.week(ctx, monday, now)
	if err != nil {
		return err
	}
	err = c.shared.Store.Update(ctx, func(tx *storage.Tx) error {
		for _, kind := range to {
			m := storage.Message{Channel: kind, Kind: storage.MessageWeekly, At: now, Until: end, Week: &week}
			if err := tx.AddWeekly(m, weekDay(monday)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.log.Info("people are told", "event", storage.MessageWeekly, "channels", to)
	for _, kind := range to {
		company.Wake(c.wake[kind])
	}
	return nil
}

// week says how the seven days before a Monday went, and what is wrong now.
func (c *Center) week(ctx context.Context, monday, now time.Time) (storage.Week, error) {
	y, m, d := monday.Date()
	first := time.Date(y, m, d-weekDays, 0, 0, 0, 0, monday.Location())
	w := storage.Week{First: first, Last: time.Date(y, m, d-1, 0, 0, 0, 0, monday.Location())}
	alarms, err := c.standing(ctx, now)
	if err != nil {
		return w, err
	}
	w.Alarms = alarms[""]
	came := func(of string) (storage.Came, error) {
		_, p, err := c.shared.Store.Spans(ctx, of, []time.Time{first, monday})
		return storage.Came{Orders: p.Orders, Priced: p.Priced, Total: p.Total, Arrived: p.Arrived, Median: p.Median,
			Slow: p.Slow}, err
	}
	if w.Whole, err = came(""); err != nil {
		return w, err
	}
	for _, desk := range c.desks() {
		one := desk.Settings()
		w.Companies = append(w.Companies, storage.CompanyWeek{ID: one.ID, Name: one.Name, Alarms: alarms[one.ID],
			Off: !one.Orders.Enabled, Paused: one.Orders.Paused})
	}
	slices.SortStableFunc(w.Companies, func(a, b storage.CompanyWeek) int {
		calm := func(one storage.CompanyWeek) int { return min(len(one.Alarms), 1) }
		return cmp.Or(calm(b)-calm(a), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	w.More = max(len(w.Companies)-mostCompanies, 0)
	w.Companies = w.Companies[:len(w.Companies)-w.More]
	for i := range w.Companies {
		one := &w.Companies[i]
		if one.Came, err = came(one.ID); err != nil {
			return w, err
		}
		if err := c.weekOfCatalog(ctx, one, now.In(monday.Location())); err != nil {
			return w, err
		}
	}
	return w, nil
}

// weekOfCatalog says whether the chat has a company's catalog as the shop has it.
func (c *Center) weekOfCatalog(ctx context.Context, one *storage.CompanyWeek, now time.Time) error {
	settings, err := c.company(one.ID)
	if err != nil || !settings.Catalog.Enabled {
		return err
	}
	k, err := c.shared.Store.Catalog(ctx, one.ID)
	if err != nil {
		return err
	}
	one.Catalog = true
	if k.SuccessAt.IsZero() {
		return nil
	}
	one.CatalogAt = k.SuccessAt.In(now.Location())
	fresh := now.Sub(k.SuccessAt) <= catalogAge+catalogRuns*settings.Catalog.Interval
	one.InStep = fresh && k.Guard == nil && settings.CatalogFault == nil
	return nil
}

// standing is what is wrong now, by company. What nobody can know shortly after a restart is
// still wrong if people were told so.
func (c *Center) standing(ctx context.Context, now time.Time) (map[string][]storage.Alarm, error) {
	f, err := c.wrong(ctx, now)
	if err != nil {
		return nil, err
	}
	known, err := c.shared.Store.Alarms(ctx)
	for _, a := range known {
		if key := keyOf(a); a.Told && f.unseen[key] {
			f.alarms[key] = a
		}
	}
	by := map[string][]storage.Alarm{}
	for _, a := range f.sorted() {
		by[a.Company] = append(by[a.Company], a)
	}
	return by, err
}

// skipsWeek is the Monday whose message a channel is not sent, because it was asked for that
// after it was due; "" if there is none.
func (c *Center) skipsWeek(old, ch storage.Channel, now time.Time) string {
	monday, _, due := weeklyDue(now.In(c.zone))
	if !due || !ch.Enabled || !ch.Weekly || old.Enabled && old.Weekly {
		return ""
	}
	return weekDay(monday)
}

// leaves reports whether a message may be sent now. Of a weekly one it is stored that it
// leaves; one that left before, or whose day is over, is dropped.
func (c *Center) leaves(ctx context.Context, m storage.Message, now time.Time) (bool, error) {
	if m.Kind != storage.MessageWeekly {
		return true, nil
	}
	if m.Leaving || !now.Before(m.Until) {
		c.log.Warn("weekly message dropped", "channel", m.Channel, "may_have_arrived", m.Leaving)
		return false, c.shared.Store.Update(ctx, func(tx *storage.Tx) error { return tx.DropMessage(m) })
	}
	m.Leaving = true
	err := c.shared.Store.Update(ctx, func(tx *storage.Tx) error { return tx.Delay(m, now) })
	return err == nil, err
}

// hopeless reports whether a message that has failed is not tried again, which would be at a
// time: it is too old then, or it is the weekly one and may have arrived.
func hopeless(m storage.Message, err error, now, again time.Time) bool {
	e, ok := errors.AsType[*notify.Error](err)
	weekly := m.Kind == storage.MessageWeekly
	return now.Sub(m.At) > notifyGiveUp || weekly && (!again.Before(m.Until) || ok && e.Unanswered)
}
