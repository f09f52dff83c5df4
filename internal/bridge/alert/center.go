// Package alert sees what is wrong, and tells people.
//
// The Center watches: each half minute it compares what is wrong with every company
// now (firing) with what people were told, and what follows (diff) is stored in one
// transaction with the messages, so that a crash tells nothing twice and forgets
// nothing. Of one cause people hear at most once an hour that it began, and once
// that it is over. Messages wait in the store until their channel has taken them;
// each channel has a loop of its own, so that one that does not answer holds up no
// other, and what cannot be delivered for a day is told no more. What is wrong with
// the database itself is told from memory (store_alarm.go).
//
// The package finds nothing out by itself: it reads what the rooms have stored or
// tell. It never asks a shop or the chat, and never writes an order.
package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/host"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

const (
	notifyTimeout = 30 * time.Second // of one try
	notifyGiveUp  = 24 * time.Hour   // a message that is older is told no more

	// The delays between the tries of one message grow from the first to the longest.
	notifyFirst, notifyLongest = 30 * time.Second, 30 * time.Minute
)

// A Message is a message in words.
type Message struct{ Subject, Text, Link string }

// A Config says what the center works with.
type Config struct {
	Shared *company.Shared
	Desks  func() []*order.Desk // of all companies that there are now
	Host   *host.Monitor        // what is wrong with the machine
	Zone   *time.Location       // in which a week begins

	// Dial opens the connections: to mail servers, and to what is asked over HTTP.
	// Nil means one that refuses forbidden addresses.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Message puts a message about a company into words; nil means its codes.
	Message func(lang string, c storage.Company, m storage.Message) Message
}

// A Center sees what is wrong and tells people by the channels that they have set
// up.
type Center struct {
	shared  *company.Shared
	log     *slog.Logger
	desks   func() []*order.Desk
	host    *host.Monitor
	zone    *time.Location
	message func(lang string, c storage.Company, m storage.Message) Message

	wakeWatch chan struct{}            // rings the watch
	wake      map[string]chan struct{} // rings the loop of a channel, by its kind; not changed once it is made

	// What messages go through; of a channel with a proxy it is a copy.
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
	transport *http.Transport

	// saving is held by whoever changes a channel: it is read, changed and stored in
	// several steps.
	saving sync.Mutex

	failed *prometheus.CounterVec // tries to deliver that failed, by kind of channel

	// disk is the watch's own; nobody else touches it.
	disk diskAlarm
}

// New makes a center. It watches and tells nothing before Run.
func New(cfg Config) *Center {
	c := &Center{
		shared: cfg.Shared, log: cfg.Shared.Config.Log, desks: cfg.Desks, host: cfg.Host,
		zone: cfg.Zone, message: cfg.Message,
		wakeWatch: make(chan struct{}, 1), wake: map[string]chan struct{}{},
		disk: diskAlarm{told: map[string]bool{}}, failed: newFailures(),
		transport: company.NewTransport(cfg.Shared.Way(), company.ShopConnect),
		dial:      cfg.Shared.Way().Dialer(company.ShopConnect).DialContext, // mail knows no proxy
	}
	for _, kind := range storage.ChannelKinds() {
		c.wake[kind] = make(chan struct{}, 1)
	}
	if cfg.Dial != nil {
		c.dial, c.transport.DialContext = cfg.Dial, cfg.Dial
	}
	c.transport.DisableKeepAlives = true // a message is rare
	if c.message == nil {
		c.message = func(_ string, _ storage.Company, m storage.Message) Message {
			return Message{Subject: m.Kind + " " + m.Alarm.Kind, Text: m.Alarm.Code}
		}
	}
	return c
}

// Run starts the loops: one that watches, and one for each channel, so that one
// that does not answer holds up no other.
func (c *Center) Run(ctx context.Context, wg *sync.WaitGroup) {
	wg.Go(func() { company.Loop(ctx, c.wakeWatch, c.watchDue) })
	for kind, ring := range c.wake {
		wg.Go(func() {
			company.Loop(ctx, ring, func(ctx context.Context) time.Duration { return c.notifyDue(ctx, kind) })
		})
	}
}

// company gives the settings of a company. It is storage.ErrNotFound if there is none,
// for example because it was deleted while a message about it waited.
func (c *Center) company(id string) (storage.Company, error) {
	for _, desk := range c.desks() {
		if desk.ID() == id {
			return desk.Settings(), nil
		}
	}
	return storage.Company{}, fmt.Errorf("company %s: %w", id, storage.ErrNotFound)
}

// notifyDue is the step of a channel's loop: it tries its first message.
func (c *Center) notifyDue(ctx context.Context, kind string) time.Duration {
	ch, err := c.shared.Store.Channel(ctx, kind)
	if err == nil && !ch.Enabled {
		err = storage.ErrNotFound
	}
	var m storage.Message
	var due time.Time
	if err == nil {
		m, due, err = c.shared.Store.NextMessage(ctx, kind)
	}
	if err != nil {
		if !errors.Is(err, storage.ErrNotFound) && ctx.Err() == nil {
			c.log.Error("notifications not read", "channel", kind, "err", err)
		}
		return company.Idle
	}
	if wait := time.Until(due); wait > 0 && wait <= notifyGiveUp {
		return min(wait, company.Idle)
	}
	return c.attempt(ctx, ch, m)
}

