package ineedchattest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat/ineedchattest"
)

// The contract's example of a batch.
const catalogBatch = `{
  "version": "1", "sync_id": "01JDB3W6M7X0Z3Q1C2V4B5N6M7", "mode": "full", "seq": 1, "last": true,
  "generated_at": "2026-11-23T15:00:00+03:00", "currency": "RUB",
  "totals": { "categories": 2, "products": 1, "batches": 1 },
  "categories": [
    { "id": "9000001", "parent_id": null, "title": "Одежда", "position": 1 },
    { "id": "9000002", "parent_id": "9000001", "title": "Футболки", "position": 1 }
  ],
  "products": [ {
      "id": "300000001", "title": "Футболка мужская", "description_html": "<p>Хлопок 100%</p>",
      "category_ids": ["9000002"], "url": "https://shop-1.myinsales.ru/product/futbolka",
      "images": [ { "url": "https://static.example.com/1.jpg", "hash": "a1b2c3d4" } ], "visible": true,
      "properties": [ { "name": "Материал", "value": "Хлопок" } ],
      "variants": [ { "id": "500000001", "sku": "TS-1-0", "barcode": "4600000000001",
          "options": [ { "name": "Размер", "value": "S" } ], "price": "990.00", "old_price": "1290.00",
          "quantity": "12", "available": true, "weight_kg": "0.200" } ],
      "updated_at": "2026-11-23T14:58:00+03:00", "hash": "5e884898da280471"
  } ],
  "deleted": { "products": [], "variants": [], "categories": [] }
}`

const exampleSync = "01JDB3W6M7X0Z3Q1C2V4B5N6M7"

type (
	doc  = map[string]any
	list = []any
)

// A syncer is the connector's side of catalog syncs.
type syncer struct {
	*reporter
	t       *testing.T
	chat    *ineedchattest.Chat
	company string
	syncs   int
}

func newSyncer(t *testing.T, c ineedchattest.Config) *syncer {
	t.Helper()
	chat, p := newReporter(t, c)
	return &syncer{reporter: p, t: t, chat: chat, company: "2"}
}

func (s *syncer) path(sync string, seq any) string {
	return fmt.Sprintf("/v1/companies/%s/catalog/syncs/%s/batches/%v", s.company, sync, seq)
}

// sync begins one and returns its id.
func (s *syncer) sync() string {
	s.syncs++
	return fmt.Sprintf("01JDB3W6M7X0Z3Q1C2V4%06d", s.syncs)
}

func (s *syncer) try(sync string, seq any, body string) (int, string, error) {
	return s.putTo(s.t.Context(), s.path(sync, seq), "m1", body)
}

// send puts a batch and wants a code.
func (s *syncer) send(d doc, status int) string {
	s.t.Helper()
	got, answer, err := s.try(d["sync_id"].(string), d["seq"], encode(s.t, d))
	if err != nil || got != status {
		s.t.Fatalf("answer %d %s %v, want %d; violations %q", got, answer, err, status, s.chat.Violations())
	}
	return answer
}

// full is a whole full sync of one batch.
func (s *syncer) full(categories, products list) {
	s.t.Helper()
	s.send(last(part("full", s.sync(), 1, categories, products), len(categories), len(products), 1), 200)
}

// has compares what the chat shows, by ids.
func (s *syncer) has(categories, products string) {
	s.t.Helper()
	c := s.chat.Catalog(s.company)
	got := [2]string{
		strings.Join(slices.Sorted(maps.Keys(c.Categories)), " "),
		strings.Join(slices.Sorted(maps.Keys(c.Products)), " "),
	}
	if got != [2]string{categories, products} {
		s.t.Errorf("the chat has %q, want %q and %q", got, categories, products)
	}
}

func (s *syncer) violations(want ...string) {
	s.t.Helper()
	violations(s.t, s.chat, want...)
}

