package storage

import (
	"context"
	"errors"
	"time"
)

// A Cursor is a place in a shop's change feed: after the object FromID among
// those changed at UpdatedSince. It is exactly what InSales wants back.
type Cursor struct {
	UpdatedSince time.Time
	FromID       int64
}

// After reports whether c lies behind d in the feed.
func (c Cursor) After(d Cursor) bool {
	if n := c.UpdatedSince.Compare(d.UpdatedSince); n != 0 {
		return n > 0
	}
	return c.FromID > d.FromID
}

// A Feed is how far a company's change feed was read.
type Feed struct {
	Company  string
	Position Cursor // where the next tick goes on
	Floor    Cursor // where the next pass begins; zero = nothing was read yet

	// A pass that was begun and is not complete goes on at Pass. PassBegin is
	// the shop time at which it began, zero if none is under way.
	PassBegin time.Time
	Pass      Cursor

	// MaxAge is the longest max_age that the floor was ever set for: orders of
	// that age have been looked for.
	MaxAge time.Duration
}

// Rewind moves the floor back to since, unless it is there already, and drops a
// pass that has begun behind it.
func (f *Feed) Rewind(since time.Time) {
	if f.Floor.UpdatedSince.IsZero() || since.Before(f.Floor.UpdatedSince) {
		f.Floor = Cursor{UpdatedSince: since}
		f.PassBegin, f.Pass = time.Time{}, Cursor{}
	}
}

// feedColumns is the one list of columns (company stands before it in queries);
// Feed and PutFeed follow it.
const feedColumns = `position_since, position_id, floor_since, floor_id, pass_begin, pass_since, pass_id, max_age`

// Feed gives the company's feed, or one that was never read.
func (tx *Tx) Feed(company string) (Feed, error) {
	f := Feed{Company: company}
	var since, floor, begin, pass, age int64
	err := tx.queryRow("SELECT "+feedColumns+" FROM feeds WHERE company = ?", company).
		Scan(&since, &f.Position.FromID, &floor, &f.Floor.FromID, &begin, &pass, &f.Pass.FromID, &age)
	if err == ErrNotFound {
		return f, nil
	}
	f.Position.UpdatedSince, f.Floor.UpdatedSince = fromMS(since), fromMS(floor)
	f.PassBegin, f.Pass.UpdatedSince = fromMS(begin), fromMS(pass)
	f.MaxAge = time.Duration(age) * time.Millisecond
	return f, err
}

// PutFeed stores the company's feed.
func (tx *Tx) PutFeed(f Feed) error {
	if err := tx.needCompany(f.Company); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO feeds (company, `+feedColumns+`) VALUES (?, `+marksOf(feedColumns)+`)
		ON CONFLICT (company) DO UPDATE SET (`+feedColumns+`) = (`+excludedOf(feedColumns)+`)`,
		f.Company, ms(f.Position.UpdatedSince), f.Position.FromID, ms(f.Floor.UpdatedSince), f.Floor.FromID,
		ms(f.PassBegin), ms(f.Pass.UpdatedSince), f.Pass.FromID, f.MaxAge.Milliseconds())
	return err
}

// A FeedStand is how far a company's feed was read, as those see it who watch.
type FeedStand struct {
	ReadAt  time.Time // when it was last read to its end, by our clock; zero = never
	Changed time.Time // the shop's time of the last change that was read
}

// FeedStand gives how far the company's feed was read; nothing if it never was.
func (s *Store) FeedStand(ctx context.Context, company string) (FeedStand, error) {
	var read, changed int64
	err := s.queryRow(ctx, "SELECT read_at, position_since FROM feeds WHERE company = ?", company).
		Scan(&read, &changed)
	if errors.Is(err, ErrNotFound) {
		return FeedStand{}, nil
	}
	return FeedStand{fromMS(read), fromMS(changed)}, err
}

// NoteFeedRead stores when the company's feed was last read to its end.
func (tx *Tx) NoteFeedRead(company string, at time.Time) error {
	_, err := tx.exec("UPDATE feeds SET read_at = ? WHERE company = ?", ms(at), company)
	return err
}
