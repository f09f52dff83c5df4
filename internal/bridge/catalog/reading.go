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
	tree := treeOf(list)
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
		return stageTree(tx, run, tree, lacking)
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

// A gathering is what a page, or a few rechecks, have shown.
type gathering struct {
	mapper   *productMapper
	products []mappedProduct
	hidden   []int64 // not for sale
	gone     []int64 // asked for by id: not for sale, or not there
	skipped  int     // shown to customers, but cannot be offered
	remarks  []storage.ProductRemark

	variants, withKind int // how many variants there were, and how many have the kind of price
}

func (g *gathering) add(p insales.Product) {
	for _, v := range p.Variants {
		g.variants++
		if v.HasKind {
			g.withKind++
		}
	}
	o, ok := g.mapper.mapProduct(p)
	if o.remark != nil {
		g.remarks = append(g.remarks, *o.remark)
	}
	if ok {
		g.products = append(g.products, o)
		return
	}
	g.hidden = append(g.hidden, p.ID)
	if o.remark != nil {
		g.skipped++
	}
}

// priceless reports whether the kind of price is nowhere to be seen, which
// means that the key may not see it or that the shop has no such kind.
func (g *gathering) priceless() bool { return g.variants > 0 && g.withKind == 0 }

// A productPage is what a page of the shop's products has shown.
type productPage struct {
	insales.ProductPage
	*gathering
	known   int // products that were shown before
	late    int // that were changed since the reading began
	leftOut int // pages before it that the shop never gives
}

// readPage reads the next page and commits its effects.
func (s *syncing) readPage(ctx context.Context) error {
	if err := s.expect(ctx); err != nil {
		return err
	}
	page, err := s.fetchPage(ctx)
	never := s.neverGiven(err)
	if s.run.PageSize > insales.SmallestPage && (never || tooMuch(err)) {
		return s.shrink(ctx, never)
	}
	if err != nil {
		return err
	}
	before, after := s.run.Cursor, storage.Cursor{UpdatedSince: page.Last.UpdatedAt, FromID: page.Last.ID}
	switch {
	case page.Full && !after.After(before):
		return &catalogStop{storage.Problem{Code: problem.FeedStuck}}
	case page.priceless():
		return &catalogStop{problem.Of(problem.PriceMissing, "price", s.settings.Catalog.Price)}
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
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		if err := absorb(tx, run, page.gathering, time.Time{}); err != nil {
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
			grow(run)
		} else {
			run.Phase = storage.PhaseLooking
			return forgetOld(tx, run)
		}
		return nil
	})
}

// fetchPage asks the shop for the page at the run's cursor, or, if the smallest one
// is never given, for the next that is. It asks for the first once more then: the
// shop may have been down, and be well again between two requests.
func (s *syncing) fetchPage(ctx context.Context) (*productPage, error) {
	held, leave := s.company.Room.Hold(ctx)
	defer leave()
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
		html: newHTMLPolicy()}
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

// absorb takes over what was gathered: what the chat has already is left
// alone, what would harm is held, everything else that differs is staged.
// Again is when products that were asked for by id are asked for again unless
// the chat has acknowledged them by then; zero if they come from the feed.
func absorb(tx *storage.Tx, run *storage.CatalogRun, g *gathering, again time.Time) error {
	products := g.newest()
	ids := make([]int64, len(products))
	for i, o := range products {
		ids[i] = o.item.ID
	}
	known, err := tx.Products(run.Company, ids)
	if err != nil {
		return err
	}
	var settled, changed []int64
	var unready []storage.CatalogProduct
	var seen []storage.SeenProduct
	var hold, send []storage.CatalogItem
	mainPrice := 0
	for _, o := range products {
		mainPrice += o.mainPrice
		p, ok := known[o.item.ID]
		skus := storage.SKUs(o.item.SKUs)
		if run.Everything || !ok || p.Lost != storage.LossNone || skus != p.SKUs {
			seen = append(seen, storage.SeenProduct{Seq: p.Seq, ID: o.item.ID, SKUs: skus, Had: p.SKUs})
		}
		if ok && p.Hash == o.item.Hash && !run.Full {
			switch {
			case o.item.Unready && !again.IsZero():
				unready = append(unready, p)
			case !o.item.Unready && (p.Tries > 0 || !p.LookAt.IsZero()):
				settled = append(settled, p.ID)
			}
			continue
		}
		changed = append(changed, o.item.ID)
		if p.Hash != 0 && (o.item.Available < p.Available || o.item.Free > p.Free) {
			hold = append(hold, o.item)
			continue
		}
		send = append(send, o.item)
	}
	steps := []func() error{
		func() error { return markSeen(tx, run, seen, known) },
		func() error { return tx.SettleProducts(run.Company, settled) },
		func() error { return recheckLater(tx, run, unready) },
		func() error { return tx.Unhold(run.Company, ids) },
		func() error { return tx.Hold(run.Company, hold) },
		func() error { return tx.LoseProducts(run.Company, g.hidden, storage.LossSuspected, time.Now()) },
		func() error { return tx.LoseProducts(run.Company, g.gone, storage.LossConfirmed, time.Time{}) },
		func() error { return stageItems(tx, run, send, known) },
		func() error { return remember(tx, run, g) },
	}
	if !again.IsZero() {
		steps = append(steps, func() error { return tx.Postpone(run.Company, changed, again) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	run.Offered += len(products) // not before: a batch says what was counted before its page
	if again.IsZero() {
		run.Skipped += g.skipped // what is asked for by its id was counted when the feed showed it
	}
	run.MainPrice += mainPrice
	return nil
}

// newest leaves of each product what was shown last.
func (g *gathering) newest() []mappedProduct {
	at := make(map[int64]int, len(g.products))
	for i, o := range g.products {
		at[o.item.ID] = i
	}
	if len(at) == len(g.products) {
		return g.products
	}
	var list []mappedProduct
	for i, o := range g.products {
		if at[o.item.ID] == i {
			list = append(list, o)
		}
	}
	return list
}

// markSeen records what is for sale and notes the rows of what is new.
func markSeen(tx *storage.Tx, run *storage.CatalogRun, list []storage.SeenProduct,
	known map[int64]storage.CatalogProduct) error {
	if len(list) == 0 {
		return nil
	}
	err := tx.SeeProducts(run.Company, run.Reading, list)
	for _, one := range list {
		p := known[one.ID]
		p.Seq = one.Seq
		known[one.ID] = p
	}
	return err
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
