package catalog

import (
	"strings"
	"testing"
	"time"
)

// TestNewSyncID: the published example of a time stands in front, what follows is
// chance, and names sort by time.
func TestNewSyncID(t *testing.T) {
	at := time.UnixMilli(1469918176385) // the specification's example: 01ARYZ6S41…
	seen := map[string]bool{}
	for range 1000 {
		id := newSyncID(at)
		if len(id) != 26 || !strings.HasPrefix(id, "01ARYZ6S41") || strings.Trim(id, crockford) != "" || seen[id] {
			t.Fatalf("%q, seen %v", id, seen[id])
		}
		seen[id] = true
	}
	for i := 10; i < 26; i++ { // each sign of chance takes each value
		signs := map[byte]bool{}
		for id := range seen {
			signs[id[i]] = true
		}
		if len(signs) != len(crockford) {
			t.Errorf("sign %d has %d values", i, len(signs))
		}
	}
	for _, step := range []time.Duration{time.Millisecond, time.Second, 40 * 365 * 24 * time.Hour} {
		if newSyncID(at) >= newSyncID(at.Add(step)) {
			t.Errorf("not after it: %v", step)
		}
	}
	if id := newSyncID(time.UnixMilli(1<<48 - 1)); !strings.HasPrefix(id, "7ZZZZZZZZZ") {
		t.Errorf("the last time: %q", id)
	}
	if id := newSyncID(time.UnixMilli(0)); !strings.HasPrefix(id, "0000000000") {
		t.Errorf("the first time: %q", id)
	}
}
