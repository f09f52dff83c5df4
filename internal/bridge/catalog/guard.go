package catalog

import (
	"context"
	"strconv"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// The guard withholds what looks like an accident rather than a merchant's
// decision: a reading that ended early, a shop that suddenly shows nothing, an
// exchange that has zeroed all stock or all prices for ten minutes.
//
// It judges a run when everything was read, and by two questions. Was the reading
// whole? A complete reading has to have met as many products as the shop counts, but
// for a few (shortfall), and a reading of changes has to show what we know of
// (evidence.go). If it was not, the run is incomplete, and nothing is removed. What
// would the run take? That is its impact: products that would disappear, products
// that are held because less of them could be bought, and categories. If the products
// are more than a few and more than a share of what the chat shows, the run is
// blocked: neither are products removed nor is what is held released, while
// everything else goes on. Categories are judged where the tree is planned
// (category.go), and kept.
//
// What is withheld stands in Catalog.Guard, where people are alarmed by it, until a
// healthy reading lifts it or a person confirms it. A person allows numbers, not
// products (Catalog.Allowed): as many removals, holds, categories and unread products
// as were withheld. What is allowed may grow by a little until it happens, because
// the shop goes on changing, and each run that ends takes off what has happened or
// threatens no more (spend), so that one confirmation never covers a second accident.
const (
	guardItems   = 5  // a loss of so few is never an accident
	guardPercent = 30 // of what the chat shows
)

// suspicious reports whether that much of so much looks like an accident.
func suspicious(impact, all int) bool {
	return impact > guardItems && impact*100 > all*guardPercent
}

// exceeds reports whether the impact is more than a person has allowed. What was
// allowed goes on in several runs, and the shop goes on changing meanwhile.
func exceeds(impact, allowed int) bool {
	return impact > allowed+max(guardItems, allowed/10) || allowed == 0
}

// over reports whether the impact of one kind is neither what a person has allowed
// of it nor, where nothing was allowed, so little that it needs nobody.
func over(impact, allowed, visible int) bool {
	if allowed == 0 {
		return suspicious(impact, visible)
	}
	return exceeds(impact, allowed)
}

// judgeRun looks at the run as a whole, once everything was read: whether the
// reading was whole, and whether what it would take can be believed. Only a complete
// reading that is believed makes suspects of the products that it has not met.
func (s *syncing) judgeRun(ctx context.Context) error {
	unread := 0
	if !s.run.Everything {
		n, again, err := s.recount(ctx)
		if err != nil || again {
			return err
		}
		unread = n
	}
	if s.run.Everything {
		shop, permit, err := s.ask(ctx)
		if err != nil {
			return err
		}
		count, err := shop.CountProducts(ctx, permit, time.Time{})
		if err != nil {
			return err
		}
		unread = shortfall(s.run.Seen, int(count))
	}
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		k, err := tx.Catalog(run.Company)
		if err != nil {
			return err
		}
		run.Judged, run.Unread = true, unread
		run.Incomplete = unread > 0 && exceeds(unread, k.Allowed.Unread)
		if run.Everything && !run.Incomplete {
			if err := tx.LoseUnseen(run.Company, run.Reading, time.Now()); err != nil {
				return err
			}
		}
		return decide(tx, run, time.Now())
	})
}

// shortfall is how many products fewer were read than the shop says it has. A
// few may have been deleted in between: these are none. What the count takes in
// is not documented (that it is what the list gives is inferred), so that a
// person can say that a difference is right.
func shortfall(seen, count int) int {
	if count-seen > guardItems && seen*100 < count*99 {
		return count - seen
	}
	return 0
}

