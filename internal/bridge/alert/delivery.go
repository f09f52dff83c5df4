package alert

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/notify"
	"ineed-insales/storage"
)

// A message waits in the store, by channel, until it is delivered. The loop of a
// channel tries its first message, stores what became of it in one transaction, and
// takes the next. A message that fails is tried again with growing delays, from half a
// minute to half an hour, and dropped when it is a day old; those behind it wait, so
// that people hear of things in their order. If the answer says that nothing helps before a person does something
// (a token that is not valid, a bot that was blocked), the longest delay comes at once.
// The channel shows its problem until a message gets through.
//
// Mail is the one way with several recipients, and each of them is seen to by itself.
// The server may take the mail for some and refuse others. Whom it has put off gets a
// message of his own, so that nobody else hears it twice; whom it has refused for good
// is left out of the next messages for a day, unless nobody else is left. And a later
// message never overtakes an earlier one to the same recipient: whoever still waits
// for one gets the later message by itself, behind it.

// deadFor is how long a recipient whom the mail server refused for good is left
// alone.
const deadFor = 24 * time.Hour

// attempt tries a message once and stores what became of it. A crash between the two
// sends the message again: it may come twice, but it is not lost. Its id stays the same,
// so that a receiver can tell. A try that is cut off by our own stop is none.
func (c *Center) attempt(ctx context.Context, ch storage.Channel, m storage.Message) time.Duration {
	now := time.Now()
	behind, err := c.shared.Store.Behind(ctx, ch.Kind)
	if err != nil {
		c.log.Error("notifications not read", "channel", ch.Kind, "err", err)
		return company.Idle
	}
	if leaves, err := c.leaves(ctx, m, now); !leaves {
		if err != nil {
			c.log.Error("notification not noted", "channel", ch.Kind, "err", err)
			return notifyFirst
		}
		return 0
	}
	to, later := recipients(ch, m, behind, now)
	var refused []notify.RefusedRecipient
	if len(to) > 0 || ch.Kind != storage.ChannelEmail {
		refused, err = c.deliver(ctx, &ch, m, to)
	}
	if err != nil && ctx.Err() != nil {
		return company.Idle // it is tried again after the restart
	}
	out := try{ch, m, to, later, refused, err}.outcome(now)
	switch {
	case err != nil:
		c.failed.WithLabelValues(ch.Kind).Inc()
		c.log.Warn("notification not delivered", "channel", ch.Kind, "err", err, "tries", m.Tries+1)
	case len(refused) > 0:
		c.failed.WithLabelValues(ch.Kind).Inc()
		c.log.Warn("notification not delivered to all", "channel", ch.Kind, "refused", len(refused))
	}
	err = c.shared.Store.Update(context.WithoutCancel(ctx),
		func(tx *storage.Tx) error { return out.store(tx, ch.Kind, m) })
	if err != nil {
		c.log.Error("notification not noted", "channel", ch.Kind, "err", err)
		return notifyFirst
	}
	return 0
}

// peopleOf are the recipients of a channel of mail.
func peopleOf(c storage.Channel) []string {
	if c.Kind != storage.ChannelEmail {
		return nil
	}
	return strings.Split(c.To, ", ")
}

// recipients tells whom a message of mail goes to now, and for whom it has to wait
// behind an earlier one. Who is dead is left out, unless all are.
func recipients(c storage.Channel, m storage.Message, behind []string, now time.Time) (to, later []string) {
	all := peopleOf(c)
	if len(m.To) > 0 {
		return slices.DeleteFunc(all, func(one string) bool { return !slices.Contains(m.To, one) }), nil
	}
	for _, one := range all {
		dead := slices.ContainsFunc(c.Refused, func(r storage.RefusedRecipient) bool {
			age := now.Sub(r.At)
			return r.Address == one && r.Status/100 == 5 && age >= 0 && age < deadFor
		})
		switch {
		case slices.Contains(behind, one):
			later = append(later, one)
		case !dead:
			to = append(to, one)
		}
	}
	if len(to)+len(later) == 0 {
		return all, nil
	}
	return to, later
}

// A delivered is what follows from one try, to be stored.
type delivered struct {
	state storage.ChannelState // how the channel works now
	until time.Time            // the message is tried again then; zero = it is done with
	tries int                  // how often the message was tried
	later []storage.Message    // what has to go to some recipients by itself
	dueAt []time.Time          // when each of these is due
}

