package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// defaultBatch bounds how many updates share one commit, and four times that
// how many may wait for one.
const defaultBatch = 256

// A pending is one update that waits for its commit.
type pending struct {
	run  func(*Tx) error
	done chan error
}

// Update runs fn in a transaction and returns nil after the commit. It may
// share the transaction with other updates, so fn can run twice: it must set
// what it returns to its caller afresh each time, and touch nothing else.
//
// An error from fn is returned and nothing of fn is kept; the others of its
// batch are not harmed. If the database itself fails (full, I/O error,
// corrupt) the error wraps ErrUnavailable, and whether anything was written is
// certain: nothing was. A ctx that ends while fn waits for its turn gives up
// the wait; once the writer has taken fn, Update waits for the outcome.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	p := &pending{run: fn, done: make(chan error, 1)}
	select {
	case <-s.quit:
		return ErrUnavailable
	default:
	}
	select {
	case s.writes <- p:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.quit:
		return ErrUnavailable
	}
	select {
	case err := <-p.done:
		return err
	case <-s.gone:
	}
	select {
	case err := <-p.done: // the writer answered before it went
		return err
	default:
		return ErrUnavailable
	}
}

// A writer owns the one connection that writes.
type writer struct {
	s    *Store
	conn *sql.Conn
	tx   *Tx
}

func newWriter(ctx context.Context, s *Store) (*writer, error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &writer{s: s, conn: conn, tx: &Tx{s: s, conn: conn, stmts: map[string]*sql.Stmt{}}}, nil
}

func (w *writer) run() {
	defer close(w.s.gone)
	defer w.close()
	batch := make([]*pending, 0, w.s.cfg.MaxBatch)
	for {
		select {
		case p := <-w.s.writes:
			batch = w.collect(append(batch[:0], p))
			w.commit(batch)
		case <-w.s.quit:
			if batch = w.collect(batch[:0]); len(batch) == 0 {
				return
			}
			w.commit(batch)
		}
	}
}

// collect adds what waits already; it does not wait for more.
func (w *writer) collect(batch []*pending) []*pending {
	for len(batch) < w.s.cfg.MaxBatch {
		select {
		case p := <-w.s.writes:
			batch = append(batch, p)
		default:
			return batch
		}
	}
	return batch
}

// commit runs the batch in one transaction. If one update fails after it has
// written something, all is rolled back and each runs in a transaction of its
// own; then the failure is only its own. A failure of the database itself is
// everybody's: nobody is told that something was kept.
func (w *writer) commit(batch []*pending) {
	if len(batch) == 1 {
		batch[0].done <- w.alone(batch[0])
		return
	}
	errs := make([]error, len(batch))
	err := w.transaction(func() error {
		for i, p := range batch {
			if errs[i] = w.call(p); errs[i] != nil && (w.tx.dirty || unavailable(errs[i])) {
				return errs[i]
			}
		}
		return nil
	})
	switch {
	case err == nil:
		for i, p := range batch {
			p.done <- errs[i]
		}
	case unavailable(err):
		w.s.cfg.Log.Error("database write failed", "err", err, "updates", len(batch))
		for _, p := range batch {
			p.done <- fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	default:
		for _, p := range batch {
			p.done <- w.alone(p)
		}
	}
}

// alone runs one update in its own transaction.
func (w *writer) alone(p *pending) error {
	err := w.transaction(func() error { return w.call(p) })
	if err != nil && unavailable(err) {
		w.s.cfg.Log.Error("database write failed", "err", err)
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// transaction runs fn between BEGIN and COMMIT. The context is the writer's
// own: no request that goes away can end a transaction that others share.
func (w *writer) transaction(fn func() error) error {
	ctx := context.Background()
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		start := time.Now()
		if _, err = w.conn.ExecContext(ctx, "COMMIT"); err == nil {
			if w.s.cfg.ObserveCommit != nil {
				w.s.cfg.ObserveCommit(time.Since(start))
			}
			return nil
		}
	}
	// SQLite rolls some failures back by itself; then there is nothing left to
	// roll back, which is an error that says nothing new.
	_, _ = w.conn.ExecContext(ctx, "ROLLBACK")
	return err
}

// call runs one update. A panic in it is its error: the other updates of the
// process must go on.
func (w *writer) call(p *pending) (err error) {
	defer func() {
		if r := recover(); r != nil {
			w.tx.dirty = true
			err = fmt.Errorf("panic in a database update: %v", r)
			w.s.cfg.Log.Error("panic in a database update", "panic", r, "stack", string(debug.Stack()))
		}
	}()
	w.tx.dirty = false
	return p.run(w.tx)
}

func (w *writer) close() {
	for _, st := range w.tx.stmts {
		_ = st.Close()
	}
	_ = w.conn.Close()
}

// A Tx is what an update may do. It is valid only inside its Update.
type Tx struct {
	s     *Store
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	dirty bool // the running update has written something
}

// stmt prepares each query once; the queries of this package are few and fixed.
func (tx *Tx) stmt(query string) (*sql.Stmt, error) {
	if st, ok := tx.stmts[query]; ok {
		return st, nil
	}
	st, err := tx.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	tx.stmts[query] = st
	return st, nil
}

// exec runs a statement that writes and returns the number of rows it changed.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	st, err := tx.stmt(query)
	if err != nil {
		return 0, err
	}
	tx.dirty = true
	res, err := st.Exec(args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// row runs a query for one row; without one scan gives ErrNotFound.
func (tx *Tx) row(scan func(scanner) error, query string, args ...any) error {
	st, err := tx.stmt(query)
	if err != nil {
		return err
	}
	return notFound(scan(st.QueryRow(args...)))
}

// A scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
