package bridge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/order/hook"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// Saved is what a save has done.
type Saved struct {
	Company storage.Company // as stored
	Made    storage.Chat    // secrets and token made by this save, to be shown once
	Stored  bool
	Created bool

	Unasked *storage.Problem // why SaveAsking could not ask the shop; nil = it has answered, or need not
}

// Companies gives all companies, by id.
func (b *Bridge) Companies(context.Context) ([]storage.Company, error) {
	list := []storage.Company{}
	for _, w := range b.all() {
		c := w.Settings()
		list = append(list, c)
	}
	return list, nil
}

// Company gives one company from memory.
func (b *Bridge) Company(_ context.Context, id string) (storage.Company, error) {
	w, err := b.member(id)
	if err != nil {
		return storage.Company{}, err
	}
	c := w.Settings()
	return c, nil
}

// SaveCompany stores settings. Empty or masked secrets mean "keep"; chat
// secrets that there are none of to keep are made. If order sync is being
// switched on, the shop is asked first, and when it does not agree the
// settings are stored with the switch off; likewise the catalog. An *Invalid with Stored false means
// that nothing was stored. With a Version they are stored only if it is still the
// stored one; else nothing is, and nobody is asked.
func (b *Bridge) SaveCompany(ctx context.Context, c storage.Company) (Saved, error) {
	nobody := func(context.Context, *company.Shared, *storage.Company, *problem.Invalid) *storage.Problem {
		return nil
	}
	return b.save(ctx, c, manner{ask: nobody})
}

// SaveAsking is SaveCompany for a person who waits: where the access to the shop is new, the
// shop is asked first. Nothing is stored if it does not take the key; if it does not answer
// just now, the settings are stored all the same. Settings without a Version are those of a new
// company: where there is one by now, nothing is stored.
func (b *Bridge) SaveAsking(ctx context.Context, c storage.Company) (Saved, error) {
	return b.save(ctx, c, manner{ask: check.Key, byVersion: true})
}

// A manner is how settings are saved.
type manner struct {
	ask       asker
	byVersion bool // without a Version there must be none
}

// An asker asks a shop before its access is stored, as check.Key does.
type asker func(context.Context, *company.Shared, *storage.Company, *problem.Invalid) *storage.Problem

func (b *Bridge) save(ctx context.Context, c storage.Company, how manner) (Saved, error) {
	b.saving.Lock()
	defer b.saving.Unlock()
	c = c.Clone()
	old, err := b.Company(ctx, c.ID)
	created := errors.Is(err, storage.ErrNotFound)
	if err != nil && !created {
		return Saved{}, err
	}
	if (how.byVersion || c.Version != 0) && c.Version != old.Version {
		return Saved{}, problem.Refuse(problem.RefusedCompanyExists)
	}
	made, bad := b.faults(&c, old)
	var unasked *storage.Problem
	if len(bad.Fields) == 0 && c.Shop != old.Shop {
		unasked = how.ask(ctx, b.shared, &c, bad)
	}
	if err := bad.Err(); err != nil {
		return Saved{}, err
	}
	if w, err := b.member(c.ID); err == nil && old.Shop != c.Shop {
		w.desk.ForgetHooks(ctx)
	}
	asked := c.Orders.Enabled && !old.Orders.Enabled
	if asked {
		check.Enable(ctx, b.shared, &c, bad)
	}
	if c.Catalog.Enabled && !old.Catalog.Enabled {
		catalog.Enable(ctx, b.shared, &c, bad)
	}
	what := storage.EntryChanged
	if created {
		what = storage.EntryCreated
	}
	now, err := b.rewrite(ctx, c.ID, company.OfCompany(ctx, what, c.ID, company.ChangesOf(old, c)...),
		func(tx *storage.Tx, now *storage.Company) error {
			takeOver(now, c, asked)
			if created {
				return nil
			}
			if err := order.FitReports(tx, old, *now, now.UpdatedAt); err != nil {
				return err
			}
			return catalog.FitState(b.shared, tx, old, *now, now.UpdatedAt)
		})
	if err != nil {
		return Saved{}, err
	}
	return Saved{Company: now, Made: made, Stored: true, Created: created, Unasked: unasked}, bad.Err()
}

// PauseCompany lets a company's orders wait, and changes nothing else. One that is
// paused already is left as it is.
func (b *Bridge) PauseCompany(ctx context.Context, id string) (storage.Company, error) {
	return b.setPaused(ctx, id, true)
}

// ResumeCompany takes PauseCompany back.
func (b *Bridge) ResumeCompany(ctx context.Context, id string) (storage.Company, error) {
	return b.setPaused(ctx, id, false)
}

