package bridge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// Messages to people wait in the store until their channel has taken them. Each
// channel has a loop of its own, so that one that does not answer holds up no
// other; what cannot be delivered for a day is told no more.
const (
	notifyTimeout              = 30 * time.Second
	notifyFirst, notifyLongest = 30 * time.Second, 30 * time.Minute
	notifyGiveUp               = 24 * time.Hour
)

// A Letter is a message in words.
type Letter struct{ Subject, Text, Link string }

// posts are the ways to people.
type posts struct {
	wakeWatch chan struct{}
	wake      map[string]chan struct{} // by kind of channel
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
	transport *http.Transport
	letter    func(lang string, c storage.Company, m storage.Message) Letter
	disk      diskAlarm
}

func newPosts(cfg Config) *posts {
	p := &posts{wakeWatch: make(chan struct{}, 1), wake: map[string]chan struct{}{}, letter: cfg.Letter,
		disk: diskAlarm{told: map[string]bool{}}, transport: newTransport(cfg.AllowPrivateNetworks, shopConnect)}
	for _, kind := range storage.ChannelKinds() {
		p.wake[kind] = make(chan struct{}, 1)
	}
	if cfg.Dial != nil {
		p.transport.DialContext = cfg.Dial
	}
	p.dial = p.transport.DialContext
	p.transport.DisableKeepAlives = true // a message is rare
	if p.letter == nil {
		p.letter = func(_ string, _ storage.Company, m storage.Message) Letter {
			return Letter{Subject: m.Event + " " + m.Alarm.Kind, Text: m.Alarm.Code}
		}
	}
	return p
}

// notifying starts the loops of Run.
func (b *Bridge) notifying(ctx context.Context) {
	b.wg.Go(func() { loop(ctx, b.posts.wakeWatch, b.watchDue) })
	for kind, wake := range b.posts.wake {
		b.wg.Go(func() { loop(ctx, wake, func(ctx context.Context) time.Duration { return b.notifyDue(ctx, kind) }) })
	}
}

// notifyDue is the step of a channel's loop: it tries its first message.
func (b *Bridge) notifyDue(ctx context.Context, kind string) time.Duration {
	c, err := b.store.Channel(ctx, kind)
	if err == nil && !c.Enabled {
		err = ErrNotFound
	}
	var m storage.Message
	var due time.Time
	if err == nil {
		m, due, err = b.store.NextMessage(ctx, kind)
	}
	if err != nil {
		if !errors.Is(err, ErrNotFound) && ctx.Err() == nil {
			b.log.Error("notifications not read", "channel", kind, "err", err)
		}
		return idle
	}
	if wait := time.Until(due); wait > 0 && wait <= notifyGiveUp {
		return min(wait, idle)
	}
	return b.attempt(ctx, c, m)
}

// A ChannelView is a channel as people see it.
type ChannelView struct {
	storage.Channel
	Waiting int // messages that it has not taken yet
}

// Channels gives the channels of all kinds, those that were never set included.
func (b *Bridge) Channels(ctx context.Context) ([]ChannelView, error) {
	list, err := b.store.Channels(ctx)
	if err != nil {
		return nil, err
	}
	var out []ChannelView
	for _, kind := range storage.ChannelKinds() {
		v := ChannelView{Channel: storage.Channel{Kind: kind}}
		for _, c := range list {
			if c.Kind == kind {
				v.Channel = c
			}
		}
		if v.Waiting, err = b.store.MessagesWaiting(ctx, kind); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// SaveChannel stores the settings of a channel. Empty or masked secrets mean
// "keep", unless the message would go to another host.
func (b *Bridge) SaveChannel(ctx context.Context, c storage.Channel) error {
	if !slices.Contains(storage.ChannelKinds(), c.Kind) {
		return ErrNotFound
	}
	b.saving.Lock()
	defer b.saving.Unlock()
	list, err := b.store.Channels(ctx)
	if err != nil {
		return err
	}
	var old storage.Channel
	others := false // that are on
	for _, one := range list {
		if one.Kind == c.Kind {
			old = one
		} else {
			others = others || one.Enabled
		}
	}
	bad := &problem.Invalid{}
	b.tidyChannel(&c, old, bad)
	if err := bad.Err(); err != nil {
		return err
	}
	e := entry(ctx, storage.EntryNotify)
	e.Changes = channelChanges(old, c)
	err = b.store.Update(ctx, func(tx *storage.Tx) error {
		if len(e.Changes) > 0 {
			if err := tx.AddEntry(e); err != nil {
				return err
			}
		}
		if !c.Enabled && !others { // what is wrong then is news when somebody listens again
			if err := tx.DropAlarms(); err != nil {
				return err
			}
		}
		// What waits is tried with what was changed, also by those who were refused.
		return errors.Join(tx.PutChannel(c), tx.Hurry(c.Kind, e.At))
	})
	if err == nil {
		wake(b.posts.wakeWatch)
		wake(b.posts.wake[c.Kind])
	}
	return err
}

// TestChannel sends a message at once, for a person who waits for it. It is
// *Refused with the reason if that fails.
func (b *Bridge) TestChannel(ctx context.Context, kind string) error {
	c, err := b.store.Channel(ctx, kind)
	if err != nil {
		return err
	}
	now := time.Now()
	m := storage.Message{Channel: kind, Event: storage.EventTest, At: now}
	refused, err := b.deliver(ctx, &c, m, peopleOf(c))
	if err != nil {
		b.log.Warn("test notification not delivered", "channel", kind, "err", err)
		p := notDelivered(err, c)
		noted := b.noteState(ctx, c, func(s *storage.ChannelState) { s.FailedAt, s.Problem = now, p })
		return errors.Join(&problem.Refused{Problem: *p}, noted)
	}
	defer wake(b.posts.wake[kind])
	return b.store.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		state := storage.ChannelState{SentAt: now, Refused: renewRefused(nil, peopleOf(c), refused, now)}
		return errors.Join(tx.SetChannelState(kind, state), tx.Hurry(kind, now))
	})
}

// noteState changes how a channel works, as it is stored now.
func (b *Bridge) noteState(ctx context.Context, c storage.Channel, change func(*storage.ChannelState)) error {
	return b.store.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		now, err := tx.Channel(c.Kind)
		if err != nil {
			return err
		}
		change(&now.ChannelState)
		return tx.SetChannelState(c.Kind, now.ChannelState)
	})
}

// channelChanges tells what differs, for the journal.
func channelChanges(old, now storage.Channel) []storage.Change {
	var list []storage.Change
	at := "notify." + now.Kind + "."
	add := func(field, a, b string) {
		if a != b {
			list = append(list, storage.Change{Field: at + field, Old: a, New: b})
		}
	}
	add("enabled", strconv.FormatBool(old.Enabled), strconv.FormatBool(now.Enabled))
	add("address", old.Address, now.Address)
	if old.URL != now.URL && old.Address == now.Address {
		list = append(list, storage.Change{Field: at + "address", New: SecretChanged})
	}
	add("security", old.Security, now.Security)
	add("user", old.User, now.User)
	add("from", old.From, now.From)
	add("to", old.To, now.To)
	for field, changed := range map[string]bool{"secret": old.Secret != now.Secret, "proxy": old.Proxy != now.Proxy} {
		if changed {
			list = append(list, storage.Change{Field: at + field, New: SecretChanged})
		}
	}
	return list
}
