package ineedchattest

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Call is a request that is not of the contract, as a chat takes it that has a form of
// its own.
type Call struct {
	At     time.Time
	Method string
	Host   string
	URI    string // path and query as they came
	Header http.Header
	Body   string
}

// TakeCalls lets the chat take any request below a path, such as "/api/": it is kept and
// answered 200 with {"ok":true}. What such a request has to be is the test's to judge;
// [Chat.Fault] answers it otherwise.
func (c *Chat) TakeCalls(prefix string) {
	c.mux.HandleFunc(strings.TrimSuffix(prefix, "/")+"/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // from memory
		c.mu.Lock()
		c.calls = append(c.calls, Call{time.Now(), r.Method, r.Host, r.RequestURI, r.Header.Clone(), string(body)})
		c.mu.Unlock()
		reply(w, http.StatusOK, map[string]bool{"ok": true})
	})
}

// Calls returns what was taken by TakeCalls, oldest first.
func (c *Chat) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}
