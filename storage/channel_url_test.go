package storage

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestMaskURL: only where a URL leads is shown.
func TestMaskURL(t *testing.T) {
	for url, want := range map[string]string{
		"https://hooks.example.com/services/T0/s3cr3t": "https://hooks.example.com/•••",
		"https://hooks.example.com:8443/?key=s3cr3t":   "https://hooks.example.com:8443/•••",
		"https://hooks.example.com?s3cr3t":             "https://hooks.example.com/•••",
		"https://user:s3cr3t@hooks.example.com":        "https://hooks.example.com/•••",
		"https://hooks.example.com/#s3cr3t":            "https://hooks.example.com/•••",
		"https://hooks.example.com/":                   "https://hooks.example.com",
		"https://hooks.example.com":                    "https://hooks.example.com",
		"%zz s3cr3t":                                   "•••",
		"s3cr3t":                                       "•••",
	} {
		if got := MaskURL(url); got != want {
			t.Errorf("%s: %s", url, got)
		}
	}
}

// TestOldURLIsSealed: a webhook's URL that a version before this one has stored
// in the clear works on, and is nowhere to be read after the first start.
func TestOldURLIsSealed(t *testing.T) {
	const url = "https://hooks.example.com/services/s3cr3t-path?key=s3cr3t-key"
	s := open(t)
	do(t, s, func(tx *Tx) error {
		c := Channel{Kind: ChannelWebhook, Enabled: true, Address: "https://elsewhere.example.com",
			Secret: "token", URL: "https://elsewhere.example.com"}
		c.ChannelState = ChannelState{SentAt: time.Now(),
			Problem: &Problem{Code: "not_taken", Args: map[string]string{"message": "no /services/s3cr3t-path"}}}
		if err := tx.PutChannel(c); err != nil {
			return err
		}
		c.Address = url
		sealed, err := s.seal.seal("", "channel.webhook", struct{ Secret, Proxy string }{"token", ""})
		if err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE channels SET settings = ?, secrets = ?", toJSON(&c), sealed); err != nil {
			return err
		}
		for _, change := range []Change{{"notify.webhook.address", "https://old.example.com/s3cr3t-old", url},
			{"notify.email.to", "a@example.com", "b@example.com"}} {
			if err := tx.AddEntry(Entry{At: time.Now(), Kind: EntryNotify, Changes: []Change{change}}); err != nil {
				return err
			}
		}
		return nil
	})
	// Also read as it lies there it shows nothing.
	if c, err := s.Channel(t.Context(), ChannelWebhook); err != nil || c.URL != url ||
		c.Address != "https://hooks.example.com/•••" {
		t.Errorf("%v %+v", err, c)
	}
	cfg := s.cfg
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = restored(t, cfg)
	c, err := s.Channel(t.Context(), ChannelWebhook)
	if err != nil || c.URL != url || c.Secret != "token" || c.Address != "https://hooks.example.com/•••" ||
		!c.Enabled || c.Problem != nil || c.SentAt.IsZero() {
		t.Errorf("%v %+v %s", err, c, c.URL.Reveal())
	}
	if bytes.Contains(contents(t, s), []byte("s3cr3t")) {
		t.Error("the URL is in the file still")
	}
	masked := Change{"notify.webhook.address", "https://old.example.com/•••", "https://hooks.example.com/•••"}
	page, err := s.Journal(t.Context(), JournalFilter{})
	list := page.Entries
	if err != nil || len(list) != 2 || list[0].Changes[0].New != "b@example.com" ||
		list[1].Changes[0] != masked {
		t.Errorf("%v %+v", err, list)
	}
	if strings.Contains(c.Address, "s3cr3t") {
		t.Error(c.Address)
	}
}
