package storage

import (
	"strings"
	"testing"
)

func TestRequests(t *testing.T) {
	s := open(t)
	key := OrderKey{Company: "2", ID: "A-1"}
	addOrder(t, s, Order{Key: key, State: StateNew})
	text := `{"order":{"comment":"` + strings.Repeat("долго ", 100) + `"}}`
	if n := len(Pack([]byte(text))); n > len(text)/4 {
		t.Errorf("%d bytes packed from %d", n, len(text))
	}
	err := s.Update(t.Context(), func(tx *Tx) error {
		o, err := tx.Order(key)
		for attempt := 1; attempt <= 5 && err == nil; attempt++ {
			err = tx.AddRequest(&o, attempt, Pack([]byte(text)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Requests(t.Context(), key)
	if err != nil || len(got) != maxRequests || string(got[5]) != text || got[2] != nil {
		t.Errorf("%d kept, %v", len(got), err)
	}
	err = s.Update(t.Context(), func(tx *Tx) error {
		o, err := tx.Order(key)
		if err != nil {
			return err
		}
		return tx.ErasePerson(&o)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Requests(t.Context(), key); len(got) > 0 || err != nil {
		t.Errorf("%d outlived their person, %v", len(got), err)
	}
}
