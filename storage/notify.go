package storage

import (
	"context"
	"fmt"
	"time"
)

// The kinds of channels. There is one channel of each.
const (
	ChannelEmail    = "email"
	ChannelTelegram = "telegram"
	ChannelWebhook  = "webhook"
)

// ChannelKinds gives all kinds.
func ChannelKinds() []string { return []string{ChannelEmail, ChannelTelegram, ChannelWebhook} }

// A Channel is a way to tell people that something is wrong.
type Channel struct {
	Kind     string `json:"-"`
	Enabled  bool   `json:"enabled"`
	Lang     string `json:"lang"`     // of its messages
	Address  string `json:"address"`  // email: host:port; telegram: base URL of the bot API, "" = its own; webhook: what URL may show
	Security string `json:"security"` // email: starttls, tls or none
	User     string `json:"user"`     // email: "" = the server wants none
	From     string `json:"from"`     // email
	To       string `json:"to"`       // email: addresses, with commas between; telegram: id of the chat
	Secret   Secret `json:"-"`        // email: password; telegram: the bot's token; webhook: bearer token
	Proxy    Secret `json:"-"`        // telegram: URL, which may hold a password; "" = none
	URL      Secret `json:"-"`        // webhook: whoever has it may post

	ChannelState `json:"-"`
}

// A ChannelState is how a channel has worked so far.
type ChannelState struct {
	SentAt   time.Time `json:"sent_at"`   // zero = never
	FailedAt time.Time `json:"failed_at"` // of the last try; zero = it went well
	Problem  *Problem  `json:"problem,omitempty"`

	// Refused are recipients of mail that the server did not take lately.
	Refused []RefusedRecipient `json:"refused,omitempty"`
}

// A RefusedRecipient is one that the mail server does not take mail for.
type RefusedRecipient struct {
	Address string    `json:"address"`
	Status  int       `json:"status"` // of SMTP: 4xx = it is tried again soon, 5xx = after a day
	Words   string    `json:"words"`
	At      time.Time `json:"at"`
}

// An Alarm is something that is wrong, or was lately.
type Alarm struct {
	Company string    `json:"company"`
	Kind    string    `json:"kind"`
	Code    string    `json:"code"` // what is wrong; with company and kind it is the cause
	Problem Problem   `json:"problem"`
	Orders  int       `json:"orders"` // that are concerned; 0 = it is not about orders
	Since   time.Time `json:"since"`
	Told    bool      `json:"told"`    // people know that it is wrong
	ToldAt  time.Time `json:"told_at"` // when they were last told that it began; zero = never
	OverAt  time.Time `json:"over_at"` // zero = it is wrong still
}

// A Message is what people are to be told.
type Message struct {
	Channel string    `json:"-"`
	Event   string    `json:"event"` // EventStarted …
	Alarm   Alarm     `json:"alarm"`
	At      time.Time `json:"at"` // when it was made
	Tries   int       `json:"tries"`
	To      []string  `json:"to,omitempty"` // only they have not got it yet; none = nobody has
	seq     int64
}

// ID names a message for the other side, the same with each try.
func (m Message) ID() string { return fmt.Sprintf("%s.%d.%d", m.Channel, m.seq, ms(m.At)) }

// What a message tells of.
const (
	EventStarted = "started"
	EventOver    = "over"
	EventTest    = "test"
)

// maxMessages is how many messages of a channel wait at most. The oldest go
// first: what is wrong now counts more than what was.
const maxMessages = 100

const channelColumns = "kind, settings, secrets, state"

