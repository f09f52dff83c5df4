package storage

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"ineed-insales/migrations"
	"ineed-insales/storage/storagetest/inmemory"
)

var update = flag.Bool("update", false, "rewrite golden files")

var testKey = []byte(strings.Repeat("k", 32))

func TestMain(m *testing.M) { os.Exit(inmemory.Main(m)) }

// open opens a store in a folder of the test's own, with the companies 2 and 3.
func open(t testing.TB, change ...func(*Config)) *Store {
	t.Helper()
	s := openEmpty(t, change...)
	do(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutCompany(&Company{ID: "2"}), tx.PutCompany(&Company{ID: "3"}))
	})
	return s
}

// openEmpty opens a store without companies.
func openEmpty(t testing.TB, change ...func(*Config)) *Store {
	t.Helper()
	cfg := Config{Path: filepath.Join(t.TempDir(), "connector.db"), SecretKey: testKey}
	for _, f := range change {
		f(&cfg)
	}
	if _, err := os.Stat(cfg.Path); errors.Is(err, os.ErrNotExist) && string(cfg.SecretKey) == string(testKey) {
		if err := os.WriteFile(cfg.Path, emptyDatabase(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// emptyDatabase is what Open makes of no file. It is made once: the migrations would be
// most of many tests' work. Package storagetest does the same for other packages; it
// imports this one, so that these tests cannot use it.
var emptyDatabase = sync.OnceValue(func() []byte {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "connector.db")
	s, err := Open(context.Background(), Config{Path: path, SecretKey: testKey})
	if err != nil {
		panic(err)
	}
	if err := s.Close(); err != nil {
		panic(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return data
})

// do runs an update that has to succeed.
func do(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// add stores an order in the state new, changed as the test likes.
func add(t testing.TB, s *Store, id string, change ...func(*Order)) Order {
	t.Helper()
	o := Order{Key: OrderKey{Company: "2", ID: id}, State: StateNew}
	for _, f := range change {
		f(&o)
	}
	do(t, s, func(tx *Tx) error {
		added, err := tx.AddOrder(&o, Event{At: time.Now(), Kind: EventReceived})
		if err == nil && !added {
			err = fmt.Errorf("order %s exists", o.Key)
		}
		return err
	})
	return o
}

func ids(list []Order) string {
	var names []string
	for _, o := range list {
		names = append(names, o.Key.ID)
	}
	return strings.Join(names, " ")
}

// schema is what the migrations make, without goose's own table.
func schema(t *testing.T, s *Store) string {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), `SELECT sql FROM sqlite_schema
		WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY type DESC, name`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var text strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		text.WriteString(line + ";\n\n")
	}
	return text.String()
}

// TestSchema: the schema changes only with its golden dump.
func TestSchema(t *testing.T) {
	const golden = "../testdata/storage/schema.sql"
	got := schema(t, open(t))
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema differs from %s (-update writes it):\n%s", golden, got)
	}
}

// TestUpgrade: a database of any earlier step opens and has the schema of a new
// one.
func TestUpgrade(t *testing.T) {
	want := schema(t, open(t))
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for i := range files {
		version := i + 1
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "old.db")
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS, goose.WithDisableGlobalRegistry(true))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.UpTo(t.Context(), int64(version)); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if got := schema(t, open(t, func(c *Config) { c.Path = path })); got != want {
				t.Error(got)
			}
		})
	}
}

