package storage

import (
	"testing"
	"time"
)

// What a page lacks is marked and what is shown is unmarked, by the places of the
// list: the first of two is outside, the second inside.
func TestMissOrders(t *testing.T) {
	s := open(t)
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	put := func(name string, id int64, second int, change func(*Order)) {
		o := add(t, s, name)
		do(t, s, func(tx *Tx) error {
			o.State, o.AccountID, o.InSalesID = StateSent, 7, id
			o.Seen.UpdatedAt = at.Add(time.Duration(second) * time.Second)
			if change != nil {
				change(&o)
			}
			return tx.PutOrder(&o, StateNew, o.Attempt)
		})
	}
	put("before", 9, 0, nil)
	put("cursor", 10, 0, nil)
	put("behind", 11, 0, nil)
	put("shown", 12, 1, nil)
	put("lacking", 13, 1, nil)
	put("gone", 14, 1, func(o *Order) { o.GoneAt = at })
	put("elsewhere", 15, 1, func(o *Order) { o.AccountID = 8 })
	put("end", 16, 2, nil)
	put("further", 17, 2, nil)
	put("young", 1, 2, func(o *Order) { o.Seen.UpdatedAt = at.Add(1900 * time.Millisecond) })
	place := func(second int, id int64) Cursor {
		return Cursor{UpdatedSince: at.Add(time.Duration(second) * time.Second), FromID: id}
	}
	company := "2"
	missed := func() string {
		list, err := s.OrdersMissed(t.Context(), company, 20)
		if err != nil {
			t.Fatal(err)
		}
		return ids(list)
	}
	miss := func(from, to Cursor, before time.Time, shown ...int64) {
		do(t, s, func(tx *Tx) error { return tx.MissOrders(company, 7, from, to, before, shown) })
	}
	miss(place(0, 10), place(2, 16), at.Add(1800*time.Millisecond), 12)
	if got := missed(); got != "behind lacking" {
		t.Errorf("missed: %s", got)
	}
	miss(place(0, 10), place(2, 16), at.Add(time.Hour), 12, 11)
	if got := missed(); got != "young lacking end" {
		t.Errorf("with what is younger, and one that is shown further down: %s", got)
	}
	do(t, s, func(tx *Tx) error {
		if first, err := tx.FirstMissed(company); err != nil || first != place(1, 13) {
			t.Errorf("the first is %+v, %v", first, err)
		}
		return tx.ForgetMissed(company)
	})
	if got := missed(); got != "" {
		t.Errorf("forgotten: %s", got)
	}
	do(t, s, func(tx *Tx) error {
		if _, err := tx.FirstMissed(company); err != ErrNotFound {
			t.Error(err)
		}
		return nil
	})
	list, err := s.Witnesses(t.Context(), company, 7, at.Add(1950*time.Millisecond), 2)
	if got := ids(list); err != nil || got != "young lacking" {
		t.Errorf("witnesses: %s, %v", got, err)
	}
}
