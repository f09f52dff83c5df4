package catalog

import (
	"cmp"
	"context"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// The shop is read in one order: collections first, then products by the time of their
// change and, within a second, by their ids. The cursor of a run is the last product
// that was read; the page behind it is asked for by that time and id, so that
// products which change meanwhile move to the end and none is skipped. A reading of
// changes begins at the catalog's floor, which lies a little before the time at which
// the last run began, or where it ended if that is earlier: what became visible late
// is met once more, and what the chat has already is not sent again. No page is asked
// for by its number, but to step over one that the shop never gives (page_size.go).

// readTree reads the collections. What has changed goes into batches of its
// own, before the products that stand in it.
func (s *syncing) readTree(ctx context.Context) error {
	shopBegan, err := s.identify(ctx)
	if err != nil {
		return err
	}
	list, err := s.collections(ctx)
	if err != nil {
		return err
	}
	lacking, err := s.unlisted(ctx, list)
	if err != nil {
		return err
	}
	if now, ok := s.company.ShopTime(); ok && shopBegan.IsZero() {
		shopBegan = now // a little late, which the overlap makes up for
	}
	tree := shownTree{treeOf(list), lacking}
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		run.Phase = storage.PhaseReading
		if run.ShopBegan.IsZero() { // what was read before the chat went away stays read
			run.ShopBegan = shopBegan
		}
		if !run.Everything && !shopBegan.IsZero() && run.Cursor.UpdatedSince.After(shopBegan) {
			// The shop's time was wrong, or has gone back: what may lie between is read again.
			run.Cursor = storage.Cursor{UpdatedSince: shopBegan.Add(-everythingEvery)}
			run.Floor = run.Cursor
		}
		return stageTree(tx, run, tree)
	})
}

// identify makes sure that the account behind the settings is the one that the
// company is bound to, whenever everything is read. A key that may not ask
// cannot be bound.
func (s *syncing) identify(ctx context.Context) (time.Time, error) {
	began, _ := s.company.ShopTime()
	if !s.run.Everything {
		return began, nil
	}
	shop, permit, err := s.ask(ctx)
	if err != nil {
		return began, err
	}
	account, err := shop.Account(ctx, permit)
	if err != nil && !problem.Forbidden(err) {
		return began, err
	}
	bound := s.settings.AccountID
	switch {
	case account.ID == 0 || account.ID == bound:
	case bound != 0:
		return began, &catalogStop{problem.AccountDiffers(bound, account.ID)}
	default:
		s.company.LearnOf(ctx, s.settings.Shop,
			func(c *storage.Company) { c.AccountID = cmp.Or(c.AccountID, account.ID) })
	}
	return began, nil
}

// A productPage is what a page of the shop's products has shown.
type productPage struct {
	insales.ProductPage
	*gathering
	known   int // products that were shown before
	late    int // that were changed since the reading began
	leftOut int // pages before it that the shop never gives
}

// readPage reads the next page and commits its effects together with the cursor
// behind it. A full page that leads no further would be read for ever, and stops the
// run with a reason. A page of few products is the last, or one that leads no further.
func (s *syncing) readPage(ctx context.Context) error {
	if err := s.expect(ctx); err != nil {
		return err
	}
	page, err := s.fetchPage(ctx)
	if s.run.PageSize > insales.SmallestPage {
		switch {
		case s.neverGiven(err):
			return s.shrink(ctx, insales.SmallestPage)
		case tooMuch(err):
			return s.shrink(ctx, s.run.PageSize/2)
		}
	}
	if err != nil {
		return err
	}
	before, after := s.run.Cursor, storage.Cursor{UpdatedSince: page.Last.UpdatedAt, FromID: page.Last.ID}
	if page.Full && !after.After(before) {
		return &catalogStop{storage.Problem{Code: problem.FeedStuck}}
	}
	if err := page.checkPrice(s.settings.Catalog.Price); err != nil {
		return err
	}
	unread := page.leftOut * insales.SmallestPage // at most
	if page.Len == 0 {
		blank, err := s.blank(ctx)
		if err != nil {
			return err
		}
		if blank {
			unread = max(unread, 1) // at least
		}
	}
	cut := s.mayBeCut(page.Len, s.run.PageSize)
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		if err := absorb(tx, run, page.gathering); err != nil {
			return err
		}
		run.Late += page.late
		run.Unread += unread
		run.Seen += page.Len - page.Unreadable - page.known
		run.Skipped += page.Unreadable
		if after.After(before) {
			run.Cursor = after
		}
		if page.Full {
			grow(s.settings.Learnt, run)
		}
		if cut && after.After(before) {
			return nil
		}
		run.Phase = storage.PhaseLooking
		return forgetOld(tx, run)
	})
}