func (b *Bridge) setPaused(ctx context.Context, id string, paused bool) (storage.Company, error) {
	b.saving.Lock()
	defer b.saving.Unlock()
	c, err := b.Company(ctx, id)
	switch {
	case err != nil:
		return c, err
	case c.Sealed:
		return c, fmt.Errorf("company %s: %w", id, storage.ErrSealed)
	case c.Orders.Paused == paused:
		return c, nil
	}
	change := storage.Change{Field: "orders.paused", Old: strconv.FormatBool(!paused), New: strconv.FormatBool(paused)}
	return b.rewrite(ctx, id, company.OfCompany(ctx, storage.EntryChanged, id, change),
		func(_ *storage.Tx, c *storage.Company) error {
			c.Orders.Paused = paused
			return nil
		})
}

// takeOver puts settings into a company as it is stored. What the rooms have
// learnt of it while the shop was asked, which takes seconds, stays. asked tells
// that the settings were made with what the shop had to say of its deliveries.
func takeOver(now *storage.Company, c storage.Company, asked bool) {
	if now.Shop != c.Shop {
		now.Hooks.IDs = nil
	}
	if now.Hooks.Token == "" {
		now.Hooks.Token = storage.Secret(ineedchat.NewToken())
	}
	if c.Chat.CatalogWay() == storage.CatalogFeed && now.FeedAddress.Token == "" {
		company.RenewFeedToken(now, storage.Secret(ineedchat.NewToken()), time.Now())
	}
	if weburl.OriginOf(now.Shop.URL) != weburl.OriginOf(c.Shop.URL) {
		now.Learnt.Probed = nil // it was found at that shop; another key of it changes nothing
	}
	now.AccountID = cmp.Or(now.AccountID, c.AccountID)
	if asked {
		now.Learnt.Pickups, now.Learnt.PaidTill = c.Learnt.Pickups, c.Learnt.PaidTill
	}
	now.Name, now.Shop, now.Chat, now.Orders, now.Catalog = c.Name, c.Shop, c.Chat, c.Orders, c.Catalog
	now.ChatFault, now.CatalogFault = nil, nil // the chat is tried again
	now.Sealed = false
}

// rewrite changes a company as a person wants it, together with what the journal
// says of it, and hands it to its rooms, which learn nothing meanwhile. An
// entry that tells of no change is not worth a line. The change may be called
// several times.
func (b *Bridge) rewrite(ctx context.Context, id string, e storage.Entry,
	change func(*storage.Tx, *storage.Company) error) (storage.Company, error) {
	if m, err := b.member(id); err == nil {
		defer m.LockLearning()()
	}
	var c storage.Company
	err := b.store.Update(ctx, func(tx *storage.Tx) (err error) {
		c, err = tx.Company(id)
		if errors.Is(err, storage.ErrNotFound) {
			c, err = storage.Company{ID: id}, nil
		}
		c.Version, c.UpdatedAt = c.Version+1, time.Now()
		if err == nil && len(e.Changes) > 0 {
			err = tx.AddEntry(e)
		}
		if err == nil {
			err = change(tx, &c)
		}
		if err != nil {
			return err
		}
		return tx.PutCompany(&c)
	})
	if err == nil {
		b.install(c)
	}
	return c, err
}

// install hands stored settings to the company's rooms.
func (b *Bridge) install(c storage.Company) {
	w, err := b.member(c.ID)
	if err != nil {
		w = b.newMember(c)
		b.mu.Lock()
		b.members[c.ID] = w
		if b.run != nil {
			w.Launch(b.run, &b.wg)
		}
		b.mu.Unlock()
		return
	}
	w.changed(c)
	w.WakeAll()
}

// faults makes settings whole and tells all that is wrong with them.
func (b *Bridge) faults(c *storage.Company, old storage.Company) (made storage.Chat, bad *problem.Invalid) {
	bad = &problem.Invalid{}
	b.shared.Tidy(c, old, bad)
	order.Tidy(&c.Orders)
	catalog.Tidy(&c.Catalog)
	made = b.shared.Merge(c, old, bad)
	b.validate(*c, bad)
	if old.ID == "" && slices.Contains(TakenIDs(), c.ID) {
		bad.Add("id", problem.FieldTaken, "id", c.ID)
	}
	return made, bad
}

// TakenIDs are ids that no new company can have: words that stand in addresses of
// the panel where a company's id would, so that its own page could not be reached.
// A test of package handlers holds this against all routes.
func TakenIDs() []string { return []string{"new"} }

