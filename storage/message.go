package storage

import (
	"context"
	"fmt"
	"time"
)

// A Message is what people are to be told.
type Message struct {
	Channel string    `json:"-"`
	Kind    string    `json:"event"` // MessageStarted …
	Alarm   Alarm     `json:"alarm"`
	At      time.Time `json:"at"` // when it was made
	Tries   int       `json:"tries"`
	To      []string  `json:"to,omitempty"`      // only they have not got it yet; none = nobody has
	Until   time.Time `json:"until,omitzero"`    // weekly: after that it is news no more
	Week    *Week     `json:"week,omitempty"`    // weekly
	Leaving bool      `json:"leaving,omitempty"` // weekly: a try has begun, and nothing is known of its end
	seq     int64
}

// ID names a message for the other side, the same with each try.
func (m Message) ID() string { return fmt.Sprintf("%s.%d.%d", m.Channel, m.seq, ms(m.At)) }

// The kinds of messages: what one tells of its alarm.
const (
	MessageStarted = "started"
	MessageOver    = "over"
	MessageTest    = "test"
	MessageWeekly  = "weekly" // of no alarm: how the week went
)

// maxMessages is how many messages of a channel wait at most. The oldest go
// first: what is wrong now counts more than what was.
const maxMessages = 100

// AddMessage lets a message wait for its channel, from now on.
func (tx *Tx) AddMessage(m Message) error { return tx.AddMessageLater(m, m.At) }

// AddMessageLater lets it wait until a time.
func (tx *Tx) AddMessageLater(m Message, due time.Time) error {
	if _, err := tx.exec("INSERT INTO messages (channel, due_at, message) VALUES (?, ?, ?)",
		m.Channel, ms(due), toJSON(&m)); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM messages WHERE channel = ?1 AND seq <=
		(SELECT seq FROM messages WHERE channel = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
		m.Channel, maxMessages)
	return err
}

// NextMessage gives the message of the channel that is due first, and when that
// is; or ErrNotFound. They go in their order: nobody is told that something is
// over before it began. What only some recipients have not got yet holds up
// nobody but them.
func (s *Store) NextMessage(ctx context.Context, channel string) (m Message, due time.Time, err error) {
	var at int64
	var text string
	err = s.queryRow(ctx, `SELECT seq, channel, due_at, message FROM messages WHERE channel = ?1 AND seq IN
		(SELECT min(seq) FROM messages WHERE channel = ?1 GROUP BY coalesce(message ->> '$.to', ''))
		ORDER BY due_at, seq LIMIT 1`, channel).Scan(&m.seq, &m.Channel, &at, &text)
	if err == nil {
		err = fromJSON(column{text, &m})
	}
	return m, fromMS(at), err
}

// Behind gives the recipients for whom an earlier message waits still.
func (s *Store) Behind(ctx context.Context, channel string) ([]string, error) {
	rows, err := s.query(ctx, `SELECT DISTINCT t.value FROM messages m, json_each(m.message, '$.to') t
		WHERE m.channel = ?`, channel)
	return collect(rows, err, value[string])
}

// Hurry lets the channel's messages be due now: what stood in their way may be
// mended.
func (tx *Tx) Hurry(channel string, now time.Time) error {
	_, err := tx.exec("UPDATE messages SET due_at = ?2 WHERE channel = ?1 AND due_at > ?2", channel, ms(now))
	return err
}

// Delay lets a message wait until a time.
func (tx *Tx) Delay(m Message, until time.Time) error {
	_, err := tx.exec("UPDATE messages SET due_at = ?, message = ? WHERE seq = ?", ms(until), toJSON(&m), m.seq)
	return err
}

// DropMessage forgets a message: it was delivered, or there is no hope.
func (tx *Tx) DropMessage(m Message) error {
	_, err := tx.exec("DELETE FROM messages WHERE seq = ?", m.seq)
	return err
}

// MessagesWaiting counts the messages of a channel that were not delivered yet.
func (s *Store) MessagesWaiting(ctx context.Context, channel string) (int, error) {
	return value[int](s.queryRow(ctx, "SELECT count(*) FROM messages WHERE channel = ?", channel))
}
