package storage

import (
	"errors"
	"testing"
	"time"
)

// TestCountsOfOneCommit: an order that comes and moves on in one transaction is counted where it
// ended, and one whose update failed is not counted.
func TestCountsOfOneCommit(t *testing.T) {
	t.Parallel()
	s := open(t)
	now := time.Now()
	comes := func(tx *Tx, id string) error {
		o := Order{Key: OrderKey{Company: "2", ID: id}, State: StateNew, AcceptedAt: now, Total: 500}
		if _, err := tx.AddOrder(&o, Event{At: now, Kind: EventReceived}); err != nil {
			return err
		}
		o.State, o.SentAt = StateSent, now.Add(time.Second)
		return tx.PutOrder(&o, StateNew, 0)
	}
	do(t, s, func(tx *Tx) error { return comes(tx, "1") })
	wrong := errors.New("wrong")
	err := s.Update(t.Context(), func(tx *Tx) error { return errors.Join(comes(tx, "2"), wrong) })
	if !errors.Is(err, wrong) {
		t.Fatal(err)
	}
	do(t, s, func(tx *Tx) error { return comes(tx, "3") })
	got, err := s.Summary(t.Context(), "2")
	if err != nil || got.States[StateNew] != 0 || got.States[StateSent] != 2 {
		t.Errorf("%+v %v", got, err)
	}
	hour := now.Truncate(time.Hour)
	for _, company := range []string{"2", ""} {
		_, whole, err := s.Spans(t.Context(), company, []time.Time{hour, hour.Add(time.Hour)})
		if err != nil || whole.Orders != 2 || whole.Priced != 2 || whole.Total != 1000 || whole.Arrived != 2 {
			t.Errorf("%q: %+v %v", company, whole, err)
		}
	}
}

// TestNoCompanyNoOrder: an order of a company that is not there is not kept, and harms none that
// shares its commit.
func TestNoCompanyNoOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	done := make(chan error, 2)
	for _, company := range []string{"2", "none"} {
		go func() {
			done <- s.Update(t.Context(), func(tx *Tx) error {
				_, err := tx.AddOrder(&Order{Key: OrderKey{Company: company, ID: "1"}, State: StateNew}, Event{})
				return err
			})
		}()
	}
	if err := errors.Join(<-done, <-done); !errors.Is(err, ErrNotFound) || unavailable(err) {
		t.Error(err)
	}
	if _, err := s.Order(t.Context(), OrderKey{Company: "2", ID: "1"}); err != nil {
		t.Error(err)
	}
}
