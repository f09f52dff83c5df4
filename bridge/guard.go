package bridge

import (
	"context"
	"strconv"
	"time"

	"ineed-insales/storage"
)

// The guard withholds what looks like an accident rather than a merchant's
// decision: a reading that ended early, a shop that suddenly shows nothing, an
// exchange that has zeroed all stock or all prices for ten minutes.
const (
	guardItems   = 5  // harm to so few is never an accident
	guardPercent = 30 // of what the chat shows
)

// suspicious reports whether that much harm of so much looks like an accident.
func suspicious(harm, all int) bool {
	return harm > guardItems && harm*100 > all*guardPercent
}

// exceeds reports whether harm is more than a person has allowed. What was
// allowed goes on in several runs, and the shop goes on changing meanwhile.
func exceeds(harm, allowed int) bool {
	return harm > allowed+max(guardItems, allowed/10) || allowed == 0
}

// over reports whether harm of one kind is neither what a person has allowed
// of it nor, where nothing was allowed, so little that it needs nobody.
func over(harm, allowed, visible int) bool {
	if allowed == 0 {
		return suspicious(harm, visible)
	}
	return exceeds(harm, allowed)
}

// judge looks at the run as a whole, once everything was read: whether the
// reading was complete, and whether the harm it would do can be believed.
func (s *syncing) judge(ctx context.Context) error {
	incomplete := false
	if s.run.Everything {
		shop, permit, err := s.ask(ctx)
		if err != nil {
			return err
		}
		count, err := shop.CountProducts(ctx, permit, time.Time{})
		if err != nil {
			return err
		}
		incomplete = endedEarly(s.run.Seen, int(count))
	}
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		run.Judged, run.Incomplete = true, incomplete
		if run.Everything && !incomplete {
			if err := tx.LoseUnseen(run.Company, run.Reading, time.Now()); err != nil {
				return err
			}
		}
		return decide(tx, run, time.Now())
	})
}

// endedEarly reports whether fewer products were read than the shop says it
// has. A few may have been deleted in between.
func endedEarly(seen, count int) bool {
	return count-seen > guardItems && seen*100 < count*99
}

// decide lets the guard open or shut for this run and says so in the
// catalog's state: a healthy reading lifts the alarm.
func decide(tx *storage.Tx, run *storage.CatalogRun, now time.Time) error {
	harm, err := tx.Harm(run.Company)
	if err != nil {
		return err
	}
	k, err := tx.Catalog(run.Company)
	if err != nil {
		return err
	}
	harm.Categories = run.KeptCategories
	empty := run.Everything && run.Seen == 0 && harm.Removed > 0
	visible, odd := 0, empty
	if harm.Products() > guardItems || empty || run.Incomplete {
		if visible, err = tx.VisibleProducts(run.Company); err != nil {
			return err
		}
		odd = odd || suspicious(harm.Products(), visible)
	}
	run.Blocked = odd && (k.Allowed.Products() == 0 || over(harm.Removed, k.Allowed.Removed, visible) || over(harm.Held, k.Allowed.Held, visible))
	run.Withheld = 0
	if run.Blocked {
		run.Withheld = harm.Products()
	}
	incomplete := run.Incomplete || !run.Everything && k.Guard != nil && k.Guard.Incomplete // only a complete reading tells
	switch {
	case run.Blocked || incomplete || run.KeptCategories > 0:
		if !run.Blocked {
			harm.Removed, harm.Held = 0, 0
		}
		k.Guard = &storage.Guard{Harm: harm, At: now, Visible: visible, Incomplete: incomplete}
	default:
		k.Guard = nil
		if !odd {
			k.Allowed = storage.Harm{}
		}
	}
	return tx.PutCatalog(k)
}

// spend takes off what a person has allowed all that has happened since or
// threatens no more: what comes later is another accident.
func spend(tx *storage.Tx, run *storage.CatalogRun, k *storage.Catalog) error {
	left, err := tx.Harm(run.Company)
	k.Allowed.Removed, k.Allowed.Held = min(k.Allowed.Removed, left.Removed), min(k.Allowed.Held, left.Held)
	k.Allowed.Categories = min(k.Allowed.Categories, run.KeptCategories)
	return err
}

// ConfirmGuard lets happen what the guard withholds, once, and begins a run for
// it. It is refused if nothing is withheld that a person could allow.
func (b *Bridge) ConfirmGuard(ctx context.Context, company, by string) (storage.Guard, error) {
	w, err := b.worker(company)
	if err != nil {
		return storage.Guard{}, err
	}
	var guard storage.Guard
	err = b.store.Update(ctx, func(tx *storage.Tx) error {
		k, err := tx.Catalog(company)
		if err != nil {
			return err
		}
		if k.Guard == nil || k.Guard.Harm == (storage.Harm{}) {
			return refuse(RefusedNothingWithheld)
		}
		guard = *k.Guard
		k.Allowed, k.Guard = guard.Harm, nil
		k.NextAt = time.Now()
		if guard.Removed > maxLooks || !k.Complete { // one by one it would take many runs
			k.Want, k.WantCause = storage.WantFull, storage.CausePerson
		}
		if err := tx.AddEntry(ofCompany(ctx, storage.EntryAllowed, company, harmed(guard.Harm)...)); err != nil {
			return err
		}
		return tx.PutCatalog(k)
	})
	if err != nil {
		return guard, err
	}
	w.log.Info("withheld part of the catalog confirmed", "by", by, "removed", guard.Removed, "held", guard.Held, "categories", guard.Categories)
	w.retryCatalog()
	return guard, nil
}

// harmed is what a person has allowed, as the journal has it.
func harmed(h storage.Harm) []storage.Change {
	var list []storage.Change
	for _, one := range []struct {
		field string
		n     int
	}{{"removed", h.Removed}, {"held", h.Held}, {"categories", h.Categories}} {
		if one.n > 0 {
			list = append(list, storage.Change{Field: "catalog." + one.field, New: strconv.Itoa(one.n)})
		}
	}
	return list
}

// GuardProblem says in a code what is withheld and why.
func GuardProblem(g storage.Guard) storage.Problem {
	if g.Harm == (storage.Harm{}) {
		return storage.Problem{Code: ProblemCatalogIncomplete}
	}
	return problemOf(ProblemCatalogWithheld, "removed", strconv.Itoa(g.Removed), "held", strconv.Itoa(g.Held),
		"categories", strconv.Itoa(g.Categories), "visible", strconv.Itoa(g.Visible))
}