// FreeID gives the next number that no company has, and none had whose orders are still
// known: they would be taken for those of the new one.
func (b *Bridge) FreeID(ctx context.Context) (string, error) {
	for n := 1; ; n++ {
		id := strconv.Itoa(n)
		if _, err := b.member(id); err == nil {
			continue
		}
		sum, err := b.store.Summary(ctx, id)
		if err != nil || sum.Last.IsZero() {
			return id, err
		}
	}
}

// Differs reports whether settings that somebody is about to save are others than
// the stored ones.
func (b *Bridge) Differs(ctx context.Context, c storage.Company) (bool, error) {
	old, err := b.Company(ctx, c.ID)
	if err != nil {
		return false, err
	}
	c = c.Clone()
	b.faults(&c, old)
	return len(company.ChangesOf(old, c)) > 0, nil
}

// Faults tells what is wrong with settings that somebody is about to save.
func (b *Bridge) Faults(ctx context.Context, c storage.Company) (*problem.Invalid, error) {
	old, err := b.Company(ctx, c.ID)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	c = c.Clone()
	_, bad := b.faults(&c, old)
	return bad, nil
}

// validate checks what can be known without the shop.
func (b *Bridge) validate(c storage.Company, bad *problem.Invalid) {
	company.ValidateAccess(c, bad)
	order.Validate(c.Orders, bad)
	catalog.Validate(c, bad)
	if (c.Orders.Enabled || catalog.NeedsChat(c)) && b.shared.ChatURL(c) == "" {
		bad.Add("chat.url", problem.FieldRequired)
	}
}

// RotateSecret makes a new first chat secret and gives it once. The one before
// stays valid until the next rotation.
func (b *Bridge) RotateSecret(ctx context.Context, id string) (storage.Secret, error) {
	b.saving.Lock()
	defer b.saving.Unlock()
	c, err := b.Company(ctx, id)
	if err != nil {
		return "", err
	}
	if c.Sealed {
		return "", fmt.Errorf("company %s: %w", id, storage.ErrSealed)
	}
	fresh := company.NewSecret(c.Chat.Auth)
	rotated := company.OfCompany(ctx, storage.EntryRotated, id,
		storage.Change{Field: "chat.secrets", New: company.SecretChanged})
	_, err = b.rewrite(ctx, id, rotated, func(_ *storage.Tx, c *storage.Company) error {
		c.Chat.Secrets = append([]storage.Secret{fresh}, c.Chat.Secrets...)
		c.Chat.Secrets = c.Chat.Secrets[:min(len(c.Chat.Secrets), 2)]
		c.ChatFault, c.CatalogFault = nil, nil // what signs our requests has changed: the chat is tried again
		return nil
	})
	return fresh, err
}

// RotateHookToken gives the shop's webhooks another address. They are
// registered anew; the old address stays valid for a day.
func (b *Bridge) RotateHookToken(ctx context.Context, id string) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	if _, err := b.member(id); err != nil {
		return err
	}
	rotated := company.OfCompany(ctx, storage.EntryRotated, id,
		storage.Change{Field: "insales_webhooks", New: company.SecretChanged})
	fresh := storage.Secret(ineedchat.NewToken())
	_, err := b.rewrite(ctx, id, rotated, func(_ *storage.Tx, c *storage.Company) error {
		if c.Sealed {
			return fmt.Errorf("company %s: %w", id, storage.ErrSealed)
		}
		hook.RenewToken(c, fresh)
		return nil
	})
	return err
}

// RotateFeedToken gives a company's catalog feed another address. The old one stays valid
// for a day. It is refused where the catalog is no feed.
func (b *Bridge) RotateFeedToken(ctx context.Context, id string) (storage.Company, error) {
	b.saving.Lock()
	defer b.saving.Unlock()
	c, err := b.Company(ctx, id)
	switch {
	case err != nil:
		return c, err
	case c.Sealed:
		return c, fmt.Errorf("company %s: %w", id, storage.ErrSealed)
	case c.Chat.CatalogWay() != storage.CatalogFeed:
		return c, problem.Refuse(problem.RefusedNoFeed)
	}
	rotated := company.OfCompany(ctx, storage.EntryRotated, id,
		storage.Change{Field: "catalog.feed_url", New: company.SecretChanged})
	fresh := storage.Secret(ineedchat.NewToken())
	return b.rewrite(ctx, id, rotated, func(_ *storage.Tx, c *storage.Company) error {
		company.RenewFeedToken(c, fresh, time.Now())
		return nil
	})
}
