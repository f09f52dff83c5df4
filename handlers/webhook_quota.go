package handlers

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// These bound what one company's chat may send. They keep a sender that runs wild
// from filling the disk, be it with many bodies or with large ones. They are far
// above any real rate, since InSales itself takes 100 orders a minute, and they
// leave room for what piled up while the connector was away. A mean body is twice
// what a real order has, so whoever sends orders meets the bound of their number
// first.
const (
	ratePerSecond = 100
	rateBurst     = 10_000
	meanBody      = 6 << 10 // bytes
)

// quotas holds the quota of each company. A company gets one only when a webhook
// has proven itself to be the company's, so strangers can neither make an entry
// nor use up anybody's quota.
type quotas struct {
	mu   sync.Mutex
	each rate.Limit // webhooks a second
	of   map[string]*quota
}

// A quota is what one company may still send: webhooks, and bytes of them.
type quota struct{ webhooks, bytes *rate.Limiter }

func newQuotas(each rate.Limit) *quotas { return &quotas{each: each, of: map[string]*quota{}} }

// allow reports whether the company may send one more webhook now, of so many
// bytes. A webhook that is refused uses up nothing.
func (r *quotas) allow(company string, size int) bool {
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
	return q.webhooks.AllowN(now, 1) && q.bytes.AllowN(now, size)
}