// A try is one attempt to deliver a message, with all that is known of it.
type try struct {
	channel storage.Channel
	message storage.Message
	to      []string // whom it went to, of mail
	later   []string // for whom it has to wait behind an earlier message
	refused []notify.RefusedRecipient
	err     error // nobody was told
}

// outcome decides what follows from a try. It is pure. A message that failed as a whole
// is tried again until it is a day old. If the mail server took it for some recipients
// and put off others, these get a message of their own, so that nobody hears it twice.
func (t try) outcome(now time.Time) delivered {
	c, m, to, refused, err := t.channel, t.message, t.to, t.refused, t.err
	out := delivered{state: c.ChannelState, tries: m.Tries + 1}
	again := now.Add(waitFor(err, m.Tries+1))
	if hopeless(m, err, now, again) {
		again = time.Time{}
	}
	if len(m.To) > 0 && len(refused) == len(to) {
		// It goes to others without them, so that is no failure of the channel.
		out.state.Refused = renewRefused(c.Refused, to, refused, now)
		if len(refused) > 0 && refused[0].Status/100 == 4 {
			out.until = again
		}
		return out
	}
	if err != nil {
		out.state.FailedAt, out.state.Problem = now, notDelivered(err, c)
		out.until = again
		return out
	}
	if len(to) > 0 || c.Kind != storage.ChannelEmail {
		out.state = storage.ChannelState{SentAt: now, Refused: renewRefused(c.Refused, to, refused, now)}
	}
	add := func(one string, due time.Time, tries int) {
		rest := m
		rest.Channel, rest.To, rest.Tries = c.Kind, []string{one}, tries
		out.later, out.dueAt = append(out.later, rest), append(out.dueAt, due)
	}
	for _, r := range refused {
		if r.Status/100 == 4 && !again.IsZero() {
			add(r.Address, now.Add(waitFor(nil, m.Tries+1)), m.Tries+1)
		}
	}
	for _, one := range t.later {
		add(one, now, 0)
	}
	return out
}

// waitFor is how long a message waits after a try that failed. If the channel does not
// work before a person has done something, the message is not tried often.
func waitFor(err error, tries int) time.Duration {
	e, ok := errors.AsType[*notify.Error](err)
	if ok && (e.Reason != "" || e.Step == notify.StepSignIn && e.Status/100 == 5) {
		return notifyLongest
	}
	wait := company.Backoff(tries, notifyFirst, notifyLongest)
	if ok {
		wait = max(wait, min(e.RetryAfter, notifyLongest))
	}
	return wait
}

// renewRefused gives all recipients who are refused, after a try that went to some: of
// those it tells the news, and of the others what was known.
func renewRefused(
	known []storage.RefusedRecipient, to []string, refused []notify.RefusedRecipient, now time.Time,
) []storage.RefusedRecipient {
	list := slices.Clone(known)
	list = slices.DeleteFunc(list, func(r storage.RefusedRecipient) bool { return slices.Contains(to, r.Address) })
	for _, r := range refused {
		list = append(list, storage.RefusedRecipient{Address: r.Address, Status: r.Status, Words: r.Words, At: now})
	}
	return list
}

// store keeps what became of a try in one transaction: the message, what goes to some
// recipients by itself, and how the channel works.
func (d delivered) store(tx *storage.Tx, kind string, m storage.Message) error {
	if err := tx.SetChannelState(kind, d.state); err != nil {
		return err
	}
	for i, rest := range d.later {
		if err := tx.AddMessageLater(rest, d.dueAt[i]); err != nil {
			return err
		}
	}
	if d.until.IsZero() {
		return tx.DropMessage(m)
	}
	m.Tries = d.tries
	return tx.Delay(m, d.until)
}

// deliver tries a message once; to are the recipients if it is mail. A Telegram chat
// that has got another id is written to there, and the channel is changed for good.
func (c *Center) deliver(
	ctx context.Context, ch *storage.Channel, m storage.Message, to []string,
) ([]notify.RefusedRecipient, error) {
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	settings, err := c.company(m.Alarm.Company)
	if err != nil && !errors.Is(err, storage.ErrNotFound) { // of a test, or deleted meanwhile
		return nil, err
	}
	text := c.message(ch.Lang, settings, m)
	sum := sha256.Sum256([]byte(m.ID()))
	out := notify.Message{ID: hex.EncodeToString(sum[:12]), Event: m.Kind, Cause: m.Alarm.Code,
		Company: m.Alarm.Company, Since: m.Alarm.Since, Subject: text.Subject, Text: text.Text, Link: text.Link}
	switch ch.Kind {
	case storage.ChannelEmail:
		return c.mail(ctx, *ch, out, to)
	case storage.ChannelTelegram:
		return nil, c.telegram(ctx, ch, out)
	case storage.ChannelMax:
		return nil, notify.Max{Base: ch.Address, Token: ch.Secret.Reveal(), Chat: ch.To,
			Transport: c.transport}.Send(ctx, out)
	}
	return nil, notify.Webhook{URL: ch.URL.Reveal(), Token: ch.Secret.Reveal(), UserAgent: c.shared.UserAgent(),
		Transport: c.transport}.Send(ctx, out)
}

