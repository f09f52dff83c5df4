package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// newsOf opens a store with a log, and gives the function that reads its lines about
// orders and the journal, without their time, and forgets them.
func newsOf(t *testing.T) (*Store, func() []string) {
	t.Helper()
	var log bytes.Buffer
	s := open(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	time := regexp.MustCompile(`^time=\S+ level=INFO msg=`)
	return s, func() []string {
		var list []string
		for l := range strings.Lines(log.String()) {
			l = time.ReplaceAllString(strings.TrimSuffix(l, "\n"), "")
			if strings.HasPrefix(l, "order ") || strings.HasPrefix(l, "journal ") {
				list = append(list, l)
			}
		}
		log.Reset()
		return list
	}
}

// TestLogIsHistory: what is logged of orders is what was kept of them, once, with the
// ids of the request, and nothing that others have written.
func TestLogIsHistory(t *testing.T) {
	s, lines := newsOf(t)
	ctx := From(t.Context(), Origin{Request: "R1", Webhook: "msg_1"})
	key := OrderKey{"2", "A-1", true}
	event := Event{At: time.Now(), Kind: EventProblem, Args: map[string]string{"code": "shop_refused", "message": "Пётр",
		"attempt": "", "request_id": "another"}}
	err := s.Update(ctx, func(tx *Tx) error {
		o := Order{Key: key, State: StateTest, InSalesID: 77}
		_, err := tx.AddOrder(&o, event)
		return err
	})
	want := []string{`order event=problem company=2 order=A-1 state=test test=true code=shop_refused request_id=R1` +
		` webhook_id=msg_1 insales_id=77`}
	if got := lines(); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\ngot  %q\nwant %q", err, got, want)
	}
	if event.Args["request_id"] != "another" {
		t.Error("the caller's facts were changed")
	}
	events, err := s.Events(t.Context(), key)
	if err != nil || len(events) != 1 || events[0].Args["webhook_id"] != "msg_1" || events[0].Args["request_id"] != "R1" ||
		events[0].Args["message"] != "Пётр" {
		t.Errorf("%v %+v", err, events)
	}
	add(t, s, "A-2")
	if got := lines(); !slices.Equal(got, []string{"order event=received company=2 order=A-2 state=new"}) {
		t.Errorf("without a request: %q", got)
	}
}

// TestLogOfJournal: of settings the log has the names.
func TestLogOfJournal(t *testing.T) {
	s, lines := newsOf(t)
	ctx := From(t.Context(), Origin{Request: "R1", Webhook: "msg_1"})
	for _, e := range []Entry{
		{Kind: EntryChanged, Actor: "admin", Address: "203.0.113.7", Company: "2", Changes: []Change{
			{Field: "name", Old: "Тайная", New: "Явная"}, {Field: "orders.paused", Old: "false", New: "true"}}},
		{Kind: EntrySignIn, Actor: "admin"},
	} {
		if err := s.Update(ctx, func(tx *Tx) error { return tx.AddEntry(e) }); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		`journal entry=changed by=admin company=2 paused=true fields="[name orders.paused]" request_id=R1`,
		"journal entry=signin by=admin request_id=R1",
	}
	if got := lines(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestNothingLoggedThatWasNotKept: an update that fails is not told, those that shared
// its transaction are told once, each with its own request.
func TestNothingLoggedThatWasNotKept(t *testing.T) {
	s, lines := newsOf(t)
	broken := errors.New("broken")
	updates := []func(*Tx) error{
		adding("1"),
		func(tx *Tx) error { return errors.Join(adding("2")(tx), broken) },
		func(tx *Tx) error { panic(adding("3")(tx)) },
		adding("4"),
	}
	for i, err := range together(t, s, updates...) {
		if failed := i == 1 || i == 2; failed != (err != nil) {
			t.Error(i, err)
		}
	}
	got := lines()
	slices.Sort(got)
	line := func(id string) string { return fmt.Sprintf(`order event="" company=2 order=%s state=new`, id) }
	if want := []string{line("1"), line("4")}; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Update(ctx, adding("5")); err == nil && len(lines()) != 1 || err != nil && len(lines()) != 0 {
		t.Error(err)
	}
}