// TestOpen: one process holds the database, and only with its own key.
func TestOpen(t *testing.T) {
	s := open(t)
	cfg := s.cfg
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrLocked) {
		t.Errorf("second: %v", err)
	}
	for _, suffix := range []string{"", ".lock", "-wal", "-shm"} {
		fi, err := os.Stat(cfg.Path + suffix)
		if err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%q: %v %v", suffix, fi, err)
		}
	}
	if _, err := s.read.ExecContext(t.Context(), "DELETE FROM orders"); err == nil {
		t.Error("a reading connection writes")
	}
	if err := s.Health(); err != nil {
		t.Error(err)
	}
	if n, err := s.Size(); err != nil || n < 4096 {
		t.Error(n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Health(); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
	other := cfg
	other.SecretKey = []byte(strings.Repeat("x", 32))
	if _, err := Open(t.Context(), other); !errors.Is(err, ErrWrongKey) {
		t.Errorf("other key: %v", err)
	}
	other.SecretKey = testKey[:31]
	if _, err := Open(t.Context(), other); err == nil {
		t.Error("a short key opens")
	}
	again, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	cfg.Path = filepath.Join(t.TempDir(), "none", "connector.db")
	if _, err := Open(t.Context(), cfg); err == nil {
		t.Error("a folder that does not exist opens")
	}
	text := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(text, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg.Path = text
	if _, err := Open(t.Context(), cfg); err == nil {
		t.Error("a text opens")
	}
}

// whole fails for every field that the test forgot to fill, so that a new field
// cannot be forgotten in a statement.
func whole(t *testing.T, v any) {
	t.Helper()
	r := reflect.ValueOf(v)
	for i := range r.NumField() {
		if f := r.Type().Field(i); f.IsExported() && r.Field(i).IsZero() {
			t.Errorf("%s.%s is not filled", r.Type().Name(), f.Name)
		}
	}
}

func wholeOrder() Order {
	at := time.Date(2026, 11, 24, 10, 0, 0, 123e6, time.UTC)
	n := 0
	next := func() time.Time { n++; return at.Add(time.Duration(n) * time.Second) }
	return Order{
		Key: OrderKey{"2", "A-1", true}, Number: "1001", Phone: "9000000001", Customer: "Анна",
		Total: 129000, Body: []byte(`{"a":1}`),
		State: StateSending, Attempt: 3, Absences: 2,
		AcceptedAt: next(), AgeFrom: next(), DueAt: next(), IntentAt: next(), CancelBy: "anna",
		Problem: &Problem{Code: "p", Args: map[string]string{"a": "b"}}, Notices: []Problem{{Code: "n"}}, Dismissed: []int64{7, 8},
		LeftOut:    []string{"l"},
		Duplicates: 4,
		AccountID:  5, InSalesID: 70000001, InSalesNumber: "2001", SentAt: next(),
		Seen: Seen{next(), 9}, Status: &Status{Status: "new", PaymentStatus: "pending", ChangedAt: next()},
		Revision:      11,
		AckedRevision: 10, Reported: "new", Report: Report{next(), next(), 6, &Problem{Code: "r"}},
		Paid: true, PaidAmount: "9.90", Payment: Payment{true, next(), 2}, ChatCancelled: true, Plain: true,
		ErasedAt: next(), HasBody: true,
		TouchedAt: next(), GoneAt: next(), AskedAt: next(), Final: true, LookAt: next(),
	}
}

// TestOrderRoundTrip: every field of an order comes back, from AddOrder and
// from PutOrder.
func TestOrderRoundTrip(t *testing.T) {
	s := open(t)
	want := wholeOrder()
	filled := want
	filled.Received = &Received{} // it goes in with a body, and comes back by ReceivedOf
	whole(t, filled)
	whole(t, want.Report)
	get := func() Order {
		got, err := s.Order(t.Context(), want.Key)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	do(t, s, func(tx *Tx) error {
		added, err := tx.AddOrder(&want, Event{Kind: EventReceived})
		if !added {
			t.Error("not added")
		}
		return err
	})
	if got := get(); !reflect.DeepEqual(got, want) {
		t.Errorf("added\n%+v\nwant\n%+v", got, want)
	}
	changed := Order{seq: want.seq, Key: want.Key, State: StateNew, Body: want.Body, HasBody: true}
	for _, o := range []*Order{&changed, &want} { // to nothing and back
		was := get()
		do(t, s, func(tx *Tx) error { return tx.PutOrder(o, was.State, was.Attempt) })
		if got := get(); !reflect.DeepEqual(got, *o) {
			t.Errorf("put\n%+v\nwant\n%+v", got, *o)
		}
	}
}

// TestStale: an order is changed only as the caller saw it.
func TestStale(t *testing.T) {
	s := open(t)
	o := add(t, s, "A-1")
	for _, seen := range []struct {
		state   State
		attempt int
	}{{StateSending, 0}, {StateNew, 1}} {
		err := s.Update(t.Context(), func(tx *Tx) error {
			o.Number = "lost"
			return tx.PutOrder(&o, seen.state, seen.attempt)
		})
		if !errors.Is(err, ErrStale) {
			t.Errorf("%v: %v", seen, err)
		}
	}
	if got, err := s.Order(t.Context(), o.Key); err != nil || got.Number != "" {
		t.Error(got, err)
	}
}

// TestUnique: one order per key and one per order of the shop, whoever asks.
func TestUnique(t *testing.T) {
	s := open(t)
	add(t, s, "A-1", func(o *Order) { o.Body = []byte("first"); o.AccountID, o.InSalesID = 1, 7 })
	add(t, s, "A-1", func(o *Order) { o.Key.Test = true })
	add(t, s, "A-1", func(o *Order) { o.Key.Company = "3"; o.AccountID, o.InSalesID = 1, 7 })
	second := Order{Key: OrderKey{"2", "A-1", false}, State: StateTest, Body: []byte("second")}
	do(t, s, func(tx *Tx) error {
		if added, err := tx.AddOrder(&second, Event{}); added || err != nil {
			t.Error(added, err)
		}
		return nil
	})
	got, err := s.Order(t.Context(), second.Key)
	if err != nil || string(got.Body) != "first" || got.State != StateNew {
		t.Error(got, err)
	}
	err = s.Update(t.Context(), func(tx *Tx) error {
		_, err := tx.AddOrder(&Order{Key: OrderKey{"2", "B-1", false}, State: StateSent, AccountID: 1, InSalesID: 7},
			Event{})
		return err
	})
	if err == nil {
		t.Error("two orders have one order of the shop")
	}
	do(t, s, func(tx *Tx) error {
		if o, err := tx.OrderByInSalesID("2", 1, 7); err != nil || o.Key.ID != "A-1" {
			t.Error(o, err)
		}
		if is, err := tx.Mapped("2", 1, 7); err != nil || !is {
			t.Error(is, err)
		}
		for _, id := range []int64{8, 0} {
			if _, err := tx.OrderByInSalesID("2", 1, id); !errors.Is(err, ErrNotFound) {
				t.Error(id, err)
			}
			if is, err := tx.Mapped("2", 1, id); err != nil || is {
				t.Error(id, is, err)
			}
		}
		if _, err := tx.Order(OrderKey{"2", "none", false}); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		return nil
	})
	if _, err := s.Order(t.Context(), OrderKey{"9", "A-1", false}); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestAdopted: an order found in the shop gets its webhook later.
func TestAdopted(t *testing.T) {
	s := open(t)
	o := add(t, s, "A-1")
	body := func() (b []byte) {
		do(t, s, func(tx *Tx) (err error) { b, err = tx.Body(&o); return })
		return b
	}
	if b := body(); b != nil {
		t.Errorf("%q", b)
	}
	for _, text := range []string{"first", "second"} {
		o.Body = []byte(text)
		do(t, s, func(tx *Tx) error { return tx.AddBody(&o) })
	}
	if b := body(); string(b) != "first" {
		t.Errorf("%q", b)
	}
}

// TestDue: what is due is found oldest first; a time further away than MaxDelay
// is one of a clock that was set back.
func TestDue(t *testing.T) {
	s := open(t)
	now := time.Now().Truncate(time.Millisecond)
	for _, test := range []struct {
		id string
		in time.Duration
	}{{"far", MaxDelay + time.Second}, {"later", MaxDelay}, {"soon", time.Minute}, {"now", 0}, {"past", -time.Hour}} {
		add(t, s, test.id, func(o *Order) { o.DueAt = now.Add(test.in) })
		add(t, s, "r-"+test.id, func(o *Order) {
			o.State, o.AccountID, o.Revision, o.Report.DueAt = StateSent, 5, 1, now.Add(test.in)
		})
		add(t, s, "p-"+test.id, func(o *Order) {
			o.State, o.AccountID, o.Paid, o.Payment.DueAt = StateSent, 5, true, now.Add(test.in)
		})
	}
	add(t, s, "sending", func(o *Order) { o.State = StateSending })
	add(t, s, "other", func(o *Order) { o.Key.Company = "3" })
	add(t, s, "parked", func(o *Order) {
		o.State, o.AccountID, o.Revision, o.Report.Problem = StateSent, 5, 1, &Problem{Code: "p"}
	})
	add(t, s, "told", func(o *Order) { o.State, o.AccountID, o.Revision, o.AckedRevision = StateSent, 5, 1, 1 })
	add(t, s, "paid", func(o *Order) { o.State, o.AccountID, o.Paid, o.Payment.Done = StateSent, 5, true, true })
	add(t, s, "paid, not sent", func(o *Order) { o.State, o.AccountID, o.Paid, o.DueAt = StateAttention, 5, true, now })
	list := func(list []Order, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return ids(list)
	}
	ctx := t.Context()
	for name, got := range map[string]string{
		"far now past":       list(s.OrdersToSend(ctx, "2", now, 10)),
		"far now":            list(s.OrdersToSend(ctx, "2", now, 2)),
		"sending":            list(s.OrdersSending(ctx, "2")),
		"r-past r-now r-far": list(s.OrdersToReport(ctx, "2", 5, now, 10)),
		"r-past":             list(s.OrdersToReport(ctx, "2", 5, now, 1)),
		"":                   list(s.OrdersToReport(ctx, "2", 6, now, 10)),
		"p-past p-now p-far": list(s.OrdersToPay(ctx, "2", 5, now, 10)),
		"p-past":             list(s.OrdersToPay(ctx, "2", 5, now, 1)),
	} {
		if got != name {
			t.Errorf("%q, want %q", got, name)
		}
	}
	for _, what := range []Work{WorkSend, WorkReport, WorkPay} {
		if due, err := s.NextDue(ctx, "2", now, what); err != nil || !due.Equal(now.Add(time.Minute)) {
			t.Error(what, due, err)
		}
		if due, err := s.NextDue(ctx, "4", now, what); err != nil || !due.IsZero() {
			t.Error(what, due, err)
		}
	}
	c, err := s.Census(ctx, "2")
	of, err2 := s.Summary(ctx, "2")
	if err != nil || err2 != nil || of.States[StateNew] != 5 || of.States[StateSent] != 13 ||
		of.States[StateSending] != 1 || c.ReportsPending != 0 {
		t.Errorf("a company that is gone: %+v %+v %v %v", c, of, err, err2)
	}
	for account, want := range map[int64]int{5: 6, 6: 0} {
		do(t, s, func(tx *Tx) error { return tx.PutCompany(&Company{ID: "2", AccountID: account}) })
		if c, err := s.Census(ctx, "2"); err != nil || c.ReportsPending != want {
			t.Errorf("account %d: %+v %v", account, c, err)
		}
	}
	for company, want := range map[string]int{"2": 5, "3": 1} {
		if c, err := s.Census(ctx, company); err != nil || c.States[StateNew] != want {
			t.Errorf("%s: %+v %v", company, c, err)
		}
	}
	do(t, s, func(tx *Tx) error {
		for company, want := range map[string]bool{"2": true, "3": false} {
			if got, err := tx.Sending(company); got != want || err != nil {
				t.Error(company, got, err)
			}
		}
		return nil
	})
}

// TestLists: filters and pages; new orders do not disturb those who page.
func TestLists(t *testing.T) {
	s := open(t)
	for i := range 120 {
		add(t, s, fmt.Sprintf("A-%d", i))
	}
	add(t, s, "50%", func(o *Order) { o.Number, o.InSalesNumber, o.InSalesID = "n_1", "s-9", 70000009 })
	add(t, s, "T", func(o *Order) { o.Key.Test, o.State = true, StateTest })
	add(t, s, "P", func(o *Order) { o.State, o.Problem = StateAttention, &Problem{Code: "client"} })
	yes, no := true, false
	for want, f := range map[string]OrderFilter{
		"50%":    {Query: "%"},
		"T":      {Test: &yes},
		"P T":    {Limit: 2},
		"P":      {Problem: "client"},
		"P 50%":  {Test: &no, Limit: 2},
		"A-7":    {Query: "A-7", State: StateNew, Cursor: "9"},
		"":       {Query: "none"},
		"50% A-": {Query: "70000009"},
	} {
		page, err := s.Orders(t.Context(), "2", f)
		if got := ids(page.Orders); err != nil || got != strings.TrimSuffix(want, " A-") {
			t.Errorf("%+v: %q, want %q, %v", f, got, want, err)
		}
	}
	for _, q := range []string{"n_1", "s-9"} {
		if page, err := s.Orders(t.Context(), "2", OrderFilter{Query: q}); err != nil || ids(page.Orders) != "50%" {
			t.Error(q, page, err)
		}
	}
	seen, cursor := map[string]bool{}, ""
	for n := 0; ; n++ {
		page, err := s.Orders(t.Context(), "2", OrderFilter{State: StateNew, Cursor: cursor})
		if err != nil || len(page.Orders) > 50 {
			t.Fatal(len(page.Orders), err)
		}
		for _, o := range page.Orders {
			if seen[o.Key.ID] {
				t.Error("twice:", o.Key)
			}
			seen[o.Key.ID] = true
		}
		add(t, s, fmt.Sprintf("B-%d", n))
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 121 {
		t.Error(len(seen))
	}
	if page, err := s.Orders(t.Context(), "2", OrderFilter{Limit: 1000}); err != nil || len(page.Orders) > 200 {
		t.Error(len(page.Orders), err)
	}
	if _, err := s.Orders(t.Context(), "2", OrderFilter{Cursor: "x"}); !errors.Is(err, ErrCursor) {
		t.Error(err)
	}
}

// TestEvents: a history keeps how it began and how it goes on.
func TestEvents(t *testing.T) {
	s := open(t)
	o := add(t, s, "A-1")
	const total = 500
	do(t, s, func(tx *Tx) error {
		for n := 1; n < total; n++ {
			if err := tx.AddEvent(&o,
				Event{At: time.UnixMilli(int64(n)), Kind: EventDuplicate,
					Args: map[string]string{"n": fmt.Sprint(n)}}); err != nil {
				return err
			}
		}
		return nil
	})
	list, err := s.Events(t.Context(), o.Key)
	if err != nil || len(list) != maxEvents {
		t.Fatal(len(list), err)
	}
	if list[0].Kind != EventReceived || list[keepEvents-1].Args["n"] != fmt.Sprint(keepEvents-1) ||
		list[keepEvents].Args["n"] != fmt.Sprint(total-(maxEvents-keepEvents)) ||
		list[maxEvents-1].Args["n"] != fmt.Sprint(total-1) {
		t.Error(list[0], list[keepEvents-1], list[keepEvents], list[maxEvents-1])
	}
	if at := list[maxEvents-1].At; !at.Equal(time.UnixMilli(total - 1)) {
		t.Error(at)
	}
}

func wholeCompany() Company {
	kept := true
	return Company{
		ID: "2", Name: "Компания 2",
		Shop:    Shop{"https://shop.myinsales.ru", "key-id", "shop-password-in-the-clear"},
		Catalog: CatalogSync{true, time.Minute, "price2"}, CatalogFault: &Problem{Code: "rejected"},
		Chat: Chat{"https://demo.ineed.chat", AuthSignature,
			[]Secret{"whsec_one-in-the-clear", "whsec_two-in-the-clear"}, "token-in-the-clear",
			HMAC{"x-signature", "sha256", "hex", "sha256=", "body", "x-time"},
			&Wire{"botobot", map[string]string{"id": ".id"}, ".", "empty", &WireAnswer{200, "ok"}, CatalogFeed}},
		Orders: OrderSync{true, true, map[string]int64{"cash": 1}, map[string]int64{"pickup": 2},
			map[string]string{"packed": "processing"}, time.Hour, map[string]string{"surname": "-"}, 48 * time.Hour, true},

		AccountID: 5, MarkerKept: &kept, Learnt: Learnt{Pickups: []int64{7}, Zone: new(int)},
		FeedAddress: FeedAddress{"feed-token-in-the-clear", "old-feed-token-in-the-clear",
			time.UnixMilli(1790000000789).UTC()},
		HookFault: &Problem{Code: "hook"},
		Hooks: Hooks{"hook-token-in-the-clear", "old-hook-token-in-the-clear", time.UnixMilli(1790000000456).UTC(),
			[]int64{1, 2}}, Problem: &Problem{Code: "key"}, ChatFault: &Problem{Code: "token"},
		Version: 3, UpdatedAt: time.UnixMilli(1790000000123).UTC(),
	}
}

// TestCompanyRoundTrip: every field comes back; what the connector learns does
// not touch settings; deleting keeps the orders.
func TestCompanyRoundTrip(t *testing.T) {
	s := openEmpty(t)
	want := wholeCompany()
	want.Sealed = true
	whole(t, want)
	whole(t, want.Shop)
	whole(t, want.Chat)
	whole(t, want.Orders)
	want.Sealed = false
	check := func() {
		t.Helper()
		list, err := s.Companies(t.Context())
		if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], want) {
			t.Errorf("%+v %v", list, err)
		}
		do(t, s, func(tx *Tx) error {
			if c, err := tx.Company("2"); err != nil || !reflect.DeepEqual(c, want) {
				t.Errorf("%+v %v", c, err)
			}
			return nil
		})
	}
	put := func(tx *Tx) error { return tx.PutCompany(&want) }
	do(t, s, put)
	check()
	copied := want.Clone()
	copied.Orders.Payments["cash"], copied.Chat.Secrets[0] = 9, "x"
	check() // a clone shares nothing
	state := Company{ID: "2", Name: "not stored", AccountID: 6}
	want.AccountID, want.MarkerKept, want.Learnt, want.Hooks = 6, nil, Learnt{}, Hooks{}
	want.Problem, want.ChatFault, want.HookFault, want.CatalogFault = nil, nil, nil, nil
	do(t, s, func(tx *Tx) error { return tx.SetCompanyState(&state) })
	check()
	want.Name, want.Shop.Password, want.Orders = "Другая", "", OrderSync{}
	do(t, s, put)
	check()

	add(t, s, "A-1")
	do(t, s, func(tx *Tx) error { return tx.DeleteCompany("2") })
	if list, err := s.Companies(t.Context()); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
	if _, err := s.Order(t.Context(), OrderKey{"2", "A-1", false}); err != nil {
		t.Error(err)
	}
	err := s.Update(t.Context(), func(tx *Tx) error { return tx.DeleteCompany("2") })
	if !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestSealed: no secret stands in the files, and one that was moved to another
// company or field does not open.
func TestSealed(t *testing.T) {
	for _, move := range []string{
		"UPDATE companies SET shop_password = chat_token WHERE id = '2'",
		"UPDATE companies SET chat_token = (SELECT chat_token FROM companies WHERE id = '3') WHERE id = '2'",
		"UPDATE companies SET chat_secrets = x'00' WHERE id = '2'",
	} {
		s := open(t)
		do(t, s, func(tx *Tx) error {
			c, other := wholeCompany(), wholeCompany()
			other.ID = "3"
			return errors.Join(tx.PutCompany(&c), tx.PutCompany(&other))
		})
		for _, suffix := range []string{"", "-wal"} {
			raw, err := os.ReadFile(s.cfg.Path + suffix)
			if err != nil || bytes.Contains(raw, []byte("in-the-clear")) {
				t.Errorf("%q: a secret stands there (%v)", suffix, err)
			}
		}
		do(t, s, func(tx *Tx) error { _, err := tx.exec(move); return err })
		list, err := s.Companies(t.Context())
		if err != nil || len(list) != 2 || !list[0].Sealed || list[1].Sealed || list[0].Shop.Password != "" ||
			list[0].Chat.Secrets != nil {
			t.Errorf("%s: %+v %v", move, list, err)
		}
	}
}

// TestSecret: a secret does not get out by being printed.
func TestSecret(t *testing.T) {
	c := wholeCompany()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "secret", c.Shop.Password, "company", c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "secret", c.Shop.Password, "company", c)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	all := log.String() + string(text) + fmt.Sprintf("%v %+v %#v", c, c, c) +
		fmt.Sprintf("%s %q %x", c.Shop.Password, c.Shop.Password, c.Shop.Password)
	if strings.Contains(all, "in-the-clear") || !strings.Contains(all, Masked) {
		t.Error(all)
	}
	if s := Secret(""); s.String() != "" {
		t.Error("nothing looks like a secret")
	}
}

// TestDeriveKey: keys differ by purpose and installation and stay the same.
func TestDeriveKey(t *testing.T) {
	s := open(t)
	other := open(t, func(c *Config) { c.SecretKey = []byte(strings.Repeat("x", 32)) })
	a := s.DeriveKey("a")
	if len(a) != 32 || !bytes.Equal(a, s.DeriveKey("a")) || bytes.Equal(a, s.DeriveKey("b")) ||
		bytes.Equal(a, other.DeriveKey("a")) {
		t.Error("the same key for two purposes, or two keys for one")
	}
}

// TestFeed: how far a feed was read comes back whole and goes with its company;
// look-alikes that are orders of ours by now are left out.
func TestFeed(t *testing.T) {
	s := open(t)
	at := time.UnixMilli(1790000000123).UTC()
	want := Feed{"2", Cursor{at, 1}, Cursor{at.Add(1), 2}, at.Add(time.Second), Cursor{at.Add(time.Minute), 3},
		time.Hour}
	want.Floor.UpdatedSince = at.Add(time.Hour)
	whole(t, want)
	company := wholeCompany()
	do(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutCompany(&company), tx.PutFeed(Feed{Company: "2"}), tx.PutFeed(want))
	})
	add(t, s, "A-1", func(o *Order) { o.State, o.AccountID, o.InSalesID = StateSent, 5, 8 })
	do(t, s, func(tx *Tx) error {
		for _, company := range []string{"2", "3"} {
			f, err := tx.Feed(company)
			if (company == "2") != reflect.DeepEqual(f, want) || company == "3" && f != (Feed{Company: "3"}) ||
				err != nil {
				t.Errorf("%+v %v", f, err)
			}
		}
		for _, id := range []int64{9, 7, 8, 7} {
			if err := tx.AddLookAlike("2", LookAlike{id, "n", at, "f"}); err != nil {
				t.Error(err)
			}
		}
		list, err := tx.LookAlikes("2", 5)
		if want := []LookAlike{{7, "n", at, "f"}, {9, "n", at, "f"}}; err != nil || !reflect.DeepEqual(list, want) {
			t.Errorf("%+v %v", list, err)
		}
		return tx.DeleteCompany("2")
	})
	do(t, s, func(tx *Tx) error {
		f, err := tx.Feed("2")
		list, err2 := tx.LookAlikes("2", 5)
		if f != (Feed{Company: "2"}) || list != nil || err != nil || err2 != nil {
			t.Error(f, list, err, err2)
		}
		return tx.ClearLookAlikes("2")
	})
}

// TestRewind: the floor only ever moves back, and a pass that began behind it
// is dropped; one that did not goes on.
func TestRewind(t *testing.T) {
	at := time.UnixMilli(1790000000000).UTC()
	read := Feed{Floor: Cursor{at, 7}, PassBegin: at.Add(time.Minute), Pass: Cursor{at.Add(time.Second), 9}}
	for _, tt := range []struct {
		name string
		feed Feed
		to   time.Time
		want Feed
	}{
		{"never read", Feed{}, at, Feed{Floor: Cursor{at, 0}}},
		{"earlier", read, at.Add(-time.Second), Feed{Floor: Cursor{at.Add(-time.Second), 0}}},
		{"the same", read, at, read},
		{"later", read, at.Add(time.Hour), read},
	} {
		if tt.feed.Rewind(tt.to); tt.feed != tt.want {
			t.Errorf("%s: %+v", tt.name, tt.feed)
		}
	}
}

func TestCursorAfter(t *testing.T) {
	at := time.UnixMilli(1790000000000).UTC()
	list := []Cursor{{}, {at, 0}, {at, 1}, {at.Add(time.Second), 0}}
	for i, c := range list {
		for j, d := range list {
			if c.After(d) != (i > j) {
				t.Errorf("%+v after %+v: %v", c, d, c.After(d))
			}
		}
	}
}
