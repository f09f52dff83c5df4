package company

import "time"

// A Keep says for how long is kept what nobody needs any more; 0 = for ever. What keeps an
// order from being made twice is always kept: its key, its marker and its number in the shop.
type Keep struct {
	History time.Duration // of orders that are over or in the shop: events, what was sent and answered, bodies
	Refused time.Duration // webhooks that were refused
	Unread  time.Duration // deliveries that no program could read
	Runs    time.Duration // of the catalog, but the last one
	Journal time.Duration // entries
}

// DefaultKeep is what is kept unless the settings say otherwise.
func DefaultKeep() Keep {
	const day = 24 * time.Hour
	return Keep{History: 365 * day, Refused: 7 * day, Unread: 90 * day, Runs: 90 * day, Journal: 365 * day}
}

// Before is the time before which things are forgotten that are kept for so long; false if
// they are kept for ever.
func Before(now time.Time, keep time.Duration) (before time.Time, forgets bool) {
	return now.Add(-keep), keep > 0
}
