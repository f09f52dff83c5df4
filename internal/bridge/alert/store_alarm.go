package alert

import (
	"context"
	"time"

	"ineed-insales/storage"
)

// What is wrong with the database itself concerns all companies, and is told from
// memory: it may not be able to keep what people were told, nor a message that waits.
// So such an alarm has a way of its own beside the one in alarm.go. It waits for a
// minute as any alarm does, and is then delivered by the watch itself to each channel
// that is on; a channel that does not take it is tried again with the next look, and
// each is told once that it began and once that it is over. After a restart people
// hear once more of what is wrong still.

// AlarmStore is the kind of alarm of no company.
const AlarmStore = "store"

// A diskAlarm is what people are told of the database. Only the watch uses it.
type diskAlarm struct {
	channels []storage.Channel // as they were read last

	alarm storage.Alarm   // of the trouble there is, or that was told; without a code there is none
	told  map[string]bool // by kind of channel: people know that it began
}

// watchStore tells people by every channel when the database has been in trouble
// for a while, and when that is over. What a channel does not take is tried again
// with the next look.
func (c *Center) watchStore(ctx context.Context, now time.Time) {
	d := &c.disk
	p := c.host.StoreProblem()
	if p != nil && d.alarm.Since.IsZero() {
		d.alarm.Since = now
	}
	if p != nil {
		d.alarm.Kind, d.alarm.Code, d.alarm.Problem = AlarmStore, p.Code, *p
	}
	event := storage.MessageStarted
	if p == nil {
		event = storage.MessageOver
	}
	for _, ch := range d.channels {
		wanted := p != nil && now.Sub(d.alarm.Since) >= tellAfter
		if !ch.Enabled {
			delete(d.told, ch.Kind)
			continue
		}
		if d.told[ch.Kind] == wanted || p != nil && !wanted {
			continue
		}
		m := storage.Message{Channel: ch.Kind, Kind: event, Alarm: d.alarm, At: now}
		if _, err := c.deliver(ctx, &ch, m, peopleOf(ch)); err != nil {
			c.failed.WithLabelValues(ch.Kind).Inc()
			c.log.Warn("notification not delivered", "channel", ch.Kind, "err", err)
			continue
		}
		c.log.Info("people are told", "event", event, "kind", AlarmStore, "code", d.alarm.Code, "channel", ch.Kind)
		d.told[ch.Kind] = wanted
	}
	if p == nil {
		d.alarm.Since = time.Time{}
	}
}