// Channels gives all channels that were ever set, with their secrets opened.
func (s *Store) Channels(ctx context.Context) ([]Channel, error) {
	rows, err := s.query(ctx, "SELECT "+channelColumns+" FROM channels ORDER BY kind")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Channel
	for rows.Next() {
		c, err := s.scanChannel(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// Channel gives a channel with its secrets opened, or ErrNotFound.
func (s *Store) Channel(ctx context.Context, kind string) (Channel, error) {
	c, err := s.scanChannel(s.queryRow(ctx, "SELECT "+channelColumns+" FROM channels WHERE kind = ?", kind))
	return c, notFound(err)
}

// sealedChannel is what is sealed of a channel.
type sealedChannel struct{ Secret, Proxy, URL string }

func (s *Store) scanChannel(row scanner) (Channel, error) {
	var c Channel
	var settings, state string
	var sealed []byte
	if err := row.Scan(&c.Kind, &settings, &sealed, &state); err != nil {
		return c, err
	}
	if err := unpack(field{settings, &c}, field{state, &c.ChannelState}); err != nil {
		return c, err
	}
	var secrets sealedChannel
	if err := s.seal.open("", "channel."+c.Kind, sealed, &secrets); err != nil {
		return c, err
	}
	c.Secret, c.Proxy, c.URL = Secret(secrets.Secret), Secret(secrets.Proxy), Secret(secrets.URL)
	splitURL(&c)
	return c, nil
}

// PutChannel stores a channel whole. Of one that is off nothing waits.
func (tx *Tx) PutChannel(c Channel) error {
	sealed, err := tx.s.seal.seal("", "channel."+c.Kind, sealedChannel{c.Secret.Reveal(), c.Proxy.Reveal(), c.URL.Reveal()})
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO channels (`+channelColumns+`) VALUES (?, ?, ?, ?)
		ON CONFLICT (kind) DO UPDATE SET (settings, secrets, state) = (excluded.settings, excluded.secrets, excluded.state)`,
		c.Kind, pack(&c), sealed, pack(&c.ChannelState))
	if err == nil && !c.Enabled {
		_, err = tx.exec("DELETE FROM messages WHERE channel = ?", c.Kind)
	}
	return err
}

// SetChannelState stores how a channel works. Its settings are not touched.
func (tx *Tx) SetChannelState(kind string, state ChannelState) error {
	_, err := tx.exec("UPDATE channels SET state = ? WHERE kind = ?", pack(&state), kind)
	return err
}

// Alarms gives all alarms, those that are over lately included.
func (s *Store) Alarms(ctx context.Context) ([]Alarm, error) {
	rows, err := s.query(ctx, "SELECT company, kind, code, alarm FROM alarms ORDER BY company, kind, code")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Alarm
	for rows.Next() {
		var a Alarm
		var text string
		if err := rows.Scan(&a.Company, &a.Kind, &a.Code, &text); err != nil {
			return nil, err
		}
		if err := unpack(field{text, &a}); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// PutAlarm stores an alarm. It fails with ErrNotFound if it is of a company that
// is not there.
func (tx *Tx) PutAlarm(a Alarm) error {
	if a.Company != "" {
		if err := tx.needCompany(a.Company); err != nil {
			return err
		}
	}
	_, err := tx.exec(`INSERT INTO alarms (company, kind, code, alarm) VALUES (?, ?, ?, ?)
		ON CONFLICT (company, kind, code) DO UPDATE SET alarm = excluded.alarm`, a.Company, a.Kind, a.Code, pack(&a))
	return err
}

// DropAlarms forgets all.
func (tx *Tx) DropAlarms() error {
	_, err := tx.exec("DELETE FROM alarms")
	return err
}

// DropAlarm forgets an alarm.
func (tx *Tx) DropAlarm(a Alarm) error {
	_, err := tx.exec("DELETE FROM alarms WHERE company = ? AND kind = ? AND code = ?", a.Company, a.Kind, a.Code)
	return err
}

// AddMessage lets a message wait for its channel, from now on.
func (tx *Tx) AddMessage(m Message) error { return tx.AddMessageLater(m, m.At) }

// AddMessageLater lets it wait until a time.
func (tx *Tx) AddMessageLater(m Message, due time.Time) error {
	if _, err := tx.exec("INSERT INTO messages (channel, due_at, message) VALUES (?, ?, ?)", m.Channel, ms(due), pack(&m)); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM messages WHERE channel = ?1 AND seq <= (SELECT seq FROM messages WHERE channel = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
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
		err = unpack(field{text, &m})
	}
	return m, fromMS(at), notFound(err)
}

// Behind gives the recipients for whom an earlier message waits still.
func (s *Store) Behind(ctx context.Context, channel string) ([]string, error) {
	rows, err := s.query(ctx, `SELECT DISTINCT t.value FROM messages m, json_each(m.message, '$.to') t WHERE m.channel = ?`, channel)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var to string
		if err := rows.Scan(&to); err != nil {
			return nil, err
		}
		list = append(list, to)
	}
	return list, rows.Err()
}

// Hurry lets the channel's messages be due now: what stood in their way may be
// mended.
func (tx *Tx) Hurry(channel string, now time.Time) error {
	_, err := tx.exec("UPDATE messages SET due_at = ?2 WHERE channel = ?1 AND due_at > ?2", channel, ms(now))
	return err
}

// Delay lets a message wait until a time.
func (tx *Tx) Delay(m Message, until time.Time) error {
	_, err := tx.exec("UPDATE messages SET due_at = ?, message = ? WHERE seq = ?", ms(until), pack(&m), m.seq)
	return err
}

// DropMessage forgets a message: it was delivered, or there is no hope.
func (tx *Tx) DropMessage(m Message) error {
	_, err := tx.exec("DELETE FROM messages WHERE seq = ?", m.seq)
	return err
}

// Channel gives a channel as it is now, with its secrets opened, or ErrNotFound.
func (tx *Tx) Channel(kind string) (c Channel, err error) {
	err = tx.row(func(r scanner) (err error) { c, err = tx.s.scanChannel(r); return err },
		"SELECT "+channelColumns+" FROM channels WHERE kind = ?", kind)
	return c, err
}

// MessagesWaiting counts the messages of a channel that were not delivered yet.
func (s *Store) MessagesWaiting(ctx context.Context, channel string) (n int, err error) {
	err = s.queryRow(ctx, "SELECT count(*) FROM messages WHERE channel = ?", channel).Scan(&n)
	return n, err
}
