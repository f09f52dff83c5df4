package ineedchattest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"ineed-insales/internal/ineedchat/ineedchattest"
)

func TestFullSync(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	s.full(list{category("a", nil), category("b", "a")}, list{product("1", "a"), product("2", "b"), product("3")})
	id := s.sync()
	s.send(part("full", id, 1, list{category("c", nil), category("a", "c")}, nil), 200)
	// What the chat has from before may be spoken of until the sync has ended.
	s.send(part("full", id, 2, nil, list{product("2", "b", "c"), product("4", "a")}), 200)
	s.has("a b c", "1 2 3 4") // nothing is hidden yet
	s.send(last(part("full", id, 3, nil, list{product("5")}), 2, 3, 3), 200)
	s.has("a c", "2 4 5")
	if got := s.chat.Catalog("2").Categories["a"].ParentID; got != "c" {
		t.Errorf("a lies in %q", got)
	}
	s.violations()
}

func TestReplacedBatches(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	id := s.sync()
	s.send(part("full", id, 1, list{category("a", nil)}, list{product("1", "a"), product("2")}), 200)
	s.send(part("full", id, 1, list{category("a", nil)}, list{product("1", "a"), product("2")}), 200) // a retry
	if n := s.chat.Replaced(); n != 0 {
		t.Errorf("%d replaced after a retry", n)
	}
	s.send(part("full", id, 2, nil, list{product("3")}), 200)
	s.send(part("full", id, 1, list{category("b", nil)}, list{product("2", "b")}), 200)
	s.has("a b", "1 2 3")
	final := last(part("full", id, 3, nil, nil), 1, 2, 3)
	s.send(final, 200)
	s.has("b", "2 3")

	// Also after the end, when it hides what it names no more.
	s.send(part("full", id, 2, nil, list{product("4")}), 200)
	s.has("b", "2 4")
	s.send(final, 200)
	s.has("b", "2 4")
	if n := s.chat.Replaced(); n != 2 {
		t.Errorf("%d replaced, want 2", n)
	}
	s.violations()
	s.send(part("full", id, 2, nil, list{product("4"), product("5")}), 422)
	s.has("b", "2 4")
	s.violations("totals are {1 2 3}, but the batches name {1 3 3}")
}

func TestDelta(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	s.full(list{category("a", nil), category("b", nil)}, list{product("1", "a"), product("2", "b"), product("3")})
	before := s.chat.Catalog("2")
	id := s.sync()
	s.send(without(part("delta", id, 1, nil, list{product("4", "a")}), "products", "3", "9"), 200)
	s.has("a b", "1 2 4")
	d := without(part("delta", id, 2, list{category("c", "a")}, list{product("2", "c")}), "categories", "b")
	s.send(without(d, "variants", "1-1", "9-1"), 200)
	s.has("a c", "1 2 4")
	s.send(last(part("delta", id, 3, nil, nil), 1, 2, 3), 200)
	s.violations()
	var variants []string
	for _, v := range s.chat.Catalog("2").Products["1"].Variants {
		variants = append(variants, v.ID)
	}
	if got := strings.Join(variants, " "); got != "1-2" {
		t.Errorf("variants %s", got)
	}
	if len(before.Products["1"].Variants) != 2 || before.Products["1"].Variants[0].ID != "1-1" ||
		len(before.Products) != 3 {
		t.Errorf("the snapshot changed: %+v", before)
	}
	var deleted []int
	for _, b := range s.chat.CatalogBatches("2") {
		deleted = append(deleted, b.Deleted)
	}
	if got := fmt.Sprint(deleted); got != "[0 2 3 0]" {
		t.Errorf("deleted %s", got)
	}
}

