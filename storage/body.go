package storage

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxBodies is how many bodies of one order are kept: the one that is sent and
// others that came under its id and said something else.
const MaxBodies = 5

// PackBody makes ready how o.Body stands in its row, so that the writer need
// not. Body must not change after that.
func (o *Order) PackBody() { o.packed = packBody(o.Body) }

// rowBody is o.Body as it stands in its row.
func (o *Order) rowBody() []byte {
	if o.packed != nil {
		return o.packed
	}
	return packBody(o.Body)
}

// AddBody keeps o.Body as the order's own, unless it has one.
func (tx *Tx) AddBody(o *Order) error {
	_, err := tx.exec("INSERT INTO bodies (order_seq, n, body) VALUES (?, 1, ?) ON CONFLICT DO NOTHING", o.seq, o.rowBody())
	return err
}

// AddOtherBody keeps one more body beside the order's own and gives its number
// (2 to MaxBodies), or 0 if there are as many already.
func (tx *Tx) AddOtherBody(o *Order, body []byte) (int, error) {
	n, err := tx.exec(`INSERT INTO bodies (order_seq, n, body) SELECT ?1, coalesce(max(n), 1) + 1, ?2 FROM bodies WHERE order_seq = ?1
		HAVING coalesce(max(n), 1) < ?3`, o.seq, packBody(body), MaxBodies)
	if err != nil || n == 0 {
		return 0, err
	}
	var number int
	err = tx.row(func(r scanner) error { return r.Scan(&number) }, "SELECT max(n) FROM bodies WHERE order_seq = ?", o.seq)
	return number, err
}

// Body gives the order's own webhook; nil for one that was adopted from the
// shop, or erased.
func (tx *Tx) Body(o *Order) ([]byte, error) { return tx.OtherBody(o, 1) }

// OtherBody gives the n-th body of an order, nil if there is none.
func (tx *Tx) OtherBody(o *Order, n int) ([]byte, error) {
	var body []byte
	err := tx.row(func(r scanner) error { return r.Scan(&body) }, "SELECT body FROM bodies WHERE order_seq = ? AND n = ?", o.seq, n)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return unpackBody(body)
}

// ErasePerson forgets all bodies and exchanges of an order and, in its history,
// the words of others, which may quote them. Then the store has no personal data of it,
// neither in free pages nor in its log.
func (tx *Tx) ErasePerson(o *Order) error {
	tx.erased = true
	_, err := tx.exec("DELETE FROM bodies WHERE order_seq = ?", o.seq)
	if err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM exchanges WHERE order_seq = ?", o.seq); err != nil {
		return err
	}
	_, err = tx.exec("UPDATE events SET args = json_remove(args, '$.message') WHERE order_seq = ?", o.seq)
	return err
}

// Outlived gives orders of the company that were accepted before a time, are
// over or in the shop, and still hold personal data; the oldest first. An order
// waits if the shop or the chat has to be told of it, or a person has not ticked
// off a notice with the given code; one that is not over in the shop, if a
// person has not ticked off all.
func (s *Store) Outlived(ctx context.Context, company string, before time.Time, code string, limit int) ([]OrderKey, error) {
	rows, err := s.query(ctx, `SELECT chat_id, test FROM orders INDEXED BY orders_to_erase
		WHERE company = ? AND accepted_at < ? AND erased_at = 0 AND state IN ('cancelled', 'test', 'sent')
			AND (state <> 'sent' OR final = 1 OR notices = '' AND report_problem = '')
			AND (revision <= acked_revision OR report_problem <> '') AND (paid = 0 OR pay_done = 1 OR state <> 'sent')
			AND (notices = '' OR NOT EXISTS (SELECT 1 FROM json_each(notices) WHERE value ->> 'code' = ?))
		ORDER BY accepted_at LIMIT ?`, company, ms(before), code, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []OrderKey
	for rows.Next() {
		key := OrderKey{Company: company}
		if err := rows.Scan(&key.ID, &key.Test); err != nil {
			return nil, err
		}
		list = append(list, key)
	}
	return list, rows.Err()
}

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
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	uses := map[string]*Use{}
	for rows.Next() {
		var stored []byte
		if err := rows.Scan(&stored); err != nil {
			return nil, err
		}
		body, err := unpackBody(stored)
		if err != nil {
			return nil, err
		}
		of := member(member(body, "data"), kind)
		name := scalar(member(of, "type_id"))
		if name == "" {
			continue
		}
		u, known := uses[name]
		if !known {
			u = &Use{Type: name}
			uses[name] = u
		}
		u.Orders++
		u.Title = max(u.Title, scalar(member(of, "title")))
	}
	list := make([]Use, 0, len(uses))
	for _, u := range uses {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b Use) int {
		return cmp.Or(cmp.Compare(b.Orders, a.Orders), strings.Compare(a.Type, b.Type))
	})
	return list, rows.Err()
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
