package catalog

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// What goes to the chat goes in batches. A batch is staged, which means written into
// the store, in the commit that also moves the run behind what was read for it; it
// is sent later, oldest first, under the run's name and its own number, and leaves the
// store in the commit that records its acknowledgement. A crash anywhere in between
// sends the same bytes under the same name once more, which the contract makes
// harmless.
//
// A batch is full when it has as many products as the contract admits or as many
// bytes; what comes next begins another. Categories are staged before the products
// that stand in them, and a batch that has any is sent before products are read,
// because no product may name a category that the chat has refused. The last batch of
// a run says so and carries what is deleted and the totals, by which the chat knows
// that it has everything. So the newest batch waits until it is known whether it is
// the last, and apart from that little is read ahead of what the chat has: the few
// batches of a page, which are sent one after the other and acknowledged together.
//
// Before something is sent, the store notes that nobody knows what the chat has of it
// (Doubt); only an acknowledgement ends that. Whatever goes wrong meanwhile, it is
// told again.

const (
	batchBytes     = ineedchat.MaxBatchBytes - 64<<10 // the rest is for the head and what is deleted
	mostTogether   = 3                                // batches that are acknowledged in one commit
	mostParked     = 100                              // products whose lack harms a chat less than no end
	batchGone      = 1000                             // products, and categories, deleted by one run
	idBytes        = 22                               // of an id in a list, at most
	firstLines     = 128 << 10                        // what a hundred products have, as a rule
	longestMessage = 200                              // characters of the chat's words
)

// A stager fills batches and puts them into the store.
type stager struct {
	tx    *storage.Tx
	run   *storage.CatalogRun
	batch storage.CatalogBatch
	lines *[]byte // of products; the next batch has the same memory
	size  int
	now   time.Time
}

// lineBuffers are what stagers put their lines into: the store takes a copy.
var lineBuffers = sync.Pool{New: func() any { return new(make([]byte, 0, firstLines)) }}

func newStager(tx *storage.Tx, run *storage.CatalogRun) *stager {
	return &stager{tx: tx, run: run, now: time.Now(), lines: lineBuffers.Get().(*[]byte)}
}

// done gives the buffer back.
func (s *stager) done() {
	*s.lines = (*s.lines)[:0]
	lineBuffers.Put(s.lines)
}

// fits makes room for so many bytes: if they do not fit into the batch any more, it is
// staged as it is, and another begins.
func (s *stager) fits(n int) error {
	if s.size+n > batchBytes {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.size += n
	return nil
}

// category adds a category as it is written in a batch.
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
	if err := s.fits(len(item.Body) + 1 + len(gone)*idBytes); err != nil {
		return err
	}
	s.batch.Items.Products = append(s.batch.Items.Products, item)
	s.batch.Items.GoneVariants = append(s.batch.Items.GoneVariants, gone...)
	if len(*s.lines) > 0 {
		*s.lines = append(*s.lines, newline...)
	}
	*s.lines = append(*s.lines, item.Body...)
	s.run.Named++
	return nil
}

// flush stages what there is.
func (s *stager) flush() error {
	if s.size == 0 {
		return nil
	}
	s.run.Seq++
	s.batch.Products = *s.lines
	s.batch.Company, s.batch.Seq, s.batch.StagedAt, s.batch.Before = s.run.Company, s.run.Seq, s.now, s.run.Place()
	err := s.tx.AddBatch(s.batch)
	s.batch, *s.lines, s.size = storage.CatalogBatch{}, (*s.lines)[:0], 0
	return err
}

var newline = []byte{'\n'}

// stageItems puts products into batches.
func stageItems(tx *storage.Tx, run *storage.CatalogRun, items []storage.CatalogItem,
	known map[int64]storage.CatalogProduct) error {
	st := newStager(tx, run)
	defer st.done()
	var had []int64
	for _, item := range items {
		var gone []int64
		p := known[item.ID]
		item.Seq = p.Seq
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
		waits := err == nil && !names(batch, items.Gone)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		last, err := mayEnd(tx, run)
		if err != nil {
			return err
		}
		if nothing && !waits && (run.Seq == 0 && !run.Full || !last) {
			return nil
		}
		if !nothing {
			err := errors.Join(tx.Doubt(run.Company, items.Gone), tx.DoubtCategories(run.Company, items.GoneCategories))
			if err != nil {
				return err
			}
		}
		if !waits {
			run.Seq++
			batch = storage.CatalogBatch{Company: run.Company, Seq: run.Seq, StagedAt: time.Now(), Before: run.Place()}
		}
		batch.Last = last
		batch.Items.Gone, batch.Items.GoneCategories = items.Gone, items.GoneCategories
		if waits {
			return tx.EndBatch(batch)
		}
		return tx.AddBatch(batch)
	})
}

// names reports whether a batch names one of these products. It may not delete
// them too then: which of the two came first?
func names(b storage.CatalogBatch, ids []int64) bool {
	return slices.ContainsFunc(b.Items.Products, func(p storage.CatalogItem) bool { return slices.Contains(ids, p.ID) })
}

// mayEnd reports whether the run's last batch may say so. The end of a full sync
// makes the chat hide what was not named: that must be believed, and it must not
// be products that only lack because their batch was refused. To a chat that
// never had an end it does less harm than none.
func mayEnd(tx *storage.Tx, run *storage.CatalogRun) (bool, error) {
	if !run.Full {
		return true, nil
	}
	if run.Blocked || run.Incomplete || run.KeptCategories > 0 {
		return false, nil
	}
	k, err := tx.Catalog(run.Company)
	return run.Parked == 0 || !k.Complete && run.Parked <= mostParked, err
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
		if c.Gone && len(items.GoneCategories) < batchGone {
			items.GoneCategories = append(items.GoneCategories, id)
		}
	}
	return items, err
}

