package company

import (
	"time"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

// What a probe has found at a shop is consulted here, and only here it is judged how
// far it may be believed: it may be old by now, or have been wrong. So whatever is
// derived of it may cost requests or time, and never makes anything less careful than
// it is without a probe.
const (
	// One order has shown how late the feed is. Others may be later.
	delayFactor = 2

	// Nothing waits for longer than that because of a probe.
	longestDelay = 10 * time.Minute
)

// PageSize bounds the rows that a page is asked for by what the shop gives at most.
func PageSize(l storage.Learnt, size int) int {
	if l.Probed == nil || l.Probed.PageSize < insales.SmallestPage {
		return size
	}
	return min(size, l.Probed.PageSize)
}

// FeedDelay is how much later than assumed a new order may show in the feed.
func FeedDelay(l storage.Learnt) time.Duration {
	if l.Probed == nil {
		return 0
	}
	return min(max(l.Probed.FeedDelay, 0), longestDelay/delayFactor) * delayFactor
}

// FeedExclusive reports whether the shop was seen to leave out of its feed what has
// changed at the very second that is asked from.
func FeedExclusive(l storage.Learnt) bool { return l.Probed != nil && l.Probed.FeedExclusive }

// FieldsRequired reports whether the shop was seen to refuse an order that lacks an
// obligatory checkout field, and whether either was seen.
func FieldsRequired(l storage.Learnt) (required, known bool) {
	if l.Probed == nil || l.Probed.FieldsRequired == nil {
		return false, false
	}
	return *l.Probed.FieldsRequired, true
}