// mail sends a message to the recipients by the channel's server. It gives those whom
// the server has refused, which is no failure of the others.
func (c *Center) mail(
	ctx context.Context, ch storage.Channel, out notify.Message, to []string,
) ([]notify.RefusedRecipient, error) {
	host, port, err := net.SplitHostPort(ch.Address)
	if err != nil {
		return nil, &notify.Error{Words: err.Error()}
	}
	n, _ := strconv.Atoi(port) // it was checked when it was stored
	mail := notify.Email{Host: host, Port: n, Security: ch.Security, User: ch.User, Password: ch.Secret.Reveal(),
		From: ch.From, To: to, Dial: c.dial}
	return mail.Send(ctx, out)
}

// telegram sends a message to the channel's chat. If the chat has moved it sends the
// message there once more.
func (c *Center) telegram(ctx context.Context, ch *storage.Channel, out notify.Message) error {
	transport, err := c.transportOf(*ch)
	if err != nil {
		return err
	}
	send := func() error {
		bot := notify.Telegram{Base: ch.Address, Token: ch.Secret.Reveal(), Chat: ch.To, Transport: transport}
		return bot.Send(ctx, out)
	}
	err = send()
	e, ok := errors.AsType[*notify.Error](err)
	if !ok || e.MovedTo == "" || e.MovedTo == ch.To {
		return err
	}
	if err := c.moveChat(ctx, *ch, e.MovedTo); err != nil {
		return err
	}
	ch.To = e.MovedTo
	return send()
}

// transportOf is what the channel's requests go through.
func (c *Center) transportOf(ch storage.Channel) (*http.Transport, error) {
	if ch.Proxy == "" {
		return c.transport, nil
	}
	proxy, err := url.Parse(ch.Proxy.Reveal())
	if err != nil {
		return nil, &notify.Error{}
	}
	transport := c.transport.Clone()
	transport.Proxy = http.ProxyURL(proxy)
	return transport, nil
}

// moveChat stores that a group has another id, as Telegram says when it becomes a
// supergroup, unless somebody has chosen another chat meanwhile.
func (c *Center) moveChat(ctx context.Context, old storage.Channel, id string) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	e := company.Entry(company.ByItself(ctx), storage.EntryNotify)
	e.Changes = []storage.Change{{Field: "notify.telegram.to", Old: old.To, New: id}}
	return c.shared.Store.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		ch, err := tx.Channel(old.Kind)
		if err != nil {
			return err
		}
		if ch.To != old.To {
			return nil
		}
		ch.To = id
		return errors.Join(tx.AddEntry(e), tx.PutChannel(ch))
	})
}

// What others say in their answers is shown to people and kept. It may repeat what we
// have sent, and with it a secret.

// leastSecret is how long a part of a URL has to be to be taken for a secret.
const leastSecret = 6

// hidden takes the secrets of a channel out of the words of others: an error page
// likes to repeat the path that was asked for.
func hidden(words string, c storage.Channel) string {
	secrets := []string{c.Secret.Reveal(), c.Proxy.Reveal(), c.URL.Reveal()}
	for _, text := range []string{c.Proxy.Reveal(), c.URL.Reveal()} {
		u, err := url.Parse(text)
		if err != nil {
			continue
		}
		password, _ := u.User.Password()
		parts := []string{u.RequestURI(), u.Path, u.RawQuery, u.Fragment, u.User.Username(), password}
		parts = append(parts, strings.Split(u.EscapedPath(), "/")...)
		parts = append(parts, strings.Split(u.Path, "/")...)
		for _, values := range u.Query() {
			parts = append(parts, values...)
		}
		for _, part := range parts {
			if len(part) >= leastSecret {
				secrets = append(secrets, part)
			}
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range secrets {
		if secret != "" {
			words = strings.ReplaceAll(words, secret, storage.Masked)
		}
	}
	return words
}
