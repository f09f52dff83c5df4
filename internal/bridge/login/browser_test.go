package login

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"ineed-insales/storage"
)

// TestKnownBrowser: only names that we have given are known.
func TestKnownBrowser(t *testing.T) {
	open := func(key string) *Account {
		store, err := storage.Open(t.Context(), storage.Config{Path: filepath.Join(t.TempDir(), "c.db"),
			SecretKey: []byte(strings.Repeat(key, 32))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		return New(store, slog.New(slog.DiscardHandler))
	}
	b, other := open("k"), open("o")
	one, two := b.NameBrowser(2), b.NameBrowser(2)
	id, mac, _ := strings.Cut(one, ".")
	_, mac2, _ := strings.Cut(two, ".")
	if one == two || b.KnownBrowser(one) != id || id == "" {
		t.Errorf("%q and %q", one, two)
	}
	for _, forged := range []string{"", ".", id, id + ".", "." + mac, id + "." + mac2, id + "x." + mac, one + "x",
		strings.ToLower(one), other.NameBrowser(2)} {
		if got := b.KnownBrowser(forged); got != "" {
			t.Errorf("%q is known as %q", forged, got)
		}
	}
}
