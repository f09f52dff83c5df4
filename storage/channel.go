package storage

import (
	"context"
	"time"
)

// The kinds of channels. There is one channel of each.
const (
	ChannelEmail    = "email"
	ChannelTelegram = "telegram"
	ChannelMax      = "max" // the messenger MAX
	ChannelWebhook  = "webhook"
)

// ChannelKinds gives all kinds.
func ChannelKinds() []string {
	return []string{ChannelEmail, ChannelTelegram, ChannelMax, ChannelWebhook}
}

// A Channel is a way to tell people that something is wrong.
type Channel struct {
	Kind    string `json:"-"`
	Enabled bool   `json:"enabled"`
	Lang    string `json:"lang"`             // of its messages
	Weekly  bool   `json:"weekly,omitempty"` // it is sent a message each week, too

	// Address is, for email, host:port; for telegram and max, the base URL of the bot API
	// ("" = its own); for webhook, what may be shown of URL.
	Address string `json:"address"`

	Security string `json:"security"` // email: starttls, tls or none
	User     string `json:"user"`     // email: "" = the server wants none
	From     string `json:"from"`     // email
	To       string `json:"to"`       // email: addresses, with commas between; telegram, max: id of the chat
	Secret   Secret `json:"-"`        // email: password; telegram, max: the bot's token; webhook: bearer token
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

// The columns of a channel; its kind stands before them.
const (
	channelColumns = "settings, secrets, state"
	selectChannels = "SELECT kind, " + channelColumns + " FROM channels"
)

// Channels gives all channels that were ever set, with their secrets opened.
func (s *Store) Channels(ctx context.Context) ([]Channel, error) {
	rows, err := s.query(ctx, selectChannels+" ORDER BY kind")
	return collect(rows, err, s.scanChannel)
}

// Channel gives a channel with its secrets opened, or ErrNotFound.
func (s *Store) Channel(ctx context.Context, kind string) (Channel, error) {
	return s.scanChannel(s.queryRow(ctx, selectChannels+" WHERE kind = ?", kind))
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
	if err := fromJSON(column{settings, &c}, column{state, &c.ChannelState}); err != nil {
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
	secrets := sealedChannel{c.Secret.Reveal(), c.Proxy.Reveal(), c.URL.Reveal()}
	sealed, err := tx.s.seal.seal("", "channel."+c.Kind, secrets)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO channels (kind, `+channelColumns+`) VALUES (?, `+marksOf(channelColumns)+`)
		ON CONFLICT (kind) DO UPDATE SET (`+channelColumns+`) = (`+excludedOf(channelColumns)+`)`,
		c.Kind, toJSON(&c), sealed, toJSON(&c.ChannelState))
	if err == nil && !c.Enabled {
		_, err = tx.exec("DELETE FROM messages WHERE channel = ?", c.Kind)
	}
	return err
}

// SetChannelState stores how a channel works. Its settings are not touched.
func (tx *Tx) SetChannelState(kind string, state ChannelState) error {
	_, err := tx.exec("UPDATE channels SET state = ? WHERE kind = ?", toJSON(&state), kind)
	return err
}

// Channel gives a channel as it is now, with its secrets opened, or ErrNotFound.
func (tx *Tx) Channel(kind string) (Channel, error) {
	return tx.s.scanChannel(tx.queryRow(selectChannels+" WHERE kind = ?", kind))
}
