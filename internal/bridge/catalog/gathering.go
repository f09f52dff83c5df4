package catalog

import (
	"slices"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// What the shop shows of products is first gathered, then planned, then applied.
// Gathering asks the shop and needs no transaction. Planning compares what was
// gathered with what is known of the same products, and is a pure function of the
// two. Applying writes the plan within the commit that also moves the run on, so
// that a crash loses both or neither.
//
// The plan has four ways for a product that is for sale. What the chat has already,
// by the hash of what it acknowledged, is left alone. What would take something
// from customers, because less of it can be bought or more of it costs nothing, is
// held until the whole run was seen, since it may be an accident of the shop
// (guard.go). Everything else that differs is staged at once. And what was asked
// for by its id while its pictures are still being made is asked for again, a
// little later each time.

// A gathering is what a page, or a few rechecks, have shown.
type gathering struct {
	mapper   *productMapper
	byID     bool // the products were asked for one by one, by their ids
	products []mappedProduct
	hidden   []int64 // not for sale
	gone     []int64 // asked for by id, and not there
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

// checkPrice stops the run if the kind of price is nowhere to be seen, which means
// that the key may not see it or that the shop has no such kind.
func (g *gathering) checkPrice(kind string) error {
	if g.variants > 0 && g.withKind == 0 {
		return &catalogStop{problem.Of(problem.PriceMissing, "price", kind)}
	}
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

// A productPlan is what a gathering means for the products that are known.
type productPlan struct {
	ids       []int64                  // of all that is for sale; nothing older of it stays held
	seen      []storage.SeenProduct    // whose rows the reading has to mark
	settled   []int64                  // that the chat has as they are, so that nothing is to be waited for any more
	unready   []storage.CatalogProduct // that the chat has as they are, but without all of their pictures
	hold      []storage.CatalogItem
	send      []storage.CatalogItem
	postponed []int64 // of hold and send, what is asked for by its id again until the chat acknowledges it
	suspected []int64 // that may be gone: a list shows them as hidden
	gone      []int64 // that were asked for by their ids and are not for sale
	skipped   int     // that cannot be offered
	mainPrice int     // variants that have the main price for want of the kind
}

// planProducts compares what was gathered with what is known of it.
func planProducts(run storage.CatalogRun, known map[int64]storage.CatalogProduct, g *gathering) productPlan {
	var plan productPlan
	if g.byID {
		plan.gone = slices.Concat(g.gone, g.hidden)
	} else {
		plan.suspected = g.hidden
		plan.skipped = g.skipped // what is asked for by its id was counted when the feed showed it
	}
	for _, o := range g.newest() {
		p, ok := known[o.item.ID]
		plan.ids = append(plan.ids, o.item.ID)
		plan.mainPrice += o.mainPrice
		skus := storage.SKUs(o.item.SKUs)
		if run.Everything || !ok || p.Lost != storage.LossNone || skus != p.SKUs {
			plan.seen = append(plan.seen, storage.SeenProduct{Seq: p.Seq, ID: o.item.ID, SKUs: skus, Had: p.SKUs})
		}
		if ok && p.Hash == o.item.Hash && !run.Full {
			switch {
			case o.item.Unready && g.byID:
				plan.unready = append(plan.unready, p)
			case !o.item.Unready && (p.Tries > 0 || !p.LookAt.IsZero()):
				plan.settled = append(plan.settled, p.ID)
			}
			continue
		}
		if p.Hash != 0 && (o.item.Available < p.Available || o.item.Free > p.Free) {
			plan.hold = append(plan.hold, o.item)
		} else {
			plan.send = append(plan.send, o.item)
		}
		if g.byID {
			plan.postponed = append(plan.postponed, o.item.ID)
		}
	}
	return plan
}

// apply writes the plan and counts it in the run.
func (plan *productPlan) apply(
	tx *storage.Tx, run *storage.CatalogRun, known map[int64]storage.CatalogProduct,
) error {
	for _, step := range []func() error{
		func() error { return markSeen(tx, run, plan.seen, known) },
		func() error { return tx.SettleProducts(run.Company, plan.settled) },
		func() error { return recheckLater(tx, run, plan.unready) },
		func() error { return tx.Unhold(run.Company, plan.ids) },
		func() error { return tx.Hold(run.Company, plan.hold) },
		func() error { return tx.LoseProducts(run.Company, plan.suspected, storage.LossSuspected, time.Now()) },
		func() error { return tx.LoseProducts(run.Company, plan.gone, storage.LossConfirmed, time.Time{}) },
		func() error { return stageItems(tx, run, plan.send, known) },
		func() error { return tx.Postpone(run.Company, plan.postponed, time.Now().Add(recheckAgain)) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	run.Offered += len(plan.ids) // not before: a batch says what was counted before its page
	run.Skipped += plan.skipped
	run.MainPrice += plan.mainPrice
	return nil
}

// absorb takes over what was gathered.
func absorb(tx *storage.Tx, run *storage.CatalogRun, g *gathering) error {
	ids := make([]int64, len(g.products))
	for i, o := range g.products {
		ids[i] = o.item.ID
	}
	known, err := tx.Products(run.Company, ids)
	if err != nil {
		return err
	}
	plan := planProducts(*run, known, g)
	if err := plan.apply(tx, run, known); err != nil {
		return err
	}
	return remember(tx, run, g)
}

// markSeen records what is for sale and notes the rows of what is new.
func markSeen(
	tx *storage.Tx, run *storage.CatalogRun, list []storage.SeenProduct, known map[int64]storage.CatalogProduct,
) error {
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
