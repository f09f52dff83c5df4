package insales

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-faster/jx"
	"github.com/shopspring/decimal"
)

// A Product is a product as the shop shows it. ID and UpdatedAt are sure to be
// there; whatever else could not be read is zero. Of the prices only the one
// that was asked for is read: cost prices and other price kinds stay in the
// shop.
type Product struct {
	ID        int64
	UpdatedAt time.Time
	Title     string
	Permalink string // last segment of its page in the storefront

	Description      string // HTML, as the merchant wrote it
	ShortDescription string

	Hidden     bool
	Archived   bool   // in the trash
	Available  *bool  // can be bought (inferred); nil = not said
	Currency   string // RUR, as a rule
	Collection []int64
	Images     []Image
	Properties []Property
	Variants   []Variant
}

// An Image of a product.
type Image struct {
	ID       int64
	Position int64
	URL      string // of the original
	Unready  bool   // the shop still makes it; the address is that of a stand-in
}

// A Property of a product with one of its values; a property with several
// values stands there several times.
type Property struct {
	Name     string
	Value    string
	Position int64
}

// An Option of a variant, such as its size.
type Option struct {
	Name  string
	Value string
}

// A Variant is what can be ordered of a product. A decimal that is null or
// absent is not Valid.
type Variant struct {
	ID        int64
	Title     string // its options in the shop's words; empty for the only variant
	SKU       string
	Barcode   string
	Options   []Option
	Price     decimal.NullDecimal // of the kind that was asked for
	Main      decimal.NullDecimal // the first kind, whatever was asked for
	SitePrice decimal.NullDecimal // Price, Main and OldPrice in the storefront's currency, for goods
	SiteMain  decimal.NullDecimal // whose prices are kept in another one (inferred)
	SiteOld   decimal.NullDecimal
	HasKind   bool // the kind that was asked for is there, if only as null
	OldPrice  decimal.NullDecimal
	Quantity  decimal.NullDecimal // not Valid: the shop does not count it
	Available *bool               // can be bought (inferred); nil = not said
	Weight    decimal.NullDecimal // kilograms (inferred)
}

// A ProductQuery is a place in the products' change feed.
type ProductQuery struct {
	Since   time.Time // zero = from the beginning
	FromID  int64
	PerPage int // 1 to PageSize
	Page    int // which of the pages from there; 0 and 1 = the first
	Trashed bool
	Price   string // price, price2, …

	// AsOf is the shop's time. What is dated later, or long before Since, is the
	// Last of a page only if nothing else is there.
	AsOf time.Time
}

// withTrash is the value of with_deleted that is documented, for products. No client
// was seen asking for orders with it; one asks with deleted (inferred).
const withTrash = "true"

// wrongTime is how much older than what was asked for something has a wrong time.
const wrongTime = 24 * time.Hour

// A ProductPage tells what a page was, whose products have been handed over.
type ProductPage struct {
	Len        int // of the page as it came
	Unreadable int // products without an id or a time, with a name that stands twice, or larger than any can be
	Last       Product
	Full       bool // as many rows came as were asked for

	dated    bool // the time of Last may be right
	variants int  // of all products
}

// Products reads a page of the products' change feed, the same as that of
// orders (documented), and hands over one product after the other, so that the
// page never stands in memory as a whole. If it fails, what was handed over
// may be a part of the page.
func (c *Client) Products(ctx context.Context, p *Permit, q ProductQuery, each func(Product)) (ProductPage, error) {
	if q.Since.IsZero() {
		q.Since = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC) // before InSales
	}
	query := url.Values{
		"updated_since": {feedTime(q.Since)},
		"page":          {strconv.Itoa(max(q.Page, 1))},
		"per_page":      {strconv.Itoa(q.PerPage)},
	}
	if q.FromID > 0 {
		query.Set("from_id", strconv.FormatInt(q.FromID, 10))
	}
	if q.Trashed {
		query.Set("with_deleted", withTrash)
	}
	var page ProductPage
	err := c.do(ctx, p, call{op: "products", method: http.MethodGet,
		path: "products", query: query, most: maxPage, out: func(r io.Reader) error {
			return page.decode(r, q, each)
		}})
	page.Full = page.Len >= q.PerPage
	return page, err
}

func (p *ProductPage) decode(r io.Reader, q ProductQuery, each func(Product)) error {
	reader := newProductReader(q.Price)
	d := jx.DecodeBytes(nil) // from bytes: from a stream each name and number would be copied
	err := split(r, maxProduct, func(text []byte) error {
		if p.Len++; p.Len > maxRows {
			return ErrTooLarge
		}
		d.ResetBytes(text)
		product, err := reader.read(d)
		if err == nil {
			err = nothingBehind(d)
		}
		switch {
		case err != nil:
			return err
		case product.ID <= 0 || product.UpdatedAt.IsZero() || reader.twice:
			p.Unreadable++
			return nil
		}
		if p.variants += len(product.Variants); p.variants > maxPageVariants {
			return ErrTooLarge
		}
		each(product)
		dated := (q.AsOf.IsZero() || !product.UpdatedAt.After(q.AsOf)) && q.Since.Sub(product.UpdatedAt) < wrongTime
		if dated || !p.dated {
			p.Last, p.dated = Product{ID: product.ID, UpdatedAt: product.UpdatedAt}, dated
		}
		return nil
	}, func([]byte) io.Writer {
		p.Len++
		p.Unreadable++
		return io.Discard
	})
	if err != nil {
		return fmt.Errorf("decode products: %w", tornError(err))
	}
	return nil
}

// Product reads one product by its id; 404 means that it was deleted for good.
// One in the trash is Archived (inferred from the feed).
func (c *Client) Product(ctx context.Context, p *Permit, id int64, price string) (Product, error) {
	var product Product
	err := c.do(ctx, p, call{op: "product", method: http.MethodGet,
		path: "products/" + strconv.FormatInt(id, 10), most: maxProduct, out: func(r io.Reader) error {
			text, err := document(r)
			if err != nil {
				return err
			}
			d, reader := jx.DecodeBytes(text), newProductReader(price)
			if product, err = reader.read(d); err == nil {
				err = nothingBehind(d)
			}
			switch {
			case err != nil:
				return fmt.Errorf("decode product: %w", tornError(err))
			case product.ID != id || product.UpdatedAt.IsZero() || reader.twice:
				return errors.New("decode product: not the one that was asked for")
			}
			return nil
		}})
	return product, err
}

// CountProducts counts the products that are not in the trash and were changed
// at since or later; zero counts all (documented).
func (c *Client) CountProducts(ctx context.Context, p *Permit, since time.Time) (int64, error) {
	q := url.Values{}
	if !since.IsZero() {
		q.Set("updated_since", feedTime(since))
	}
	return c.count(ctx, p, Products, q)
}

// feedTime writes a time for updated_since with an explicit offset, as in
// InSales' own example; a value without one has no clear meaning.
func feedTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999-07:00") }
