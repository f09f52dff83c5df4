package storage

import (
	"testing"
	"time"
)

// TestLives: a start after a stop is told from one after a crash, and few times are kept.
func TestLives(t *testing.T) {
	s := open(t)
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	begin := func() Lives {
		do(t, s, func(tx *Tx) error { return tx.BeginLife(now) })
		l, err := s.Lives(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if l := begin(); l.AfterStop != 1 || l.AfterCrash != 0 || !l.Running {
		t.Errorf("the first: %+v", l)
	}
	do(t, s, func(tx *Tx) error { return tx.EndLife() })
	if l := begin(); l.AfterStop != 2 || l.AfterCrash != 0 {
		t.Errorf("after a stop: %+v", l)
	}
	for range 30 {
		now = now.Add(time.Minute)
		begin()
	}
	l, err := s.Lives(t.Context())
	if err != nil || l.AfterStop != 2 || l.AfterCrash != 30 || len(l.Crashed) != mostCrashes ||
		!l.Crashed[mostCrashes-1].Equal(now) {
		t.Errorf("after crashes: %+v %v", l, err)
	}
}
