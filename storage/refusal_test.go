package storage

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestRefusals: the last hundred of a company are kept as they came, and all
// are counted until somebody looks or an order comes through.
func TestRefusals(t *testing.T) {
	s := open(t)
	began := time.Now().Truncate(time.Millisecond).UTC()
	body := func(i int) []byte { return fmt.Appendf(nil, "\xff %d %s", i, strings.Repeat("x", 20*i)) }
	for i := range 103 {
		do(t, s, func(tx *Tx) error {
			return tx.AddRefusal("2",
				Refusal{At: began.Add(time.Duration(i) * time.Second), Status: 400, Reason: "not_json",
					ContentType: "text/plain", OrderID: fmt.Sprint(i),
					Errors: []RefusalError{{"data.id", "required"}}, Body: body(i), Size: int64(len(body(i)))})
		})
	}
	do(t, s, func(tx *Tx) error {
		return tx.AddRefusal("3", Refusal{At: began, Status: 413, Reason: "too_large", Size: 1 << 20})
	})
	list, next, err := s.Refusals(t.Context(), "2", "", 200)
	if err != nil || len(list) != 100 || next != "" {
		t.Fatal(len(list), next, err)
	}
	newest := Refusal{Seq: list[0].Seq, At: began.Add(102 * time.Second), Status: 400, Reason: "not_json",
		ContentType: "text/plain", OrderID: "102",
		Errors: []RefusalError{{"data.id", "required"}}, Body: body(102), Size: int64(len(body(102)))}
	if !reflect.DeepEqual(list[0], newest) || !bytes.Equal(list[99].Body, body(3)) {
		t.Errorf("%+v, and %d bytes", list[0], len(list[99].Body))
	}
	do(t, s, func(tx *Tx) error { return tx.DropRefusalsOf("2", "50") })
	if list, _, err := s.Refusals(t.Context(), "2", "", 200); err != nil || len(list) != 99 {
		t.Errorf("an order's person was erased: %d are kept, %v", len(list), err)
	}
	count := func(company string) RefusalCount {
		t.Helper()
		c, err := s.RefusalCount(t.Context(), company)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	last := began.Add(102 * time.Second)
	for _, step := range []struct {
		name string
		do   func(*Tx) error
		want RefusalCount
	}{
		{"counted beyond what is kept", func(*Tx) error { return nil }, RefusalCount{103, 103, last}},
		{"somebody saw an older page", func(tx *Tx) error { return tx.SawRefusals("2", list[1].Seq) },
			RefusalCount{103, 103, last}},
		{"an order came through", func(tx *Tx) error { return tx.CameThrough("2") }, RefusalCount{103, 0, last}},
		{"one more",
			func(tx *Tx) error { return tx.AddRefusal("2", Refusal{At: last, Status: 422, Reason: "invalid"}) },
			RefusalCount{104, 1, last}},
		{"seen before it came", func(tx *Tx) error { return tx.SawRefusals("2", list[0].Seq) },
			RefusalCount{104, 1, last}},
		{"seen", func(tx *Tx) error { return tx.SawRefusals("2", list[0].Seq+2) }, RefusalCount{0, 0, last}},
		{"what is old is erased", func(tx *Tx) error { return tx.DropRefusals("2", last) }, RefusalCount{0, 0, last}},
		{"all is", func(tx *Tx) error { return tx.DropRefusals("2", last.Add(time.Second)) }, RefusalCount{}},
	} {
		do(t, s, step.do)
		if got := count("2"); got != step.want {
			t.Errorf("%s: %+v, want %+v", step.name, got, step.want)
		}
	}
	if list, _, err := s.Refusals(t.Context(), "2", "", 200); err != nil || len(list) != 0 {
		t.Error(len(list), err)
	}
	if got := count("3"); got != (RefusalCount{1, 1, began}) || count("4") != (RefusalCount{}) {
		t.Errorf("another company: %+v", got)
	}
	do(t, s, func(tx *Tx) error { return tx.EraseRefusals("3") })
	if got := count("3"); got != (RefusalCount{}) {
		t.Errorf("erased: %+v", got)
	}
}

// TestTakeRefusal: what is read after all is a refusal no more, once; what is unread is a
// person's to look at until it is read, whoever has looked.
func TestTakeRefusal(t *testing.T) {
	s := open(t)
	now := time.Now().Truncate(time.Millisecond).UTC()
	do(t, s, func(tx *Tx) error {
		err := tx.AddRefusal("2", Refusal{At: now, Status: 415, Reason: "media_type", Body: []byte("id=1"), Size: 4})
		if err != nil {
			return err
		}
		return tx.AddRefusal("3", Refusal{At: now, Status: 413, Reason: "too_large", Body: []byte("id"), Size: 1 << 20})
	})
	for company, whole := range map[string]bool{"2": true, "3": false} {
		list, _, err := s.Refusals(t.Context(), company, "", 1)
		if err != nil || len(list) != 1 || list[0].Whole() != whole {
			t.Fatalf("%s: %+v, %v", company, list, err)
		}
		seq := list[0].Seq
		if _, err := s.OneRefusal(t.Context(), "4", seq); err != ErrNotFound {
			t.Errorf("another company's: %v", err)
		}
		if one, err := s.OneRefusal(t.Context(), company, seq); err != nil || !reflect.DeepEqual(one, list[0]) {
			t.Errorf("%+v, %v", one, err)
		}
		for _, want := range []error{nil, ErrNotFound} {
			if err := s.Update(t.Context(), func(tx *Tx) error { return tx.TakeRefusal(company, seq) }); err != want {
				t.Errorf("%s: %v, want %v", company, err, want)
			}
		}
	}
	if (Refusal{}).Whole() {
		t.Error("one without a body can be read again")
	}
	unseen := func(when string, want int) {
		t.Helper()
		if n, err := s.Unseen(t.Context()); err != nil || n != want {
			t.Errorf("%s: %d, %v, want %d", when, n, err, want)
		}
	}
	unread := Received{Company: "2", At: now, Body: []byte("x"), Failure: &Unread{Rule: "wire_none"}}
	do(t, s, func(tx *Tx) error { return tx.AddUnread(&unread) })
	unseen("two refusals and one unread", 3)
	do(t, s, func(tx *Tx) error { return tx.SawRefusals("2", 1<<40) })
	do(t, s, func(tx *Tx) error { return tx.SawRefusals("3", 1<<40) })
	unseen("somebody has looked", 1)
	do(t, s, func(tx *Tx) error { return tx.DropUnread("2", unread.Seq) })
	unseen("it was set aside", 0)
}
