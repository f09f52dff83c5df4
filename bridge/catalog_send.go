package bridge

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/oklog/ulid/v2"

	"ineed-insales/ineedchat"
	"ineed-insales/storage"
)

const (
	batchBytes     = ineedchat.MaxBatchBytes - 64<<10 // the rest is for the head and what is deleted
	batchGone      = 1000                             // products deleted by one batch
	longestMessage = 200                              // characters of the chat's words
)

// A stager fills batches and puts them into the store.
type stager struct {
	tx    *storage.Tx
	run   *storage.CatalogRun
	batch storage.CatalogBatch
	lines [][]byte // of products
	size  int
	now   time.Time
}

func newStager(tx *storage.Tx, run *storage.CatalogRun) *stager {
	return &stager{tx: tx, run: run, now: time.Now()}
}

// fits makes room for so many bytes.
func (s *stager) fits(n int) error {
	if s.size+n > batchBytes {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.size += n
	return nil
}

func (s *stager) category(c storage.CatalogCategory, text []byte) error {
	if err := s.fits(len(text) + 1); err != nil {
		return err
	}
	s.batch.Items.Categories = append(s.batch.Items.Categories, c)
	if len(s.batch.Categories) > 0 {
		s.batch.Categories = append(s.batch.Categories, '\n')
	}
	s.batch.Categories = append(s.batch.Categories, text...)
	s.run.Categories++
	return nil
}

// product adds a product. Variants that the chat has of it and the shop has no
// more are deleted with it.
func (s *stager) product(item storage.CatalogItem, gone []int64) error {
	if len(s.batch.Items.Products) == ineedchat.MaxBatchProducts {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if err := s.fits(len(item.Body) + 1); err != nil {
		return err
	}
	s.batch.Items.Products = append(s.batch.Items.Products, item)
	s.batch.Items.GoneVariants = append(s.batch.Items.GoneVariants, gone...)
	s.lines = append(s.lines, item.Body)
	s.run.Named++
	return nil
}

// flush stages what there is.
func (s *stager) flush() error {
	if s.size == 0 {
		return nil
	}
	s.run.Seq++
	s.batch.Products = bytes.Join(s.lines, newline)
	s.batch.Company, s.batch.Seq, s.batch.StagedAt, s.batch.Before = s.run.Company, s.run.Seq, s.now, s.run.Cursor
	err := s.tx.AddBatch(s.batch)
	s.batch, s.lines, s.size = storage.CatalogBatch{}, s.lines[:0], 0
	return err
}

var newline = []byte{'\n'}

// stageItems puts products into batches.
func stageItems(tx *storage.Tx, run *storage.CatalogRun, items []storage.CatalogItem, known map[int64]storage.CatalogProduct) error {
	st := newStager(tx, run)
	var had []int64
	for _, item := range items {
		var gone []int64
		p := known[item.ID]
		if !run.Full { // a full sync hides what it does not name
			gone = missing(p.Variants, item.Variants)
		}
		if p.Hash != 0 {
			had = append(had, item.ID)
		}
		if err := st.product(item, gone); err != nil {
			return err
		}
	}
	if len(had) > 0 {
		if err := tx.Doubt(run.Company, had); err != nil {
			return err
		}
	}
	return st.flush()
}

// missing gives what of before is not in now.
func missing(before, now []int64) []int64 {
	there := make(map[int64]struct{}, len(now))
	for _, id := range now {
		there[id] = struct{}{}
	}
	var list []int64
	for _, id := range before {
		if _, ok := there[id]; !ok {
			list = append(list, id)
		}
	}
	return list
}

// close makes the newest batch, or one of its own, the last: with what is
// deleted, and the totals. A run with nothing to say sends nothing.
func (s *syncing) close(ctx context.Context) error {
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		run.Phase = storage.PhaseDelivering
		items, err := deletions(tx, run)
		if err != nil {
			return err
		}
		nothing := len(items.Gone)+len(items.GoneCategories) == 0
		batch, err := tx.NewestBatch(run.Company)
		waits := err == nil
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		last := !run.Full || !run.Blocked && !run.Incomplete && !run.BatchLost && run.KeptCategories == 0
		if nothing && !waits && (run.Seq == 0 && !run.Full || !last) {
			return nil
		}
		if !nothing {
			if err := errors.Join(tx.Doubt(run.Company, items.Gone), tx.DoubtCategories(run.Company, items.GoneCategories)); err != nil {
				return err
			}
		}
		if waits {
			if err := tx.DropBatch(run.Company, batch.Seq, 0); err != nil {
				return err
			}
		} else {
			run.Seq++
			batch = storage.CatalogBatch{Company: run.Company, Seq: run.Seq, StagedAt: time.Now(), Before: run.Cursor}
		}
		batch.Last = last
		batch.Items.Gone, batch.Items.GoneCategories = items.Gone, items.GoneCategories
		return tx.AddBatch(batch)
	})
}