func TestBadDeltas(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	s.send(part("delta", s.sync(), 1, nil, list{product("1")}), 409)
	s.violations("a delta before any full sync has ended")
	s.full(list{category("a", nil)}, list{product("1", "a")})
	s.send(part("delta", s.sync(), 1, nil, nil), 422)
	s.send(last(part("delta", s.sync(), 1, nil, nil), 0, 0, 1), 422)
	s.send(without(part("delta", s.sync(), 1, nil, list{product("2", "a")}), "categories", "a"), 422)
	s.send(without(part("delta", s.sync(), 1, list{category("b", "a")}, nil), "categories", "a"), 422)
	s.send(without(part("delta", s.sync(), 1, nil, nil), "categories", "a"), 200)
	s.send(part("delta", s.sync(), 1, nil, list{product("2", "a")}), 422)
	s.has("", "1")
	s.violations("before any full sync", "nothing is said", "nothing is said",
		"product 2 has an unknown category a", "category b has an unknown parent a",
		"product 2 has an unknown category a")
}

func TestSyncOrder(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	id := s.sync()
	s.send(part("full", id, 2, nil, list{product("2")}), 422)
	s.violations("seq 2 comes before 1 was accepted")
	s.send(part("full", id, 1, nil, list{product("1")}), 200)
	s.send(part("delta", id, 2, nil, list{product("2")}), 422)
	s.send(part("full", id, 3, nil, list{product("3")}), 422)
	s.send(part("full", id, 2, nil, list{product("2")}), 200)
	s.send(last(part("full", id, 1, nil, list{product("1")}), 0, 2, 2), 422)
	s.send(last(part("full", id, 2, nil, list{product("2")}), 0, 2, 1), 422)
	s.has("", "1 2")
	s.send(last(part("full", id, 2, nil, list{product("2")}), 0, 2, 2), 200)
	s.send(part("full", id, 3, nil, list{product("3")}), 422)
	s.send(part("full", id, 2, nil, list{product("2")}), 200) // it was not the last after all
	s.send(last(part("full", id, 3, nil, list{product("3")}), 0, 3, 3), 200)
	s.company = "3"
	s.send(part("full", id, 4, nil, nil), 422)
	s.violations("seq 2 comes before 1", "mode changes from full to delta", "seq 3 comes before 2 was accepted",
		"last, though 2 was accepted", "totals are {0 2 1}, but the batches name {0 2 2}",
		"seq 3 comes after the last, which was 2",
		"sync_id is one of company 2")
	s.has("", "")
	s.full(nil, list{product("9")})
	s.has("", "9")
	s.company = "2"
	s.has("", "1 2 3")
}

func TestRejectItem(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	s.full(nil, list{product("1"), product("2")})
	s.chat.RejectItem(func(company, id string) (string, string) {
		if company != "2" || id == "3" {
			return "", ""
		}
		return "title", "is rude"
	})
	changed := product("1")
	changed["title"] = "Другая"
	d := last(part("full", s.sync(), 1, nil, list{changed, product("3"), product("4")}), 0, 3, 1)
	want := `{"accepted":1,"errors":[{"id":"1","field":"title","message":"is ` +
		`rude"},{"id":"4","field":"title","message":"is rude"}],"status":"ok"}`
	if got := s.send(d, 200); got != want {
		t.Errorf("answer %s", got)
	}
	s.has("", "1 3") // named, so the chat keeps what it had of it
	if got := s.chat.Catalog("2").Products["1"].Title; got != "Т1" {
		t.Errorf("title %q", got)
	}
	s.chat.RejectItem(nil)
	if got := s.send(d, 200); got != `{"accepted":3,"errors":[],"status":"ok"}` {
		t.Errorf("answer %s", got)
	}
	s.has("", "1 3 4")
	s.violations()
}

func TestRequireResync(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	s.full(nil, list{product("1")})
	old := part("delta", s.sync(), 1, nil, list{product("2")})
	s.send(old, 200)
	s.chat.RequireResync("2")
	if got := s.send(old, 409); got != `{"status":"resync_required"}` {
		t.Errorf("answer %s", got)
	}
	id := s.sync()
	s.send(part("full", id, 1, nil, list{product("3")}), 200)
	s.send(part("delta", s.sync(), 1, nil, list{product("4")}), 409)
	end := last(part("full", id, 2, nil, nil), 0, 1, 2)
	s.send(end, 200)
	s.send(part("delta", s.sync(), 1, nil, list{product("4")}), 200)
	s.has("", "3 4")
	s.chat.RequireResync("2")
	s.send(end, 200) // no new sync
	s.send(part("delta", s.sync(), 1, nil, list{product("5")}), 409)
	s.has("", "3")

	s.chat.RequireResyncForever("2")
	s.send(last(part("full", s.sync(), 1, nil, nil), 0, 0, 1), 409)
	s.send(part("delta", s.sync(), 1, nil, list{product("5")}), 409)
	s.chat.RequireResync("2")
	s.full(nil, list{product("6")})
	s.has("", "6")
	s.company = "3"
	s.full(nil, list{product("7")})
	s.violations()
}

