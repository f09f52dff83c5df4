package storage

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fed shows products in the feed, each with its variants, and acknowledges them, as a batch
// does.
func fed(t testing.TB, s *Store, reading int64, list ...CatalogItem) {
	t.Helper()
	do(t, s, func(tx *Tx) error {
		ids := make([]int64, len(list))
		for i, p := range list {
			ids[i] = p.ID
		}
		known, err := tx.Products("2", ids)
		if err != nil {
			return err
		}
		seen := make([]SeenProduct, len(list))
		var batch FeedBatch
		for i, p := range list {
			seen[i] = SeenProduct{ID: p.ID, Seq: known[p.ID].Seq, SKUs: "[]", Had: "[]"}
			batch.Products = append(batch.Products, NewFeedProduct(p, p.Body))
		}
		return errors.Join(tx.SeeProducts("2", reading, seen), tx.ShowBatch("2", batch, catalogTime),
			tx.Acknowledge("2", BatchItems{Products: list}, time.Time{}))
	})
}

// offered is a product as it is shown: its body says its hash, and is long enough to be
// deflated if it is asked for.
func offered(id, hash int64, variants ...int64) CatalogItem {
	return CatalogItem{ID: id, Hash: hash, Variants: variants,
		Body: fmt.Appendf(nil, `{"id":"%d","hash":%d,"title":"%s"}`, id, hash, strings.Repeat("x", int(id%3)*700))}
}