// part is a batch that is not the last.
func part(mode, sync string, seq int, categories, products list) doc {
	return doc{
		"version": "1", "sync_id": sync, "mode": mode, "seq": seq, "last": false,
		"generated_at": "2026-11-23T12:00:00Z", "currency": "RUB",
		"categories": append(list{}, categories...), "products": append(list{}, products...),
		"deleted": doc{"products": list{}, "variants": list{}, "categories": list{}},
	}
}

// last makes a batch the last.
func last(d doc, categories, products, batches int) doc {
	d["last"] = true
	d["totals"] = doc{"categories": categories, "products": products, "batches": batches}
	return d
}

// without deletes something too.
func without(d doc, what string, ids ...any) doc {
	d["deleted"].(doc)[what] = list(ids)
	return d
}

func category(id string, parent any) doc {
	return doc{"id": id, "parent_id": parent, "title": "К" + id, "position": 1}
}

// product has the variants ID-1 and ID-2.
func product(id string, categories ...any) doc {
	variant := func(id string) doc {
		return doc{
			"id": id, "options": list{}, "price": "10", "old_price": nil, "quantity": nil, "available": true,
			"weight_kg": nil,
		}
	}
	return doc{
		"id": id, "title": "Т" + id, "category_ids": append(list{}, categories...), "images": list{}, "visible": true,
		"properties": list{}, "variants": list{variant(id + "-1"), variant(id + "-2")}, "hash": "h",
	}
}

func encode(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCatalogIsTaken(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{Secret: ineedchattest.DefaultSecret})
	before := time.Now()
	status, answer, err := s.try(exampleSync, 1, catalogBatch)
	if err != nil || status != 200 || answer != `{"accepted":1,"errors":[],"status":"ok"}` {
		t.Fatalf("answer %d %s %v", status, answer, err)
	}
	s.violations()
	got := s.chat.Catalog("2")
	want := ineedchattest.Catalog{
		Complete: true,
		Categories: map[string]ineedchattest.Category{
			"9000001": {ID: "9000001", Title: "Одежда", Position: 1},
			"9000002": {ID: "9000002", ParentID: "9000001", Title: "Футболки", Position: 1},
		},
		Products: map[string]ineedchattest.Product{"300000001": {
			ID: "300000001", Title: "Футболка мужская",
			DescriptionHTML: "<p>Хлопок 100%</p>", CategoryIDs: []string{"9000002"},
			URL:    "https://shop-1.myinsales.ru/product/futbolka",
			Images: []ineedchattest.Image{{URL: "https://static.example.com/1.jpg", Hash: "a1b2c3d4"}}, Visible: true,
			Properties: []ineedchattest.Property{{Name: "Материал", Value: "Хлопок"}},
			Variants: []ineedchattest.Variant{{
				ID: "500000001", SKU: "TS-1-0", Barcode: "4600000000001",
				Options: []ineedchattest.Property{{Name: "Размер", Value: "S"}},
				Price:   "990.00", OldPrice: "1290.00", Quantity: "12", Available: true, WeightKG: "0.200",
			}},
			UpdatedAt: got.Products["300000001"].UpdatedAt, Hash: "5e884898da280471",
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("catalog %+v\nwant %+v", got, want)
	}
	if at := got.Products["300000001"].UpdatedAt; !at.Equal(time.Date(2026, 11, 23, 11, 58, 0, 0, time.UTC)) {
		t.Errorf("updated at %v", at)
	}
	batches := s.chat.CatalogBatches("2")
	if len(batches) != 1 || batches[0].At.Before(before) {
		t.Fatalf("batches %+v", batches)
	}
	batches[0].At = time.Time{}
	if want := (ineedchattest.CatalogBatch{
		Company: "2", Sync: exampleSync, Seq: 1, Mode: "full", Last: true, Categories: 2, Products: 1,
		ProductIDs: []string{"300000001"}, Bytes: len(catalogBatch), Answer: 200,
	}); !reflect.DeepEqual(batches[0], want) {
		t.Errorf("batch %+v, want %+v", batches[0], want)
	}
	if c := s.chat.Catalog("3"); c.Complete || len(c.Products) > 0 || len(s.chat.CatalogBatches("3")) > 0 {
		t.Errorf("company 3 has %+v", c)
	}
}

// TestCatalogOptional leaves out and makes null what may be so.
func TestCatalogOptional(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	s.full(nil, list{product("1"), product("2")})
	s.violations()
	p := s.chat.Catalog("2").Products["1"]
	if v := p.Variants[0]; v.OldPrice+v.Quantity+v.WeightKG+v.SKU+p.URL != "" || !p.UpdatedAt.IsZero() {
		t.Errorf("product %+v", p)
	}
	few := product("3")
	few["variants"].(list)[0].(doc)["quantity"] = "-2.5"
	s.full(nil, list{few})
	s.full(nil, nil) // an empty shop
	s.has("", "")
	s.violations()
}

// in finds an object in the contract's example.
func in(d doc, path ...any) doc {
	var v any = d
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v = v.(doc)[step]
		case int:
			v = v.(list)[step]
		}
	}
	return v.(doc)
}