// deletions gives what is to be deleted by name. A full sync needs no names.
func deletions(tx *storage.Tx, run *storage.CatalogRun) (items storage.BatchItems, err error) {
	if run.Full {
		return items, nil
	}
	if !run.Blocked && !run.Incomplete {
		if items.Gone, err = tx.ConfirmedLost(run.Company, batchGone); err != nil {
			return items, err
		}
	}
	known, err := tx.Categories(run.Company)
	for id, c := range known {
		if c.Gone {
			items.GoneCategories = append(items.GoneCategories, id)
		}
	}
	return items, err
}

// deliver sends the oldest batch and stores the answer. A crash between the two
// sends the same bytes again under the same name, which is harmless.
func (s *syncing) deliver(ctx context.Context, b storage.CatalogBatch) error {
	if !s.run.Full && s.w.failing() && time.Since(b.StagedAt) > s.company.Catalog.Interval {
		return s.rewind(ctx, b)
	}
	_, _, chat := s.w.snapshot()
	request, cancel := s.w.b.finishing(ctx)
	defer cancel()
	refused, err := chat.PutBatch(request, s.w.id, s.run.Sync, b.Seq, s.encode(b))
	if err != nil && request.Err() != nil {
		return request.Err() // cut off by our own stop: no failure of the chat
	}
	var e *ineedchat.Error
	errors.As(err, &e)
	switch {
	case err == nil:
		return s.settle(ctx, b, refused)
	case errors.Is(err, ineedchat.ErrResync):
		return s.resync(ctx)
	case e == nil:
		return err
	case e.Status == http.StatusRequestEntityTooLarge && len(b.Items.Products) > 1:
		return s.split(ctx, b)
	case e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity || e.Status == http.StatusRequestEntityTooLarge:
		return s.park(ctx, b, e)
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		s.w.log.Warn("the chat refuses our token: catalog stopped", "err", err)
		s.w.learn(ctx, func(c *storage.Company) { c.CatalogFault = &storage.Problem{Code: ProblemCatalogRejected} })
		return nil
	}
	return err
}

// failing reports whether the step before this one has failed.
func (w *worker) failing() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.catalog.failures > 0
}

// encode writes a batch. All that stands in it is stored, so every attempt has
// the same bytes.
func (s *syncing) encode(b storage.CatalogBatch) []byte {
	mode := ineedchat.ModeDelta
	if s.run.Full {
		mode = ineedchat.ModeFull
	}
	out := ineedchat.Batch{
		SyncID: s.run.Sync, Mode: mode, Seq: b.Seq, Last: b.Last, GeneratedAt: b.StagedAt,
		Deleted: ineedchat.Deleted{Products: ids64(b.Items.Gone), Variants: ids64(b.Items.GoneVariants), Categories: ids64(b.Items.GoneCategories)},
	}
	if b.Last {
		out.Totals = &ineedchat.Totals{Categories: s.run.Categories, Products: s.run.Named, Batches: b.Seq}
	}
	return out.Encode(b.Categories, b.Products)
}

func ids64(ids []int64) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = id64(id)
	}
	return list
}

// settle records what the chat has taken. What it refused stays as it was
// before, with the reason, and is tried again later.
func (s *syncing) settle(ctx context.Context, b storage.CatalogBatch, refused []ineedchat.ItemError) error {
	why := map[int64]string{}
	for _, r := range refused {
		if id, err := strconv.ParseInt(r.ID, 10, 64); err == nil {
			why[id] = clip(r.Field+": "+r.Message, longestMessage)
		}
	}
	taken := storage.BatchItems{Gone: b.Items.Gone, GoneCategories: b.Items.GoneCategories}
	var bad []storage.CatalogItem
	for _, p := range b.Items.Products {
		if refusedItem(why, p) {
			bad = append(bad, p)
			continue
		}
		taken.Products = append(taken.Products, p)
	}
	for _, c := range b.Items.Categories {
		if _, no := why[c.ID]; !no {
			taken.Categories = append(taken.Categories, c)
		}
	}
	err := s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		run.Batches++
		run.Changed += len(taken.Products)
		run.Removed += len(taken.Gone)
		run.Refused += len(bad)
		if err := tx.Acknowledge(run.Company, taken, time.Now().Add(looksFirst)); err != nil {
			return err
		}
		if err := refuseItems(tx, run, bad, why); err != nil {
			return err
		}
		if b.Last && run.Full {
			if err := tx.ForgetUnseen(run.Company, run.Reading); err != nil {
				return err
			}
		}
		return tx.DropBatch(run.Company, b.Seq, 0)
	})
	if err == nil {
		s.w.b.metrics.catalogItems(len(taken.Products), len(taken.Gone), len(bad))
	}
	return err
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
		at := time.Now().Add(backoff(known[id].Tries+1, looksFirst, looksLongest))
		if err := tx.PutLooks(run.Company, []int64{id}, at, why[id]); err != nil {
			return err
		}
	}
	return nil
}

