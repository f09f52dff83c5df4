package ineedchat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// OpCatalogBatch is the operation of PutBatch in errors and metrics.
const OpCatalogBatch = "catalog_batch"

// The most that one batch may hold.
const (
	MaxBatchProducts = 100
	MaxBatchBytes    = 1 << 20
)

// The modes of a catalog sync.
const (
	ModeFull  = "full"  // what the sync does not name is hidden once its last batch has arrived
	ModeDelta = "delta" // only what it names changes
)

// A Batch is a part of a catalog sync, without its categories and products.
type Batch struct {
	SyncID      string    `json:"sync_id"` // a ULID
	Mode        string    `json:"mode"`    // ModeFull or ModeDelta
	Seq         int       `json:"seq"`     // from 1
	Last        bool      `json:"last"`
	GeneratedAt time.Time `json:"generated_at"`
	Totals      *Totals   `json:"totals,omitempty"` // of the whole sync; with the last batch only
	Deleted     Deleted   `json:"deleted"`
}

// Encode writes the batch with its categories and products, each line what one
// Category or Product encodes to. They are taken as they are: a large catalog
// would be encoded twice otherwise.
func (b Batch) Encode(categories, products []byte) []byte {
	for _, list := range []*[]string{&b.Deleted.Products, &b.Deleted.Variants, &b.Deleted.Categories} {
		if *list == nil {
			*list = []string{} // the wire knows empty lists, not null
		}
	}
	head, err := json.Marshal(struct {
		Version string `json:"version"`
		Batch
		Currency string `json:"currency"`
	}{Version, b, "RUB"})
	if err != nil {
		panic(err) // plain types always encode
	}
	out := make([]byte, 0, len(head)+len(categories)+len(products)+64)
	out = append(out, head[:len(head)-1]...)
	out = appendList(append(out, `,"categories":`...), categories)
	out = appendList(append(out, `,"products":`...), products)
	return append(out, '}')
}

// appendList appends lines of JSON as a list.
func appendList(out, lines []byte) []byte {
	out = append(out, '[')
	for len(lines) > 0 {
		line, rest, more := bytes.Cut(lines, []byte{'\n'})
		out = append(out, line...)
		if more {
			out = append(out, ',')
		}
		lines = rest
	}
	return append(out, ']')
}

// Totals counts what the batches of a sync name.
type Totals struct {
	Categories int `json:"categories"`
	Products   int `json:"products"`
	Batches    int `json:"batches"`
}

// A Category is a node of the storefront's tree.
type Category struct {
	ID       string  `json:"id"`
	ParentID *string `json:"parent_id"` // nil = it is a root
	Title    string  `json:"title"`
	Position int64   `json:"position"`
}

// Deleted names what is there no more.
type Deleted struct {
	Products   []string `json:"products"`
	Variants   []string `json:"variants"`
	Categories []string `json:"categories"`
}

// A Product is what a customer may see of a product, and nothing else: no cost
// price, no other kind of price, no stock by warehouse.
type Product struct {
	ID          string     `json:"id"`
	Title       string     `json:"title"`
	Description string     `json:"description_html,omitempty"` // sanitised
	CategoryIDs []string   `json:"category_ids"`
	URL         string     `json:"url,omitempty"`
	Images      []Image    `json:"images"`
	Visible     bool       `json:"visible"`
	Properties  []Property `json:"properties"`
	Variants    []Variant  `json:"variants"`

	// UpdatedAt and Hash stand at the end and are no part of what is hashed: see
	// Seal.
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
	Hash      string     `json:"hash,omitempty"`
}

// An Image is where a picture is; the hash changes when the picture does.
type Image struct {
	URL  string `json:"url"`
	Hash string `json:"hash"`
}

// A Property describes a product.
type Property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Variant is what a customer may order.
type Variant struct {
	ID        string   `json:"id"`
	SKU       string   `json:"sku,omitempty"`
	Barcode   string   `json:"barcode,omitempty"`
	Options   []Option `json:"options"`
	Price     string   `json:"price"`
	OldPrice  *string  `json:"old_price"` // nil = none
	Quantity  *string  `json:"quantity"`  // nil = not counted
	Available bool     `json:"available"`
	WeightKG  *string  `json:"weight_kg"` // nil = not known
}

