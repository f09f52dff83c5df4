package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// How everything is written.
//
// SQLite takes one writer at a time, and a commit that survives a power cut costs
// an fsync, which is nearly all that a small write costs. So one goroutine writes.
// Update puts its function into a queue. The writer takes what waits by then, runs
// it in one transaction, commits once and answers all. While it commits, the next
// batch gathers by itself: under load many share an fsync, and without load nobody
// waits for company.
//
// Those who share a transaction must not feel each other. A function that fails
// before it has written anything leaves nothing behind, and the batch goes on
// without it. One that fails after it has written has spoiled the transaction: all
// of it is rolled back, and each function runs once more in a transaction of its
// own. That is why a function that is given to Update may run twice. If the
// database itself fails, everybody is told so, because nothing was kept.
//
// A crash before the end of COMMIT leaves nothing of a batch, and nobody was
// answered. A crash after it leaves everything, and some may not have been
// answered: whoever got no answer does not know, and has to look.

// defaultBatch bounds how many updates share one commit, and four times that
// how many may wait for one.
const defaultBatch = 256

// A pending is one update that waits for its commit.
type pending struct {
	run    func(*Tx) error
	done   chan error
	origin Origin // of the context
	news   []news // what the log is told once it is committed
	grows  bool   // it has to leave the last room on the disk to others
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
	return s.update(ctx, false, fn)
}

// Add is Update for what comes anew: an order, a request that is about to leave,
// what is read of a catalog. It fails with ErrFull while the disk has little room,
// and with ErrLost if the file is not there any more; what has become of the
// orders that are in the shop can still be written then.
func (s *Store) Add(ctx context.Context, fn func(*Tx) error) error {
	return s.update(ctx, true, fn)
}

// Tidy is Update for what can wait: fn has a transaction of its own, which begins
// when nothing else is to be written. It must be short, because whoever comes
// meanwhile has to wait for it.
func (s *Store) Tidy(ctx context.Context, fn func(*Tx) error) error {
	return s.submit(ctx, s.chores, &pending{run: fn, done: make(chan error, 1)})
}

func (s *Store) update(ctx context.Context, grows bool, fn func(*Tx) error) error {
	return s.submit(ctx, s.writes, &pending{run: fn, done: make(chan error, 1), grows: grows})
}

// submit waits for the turn of an update, and for its commit.
func (s *Store) submit(ctx context.Context, turn chan<- *pending, p *pending) error {
	p.origin, _ = ctx.Value(originKey{}).(Origin)
	select {
	case <-s.quit:
		return ErrUnavailable
	default:
	}
	select {
	case turn <- p:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.quit:
		return ErrUnavailable
	}
	err := s.outcome(p)
	if err == nil {
		// Here and not in the writer: a log that nobody reads must not stop it.
		tell(s.cfg.Log, p.news)
	}
	return err
}

// outcome waits for what the writer says of an update.
func (s *Store) outcome(p *pending) error {
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

	merge  <-chan time.Time // when the log is merged next; nil = there is nothing in it
	shrink <-chan time.Time // when the file gives back the next pages; nil = it has none to give

	index    <-chan time.Time // when the next orders are indexed for the search; nil = none wait for it
	indexing time.Time        // since when an older version's wait; zero = they do not

	shrinks bool // the file is of the kind that can

	kept    int            // updates that were committed since the log was last copied beside
	copying sync.Mutex     // held while the log is copied, beside or by the writer
	beside  sync.WaitGroup // what copies it beside
}

func newWriter(ctx context.Context, s *Store) (*writer, error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	tx := &Tx{s: s, conn: conn, stmts: map[string]*sql.Stmt{}, came: newCame()}
	return &writer{s: s, conn: conn, tx: tx, shrinks: canShrink(ctx, conn)}, nil
}

func (w *writer) run() {
	defer close(w.s.gone)
	defer w.close()
	batch := make([]*pending, 0, w.s.cfg.MaxBatch)
	w.lookForBlocks()
	for {
		chores, shrink, index := w.s.chores, w.shrink, w.index
		if len(w.s.writes) > 0 { // what can wait does
			chores, shrink, index = nil, nil, nil
		}
		select {
		case p := <-w.s.writes:
			batch = w.gather(append(batch[:0], p))
			w.commit(batch)
			w.copyLog(len(batch))
		case p := <-chores:
			w.commit(append(batch[:0], p))
		case <-w.merge:
			w.mergeLog()
		case <-shrink:
			w.giveBack()
		case <-index:
			w.catchUp()
		case <-w.s.quit:
			if batch = w.gather(batch[:0]); len(batch) == 0 {
				return
			}
			w.commit(batch)
		}
	}
}

// gather adds what waits already. It does not wait for more, but as long as more comes it
// lets those go first who could add something now: the busier the machine is, the more of them
// share the commit.
func (w *writer) gather(batch []*pending) []*pending {
	for more := true; more; {
		before := len(batch)
		runtime.Gosched()
		for len(batch) < w.s.cfg.MaxBatch && len(w.s.writes) > 0 { // nobody else takes from it
			batch = append(batch, <-w.s.writes)
		}
		more = len(batch) > before
	}
	return batch
}