// A ChannelView is a channel as people see it.
type ChannelView struct {
	storage.Channel
	Waiting int // messages that it has not taken yet
}

// Channels gives the channels of all kinds, those that were never set included.
func (c *Center) Channels(ctx context.Context) ([]ChannelView, error) {
	list, err := c.shared.Store.Channels(ctx)
	if err != nil {
		return nil, err
	}
	var out []ChannelView
	for _, kind := range storage.ChannelKinds() {
		v := ChannelView{Channel: storage.Channel{Kind: kind}}
		for _, ch := range list {
			if ch.Kind == kind {
				v.Channel = ch
			}
		}
		if v.Waiting, err = c.shared.Store.MessagesWaiting(ctx, kind); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// SaveChannel stores the settings of a channel. Empty or masked secrets mean
// "keep", unless the message would go to another host.
func (c *Center) SaveChannel(ctx context.Context, ch storage.Channel) error {
	if !slices.Contains(storage.ChannelKinds(), ch.Kind) {
		return storage.ErrNotFound
	}
	c.saving.Lock()
	defer c.saving.Unlock()
	list, err := c.shared.Store.Channels(ctx)
	if err != nil {
		return err
	}
	var old storage.Channel
	others := false // that are on
	for _, one := range list {
		if one.Kind == ch.Kind {
			old = one
		} else {
			others = others || one.Enabled
		}
	}
	bad := &problem.Invalid{}
	c.tidyChannel(&ch, old, bad)
	if err := bad.Err(); err != nil {
		return err
	}
	e := company.Entry(ctx, storage.EntryNotify)
	e.Changes = channelChanges(old, ch)
	err = c.shared.Store.Update(ctx, func(tx *storage.Tx) error {
		if len(e.Changes) > 0 {
			if err := tx.AddEntry(e); err != nil {
				return err
			}
		}
		if !ch.Enabled && !others { // what is wrong then is news when somebody listens again
			if err := tx.DropAlarms(); err != nil {
				return err
			}
		}
		if day := c.skipsWeek(old, ch, e.At); day != "" {
			if err := tx.SkipWeek(ch.Kind, day); err != nil {
				return err
			}
		}
		// What waits is tried with what was changed, also by those who were refused.
		return errors.Join(tx.PutChannel(ch), tx.Hurry(ch.Kind, e.At))
	})
	if err == nil {
		company.Wake(c.wakeWatch)
		company.Wake(c.wake[ch.Kind])
	}
	return err
}

// TestChannel sends a message at once, for a person who waits for it. It is
// *Refused with the reason if that fails.
func (c *Center) TestChannel(ctx context.Context, kind string) error {
	ch, err := c.shared.Store.Channel(ctx, kind)
	if err != nil {
		return err
	}
	now := time.Now()
	m := storage.Message{Channel: kind, Kind: storage.MessageTest, At: now}
	refused, err := c.deliver(ctx, &ch, m, peopleOf(ch))
	if err != nil {
		c.log.Warn("test notification not delivered", "channel", kind, "err", err)
		p := notDelivered(err, ch)
		noted := c.noteState(ctx, ch, func(s *storage.ChannelState) { s.FailedAt, s.Problem = now, p })
		return errors.Join(&problem.Refused{Problem: *p}, noted)
	}
	defer company.Wake(c.wake[kind])
	return c.shared.Store.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		state := storage.ChannelState{SentAt: now, Refused: renewRefused(nil, peopleOf(ch), refused, now)}
		return errors.Join(tx.SetChannelState(kind, state), tx.Hurry(kind, now))
	})
}

// noteState changes what is stored of how a channel works, and leaves its settings as
// they are: somebody may have saved others meanwhile.
func (c *Center) noteState(ctx context.Context, ch storage.Channel, change func(*storage.ChannelState)) error {
	return c.shared.Store.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		now, err := tx.Channel(ch.Kind)
		if err != nil {
			return err
		}
		change(&now.ChannelState)
		return tx.SetChannelState(ch.Kind, now.ChannelState)
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
	add("weekly", strconv.FormatBool(old.Weekly), strconv.FormatBool(now.Weekly))
	add("address", old.Address, now.Address)
	secret := func(field string, a, b storage.Secret) {
		switch {
		case a == b:
		case a == "":
			list = append(list, storage.Change{Field: at + field, New: company.SecretSet})
		default:
			list = append(list, storage.Change{Field: at + field, New: company.SecretChanged})
		}
	}
	if old.Address == now.Address {
		secret("address", old.URL, now.URL)
	}
	add("security", old.Security, now.Security)
	add("user", old.User, now.User)
	add("from", old.From, now.From)
	add("to", old.To, now.To)
	secret("secret", old.Secret, now.Secret)
	secret("proxy", old.Proxy, now.Proxy)
	return list
}
