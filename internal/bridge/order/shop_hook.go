package order

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// hookPath is where the shop's webhooks come in, below the public URL; company
// and token follow.
const hookPath = "/webhooks/insales/"

const (
	hookEvery   = 24 * time.Hour // how often the registration is looked after
	hookFirst   = time.Minute    // delays after failures
	hookLongest = time.Hour
	oldToken    = 24 * time.Hour // a rotated token stays valid so long
	hookRemoval = 5 * time.Second
)

// hookTopics are the webhooks that we want.
func hookTopics() []string { return []string{insales.TopicOrderUpdate, insales.TopicOrderDestroy} }

// HookTokens gives the tokens with which a company's shop may come in now: the
// current one and, for a day after a rotation, the one before. An unknown
// company has none.
func (d *Desk) HookTokens() []string {
	c := d.company.Settings()
	list := []string{c.Hooks.Token.Reveal()}
	if time.Now().Before(c.Hooks.OldUntil) {
		list = append(list, c.Hooks.Old.Reveal())
	}
	return list
}

// Hooked takes a webhook of a shop about one of its orders. Nothing of it is
// believed but the id, because it carries no signature: the order is marked,
// and one read of the feed shows all that has changed, however many webhooks
// came. known tells whether the order is one of ours.
func (d *Desk) Hooked(ctx context.Context, id int64) (known bool, err error) {
	c := d.company.Settings()
	d.mu.Lock()
	read := d.feed.lastRead
	d.mu.Unlock()
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
		o.TouchedAt = time.Now()
		if marked {
			return put(tx, &o)
		}
		return put(tx, &o, storage.Event{At: o.TouchedAt, Kind: storage.EventHook})
	})
	d.tick()
	return known, err
}

// HookAddress is where this company's shop is to post its webhooks; "" if we
// cannot be reached.
func HookAddress(publicURL string, c storage.Company) string {
	if publicURL == "" || c.Hooks.Token == "" {
		return ""
	}
	return publicURL + hookPath + c.ID + "/" + c.Hooks.Token.Reveal()
}

// A hookState is what is remembered of the registration.
type hookState struct {
	address string    // that was registered; "" = none is
	at      time.Time // when that was looked after last; zero = not in this life
	tries   int       // failures in a row
	retryAt time.Time // after a failure: not again before, whatever wakes
}

