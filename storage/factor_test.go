package storage

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

// TestFactors: a secret is sealed, for its user and for nobody else; it counts when it is said
// so, and goes with the recovery codes, even if it cannot be opened, and with the user.
func TestFactors(t *testing.T) {
	s := open(t)
	at := time.UnixMilli(1_700_000_000_000).UTC()
	update := func(f func(*Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	one, two := User{Name: "Анна"}, User{Name: "Борис"}
	update(func(tx *Tx) error { return errors.Join(tx.AddUser(&one), tx.AddUser(&two)) })
	want := Factor{User: one.ID, Secret: "\xff\x00 a raw secret", Session: 3, MadeAt: at}
	update(func(tx *Tx) error { return tx.PutFactor(want) })
	if got, err := s.Factor(t.Context(), one.ID); err != nil || got != want {
		t.Errorf("%#v %v", got, err)
	}
	if list, err := s.FactorUsers(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("one that does not count yet: %v %v", list, err)
	}
	want.Session, want.Since, want.Step = 0, at.Add(time.Minute), 12345
	update(func(tx *Tx) error {
		return errors.Join(tx.PutFactor(want), tx.SetRecoveryCodes(one.ID, [][]byte{[]byte("a"), []byte("b")}),
			tx.SetRecoveryCodes(two.ID, [][]byte{[]byte("a")}))
	})
	if got, err := s.Factor(t.Context(), one.ID); err != nil || got != want {
		t.Errorf("%#v %v", got, err)
	}
	if list, err := s.FactorUsers(t.Context()); err != nil || len(list) != 1 || list[0] != one.ID {
		t.Errorf("%v %v", list, err)
	}
	update(func(tx *Tx) error {
		for _, first := range []bool{true, false} {
			if used, err := tx.UseRecoveryCode(one.ID, []byte("a")); err != nil || used != first {
				t.Errorf("used: %v %v", used, err)
			}
		}
		return nil
	})
	var sealed []byte
	if err := s.queryRow(t.Context(), "SELECT secret FROM factors").Scan(&sealed); err != nil ||
		bytes.Contains(sealed, []byte("raw")) {
		t.Errorf("%q %v", sealed, err)
	}
	update(func(tx *Tx) error {
		_, err := tx.exec("UPDATE factors SET user = ?", two.ID)
		return err
	})
	if _, err := s.Factor(t.Context(), two.ID); !errors.Is(err, ErrSealed) {
		t.Errorf("of another user: %v", err)
	}
	update(func(tx *Tx) error {
		if counted, err := tx.DropFactor(two.ID); err != nil || !counted {
			t.Errorf("dropped: %v %v", counted, err)
		}
		return nil
	})
	count := func(user int64) int {
		n, err := s.RecoveryCodes(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if count(one.ID) != 1 || count(two.ID) != 0 {
		t.Errorf("%d and %d recovery codes are left", count(one.ID), count(two.ID))
	}
	update(func(tx *Tx) error { return tx.PutFactor(want) })
	update(func(tx *Tx) error { return tx.DropUser(one.ID) })
	if _, err := s.Factor(t.Context(), one.ID); !errors.Is(err, ErrNotFound) || count(one.ID) != 0 {
		t.Errorf("it outlives its user: %v", err)
	}
}
