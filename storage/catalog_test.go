package storage

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"ineed-insales/migrations"
)

var catalogTime = time.UnixMilli(1_790_000_000_000).UTC()

// stock sees and acknowledges products 1 to n, each with two variants and a
// number of its own.
func stock(t *testing.T, s *Store, n int) {
	t.Helper()
	do(t, s, func(tx *Tx) error {
		var seen []SeenProduct
		var items BatchItems
		for i := range int64(n) {
			id := i + 1
			seen = append(seen, SeenProduct{ID: id, SKUs: SKUs([]SKU{{fmt.Sprint("A-", id), id * 10}})})
			items.Products = append(items.Products,
				CatalogItem{ID: id, Hash: id * 100, Available: 2, Free: 1, Variants: []int64{id * 10, id*10 + 1}})
		}
		return errors.Join(tx.SeeProducts("2", 1, seen), tx.Acknowledge("2", items, time.Time{}))
	})
}

func products(t *testing.T, s *Store, ids ...int64) map[int64]CatalogProduct {
	t.Helper()
	var list map[int64]CatalogProduct
	do(t, s, func(tx *Tx) (err error) { list, err = tx.Products("2", ids); return err })
	return list
}

func skus(t *testing.T, s *Store, sku string) []int64 {
	t.Helper()
	ids, err := s.VariantsBySKU(t.Context(), "2", sku)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestCatalogProducts(t *testing.T) {
	s := open(t)
	stock(t, s, 5000) // more than go into the index at once
	got := products(t, s, 1, 2, 9999)
	if p := got[2]; len(got) != 2 || p.Hash != 200 || p.Available != 2 || p.Free != 1 ||
		!slices.Equal(p.Variants, []int64{20, 21}) || p.SKUs != `[["A-2",20]]` {
		t.Errorf("%+v", got)
	}
	for _, id := range []int64{1, 2500, 5000} {
		if ids := skus(t, s, fmt.Sprint("A-", id)); !slices.Equal(ids, []int64{id * 10}) {
			t.Errorf("%d: %v", id, ids)
		}
	}
	census, err := s.CatalogCensus(t.Context(), "2")
	if err != nil || census.Visible != 5000 || census.Lost != 0 || census.Waiting != 0 {
		t.Errorf("%+v %v", census, err)
	}
	if other, err := s.CatalogCensus(t.Context(), "3"); err != nil || other.Visible != 0 {
		t.Errorf("%+v %v", other, err)
	}
}

// Article numbers are found wherever their products stand: in a database of
// the step before, in another block, and more than once.
func TestCatalogSKUs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.UpTo(t.Context(), 16)
	if err == nil {
		_, err = db.Exec(
			`INSERT INTO catalog_products (seq, company, id, hash, available, free, variants, skus, seen, lost,
				look_at, tries, problem)
			VALUES (1, '2', 7, 0, 0, 0, '', '[["OLD",70],["OLD",71]]', 1, 0, 0, 0, ''), (5000, '2', 8, 0, 0, 0, '',
			'[["B",80]]', 1, 0, 0, 0, ''),
			(5001, '3', 8, 0, 0, 0, '', '[["B",81]]', 1, 0, 0, 0, '')`)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s := open(t, func(c *Config) { c.Path = path })
	if old, b := skus(t, s, "OLD"), skus(t, s, "B"); !slices.Equal(old, []int64{70, 71}) ||
		!slices.Equal(b, []int64{80}) {
		t.Errorf("%v %v", old, b)
	}
	list := []SeenProduct{{ID: 9, SKUs: `[["B",90],["b",91]]`},
		{Seq: 1, ID: 7, SKUs: `[["NEW",70]]`, Had: `[["OLD",70],["OLD",71]]`}}
	do(t, s, func(tx *Tx) error { return tx.SeeProducts("2", 2, list) })
	if list[0].Seq != 5002 || products(t, s, 9)[9].Seq != 5002 {
		t.Errorf("%+v", list)
	}
	for sku, want := range map[string][]int64{"B": {80, 90}, "b": {91}, "OLD": nil, "NEW": {70}} {
		if got := skus(t, s, sku); !slices.Equal(got, want) {
			t.Errorf("%s: %v", sku, got)
		}
	}
}

// A product that is lost is asked for, its numbers name nothing any more, and
// one that comes back is as if it had never gone.
func TestCatalogLoss(t *testing.T) {
	s := open(t)
	stock(t, s, 3)
	due := func(loss Loss) []int64 {
		t.Helper()
		ids, err := s.ToLook(t.Context(), "2", catalogTime, loss, 10)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	do(t, s, func(tx *Tx) error { return tx.LoseProducts("2", []int64{1, 2, 77}, LossSuspected, catalogTime) })
	if ids := due(LossSuspected); !slices.Equal(ids, []int64{1, 2}) || len(due(LossNone)) != 0 ||
		skus(t, s, "A-1") != nil {
		t.Errorf("%v, %v", ids, skus(t, s, "A-1"))
	}
	do(t, s, func(tx *Tx) error {
		h, err := tx.Impact("2")
		if h.Removed != 2 || h.Held != 0 {
			t.Errorf("%+v", h)
		}
		return err
	})
	do(t, s, func(tx *Tx) error {
		back := []SeenProduct{{Seq: 1, ID: 1, SKUs: SKUs([]SKU{{"A-1", 10}})}}
		return errors.Join(tx.SeeProducts("2", 2, back), tx.LoseProducts("2", []int64{2}, LossConfirmed, time.Time{}))
	})
	if p := products(t, s, 1)[1]; p.Lost != LossNone || !p.LookAt.IsZero() || p.Hash != 100 ||
		!slices.Equal(skus(t, s, "A-1"), []int64{10}) {
		t.Errorf("%+v", p)
	}
	do(t, s, func(tx *Tx) error {
		ids, err := tx.ConfirmedLost("2", 10)
		if !slices.Equal(ids, []int64{2}) {
			t.Errorf("%v", ids)
		}
		return errors.Join(err, tx.Acknowledge("2", BatchItems{Gone: []int64{1, 2}}, time.Time{}))
	})
	// Only what was lost is forgotten: 1 has come back since the batch was made.
	if got := products(t, s, 1, 2, 3); len(got) != 2 || got[1].ID != 1 || got[3].ID != 3 {
		t.Errorf("%+v", got)
	}
}

func TestCatalogUnseen(t *testing.T) {
	s := open(t)
	stock(t, s, 3)
	do(t, s, func(tx *Tx) error {
		return errors.Join(
			tx.SeeProducts("2", 2, []SeenProduct{{Seq: 2, ID: 2, SKUs: `[["A-2",20]]`, Had: `[["A-2",20]]`}}),
			tx.LoseUnseen("2", 2, catalogTime))
	})
	if got := products(t, s, 1, 2, 3); got[1].Lost != LossSuspected || got[2].Lost != LossNone ||
		got[3].Lost != LossSuspected {
		t.Errorf("%+v", got)
	}
	do(t, s, func(tx *Tx) error { return tx.ForgetUnseen("2", 2) })
	if got := products(t, s, 1, 2, 3); len(got) != 1 || skus(t, s, "A-3") != nil || len(skus(t, s, "A-2")) != 1 {
		t.Errorf("%+v", got)
	}
}

// What is held leaves with the acknowledgement of just that content.
func TestCatalogHeld(t *testing.T) {
	s := open(t)
	stock(t, s, 3)
	held := func(after int64) (ids []int64) {
		t.Helper()
		do(t, s, func(tx *Tx) error {
			list, err := tx.Held("2", after, 10)
			ids = nil
			for _, i := range list {
				ids = append(ids, i.ID)
				if string(i.Body) != fmt.Sprintf(`{"id":"%d"}`, i.ID) || i.Hash == 0 {
					t.Errorf("%+v", i)
				}
			}
			return err
		})
		return ids
	}
	item := func(id, hash int64) CatalogItem {
		return CatalogItem{ID: id, Hash: hash, Body: fmt.Appendf(nil, `{"id":"%d"}`, id)}
	}
	do(t, s, func(tx *Tx) error { return tx.Hold("2", []CatalogItem{item(1, 11), item(2, 12), item(3, 13)}) })
	do(t, s, func(tx *Tx) error { return tx.Hold("2", []CatalogItem{item(2, 22)}) })
	if ids := held(1); !slices.Equal(ids, []int64{2, 3}) {
		t.Errorf("%v", ids)
	}
	do(t, s, func(tx *Tx) error {
		return tx.Acknowledge("2", BatchItems{Products: []CatalogItem{item(1, 11), item(2, 12)}}, time.Time{})
	})
	if ids := held(0); !slices.Equal(ids, []int64{2, 3}) {
		t.Errorf("2 was held anew since: %v", ids)
	}
	do(t, s, func(tx *Tx) error {
		return errors.Join(tx.Unhold("2", []int64{2}), tx.LoseProducts("2", []int64{3}, LossSuspected, catalogTime))
	})
	if ids := held(0); ids != nil {
		t.Errorf("%v", ids)
	}
}

func TestCatalogBatches(t *testing.T) {
	s := open(t)
	add := func(seq int) {
		t.Helper()
		do(t, s, func(tx *Tx) error {
			return tx.AddBatch(
				CatalogBatch{Company: "2", Seq: seq, StagedAt: catalogTime,
					Before: Place{Cursor: Cursor{catalogTime, 7}},
					Items:  BatchItems{Gone: []int64{int64(seq)}}, Products: fmt.Appendf(nil, "{}%d", seq)})
		})
	}
	first := func() (CatalogBatch, int) {
		t.Helper()
		list, err := s.Batches(t.Context(), "2", 10)
		if err != nil {
			t.Fatal(err)
		}
		if one, err := s.Batches(t.Context(), "2", 1); err != nil || len(one) != min(len(list), 1) {
			t.Fatalf("%+v %v", one, err)
		}
		if len(list) == 0 {
			return CatalogBatch{}, 0
		}
		return list[0], len(list)
	}
	if _, n := first(); n != 0 {
		t.Error(n)
	}
	for seq := range 4 {
		add(seq + 1)
	}
	if b, n := first(); n != 4 || b.Seq != 1 || !b.StagedAt.Equal(catalogTime) ||
		b.Before.Cursor != (Cursor{catalogTime, 7}) || b.Items.Gone[0] != 1 || b.Products != nil {
		t.Errorf("%d %+v", n, b)
	}
	texts := func(seq int) (text string) {
		t.Helper()
		if err := s.BatchTexts(t.Context(), "2", seq,
			func(_, products []byte) { text = string(products) }); err != nil {
			t.Error(err)
		}
		return text
	}
	do(t, s, func(tx *Tx) error {
		b, err := tx.NewestBatch("2")
		if err != nil || b.Seq != 4 || b.Last || b.Products != nil {
			t.Errorf("%+v %v", b, err)
		}
		b.Last, b.Items.GoneCategories = true, []int64{9}
		return tx.EndBatch(b)
	})
	do(t, s, func(tx *Tx) error {
		b, err := tx.NewestBatch("2")
		if err == nil {
			err = tx.ReadBatch(&b)
		}
		if !b.Last || !slices.Equal(b.Items.GoneCategories, []int64{9}) || string(b.Products) != "{}4" ||
			texts(4) != "{}4" || texts(1) != "{}1" {
			t.Errorf("%+v", b)
		}
		return err
	})
	if err := s.BatchTexts(t.Context(), "2", 5, nil); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	do(t, s, func(tx *Tx) error { return tx.DropBatch("2", 1, 1) }) // split: those behind it make room
	do(t, s, func(tx *Tx) error { return tx.DropBatch("2", 3, -1) })
	var seqs []int
	for {
		b, n := first()
		if n == 0 {
			break
		}
		seqs = append(seqs, b.Seq, int(b.Items.Gone[0]))
		do(t, s, func(tx *Tx) error { return tx.DropBatch("2", b.Seq, 0) })
	}
	if !slices.Equal(seqs, []int{3, 3, 4, 4}) {
		t.Errorf("%v", seqs)
	}
}

// One run at a time, and one that was ended takes nothing more.
func TestCatalogRuns(t *testing.T) {
	s := open(t)
	r := CatalogRun{Company: "2", BeganAt: catalogTime, Cause: CauseTimer}
	do(t, s, func(tx *Tx) error { return tx.BeginRun(&r) })
	if err := s.Update(t.Context(),
		func(tx *Tx) error { return tx.BeginRun(&CatalogRun{Company: "2", BeganAt: catalogTime}) }); !errors.Is(err,
		ErrStale) {
		t.Error(err)
	}
	do(t, s, func(tx *Tx) error { return tx.BeginRun(&CatalogRun{Company: "3", BeganAt: catalogTime}) })
	r.Seen, r.Cursor = 5, Cursor{catalogTime, 9}
	do(t, s, func(tx *Tx) error { return tx.PutRun(r) })
	if got, err := s.RunningRun(t.Context(), "2"); err != nil || got != r {
		t.Errorf("%+v %v", got, err)
	}
	r.EndedAt, r.Outcome = catalogTime.Add(time.Second), RunDone
	do(t, s, func(tx *Tx) error { return tx.PutRun(r) })
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutRun(r) }); !errors.Is(err, ErrStale) {
		t.Error(err)
	}
	if _, err := s.RunningRun(t.Context(), "2"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	for range maxRuns + 5 {
		next := CatalogRun{Company: "2", BeganAt: catalogTime}
		do(t, s, func(tx *Tx) error { return tx.BeginRun(&next) })
		next.EndedAt = catalogTime
		do(t, s, func(tx *Tx) error { return tx.PutRun(next) })
	}
	list, next, err := s.Runs(t.Context(), "2", "", maxRuns+1)
	if err != nil || len(list) != maxRuns || next != "" {
		t.Errorf("%d %q %v", len(list), next, err)
	}
	do(t, s, func(tx *Tx) error { return tx.ClearCatalog("2") })
	if _, _, err := s.Runs(t.Context(), "2", "x", 1); !errors.Is(err, ErrCursor) {
		t.Error(err)
	}
}