// A badBatch is an edit of the contract's example.
type badBatch struct {
	at        []any
	field     string
	value     any // missing{} = take it away
	violation string
}

type missing struct{}

func badBatches() []badBatch {
	root, category, product := []any{}, []any{"categories", 1}, []any{"products", 0}
	variant, image := append(slices.Clone(product), "variants", 0), append(slices.Clone(product), "images", 0)
	option, property := append(slices.Clone(variant), "options", 0), append(slices.Clone(product), "properties", 0)
	long := strings.Repeat("1", 65)
	return []badBatch{
		{root, "version", "2", "version is not 1"},
		{root, "version", 1, "version is no string"},
		{root, "sync_id", "01JDB3W6M7X0Z3Q1C2V4B5N6M8", "sync_id is not the path's"},
		{root, "seq", 2, "seq is not the path's"},
		{root, "seq", "1", "seq is no number"},
		{root, "seq", 1.5, "seq is no whole number"},
		{root, "mode", "all", "mode is neither"},
		{root, "last", "true", "last is no boolean"},
		{root, "last", false, "totals stand in a batch that is not the last"},
		{root, "totals", missing{}, "totals are missing"},
		{root, "totals", nil, "totals is no object"},
		{root, "generated_at", "2026-11-23 15:00:00", "generated_at is no RFC 3339 time"},
		{root, "generated_at", "2026-11-23T5:00:00Z", "generated_at is no RFC 3339 time"},
		{root, "currency", "RUR", "currency is not RUB"},
		{root, "categories", nil, "categories is no list"},
		{root, "products", list{1}, "products[0] is no object"},
		{root, "deleted", list{}, "deleted is no object"},
		{[]any{"totals"}, "products", 2, "totals are {2 2 1}, but the batches name {2 1 1}"},
		{[]any{"totals"}, "categories", 1, "totals are"},
		{[]any{"totals"}, "batches", 2, "totals are"},
		{[]any{"deleted"}, "products", list{"300000001"}, "deleted.products[0] is in the batch too"},
		{[]any{"deleted"}, "variants", list{"500000001"}, "deleted.variants[0] is in the batch too"},
		{[]any{"deleted"}, "categories", list{"1", "9000001"}, "deleted.categories[1] is in the batch too"},
		{[]any{"deleted"}, "products", list{7}, "deleted.products[0] is no id"},
		{[]any{"deleted"}, "variants", list{"a b"}, "deleted.variants[0] is no id"},
		{category, "id", "", "categories[1].id is no id"},
		{category, "id", strings.Repeat("я", 129), "categories[1].id is no id"},
		{category, "id", "9000001", "categories[1] is there twice"},
		{category, "parent_id", "", "categories[1].parent_id is no id"},
		{category, "parent_id", "9000002", "categories[1] is its own parent"},
		{category, "parent_id", "9000009", "category 9000002 has an unknown parent 9000009"},
		{category, "title", " ", "categories[1].title is empty"},
		{category, "position", "1", "categories[1].position is no number"},
		{product, "id", long, "products[0].id is no id"},
		{product, "id", "a/b", "products[0].id is no id"},
		{product, "id", 300000001, "products[0].id is no string"},
		{product, "title", "", "products[0].title is empty"},
		{product, "description_html", nil, "products[0].description_html is no string"},
		{product, "category_ids", list{"9000002", "9000003"}, "product 300000001 has an unknown category 9000003"},
		{product, "category_ids", list{9000002}, "products[0].category_ids[0] is no id"},
		{product, "visible", nil, "products[0].visible is no boolean"},
		{product, "updated_at", "", "products[0].updated_at is no RFC 3339 time"},
		{product, "updated_at", "23.11.2026", "products[0].updated_at is no RFC 3339 time"},
		{product, "hash", "", "products[0].hash is empty"},
		{image, "url", "", "products[0].images[0].url is empty"},
		{image, "hash", missing{}, "products[0].images[0].hash is missing"},
		{property, "value", 5, "products[0].properties[0].value is no string"},
		{option, "name", missing{}, "products[0].variants[0].options[0].name is missing"},
		{variant, "id", "", "products[0].variants[0].id is no id"},
		{variant, "price", "990,00", "variants[0].price is no sum of money"},
		{variant, "price", "1.0000", "variants[0].price is no sum of money"},
		{variant, "price", "1e3", "variants[0].price is no sum of money"},
		{variant, "price", "-1", "variants[0].price is no sum of money"},
		{variant, "price", "", "variants[0].price is no sum of money"},
		{variant, "price", 990, "variants[0].price is no string"},
		{variant, "price", nil, "variants[0].price is no string"},
		{variant, "old_price", "", "variants[0].old_price is no sum of money"},
		{variant, "old_price", 1290, "variants[0].old_price is no string"},
		{variant, "quantity", "many", "variants[0].quantity is no quantity"},
		{variant, "quantity", "0.0001", "variants[0].quantity is no quantity"},
		{variant, "weight_kg", "-1", "variants[0].weight_kg is no weight"},
	}
}