// shown is what a reader of the feed gets: each offer with the id and hash of its product.
func shown(t *testing.T, s *Store, enough func(int) bool) []string {
	t.Helper()
	var list []string
	pages := offerPages(t, s)
	product := ""
	for more := true; more; {
		var err error
		more, err = pages.Next(t.Context(), func(offer int64, text []byte) (bool, error) {
			if text != nil {
				product, _, _ = strings.Cut(strings.TrimPrefix(string(text), `{"id":"`), `,"title`)
				product = strings.Replace(product, `","hash":`, "#", 1)
			}
			list = append(list, fmt.Sprint(offer, " of ", product))
			return enough != nil && enough(len(list)), nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func offerPages(t *testing.T, s *Store) *OfferPages {
	t.Helper()
	pages, err := s.OfferPages(t.Context(), "2")
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func feedAt(t *testing.T, s *Store) time.Time {
	t.Helper()
	at, err := s.FeedChangedAt(t.Context(), "2")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestFeedShows: offers come once, by their ids, whatever the pages; what changes is shown
// as it is now, and what has not changed moves no time.
func TestFeedShows(t *testing.T) {
	s := open(t)
	if _, err := s.OfferPages(t.Context(), "2"); !feedAt(t, s).IsZero() || !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	fed(t, s, 1, offered(1, 100, 10, 11), offered(2, 200, 20), offered(3, 300, 5, 30))
	want := []string{"5 of 3#300", "10 of 1#100", "11 of 1#100", "20 of 2#200", "30 of 3#300"}
	for every := range 3 {
		if got := shown(t, s, func(n int) bool { return every > 0 && n%every == 0 }); !slices.Equal(got, want) {
			t.Errorf("pages of %d: %v", every, got)
		}
	}
	at := feedAt(t, s)
	fed(t, s, 1, offered(1, 100, 10, 11))
	if feedAt(t, s) != at {
		t.Error("the same again is a change")
	}
	// One variant less, one more; and one that another product names, too.
	fed(t, s, 1, offered(1, 101, 11, 12), offered(2, 201, 20, 30))
	want = []string{"5 of 3#300", "11 of 1#101", "12 of 1#101", "20 of 2#201", "30 of 2#201"}
	if got := shown(t, s, nil); !slices.Equal(got, want) || !feedAt(t, s).After(at) {
		t.Errorf("%v at %v", got, feedAt(t, s))
	}
	do(t, s, func(tx *Tx) error {
		return errors.Join(tx.LoseProducts("2", []int64{1}, LossConfirmed, time.Time{}),
			tx.ShowBatch("2", FeedBatch{Gone: []int64{1}}, catalogTime),
			tx.Acknowledge("2", BatchItems{Gone: []int64{1}}, at))
	})
	want = []string{"5 of 3#300", "20 of 2#201", "30 of 2#201"}
	if got := shown(t, s, nil); !slices.Equal(got, want) {
		t.Errorf("without 1: %v", got)
	}
	// Another company's feed is another one, and goes with its company.
	do(t, s, func(tx *Tx) error { return tx.ClearCatalog("3") })
	if got := shown(t, s, nil); !slices.Equal(got, want) {
		t.Errorf("company 3 cleared: %v", got)
	}
	// Given up while it is read: what is left is no catalog. Another one begins empty.
	pages := offerPages(t, s)
	do(t, s, func(tx *Tx) error { return tx.ClearCatalog("2") })
	if more, err := pages.Next(t.Context(), func(int64, []byte) (bool, error) { return false, nil }); more ||
		!errors.Is(err, ErrStale) {
		t.Errorf("given up: %t, %v", more, err)
	}
	fed(t, s, 1, offered(2, 200, 20))
	if got := shown(t, s, nil); !slices.Equal(got, []string{"20 of 2#200"}) {
		t.Errorf("a new one: %v", got)
	}
	if left, err := s.sweepFeeds(t.Context()); left || err != nil || len(shown(t, s, nil)) != 1 {
		t.Error("swept:", left, err, shown(t, s, nil))
	}
	do(t, s, func(tx *Tx) error { return tx.ClearFeed("2") })
	if left, err := s.sweepFeeds(t.Context()); left || err != nil {
		t.Error("swept:", left, err)
	}
	for _, table := range []string{"feeds", "feed_products", "feed_offers", "feed_categories"} {
		if n, err := value[int](s.queryRow(t.Context(), "SELECT count(*) FROM catalog_"+table)); n != 0 || err != nil {
			t.Errorf("catalog_%s: %d rows, %v", table, n, err)
		}
	}
}

// TestFeedEndOfFullSync: what a full sync has not named is shown no more.
func TestFeedEndOfFullSync(t *testing.T) {
	s := open(t)
	tree := func(ids ...int64) FeedBatch {
		var b FeedBatch
		for _, id := range ids {
			b.Categories = append(b.Categories, FeedCategory{ID: id, Body: fmt.Appendf(nil, `{"id":"%d"}`, id)})
		}
		return b
	}
	fed(t, s, 1, offered(1, 100, 10), offered(2, 200, 20))
	do(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutTree("2", []int64{7, 8}), tx.ShowBatch("2", tree(7, 8), catalogTime))
	})
	at := feedAt(t, s)
	do(t, s, func(tx *Tx) error { return tx.ShowBatch("2", tree(7), catalogTime) })
	if feedAt(t, s) != at {
		t.Error("the same category is a change")
	}
	fed(t, s, 2, offered(2, 200, 20))
	do(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutTree("2", []int64{7}), tx.HideUnseen("2", 2, catalogTime), tx.ForgetUnseen("2", 2))
	})
	categories, err := s.FeedCategories(t.Context(), "2")
	if got := shown(t, s, nil); err != nil || !slices.Equal(got, []string{"20 of 2#200"}) || len(categories) != 1 ||
		string(categories[0]) != `{"id":"7"}` || !feedAt(t, s).After(at) {
		t.Errorf("%v %s %v", got, categories, err)
	}
	do(t, s, func(tx *Tx) error { return tx.ShowBatch("2", FeedBatch{GoneCategories: []int64{7}}, catalogTime) })
	if categories, err := s.FeedCategories(t.Context(), "2"); len(categories) != 0 || err != nil {
		t.Errorf("%s %v", categories, err)
	}
}

// TestFeedChangesWhileRead: between two pages the feed may change; no offer comes twice.
func TestFeedChangesWhileRead(t *testing.T) {
	s := open(t)
	fed(t, s, 1, offered(1, 100, 10, 40), offered(2, 200, 20), offered(3, 300, 30))
	seen := map[int64]int{}
	pages, n := offerPages(t, s), 0
	for more := true; more; n++ {
		var err error
		if more, err = pages.Next(t.Context(), func(offer int64, _ []byte) (bool, error) {
			seen[offer]++
			return true, nil
		}); err != nil {
			t.Fatal(err)
		}
		switch n { // 10 was met under 1, 40 comes under another product, 30 goes
		case 0:
			fed(t, s, 1, offered(2, 201, 5, 10, 20, 40))
		case 1:
			do(t, s, func(tx *Tx) error { return tx.ShowBatch("2", FeedBatch{Gone: []int64{3}}, catalogTime) })
		}
	}
	if len(seen) != 3 || seen[10] != 1 || seen[20] != 1 || seen[40] != 1 {
		t.Errorf("%v", seen)
	}
}

// TestFeedScale tells what a feed costs on the disk and in time: FEED_PRODUCTS=1000000.
func TestFeedScale(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("FEED_PRODUCTS"))
	if err != nil {
		t.Skip("FEED_PRODUCTS is not set")
	}
	s := open(t)
	size := func() int64 { b, _ := s.Size(); return b }
	timed := func(what string, f func()) {
		start := time.Now()
		f()
		t.Log(what, time.Since(start), size())
	}
	timed("seen", func() {
		for i := 0; i < n; i += 1000 {
			do(t, s, func(tx *Tx) error {
				var seen []SeenProduct
				for k := range int64(1000) {
					seen = append(seen, SeenProduct{ID: int64(i) + k + 1, SKUs: "[]"})
				}
				return tx.SeeProducts("2", 1, seen)
			})
		}
	})
	before := size()
	timed("shown", func() {
		for i := 0; i < n; i += 100 {
			var b FeedBatch
			for k := range int64(100) {
				id := int64(i) + k + 1
				item := CatalogItem{ID: id, Hash: id, Variants: []int64{id * 10}}
				b.Products = append(b.Products, NewFeedProduct(item, usual(id)))
			}
			do(t, s, func(tx *Tx) error { return tx.ShowBatch("2", b, time.Now()) })
		}
	})
	t.Log("bytes an offer", (size()-before)/int64(n))
	timed("read", func() {
		pages, all := offerPages(t, s), 0
		for more := true; more; {
			k := 0
			more, err = pages.Next(t.Context(), func(int64, []byte) (bool, error) { k++; all++; return k == 100, nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		t.Log(all)
	})
	timed("hide", func() { do(t, s, func(tx *Tx) error { return tx.HideUnseen("2", 1, time.Now()) }) })
	timed("clear", func() { do(t, s, func(tx *Tx) error { return tx.ClearFeed("2") }) })
	timed("sweep", func() {
		for left := true; left; {
			if left, err = s.sweepFeeds(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// usual is a product as most are: a description of some three hundred letters, one picture, one
// variant.
func usual(id int64) []byte {
	words := strings.Repeat(strconv.FormatInt(id*7919, 36)+" слово ", 20)
	return fmt.Appendf(nil, `{"id":"%d","title":"Товар %d","description_html":"<p>%s</p>","category_ids":["1","2"],`+
		`"url":"https://shop.ru/product/tovar-%d","images":[{"url":"https://static.insales-cdn.com/images/products/`+
		`1/%d/large_photo.jpg","hash":"01234567"}],"visible":true,"properties":[{"name":"Материал","value":"Хлопок"}],`+
		`"variants":[{"id":"%d","sku":"SKU-%d","options":[],"price":"990.00","old_price":null,"quantity":"5",`+
		`"available":true,"weight_kg":null}]}`, id, id, words, id, id, id*10, id)
}
