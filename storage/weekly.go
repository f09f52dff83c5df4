package storage

import (
	"context"
	"errors"
	"time"
)

// A Week is what people are told once a week, as it was when the message was made. Its times
// keep the zone that they were made in.
type Week struct {
	First     time.Time     `json:"first"` // its first day and its last
	Last      time.Time     `json:"last"`
	Whole     Came          `json:"whole"`     // to all companies together
	Alarms    []Alarm       `json:"alarms"`    // of no company
	Companies []CompanyWeek `json:"companies"` // those with trouble first
	More      int           `json:"more"`      // companies beside these
}

// A CompanyWeek is what a Week says of one company.
type CompanyWeek struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Came   Came    `json:"came"`
	Off    bool    `json:"off"` // no orders are sent, because the settings say so
	Paused bool    `json:"paused"`
	Alarms []Alarm `json:"alarms"` // what is wrong now

	Catalog   bool      `json:"catalog"`    // it is to be kept in step
	InStep    bool      `json:"in_step"`    // and is
	CatalogAt time.Time `json:"catalog_at"` // as of when the chat has it; zero = it was never complete
}

// Came is what a Span says without its edges.
type Came struct {
	Orders  int           `json:"orders"`
	Priced  int           `json:"priced"`
	Total   int64         `json:"total"`
	Arrived int           `json:"arrived"`
	Median  time.Duration `json:"median"`
	Slow    time.Duration `json:"slow"`
}

// weekToldName is where it stands in meta for which week a channel has got its message, by
// the kind of the channel.
const weekToldName = "week_told."

const selectWeekTold = "SELECT value FROM meta WHERE name = ?"

func scanWeekTold(row scanner) (string, error) {
	var day []byte
	err := row.Scan(&day)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return string(day), err
}

// WeekTold gives the day on which a channel got its last weekly message, as SkipWeek was told;
// "" if it never got one.
func (s *Store) WeekTold(ctx context.Context, channel string) (string, error) {
	return scanWeekTold(s.queryRow(ctx, selectWeekTold, weekToldName+channel))
}

// AddWeekly lets the weekly message of a day wait for its channel, once: not if that has got
// one for the day, and not if nobody wants it any more.
func (tx *Tx) AddWeekly(m Message, day string) error {
	told, err := scanWeekTold(tx.queryRow(selectWeekTold, weekToldName+m.Channel))
	if err != nil || told == day {
		return err
	}
	ch, err := tx.Channel(m.Channel)
	if err != nil || !ch.Enabled || !ch.Weekly {
		return err
	}
	return errors.Join(tx.AddMessage(m), tx.SkipWeek(m.Channel, day))
}

// SkipWeek notes that a channel needs no weekly message for a day any more.
func (tx *Tx) SkipWeek(channel, day string) error {
	_, err := tx.exec(`INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT DO UPDATE SET value = excluded.value`, weekToldName+channel, []byte(day))
	return err
}