func TestBadBatches(t *testing.T) {
	for _, c := range badBatches() {
		t.Run(strings.ReplaceAll(c.violation, " ", "_"), func(t *testing.T) {
			var d doc
			if err := json.Unmarshal([]byte(catalogBatch), &d); err != nil {
				t.Fatal(err)
			}
			o := in(d, c.at...)
			if o[c.field] = c.value; c.value == (missing{}) {
				delete(o, c.field)
			}
			s := newSyncer(t, ineedchattest.Config{})
			status, answer, err := s.try(exampleSync, 1, encode(t, d))
			if err != nil || status != 422 || !strings.Contains(answer, `"status":"invalid"`) {
				t.Errorf("answer %d %s %v", status, answer, err)
			}
			s.violations(c.violation)
			s.has("", "")
			if b := s.chat.CatalogBatches("2"); len(b) != 1 || b[0].Answer != 422 {
				t.Errorf("batches %+v", b)
			}
		})
	}
}

// TestFieldsOfBatches takes each field of the example away, which is a fault
// unless it may be missing, and puts a strange one beside it, which is only a
// violation.
func TestFieldsOfBatches(t *testing.T) {
	optional := []string{"products description_html", "products url", "products updated_at", "variants sku",
		"variants barcode"}
	paths := [][]any{
		{}, {"totals"}, {"deleted"}, {"categories", 0}, {"products", 0}, {"products", 0, "images", 0},
		{"products", 0, "properties", 0}, {"products", 0, "variants", 0}, {"products", 0, "variants", 0, "options", 0},
	}
	for _, path := range paths {
		var example doc
		if err := json.Unmarshal([]byte(catalogBatch), &example); err != nil {
			t.Fatal(err)
		}
		object := in(example, path...)
		for name, value := range maps.Clone(object) {
			s := newSyncer(t, ineedchattest.Config{})
			delete(object, name)
			status, _, _ := s.try(exampleSync, 1, encode(t, example))
			got := strings.Join(s.chat.Violations(), "\n")
			may := len(path) > 1 && slices.Contains(optional, fmt.Sprint(path[len(path)-2], " ", name))
			switch {
			case may && (status != 200 || got != ""), !may && (status != 422 || !strings.Contains(got, "missing")):
				t.Errorf("%v without %s: %d %q", path, name, status, got)
			}
			object[name] = value
		}
		s := newSyncer(t, ineedchattest.Config{})
		object["cost_price"] = "1"
		if status, answer, _ := s.try(exampleSync, 1, encode(t, example)); status != 200 {
			t.Errorf("%v with a strange field: %d %s", path, status, answer)
		}
		s.violations("cost_price")
		s.has("9000001 9000002", "300000001")
	}
}