// fetchPage asks the shop for the page at the run's cursor, or, if the smallest one
// is never given, for the next that is. It asks for the first once more then: the
// shop may have been down, and be well again between two requests.
func (s *syncing) fetchPage(ctx context.Context) (*productPage, error) {
	held, release := s.company.LargeAnswers.Hold(ctx)
	defer release()
	first, err := s.fetchNth(held, 0)
	if s.run.PageSize > insales.SmallestPage || !s.neverGiven(err) {
		return first, err
	}
	for n := 1; n <= mostLeftOut; n++ {
		page, failed := s.fetchNth(held, n)
		if failed != nil && !s.neverGiven(failed) {
			return page, failed
		}
		if failed != nil {
			continue
		}
		if first, err = s.fetchNth(held, 0); s.neverGiven(err) {
			return page, nil
		}
		return first, err
	}
	return first, err
}

// fetchNth asks for the page that stands so many pages behind the run's cursor.
func (s *syncing) fetchNth(ctx context.Context, n int) (*productPage, error) {
	mapper, err := s.mapper(ctx)
	if err != nil {
		return nil, err
	}
	shop, permit, err := s.ask(ctx)
	if err != nil {
		return nil, err
	}
	page, from := &productPage{gathering: &gathering{mapper: mapper}, leftOut: n}, s.from()
	query := insales.ProductQuery{
		Since: from.UpdatedSince, FromID: from.FromID, PerPage: s.run.PageSize, Page: n + 1,
		Trashed: !s.run.Everything, Price: s.settings.Catalog.Price,
	}
	if asked, ok := shop.ShopTime(); ok {
		query.AsOf = asked.Add(company.OpenSecond)
	}
	page.ProductPage, err = shop.Products(ctx, permit, query, func(p insales.Product) {
		switch {
		case s.shownAgain(p):
			page.known++
			return
		case s.run.Floor.FromID == 0 || p.UpdatedAt.After(s.run.Floor.UpdatedSince):
			page.late++
		}
		page.add(p)
	})
	return page, err
}

// expect asks once how much there is to read, if that is more than a page, so
// that the progress can be told.
func (s *syncing) expect(ctx context.Context) error {
	if s.run.Expected > 0 || !s.run.Everything && s.run.Seen == 0 {
		return nil
	}
	var since time.Time
	if !s.run.Everything {
		since = s.run.Cursor.UpdatedSince
	}
	shop, permit, err := s.ask(ctx)
	if err != nil {
		return err
	}
	n, err := shop.CountProducts(ctx, permit, since)
	if err != nil {
		return err
	}
	s.run.Expected = max(s.run.Seen+int(n), 1)
	return nil
}

// forgetMapper makes the next step of a run make another mapper: the tree
// is not what it was.
func (s *Syncer) forgetMapper() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.mapper = nil
}

// mapper gives the product mapper of this run: its tree stays the same as long as
// it is not forgotten.
func (s *syncing) mapper(ctx context.Context) (*productMapper, error) {
	s.mu.Lock()
	mapper, of := s.state.mapper, s.state.mapperFor
	s.mu.Unlock()
	if mapper != nil && of == s.run.ID {
		return mapper, nil
	}
	mapper = &productMapper{shopURL: s.settings.Shop.URL, price: s.settings.Catalog.Price, tree: map[int64]struct{}{},
		html: newCleaner()}
	err := s.company.Update(ctx, func(tx *storage.Tx) error {
		known, err := tx.Categories(s.company.ID)
		for id, c := range known {
			if !c.Gone {
				mapper.tree[id] = struct{}{}
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.state.mapper, s.state.mapperFor = mapper, s.run.ID
	s.mu.Unlock()
	return mapper, nil
}

// releaseHeld stages what was held, a batch at a time, if it can be believed.
func (s *syncing) releaseHeld(ctx context.Context) error {
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		if run.Released == 0 { // what was looked at since may harm too
			if err := decide(tx, run, time.Now()); err != nil {
				return err
			}
		}
		if run.Blocked {
			run.Phase = storage.PhaseClosing
			return nil
		}
		items, err := tx.Held(run.Company, run.Released, ineedchat.MaxBatchProducts)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			run.Phase = storage.PhaseClosing
			return nil
		}
		ids := make([]int64, len(items))
		for i, item := range items {
			ids[i] = item.ID
		}
		run.Released = ids[len(ids)-1]
		known, err := tx.Products(run.Company, ids)
		if err != nil {
			return err
		}
		return stageItems(tx, run, items, known)
	})
}
