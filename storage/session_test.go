package storage

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestUsersAndSessions(t *testing.T) {
	s := open(t)
	if list, err := s.Users(t.Context()); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	at := time.UnixMilli(1_700_000_000_000).UTC()
	token := []byte("a hash")
	update := func(f func(*Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	one := User{Name: "Анна Петрова", Role: RoleManager, Setup: token, SetupUntil: at, MadeAt: at}
	two := User{Name: "Администратор", Role: RoleOwner, Password: []byte("q")}
	update(func(tx *Tx) error { return tx.AddUser(&one) })
	update(func(tx *Tx) error { return tx.AddUser(&two) })
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.AddUser(&User{Name: " анна  ПЕТРОВА"}) }); err == nil {
		t.Error("two of one name")
	}
	one.Password, one.Setup, one.SetupUntil, one.Name = []byte("p"), []byte{}, time.Time{}, "Анна"
	update(func(tx *Tx) error { return tx.PutUser(one) })
	list, err := s.Users(t.Context())
	if err != nil || len(list) != 2 || fmt.Sprint(list[0]) != fmt.Sprint(one) || list[1].ID != two.ID {
		t.Errorf("%+v %v, want %+v", list, err, one)
	}

	add := func(user int64, token string, seen time.Time) {
		update(func(tx *Tx) error {
			return tx.AddSession(Session{Token: []byte(token), User: user, CreatedAt: at, SeenAt: at, Address: "192.0.2.1",
				Agent: "Firefox"}, time.Time{}, seen)
		})
	}
	add(one.ID, "a", time.Time{})
	got, user, err := s.Session(t.Context(), []byte("a"))
	if err != nil || user.Name != "Анна" {
		t.Fatal(user, err)
	}
	update(func(tx *Tx) error { return tx.TouchSession(got.ID, at.Add(time.Minute)) })
	got, _, err = s.Session(t.Context(), []byte("a"))
	if err != nil || !got.CreatedAt.Equal(at) || !got.SeenAt.Equal(at.Add(time.Minute)) || got.Address != "192.0.2.1" ||
		got.Agent != "Firefox" {
		t.Errorf("%+v %v", got, err)
	}
	add(one.ID, "b", at.Add(2*time.Minute)) // the next one takes away what has ended
	if _, _, err := s.Session(t.Context(), []byte("a")); !errors.Is(err, ErrNotFound) {
		t.Error("an ended session stays", err)
	}
	add(one.ID, "c", time.Time{})
	add(two.ID, "d", time.Time{})
	mine, err := s.Sessions(t.Context(), one.ID)
	if err != nil || len(mine) != 2 || string(mine[0].Token) != "c" {
		t.Fatalf("%+v %v", mine, err)
	}
	update(func(tx *Tx) error {
		if ended, err := tx.EndSession(two.ID, mine[0].ID); ended || err != nil {
			return fmt.Errorf("ended by another: %v %v", ended, err)
		}
		return tx.EndSessions(one.ID, mine[0].ID)
	})
	if mine, err = s.Sessions(t.Context(), one.ID); err != nil || len(mine) != 1 || string(mine[0].Token) != "c" {
		t.Errorf("%+v %v", mine, err)
	}
	update(func(tx *Tx) error { return tx.DropUser(one.ID) })
	if _, _, err := s.Session(t.Context(), []byte("c")); !errors.Is(err, ErrNotFound) {
		t.Error("a session outlives its user", err)
	}
	if _, _, err := s.Session(t.Context(), []byte("d")); err != nil {
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
		list, err := s.Journal(t.Context(), JournalFilter{Cursor: cursor, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list.Entries...)
		if cursor = list.Next; cursor == "" {
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
	if _, err := s.Journal(t.Context(), JournalFilter{Cursor: "x"}); !errors.Is(err, ErrCursor) {
		t.Error(err)
	}
}
