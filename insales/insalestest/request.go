package insalestest

import (
	"sync"
	"time"
)

// A Request is one line of the request log.
type Request struct {
	Op     Op
	Method string
	Path   string
	Query  string
	KeyID  string
	Body   string
	At     time.Time // shop time
	Status int       // 0 = not answered, or the connection was aborted
}

// maxLog bounds the log; older requests are forgotten.
const maxLog = 10_000

// requestLog remembers requests in the order of their arrival.
type requestLog struct {
	mu    sync.Mutex
	list  []*Request
	count map[Op]int
}

func (l *requestLog) add(c *call, at time.Time) *Request {
	keyID, _, _ := c.http.BasicAuth()
	e := &Request{
		Op: c.op, Method: c.http.Method, Path: c.http.URL.Path, Query: c.http.URL.RawQuery,
		KeyID: keyID, Body: string(c.body), At: at,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == maxLog {
		l.list = append([]*Request(nil), l.list[maxLog/2:]...)
	}
	l.list = append(l.list, e)
	if l.count == nil {
		l.count = map[Op]int{}
	}
	l.count[c.op]++
	return e
}

func (l *requestLog) finish(e *Request, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Status = status
}

// Requests returns the latest requests, oldest first, also those that were
// refused or aborted.
func (s *Shop) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	list := make([]Request, len(s.log.list))
	for i, e := range s.log.list {
		list[i] = *e
	}
	return list
}

// Count tells how many requests of one kind have arrived ever.
func (s *Shop) Count(op Op) int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.count[op]
}
