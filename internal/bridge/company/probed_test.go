package company

import (
	"testing"
	"time"

	"ineed-insales/storage"
)

// Whatever a probe has found, or the database says that it has: a page is never asked
// for with more rows than without it, nor with fewer than any shop gives.
func TestPageSize(t *testing.T) {
	for _, tt := range []struct{ probed, asked, want int }{
		{0, 250, 250}, {-1, 250, 250}, {9, 250, 250}, {10, 250, 10}, {99, 250, 99}, {100, 250, 100}, {101, 250, 101},
		{249, 250, 249}, {250, 250, 250}, {500, 250, 250}, {100, 50, 50}, {100, 10, 10},
	} {
		l := storage.Learnt{Probed: &storage.Probed{PageSize: tt.probed}}
		if got := PageSize(l, tt.asked); got != tt.want {
			t.Errorf("%d of %d asked: %d, want %d", tt.probed, tt.asked, got, tt.want)
		}
	}
	if got := PageSize(storage.Learnt{}, 250); got != 250 {
		t.Errorf("without a probe %d", got)
	}
}

// The feed counts as late by twice what was seen, never as early, and never by more
// than ten minutes.
func TestFeedDelay(t *testing.T) {
	for seen, want := range map[time.Duration]time.Duration{
		-time.Hour: 0, 0: 0, time.Second: 2 * time.Second, 63 * time.Second: 126 * time.Second,
		299 * time.Second: 598 * time.Second, 5 * time.Minute: 10 * time.Minute, 301 * time.Second: 10 * time.Minute,
		1<<63 - 1: 10 * time.Minute,
	} {
		if got := FeedDelay(storage.Learnt{Probed: &storage.Probed{FeedDelay: seen}}); got != want {
			t.Errorf("seen %v: %v, want %v", seen, got, want)
		}
	}
	if got := FeedDelay(storage.Learnt{}); got != 0 {
		t.Errorf("without a probe %v", got)
	}
}