// commit runs the batch in one transaction. If one update fails after it has
// written something, all is rolled back and each runs in a transaction of its
// own; then the failure is only its own. A failure of the database itself is
// everybody's: nobody is told that something was kept. If the disk was full, what
// does not add to it is tried again with the room that was spared.
func (w *writer) commit(batch []*pending) {
	if len(batch) == 1 {
		batch[0].done <- w.alone(batch[0])
		return
	}
	large := slices.ContainsFunc(batch, func(p *pending) bool { return p.grows })
	if large {
		if err := w.s.Takes(); err != nil {
			w.refuse(batch, err)
			return
		}
	}
	errs := make([]error, len(batch))
	err := w.transaction(large, func() error {
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
	case unavailable(err) && !w.makeRoom(err):
		w.failed(err, len(batch))
		for _, p := range batch {
			p.done <- unwritten(err)
		}
	default:
		for _, p := range batch {
			p.done <- w.alone(p)
		}
	}
}

// refuse answers what comes anew, which may not be taken now, and commits the others.
func (w *writer) refuse(batch []*pending, err error) {
	rest := slices.DeleteFunc(batch, func(p *pending) bool {
		if p.grows {
			p.done <- err
		}
		return p.grows
	})
	if len(rest) > 0 {
		w.commit(rest)
	}
}

// alone runs one update in its own transaction.
func (w *writer) alone(p *pending) error {
	if p.grows {
		if err := w.s.Takes(); err != nil {
			return err
		}
	}
	try := func() error { return w.transaction(p.grows, func() error { return w.call(p) }) }
	err := try()
	if w.makeRoom(err) && !p.grows {
		err = try()
	}
	if err == nil || !unavailable(err) {
		return err
	}
	w.failed(err, 1)
	return unwritten(err)
}

// makeRoom gives up the room that was spared if that is what a write failed for,
// and lets the log begin anew where it stands. Each outcome needs many times its
// own size in the log, so that is worth more.
func (w *writer) makeRoom(err error) bool {
	if !noRoom(err) {
		return false
	}
	w.s.spare.giveBack()
	w.s.health.poke()
	w.mergeLog()
	return true
}

// unwritten is what is told of a failure of the database.
func unwritten(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func (w *writer) failed(err error, updates int) {
	if errors.Is(err, ErrLost) {
		w.s.health.poke() // it is over when the file is back
	} else {
		w.s.health.wrote(err, false)
	}
	w.s.cfg.Log.Error("database write failed", "err", err, "updates", updates, "do", Remedy(err))
}

// transaction runs fn between BEGIN and COMMIT. The context is the writer's
// own: no request that goes away can end a transaction that others share. What
// was committed to a file that nobody will find again was not kept.
func (w *writer) transaction(large bool, fn func() error) error {
	if _, err := w.tx.run("BEGIN IMMEDIATE", nil); err != nil {
		return err
	}
	w.tx.erased = false
	w.tx.came.forget()
	err := fn()
	if err == nil {
		err = w.tx.countCame()
	}
	if err == nil && w.tx.erased {
		err = w.tx.unindexErased()
	}
	if err == nil {
		start := time.Now()
		if _, err = w.tx.run("COMMIT", nil); err == nil {
			if w.s.cfg.ObserveCommit != nil {
				w.s.cfg.ObserveCommit(time.Since(start))
			}
			return w.committed(large)
		}
	}
	// SQLite rolls some failures back by itself; then there is nothing left to
	// roll back, which is an error that says nothing new.
	_, _ = w.conn.ExecContext(context.Background(), "ROLLBACK")
	return err
}

func (w *writer) committed(large bool) error {
	if err := w.s.filesLost(); err != nil {
		return err
	}
	w.s.health.wrote(nil, large)
	if w.tx.erased {
		w.mergeLog()
	} else if w.merge == nil {
		w.merge = time.After(mergeEvery)
	}
	return nil
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
	w.tx.dirty, w.tx.origin, w.tx.news = false, p.origin, nil
	err = p.run(w.tx)
	p.news = w.tx.news
	return err
}

func (w *writer) close() {
	w.beside.Wait()
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

	came   came   // what the running transaction has added
	erased bool   // the running transaction has erased a person: the log is not to have it either
	news   []news // of the running update
	origin Origin // likewise
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
	res, err := tx.run(query, args)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// insert runs a statement that adds at most one row, and gives its number if it did.
func (tx *Tx) insert(query string, args ...any) (seq int64, added bool, err error) {
	res, err := tx.run(query, args)
	if err != nil {
		return 0, false, err
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return 0, false, err
	}
	seq, err = res.LastInsertId()
	return seq, err == nil, err
}

func (tx *Tx) run(query string, args []any) (sql.Result, error) {
	st, err := tx.stmt(query)
	if err != nil {
		return nil, err
	}
	tx.dirty = true
	return st.Exec(args...)
}
