package catalog

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// What follows from the chat's answer to a batch. It can take the batch, but for single
// products and categories that it names (answer). It can refuse the batch as a
// whole: one that is too large is halved (split), any other is set aside (park). It
// can ask for the whole catalog (resync). Or it has not answered at all, which is told
// in poison.go. A feed only ever takes a batch (feed.go).
//
// What was refused is not forgotten: its row has the reason, and a date on which the
// shop is asked for the product by its id, so that it comes again with what the
// merchant has mended meanwhile, later each time.

// A delivered is what a batch has come to.
type delivered struct {
	batch         storage.CatalogBatch
	taken         storage.BatchItems
	bad           []storage.CatalogItem     // that the chat has refused
	badCategories []storage.CatalogCategory // likewise
	why           map[int64]string          // by id, of what was refused
	shown         *storage.FeedBatch        // what the feed is to show; nil = the chat has it
}

// answer tells what a batch has come to that the chat has taken but for some items. What
// it refused stays as it was before, with the reason, and is tried again later.
func answer(b storage.CatalogBatch, refused []ineedchat.ItemError) delivered {
	if len(refused) == 0 {
		return delivered{batch: b, taken: b.Items}
	}
	a := delivered{batch: b, why: map[int64]string{},
		taken: storage.BatchItems{Gone: b.Items.Gone, GoneCategories: b.Items.GoneCategories}}
	for _, r := range refused {
		if id, err := strconv.ParseInt(r.ID, 10, 64); err == nil {
			a.why[id] = problem.Clip(r.Field+": "+r.Message, longestMessage)
		}
	}
	for _, p := range b.Items.Products {
		if refusedItem(a.why, p) {
			a.bad = append(a.bad, p)
			continue
		}
		a.taken.Products = append(a.taken.Products, p)
	}
	for _, c := range b.Items.Categories {
		if _, no := a.why[c.ID]; no {
			a.badCategories = append(a.badCategories, c)
			continue
		}
		a.taken.Categories = append(a.taken.Categories, c)
	}
	return a
}

// record writes what follows from batches that were delivered.
func (s *syncing) record(ctx context.Context, list []delivered) error {
	err := s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		run.AwayAt = time.Time{}
		for _, a := range list {
			if err := a.record(tx, run); err != nil {
				return err
			}
		}
		return nil
	})
	for _, a := range list {
		if len(a.badCategories) > 0 {
			s.forgetMapper()
		}
		if err == nil {
			s.metrics.catalogItems(len(a.taken.Products), len(a.taken.Gone), len(a.bad))
		}
	}
	return err
}

// record writes what follows from one of them.
func (a *delivered) record(tx *storage.Tx, run *storage.CatalogRun) error {
	run.Batches++
	run.Changed += len(a.taken.Products)
	run.Removed += len(a.taken.Gone)
	run.Refused += len(a.bad)
	if a.shown != nil {
		if err := tx.ShowBatch(run.Company, *a.shown, time.Now()); err != nil {
			return err
		}
	}
	if err := tx.Acknowledge(run.Company, a.taken, time.Now().Add(recheckFirst)); err != nil {
		return err
	}
	err := errors.Join(refuseItems(tx, run, a.bad, a.why), refuseCategories(tx, run, a.batch.Seq, a.badCategories))
	if err != nil {
		return err
	}
	if a.batch.Last && run.Full && a.shown != nil {
		if err := tx.HideUnseen(run.Company, run.Reading, time.Now()); err != nil {
			return err
		}
	}
	if a.batch.Last && run.Full {
		if err := chatIsComplete(tx, run); err != nil {
			return err
		}
	}
	return tx.DropBatch(run.Company, a.batch.Seq, 0)
}

// chatIsComplete records that the chat has taken a full sync to its end, and with it
// that it has hidden what was not named.
func chatIsComplete(tx *storage.Tx, run *storage.CatalogRun) error {
	k, err := tx.Catalog(run.Company)
	if err != nil {
		return err
	}
	k.Complete = true
	if err := tx.PutCatalog(k); err != nil {
		return err
	}
	return tx.ForgetUnseen(run.Company, run.Reading)
}

// refusedItem reports whether the chat named the product or one of its
// variants, and notes the reason at the product.
func refusedItem(why map[int64]string, p storage.CatalogItem) bool {
	if len(why) == 0 {
		return false
	}
	for _, id := range append([]int64{p.ID}, p.Variants...) {
		if text, ok := why[id]; ok {
			why[p.ID] = text
			return true
		}
	}
	return false
}

