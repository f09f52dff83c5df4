package bridge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/notify"
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
	p := &posts{wakeWatch: make(chan struct{}, 1), wake: map[string]chan struct{}{}, letter: cfg.Letter, disk: diskAlarm{told: map[string]bool{}},
		transport: newTransport(cfg.AllowPrivateNetworks, shopConnect)}
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
	now := time.Now()
	err = b.deliver(ctx, c, m)
	if ctx.Err() != nil {
		return idle // it is tried again after the restart
	}
	state := c.ChannelState
	var next time.Time
	if err == nil {
		state = storage.ChannelState{SentAt: now}
	} else {
		m.Tries++
		state.FailedAt, state.Problem = now, notDelivered(err)
		next = now.Add(max(backoff(m.Tries, notifyFirst, notifyLongest), askedToWait(err)))
		b.log.Warn("notification not delivered", "channel", kind, "err", err, "tries", m.Tries)
	}
	err = b.store.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		if err := tx.SetChannelState(kind, state); err != nil {
			return err
		}
		if next.IsZero() || now.Sub(m.At) > notifyGiveUp {
			return tx.DropMessage(m)
		}
		return tx.Delay(m, next)
	})
	if err != nil {
		b.log.Error("notification not noted", "channel", kind, "err", err)
		return notifyFirst
	}
	return 0
}

// askedToWait is how long the other side asks to wait, within reason.
func askedToWait(err error) time.Duration {
	if e, ok := errors.AsType[*notify.Error](err); ok {
		return min(e.RetryAfter, notifyLongest)
	}
	return 0
}

// deliver tries a message once.
func (b *Bridge) deliver(ctx context.Context, c storage.Channel, m storage.Message) error {
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	company, err := b.Company(ctx, m.Alarm.Company)
	if err != nil && !errors.Is(err, ErrNotFound) { // of a test, or deleted meanwhile
		return err
	}
	l := b.posts.letter(c.Lang, company, m)
	out := notify.Message{Event: m.Event, Cause: m.Alarm.Code, Company: m.Alarm.Company, Since: m.Alarm.Since, Subject: l.Subject, Text: l.Text, Link: l.Link}
	switch c.Kind {
	case storage.ChannelEmail:
		host, port, err := net.SplitHostPort(c.Address)
		if err != nil {
			return &notify.Error{Words: err.Error()}
		}
		n, _ := strconv.Atoi(port) // it was checked when it was stored
		return notify.Email{Host: host, Port: n, Security: c.Security, User: c.User, Password: c.Secret.Reveal(), From: c.From,
			To: strings.Split(c.To, ", "), Dial: b.posts.dial}.Send(ctx, out)
	case storage.ChannelTelegram:
		transport := b.posts.transport
		if c.Proxy != "" {
			proxy, err := url.Parse(c.Proxy.Reveal())
			if err != nil {
				return &notify.Error{}
			}
			transport = transport.Clone()
			transport.Proxy = http.ProxyURL(proxy)
		}
		return notify.Telegram{Base: c.Address, Token: c.Secret.Reveal(), Chat: c.To, Transport: transport}.Send(ctx, out)
	}
	return notify.Webhook{URL: c.Address, Token: c.Secret.Reveal(), UserAgent: b.userAgent(), Transport: b.posts.transport}.Send(ctx, out)
}

// notDelivered says in a code why a message did not get through.
func notDelivered(err error) *storage.Problem {
	p := problemOf(ProblemNotReached)
	if e, ok := errors.AsType[*notify.Error](err); ok && e.Status != 0 {
		p = problemOf(ProblemNotTaken, "status", strconv.Itoa(e.Status), "message", e.Words)
	} else if ok && e.Words != "" {
		p = problemOf(ProblemNotReached, "reason", e.Words)
	}
	return &p
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
	bad := &Invalid{}
	b.tidyChannel(&c, old, bad)
	if err := bad.err(); err != nil {
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
		return tx.PutChannel(c)
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
	err = b.deliver(ctx, c, storage.Message{Event: storage.EventTest, At: now})
	state := storage.ChannelState{SentAt: now}
	if err != nil {
		b.log.Warn("test notification not delivered", "channel", kind, "err", err)
		state = storage.ChannelState{SentAt: c.SentAt, FailedAt: now, Problem: notDelivered(err)}
		err = &Refused{*state.Problem}
	}
	return errors.Join(err, b.store.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error { return tx.SetChannelState(kind, state) }))
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
