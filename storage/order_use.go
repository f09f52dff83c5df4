package storage

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
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

// The kinds of types that orders name.
const (
	UsePayment  = "payment"
	UseDelivery = "delivery"
)

// usesOf is how many of the latest orders Uses and SeenStatuses look at.
const usesOf = 5000

// Uses gives the payment or order types that the company's latest orders have
// used, the most used first.
func (s *Store) Uses(ctx context.Context, company, kind string) ([]Use, error) {
	if kind != UsePayment && kind != UseDelivery {
		return nil, fmt.Errorf("uses of %q: no such kind", kind)
	}
	rows, err := s.query(ctx, `SELECT b.body FROM orders o JOIN bodies b ON b.order_seq = o.seq AND b.n = 1
		WHERE o.company = ?1 ORDER BY o.seq DESC LIMIT ?2`, company, usesOf)
	uses := map[string]*Use{}
	err = each(rows, err, func(r scanner) error {
		stored, err := value[[]byte](r)
		if err != nil {
			return err
		}
		body, err := unpackOrder(stored)
		if err != nil {
			return err
		}
		of := member(member(body, "data"), kind)
		name := scalar(member(of, "type_id"))
		if name == "" {
			return nil
		}
		u, known := uses[name]
		if !known {
			u = &Use{Type: name}
			uses[name] = u
		}
		u.Orders++
		u.Title = max(u.Title, scalar(member(of, "title")))
		return nil
	})
	if err != nil {
		return nil, err
	}
	list := make([]Use, 0, len(uses))
	for _, u := range uses {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b Use) int {
		return cmp.Or(cmp.Compare(b.Orders, a.Orders), strings.Compare(a.Type, b.Type))
	})
	return list, nil
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