// An Option is a variant's size, colour and the like.
type Option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// What the parts of a product take up as a rule, in bytes.
const (
	roomForProduct = 600
	roomForItem    = 100
	roomForVariant = 250
)

// Seal encodes the product together with a hash over everything but its time,
// and gives the hash as a number too; it is that of Digest.
func (p Product) Seal() (text []byte, hash int64) {
	text = make([]byte, 0, roomForProduct+len(p.Description)+(len(p.Images)+len(p.Properties))*roomForItem+
		len(p.Variants)*roomForVariant)
	text = append(p.append(text), '}')
	hash = Digest(text)
	text = text[:len(text)-1]
	if p.UpdatedAt != nil {
		text = append(text, `,"updated_at":"`...)
		text = append(p.UpdatedAt.AppendFormat(text, time.RFC3339), '"')
	}
	return append(appendField(text, `,"hash":`, hexHash(hash)), '}'), hash
}

// Digest is a 64-bit hash that is never 0 or -1.
func Digest(text []byte) int64 {
	sum := sha256.Sum256(text)
	n := int64(binary.BigEndian.Uint64(sum[:]))
	if n == 0 || n == -1 {
		return 1
	}
	return n
}

func hexHash(n int64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	return hex.EncodeToString(b[:])
}

// ImageHash is the hash of a picture that is known by its id and place.
func ImageHash(id int64, url string) string {
	text := strconv.AppendInt(make([]byte, 0, 256), id, 10)
	return hexHash(Digest(append(append(text, ' '), url...)))[:8]
}

// An ItemError is what the chat has against one item of a batch.
type ItemError struct{ ID, Field, Message string }

// maxItemErrors is how many errors a batch may be answered with: far more than
// it has products, variants and pictures to complain of.
const maxItemErrors = 10_000

var errTorn = errors.New("the answer is not whole, or not the chat's")

// ErrResync is the chat's wish for a full sync.
var ErrResync = errors.New("the chat asks for the whole catalog")

// PutBatch sends an encoded batch. The errors of single items come back; the
// others were taken. The error is an *Error; it is ErrResync too if the chat
// asks for a full sync. Sending the same bytes again is harmless.
func (c *Client) PutBatch(ctx context.Context, company, sync string, seq int, body []byte) ([]ItemError, error) {
	if !segment(company) || !segment(sync) {
		return nil, &Error{Op: OpCatalogBatch, Err: errNoID}
	}
	sum := sha256.Sum256(body)
	id := "catalog_" + hex.EncodeToString(sum[:16]) // the same for the same content only
	path := []string{"v1", "companies", company, "catalog", "syncs", sync, "batches", strconv.Itoa(seq)}
	answer, err := c.put(ctx, OpCatalogBatch, path, id, body)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusConflict {
			e.Err = ErrResync
		}
		return nil, err
	}
	refused, err := c.refused(answer.whole())
	if err != nil { // which items were refused?
		return nil, &Error{Op: OpCatalogBatch, Err: err}
	}
	return refused, nil
}

// refused reads from the answer to a batch what the chat has against its items.
// No text at all is nothing; one that is not the chat's, such as a page of
// HTML, proves nothing.
func (c *Client) refused(answer []byte) ([]ItemError, error) {
	answer = readable(answer)
	if answer != nil && len(bytes.TrimSpace(answer)) == 0 {
		return nil, nil
	}
	type item struct {
		ID      Scalar `json:"id"`
		Field   Scalar `json:"field"`
		Message Scalar `json:"message"`
	}
	var text struct {
		Errors []item `json:"errors"`
	}
	if _, err := read(answer, &text, "", maxItemErrors); err != nil {
		return nil, errTorn
	}
	if len(text.Errors) > maxItemErrors {
		return nil, errTorn
	}
	list := make([]ItemError, len(text.Errors))
	for i, e := range text.Errors {
		list[i] = ItemError{ID: string(e.ID), Field: shorten(string(e.Field)),
			Message: shorten(c.Mask(string(e.Message)))}
	}
	return list, nil
}
