package storage

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// journalled gives what a filter finds, by the numbers of the entries.
func journalled(t *testing.T, s *Store, f JournalFilter) (seen string, page JournalPage) {
	t.Helper()
	page, err := s.Journal(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Entries {
		seen += " " + e.Number
	}
	return seen, page
}

// TestJournalFilter: each filter alone and together, pages there and back, and what can be chosen.
func TestJournalFilter(t *testing.T) {
	s := open(t)
	day := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	entries := []Entry{
		{Actor: "user:Анна", Kind: EntryOfOrder("retry"), Company: "2", Order: OrderKey{"2", "a1", true}, Orders: 1},
		{Actor: "user:Анна", Kind: EntrySignIn},
		{Actor: "", Kind: EntryRefused},
		{Actor: "cli", Kind: EntryChanged, Company: "3"},
		{Actor: "api", Kind: EntryChanged, Company: "2"},
		{Actor: "user:Анна", Kind: EntryRetried, Company: "2", Orders: 7},
		{Actor: "stranger:not", Kind: EntryChanged, Company: "2"},
	}
	err := s.Update(t.Context(), func(tx *Tx) error {
		for i, e := range entries {
			e.At, e.Number = day.AddDate(0, 0, i), fmt.Sprint(i+1)
			if err := tx.AddEntry(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		f    JournalFilter
		want string
	}{
		{JournalFilter{}, " 7 6 5 4 3 2 1"},
		{JournalFilter{Company: "2"}, " 7 6 5 1"},
		{JournalFilter{Actor: "user:Анна"}, " 6 2 1"},
		{JournalFilter{Actor: ActorStranger}, " 3"},
		{JournalFilter{Actor: "user"}, ""},
		{JournalFilter{Kind: EntryChanged}, " 7 5 4"},
		{JournalFilter{Kind: EntryChanged, Company: "2", Actor: "api"}, " 5"},
		{JournalFilter{From: day.AddDate(0, 0, 5)}, " 7 6"},
		{JournalFilter{To: day.AddDate(0, 0, 2)}, " 2 1"},
		{JournalFilter{From: day.AddDate(0, 0, 1), To: day.AddDate(0, 0, 2), Actor: "user:Анна"}, " 2"},
	} {
		if seen, page := journalled(t, s, test.f); seen != test.want || page.Next != "" || page.Prev != "" {
			t.Errorf("%+v: %q, want %q; %+v", test.f, seen, test.want, page)
		}
	}
	first, page := journalled(t, s, JournalFilter{Limit: 3})
	second, page2 := journalled(t, s, JournalFilter{Limit: 3, Cursor: page.Next})
	third, page3 := journalled(t, s, JournalFilter{Limit: 3, Cursor: page2.Next})
	if first != " 7 6 5" || second != " 4 3 2" || third != " 1" || page3.Next != "" || page.Prev != "" {
		t.Errorf("%q %q %q %+v", first, second, third, page3)
	}
	if back, page := journalled(t, s, JournalFilter{Limit: 3, Cursor: page3.Prev}); back != second ||
		page.Next != page2.Next || page.Prev != page2.Prev {
		t.Errorf("back: %q %+v, was %q %+v", back, page, second, page2)
	}
	if back, page := journalled(t, s, JournalFilter{Limit: 3, Cursor: page2.Prev}); back != first || page.Prev != "" {
		t.Errorf("back to the first: %q %+v", back, page)
	}
	of := page2.Entries[0]
	if o := page3.Entries[0]; o.Order != (OrderKey{"2", "a1", true}) || of.Order != (OrderKey{}) || o.Orders != 1 {
		t.Errorf("%+v %+v", o, of)
	}
	all, err := s.Journalled(t.Context())
	if got := fmt.Sprintf("%q", all); err != nil ||
		got != `{["" "api" "cli" "stranger:not" "user:Анна"] ["" "2" "3"] ["changed" "order_retry" "refused" "retried" "signin"]}` {
		t.Error(got, err)
	}
	for _, cursor := range []string{"x", "0", "-9223372036854775808", "1.5"} {
		if _, err := s.Journal(t.Context(), JournalFilter{Cursor: cursor}); !errors.Is(err, ErrCursor) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

// TestJournalBounds: neither what is done to orders nor the rest pushes the other out.
func TestJournalBounds(t *testing.T) {
	s := open(t)
	add := func(n int, e Entry) {
		t.Helper()
		e.At = time.UnixMilli(1)
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
	count := func(where string) (n int) {
		t.Helper()
		if err := s.read.QueryRowContext(t.Context(), "SELECT count(*) FROM journal WHERE "+where).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	add(3, Entry{Kind: EntryChanged})
	add(maxOfOrders+5, Entry{Kind: EntryOfOrder("report"), Orders: 1})
	if a, b := count("orders > 0"), count("orders = 0"); a != maxOfOrders || b != 3 {
		t.Errorf("%d of orders and %d others", a, b)
	}
	add(maxJournal, Entry{Kind: EntrySignIn})
	if a, b, c := count("orders > 0"), count("orders = 0"), count("kind = 'changed'"); a != maxOfOrders ||
		b != maxJournal || c != 0 {
		t.Errorf("%d of orders and %d others, %d old", a, b, c)
	}
}
