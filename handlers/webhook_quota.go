package handlers

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What one company's chat may send: far above any real rate, since InSales
// itself takes 100 orders a minute, with room for what piled up while the
// connector was away. It keeps a sender that runs wild from filling the disk, be
// it with many bodies or with large ones: meanBody is twice what a real order has,
// so who sends orders meets the other bound first.
const (
	ratePerSecond = 100
	rateBurst     = 10_000
	meanBody      = 6 << 10 // bytes
)

// rates holds the limits of each company that has proven itself, so strangers
// can make no entry and use up nobody's.
type rates struct {
	mu   sync.Mutex
	each rate.Limit
	of   map[string]*quota
}

// A quota is what one company may send: webhooks, and bytes of them.
type quota struct{ hooks, bytes *rate.Limiter }

func newRates(each rate.Limit) *rates { return &rates{each: each, of: map[string]*quota{}} }

// allow reports whether the company may send one more now, of so many bytes. One
// that is refused uses up nothing.
func (r *rates) allow(company string, size int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	q, ok := r.of[company]
	if !ok {
		q = &quota{rate.NewLimiter(r.each, rateBurst), rate.NewLimiter(rate.Inf, 0)}
		if r.each != rate.Inf {
			q.bytes = rate.NewLimiter(r.each*meanBody, rateBurst*meanBody)
		}
		r.of[company] = q
	}
	now := time.Now()
	if q.bytes.Limit() != rate.Inf && q.bytes.TokensAt(now) < float64(size) {
		return false
	}
	return q.hooks.AllowN(now, 1) && q.bytes.AllowN(now, size)
}
