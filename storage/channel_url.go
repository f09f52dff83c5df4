package storage

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"
)

// MaskURL is what may be shown of a URL that whoever has it may use: where it
// leads, and whether there is more.
func MaskURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return Masked
	}
	shown := u.Scheme + "://" + u.Host
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		shown += "/" + Masked
	}
	return shown
}

// splitURL takes a webhook's URL out of the settings where versions before this
// one kept it, and reports whether it was there.
func splitURL(c *Channel) bool {
	if c.Kind != ChannelWebhook || c.URL != "" || c.Address == "" {
		return false
	}
	c.URL, c.Address = Secret(c.Address), MaskURL(c.Address)
	return true
}

// Early versions kept the URL of the notification webhook among the settings that
// are shown, although whoever has it may use it. What they have left behind is put
// right once, at the start. When no installation of such a version is left, this
// function and those that it calls can go.

// sealURL brings the URL of the notification webhook from the settings to the
// secrets, and takes it out of what the journal and the channel's state say.
func (s *Store) sealURL(ctx context.Context) error {
	var settings, state string
	var sealed []byte
	err := s.write.QueryRowContext(ctx, "SELECT "+channelColumns+" FROM channels WHERE kind = ?", ChannelWebhook).
		Scan(&settings, &sealed, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	c := Channel{Kind: ChannelWebhook}
	var secrets sealedChannel
	if err := fromJSON(column{settings, &c}, column{state, &c.ChannelState}); err != nil {
		return err
	}
	if s.seal.open("", "channel."+c.Kind, sealed, &secrets) != nil {
		return nil // whoever reads it will be told
	}
	if c.URL = Secret(secrets.URL); !splitURL(&c) {
		return nil
	}
	secrets.URL = c.URL.Reveal()
	if sealed, err = s.seal.seal("", "channel."+c.Kind, secrets); err != nil {
		return err
	}
	c.Problem = nil // its words may quote the path
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx,
		"UPDATE channels SET ("+channelColumns+") = ("+marksOf(channelColumns)+") WHERE kind = ?",
		toJSON(&c), sealed, toJSON(&c.ChannelState), c.Kind); err != nil {
		return err
	}
	if err := maskJournal(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = s.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// maskJournal masks the URLs that the journal has of the webhook.
func maskJournal(ctx context.Context, tx *sql.Tx) error {
	const setting = "notify.webhook.address"
	rows, err := tx.QueryContext(ctx, "SELECT seq, changes FROM journal WHERE kind = ?", EntryNotify)
	masked := map[int64]string{}
	err = each(rows, err, func(r scanner) error {
		var seq int64
		var text string
		if err := r.Scan(&seq, &text); err != nil {
			return err
		}
		var changes []Change
		if !strings.Contains(text, setting) || fromJSON(column{text, &changes}) != nil {
			return nil
		}
		for i, change := range changes {
			for _, value := range []*string{&changes[i].Old, &changes[i].New} {
				if change.Field == setting && *value != "" {
					*value = MaskURL(*value)
				}
			}
		}
		masked[seq] = listToJSON(changes)
		return nil
	})
	if err != nil {
		return err
	}
	for seq, text := range masked {
		if _, err := tx.ExecContext(ctx, "UPDATE journal SET changes = ? WHERE seq = ?", text, seq); err != nil {
			return err
		}
	}
	return nil
}
