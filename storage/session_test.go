package storage

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestAdminAndSessions(t *testing.T) {
	s := open(t)
	if _, err := s.Admin(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	at := time.UnixMilli(1_700_000_000_000).UTC()
	token := []byte("a hash")
	update := func(f func(*Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx *Tx) error { return tx.PutAdmin(Admin{Setup: token, SetupUntil: at}) })
	update(func(tx *Tx) error { return tx.PutAdmin(Admin{Password: []byte("p")}) })
	a, err := s.Admin(t.Context())
	if err != nil || string(a.Password) != "p" || len(a.Setup) != 0 || !a.SetupUntil.IsZero() {
		t.Errorf("%+v %v", a, err)
	}

	update(func(tx *Tx) error {
		return tx.AddSession(Session{Token: token, CreatedAt: at, SeenAt: at, Address: "192.0.2.1"}, time.Time{},
			time.Time{})
	})
	update(func(tx *Tx) error { return tx.TouchSession(token, at.Add(time.Minute)) })
	got, err := s.Session(t.Context(), token)
	if err != nil || !got.CreatedAt.Equal(at) || !got.SeenAt.Equal(at.Add(time.Minute)) || got.Address != "192.0.2.1" {
		t.Errorf("%+v %v", got, err)
	}
	update(func(tx *Tx) error { // the next one takes away what has ended
		return tx.AddSession(Session{Token: []byte("b"), CreatedAt: at, SeenAt: at}, time.Time{}, at.Add(2*time.Minute))
	})
	if _, err := s.Session(t.Context(), token); !errors.Is(err, ErrNotFound) {
		t.Error("an ended session stays", err)
	}
	update(func(tx *Tx) error {
		if ended, err := tx.EndSession(token); ended || err != nil {
			return fmt.Errorf("ended twice: %v %v", ended, err)
		}
		return tx.EndSessions()
	})
	if _, err := s.Session(t.Context(), []byte("b")); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestJournal(t *testing.T) {
	s := open(t)
	at := time.UnixMilli(1_700_000_000_000).UTC()
	add := func(n int, e Entry) {
		t.Helper()
		err := s.Update(t.Context(), func(tx *Tx) error {
			for range n {
				if err := tx.AddEntry(e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add(1,
		Entry{At: at, Actor: "admin", Address: "192.0.2.1", Kind: EntryChanged, Company: "2",
			Changes: []Change{{"name", "a", "b"}, {Field: "shop.password", New: "changed"}}})
	add(maxRefused+50, Entry{At: at, Address: "192.0.2.9", Kind: EntryRefused})
	add(3, Entry{At: at, Actor: "admin", Kind: EntrySignIn})
	var all []Entry
	cursor := ""
	for {
		list, next, err := s.Journal(t.Context(), cursor, 200)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
		if cursor = next; next == "" {
			break
		}
	}
	if len(all) != maxRefused+4 || all[0].Kind != EntrySignIn {
		t.Fatalf("%d entries, the first %+v", len(all), all[0])
	}
	last := all[len(all)-1]
	if last.Kind != EntryChanged || !last.At.Equal(at) || last.Company != "2" ||
		fmt.Sprint(last.Changes) != "[{name a b} {shop.password  changed}]" {
		t.Errorf("strangers have pushed it out, or it is wrong: %+v", last)
	}
	add(maxJournal, Entry{At: at, Kind: EntrySignIn})
	var n int
	if err := s.read.QueryRowContext(t.Context(), "SELECT count(*) FROM journal").Scan(&n); err != nil ||
		n != maxJournal {
		t.Errorf("%d entries are kept, %v", n, err)
	}
	if _, _, err := s.Journal(t.Context(), "x", 10); !errors.Is(err, ErrCursor) {
		t.Error(err)
	}
}
