package insalestest

import (
	"crypto/subtle"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// A key is one access key with its own request window.
type key struct {
	password string
	limit    int
	used     int
	ends     time.Time // zero or past: the next request opens a window
}

// AddKey adds an access key, or gives a known one another password and a fresh
// window.
func (s *Shop) AddKey(id, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[id] = &key{password: password, limit: s.conf.Limit}
}

// RevokeKey removes a key: its next request gets 401.
func (s *Shop) RevokeKey(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, id)
}

// Use spends n requests of a key's window as if somebody else used the key.
func (s *Shop) Use(keyID string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.keys[keyID]; k != nil {
		k.take(s.now(), DefaultWindow, n)
	}
}

// Usage tells how many requests of a key's current window are used.
func (s *Shop) Usage(keyID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[keyID]
	if k == nil || !s.now().Before(k.ends) {
		return 0
	}
	return k.used
}

// take counts n requests. The window is fixed: it begins with the first request
// after the last one has ended.
func (k *key) take(now time.Time, window time.Duration, n int) {
	if !now.Before(k.ends) {
		k.used, k.ends = 0, now.Add(window)
	}
	k.used += n
}

// stamp puts the usage on an answer.
func (k *key) stamp(a answer) answer {
	h := a.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("API-Usage-Limit", fmt.Sprintf("%d/%d", k.used, k.limit))
	a.header = h
	return a
}

// admit checks the key and counts the request. Without a valid key it returns
// nil and the refusal; over the limit the refusal has a status, else none.
// Requests over the limit are counted too.
func (s *Shop) admit(c *call) (*key, answer) {
	id, password, _ := c.http.BasicAuth()
	k := s.keys[id]
	now := s.now()
	if k == nil || subtle.ConstantTimeCompare([]byte(password), []byte(k.password)) == 0 {
		if k != nil {
			k.take(now, DefaultWindow, 1) // documented: a wrong password counts too
		}
		a := plainText(http.StatusUnauthorized, "HTTP Basic: Access denied.\n")
		a.header.Set("WWW-Authenticate", `Basic realm="Application"`)
		return nil, a
	}
	k.take(now, DefaultWindow, 1)
	if k.used <= k.limit {
		return k, answer{}
	}
	a := answer{status: s.conf.LimitStatus} // without a body (documented)
	left := int(math.Ceil(k.ends.Sub(now).Seconds()))
	a.header = http.Header{"Retry-After": {strconv.Itoa(max(left, 1))}}
	return k, a
}
