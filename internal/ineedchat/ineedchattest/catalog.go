package ineedchattest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxBatchBytes is what the contract lets a batch be at most.
const maxBatchBytes = 1 << 20

// A Catalog is what the chat shows its customers of a company. Whoever gets one
// must not change what its products hold.
type Catalog struct {
	// Complete: a full sync has ended, and nothing was forgotten since.
	Complete   bool
	Categories map[string]Category
	Products   map[string]Product // empty with Config.CatalogCounts
}

// A Category is a node of the tree.
type Category struct {
	ID       string
	ParentID string // "" = a root
	Title    string
	Position int
}

// A Product is one as the last batch that named it had it.
type Product struct {
	ID              string
	Title           string
	DescriptionHTML string
	CategoryIDs     []string
	URL             string
	Images          []Image
	Visible         bool
	Properties      []Property
	Variants        []Variant
	UpdatedAt       time.Time // zero = not said
	Hash            string
}

// An Image is a picture of a product.
type Image struct{ URL, Hash string }

// A Property is one of a product, or an option of a variant.
type Property struct{ Name, Value string }

// A Variant is what a customer orders. Numbers are the texts that came; "" is
// null.
type Variant struct {
	ID, SKU, Barcode string
	Options          []Property
	Price, OldPrice  string
	Quantity         string
	Available        bool
	WeightKG         string
}

// A CatalogBatch is one request of a catalog sync, whatever was answered. What
// could not be read is zero.
type CatalogBatch struct {
	Company string
	At      time.Time // of its arrival
	Sync    string    // of the path, as is Seq
	Seq     int
	Mode    string
	Last    bool

	Categories int      // named
	Products   int      // named, also those that were refused
	ProductIDs []string // nil with Config.CatalogCounts
	Deleted    int      // products, variants and categories
	Bytes      int

	// Answer is the code the chat chose; a fault may have hidden it.
	Answer int
}

// Catalog returns what the chat has of a company now.
func (c *Chat) Catalog(company string) Catalog {
	c.catalogs.mu.Lock()
	defer c.catalogs.mu.Unlock()
	s := c.catalogs.of(company)
	return Catalog{Complete: s.complete, Categories: maps.Clone(s.categories), Products: maps.Clone(s.products)}
}

// CatalogBatches returns all requests of the catalog syncs of a company that
// reached the chat and no fault kept from it, oldest first.
func (c *Chat) CatalogBatches(company string) []CatalogBatch {
	c.catalogs.mu.Lock()
	defer c.catalogs.mu.Unlock()
	return slices.Clone(c.catalogs.of(company).received)
}

// Replaced tells how many batches came with another body than the one that was
// accepted under their path before. The contract allows that.
func (c *Chat) Replaced() int {
	c.catalogs.mu.Lock()
	defer c.catalogs.mu.Unlock()
	return c.catalogs.replaced
}

// RejectItem sets a judge of products; nil takes it away. A product for which
// it gives a message or a field comes back among the errors of a 200 and is not
// applied: the chat keeps what it had of it. The judge may be called from
// several goroutines at once.
func (c *Chat) RejectItem(judge func(company, productID string) (field, message string)) {
	c.catalogs.mu.Lock()
	defer c.catalogs.mu.Unlock()
	c.catalogs.judge = judge
}

// RequireResync makes the chat answer 409 to every delta batch of a company
// until a full sync has ended. It ends RequireResyncForever.
func (c *Chat) RequireResync(company string) { c.catalogs.require(company, resyncOnce) }

// RequireResyncForever makes the chat answer 409 to every batch of a company,
// also to those of full syncs.
func (c *Chat) RequireResyncForever(company string) { c.catalogs.require(company, resyncForever) }

// ForgetCatalog takes a company's data from the chat, as a restored backup
// does, and requires a resync. The syncs that were under way cannot go on: they
// get 409 too. What CatalogBatches tells stays.
func (c *Chat) ForgetCatalog(company string) { c.catalogs.forget(company) }

// putBatch serves PUT /v1/companies/{company}/catalog/syncs/{sync}/batches/{seq}.
func (c *Chat) putBatch(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // from memory
	got := CatalogBatch{Company: r.PathValue("company"), At: time.Now(), Sync: r.PathValue("sync"), Bytes: len(body)}
	got.Seq, _ = strconv.Atoi(r.PathValue("seq")) // 0 = none
	status, text := c.batch(r, body, &got)
	got.Answer = status
	c.catalogs.record(got)
	reply(w, status, text)
}

