package storage

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestListsNeedNoSort: with many orders a page is quick only if an index has its
// order.
func TestListsNeedNoSort(t *testing.T) {
	s := open(t)
	for _, query := range listQueries() {
		steps, err := explain(t.Context(), s.read, query)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(steps, "\n")
		if !strings.Contains(got, "seq>? AND seq<?") && !strings.Contains(got, "rowid>? AND rowid<?") ||
			strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("%s:\n%s", query, got)
		}
	}
}

func addOrder(t *testing.T, s *Store, o Order) {
	t.Helper()
	err := s.Update(t.Context(), func(tx *Tx) error {
		added, err := tx.AddOrder(&o, Event{At: o.AcceptedAt, Kind: EventReceived})
		if err == nil && !added {
			err = fmt.Errorf("%s was there", o.Key)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSearch(t *testing.T) {
	s := open(t)
	addOrder(t, s,
		Order{Key: OrderKey{Company: "2", ID: "Ab-1"}, Number: "1001", Phone: "9000000001", InSalesNumber: "2001",
			InSalesID: 70000001, AccountID: 1, State: StateSent, Body: []byte("{}")})
	addOrder(t, s, Order{Key: OrderKey{Company: "2", ID: "Ab-2"}, Number: "1002", Phone: "9000000002", State: StateNew})
	addOrder(t, s, Order{Key: OrderKey{Company: "3", ID: "Ab-3"}, Number: "1003", Phone: "9000000001", State: StateNew})
	for query, want := range map[string]string{
		"9000000001": "Ab-1", "00000002": "Ab-2", "ab-": "Ab-2 Ab-1", "AB-1": "Ab-1", "100": "Ab-2 Ab-1",
		"2001": "Ab-1", "70000001": "Ab-1", "1003": "", "%": "",
	} {
		page, err := s.Orders(t.Context(), "2", OrderFilter{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range page.Orders {
			got = append(got, o.Key.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", query, got, want)
		}
	}
	page, err := s.Orders(t.Context(), "2", OrderFilter{Bodies: true})
	if err != nil || len(page.Orders) != 2 || page.Orders[0].Body != nil || string(page.Orders[1].Body) != "{}" {
		t.Errorf("bodies: %+v %v", page, err)
	}
}

func TestSummary(t *testing.T) {
	s := open(t)
	now := time.Now().Truncate(time.Millisecond).UTC()
	add := func(n int, o Order) {
		o.Key.Company, o.Key.ID = "2", fmt.Sprint(n)
		addOrder(t, s, o)
	}
	add(2, Order{State: StateNew, AcceptedAt: now.Add(-2 * time.Minute)})
	add(6, Order{State: StateSending, AcceptedAt: now.Add(-3 * time.Minute)}) // it may have been lost on its way
	add(3,
		Order{State: StateSent, AcceptedAt: now.Add(-3 * time.Hour), SentAt: now.Add(-3*time.Hour + time.Minute),
			Revision: 2, AckedRevision: 1})
	add(4,
		Order{State: StateSent, AcceptedAt: now.Add(-3 * time.Hour), SentAt: now.Add(-3*time.Hour + time.Second),
			Revision: 2, AckedRevision: 2, Notices: []Problem{{Code: "x"}}})
	add(5,
		Order{State: StateSent, AcceptedAt: now.Add(-48 * time.Hour), Report: Report{Problem: &Problem{Code: "r"}},
			Revision: 2})
	for i, kind := range []string{"cash", "cash", "card", ""} {
		p := &Problem{Code: "payment_unmapped", Args: map[string]string{"type": kind}}
		if kind == "" {
			p = &Problem{Code: "too_old", Args: map[string]string{"hours": "24"}}
		}
		if kind == "card" { // two things to mend
			p.Also = []Problem{{Code: "delivery_unmapped", Args: map[string]string{"type": "drone"}}}
		}
		add(10+i, Order{State: StateAttention, AcceptedAt: now.Add(-time.Duration(i+4) * time.Minute), Problem: p})
	}
	add(1, Order{State: StateNew, AcceptedAt: now.Add(-time.Minute)})
	addOrder(t, s, Order{Key: OrderKey{Company: "3", ID: "1"}, State: StateNew, AcceptedAt: now})

	got, err := s.Summary(t.Context(), "2")
	if err != nil || got.States[StateNew] != 2 || got.States[StateSent] != 3 || got.States[StateAttention] != 4 ||
		got.Noticed != 2 || got.Pending != 1 ||
		!got.OldestPending.Equal(now.Add(-3*time.Minute)) || !got.Last.Equal(now.Add(-time.Minute)) {
		t.Errorf("%+v %v", got, err)
	}
	causes, err := s.Causes(t.Context(), "2")
	if want := "[{{payment_unmapped map[type:cash] []} 2} {{delivery_unmapped map[type:drone] []} 1} " +
		"{{payment_unmapped map[type:card] []} 1} {{too_old map[hours:24] []} 1}]"; err != nil || brief(causes) != want {
		t.Errorf("%s %v, want %s", brief(causes), err, want)
	}
	for _, f := range []OrderFilter{{Problem: "delivery_unmapped"}, {Problem: "delivery_unmapped", Type: "drone"},
		{Type: "drone"}, {Problem: "payment_unmapped", Type: "card"}} {
		if page, err := s.Orders(t.Context(), "2", f); err != nil || len(page.Orders) != 1 ||
			page.Orders[0].Key.ID != "12" {
			t.Errorf("%+v: %+v %v", f, page, err)
		}
	}
	if !causes[0].Oldest.Equal(now.Add(-5 * time.Minute)) {
		t.Errorf("%v", causes[0].Oldest)
	}
	if n, err := s.Waiting(t.Context()); n != 4 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
}

func brief(list []OrderCause) string {
	type cause struct {
		Problem Problem
		Orders  int
	}
	var out []cause
	for _, c := range list {
		out = append(out, cause{c.Problem, c.Orders})
	}
	return fmt.Sprint(out)
}
