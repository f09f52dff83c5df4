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
	own      window
}

// A window is how many requests may be made, and were.
type window struct {
	limit int
	used  int
	ends  time.Time // zero or past: the next request opens a window
}

// window is the one that a key counts into.
func (s *Shop) window(k *key) *window {
	if s.conf.ShareWindow {
		s.shared.limit = s.conf.Limit
		return &s.shared
	}
	return &k.own
}

// AddKey adds an access key, or gives a known one another password and a fresh
// window.
func (s *Shop) AddKey(id, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[id] = &key{password: password, own: window{limit: s.conf.Limit}}
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
		s.window(k).take(s.now(), DefaultWindow, n)
	}
}

// Usage tells how many requests of a key's current window are used.
func (s *Shop) Usage(keyID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[keyID]
	if k == nil || !s.now().Before(s.window(k).ends) {
		return 0
	}
	return s.window(k).used
}

// take counts n requests. The window is fixed: it begins with the first request
// after the last one has ended.
func (w *window) take(now time.Time, length time.Duration, n int) {
	if !now.Before(w.ends) {
		w.used, w.ends = 0, now.Add(length)
	}
	w.used += n
}

// stampUsage puts the usage of a key's window on an answer.
func (s *Shop) stampUsage(k *key, a answer) answer {
	if s.conf.NoUsage {
		return a
	}
	w := s.window(k)
	h := a.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("API-Usage-Limit", fmt.Sprintf("%d/%d", w.used, w.limit))
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
			s.window(k).take(now, DefaultWindow, 1) // documented: a wrong password counts too
		}
		a := plainText(http.StatusUnauthorized, "HTTP Basic: Access denied.\n")
		a.header.Set("WWW-Authenticate", `Basic realm="Application"`)
		return nil, a
	}
	w := s.window(k)
	w.take(now, DefaultWindow, 1)
	if w.used <= w.limit {
		return k, answer{}
	}
	a := answer{status: s.conf.LimitStatus} // without a body (documented)
	left := int(math.Ceil(w.ends.Sub(now).Seconds()))
	a.header = http.Header{"Retry-After": {strconv.Itoa(max(left, 1))}}
	return k, a
}