// hookDue is the step that looks after the registration of our webhooks: made
// when order sync is enabled, renewed when the address changes, looked after
// once a day, removed when order sync is disabled.
func (d *Desk) hookDue(ctx context.Context) time.Duration {
	c := d.company.Settings()
	address := ""
	if c.Orders.Enabled && !c.Sealed {
		address = HookAddress(d.company.Config.PublicURL, c)
	}
	d.mu.Lock()
	done, works := d.hooks, !d.trouble.stops() && d.feed.complete
	d.mu.Unlock()
	switch {
	case address == "" && len(c.Hooks.IDs) == 0:
		d.noHooks(ctx, c)
		return company.Idle
	case address != "" && !works:
		return company.Idle // woken by the read that succeeds
	case done.tries == 0 && done.address == address && time.Since(done.at) < hookEvery && !done.at.IsZero():
		return hookEvery - time.Since(done.at)
	case time.Until(done.retryAt) > 0:
		return time.Until(done.retryAt)
	}
	err := d.syncHooks(ctx, address)
	if ctx.Err() != nil {
		return company.Idle
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.company.Settings().Shop != c.Shop {
		return 0 // it was another shop's list
	}
	if err == nil {
		d.hooks = hookState{address: address, at: time.Now()}
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
// topic at the address, none without one; those of others are never touched.
func (d *Desk) syncHooks(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, company.PersonWaits)
	defer cancel()
	c, shop := d.company.Snapshot()
	ids, other, err := d.alignHooks(ctx, shop, c, address)
	if err != nil { // those that could not be removed are still ours
		ids = append(ids, c.Hooks.IDs...)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	if !slices.Equal(ids, c.Hooks.IDs) {
		d.company.LearnOf(ctx, c.Shop, func(c *storage.Company) { c.Hooks.IDs = ids })
	}
	if err != nil {
		if address != "" {
			d.setHookFault(ctx, hookFault(err))
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

// hookFault says why webhooks could not be registered.
func hookFault(err error) *storage.Problem {
	if problem.Forbidden(err) {
		return &storage.Problem{Code: problem.HooksNoRight}
	}
	return &storage.Problem{Code: problem.HooksFailing,
		Args: map[string]string{"status": strconv.Itoa(problem.ShopStatus(err))}}
}

// alignHooks removes our strays and makes what is missing. It gives the ids of
// ours, and the host of another connector that is registered for the same
// company, if there is one.
func (d *Desk) alignHooks(
	ctx context.Context, shop *insales.Client, c storage.Company, address string,
) (ids []int64, other string, err error) {
	list, err := company.Ask(ctx, shop, insales.Rereading, shop.Hooks)
	if err != nil {
		return nil, "", err
	}
	if list, err = withUnlisted(ctx, shop, c.Hooks.IDs, list); err != nil {
		return nil, "", err
	}
	v := ViewHooks(d.company.Config.PublicURL, c, list, address)
	// One that the shop fails on must not keep the others from being seen to.
	var failed error
	for _, h := range v.strays {
		if err := d.dropHook(ctx, shop, h.ID); err != nil {
			failed = errors.Join(failed, err)
		}
		if problem.Certain(failed) {
			return nil, "", failed
		}
	}
	for _, topic := range v.Missing {
		h, err := company.Ask(ctx, shop, insales.Rereading,
			func(ctx context.Context, p *insales.Permit) (insales.Hook, error) {
				return shop.CreateHook(ctx, p, address, topic)
			})
		if problem.Certain(err) {
			return nil, "", err
		}
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		v.ids = append(v.ids, h.ID)
	}
	slices.Sort(v.ids)
	return v.ids, v.Other, failed
}

// withUnlisted adds to a shop's list those of our webhooks that it does not show
// and that are there when they are asked for: believing the list, we would make
// them again, or forget to remove them.
func withUnlisted(
	ctx context.Context, shop *insales.Client, ours []int64, list []insales.Hook,
) ([]insales.Hook, error) {
	for _, id := range ours {
		if slices.ContainsFunc(list, func(h insales.Hook) bool { return h.ID == id }) {
			continue
		}
		h, err := company.Ask(ctx, shop, insales.Rereading,
			func(ctx context.Context, p *insales.Permit) (insales.Hook, error) { return shop.Hook(ctx, p, id) })
		switch {
		case err == nil && h.ID == id:
			list = append(list, h)
		case err != nil && !problem.NotThere(err):
			return nil, err
		}
	}
	return list, nil
}

// A HookView is what a shop's list of webhooks means for one company.
type HookView struct {
	ids     []int64        // ours that are as they should be
	Missing []string       // topics that are not registered and should be
	strays  []insales.Hook // ours that should not be there
	Other   string         // host of another connector for the same company; "" = none
}

// ViewHooks sorts a shop's webhooks: of ours there is to be one for each topic
// at the address, and none without one.
func ViewHooks(publicURL string, c storage.Company, list []insales.Hook, address string) HookView {
	var v HookView
	if address != "" {
		v.Missing = hookTopics()
	}
	for _, h := range list {
		i := slices.Index(v.Missing, h.Topic)
		switch {
		case i >= 0 && h.Ours(address, h.Topic):
			v.Missing = slices.Delete(v.Missing, i, i+1)
			v.ids = append(v.ids, h.ID)
		case ourHook(publicURL, c, h):
			v.strays = append(v.strays, h)
		default:
			v.Other = cmpOtherHost(v.Other, c, h)
		}
	}
	return v
}

// ourHook reports whether a webhook is ours: one whose id we stored, or one at
// our own host below this company's path.
func ourHook(publicURL string, c storage.Company, h insales.Hook) bool {
	if slices.Contains(c.Hooks.IDs, h.ID) {
		return true
	}
	u, ok := weburl.Parse(h.Address)
	ours, public := weburl.Parse(publicURL)
	return ok && public && u.Host() == ours.Host() &&
		strings.HasPrefix(u.Path, strings.TrimRight(ours.Path, "/")+hookPath+c.ID+"/")
}

// cmpOtherHost gives the host of a webhook that looks like another connector's
// for the same company, or what was found before.
func cmpOtherHost(found string, c storage.Company, h insales.Hook) string {
	u, ok := weburl.Parse(h.Address)
	if found == "" && ok && strings.Contains(u.Path, hookPath+c.ID+"/") {
		return u.Host()
	}
	return found
}

// dropHook removes a webhook; one that is not there is removed.
func (d *Desk) dropHook(ctx context.Context, shop *insales.Client, id int64) error {
	_, err := company.Ask(ctx, shop, insales.Rereading, func(ctx context.Context, p *insales.Permit) (struct{}, error) {
		return struct{}{}, shop.DeleteHook(ctx, p, id)
	})
	if problem.NotThere(err) {
		return nil
	}
	return err
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
	if _, _, err := d.alignHooks(ctx, shop, c, ""); err != nil {
		d.company.Log.Warn("webhooks not removed from the shop", "err", err)
	}
}

// RenewHookToken gives the shop's webhooks another token; the one before stays
// valid for a day.
func RenewHookToken(c *storage.Company, fresh storage.Secret) {
	c.Hooks.Old, c.Hooks.OldUntil = c.Hooks.Token, time.Now().Add(oldToken)
	c.Hooks.Token = fresh
}