func TestForgetCatalog(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	s.full(list{category("a", nil)}, list{product("1", "a")})
	delta, full := s.sync(), s.sync()
	s.send(part("delta", delta, 1, nil, list{product("2")}), 200)
	s.send(part("full", full, 1, nil, list{product("1")}), 200)
	kept := s.chat.Catalog("2")
	s.chat.ForgetCatalog("2")
	if c := s.chat.Catalog("2"); c.Complete || len(c.Categories)+len(c.Products) > 0 || len(kept.Products) != 2 {
		t.Errorf("after forgetting %+v, the snapshot %+v", c, kept)
	}
	s.send(part("delta", delta, 2, nil, list{product("3", "a")}), 409)
	s.send(last(part("full", full, 2, nil, nil), 0, 1, 2), 409)
	s.send(part("delta", s.sync(), 1, nil, list{product("3")}), 409)
	s.has("", "")
	s.full(nil, list{product("1")})
	s.send(part("delta", s.sync(), 1, nil, list{product("3")}), 200)
	s.has("", "1 3")
	s.chat.RequireResyncForever("2")
	s.chat.ForgetCatalog("2")
	s.send(last(part("full", s.sync(), 1, nil, nil), 0, 0, 1), 409)
	s.chat.ForgetCatalog("3") // that had none
	s.company = "3"
	s.send(part("delta", s.sync(), 1, nil, list{product("3")}), 409)
	s.violations()
}

func TestWatch(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	cost, script, title, later := "731.37", `<script>"x"</script>`, "Т2", "Т3"
	s.chat.Watch(cost, script, title)
	s.full(nil, list{product("1"), product("3")})
	for _, text := range []string{cost, script, title} {
		if s.chat.CatalogContains(text) {
			t.Errorf("%q was seen before it was sent", text)
		}
	}
	p := product("1")
	p["description_html"] = script
	s.full(nil, list{p})
	s.chat.Fault(ineedchattest.Rule{Status: 503, Times: 1})
	s.send(part("full", s.sync(), 1, nil, list{product("2")}), 503)
	s.send(part("full", s.sync(), 1, nil, list{doc{"cost_price": 731.37}}), 422)
	s.chat.Watch(title, later)
	for text, want := range map[string]bool{cost: true, script: true, title: true, later: false} {
		if s.chat.CatalogContains(text) != want {
			t.Errorf("%q seen: %v", text, !want)
		}
	}
	if _, _, err := s.putTo(t.Context(), "/v1/companies/2/orders/1/status", "", later); err != nil ||
		s.chat.CatalogContains(later) {
		t.Errorf("a status was taken for a catalog (%v)", err)
	}
	panics := func(name string, f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", name)
			}
		}()
		f()
	}
	panics("not watched", func() { s.chat.CatalogContains("Т1") })
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	panics("too many", func() { s.chat.Watch(many...) })
}

// TestCatalogAtOnce has several companies and readers at the same time, for the
// race detector.
func TestCatalogAtOnce(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	s.chat.Watch("x")
	s.chat.RejectItem(func(string, string) (string, string) { return "", "" })
	var wg sync.WaitGroup
	for company := range 4 {
		own := &syncer{reporter: s.reporter, t: t, chat: s.chat, company: fmt.Sprint(company + 2),
			syncs: 1000 * company}
		wg.Go(func() {
			full := last(part("full", own.sync(), 1, nil, list{product("1")}), 0, 1, 1)
			for _, d := range []doc{full, part("delta", own.sync(), 1, nil, list{product("2")})} {
				if status, answer, err := own.try(d["sync_id"].(string), 1, encode(t, d)); status != 200 {
					t.Errorf("answer %d %s %v", status, answer, err)
				}
			}
			own.chat.Catalog(own.company)
			own.chat.CatalogBatches(own.company)
			own.has("", "1 2")
		})
	}
	wg.Wait()
	s.violations()
}

