package handlers

import (
	"sync"

	"golang.org/x/time/rate"
)

// What one company's chat may send: far above any real rate, since InSales
// itself takes 100 orders a minute, with room for what piled up while the
// connector was away. It keeps a sender that runs wild from filling the disk.
const (
	ratePerSecond = 100
	rateBurst     = 10_000
)

// rates holds the limit of each company that has proven itself, so strangers
// can make no entry and use up nobody's.
type rates struct {
	mu   sync.Mutex
	each rate.Limit
	of   map[string]*rate.Limiter
}

func newRates(each rate.Limit) *rates { return &rates{each: each, of: map[string]*rate.Limiter{}} }

// allow reports whether the company may send one more now.
func (r *rates) allow(company string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.of[company]
	if !ok {
		l = rate.NewLimiter(r.each, rateBurst)
		r.of[company] = l
	}
	return l.Allow()
}