// split halves a batch that the chat finds too large.
func (s *syncing) split(ctx context.Context, b storage.CatalogBatch) error {
	lines := bytes.Split(b.Products, newline)
	n := len(lines) / 2
	first, second := b, b
	first.Last, second.Seq = false, b.Seq+1
	first.Items = storage.BatchItems{Products: b.Items.Products[:n], Categories: b.Items.Categories}
	second.Items.Products, second.Items.Categories, second.Categories = b.Items.Products[n:], nil, nil
	first.Products, second.Products = bytes.Join(lines[:n], newline), bytes.Join(lines[n:], newline)
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		run.Seq++
		if err := tx.DropBatch(run.Company, b.Seq, 1); err != nil {
			return err
		}
		if err := tx.AddBatch(first); err != nil {
			return err
		}
		return tx.AddBatch(second)
	})
}

// park sets the products of a batch aside that the chat refuses as a whole; the
// batch behind it takes its number. They are tried again later, by their ids.
// What was deleted or has another place in the tree stays to be told by the
// next run.
func (s *syncing) park(ctx context.Context, b storage.CatalogBatch, cause *ineedchat.Error) error {
	text := clip(strconv.Itoa(cause.Status)+" "+cause.Message, longestMessage)
	s.w.log.Warn("catalog batch refused", "err", cause, "products", len(b.Items.Products))
	why := map[int64]string{}
	for _, p := range b.Items.Products {
		why[p.ID] = text
	}
	err := s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		run.Seq--
		run.Named -= len(b.Items.Products)
		run.Categories -= len(b.Items.Categories)
		run.Refused += len(b.Items.Products)
		run.BatchLost = true
		run.Problem = &storage.Problem{Code: NoticeBatchRefused, Args: map[string]string{"status": strconv.Itoa(cause.Status), "message": clip(cause.Message, longestMessage)}}
		if err := refuseItems(tx, run, b.Items.Products, why); err != nil {
			return err
		}
		return tx.DropBatch(run.Company, b.Seq, -1)
	})
	if err == nil {
		s.w.b.metrics.catalogItems(0, 0, len(b.Items.Products))
	}
	return err
}

// rewind drops what has waited for the chat so long that it may be wrong by
// now, and reads it again. What the chat gets then has another name.
func (s *syncing) rewind(ctx context.Context, oldest storage.CatalogBatch) error {
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		run.Cursor, run.Phase, run.Judged = oldest.Before, storage.PhaseTree, false
		run.Sync, run.Seq, run.Named, run.Categories, run.Released = ulid.Make().String(), 0, 0, 0, 0
		return tx.DropBatches(run.Company)
	})
}

// resync ends the run: the chat wants everything. The next run gives it that.
func (s *syncing) resync(ctx context.Context) error {
	s.w.log.Info("the chat asks for the whole catalog")
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		k, err := tx.Catalog(run.Company)
		if err != nil {
			return err
		}
		k.Want, k.WantCause = storage.WantFull, storage.CauseResync
		run.EndedAt, run.Outcome = time.Now(), storage.RunResync
		if err := tx.PutCatalog(k); err != nil {
			return err
		}
		return tx.DropBatches(run.Company)
	})
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
		if k.Indexed, err = tx.IndexSKUs(run.Company, k.Indexed); err != nil {
			return err
		}
		k.Floor = run.Cursor
		if overlap := run.ShopBegan.Add(-catalogOverlap); overlap.Before(run.Cursor.UpdatedSince) || run.Cursor.UpdatedSince.IsZero() {
			k.Floor = storage.Cursor{UpdatedSince: overlap}
		}
		if run.Everything && !run.Incomplete {
			k.EverythingAt = run.BeganAt
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
	s.w.b.metrics.catalogRun(ended)
	s.w.log.Info("catalog run ended", "outcome", ended.Outcome, "seen", ended.Seen, "changed", ended.Changed, "removed", ended.Removed,
		"withheld", ended.Withheld, "refused", ended.Refused, "requests", ended.Requests, "took", ended.EndedAt.Sub(ended.BeganAt).Round(time.Second))
	return nil
}