// dueBatches gives what of the batches that wait is to be sent now. The newest waits until
// it is known whether it is the last. Not so one with categories, because no product may
// name one that the chat has refused: it goes alone, and nothing before it was answered.
func dueBatches(waiting []storage.CatalogBatch, phase storage.Phase) []storage.CatalogBatch {
	due := waiting[:min(len(waiting), mostTogether)]
	if phase != storage.PhaseDelivering && len(due) == len(waiting) && len(due) > 0 {
		due = due[:len(due)-1]
	}
	withCategories := func(b storage.CatalogBatch) bool { return len(b.Items.Categories) > 0 }
	switch i := slices.IndexFunc(waiting, withCategories); {
	case i == 0:
		return waiting[:1]
	case i > 0 && i < len(due):
		return due[:i]
	}
	return due
}

// deliver sends the oldest batches, one after the other, and stores what follows from the
// answers: of those that the chat took in one commit, which a crash before it repeats. A batch
// that has waited for the chat for longer than the interval of the sync is not sent
// any more: what it says may be wrong by now, and is read again (rewind). A full sync
// is not rewound, because what it has named so far counts only under its name.
func (s *syncing) deliver(ctx context.Context, due []storage.CatalogBatch) error {
	if s.settings.Chat.CatalogWay() == storage.CatalogFeed {
		return s.show(ctx, due[0])
	}
	stale, oldest := s.settings.Catalog.Interval, due[0]
	away := !s.run.AwayAt.IsZero() && time.Since(s.run.AwayAt) > stale
	if away && !s.run.Full && time.Since(oldest.StagedAt) > stale {
		return s.rewind(ctx, oldest)
	}
	var answered []delivered
	for _, b := range due {
		if len(answered) > 0 && ctx.Err() != nil {
			break
		}
		refused, err := s.send(ctx, b)
		if err == nil {
			answered = append(answered, answer(b, refused))
			continue
		}
		if len(answered) > 0 {
			if err := s.record(ctx, answered); err != nil {
				return err
			}
			s.catalogTrouble(ctx, 0, nil) // it was there until now
		}
		return s.notTaken(ctx, b, err)
	}
	return s.record(ctx, answered)
}

// send sends a batch and gives what the chat has against its items. That the chat did not
// take it is an *ineedchat.Error.
func (s *syncing) send(ctx context.Context, b storage.CatalogBatch) ([]ineedchat.ItemError, error) {
	var body []byte
	err := s.company.Store.BatchTexts(ctx, s.company.ID, b.Seq, func(categories, products []byte) {
		body = s.encode(b, categories, products)
	})
	if errors.Is(err, storage.ErrNotFound) {
		return nil, storage.ErrStale // the run was ended meanwhile
	}
	if err != nil {
		return nil, err
	}
	chat := s.company.Chat()
	request, cancel := s.company.Finishing(ctx)
	defer cancel()
	refused, err := chat.PutBatch(request, s.company.ID, s.run.Sync, b.Seq, body)
	if err != nil && request.Err() != nil {
		return nil, request.Err() // cut off by our own stop: no failure of the chat
	}
	return refused, err
}

// notTaken is what follows when the chat did not take a batch. That it refuses our token
// stops the catalog until the settings are saved again.
func (s *syncing) notTaken(ctx context.Context, b storage.CatalogBatch, err error) error {
	var e *ineedchat.Error
	switch {
	case !errors.As(err, &e):
		return err // it was not sent, or we have cut it off
	case errors.Is(err, ineedchat.ErrResync):
		return s.resync(ctx)
	case e.Status == http.StatusRequestEntityTooLarge && len(b.Items.Products)+len(b.Items.Categories) > 1:
		return s.split(ctx, b)
	case e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity ||
		e.Status == http.StatusRequestEntityTooLarge:
		return s.park(ctx, b, e)
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		s.company.Log.Warn("the chat refuses our token: catalog stopped", "err", err)
		s.company.Learn(ctx, func(c *storage.Company) {
			if c.Version == s.settings.Version { // else the old token was meant
				c.CatalogFault = &storage.Problem{Code: problem.CatalogRejected}
			}
		})
		s.catalogTrouble(ctx, 0, nil) // one alarm, this one
		return nil
	}
	return s.unanswered(ctx, b, err)
}

// away records since when the chat does not take what it gets, and gives the
// error back.
func (s *syncing) away(ctx context.Context, cause error) error {
	if !s.run.AwayAt.IsZero() {
		return cause
	}
	err := s.commit(ctx, func(_ *storage.Tx, run *storage.CatalogRun) error {
		run.AwayAt = time.Now()
		return nil
	})
	if err != nil {
		return err
	}
	return cause
}

// encode writes a batch. All that stands in it is stored, so every attempt has
// the same bytes.
func (s *syncing) encode(b storage.CatalogBatch, categories, products []byte) []byte {
	mode := ineedchat.ModeDelta
	if s.run.Full {
		mode = ineedchat.ModeFull
	}
	out := ineedchat.Batch{
		SyncID: s.run.Sync, Mode: mode, Seq: b.Seq, Last: b.Last, GeneratedAt: b.StagedAt,
		Deleted: ineedchat.Deleted{Products: ids64(b.Items.Gone), Variants: ids64(b.Items.GoneVariants),
			Categories: ids64(b.Items.GoneCategories)},
	}
	if b.Last {
		out.Totals = &ineedchat.Totals{Categories: s.run.Categories, Products: s.run.Named, Batches: b.Seq}
	}
	return out.Encode(categories, products)
}

func ids64(ids []int64) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = problem.ID(id)
	}
	return list
}
