package storage

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"
)

// ActorStranger is what a [JournalFilter] calls an actor who is nobody of ours.
const ActorStranger = "stranger"

// A JournalFilter selects entries of the journal. Zero fields select everything.
type JournalFilter struct {
	Company string
	Actor   string // as an entry has it, or ActorStranger
	Kind    string
	From    time.Time // then or later
	To      time.Time // before
	Cursor  string    // Next or Prev of another page
	Limit   int       // 1..200, 0 = 50
}

// A JournalPage is one page of the journal, the newest first.
type JournalPage struct {
	Entries []Entry
	Next    string // empty on the last page
	Prev    string // empty on the first page
}

// Journal gives a page of the journal. What a filter names is found by its index; of days the rows
// are looked at, of which there are never many. A cursor holds the place of an entry that was
// given, negative if it leads back, so that entries that are added meanwhile move nothing. It
// fails with ErrCursor if the cursor is none that it gave.
func (s *Store) Journal(ctx context.Context, f JournalFilter) (out JournalPage, err error) {
	limit := min(max(f.Limit, 0), 200)
	if limit == 0 {
		limit = 50
	}
	at, back := int64(math.MaxInt64), false
	if f.Cursor != "" {
		at, err = strconv.ParseInt(f.Cursor, 10, 64)
		if err != nil || at == 0 || at == math.MinInt64 {
			return out, ErrCursor
		}
		at, back = max(at, -at), at < 0
	}
	query, args := f.selects(back)
	rows, err := s.query(ctx, query, append(append([]any{at}, args...), limit+1)...)
	list, err := collect(rows, err, scanEntry)
	if err != nil {
		return out, err
	}
	more := len(list) > limit // the one too many tells
	list = list[:min(len(list), limit)]
	if back && !more { // the journal's beginning, which is given whole
		f.Cursor = ""
		return s.Journal(ctx, f)
	}
	if back {
		slices.Reverse(list)
	}
	out.Entries = list
	if len(list) == 0 {
		return out, nil
	}
	if more || back {
		out.Next = strconv.FormatInt(list[len(list)-1].seq, 10)
	}
	if f.Cursor != "" {
		out.Prev = strconv.FormatInt(-list[0].seq, 10)
	}
	return out, nil
}

// selects is the query of a page that begins behind a row, or ends before it. Its arguments stand
// between that row and the limit.
func (f JournalFilter) selects(back bool) (query string, args []any) {
	query = "SELECT seq, " + journalColumns + " FROM journal WHERE seq < ?"
	if back {
		query = "SELECT seq, " + journalColumns + " FROM journal WHERE seq > ?"
	}
	with := func(condition string, arg any) {
		query += " AND " + condition
		args = append(args, arg)
	}
	if f.Company != "" {
		with("company = ?", f.Company)
	}
	switch f.Actor {
	case "":
	case ActorStranger:
		with("actor = ?", "")
	default:
		with("actor = ?", f.Actor)
	}
	if f.Kind != "" {
		with("kind = ?", f.Kind)
	}
	if !f.From.IsZero() {
		with("at >= ?", ms(f.From))
	}
	if !f.To.IsZero() {
		with("at < ?", ms(f.To))
	}
	query += " ORDER BY seq"
	if !back {
		query += " DESC"
	}
	return query + " LIMIT ?", args
}

// maxNames bounds how many actors, companies or kinds Journalled gives of each.
const maxNames = 500

// A Journalled is what entries of the journal can be chosen by.
type Journalled struct{ Actors, Companies, Kinds []string }

// Journalled gives who and what the journal names, each sorted. Each is read by leaps over an index.
func (s *Store) Journalled(ctx context.Context) (out Journalled, err error) {
	read := func(query string) (list []string) {
		if err != nil {
			return nil
		}
		rows, wrong := s.query(ctx, query, maxNames)
		list, err = collect(rows, wrong, value[string])
		return list
	}
	out.Actors = read(`WITH RECURSIVE names (name) AS (SELECT min(actor) FROM journal UNION ALL
		SELECT (SELECT min(actor) FROM journal WHERE actor > name) FROM names WHERE name IS NOT NULL)
		SELECT name FROM names WHERE name IS NOT NULL LIMIT ?`)
	out.Companies = read(`WITH RECURSIVE names (name) AS (SELECT min(company) FROM journal UNION ALL
		SELECT (SELECT min(company) FROM journal WHERE company > name) FROM names WHERE name IS NOT NULL)
		SELECT name FROM names WHERE name IS NOT NULL LIMIT ?`)
	out.Kinds = read(`WITH RECURSIVE names (name) AS (SELECT min(kind) FROM journal UNION ALL
		SELECT (SELECT min(kind) FROM journal WHERE kind > name) FROM names WHERE name IS NOT NULL)
		SELECT name FROM names WHERE name IS NOT NULL LIMIT ?`)
	return out, err
}
