package storage

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
)

// Every query of this package is read by what stands here: one row by queryRow,
// many by each or collect, and a list that people leaf through by page.

// query runs a query that reads. Each is prepared once for each connection: the
// queries of this package are few and fixed, and SQLite spends more time on
// parsing one than on running it.
func (s *Store) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// queryRow is query for one row.
func (s *Store) queryRow(ctx context.Context, query string, args ...any) row {
	st, err := s.prepared(ctx, query)
	if err != nil {
		return row{err: err}
	}
	return row{row: st.QueryRowContext(ctx, args...)}
}

func (s *Store) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.stmts.Load(query); ok {
		return st.(*sql.Stmt), nil
	}
	st, err := s.read.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if other, loaded := s.stmts.LoadOrStore(query, st); loaded {
		return other.(*sql.Stmt), st.Close()
	}
	return st, nil
}

// query is [Store.query] on the connection that writes: it sees what the update
// has written so far.
func (tx *Tx) query(query string, args ...any) (*sql.Rows, error) {
	st, err := tx.stmt(query)
	if err != nil {
		return nil, err
	}
	return st.Query(args...)
}

// queryRow is query for one row.
func (tx *Tx) queryRow(query string, args ...any) row {
	st, err := tx.stmt(query)
	if err != nil {
		return row{err: err}
	}
	return row{row: st.QueryRow(args...)}
}

// A scanner is a row, or the rows that each is at.
type scanner interface{ Scan(dest ...any) error }

// A row is what a query for one row has found, or why it could not be run.
type row struct {
	row *sql.Row
	err error
}

// Scan fails with ErrNotFound if there is no such row.
func (r row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	err := r.row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// each calls scan at every row of what a query gave, and closes it. An error of
// the query, of scan or of the reading itself ends it and is returned.
func each(rows *sql.Rows, err error, scan func(scanner) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// collect gives what scan makes of every row, in their order, or nothing and the
// first error.
func collect[T any](rows *sql.Rows, err error, scan func(scanner) (T, error)) ([]T, error) {
	var list []T
	err = each(rows, err, func(r scanner) error {
		v, err := scan(r)
		if err == nil {
			list = append(list, v)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// value scans a row of one column.
func value[T any](r scanner) (v T, err error) {
	err = r.Scan(&v)
	return v, err
}

// page gives one page of a list that stands newest first, and the cursor of the
// page behind it, which is empty on the last. What a cursor holds is the place of
// the last entry that was given, so that entries that are added meanwhile move
// nothing. The list is read by read: at most so many of what stands before a
// place. It fails with ErrCursor if the cursor is none that it gave.
func page[T any](
	cursor string, limit int, place func(T) int64, read func(before int64, limit int) ([]T, error),
) (list []T, next string, err error) {
	before, err := placeOf(cursor)
	if err != nil {
		return nil, "", err
	}
	list, err = read(before, limit+1) // the one too many tells whether there is more
	if err != nil {
		return nil, "", err
	}
	if len(list) > limit {
		list = list[:limit]
		next = strconv.FormatInt(place(list[limit-1]), 10)
	}
	return list, next, nil
}

// placeOf is where a page begins that a cursor leads to: before this place.
func placeOf(cursor string) (int64, error) {
	if cursor == "" {
		return math.MaxInt64, nil
	}
	before, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		return 0, ErrCursor
	}
	return before, nil
}

// countBy reads rows of a key and how many have it.
func countBy[K comparable](rows *sql.Rows, err error) (map[K]int, error) {
	counts := map[K]int{}
	err = each(rows, err, func(r scanner) error {
		var key K
		var n int
		err := r.Scan(&key, &n)
		counts[key] = n
		return err
	})
	return counts, err
}