// batch takes a batch and gives the answer; what it learns of it goes to got.
func (c *Chat) batch(r *http.Request, body []byte, got *CatalogBatch) (int, any) {
	if !c.authorized(r, body) {
		return http.StatusUnauthorized, map[string]string{"status": "unauthorized"}
	}
	if limit := c.conf.BatchLimit; len(body) > maxBatchBytes || limit > 0 && len(body) > limit {
		if len(body) > maxBatchBytes {
			c.violate(r, "%d bytes", len(body))
		}
		return http.StatusRequestEntityTooLarge, map[string]string{"status": "too_large"}
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		c.violate(r, "content type %q", media)
		return http.StatusUnsupportedMediaType, map[string]string{"status": "unsupported"}
	}
	var text any
	if err := json.Unmarshal(body, &text); err != nil || !utf8.Valid(body) {
		c.violate(r, "not JSON in UTF-8: %v", err)
		return http.StatusBadRequest, map[string]string{"status": "invalid", "message": "not JSON in UTF-8"}
	}
	b, reading := readBatch(text, got.Company, got.Sync, r.PathValue("seq"))
	got.Mode, got.Last, got.Deleted = b.mode, b.last, b.deleted.count()
	got.Categories, got.Products = len(b.categories), len(b.products)
	if !c.conf.CatalogCounts {
		got.ProductIDs = b.productIDs()
	}
	if len(reading.odd) > 0 {
		c.violate(r, "%s", abridge(reading.odd))
	}
	if len(reading.bad) > 0 {
		return c.unusable(r, reading.bad)
	}
	refused := c.catalogs.refuse(b)
	status, bad := c.catalogs.take(b, sha256.Sum256(body), refused)
	switch status {
	case http.StatusOK:
		return status, map[string]any{"status": "ok", "accepted": len(b.products) - len(refused), "errors": refused}
	case http.StatusConflict:
		if len(bad) > 0 {
			c.violate(r, "%s", abridge(bad))
		}
		return status, map[string]string{"status": "resync_required"}
	}
	return c.unusable(r, bad)
}

func (c *Chat) unusable(r *http.Request, bad []string) (int, any) {
	text := abridge(bad)
	c.violate(r, "%s", text)
	return http.StatusUnprocessableEntity, map[string]string{"status": "invalid", "message": text}
}

// abridge makes one text of what may be a fault of each of a hundred products.
func abridge(bad []string) string {
	const most = 10
	if len(bad) <= most {
		return strings.Join(bad, ", ")
	}
	return strings.Join(bad[:most], ", ") + " and " + strconv.Itoa(len(bad)-most) + " more"
}

func (b batch) productIDs() []string {
	ids := make([]string, 0, len(b.products))
	for _, p := range b.products {
		ids = append(ids, p.ID)
	}
	return ids
}

func (b batch) categoryIDs() []string {
	ids := make([]string, 0, len(b.categories))
	for _, c := range b.categories {
		ids = append(ids, c.ID)
	}
	return ids
}

// maxWatched bounds what every batch is searched for.
const maxWatched = 100

// Watch makes the chat look for texts in every catalog batch from now on, also
// in those that are refused or that a fault keeps from it. A text is found as
// it is and with the escapes of encoding/json, so "<b>" is found. Watch panics
// if there are more than a hundred.
func (c *Chat) Watch(texts ...string) {
	c.catalogs.mu.Lock()
	defer c.catalogs.mu.Unlock()
	for _, text := range texts {
		if _, is := c.catalogs.watched[text]; !is {
			c.catalogs.watched[text] = &watched{needles: needles(text)}
		}
	}
	if len(c.catalogs.watched) > maxWatched {
		panic("ineedchattest: more than 100 watched texts")
	}
}

// CatalogContains tells whether any batch since Watch contained the text. It
// panics if nobody watches for it, because that test would always pass.
func (c *Chat) CatalogContains(text string) bool {
	c.catalogs.mu.Lock()
	defer c.catalogs.mu.Unlock()
	w := c.catalogs.watched[text]
	if w == nil {
		panic("ineedchattest: nobody watches for " + strconv.Quote(text))
	}
	return w.seen
}

type watched struct {
	needles [][]byte
	seen    bool
}

// needles are the ways in which a text can stand in JSON.
func needles(text string) [][]byte {
	all := [][]byte{[]byte(text)}
	for _, html := range []bool{true, false} {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(html)
		if e.Encode(text) == nil { // a string always
			all = append(all, bytes.Trim(b.Bytes(), "\"\n"))
		}
	}
	return slices.CompactFunc(all, bytes.Equal)
}

// look searches a request for what is watched.
func (cs *catalogs) look(r *http.Request, body []byte) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if len(cs.watched) == 0 || !strings.Contains(r.URL.Path, "/catalog/") {
		return
	}
	for _, w := range cs.watched {
		w.seen = w.seen || slices.ContainsFunc(w.needles, func(n []byte) bool { return bytes.Contains(body, n) })
	}
}