func TestBatchPaths(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	for _, p := range []struct{ sync, seq, violation string }{
		{"01JDB3W6M7X0Z3Q1C2V4B5N6M", "1", "sync_id is no ULID, sync_id is not the path's"},
		{"01jdb3w6m7x0z3q1c2v4b5n6m7", "1", "sync_id is no ULID"},
		{"01JDB3W6M7X0Z3Q1C2V4B5N6MU", "1", "sync_id is no ULID"},
		{"81JDB3W6M7X0Z3Q1C2V4B5N6M7", "1", "sync_id is no ULID"},
		{"01JDB3W6M7X0Z3Q1C2V4B5N6M8", "1", "sync_id is not the path's"},
		{exampleSync, "2", "seq is not the path's"},
		{exampleSync, "01", "seq is not the path's"},
		{exampleSync, "x", "seq is not the path's"},
	} {
		if status, answer, err := s.try(p.sync, p.seq, catalogBatch); err != nil || status != 422 {
			t.Errorf("%s/%s: answer %d %s %v", p.sync, p.seq, status, answer, err)
		}
		got := s.chat.Violations()
		if last := got[len(got)-1]; !strings.Contains(last, p.violation) {
			t.Errorf("%s/%s: violation %q, want %q", p.sync, p.seq, last, p.violation)
		}
	}
	d := part("full", s.sync(), 0, nil, nil)
	s.send(d, 422)
	s.company = "a%20b"
	s.send(part("full", s.sync(), 1, nil, nil), 422)
	got := s.chat.Violations()
	if !strings.Contains(got[8], "seq is below 1") || !strings.Contains(got[9], "company is no id") {
		t.Errorf("violations %q", got[8:])
	}
}

func TestBatchesThatAreNoJSON(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	for _, body := range []string{"{", catalogBatch + "{}", strings.Replace(catalogBatch, "TS-1-0", "\xff", 1)} {
		if status, answer, err := s.try(exampleSync, 1, body); err != nil || status != 400 {
			t.Errorf("answer %d %s %v", status, answer, err)
		}
	}
	if status, _, _ := s.try(exampleSync, 1, "[]"); status != 422 {
		t.Errorf("answer %d to a list", status)
	}
	s.violations("not JSON", "not JSON", "not JSON", "the body is no object")
	if b := s.chat.CatalogBatches("2"); len(b) != 4 || b[0].Bytes != 1 || b[0].Answer != 400 || b[0].Seq != 1 {
		t.Errorf("batches %+v", b)
	}
}

func TestCatalogAuthorization(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{Secret: ineedchattest.DefaultSecret})
	want := func(code int) {
		t.Helper()
		if status, answer, err := s.try(exampleSync, 1, catalogBatch); err != nil || status != code {
			t.Errorf("answer %d %s %v, want %d", status, answer, err, code)
		}
	}
	s.token = "other"
	want(401)
	s.token, s.secret = ineedchattest.DefaultToken, ""
	want(401)
	s.secret = "whsec_AAAA"
	want(401)
	s.has("", "")
	s.secret, s.contentType = ineedchattest.DefaultSecret, "text/plain"
	want(415)
	s.contentType = "application/json; charset=utf-8"
	want(200)
	s.violations("token", "signature", "signature", "content type")
	var answers []int
	for _, b := range s.chat.CatalogBatches("2") {
		answers = append(answers, b.Answer)
	}
	if got := fmt.Sprint(answers); got != "[401 401 401 415 200]" {
		t.Errorf("answers %s", got)
	}
}

