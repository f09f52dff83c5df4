package feed

import (
	"time"

	"ineed-insales/insales"
)

// A Pace spreads the reader's own share of the request window over the time that is
// left of it, with a small burst, so that a webhook of the shop is answered at once.
// The zero value is rested.
type Pace struct {
	tokens float64
	at     time.Time
}

const (
	paceShare = 0.30 // the reader's share of the window's limit
	paceBurst = 5    // so many reads may follow each other at once after a quiet time
)

// Take lets one read begin, or tells how long to wait.
func (p *Pace) Take(now time.Time) time.Duration {
	const every = time.Duration(float64(insales.WindowLength) / (insales.WindowLimit * paceShare))
	if p.at.IsZero() {
		p.tokens = paceBurst
	}
	p.tokens = min(p.tokens+float64(now.Sub(p.at))/float64(every), paceBurst)
	p.at = now
	if p.tokens < 1 {
		return time.Duration((1 - p.tokens) * float64(every))
	}
	p.tokens--
	return 0
}

// Spend counts the further pages of one read, which follow without waiting.
func (p *Pace) Spend(pages int) { p.tokens -= float64(max(pages-1, 0)) }
