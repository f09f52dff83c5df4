package storage

import (
	"context"
	"math"
	"strings"
	"time"
)

// CountTo is up to where the orders of a list are counted, and summed, by looking at them.
const CountTo = 5000

// A ListTotal is how many orders a list has and what they cost.
type ListTotal struct {
	Orders     int   // one more than CountTo stands for all that is more
	More       bool  // there may be more than these: so many were found in what is looked at for one answer
	Hundredths int64 // of all of them together; 0 if More, or if they are too many to be looked at
	Priced     int   // of these, how many say what they cost; as Hundredths
}

// TotalOf tells how many orders a list of companies has and what they cost, without looking at more than
// CountTo of them: so it is quick however many there are, and may not know.
func (s *Store) TotalOf(ctx context.Context, companies []string, f OrderFilter) (ListTotal, error) {
	all, err := s.stretchOf(ctx, f)
	if err != nil {
		return ListTotal{}, err
	}
	l := orderList{companies: companies, OrderFilter: f, rows: all}
	if f.Query != "" || f.Paid != nil {
		return s.totalFound(ctx, l)
	}
	if n, known, err := s.tallied(ctx, l); err != nil || known && n > CountTo {
		return ListTotal{Orders: n}, err
	}
	return s.totalListed(ctx, l)
}

// totalListed is the total of a list of which no more is read than CountTo orders, and some. Their rows are
// gathered by the index of each company, and then read in the order in which they stand in the file.
func (s *Store) totalListed(ctx context.Context, l orderList) (out ListTotal, err error) {
	from, to := int64(0), int64(math.MaxInt64)
	if !l.From.IsZero() {
		from = ms(l.From)
	}
	if !l.To.IsZero() {
		to = ms(l.To)
	}
	asked := l.OrderFilter
	l.From, l.To = time.Time{}, time.Time{} // which say little more than the rows
	rows, more, err := s.gathered(ctx, l)
	if err != nil {
		return out, err
	}
	if more {
		if l.rows, err = s.within(ctx, asked); err != nil {
			return out, err
		}
		if _, sure, err := s.gathered(ctx, l); err != nil || sure { // and no need to look at them
			return ListTotal{Orders: CountTo + 1, More: true}, err
		}
	}
	err = s.queryRow(ctx, `SELECT count(*), coalesce(sum(total), 0), count(nullif(total, 0)) FROM orders NOT INDEXED
		WHERE seq IN (SELECT value FROM json_each(?)) AND accepted_at >= ? AND accepted_at < ?`, rows, from, to).
		Scan(&out.Orders, &out.Hundredths, &out.Priced)
	if more || out.Orders > CountTo {
		return ListTotal{Orders: min(out.Orders, CountTo+1), More: true}, err
	}
	return out, err
}

// within is the rows that are in the filter's time whatever our clock may have said.
func (s *Store) within(ctx context.Context, f OrderFilter) (stretch, error) {
	if !f.From.IsZero() {
		f.From = f.From.Add(2 * clockError)
	}
	if !f.To.IsZero() {
		f.To = f.To.Add(-2 * clockError)
	}
	return s.stretchOf(ctx, f)
}

// gathered gives the rows of a list as a list in JSON, and whether there are more.
func (s *Store) gathered(ctx context.Context, l orderList) (rows string, more bool, err error) {
	var all []string
	cond, args := l.where()
	left := CountTo + CountTo/8 // more than CountTo, for those near the ends of a time
	for _, company := range l.companies {
		for _, state := range l.states() {
			of := append(append([]any{company}, stateArgs(state)...), args...)
			of = append(of, l.rows.from, l.rows.to, left)
			var n int
			if err := s.queryRow(ctx, l.gathers(state, cond), of...).Scan(&n, &rows); err != nil {
				return "", false, err
			}
			if n > 0 {
				all = append(all, rows[1:len(rows)-1])
			}
			if left -= n; left == 0 {
				return "[" + strings.Join(all, ",") + "]", true, nil
			}
		}
	}
	return "[" + strings.Join(all, ",") + "]", false, nil
}

// gathers is the query of how many orders of one company in one state, "" for all, are in the list, and which.
func (l orderList) gathers(state State, cond string) string {
	return "SELECT count(*), json_group_array(seq) FROM (" + l.selects(state, cond) + ")"
}

// tallied is how many orders a list has if their number is kept.
func (s *Store) tallied(ctx context.Context, l orderList) (n int, known bool, err error) {
	if l.index("") != "orders_newest" || l.Test != nil || !l.From.IsZero() || !l.To.IsZero() {
		return 0, false, nil
	}
	states := l.states()
	n, err = value[int](s.queryRow(ctx, `SELECT coalesce(sum(n), 0) FROM order_counts
		WHERE company IN (SELECT value FROM json_each(?1))
		AND (?2 = '[""]' OR state IN (SELECT value FROM json_each(?2)))`, toJSON(&l.companies), toJSON(&states)))
	return n, true, err
}

// totalFound is the total of what a search finds among half of the orders that it looks at for a page.
func (s *Store) totalFound(ctx context.Context, l orderList) (ListTotal, error) {
	w := s.newWalk(l, CountTo+1)
	w.looks, w.perBlock = mostLooks/2, 30
	if err := w.walk(ctx); err != nil {
		return ListTotal{}, err
	}
	if !w.ended() {
		return ListTotal{Orders: len(w.found), More: true}, nil
	}
	return ListTotal{Orders: len(w.found), Hundredths: w.total, Priced: w.priced}, nil
}
