package storage

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
)

// TestBodies: an order's own body is kept once, four others beside it, and all
// of them can be erased.
func TestBodies(t *testing.T) {
	s := open(t)
	add(t, s, "A-1", func(o *Order) { o.Body = []byte("own") })
	add(t, s, "A-2", func(o *Order) { o.Body = []byte("of another order") })
	do(t, s, func(tx *Tx) error {
		o, err := tx.Order(OrderKey{Company: "2", ID: "A-1"})
		if err != nil {
			return err
		}
		o.Body = []byte("again")
		if err := tx.AddBody(&o); err != nil {
			return err
		}
		for i, want := range []int{2, 3, 4, 5, 0, 0} {
			n, err := tx.AddOtherBody(&o, &Order{Body: fmt.Appendf(nil, "other %d", i+2)})
			if n != want || err != nil {
				t.Errorf("body %d: kept as %d, %v", i+2, n, err)
			}
		}
		for n, want := range map[int]string{1: "own", 2: "other 2", 5: "other 5", 6: ""} {
			if body, err := tx.OtherBody(&o, n); string(body) != want || err != nil {
				t.Errorf("body %d is %q, %v", n, body, err)
			}
		}
		err = tx.ErasePerson(&o)
		body, err2 := tx.Body(&o)
		if body != nil {
			t.Errorf("erased, and yet %q", body)
		}
		return errors.Join(err, err2)
	})
	if o, err := s.Order(t.Context(), OrderKey{Company: "2", ID: "A-2"}); string(o.Body) != "of another order" ||
		err != nil {
		t.Errorf("%q %v", o.Body, err)
	}
}

// TestUses: what types orders have named, with the chat's own words for them.
func TestUses(t *testing.T) {
	s := open(t)
	for i, payment := range []string{`{"type_id":"cash","title":"Наличные"}`,
		`{"type_id":"cash"}`, `{"type_id":"card"}`, `{}`, `7`} {
		add(t, s, fmt.Sprintf("U-%d", i),
			func(o *Order) { o.Body = fmt.Appendf(nil, `{"data":{"payment":%s}}`, payment) })
	}
	add(t, s, "torn", func(o *Order) { o.Body = []byte(`{"data":`) })
	add(t, s, "none", func(o *Order) { o.Body = nil })
	add(t, s, "else", func(o *Order) {
		o.Key.Company, o.Body = "3", []byte(`{"data":{"payment":{"type_id":"crypto"}}}`)
	})
	got, err := s.Uses(t.Context(), "2", Uses{})
	if want := []Use{{"cash", "Наличные", 2}, {"card", "", 1}}; err != nil || !reflect.DeepEqual(got.Payments, want) ||
		len(got.Deliveries) != 0 {
		t.Errorf("%+v %v", got, err)
	}
	// What has come since is added; nothing is counted twice.
	for i, data := range []string{`{"payment":{"type_id":"card"}}`, `{"payment":{"type_id":"card"},
		"delivery":{"type_id":"pickup","title":"Заберу сам"}}`} {
		add(t, s, fmt.Sprintf("V-%d", i), func(o *Order) { o.Body = []byte(`{"data":` + data + `}`) })
	}
	for range 2 {
		got, err = s.Uses(t.Context(), "2", got)
		want := Uses{Payments: []Use{{"card", "", 3}, {"cash", "Наличные", 2}},
			Deliveries: []Use{{"pickup", "Заберу сам", 1}}, upTo: got.upTo}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v %v", got, err)
		}
	}
}
