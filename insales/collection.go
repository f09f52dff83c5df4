package insales

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// A Collection is a node of the storefront's tree.
type Collection struct {
	ID       int64
	ParentID int64 // 0 = it is a root
	Title    string
	Position int64
	Hidden   bool
}

var collectionFields = []string{"id", "parent_id", "title", "position", "is_hidden"}

// Collections reads one page of the collections, from 1 on. Whether they come
// in pages is inferred from one client; a shop that ignores the page gives all
// of them each time, so a page that brings nothing new is the end.
func (c *Client) Collections(ctx context.Context, p *Permit, page int) ([]Collection, error) {
	var list []Collection
	q := url.Values{"page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(PageSize)}}
	err := c.do(ctx, p, call{op: "collections", method: http.MethodGet,
		path: "collections", query: q, most: maxTree, out: each(maxNodes, maxEntry, collectionFields, func(m fields) {
			if one := decodeCollection(m); one.ID > 0 {
				list = append(list, one)
			}
		})})
	return list, err
}

// Collection reads one collection by its id; 404 means that it is gone.
func (c *Client) Collection(ctx context.Context, p *Permit, id int64) (Collection, error) {
	var m fields
	err := c.do(ctx, p, call{op: "collection", method: http.MethodGet, path: "collections/" + strconv.FormatInt(id, 10),
		most: maxEntry, out: jsonInto(&m, collectionFields...)})
	if err != nil {
		return Collection{}, err
	}
	one := decodeCollection(m)
	if one.ID != id {
		return one, &Error{Op: "collection", Status: http.StatusOK, Reached: true,
			Err: errors.New("not the one that was asked for")}
	}
	return one, nil
}

func decodeCollection(m fields) Collection {
	one := Collection{Title: m.typed("title"), Hidden: m.boolean("is_hidden")}
	one.ID, _ = m.integer("id")
	one.ParentID, _ = m.integer("parent_id")
	one.Position, _ = m.integer("position")
	return one
}

// A PriceKind is a kind of price beside the first.
type PriceKind struct {
	Field string // of a variant: price2, price3, …
	Title string
}

// PriceKinds reads the names of the prices beside the first. Their order is
// that of price2, price3, … (inferred).
func (c *Client) PriceKinds(ctx context.Context, p *Permit) ([]PriceKind, error) {
	var list []PriceKind
	err := c.do(ctx, p, call{op: "price_kinds", method: http.MethodGet,
		path: "price_kinds", most: maxDictionary, out: each(maxEntries, maxEntry, []string{"title"}, func(m fields) {
			list = append(list, PriceKind{Field: fmt.Sprintf("price%d", len(list)+2), Title: m.typed("title")})
		})})
	return list, err
}