// refuseItems notes what the chat has against each of these.
func refuseItems(tx *storage.Tx, run *storage.CatalogRun, items []storage.CatalogItem, why map[int64]string) error {
	if len(items) == 0 {
		return nil
	}
	ids := make([]int64, len(items))
	for i, p := range items {
		ids[i] = p.ID
	}
	known, err := tx.Products(run.Company, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		at := time.Now().Add(company.Backoff(known[id].Tries+1, recheckFirst, recheckLongest))
		if err := tx.PutLooks(run.Company, []int64{id}, at, why[id]); err != nil {
			return err
		}
	}
	return nil
}

// split halves a batch that the chat finds too large.
func (s *syncing) split(ctx context.Context, b storage.CatalogBatch) error {
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error { return putHalves(tx, run, b) })
}

// putHalves puts two batches in the place of one.
func putHalves(tx *storage.Tx, run *storage.CatalogRun, b storage.CatalogBatch) error {
	if err := tx.ReadBatch(&b); err != nil {
		return err
	}
	first, second := b, b
	first.Last, second.Seq = false, b.Seq+1
	first.Items, second.Items.Categories, second.Categories = storage.BatchItems{}, nil, nil
	if n := len(b.Items.Products) / 2; n > 0 {
		first.Items.Categories = b.Items.Categories
		first.Items.Products, second.Items.Products = b.Items.Products[:n], b.Items.Products[n:]
		first.Products, second.Products = cut(b.Products, n)
	} else { // a product needs its categories before it
		n := len(b.Items.Categories) - (len(b.Items.Categories)-len(b.Items.Products))/2
		first.Items.Categories, second.Items.Categories = b.Items.Categories[:n], b.Items.Categories[n:]
		first.Categories, second.Categories = cut(b.Categories, n)
		first.Products = nil
	}
	run.Seq++
	run.AwayAt = time.Time{}
	return errors.Join(tx.DropBatch(run.Company, b.Seq, 1), tx.AddBatch(first), tx.AddBatch(second))
}

// cut parts the lines of a batch behind the n-th, without reading what they say.
func cut(text []byte, n int) (head, tail []byte) {
	lines := bytes.SplitAfterN(text, newline, n+1)
	head = bytes.TrimSuffix(bytes.Join(lines[:n], nil), newline)
	return head, bytes.Join(lines[n:], nil)
}

// park sets the products of a batch aside that the chat refuses as a whole; the
// batch behind it takes its number. They are tried again later, by their ids.
// What was deleted or has another place in the tree stays to be told by the
// next run; until then no product names a category that the chat does not have.
// If it was the last batch, what is left of it makes another one.
//
// A chat that has no complete catalog hides what is not named once the sync
// ends. So that this is not a hundred products because of one, the batch is
// halved there first, unless it refuses very many.
func (s *syncing) park(ctx context.Context, b storage.CatalogBatch, cause *ineedchat.Error) error {
	text := problem.Clip(strconv.Itoa(cause.Status)+" "+cause.Message, longestMessage)
	s.company.Log.Warn("catalog batch refused", "err", cause, "products", len(b.Items.Products))
	why := map[int64]string{}
	for _, p := range b.Items.Products {
		why[p.ID] = text
	}
	parked := 0
	err := s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		k, err := tx.Catalog(run.Company)
		if err != nil {
			return err
		}
		refused := problem.Of(problem.NoticeBatchRefused,
			"status", strconv.Itoa(cause.Status), "message", problem.Clip(cause.Message, longestMessage))
		run.Problem = &refused
		if run.Full && !k.Complete && len(b.Items.Products) > 1 && run.Parked < mostParked {
			parked = 0
			return putHalves(tx, run, b)
		}
		parked = len(b.Items.Products)
		run.Seq--
		run.AwayAt = time.Time{}
		run.Named -= len(b.Items.Products)
		run.Categories -= len(b.Items.Categories)
		run.Refused += len(b.Items.Products)
		run.Parked += len(b.Items.Products) + len(b.Items.Categories)
		if err := refuseItems(tx, run, b.Items.Products, why); err != nil {
			return err
		}
		if err := refuseCategories(tx, run, b.Seq, b.Items.Categories); err != nil {
			return err
		}
		if b.Last && len(b.Items.Products)+len(b.Items.Categories) > 0 {
			run.Phase = storage.PhaseClosing
		}
		return tx.DropBatch(run.Company, b.Seq, -1)
	})
	s.forgetMapper()
	if err == nil {
		s.metrics.catalogItems(0, 0, parked)
	}
	return err
}

