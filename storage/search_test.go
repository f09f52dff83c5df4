package storage

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestBlockSet: a set is read as it was written, be it of few or of many.
func TestBlockSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want blockSet
		for _, place := range rapid.SliceOf(rapid.IntRange(0, blockSize-1)).Draw(t, "places") {
			want.add(place)
		}
		every := rapid.SampledFrom([]int{1, 2, 7, 8, 9, blockSize}).Draw(t, "every")
		for place := every; place < blockSize; place += every {
			want.add(place)
		}
		packed := want.pack()
		if got := unpackSet(packed); got != want || len(packed) > blockSize/8 {
			t.Fatalf("%x: %v, want %v", packed, got, want)
		}
	})
	for _, bad := range []string{"\xff", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x01\xff\xff\xff\x01"} {
		if set := unpackSet([]byte(bad)); len(slices.Collect(set.places())) > 1 {
			t.Errorf("%x: %v", bad, set)
		}
	}
}

func TestGramsOf(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "ab": "", "abc": "abc", "abcd": "abc bcd", "ab\nabc\nb": "abc", "aaaa": "aaa",
		"иван": "ван ива", "a\xffbc": "a\xffb \xffbc", "№12": "№12", "x😀y": "x😀y",
	} {
		if got := strings.Join(gramsOf(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A searched is a store with enough orders for some indexed blocks, of two companies.
type searched struct {
	*testing.T
	s    *Store
	path string
	ids  []OrderKey
	rows []searchedRow // all there are, the newest first; nil = they have changed
}

type searchedRow struct {
	company, id, text string
	state             State
	paid              bool
	at, total         int64
}

// has reports whether an order has each word of what is looked for.
func (o searchedRow) has(query string) bool {
	for word := range strings.FieldsSeq(fold(query)) {
		if !strings.Contains(fold(o.text), word) {
			return false
		}
	}
	return true
}

// listed reports whether an order is in a list, but for what is looked for.
func (o searchedRow) listed(f OrderFilter) bool {
	over := o.state == StateCancelled
	return (f.State == "" || f.State == o.state) && (f.Sort != SortWaiting || o.state == StateNew) &&
		(f.From.IsZero() || o.at >= ms(f.From)) && (f.To.IsZero() || o.at < ms(f.To)) &&
		(f.Paid == nil || *f.Paid && o.paid || !*f.Paid && !o.paid && !over)
}

// customers are named as people write them.
var customers = []string{"Иван Петров", "Петров  Семён", "СЕМЕНОВА Ольга", "Anna-Maria O'Neil", "", "Ли", "ёж"}

func newSearched(t *testing.T) *searched {
	d := &searched{T: t, path: filepath.Join(t.TempDir(), "connector.db")}
	d.s = open(t, func(c *Config) { c.Path = d.path })
	do(t, d.s, func(tx *Tx) error {
		for i := range 2*blockSize + indexAfter + 300 {
			key := OrderKey{Company: []string{"2", "3"}[i%5/4], ID: fmt.Sprintf("chat-%05d", i*7919%100_000)}
			d.ids = append(d.ids, key)
			o := Order{Key: key, Number: fmt.Sprintf("А-%d", i), State: StateSent, AccountID: 1, InSalesID: int64(70_000_000 + i),
				InSalesNumber: fmt.Sprint(1000 + i), Phone: fmt.Sprintf("9%09d", i*104_729%1_000_000_000)}
			o.AcceptedAt, o.Paid = time.UnixMilli(int64(1+i)*1000), i%7 == 0
			o.Customer, o.Total = customers[i%len(customers)]+[]string{"", "а"}[i%2], int64(i%300)*1000
			if i%500 == 3 {
				o.Customer = "Жан-Поль Ёжиков"
			}
			if i%1000 < 5 { // our clock was set back
				o.AcceptedAt = o.AcceptedAt.Add(50 * time.Minute)
			}
			if i%3 == 0 {
				o.State = StateCancelled
			} else if i%100 == 1 {
				o.State, o.InSalesID = StateNew, 0
			}
			if _, err := tx.AddOrder(&o, Event{Kind: EventReceived}); err != nil {
				return err
			}
		}
		return nil
	})
	return d
}

// step takes a step of the writer's, and reports whether there are more.
func (d *searched) step() (more bool) {
	d.Helper()
	err := d.s.Tidy(d.Context(), func(tx *Tx) (err error) {
		more, err = tx.indexStep()
		return err
	})
	if err != nil {
		d.Fatal(err)
	}
	return more
}

// catchUp takes steps until there is nothing left to do.
func (d *searched) catchUp() {
	d.Helper()
	for d.step() {
	}
}

// find gives the ids of all pages of a list, and sees that the same pages lead back.
func (d *searched) find(company string, f OrderFilter) (ids []string) {
	d.Helper()
	companies := []string{company}
	if company == "" {
		companies = []string{"2", "3", "none"}
	}
	f.Limit = 60
	read := func() (page OrderPage, got []string) {
		page, err := d.s.OrdersOf(d.Context(), companies, f)
		if err != nil {
			d.Fatal(err)
		}
		for _, o := range page.Orders {
			got = append(got, o.Key.ID)
		}
		return page, got
	}
	var last OrderPage
	for {
		page, got := read()
		ids, last = append(ids, got...), page
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	back := len(ids) - len(last.Orders)
	for page := last; page.Prev != ""; {
		f.Cursor = page.Prev
		var got []string
		page, got = read()
		if page.Prev == "" { // the beginning, whole
			if back > f.Limit || !slices.Equal(got, ids[:len(got)]) {
				d.Fatalf("%+v: the beginning is %v, was %v", f, got, ids[:back])
			}
			break
		}
		if back -= len(got); back < 0 || !slices.Equal(got, ids[back:back+len(got)]) {
			d.Fatalf("%+v: back to %v, not to what came before", f, got)
		}
	}
	return ids
}

// compare holds a search against all rows.
func (d *searched) compare(company string, f OrderFilter) {
	d.Helper()
	if d.rows == nil {
		rows, err := d.s.query(d.Context(), "SELECT company, chat_id, state, paid, accepted_at, total, "+searchText+
			" FROM orders ORDER BY seq DESC")
		if d.rows, err = collect(rows, err, func(r scanner) (o searchedRow, err error) {
			err = r.Scan(&o.company, &o.id, &o.state, &o.paid, &o.at, &o.total, &o.text)
			return o, err
		}); err != nil {
			d.Fatal(err)
		}
	}
	var want []string
	for _, o := range d.rows {
		if (o.company == company || company == "") && o.has(f.Query) && o.listed(f) {
			want = append(want, o.id)
		}
	}
	if f.Sort != sortNewest {
		slices.Reverse(want)
	}
	if got := d.find(company, f); !slices.Equal(got, want) {
		d.Fatalf("%+v of %q: %d found, %d are there", f, company, len(got), len(want))
	}
}

// inStep compares the index with the rows of its blocks, where nothing waits to be taken over.
func (d *searched) inStep() {
	d.Helper()
	kept := map[string]string{}
	rows, err := d.s.query(d.Context(), "SELECT block, gram, orders FROM search_grams")
	blocks := map[int64]bool{}
	err = each(rows, err, func(r scanner) error {
		var block int64
		var gram string
		var packed []byte
		err := r.Scan(&block, &gram, &packed)
		kept[fmt.Sprint(block, " ", gram)] = string(packed)
		blocks[block] = true
		return err
	})
	if err != nil {
		d.Fatal(err)
	}
	made := map[string]string{}
	for block := range blocks {
		rows, err := d.s.query(d.Context(), selectBlock, block<<blockBits, (block+1)<<blockBits)
		sets, err := setsOf(rows, err)
		if err != nil {
			d.Fatal(err)
		}
		for gram, set := range sets {
			made[fmt.Sprint(block, " ", gram)] = string(set.pack())
		}
	}
	if !maps.Equal(kept, made) {
		for name, set := range made {
			if kept[name] != set {
				d.Errorf("%q: kept %x, made of the rows %x", name, kept[name], set)
			}
		}
		d.Fatalf("%d kept, %d made of the rows", len(kept), len(made))
	}
}

// TestSearchFindsWhatIsThere: whatever is looked for, in an index that is complete, begun
// or not there, with any filter, all pages together are the orders that have it.
func TestSearchFindsWhatIsThere(t *testing.T) {
	t.Parallel()
	d := newSearched(t)
	for range 3 {
		for _, q := range []string{"99", "а-1", "А-44", "CHAT-000", "-0079", "70000017", "777", "7777", "0000", "9000104729",
			"104729", "иван", "семен", "ЁЖИКОВ ЖАН", "петров сем", "ёжи 7", "ann neil", "ли", "Петров\u00a0Иван", "нет", "%", "_", "12\n34", "\x00", strings.Repeat("chat-", 9)} {
			d.compare("2", OrderFilter{Query: q})
			d.compare("3", OrderFilter{Query: q, State: StateCancelled})
			d.compare("", OrderFilter{Query: q, Sort: SortOldest})
		}
		d.step()
	}
	if page, err := d.s.Orders(t.Context(), "2", OrderFilter{Query: "x", Cursor: "x"}); !errors.Is(err, ErrCursor) {
		t.Error(page, err)
	}
}

// TestListsOfCompanies: whatever is asked of a list, of one company or of all, in any order, the
// pages together are the orders that have it, and lead back as they came; and their number is
// known where it is told.
func TestListsOfCompanies(t *testing.T) {
	t.Parallel()
	d := newSearched(t)
	d.catchUp()
	yes, no := true, false
	from, to := time.UnixMilli(1_000_500), time.UnixMilli(2_999_500)
	for _, f := range []OrderFilter{
		{}, {State: StateNew}, {State: StateCancelled, From: from, To: to}, {From: from}, {To: to}, {To: from.Add(-1e6)},
		{Paid: &yes}, {Paid: &no}, {Paid: &yes, State: StateNew, From: from}, {Query: "а-1", Paid: &no}, {Query: "1", Paid: &yes},
		{Query: "chat-01", From: from, To: to}, {From: to, To: from}, {From: time.Now()}, {To: time.UnixMilli(1)},
	} {
		for _, f.Sort = range []Sort{sortNewest, SortOldest, SortWaiting} {
			for _, company := range []string{"2", "3", ""} {
				d.compare(company, f)
			}
			d.adds(f)
		}
	}
	for _, cursor := range []string{"x", "0", "-", "1.5", "99999999999999999999",
		"9223372036854775807", "-9223372036854775808"} {
		if page, err := d.s.Orders(t.Context(), "2", OrderFilter{Cursor: cursor}); !errors.Is(err, ErrCursor) {
			t.Errorf("%q: %v %v", cursor, page, err)
		}
	}
}

// adds checks the total of a list of all companies.
func (d *searched) adds(f OrderFilter) {
	d.Helper()
	cost := map[string]int64{}
	for _, o := range d.rows {
		cost[o.id] = o.total
	}
	want := ListTotal{}
	for _, id := range d.find("", f) {
		want.Orders, want.Hundredths = want.Orders+1, want.Hundredths+cost[id]
		if cost[id] > 0 {
			want.Priced++
		}
	}
	got, err := d.s.TotalOf(d.Context(), []string{"2", "3", "none"}, f)
	if err != nil || got != want && !(got.More && got.Orders <= want.Orders && (f.Query != "" || f.Paid != nil)) {
		d.Errorf("%+v: %+v, want %+v, %v", f, got, want, err)
	}
}

// TestSearchStaysInStep: whatever happens to orders, the index is that of the rows when it
// has caught up, and a search finds what is there before that, too. A crash is a copy of the
// files of a running store.
func TestSearchStaysInStep(t *testing.T) {
	t.Parallel()
	d := newSearched(t)
	d.catchUp()
	d.inStep()
	failed, shopIDs := errors.New("failed"), int64(900_000_000)
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.SampledFrom(d.ids).Draw(rt, "order")
		text := rapid.StringMatching("[0-9]{0,4}|[A-Za-zА-Яа-я]{3,5}").Draw(rt, "text")
		what := rapid.SampledFrom([]string{"number", "shop", "phone", "customer", "erase", "nothing", "fail"}).Draw(rt, "what")
		err := d.s.Update(t.Context(), func(tx *Tx) error {
			o, err := tx.Order(key)
			if err != nil {
				return err
			}
			switch what {
			case "number", "fail":
				o.Number = text
			case "shop":
				shopIDs++ // the shop gives none twice
				o.InSalesNumber, o.InSalesID = text, shopIDs
			case "phone":
				o.Phone = text
			case "customer":
				o.Customer = text
			case "erase":
				o.Phone, o.Customer, o.ErasedAt = "", "", time.UnixMilli(1)
				err = tx.ErasePerson(&o)
			}
			if err == nil {
				err = tx.PutOrder(&o, o.State, o.Attempt)
			}
			if what == "fail" {
				err = failed
			}
			return err
		})
		if err != nil && !errors.Is(err, failed) {
			rt.Fatal(err)
		}
		if what == "erase" {
			d.forgotten(key)
		}
		d.rows = nil
		if len(text) > 2 {
			d.compare(key.Company, OrderFilter{Query: text})
		}
		switch rapid.SampledFrom([]string{"go on", "go on", "go on", "catch up", "crash"}).Draw(rt, "then") {
		case "catch up":
			d.catchUp()
			d.inStep()
		case "crash":
			d.crash()
		}
	})
	d.catchUp()
	d.inStep()
}

// forgotten checks that nothing waits that an erased order was found by.
func (d *searched) forgotten(key OrderKey) {
	d.Helper()
	n, err := value[int](d.s.queryRow(d.Context(), `SELECT count(*) FROM search_changed JOIN orders USING (seq)
		WHERE company = ? AND chat_id = ?`, key.Company, key.ID))
	if n != 0 || err != nil {
		d.Fatal(n, err)
	}
}

// crash goes on with what a process leaves that was killed.
func (d *searched) crash() {
	d.Helper()
	path := filepath.Join(d.TempDir(), "connector.db")
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(d.path + end)
		if err == nil {
			err = os.WriteFile(path+end, data, 0o600)
		}
		if err != nil {
			d.Fatal(err)
		}
	}
	d.s.Close()
	d.path = path
	d.s = openEmpty(d.T, func(c *Config) { c.Path = path })
}

// TestErasedIsNotIndexed: what an order was found by is nowhere in the file when its person
// was erased, be it that it changed just before.
func TestErasedIsNotIndexed(t *testing.T) {
	t.Parallel()
	d := newSearched(t)
	d.catchUp()
	for _, phone := range []string{"", "9111222333"} {
		key := d.ids[100]
		do(t, d.s, func(tx *Tx) error {
			o, err := tx.Order(key)
			if err != nil || phone == "" {
				return err
			}
			o.Phone, o.Customer = phone, "Стёртый Никто"
			return tx.PutOrder(&o, o.State, o.Attempt)
		})
		do(t, d.s, func(tx *Tx) error {
			o, err := tx.Order(key)
			if err != nil {
				return err
			}
			if err := tx.ErasePerson(&o); err != nil {
				return err
			}
			o.Phone, o.Customer, o.ErasedAt = "", "", time.UnixMilli(1)
			return tx.PutOrder(&o, o.State, o.Attempt)
		})
		d.forgotten(key)
		d.inStep()
		for _, query := range []string{"9111222333", "стертый"} {
			if len(d.find(key.Company, OrderFilter{Query: query})) > 0 {
				t.Error("it is found")
			}
		}
	}
}

// TestOrdersOfBefore: orders that an older version has taken, without the customer's name beside them, are
// found by it when the writer has taken it from their bodies, and by all else before that, whatever happens
// to them meanwhile.
func TestOrdersOfBefore(t *testing.T) {
	t.Parallel()
	d := newSearched(t)
	d.catchUp()
	d.s.Close()
	describe := func(body []byte) (string, int64) {
		name, total, _ := strings.Cut(string(body), "|")
		hundredths, _ := strconv.ParseInt(total, 10, 64)
		return name, hundredths
	}
	d.s = openEmpty(t, func(c *Config) { c.Path, c.Describe = d.path, describe })
	const last = 2*blockSize + indexAfter + 300
	do(t, d.s, func(tx *Tx) error {
		if _, err := tx.exec("UPDATE orders SET customer = '', total = 0 WHERE seq % 2 = 0"); err != nil {
			return err
		}
		if _, err := tx.exec("DELETE FROM search_changed"); err != nil { // as no older version had it
			return err
		}
		for seq := int64(2); seq <= last; seq += 2 {
			o := Order{seq: seq, Body: fmt.Appendf(nil, "Мария Ёлкина %d|%d", seq, seq)}
			if err := tx.AddBody(&o); err != nil {
				return err
			}
		}
		_, err := tx.exec("INSERT INTO search_unnamed VALUES (?)", last)
		return err
	})
	d.rows = nil
	for step := 0; ; step++ {
		d.compare("", OrderFilter{Query: "chat-02"})
		key := d.ids[step*97]
		do(t, d.s, func(tx *Tx) error {
			o, err := tx.Order(key)
			if err != nil {
				return err
			}
			switch o.Number = fmt.Sprint("neu-", step); step % 3 {
			case 1:
				o.Phone, o.Customer, o.ErasedAt = "", "", time.UnixMilli(1)
				err = tx.ErasePerson(&o)
			case 2:
				o.Customer = "Новый Человек"
			}
			return errors.Join(err, tx.PutOrder(&o, o.State, o.Attempt))
		})
		d.rows = nil
		d.compare("", OrderFilter{Query: "neu-"})
		if !d.step() {
			break
		}
		d.rows = nil
	}
	d.catchUp()
	d.inStep()
	d.rows = nil
	d.compare("", OrderFilter{Query: "елкина"})
	if n := len(d.find("", OrderFilter{Query: "мария елкина"})); n < last/2-20 {
		t.Errorf("%d are found by the name", n)
	}
	if page, err := d.s.Orders(t.Context(), "2", OrderFilter{Query: "елкина 4002"}); err != nil ||
		len(page.Orders) == 0 || page.Orders[0].Total != 4002 {
		t.Errorf("%d found, %v", len(page.Orders), err)
	}
}
