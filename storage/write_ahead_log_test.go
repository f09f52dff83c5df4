package storage

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestLogIsCopiedBeside: what many updates have written goes into the database long before the
// log is merged, and with far fewer pages than SQLite waits for.
func TestLogIsCopiedBeside(t *testing.T) {
	s := open(t)
	size := func() int64 {
		fi, err := os.Stat(s.cfg.Path)
		if err != nil {
			t.Fatal(err)
		}
		return fi.Size()
	}
	add := func(n int) {
		for range n {
			err := s.Update(t.Context(), func(tx *Tx) error {
				return tx.AddEntry(Entry{At: time.Now(), Kind: EntryChanged, Company: "2",
					Changes: []Change{{Field: "name", New: strings.Repeat("x", 3000)}}})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	before := size()
	add(copyAfter / 2)
	if got := size(); got != before {
		t.Errorf("after few updates the file has %d bytes, and had %d", got, before)
	}
	add(copyAfter)
	for began := time.Now(); size() == before; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("nothing was copied")
		}
	}
}
