package storage

import "context"

// CountTo is up to where the orders of a list are counted, and summed, by looking at them.
const CountTo = mostLooks

// A ListTotal is how many orders a list has and what they cost.
type ListTotal struct {
	Orders     int
	More       bool  // there may be more than these: so many were found in what is looked at for one answer
	Hundredths int64 // of all of them together; 0 if More, or if they are too many to be looked at
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

// totalListed is the total of a list of which no more is read than CountTo orders, and one.
func (s *Store) totalListed(ctx context.Context, l orderList) (out ListTotal, err error) {
	cond, args := l.where()
	for _, company := range l.companies {
		for _, state := range l.states() {
			of := append(append([]any{company}, stateArgs(state)...), args...)
			of = append(of, l.rows.from, l.rows.to, CountTo+1-out.Orders)
			var n int
			var sum int64
			if err := s.queryRow(ctx, l.totals(state, cond), of...).Scan(&n, &sum); err != nil {
				return out, err
			}
			if out.Orders += n; out.Orders > CountTo {
				return ListTotal{Orders: CountTo, More: true}, nil
			}
			out.Hundredths += sum
		}
	}
	return out, nil
}

// totals is the query of how many orders of one company in one state, "" for all, are in the list, and what
// they cost.
func (l orderList) totals(state State, cond string) string {
	return "SELECT count(*), coalesce(sum(total), 0) FROM (" + l.selects("total", state, cond) + ")"
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

// totalFound is the total of what a search finds among the orders that it looks at for one page.
func (s *Store) totalFound(ctx context.Context, l orderList) (ListTotal, error) {
	w := s.newWalk(l, CountTo+1)
	if err := w.walk(ctx); err != nil {
		return ListTotal{}, err
	}
	if !w.ended() {
		return ListTotal{Orders: len(w.found), More: true}, nil
	}
	return ListTotal{Orders: len(w.found), Hundredths: w.total}, nil
}
