package handlers

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// withCatalog makes company 2 with its catalog enabled over a sandbox shop. No
// worker runs: runs begin and stay where they are.
func withCatalog(t *testing.T) (*world, *insalestest.Shop) {
	t.Helper()
	shop := insalestest.New(insalestest.Config{})
	server := httptest.NewServer(shop)
	t.Cleanup(server.Close)
	w := newWorld(t)
	body := strings.TrimSuffix(settings("", server.URL, false), "}") +
		`,"catalog":{"enabled":true,"interval":"10m","price":"price2"}}`
	code, made := w.api("PUT", "/companies/2", body)
	if code != 201 || at(made, "catalog.enabled") != true || at(made, "catalog.interval") != "10m" ||
		at(made, "catalog.price") != "price2" {
		t.Fatalf("%d %v", code, made)
	}
	return w, shop
}

func TestCatalogAPI(t *testing.T) {
	w, _ := withCatalog(t)
	code, body := w.api("GET", "/companies/2/catalog", "")
	if code != 200 || at(body, "fresh_as_of") != nil || at(body, "running") != nil || at(body, "products") != 0.0 {
		t.Errorf("%d %v", code, body)
	}
	code, body = w.api("POST", "/companies/2/catalog/sync", "")
	if code != 202 || at(body, "cause") != "person" || at(body, "full") != true || at(body, "ended_at") != nil {
		t.Errorf("the first run is full, whoever wants it: %d %v", code, body)
	}
	if code, body = w.api("POST", "/companies/2/catalog/sync", `{"full":true}`); code != 409 ||
		at(body, "code") != "catalog_runs" {
		t.Errorf("%d %v", code, body)
	}
	if code, body = w.api("POST", "/companies/2/catalog/sync", `{"ful":true}`); code != 422 ||
		at(body, "errors.0.field") != "ful" {
		t.Errorf("%d %v", code, body)
	}
	code, body = w.api("GET", "/companies/2/catalog", "")
	if code != 200 || at(body, "running.phase") != "tree" || at(body, "running.progress.percent") != 0.0 {
		t.Errorf("%d %v", code, body)
	}
	if code, body = w.api("POST", "/companies/2/catalog/guard/confirm", ""); code != 409 ||
		at(body, "code") != "nothing_withheld" {
		t.Errorf("%d %v", code, body)
	}
	if code, body = w.api("POST", "/companies/2/orders/gone/confirm", ""); code != 409 ||
		at(body, "code") != "none_gone" {
		t.Errorf("%d %v", code, body)
	}
	for _, path := range []string{"/companies/3/catalog", "/companies/3/catalog/runs", "/companies/3/prices"} {
		if code, _ := w.api("GET", path, ""); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code, body = w.api("GET", "/companies/2/catalog/runs?cursor=x", ""); code != 422 ||
		at(body, "errors.0.field") != "cursor" {
		t.Errorf("%d %v", code, body)
	}
}

func TestCatalogRunsAPI(t *testing.T) {
	w, _ := withCatalog(t)
	begin := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for i := range 5 {
		r := storage.CatalogRun{Company: "2", BeganAt: begin.Add(time.Duration(i) * time.Minute),
			Cause: storage.CauseTimer, Seen: i}
		err := w.store.Update(t.Context(), func(tx *storage.Tx) error {
			if err := tx.BeginRun(&r); err != nil {
				return err
			}
			r.EndedAt, r.Outcome = r.BeganAt.Add(time.Second), storage.RunDone
			return tx.PutRun(r)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	code, body := w.api("GET", "/companies/2/catalog/runs?limit=2", "")
	next, _ := at(body, "next").(string)
	if code != 200 || at(body, "items.0.seen") != 4.0 || at(body, "items.1.seen") != 3.0 || next == "" ||
		at(body, "items.0.began_at") != "2026-11-25T12:04:00Z" || at(body, "items.0.outcome") != "done" {
		t.Fatalf("%d %v", code, body)
	}
	code, body = w.api("GET", "/companies/2/catalog/runs?limit=3&cursor="+next, "")
	if code != 200 || at(body, "items.2.seen") != 0.0 || at(body, "next") != nil {
		t.Errorf("%d %v", code, body)
	}
}

// What is withheld is shown in words and confirmed once.
func TestCatalogGuardAPI(t *testing.T) {
	w, _ := withCatalog(t)
	err := w.store.Update(context.Background(), func(tx *storage.Tx) error {
		return tx.PutCatalog(storage.Catalog{Company: "2", FullAt: time.Now(), Guard: &storage.Guard{
			Impact: storage.Impact{Removed: 40, Held: 7, Categories: 3}, At: time.Now(), Visible: 100}})
	})
	if err != nil {
		t.Fatal(err)
	}
	code, body := w.api("GET", "/companies/2/catalog", "")
	words, _ := at(body, "guard.problem.message").(string)
	if code != 200 || at(body, "guard.removed") != 40.0 || at(body, "guard.unavailable_or_free") != 7.0 ||
		!strings.Contains(words, "40 of 100 products would disappear") || !strings.Contains(words, "3 categories") {
		t.Errorf("%d %v", code, body)
	}
	if code, body = w.api("POST", "/companies/2/catalog/guard/confirm", ""); code != 200 ||
		at(body, "removed") != 40.0 {
		t.Errorf("%d %v", code, body)
	}
	if code, _ = w.api("POST", "/companies/2/catalog/guard/confirm", ""); code != 409 {
		t.Errorf("confirmed twice: %d", code)
	}
}

// Enabling asks the shop; what it lacks keeps the switch off.
func TestCatalogNotEnabled(t *testing.T) {
	w, shop := withCatalog(t)
	code, body := w.api("GET", "/companies/2", "")
	if code != 200 {
		t.Fatal(code)
	}
	url := at(body, "shop.url").(string)
	put := func(catalog string) (int, map[string]any) {
		return w.api("PUT", "/companies/2", strings.TrimSuffix(settings("", url, false), "}")+`,"catalog":`+catalog+`}`)
	}
	off := func() {
		t.Helper()
		if code, body := put(`{}`); code != 200 || at(body, "catalog.enabled") != false ||
			at(body, "catalog.interval") != "5m" || at(body, "catalog.price") != "price" {
			t.Fatalf("%d %v", code, body)
		}
	}
	off()
	if code, body = w.api("POST", "/companies/2/catalog/sync", ""); code != 409 || at(body, "code") != "catalog_off" {
		t.Errorf("%d %v", code, body)
	}
	shop.Forbid(insalestest.SectionExtraPrices)
	if code, body = put(`{"enabled":true,"price":"price2"}`); code != 422 ||
		at(body, "errors.0.field") != "catalog.price" ||
		at(body, "errors.0.rule") != "price_missing" || at(body, "company.catalog.enabled") != false {
		t.Errorf("%d %v", code, body)
	}
	off()
	shop.Forbid(insalestest.SectionProducts)
	if code, body = put(`{"enabled":true}`); code != 422 || at(body, "errors.0.field") != "shop.password" ||
		at(body, "errors.0.rule") != "shop_check" {
		t.Errorf("%d %v", code, body)
	}
}

func TestPricesAPI(t *testing.T) {
	w, shop := withCatalog(t)
	code, body := w.api("GET", "/companies/2/prices", "")
	if code != 200 || at(body, "items.0.price") != "price" || at(body, "items.0.title") != "Main price" ||
		at(body, "items.0.chosen") != false ||
		at(body, "items.1.price") != "price2" || at(body, "items.1.chosen") != true {
		t.Errorf("%d %v", code, body)
	}
	shop.RevokeKey(insalestest.DefaultKeyID)
	if code, body = w.api("GET", "/companies/2/prices", ""); code != 409 || at(body, "code") != "key_rejected" {
		t.Errorf("%d %v", code, body)
	}
}
