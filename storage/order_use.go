package storage

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A Use is how often a payment or order type of INEED.CHAT has come in orders.
type Use struct {
	Type   string
	Title  string // the chat's own word for it, if it gave one
	Orders int
}

// Uses are the types that a company's latest orders have used, the most used first.
type Uses struct {
	Payments, Deliveries []Use

	upTo int64 // the newest order that is counted
}

// usesOf is how many of the latest orders Uses and SeenStatuses look at.
const usesOf = 5000

// Uses counts the types that the company's latest orders have used. With what it gave
// before, it looks at the orders that have come since and adds them.
func (s *Store) Uses(ctx context.Context, company string, before Uses) (Uses, error) {
	rows, err := s.query(ctx, `SELECT o.seq, b.body FROM orders o JOIN bodies b ON b.order_seq = o.seq AND b.n = 1
		WHERE o.company = ?1 AND o.seq > ?2 ORDER BY o.seq DESC LIMIT ?3`, company, before.upTo, usesOf)
	payments, deliveries, upTo := countUses(before.Payments), countUses(before.Deliveries), before.upTo
	err = each(rows, err, func(r scanner) error {
		var seq int64
		var stored []byte
		if err := r.Scan(&seq, &stored); err != nil {
			return err
		}
		body, err := unpackOrder(stored)
		if err != nil {
			return err
		}
		upTo = max(upTo, seq)
		data := member(body, "data")
		payments.add(member(data, "payment"))
		deliveries.add(member(data, "delivery"))
		return nil
	})
	if err != nil {
		return Uses{}, fmt.Errorf("uses of company %s: %w", company, err)
	}
	return Uses{Payments: payments.list(), Deliveries: deliveries.list(), upTo: upTo}, nil
}

// A useCount counts types by their names.
type useCount map[string]Use

func countUses(list []Use) useCount {
	c := useCount{}
	for _, u := range list {
		c[u.Type] = u
	}
	return c
}

// add counts the type that an order's payment or delivery names.
func (c useCount) add(of jsontext.Value) {
	name := scalar(member(of, "type_id"))
	if name == "" {
		return
	}
	u := c[name]
	c[name] = Use{Type: name, Title: max(u.Title, scalar(member(of, "title"))), Orders: u.Orders + 1}
}

// list gives the types, the most used first.
func (c useCount) list() []Use {
	return slices.SortedStableFunc(maps.Values(c), func(a, b Use) int {
		return cmp.Or(cmp.Compare(b.Orders, a.Orders), strings.Compare(a.Type, b.Type))
	})
}

// member is a member of a JSON object, by its name to the letter; nil if there
// is none, or it is no object.
func member(object []byte, name string) jsontext.Value {
	var members map[string]jsontext.Value
	if decode(object, &members) != nil {
		return nil
	}
	return members[name]
}

// decode decodes what a sender wrote. It was judged when it came.
func decode(text []byte, v any) error {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	return json.Unmarshal(text, v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// scalar is the text of a JSON string or number; "" of anything else.
func scalar(value jsontext.Value) string {
	var text string
	switch {
	case decode(value, &text) == nil:
		return text
	case value.Kind() == '0':
		return string(value)
	}
	return ""
}
