package order

import (
	"context"
	"errors"
	"slices"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/hook"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// The shop's webhooks make statuses quick; nothing depends on them. One that is lost,
// forged or never registered costs the time until the feed is read again. So they are
// believed in nothing but that an order may have changed, and a registration that fails
// is told to people and tried again, and holds up nothing.
const (
	hookEvery   = 24 * time.Hour // how often the registration is looked after
	hookFirst   = time.Minute    // delays after failures
	hookLongest = time.Hour
	hookRemoval = 5 * time.Second
)

// HookTokens gives the tokens with which a company's shop may come in now: the
// current one and, for a day after a rotation, the one before. An unknown
// company has none.
func (d *Desk) HookTokens() []string { return hook.Tokens(d.company.Settings(), time.Now()) }

// Hooked takes a webhook of a shop about one of its orders. Nothing of it is
// believed but the id, because it carries no signature: the order is marked,
// and one read of the feed shows all that has changed, however many webhooks
// came. known tells whether the order is one of ours.
//
// The read is asked for first, and does not wait until the mark is on the disk. A crash in
// between loses a hint, which the pass at the next start makes good; and a mark that came
// to stand behind its read costs one request for the order.
func (d *Desk) Hooked(ctx context.Context, id int64) (known bool, err error) {
	c, now := d.company.Settings(), time.Now()
	d.mu.Lock()
	read := d.feed.lastRead
	d.mu.Unlock()
	d.tick()
	err = d.company.Store.Update(ctx, func(tx *storage.Tx) error {
		known = false
		o, err := tx.OrderByInSalesID(c.ID, c.AccountID, id)
		if errors.Is(err, storage.ErrNotFound) {
			return nil // not ours, or its create is not answered yet: the read will tell
		}
		if err != nil {
			return err
		}
		known = true
		marked := !o.TouchedAt.IsZero()
		if marked && !o.TouchedAt.Before(read) {
			return nil
		}
		// A read that has begun since the last mark may not show this change.
		o.TouchedAt = now
		if marked {
			return put(tx, &o)
		}
		return put(tx, &o, storage.Event{At: o.TouchedAt, Kind: storage.EventHook})
	})
	return known, err
}

// A hookState is what is remembered of the registration.
type hookState struct {
	url     string    // that was registered; "" = none is
	at      time.Time // when that was looked after last; zero = not in this life
	tries   int       // failures in a row
	retryAt time.Time // after a failure: not again before, whatever wakes
}

// hookDue is the step that looks after the registration of our webhooks: made
// when order sync is enabled, renewed when the URL changes, looked after
// once a day, removed when order sync is disabled.
func (d *Desk) hookDue(ctx context.Context) time.Duration {
	c := d.company.Settings()
	url := ""
	if c.Orders.Enabled && !c.Sealed {
		url = hook.URL(d.company.Config.PublicURL, c)
	}
	d.mu.Lock()
	done, works := d.hooks, !d.trouble.stops() && d.feed.complete
	d.mu.Unlock()
	switch {
	case url == "" && len(c.Hooks.IDs) == 0:
		d.noHooks(ctx, c)
		return company.Idle
	case url != "" && !works:
		return company.Idle // woken by the read that succeeds
	case done.tries == 0 && done.url == url && time.Since(done.at) < hookEvery && !done.at.IsZero():
		return hookEvery - time.Since(done.at)
	case time.Until(done.retryAt) > 0:
		return time.Until(done.retryAt)
	}
	err := d.syncHooks(ctx, url)
	if ctx.Err() != nil {
		return company.Idle
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.company.Settings().Shop != c.Shop {
		return 0 // it was another shop's list
	}
	if err == nil {
		d.hooks = hookState{url: url, at: time.Now()}
		return hookEvery
	}
	d.hooks.tries++
	wait := company.Backoff(d.hooks.tries, hookFirst, hookLongest)
	d.hooks.at, d.hooks.retryAt = time.Now(), time.Now().Add(wait)
	d.company.Log.Warn("webhooks of the shop not registered", "err", err, "tries", d.hooks.tries)
	return wait
}

// RetryHooks lets a registration that has failed be tried again at once.
func (d *Desk) RetryHooks() {
	d.mu.Lock()
	d.hooks.retryAt = time.Time{}
	d.mu.Unlock()
	d.hooker.Wake()
}

// noHooks says what it means that no webhook is wanted: nothing, unless order
// sync is on and only the public URL is missing.
func (d *Desk) noHooks(ctx context.Context, c storage.Company) {
	var note *storage.Problem
	if c.Orders.Enabled && d.company.Config.PublicURL == "" {
		note = &storage.Problem{Code: problem.HooksNoURL}
	}
	d.setHookFault(ctx, note)
}

func (d *Desk) setHookFault(ctx context.Context, p *storage.Problem) {
	c := d.company.Settings()
	if (p == nil) == (c.HookFault == nil) && (p == nil || p.Equal(*c.HookFault)) {
		return
	}
	d.company.Learn(ctx, func(c *storage.Company) { c.HookFault = p })
}

// syncHooks brings the shop's list of webhooks in line: of ours one for each
// topic at the URL, none without one; those of others are never touched.
func (d *Desk) syncHooks(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, company.PersonWaits)
	defer cancel()
	c, shop := d.company.Snapshot()
	ids, other, err := hook.Align(ctx, shop, d.company.Config.PublicURL, c, url)
	if err != nil { // those that could not be removed are still ours
		ids = append(ids, c.Hooks.IDs...)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	if !slices.Equal(ids, c.Hooks.IDs) {
		d.company.LearnOf(ctx, c.Shop, func(c *storage.Company) { c.Hooks.IDs = ids })
	}
	if err != nil {
		if url != "" {
			d.setHookFault(ctx, hook.Fault(err))
		}
		return err
	}
	var note *storage.Problem
	if other != "" {
		note = &storage.Problem{Code: problem.OtherConnector, Args: map[string]string{"host": other}}
	}
	d.setHookFault(ctx, note)
	return nil
}

// ForgetHooks removes a company's webhooks from the shop it is about to leave,
// as far as that shop can be reached: what stays is answered with 404.
func (d *Desk) ForgetHooks(ctx context.Context) {
	c, shop := d.company.Snapshot()
	if len(c.Hooks.IDs) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, hookRemoval)
	defer cancel()
	if _, _, err := hook.Align(ctx, shop, d.company.Config.PublicURL, c, ""); err != nil {
		d.company.Log.Warn("webhooks not removed from the shop", "err", err)
	}
}
