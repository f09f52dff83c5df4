package order

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ineed-insales/storage"
)

// designTable is the table "One order" of the design, in its order: from -> to :
// cause. A dash is an order that is not known yet. It differs in two places:
// "any but sent" leaves out test orders, which no marker names, and an order
// known by its payment alone can be cancelled too, else it would leave although
// the chat has said that it must not.
const designTable = `
- -> new                                               : accepted
- -> test                                              : accepted test
- -> expected                                          : paid first
- -> cancelled                                         : cancelled first
expected -> new                                        : accepted
-, expected, new, sending, attention, cancelled -> sent: adopted
new -> sending                                         : intent
new -> attention                                       : unfit
sending -> sent                                        : created
sending -> new                                         : not delivered, absent
sending -> attention                                   : refused, absent too often, look-alike, not proven, account left
attention -> new                                       : retried
attention, new -> sent                                 : linked
expected, new, attention, sending -> cancelled         : cancelled
cancelled -> new                                       : retried
`

// A step is what the table is looked up by.
type step struct {
	from storage.State
	on   cause
}

// designRows expands the design's table.
func designRows(t *testing.T) map[step]storage.State {
	t.Helper()
	rows := map[step]storage.State{}
	for line := range strings.Lines(strings.TrimSpace(designTable)) {
		from, rest, ok1 := strings.Cut(line, "->")
		to, causes, ok2 := strings.Cut(rest, ":")
		if !ok1 || !ok2 {
			t.Fatalf("not a row: %q", line)
		}
		for f := range strings.SplitSeq(from, ",") {
			for c := range strings.SplitSeq(causes, ",") {
				s := step{storage.State(strings.Trim(f, " -")), cause(strings.TrimSpace(c))}
				if _, twice := rows[s]; twice {
					t.Fatalf("%q in state %q stands twice in the design", s.on, s.from)
				}
				rows[s] = storage.State(strings.TrimSpace(to))
			}
		}
	}
	return rows
}

// causesOf lists the causes of a table.
func causesOf(rows map[step]storage.State) []cause {
	set := map[cause]bool{}
	for s := range rows {
		set[s.on] = true
	}
	return slices.Sorted(maps.Keys(set))
}

func TestMachineIsTheDesign(t *testing.T) {
	design, ours := designRows(t), map[step]storage.State{}
	for _, row := range machine() {
		s := step{row.from, row.on}
		if _, twice := ours[s]; twice {
			t.Errorf("%q in state %q stands twice", s.on, s.from)
		}
		ours[s] = row.to
		if want, ok := design[s]; !ok || want != row.to {
			t.Errorf("%q in state %q leads to %q, the design says %q", s.on, s.from, row.to, want)
		}
	}
	for s, want := range design {
		if _, ok := ours[s]; !ok {
			t.Errorf("%q in state %q is missing: the design says %q", s.on, s.from, want)
		}
	}
}

func TestMachineReachesEveryState(t *testing.T) {
	reached := map[storage.State]bool{none: true}
	for before := 0; before != len(reached); {
		before = len(reached)
		for _, row := range machine() {
			if reached[row.from] {
				reached[row.to] = true
			}
		}
	}
	for _, s := range storage.States() {
		if !reached[s] {
			t.Errorf("no way leads to %q", s)
		}
		delete(reached, s)
	}
	if delete(reached, none); len(reached) > 0 {
		t.Errorf("storage does not know %v", reached)
	}
}

// What is not in the table cannot happen.
func TestMachineRefusesTheRest(t *testing.T) {
	design := designRows(t)
	causes := append(causesOf(design), "", "unheard of")
	for _, from := range append(storage.States(), none, "unheard of") {
		for _, on := range causes {
			want, allowed := design[step{from, on}]
			if to, ok := next(from, on); ok != allowed || to != want {
				t.Errorf("%q in state %q: got %q, %v; want %q, %v", on, from, to, ok, want, allowed)
			}
		}
	}
}