// TestCatalogCounts checks that a chat which only counts keeps next to nothing
// of the products, and is as strict.
func TestCatalogCounts(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{CatalogCounts: true})
	const batches = 100
	id := s.sync()
	var bodies []string
	for seq := 1; seq <= batches; seq++ {
		products := make(list, 100)
		for i := range products {
			products[i] = product(fmt.Sprint(seq*100+i), "a")
		}
		d := part("full", id, seq, nil, products)
		if seq == 1 {
			d["categories"] = list{category("a", nil)}
		}
		if seq == batches {
			d = last(d, 1, 100*batches, batches)
		}
		bodies = append(bodies, encode(t, d))
	}
	send := func(i int) {
		if status, answer, err := s.try(id, i+1, bodies[i]); err != nil || status != 200 {
			t.Fatalf("batch %d: answer %d %s %v", i+1, status, answer, err)
		}
	}
	send(0)
	heap := heapInUse()
	for i := range bodies {
		send(i)
	}
	if grown := int64(heapInUse()) - int64(heap); grown > 1<<20 {
		t.Errorf("%d products left %d bytes", 100*batches, grown)
	}
	s.has("a", "")
	sum := 0
	for _, b := range s.chat.CatalogBatches("2") {
		sum += b.Products
		if b.ProductIDs != nil {
			t.Fatalf("ids are kept: %v", b.ProductIDs)
		}
	}
	if sum != 100*(batches+1) || !s.chat.Catalog("2").Complete || s.chat.Replaced() != 0 {
		t.Errorf("%d products, %d replaced", sum, s.chat.Replaced())
	}
	s.violations()
	s.send(without(part("delta", s.sync(), 1, nil, nil), "variants", "1"), 200)
	s.send(part("delta", s.sync(), 1, nil, list{product("1", "b")}), 422)
	s.send(part("delta", s.sync(), 1, nil, list{doc{"id": "1"}}), 422)
	s.violations("unknown category b", "title is missing")
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkCatalogCounts is one batch of 100 products, each the contract's
// example with ten variants. It tells what the chat costs beside a connector
// that is measured, and the bytes that stay per product.
func BenchmarkCatalogCounts(b *testing.B) {
	chat := ineedchattest.New(ineedchattest.Config{CatalogCounts: true})
	var d doc
	if err := json.Unmarshal([]byte(catalogBatch), &d); err != nil {
		b.Fatal(err)
	}
	d["last"] = false
	delete(d, "totals")
	example := d["products"].(list)[0].(doc)
	variant := encode(b, example["variants"].(list)[0])
	example["variants"] = list{}
	for i := range 10 {
		example["variants"] = append(example["variants"].(list),
			json.RawMessage(strings.Replace(variant, "500000001", fmt.Sprint(i), 1)))
	}
	text := encode(b, example)
	products := make(list, 100)
	for i := range products {
		products[i] = json.RawMessage(strings.Replace(text, "300000001", fmt.Sprint(i), 1))
	}
	d["products"] = products
	body := encode(b, d)
	before := heapInUse()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	seq := 0
	for b.Loop() {
		seq++
		n := strconv.Itoa(seq)
		r := httptest.NewRequest("PUT", "/v1/companies/2/catalog/syncs/"+exampleSync+"/batches/"+n,
			strings.NewReader(strings.Replace(body, `"seq":1`, `"seq":`+n, 1)))
		r.Header.Set("Authorization", "Bearer "+ineedchattest.DefaultToken)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if chat.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatalf("answer %d %s", w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(int64(heapInUse())-int64(before))/float64(100*seq), "B-kept/product")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(100*seq), "µs/product")
	runtime.KeepAlive(chat)
}
