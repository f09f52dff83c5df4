package insales

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// An Account is the shop behind a key.
type Account struct {
	ID       int64
	Title    string
	MainHost string
	Blocked  bool
	PaidTill string // YYYY-MM-DD, may be empty
}

// Account reads the account. A key without the right to the shop's settings
// gets 403 (inferred).
func (c *Client) Account(ctx context.Context, p *Permit) (Account, error) {
	var m fields
	err := c.do(ctx, p, call{op: "account", method: http.MethodGet, path: "account",
		most: maxSmall, out: jsonInto(&m, "id", "title", "main_host", "blocked", "paid_till")})
	if err != nil {
		return Account{}, err
	}
	id, _ := m.integer("id")
	return Account{ID: id, Title: m.typed("title"), MainHost: m.text("main_host"), Blocked: m.boolean("blocked"),
		PaidTill: m.text("paid_till")}, nil
}

// A Section is a part of the shop that a key needs a right for.
type Section string

// The sections that can be counted.
const (
	Orders   Section = "orders"
	Clients  Section = "clients"
	Products Section = "products"
)

// Count counts what a section holds. It is the cheapest request that needs only
// the right to it: without the right it fails with 403 (documented).
func (c *Client) Count(ctx context.Context, p *Permit, s Section) (int64, error) {
	return c.count(ctx, p, s, nil)
}

func (c *Client) count(ctx context.Context, p *Permit, s Section, q url.Values) (int64, error) {
	var m fields
	err := c.do(ctx, p, call{op: string(s) + "_count", method: http.MethodGet, path: string(s) + "/count", query: q,
		most: maxSmall, out: jsonInto(&m, "count")})
	if err != nil {
		return 0, err
	}
	n, _ := m.integer("count")
	return n, nil
}

// A Sight is what can be seen of a kind of price in a product. Whether a
// missing right leaves the key out or makes it null is not documented.
type Sight int

// What there is to see.
const (
	sightUnknown Sight = iota // nothing that could have it, or null
	SightHidden               // the key is not there
	SightShown                // there is a value
)

// PriceSights looks at one product for the prices that need a right of their
// own: the cost price, and prices beside the first.
func (c *Client) PriceSights(ctx context.Context, p *Permit) (cost, extra Sight, err error) {
	err = c.variants(ctx, p, []string{"cost_price", "price2"}, func(v fields) {
		cost, extra = max(cost, v.sight("cost_price")), max(extra, v.sight("price2"))
	})
	if err != nil {
		return sightUnknown, sightUnknown, err
	}
	return cost, extra, nil
}

// PriceSight looks at a few products for one kind of price: price, price2, ….
// It is shown if any variant has the key, if only with null.
func (c *Client) PriceSight(ctx context.Context, p *Permit, kind string) (Sight, error) {
	sight := sightUnknown
	err := c.variants(ctx, p, []string{kind}, func(v fields) {
		if v.has(kind) {
			sight = SightShown
		}
		sight = max(sight, SightHidden)
	})
	return sight, err
}

// fewProducts is how many products are looked at for what a key may see.
const fewProducts = 10

// variants hands over the wanted fields of the variants of a few products.
func (c *Client) variants(ctx context.Context, p *Permit, wanted []string, look func(fields)) error {
	looked := 0 // a shop may give more than was asked for
	q := url.Values{"page": {"1"}, "per_page": {strconv.Itoa(fewProducts)}}
	return c.do(ctx, p, call{op: "products", method: http.MethodGet, path: "products", query: q, most: maxPage,
		out: each(maxRows, maxProduct, []string{"variants"}, func(product fields) {
			if looked++; looked > fewProducts {
				return
			}
			for _, v := range product.objects("variants", maxVariants, wanted...) {
				look(v)
			}
		})})
}

func (m fields) sight(name string) Sight {
	if !m.has(name) {
		return SightHidden
	}
	if m.text(name) == "" {
		return sightUnknown
	}
	return SightShown
}
