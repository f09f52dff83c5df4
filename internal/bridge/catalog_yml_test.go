package bridge_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/yml/ymltest"
	"ineed-insales/storage"
)

// catalogFed are the settings of a company whose chat fetches the catalog, and is nowhere.
func catalogFed() storage.Company {
	c := catalogOnly()
	c.Chat.Wire = &storage.Wire{Catalog: storage.CatalogFeed}
	c.Chat.URL = ""
	return c
}

// withFeed is withCatalog for a company whose chat fetches it.
func withFeed(products int) func(*world) {
	return func(w *world) {
		withCatalog(products)(w)
		w.settings = catalogFed
	}
}

// feed is the feed as an importer reads it; nil while there is none.
func (w *world) feed() *ymltest.Catalog {
	w.t.Helper()
	f, err := w.syncer().Feed(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if f.ChangedAt.IsZero() {
		return nil
	}
	var text bytes.Buffer
	if err := f.WriteYML(w.t.Context(), &text, time.UTC, "Без категории"); err != nil {
		w.t.Fatal(err)
	}
	c, bad := ymltest.Check(text.Bytes())
	for _, b := range bad[:min(len(bad), 5)] {
		w.t.Error(b)
	}
	return c
}

// feedDifferences are what the feed has otherwise than the shop.
func (w *world) feedDifferences() []string {
	w.t.Helper()
	c := w.feed()
	if c == nil {
		return []string{"there is no feed yet"}
	}
	var list []string
	differ := func(id int64, what string, want, got any) {
		if fmt.Sprint(want) != fmt.Sprint(got) {
			list = append(list, fmt.Sprintf("offer %d: %s is %v, not %v", id, what, got, want))
		}
	}
	left := map[string]ymltest.Offer{}
	for _, o := range c.Offers {
		left[o.ID] = o
	}
	tree := map[string]bool{}
	for _, one := range c.Categories {
		tree[one.ID] = true
	}
	for p := range w.shop.Products() {
		for _, v := range w.priced(p).Variants {
			id := strconv.FormatInt(v.ID, 10)
			o, there := left[id]
			delete(left, id)
			if want := p.Shown() && decimal.RequireFromString(v.Price).IsPositive(); !want || !there {
				differ(v.ID, "offered", want, there)
				continue
			}
			differ(v.ID, "price", decimal.RequireFromString(v.Price), o.Price)
			title := strings.Join(strings.Fields(p.Title), " ")
			differ(v.ID, "named by its title", true, strings.HasPrefix(o.Name, title))
			stock := v.Quantity == "" || decimal.RequireFromString(v.Quantity).IsPositive()
			differ(v.ID, "available", stock, o.Available)
			differ(v.ID, "sku", strings.TrimSpace(v.SKU), o.VendorCode)
			differ(v.ID, "first picture", p.Images[:min(1, len(p.Images))], o.Pictures[:min(1, len(o.Pictures))])
			in, listed := false, false
			for _, c := range p.CollectionIDs {
				listed = listed || tree[strconv.FormatInt(c, 10)]
				in = in || strconv.FormatInt(c, 10) == o.CategoryID
			}
			differ(v.ID, "in a category of its own", listed, in)
		}
	}
	for id := range left {
		list = append(list, "offer too many: "+id)
	}
	slices.Sort(list)
	return list
}

// feedVersion tells one state of the feed from another.
func (w *world) feedVersion() string {
	w.t.Helper()
	f, err := w.syncer().Feed(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Version
}

// sameFeed waits until the feed is what the shop has. All of it is compared only when it
// says something else.
func (w *world) sameFeed(most time.Duration) {
	w.t.Helper()
	list, version := []string{"not compared"}, "none"
	for start := time.Now(); time.Since(start) <= most; time.Sleep(time.Minute) {
		if now := w.feedVersion(); now != version {
			if version, list = now, w.feedDifferences(); len(list) == 0 {
				return
			}
		}
	}
	w.t.Fatalf("%d differences, such as:\n%s", len(list), strings.Join(list[:min(len(list), 10)], "\n"))
}

// TestCatalogFeed: what the chat fetches follows the shop, and the chat hears nothing.
func TestCatalogFeed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withFeed(400))
		if w.feed() != nil {
			t.Error("there is a feed before the first sync")
		}
		run := w.ran(1, 10*time.Minute)
		if !run.Full || run.Outcome != storage.RunDone || run.Batches < 4 {
			t.Errorf("%+v", run)
		}
		w.sameFeed(0)
		first := w.feedVersion()
		w.ran(2, 10*time.Minute)
		w.sync(true)
		if w.feedVersion() != first {
			t.Error("nothing has changed, and the feed says something else")
		}
		ids := w.some(4)
		w.edit(ids[0], func(p *insalestest.Product) { p.Title = "Новое имя" })
		if err := w.shop.HideProduct(ids[1]); err != nil {
			t.Fatal(err)
		}
		if err := w.shop.TrashProduct(ids[2]); err != nil {
			t.Fatal(err)
		}
		w.sameFeed(20 * time.Minute)
		if w.feedVersion() == first {
			t.Error("the feed has the same version still")
		}
		if err := w.shop.UnhideProduct(ids[1]); err != nil {
			t.Fatal(err)
		}
		if err := w.shop.DeleteProduct(ids[3]); err != nil { // without a trace: the daily reading finds it
			t.Fatal(err)
		}
		w.sameFeed(25 * time.Hour)
		if n := len(w.batches(0)); n != 0 || w.catalog().Way != storage.CatalogFeed {
			t.Errorf("%d batches were posted", n)
		}
	})
}