// decide opens or shuts the guard for this run, and says so in the catalog's state,
// where a healthy reading lifts the alarm. A reading of changes cannot tell whether
// products that a complete reading did not get are there: what that has said stands
// until the next complete one. A complete reading that has met nothing at all is odd
// even if the chat shows only a few products.
func decide(tx *storage.Tx, run *storage.CatalogRun, now time.Time) error {
	impact, err := tx.Impact(run.Company)
	if err != nil {
		return err
	}
	k, err := tx.Catalog(run.Company)
	if err != nil {
		return err
	}
	impact.Categories = run.KeptCategories
	changes := false
	switch {
	case !run.Everything && k.Guard != nil && k.Guard.Unread > 0 && !k.Guard.Changes:
		impact.Unread = k.Guard.Unread // only a complete reading tells
	case run.Incomplete:
		impact.Unread, changes = run.Unread, !run.Everything
	}
	empty := run.Everything && run.Seen == 0 && impact.Removed > 0
	visible, odd := 0, empty
	if impact.Products() > guardItems || empty || run.Incomplete {
		if visible, err = tx.VisibleProducts(run.Company); err != nil {
			return err
		}
		odd = odd || suspicious(impact.Products(), visible)
	}
	run.Blocked = odd && (k.Allowed.Products() == 0 ||
		over(impact.Removed, k.Allowed.Removed, visible) || over(impact.Held, k.Allowed.Held, visible))
	run.Withheld = 0
	if run.Blocked {
		run.Withheld = impact.Products()
	}
	if !run.Blocked {
		impact.Removed, impact.Held = 0, 0
	}
	k.Guard = nil
	switch {
	case impact != storage.Impact{}:
		k.Guard = &storage.Guard{Impact: impact, At: now, Visible: visible, Changes: changes}
	case !odd:
		k.Allowed = storage.Impact{Unread: k.Allowed.Unread}
	}
	return tx.PutCatalog(k)
}

// spend takes off what a person has allowed all that has happened since or
// threatens no more: what comes later is another accident.
func spend(tx *storage.Tx, run *storage.CatalogRun, k *storage.Catalog) error {
	left, err := tx.Impact(run.Company)
	k.Allowed.Removed, k.Allowed.Held = min(k.Allowed.Removed, left.Removed), min(k.Allowed.Held, left.Held)
	k.Allowed.Categories = min(k.Allowed.Categories, run.KeptCategories)
	if run.Everything { // a count that goes on to differ is no other accident
		k.Allowed.Unread = min(k.Allowed.Unread, run.Unread)
	}
	return err
}

// ConfirmGuard lets happen what the guard withholds, once, and begins a run for
// it. It is refused if nothing is withheld that a person could allow.
func (s *Syncer) ConfirmGuard(ctx context.Context, by string) (storage.Guard, error) {
	var guard storage.Guard
	err := s.company.Store.Update(ctx, func(tx *storage.Tx) error {
		k, err := tx.Catalog(s.company.ID)
		if err != nil {
			return err
		}
		if k.Guard == nil {
			return problem.Refuse(problem.RefusedNothingWithheld)
		}
		guard = *k.Guard
		before := k.Allowed.Unread
		k.Allowed, k.Guard = guard.Impact, nil
		k.Allowed.Unread = max(k.Allowed.Unread, before)
		k.NextAt, k.RetryAt = time.Now(), time.Time{}
		switch {
		case guard.Removed > maxRechecks || !k.Complete: // one by one it would take many runs
			k.Want, k.WantCause = storage.WantFull, storage.CausePerson
		case guard.Unread > 0 && k.Want == storage.WantNothing:
			k.Want, k.WantCause = storage.WantEverything, storage.CausePerson
		}
		entry := company.OfCompany(ctx, storage.EntryAllowed, s.company.ID, allowedChanges(guard.Impact)...)
		if err := tx.AddEntry(entry); err != nil {
			return err
		}
		return tx.PutCatalog(k)
	})
	if err != nil {
		return guard, err
	}
	s.company.Log.Info("withheld part of the catalog confirmed", "by", storage.ActorKind(by), "removed", guard.Removed,
		"held", guard.Held, "categories", guard.Categories)
	s.retryCatalog()
	return guard, nil
}

// allowedChanges is what a person has allowed, as the journal has it.
func allowedChanges(h storage.Impact) []storage.Change {
	var list []storage.Change
	for _, one := range []struct {
		field string
		n     int
	}{{"removed", h.Removed}, {"held", h.Held}, {"categories", h.Categories}, {"unread", h.Unread}} {
		if one.n > 0 {
			list = append(list, storage.Change{Field: "catalog." + one.field, New: strconv.Itoa(one.n)})
		}
	}
	return list
}

// GuardProblem says in a code what is withheld and why.
func GuardProblem(g storage.Guard) storage.Problem {
	if g.Products() == 0 && g.Categories == 0 {
		return problem.Of(problem.CatalogIncomplete, "unread", strconv.Itoa(g.Unread))
	}
	return problem.Of(problem.CatalogWithheld, "removed", strconv.Itoa(g.Removed), "held", strconv.Itoa(g.Held),
		"categories", strconv.Itoa(g.Categories), "unread", strconv.Itoa(g.Unread), "visible", strconv.Itoa(g.Visible))
}
