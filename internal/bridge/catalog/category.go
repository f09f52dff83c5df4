package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// The tree of categories is small, and read whole with each run. The chat wants
// parents before their children, so the shop's list is first put in order: what is
// hidden is left out with all that is below it, and a ring, which would have no
// beginning, is cut open (treeOf). Then it is compared with what the chat has
// acknowledged (planTree), and what differs is staged before any product.

const maxTreePages = 400 // 100,000 collections

// collections reads all pages of the collections. A page of few is the end, and so is
// one that brings nothing new, whether or not the shop knows pages.
func (s *syncing) collections(ctx context.Context) ([]insales.Collection, error) {
	var all []insales.Collection
	known := map[int64]struct{}{}
	for page := 1; page <= maxTreePages; page++ {
		shop, permit, err := s.ask(ctx)
		if err != nil {
			return nil, err
		}
		list, err := shop.Collections(ctx, permit, page)
		if err != nil {
			return nil, err
		}
		fresh := len(all)
		for _, c := range list {
			if _, ok := known[c.ID]; !ok {
				known[c.ID] = struct{}{}
				all = append(all, c)
			}
		}
		if !s.mayBeCut(len(list), insales.PageSize) || len(all) == fresh {
			break
		}
	}
	return all, nil
}

// treeOf gives the collections that a customer sees, parents before children.
// What is hidden is left out with all that is below it; what has no parent
// there, or is its own ancestor, is a root.
func treeOf(list []insales.Collection) []insales.Collection {
	byID := make(map[int64]insales.Collection, len(list))
	for _, c := range list {
		byID[c.ID] = c
	}
	type place struct {
		depth  int
		hidden bool
	}
	places := make(map[int64]place, len(list))
	var find func(id int64, steps int) place
	find = func(id int64, steps int) place {
		if p, ok := places[id]; ok {
			return p
		}
		c := byID[id]
		parent, ok := byID[c.ParentID]
		if !ok || steps > len(list) || parent.ID == id {
			c.ParentID = 0
			byID[id] = c
			places[id] = place{hidden: c.Hidden}
			return places[id]
		}
		up := find(parent.ID, steps+1)
		if p, ok := places[id]; ok { // a ring was cut open here
			return p
		}
		places[id] = place{depth: up.depth + 1, hidden: c.Hidden || up.hidden}
		return places[id]
	}
	tree := make([]insales.Collection, 0, len(list))
	for _, c := range list {
		if !find(c.ID, 0).hidden {
			tree = append(tree, byID[c.ID])
		}
	}
	slices.SortStableFunc(tree, func(a, b insales.Collection) int {
		return cmp.Or(cmp.Compare(places[a.ID].depth, places[b.ID].depth), cmp.Compare(a.ID, b.ID))
	})
	return tree
}

// A shownTree is what a shop has shown of its collections.
type shownTree struct {
	collections []insales.Collection // that a customer sees, parents before children
	lacking     bool                 // the list lacks some that are there
}

// A treePlan is what a shown tree means for the tree that the chat has.
type treePlan struct {
	there []int64          // all categories that there are from now on
	kept  int              // how many of them the shop did not show
	grown bool             // one was not there before
	send  []sealedCategory // those that the chat does not have as they are, parents before children
	doubt []int64          // of send, those that the chat has in another form
}

// planTree compares a shown tree with the categories that are known. If
// suspiciously many have disappeared, more than a person has allowed, or if the
// shop's list lacks some that are there, all that have disappeared are kept.
func planTree(
	run storage.CatalogRun, known map[int64]storage.CatalogCategory, shown shownTree, allowed int,
) treePlan {
	var plan treePlan
	there := make(map[int64]struct{}, len(shown.collections))
	for _, c := range shown.collections {
		plan.there, there[c.ID] = append(plan.there, c.ID), struct{}{}
	}
	var missing []int64
	acknowledged := 0
	for id, c := range known {
		if c.Hash == 0 {
			continue
		}
		acknowledged++
		if _, ok := there[id]; !ok {
			missing = append(missing, id)
		}
	}
	odd := shown.lacking || suspicious(len(missing), acknowledged) || len(there) == 0 && acknowledged > 0
	if odd && exceeds(len(missing), allowed) {
		plan.kept = len(missing)
		plan.there = append(plan.there, missing...)
	}
	plan.grown = slices.ContainsFunc(plan.there, func(id int64) bool {
		c, ok := known[id]
		return !ok || c.Gone
	})
	for _, c := range shown.collections {
		sealed, had := sealCategory(c), known[c.ID].Hash
		if !run.Full && had == sealed.Hash {
			continue
		}
		plan.send = append(plan.send, sealed)
		if had != 0 {
			plan.doubt = append(plan.doubt, c.ID)
		}
	}
	return plan
}

// stageTree puts the categories that the chat does not have as they are into batches.
func stageTree(tx *storage.Tx, run *storage.CatalogRun, shown shownTree) error {
	known, err := tx.Categories(run.Company)
	if err != nil {
		return err
	}
	k, err := tx.Catalog(run.Company)
	if err != nil {
		return err
	}
	plan := planTree(*run, known, shown, k.Allowed.Categories)
	if err := plan.apply(tx, run); err != nil {
		return err
	}
	// Products that stood in a category before it could be seen need not have
	// changed since, so that no list of changes brings them.
	if plan.grown && !run.Everything && k.Want == storage.WantNothing {
		k.Want, k.WantCause = storage.WantEverything, storage.CauseTimer
		return tx.PutCatalog(k)
	}
	return nil
}

// apply writes the plan and counts it in the run.
func (plan *treePlan) apply(tx *storage.Tx, run *storage.CatalogRun) error {
	run.KeptCategories = plan.kept
	if err := tx.PutTree(run.Company, plan.there); err != nil {
		return err
	}
	st := newStager(tx, run)
	defer st.done()
	for _, c := range plan.send {
		if err := st.category(c.CatalogCategory, c.text); err != nil {
			return err
		}
	}
	if len(plan.doubt) > 0 {
		if err := tx.DoubtCategories(run.Company, plan.doubt); err != nil {
			return err
		}
	}
	return st.flush()
}

// A sealedCategory is a category with its line in a batch.
type sealedCategory struct {
	storage.CatalogCategory
	text []byte
}

func sealCategory(c insales.Collection) sealedCategory {
	out := ineedchat.Category{ID: problem.ID(c.ID), Title: cmp.Or(oneLine(c.Title), problem.ID(c.ID)),
		Position: c.Position}
	if c.ParentID != 0 {
		out.ParentID = new(problem.ID(c.ParentID))
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err) // plain types always encode
	}
	hash := ineedchat.Digest(text)
	return sealedCategory{storage.CatalogCategory{ID: c.ID, Hash: hash}, text}
}