// TestCatalogFeedGuard: what is withheld keeps its last good form in the feed.
func TestCatalogFeedGuard(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withFeed(300))
		w.ran(1, 10*time.Minute)
		before := w.feed()
		w.shop.ZeroPrices()
		id := w.some(1)[0]
		w.edit(id, func(p *insalestest.Product) { p.Title = "Остальное" })
		if run := w.ran(2, 6*time.Minute); run.Outcome != storage.RunWithheld {
			t.Errorf("%+v", run)
		}
		after := w.feed()
		for i, o := range before.Offers {
			if i >= len(after.Offers) || o.ID != after.Offers[i].ID || o.Price != after.Offers[i].Price {
				t.Fatalf("%+v changed", o)
			}
		}
		// A person lets it happen: what costs nothing cannot be offered.
		if _, err := w.syncer().ConfirmGuard(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		w.sameFeed(time.Hour)
		w.shop.RestorePrices()
		w.sameFeed(time.Hour)
		if n := len(w.feed().Offers); n < len(before.Offers) {
			t.Errorf("%d offers, %d before", n, len(before.Offers))
		}
	})
}

// TestCatalogFeedWays: each change of the way has all of the catalog told anew. Another chat
// takes nothing from a feed.
func TestCatalogFeedWays(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(150))
		w.ran(1, 10*time.Minute)
		w.same()
		fed := catalogFed()
		fed.Chat.URL = "http://chat.test"
		w.save(fed)
		if f, err := w.syncer().Feed(t.Context()); err != nil || !f.ChangedAt.IsZero() {
			t.Errorf("a feed before its first sync: %+v %v", f, err)
		}
		since := len(w.batches(0))
		run := w.ran(2, 10*time.Minute)
		if !run.Full || run.Cause != storage.CauseSettings || run.Outcome != storage.RunDone {
			t.Errorf("%+v", run)
		}
		w.sameFeed(0)
		if n := len(w.batches(since)); n != 0 {
			t.Errorf("%d batches", n)
		}
		fed.Chat.URL, fed.Chat.Token = "http://other.test", chatToken
		w.save(fed)
		w.sameFeed(0)
		w.edit(w.some(1)[0], func(p *insalestest.Product) { p.Title = "Пока чат брал файл" })
		w.sameFeed(20 * time.Minute)
		w.save(catalogOnly())
		w.becomesSame(20 * time.Minute)
		if syncs := syncsOf(w.batches(since), "full"); len(syncs) != 1 {
			t.Errorf("full syncs %v", syncs)
		}
		none := catalogOnly()
		none.Chat.Wire = &storage.Wire{Catalog: storage.CatalogNone}
		if bad, err := w.proc.bridge.Faults(t.Context(), none); err != nil || len(bad.Fields) != 1 ||
			bad.Fields[0].Field != "chat.wire.catalog" || bad.Fields[0].Problem.Code != problem.FieldCatalogNone {
			t.Errorf("%+v %v", bad, err)
		}
	})
}

// newFeedJourney is newCatalogJourney for a chat that fetches the catalog.
func newFeedJourney(t *testing.T, pullAt int64) *journey {
	j := newCatalogJourney(t, pullAt)
	j.enabled, j.told = catalogFed, func() bool { return len(j.feedDifferences()) == 0 }
	return j
}

// A feed is not disturbed by a death at any of its points: in the end it is what the shop
// shows, and the chat was told nothing. Each run takes every third point, from another one
// on: the way there is that of the pushed catalog, which takes all.
func TestCatalogFeedCrashMatrix(t *testing.T) {
	t.Parallel()
	points := int64(0)
	for n, more := 1+rand.Int64N(3), true; more; n += 3 * crashStride {
		ok := t.Run(fmt.Sprintf("point %d", n), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				j := newFeedJourney(t, n)
				j.travel()
				points = j.points.Load()
				if more = points >= n; more {
					t.Logf("plug pulled at %q", j.names[n-1])
				}
				time.Sleep(6 * time.Minute)
				j.sameFeed(0)
				if n := len(j.batches(0)); n != 0 {
					t.Errorf("%d batches were posted", n)
				}
			})
		})
		if !ok {
			break
		}
	}
	if points < 40 {
		t.Errorf("the journey had only %d points", points)
	}
}