// refuseCategories forgets categories that the chat does not have. Batches that
// wait behind theirs hold others, which may stand below them: all of these wait
// for the next tree.
func refuseCategories(tx *storage.Tx, run *storage.CatalogRun, seq int, list []storage.CatalogCategory) error {
	if len(list) == 0 {
		return nil
	}
	k, err := tx.Catalog(run.Company)
	if err != nil {
		return err
	}
	which := storage.ForgetUntold
	if !k.Complete { // it may have lost those that it had
		which = storage.ForgetAll
	}
	for {
		ids := make([]int64, len(list))
		for i, c := range list {
			ids[i] = c.ID
		}
		if err := tx.ForgetCategories(run.Company, ids, which); err != nil {
			return err
		}
		behind, err := tx.NewestBatch(run.Company)
		if errors.Is(err, storage.ErrNotFound) || err == nil && (behind.Seq <= seq || len(behind.Items.Products) > 0) {
			return nil
		}
		if err != nil {
			return err
		}
		list = behind.Items.Categories
		run.Seq--
		run.Categories -= len(list)
		if err := tx.DropBatch(run.Company, behind.Seq, 0); err != nil {
			return err
		}
	}
}

// rewind drops what has waited for the chat so long that it may be wrong by
// now, and reads it again. What the chat gets then has another name.
func (s *syncing) rewind(ctx context.Context, oldest storage.CatalogBatch) error {
	s.forgetMapper()
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		run.Return(oldest.Before)
		run.Phase, run.Judged = storage.PhaseTree, false
		run.Sync, run.Seq, run.Named, run.Categories, run.Released = newSyncID(time.Now()), 0, 0, 0, 0
		return tx.DropBatches(run.Company)
	})
}

// resync ends the run: the chat wants everything. The next run gives it that.
func (s *syncing) resync(ctx context.Context) error {
	s.company.Log.Info("the chat asks for the whole catalog")
	err := s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		k, err := tx.Catalog(run.Company)
		if err != nil {
			return err
		}
		k.Want, k.WantCause, k.Complete = storage.WantFull, storage.CauseResync, false
		run.EndedAt, run.Outcome = time.Now(), storage.RunResync
		if err := tx.PutCatalog(k); err != nil {
			return err
		}
		return tx.DropBatches(run.Company)
	})
	if err == nil {
		s.catalogTrouble(ctx, 0, nil) // it is there again
	}
	return err
}

// believe records what a complete reading was worth. One that cannot be
// believed is made again, but not all the time: the shop may go on like that.
func believe(run *storage.CatalogRun, k *storage.Catalog) {
	if !run.Incomplete {
		k.EverythingAt, k.RetryAt = run.BeganAt, time.Time{}
		return
	}
	k.RetryAt = run.EndedAt.Add(min(idleAfter*run.EndedAt.Sub(run.BeganAt), everythingEvery))
	if k.Want == storage.WantNothing {
		k.Want, k.WantCause = storage.WantEverything, run.Cause
	}
}

// floorBehind is where the reading of changes behind a run begins.
func floorBehind(run *storage.CatalogRun) storage.Cursor {
	overlap := run.ShopBegan.Add(-catalogOverlap)
	if overlap.Before(run.Cursor.UpdatedSince) || run.Cursor.UpdatedSince.IsZero() {
		return storage.Cursor{UpdatedSince: overlap}
	}
	return run.Cursor
}

// finish ends a run that has nothing left to do. The next reading of changes
// begins a little before this one did, or where it ended, whichever is earlier.
func (s *syncing) finish(ctx context.Context) error {
	var ended storage.CatalogRun
	err := s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		k, err := tx.Catalog(run.Company)
		if err != nil {
			return err
		}
		run.EndedAt, run.Outcome = time.Now(), storage.RunDone
		if run.Everything || !run.Incomplete {
			k.Floor = floorBehind(run)
			if run.Cursor.FromID != 0 {
				k.Last = run.Cursor
			}
		}
		if run.Everything {
			believe(run, &k)
		}
		if run.Blocked || run.Incomplete || run.KeptCategories > 0 {
			run.Outcome = storage.RunWithheld
		} else {
			k.SuccessAt = run.BeganAt
		}
		k.PageSize = run.PageSize
		if err := spend(tx, run, &k); err != nil {
			return err
		}
		ended = *run
		return tx.PutCatalog(k)
	})
	if err != nil {
		return err
	}
	s.metrics.catalogRun(ended)
	s.company.Log.Info("catalog run ended", "outcome", ended.Outcome, "seen", ended.Seen, "changed", ended.Changed,
		"removed", ended.Removed, "withheld", ended.Withheld, "refused", ended.Refused,
		"requests", ended.Requests, "took", ended.EndedAt.Sub(ended.BeganAt).Round(time.Second))
	return nil
}
