package storage

import (
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

const feedColumns = `position_since, position_id, floor_since, floor_id, pass_begin, pass_since, pass_id, max_age`

// Feed gives the company's feed, or one that was never read.
func (tx *Tx) Feed(company string) (Feed, error) {
	f := Feed{Company: company}
	var since, floor, begin, pass, age int64
	err := tx.row(func(r scanner) error {
		return r.Scan(&since, &f.Position.FromID, &floor, &f.Floor.FromID, &begin, &pass, &f.Pass.FromID, &age)
	}, "SELECT "+feedColumns+" FROM feeds WHERE company = ?", company)
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
	_, err := tx.exec(`INSERT INTO feeds (company, `+feedColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (company) DO UPDATE SET (`+feedColumns+`) = (excluded.position_since, excluded.position_id, excluded.floor_since,
		excluded.floor_id, excluded.pass_begin, excluded.pass_since, excluded.pass_id, excluded.max_age)`,
		f.Company, ms(f.Position.UpdatedSince), f.Position.FromID, ms(f.Floor.UpdatedSince), f.Floor.FromID,
		ms(f.PassBegin), ms(f.Pass.UpdatedSince), f.Pass.FromID, f.MaxAge.Milliseconds())
	return err
}

// A LookAlike is an order in the shop without our marker, made while an order
// of ours was on its way.
type LookAlike struct {
	InSalesID   int64
	Number      string
	CreatedAt   time.Time // the shop's
	Fingerprint string    // of phone and lines
}

// AddLookAlike remembers l; the same order again changes nothing.
func (tx *Tx) AddLookAlike(company string, l LookAlike) error {
	if err := tx.needCompany(company); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO look_alikes (company, insales_id, number, created_at, fingerprint) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, company, l.InSalesID, l.Number, ms(l.CreatedAt), l.Fingerprint)
	return err
}

// LookAlikes gives those of the company that no order is mapped to.
func (tx *Tx) LookAlikes(company string, account int64) ([]LookAlike, error) {
	st, err := tx.stmt(`SELECT insales_id, number, created_at, fingerprint FROM look_alikes l WHERE company = ?1 AND NOT EXISTS
		(SELECT 1 FROM orders o WHERE o.company = ?1 AND o.account_id = ?2 AND o.insales_id = l.insales_id AND o.insales_id <> 0)
		ORDER BY insales_id`)
	if err != nil {
		return nil, err
	}
	rows, err := st.Query(company, account)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []LookAlike
	for rows.Next() {
		var l LookAlike
		var created int64
		if err := rows.Scan(&l.InSalesID, &l.Number, &created, &l.Fingerprint); err != nil {
			return nil, err
		}
		l.CreatedAt = fromMS(created)
		list = append(list, l)
	}
	return list, rows.Err()
}

// ClearLookAlikes forgets them, once no order of the company is on its way.
func (tx *Tx) ClearLookAlikes(company string) error {
	_, err := tx.exec("DELETE FROM look_alikes WHERE company = ?", company)
	return err
}