// openStore opens a real store in a folder of the test's own, with company 2.
func openStore(t *testing.T) *storage.Store {
	t.Helper()
	s, err := storage.Open(t.Context(), storage.Config{
		Path: filepath.Join(t.TempDir(), "connector.db"), SecretKey: []byte(strings.Repeat("k", 32))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Update(t.Context(), func(tx *storage.Tx) error {
		return tx.PutCompany(&storage.Company{ID: "2"})
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// addOrder stores a new order.
func addOrder(t testing.TB, s *storage.Store, o storage.Order) storage.Order {
	t.Helper()
	err := s.Update(t.Context(), func(tx *storage.Tx) error {
		added, err := tx.AddOrder(&o, storage.Event{At: time.Now(), Kind: storage.EventReceived})
		if err == nil && !added {
			err = fmt.Errorf("order %s exists", o.Key)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A life is one stored order and what the model, which is the design's table,
// believes of it.
type life struct {
	store  *storage.Store
	t      testing.TB
	rows   map[step]storage.State
	causes []cause
	key    storage.OrderKey

	state   storage.State
	attempt int
	number  string // changes with every step, to tell whether anything was written
	events  int
	copies  []storage.Order // the order as it was read at some time
}

// born stores the order as one of the causes that need no order would.
func (l *life) born(rt *rapid.T) {
	var first []cause
	for s := range l.rows {
		if s.from == none {
			first = append(first, s.on)
		}
	}
	slices.Sort(first)
	l.state = l.rows[step{none, rapid.SampledFrom(first).Draw(rt, "first")}]
	l.events = 1
	l.copies = []storage.Order{addOrder(l.t, l.store, storage.Order{Key: l.key, State: l.state})}
}

// draw chooses any cause, and one that the table allows more often than chance
// would.
func (l *life) draw(rt *rapid.T) cause {
	list := slices.Clone(l.causes)
	for _, c := range l.causes {
		if _, ok := l.rows[step{l.state, c}]; ok {
			list = append(list, c, c, c, c, c)
		}
	}
	return rapid.SampledFrom(list).Draw(rt, "cause")
}

// A trial is one change of the order and what the table makes of it. It begins
// with what was seen at some time, nil stands for the row as it is.
type trial struct {
	seen    *storage.Order
	to      storage.State
	attempt int
	allowed bool
	unknown bool // to the table, so that not even the caller's order moves
	run     func(*storage.Tx, *storage.Order, storage.Event) error
}

// trial is one that does not move the order.
func (l *life) trial(seen *storage.Order) trial {
	if seen == nil {
		return trial{to: l.state, attempt: l.attempt, allowed: true}
	}
	// Whether the row has gone through a circle meanwhile is not noticed, and
	// need not be: whoever changes an order reads it in the same update.
	same := seen.State == l.state && seen.Attempt == l.attempt
	return trial{seen: seen, to: seen.State, attempt: seen.Attempt, allowed: same}
}

// move lets a cause act on the order.
func (l *life) move(rt *rapid.T, seen *storage.Order) {
	on, try := l.draw(rt), l.trial(seen)
	try.run = func(tx *storage.Tx, o *storage.Order, e storage.Event) error { return move(tx, o, on, e) }
	if to, ok := l.rows[step{try.to, on}]; ok {
		try.to = to
	} else {
		try.allowed, try.unknown = false, true
	}
	if on == causeIntent && !try.unknown {
		try.attempt++
	}
	l.attend(rt, try)
}

// put changes the order without moving it.
func (l *life) put(rt *rapid.T, seen *storage.Order) {
	try := l.trial(seen)
	try.run = func(tx *storage.Tx, o *storage.Order, e storage.Event) error { return put(tx, o, e) }
	l.attend(rt, try)
}

// attend carries the trial out and holds the outcome against the model.
func (l *life) attend(rt *rapid.T, try trial) {
	var o storage.Order
	number := fmt.Sprintf("step %d", l.events)
	err := l.store.Update(l.t.Context(), func(tx *storage.Tx) (err error) {
		if try.seen != nil {
			o = *try.seen
		} else if o, err = tx.Order(l.key); err != nil {
			return err
		}
		o.Number = number
		return try.run(tx, &o, storage.Event{At: time.Now(), Kind: storage.EventSeen})
	})
	switch {
	case !try.allowed && !errors.Is(err, storage.ErrStale):
		rt.Fatalf("it is not refused as stale: %v", err)
	case try.allowed && err != nil:
		rt.Fatal(err)
	case !try.allowed && !try.unknown:
		return // the caller gives up its copy
	case o.State != try.to || o.Attempt != try.attempt:
		rt.Fatalf("the caller's order is %q, attempt %d; want %q, %d", o.State, o.Attempt, try.to, try.attempt)
	}
	if !try.allowed {
		return
	}
	l.state, l.attempt, l.number = try.to, try.attempt, number
	l.events++
	l.copies = append(l.copies, o)
}

// older chooses a copy from any time.
func (l *life) older(rt *rapid.T) *storage.Order {
	o := l.copies[rapid.IntRange(0, len(l.copies)-1).Draw(rt, "copy")]
	return &o
}

// check compares the row with the model: what was refused has written nothing.
func (l *life) check(rt *rapid.T) {
	o, err := l.store.Order(l.t.Context(), l.key)
	if err != nil {
		rt.Fatal(err)
	}
	if o.State != l.state || o.Attempt != l.attempt || o.Number != l.number {
		rt.Fatalf("the row is %q, attempt %d, %q; the model says %q, %d, %q", o.State, o.Attempt, o.Number, l.state,
			l.attempt, l.number)
	}
	events, err := l.store.Events(l.t.Context(), l.key)
	if err != nil || len(events) != min(l.events, 200) { // a history is bounded
		rt.Fatalf("%d events, want %d (%v)", len(events), l.events, err)
	}
}

// Whatever causes come in whatever order, an order's row follows the table, and
// who read it before it moved cannot change it any more.
func TestMachineOnAStore(t *testing.T) {
	store, rows, n := openStore(t), designRows(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		l := &life{store: store, t: t, rows: rows, causes: causesOf(rows),
			key: storage.OrderKey{Company: "2", ID: fmt.Sprintf("M-%d", n)}}
		l.born(rt)
		rt.Repeat(map[string]func(*rapid.T){
			"":           l.check,
			"move":       func(rt *rapid.T) { l.move(rt, nil) },
			"move again": func(rt *rapid.T) { l.move(rt, nil) },
			"move stale": func(rt *rapid.T) { l.move(rt, l.older(rt)) },
			"put":        func(rt *rapid.T) { l.put(rt, nil) },
			"put stale":  func(rt *rapid.T) { l.put(rt, l.older(rt)) },
		})
	})
}
