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

const maxTreePages = 400 // 100,000 collections

// collections reads all pages of the collections. A page that brings nothing
// new is the end, whether or not the shop knows pages.
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
		if len(list) < insales.PageSize || len(all) == fresh {
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
	slices.SortFunc(tree, func(a, b insales.Collection) int {
		return cmp.Or(cmp.Compare(places[a.ID].depth, places[b.ID].depth), cmp.Compare(a.ID, b.ID))
	})
	return tree
}

// stageTree puts the categories that the chat does not have as they are into
// batches. If suspiciously many have disappeared, or the shop's list lacks some
// that are there, they are kept.
func stageTree(tx *storage.Tx, run *storage.CatalogRun, tree []insales.Collection, lacking bool) error {
	known, err := tx.Categories(run.Company)
	if err != nil {
		return err
	}
	k, err := tx.Catalog(run.Company)
	if err != nil {
		return err
	}
	ids := make([]int64, len(tree))
	there := make(map[int64]struct{}, len(tree))
	for i, c := range tree {
		ids[i], there[c.ID] = c.ID, struct{}{}
	}
	var missing []int64
	acked := 0
	for id, c := range known {
		if c.Hash == 0 {
			continue
		}
		acked++
		if _, ok := there[id]; !ok {
			missing = append(missing, id)
		}
	}
	odd := suspicious(len(missing), acked) || len(tree) == 0 && acked > 0 || lacking
	run.KeptCategories = 0
	if odd && exceeds(len(missing), k.Allowed.Categories) {
		run.KeptCategories = len(missing)
		ids = append(ids, missing...)
	}
	if err := tx.PutTree(run.Company, ids); err != nil {
		return err
	}
	// Products that stood in a category before it could be seen need not have
	// changed since.
	grown := func(id int64) bool { c, ok := known[id]; return !ok || c.Gone }
	if !run.Everything && slices.ContainsFunc(ids, grown) && k.Want == storage.WantNothing {
		k.Want, k.WantCause = storage.WantEverything, storage.CauseTimer
		if err := tx.PutCatalog(k); err != nil {
			return err
		}
	}
	st := newStager(tx, run)
	defer st.done()
	var had []int64
	for _, c := range tree {
		text, hash := sealCategory(c)
		if run.Full || known[c.ID].Hash != hash {
			if known[c.ID].Hash != 0 {
				had = append(had, c.ID)
			}
			if err := st.category(storage.CatalogCategory{ID: c.ID, Hash: hash}, text); err != nil {
				return err
			}
		}
	}
	if len(had) > 0 {
		if err := tx.DoubtCategories(run.Company, had); err != nil {
			return err
		}
	}
	return st.flush()
}

func sealCategory(c insales.Collection) ([]byte, int64) {
	out := ineedchat.Category{ID: problem.ID(c.ID), Title: cmp.Or(oneLine(c.Title), problem.ID(c.ID)),
		Position: c.Position}
	if c.ParentID != 0 {
		out.ParentID = new(problem.ID(c.ParentID))
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err) // plain types always encode
	}
	return text, ineedchat.Digest(text)
}
