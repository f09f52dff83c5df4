package storage

import (
	"database/sql"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"ineed-insales/migrations"
)

// TestExchanges: the last few texts of each kind of event are kept, whatever
// bytes they are made of, and go with the order's person.
func TestExchanges(t *testing.T) {
	s := open(t)
	key := OrderKey{Company: "2", ID: "A-1"}
	addOrder(t, s, Order{Key: key, State: StateNew})
	request := `{"order":{"comment":"` + strings.Repeat("долго ", 100) + `"}}`
	if n := len(Pack([]byte(request))); n > len(request)/4 {
		t.Errorf("%d bytes packed from %d", n, len(request))
	}
	add := func(kind string, attempt int) {
		t.Helper()
		e := Event{At: time.Now(), Kind: kind, Args: map[string]string{"attempt": strconv.Itoa(attempt)}}
		if kind == EventIntent {
			e.Request = Pack([]byte(request))
		} else {
			e.Answer = Pack([]byte("<h1>502\xff</h1> of attempt " + strconv.Itoa(attempt)))
		}
		err := s.Update(t.Context(), func(tx *Tx) error {
			o, err := tx.Order(key)
			if err != nil {
				return err
			}
			return tx.AddEvent(&o, e)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	kept := func() (requests, answers []string) {
		t.Helper()
		list, err := s.Events(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			asked, answer, err := e.Texts()
			if err != nil {
				t.Fatal(err)
			}
			if asked != "" {
				requests = append(requests, asked)
			}
			if answer != "" {
				answers = append(answers, answer)
			}
		}
		return requests, answers
	}
	for attempt := 1; attempt <= 5; attempt++ {
		add(EventIntent, attempt)
		add(EventAnswered, attempt)
	}
	requests, answers := kept()
	if len(requests) != maxExchanges || requests[0] != request {
		t.Errorf("%d requests", len(requests))
	}
	if want := "<h1>502\uFFFD</h1> of attempt 3"; len(answers) != maxExchanges || answers[0] != want {
		t.Errorf("%d answers: %q", len(answers), answers)
	}

	// What the history drops takes its texts along.
	for range maxEvents {
		add(EventReportError, 1)
	}
	if requests, answers := kept(); len(requests) != 3 || len(answers) != 6 {
		t.Errorf("%d requests, %d answers beside a long history", len(requests), len(answers))
	}
	err := s.Update(t.Context(), func(tx *Tx) error {
		o, err := tx.Order(key)
		if err != nil {
			return err
		}
		o.ErasedAt = time.Now()
		if err := tx.ErasePerson(&o); err != nil {
			return err
		}
		return tx.PutOrder(&o, o.State, o.Attempt)
	})
	if err != nil {
		t.Fatal(err)
	}
	add(EventPaidTold, 1)
	if requests, answers := kept(); len(requests) > 0 || len(answers) > 0 {
		t.Errorf("%d requests and %d answers outlived their person", len(requests), len(answers))
	}
}

// TestUpgradeRequests: requests that an earlier version kept hang at their
// events now.
func TestUpgradeRequests(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 14); err != nil {
		t.Fatal(err)
	}
	const columns = `seq, company, chat_id, test, number, state, attempt, absences, accepted_at, age_from, due_at,
		intent_at, cancel_by, problem, notices, dismissed, duplicates, account_id, insales_id, insales_number, sent_at,
		seen_updated_at, seen_read, status, revision, acked_revision, reported,
		report_due_at, report_since, report_tries, report_problem`
	for _, insert := range []string{
		"INSERT INTO orders (" + columns + ") VALUES (1" + strings.Repeat(", 0", strings.Count(columns, ",")) + ")",
		`UPDATE orders SET company = '2', chat_id = 'A-1', problem = '', notices = '', dismissed = '', status = '',
			report_problem = ''`,
		`INSERT INTO events VALUES (1, 1, 0, 'received', '{}'), (1, 2, 0, 'intent', '{"attempt":"1"}'), (1, 3, 0,
			'answered', '{"attempt":"1"}'), (1, 4, 0, 'intent', '{"attempt":"2"}')`,
	} {
		if _, err := db.Exec(insert); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec("INSERT INTO requests VALUES (1, 2, ?)", []byte(Pack([]byte(`{"order":2}`)))); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, func(c *Config) { c.Path = path })
	list, err := s.Events(t.Context(), OrderKey{Company: "2", ID: "A-1"})
	if err != nil || len(list) != 4 {
		t.Fatal(err, list)
	}
	for i, want := range []string{"", "", "", `{"order":2}`} {
		if got, _, err := list[i].Texts(); err != nil || got != want {
			t.Errorf("event %d: %q %v", i+1, got, err)
		}
	}
}