func TestBatchSizes(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	wide := product("1")
	wide["title"] = strings.Repeat("т", ineedchattest.MaxBatchBytes/2)
	s.send(last(part("full", s.sync(), 1, nil, list{wide}), 0, 1, 1), 413)
	s.violations("bytes")
	wide["title"] = strings.Repeat("т", ineedchattest.MaxBatchBytes/2-1000)
	s.send(last(part("full", s.sync(), 1, nil, list{wide}), 0, 1, 1), 200)
	var many list
	for i := range 101 {
		many = append(many, product(fmt.Sprint(i)))
	}
	s.send(last(part("full", s.sync(), 1, nil, many), 0, 101, 1), 422)
	s.send(last(part("full", s.sync(), 1, nil, many[1:]), 0, 100, 1), 200)
	s.violations("bytes", "products are more than 100")
	if n := len(s.chat.Catalog("2").Products); n != 100 {
		t.Errorf("%d products", n)
	}

	// A smaller limit of the chat's own is no fault of the connector.
	s = newSyncer(t, ineedchattest.Config{BatchLimit: 10_000})
	if answer := s.send(last(part("full", s.sync(), 1, nil, many[1:]), 0, 100, 1),
		413); answer != `{"status":"too_large"}` {
		t.Errorf("answer %s", answer)
	}
	s.full(nil, many[:10])
	s.violations()
	s.has("", "0 1 2 3 4 5 6 7 8 9")
}

func TestDoubles(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	twin := product("1")
	twin["variants"] = append(twin["variants"].(list), twin["variants"].(list)[0])
	s.send(part("full", s.sync(), 1, nil, list{twin}), 422)
	s.send(part("full", s.sync(), 1, nil, list{product("1"), product("2"), product("1")}), 422)
	s.violations("products[0].variants[2] is there twice", "products[2] is there twice")
	var bad list
	for range 30 {
		bad = append(bad, doc{})
	}
	s.send(part("full", s.sync(), 1, nil, bad), 422)
	got := s.chat.Violations()
	if text := got[len(got)-1]; !strings.Contains(text, "more") || len(text) > 1000 {
		t.Errorf("violation of %d characters: %q", len(text), text)
	}
}

func TestCatalogFaults(t *testing.T) {
	s := newSyncer(t, ineedchattest.Config{})
	const path = "/v1/companies/2/catalog/"
	first := last(part("full", s.sync(), 1, nil, list{product("1")}), 0, 1, 1)
	rules := []struct {
		rule    ineedchattest.Rule
		code    int // 0 = no answer
		batches int // that reached the chat
	}{
		{ineedchattest.Rule{Status: 429, Header: http.Header{"Retry-After": {"7"}}}, 429, 0},
		{ineedchattest.Rule{Action: ineedchattest.ResetBefore}, 0, 0},
		{ineedchattest.Rule{Action: ineedchattest.ResetAfter}, 0, 1},
		{ineedchattest.Rule{Action: ineedchattest.Torn}, 0, 2},
		{ineedchattest.Rule{Status: 500, Commits: true}, 500, 3},
		{ineedchattest.Rule{Latency: time.Millisecond, AnswerDelay: time.Millisecond}, 200, 4},
	}
	for i, r := range rules {
		s.chat.ClearFaults()
		r.rule.Path = path
		f := s.chat.Fault(r.rule)
		status, answer, err := s.try(first["sync_id"].(string), 1, encode(t, first))
		if f.Hits() != 1 || err == nil && status != r.code || (err != nil) != (r.code == 0) {
			t.Errorf("fault %d: hits %d, answer %d %s %v", i, f.Hits(), status, answer, err)
		}
		batches := s.chat.CatalogBatches("2")
		if len(batches) != r.batches || len(batches) > 0 && batches[0].Answer != 200 {
			t.Errorf("fault %d: batches %+v, want %d", i, batches, r.batches)
		}
	}
	s.has("", "1")
	s.violations()
}
