package bridge_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// Pages that are too much for the shop are halved, and grow again when they
// can be had: within a run, and with every complete reading.
func TestCatalogPagesHalve(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(1500), with(switchedOff))
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, PerPageOver: 50, Status: 504})
		w.save(catalogOnly())
		run := w.ran(1, 20*time.Minute)
		w.same()
		if run.PageSize != 31 && run.PageSize != 62 {
			t.Errorf("%+v", run)
		}
		// One larger page is tried for ten that were had.
		if n := f.Hits(); n < 5 || n > 3+1500/31/10+1 {
			t.Errorf("%d pages were too large", n)
		}
		f.Clear()
		before := run.PageSize
		for range 3 {
			run = w.sync(true)
			if run.PageSize < min(before*2, 250) {
				t.Errorf("%d after %d", run.PageSize, before)
			}
			before = run.PageSize
		}
	})
}

// A page whose answer is spoiled is read again; nothing is lost or taken twice.
func TestCatalogAnswersSpoiled(t *testing.T) {
	t.Parallel()
	for _, action := range []insalestest.Action{insalestest.Torn, insalestest.Half, insalestest.HTML,
		insalestest.ResetBefore, insalestest.ResetAfter} {
		for _, op := range []insalestest.Op{insalestest.OpProducts, insalestest.OpCollections,
			insalestest.OpProductsCount, insalestest.OpAccount, insalestest.OpProduct} {
			t.Run(fmt.Sprintf("%s %s", op, action), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t, withCatalog(60), with(switchedOff))
					w.save(catalogOnly())
					w.ran(1, 10*time.Minute)
					w.shop.Fault(insalestest.Rule{Op: op, Action: action, Times: 3, After: 1})
					ids := w.some(5)
					w.rename(ids[0], "Другое имя")
					w.hide(ids[1:])
					w.sync(true)
					w.rename(ids[0], "Третье имя")
					w.unhide(ids[1:])
					w.sync(false)
					w.becomesSame(12 * time.Minute)
					if n := w.chat.Replaced(); n != 0 {
						t.Errorf("%d batches came again with another content", n)
					}
				})
			})
		}
	}
}

// A feed that stands still raises an alarm, and is read when it moves again.
func TestCatalogFeedStandsStill(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(600), with(switchedOff))
		page := w.page()
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Status: 200, Body: page, After: 1})
		w.save(catalogOnly())
		w.until(10*time.Minute, "an alarm", func() bool {
			p := w.catalog().Problem
			return p != nil &&
				p.Code == problem.FeedStuck
		})
		before := w.shop.Count(insalestest.OpProducts)
		time.Sleep(2 * time.Hour)
		if n := w.shop.Count(insalestest.OpProducts) - before; n > 35 {
			t.Errorf("asked %d times", n)
		}
		f.Clear()
		w.becomesSame(10 * time.Minute)
		w.until(time.Minute, "no alarm", func() bool { return w.catalog().Problem == nil })
	})
}

// A shop that names a product twice on a page, and then otherwise, has one.
func TestCatalogNamedTwice(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60), with(switchedOff))
		page := strings.TrimSuffix(strings.TrimSpace(w.page()), "]")
		page += "," + strings.TrimPrefix(page, "[") + "]"
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Status: 200, Body: page, Times: 1})
		w.save(catalogOnly())
		w.ran(1, 10*time.Minute)
		w.same()
		w.rename(w.some(1)[0], "Другое имя")
		w.sync(true)
		w.same()
	})
}

// page is the first page of the shop's feed.
func (w *world) page() string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet,
		"http://shop.test/admin/products.json?per_page=250&updated_since=1990-01-01T00:00:00%2B00:00", nil)
	w.must(err)
	req.SetBasicAuth(insalestest.DefaultKeyID, insalestest.DefaultPassword)
	resp, err := w.net.client.RoundTrip(req)
	w.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	w.must(err)
	return string(body)
}

// Equal times over the borders of pages: more changes at one time than a page
// has room for.
func TestCatalogEqualTimes(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(900))
		w.ran(1, 10*time.Minute)
		ids := w.some(600)
		w.must(w.shop.EditProducts(ids, func(p *insalestest.Product, _ []insalestest.Variant) {
			p.Title = "Одно время"
		}))
		run := w.ran(2, 6*time.Minute)
		if run.Changed != 600 || run.Seen < 600 {
			t.Errorf("%+v", run)
		}
		w.same()
	})
}

// An edit in the second of the last product that was read, of one with a lower
// id, stands before the place that was read to.
func TestCatalogSameSecond(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.ran(1, 10*time.Minute)
		time.Sleep(10 * time.Minute)
		ids := w.some(30)
		w.rename(ids[20], "Первое")
		w.sync(false) // takes no time here
		at := w.view(ids[20]).UpdatedAt
		w.rename(ids[3], "Второе")
		w.must(w.shop.SetProductUpdatedAt(ids[3], at))
		if n := len(w.differences()); n != 1 {
			t.Fatalf("%d differences", n)
		}
		w.sync(false)
		w.same()
	})
}

func (w *world) view(id int64) insalestest.ProductView {
	w.t.Helper()
	p, ok := w.shop.Product(id)
	if !ok {
		w.t.Fatalf("product %d is not there", id)
	}
	return p
}

// An interrupted first sync of a shop that fails for an hour goes on from where
// it was.
func TestCatalogGoesOn(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(1500), with(switchedOff))
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Status: 500, After: 4})
		w.save(catalogOnly())
		time.Sleep(30 * time.Minute)
		w.restart()
		time.Sleep(31 * time.Minute)
		f.Clear()
		run := w.ran(1, 4*time.Hour)
		if run.Outcome != storage.RunDone || run.Seen > 1600 || run.EndedAt.Sub(run.BeganAt) < time.Hour {
			t.Errorf("%+v", run)
		}
		w.becomesSame(10 * time.Minute)
	})
}

// A product that cannot be had by its id costs a run one time-out, and the run
// goes on.
func TestCatalogLookTimesOut(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(100))
		w.ran(1, 10*time.Minute)
		ids := w.some(5)
		w.hide(ids[:4])
		w.rename(ids[4], "Дальше")
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProduct, Latency: 70 * time.Second})
		run := w.sync(false)
		if f.Hits() != 1 || run.Outcome != storage.RunDone || run.Changed != 1 || run.Removed != 0 {
			t.Errorf("%d requests, %+v", f.Hits(), run)
		}
		f.Clear()
		w.becomesSame(15 * time.Minute)
	})
}
