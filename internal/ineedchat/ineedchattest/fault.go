package ineedchattest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// An Action says how the answer to a request is spoiled.
type Action string

// The ways to spoil an answer. The zero value answers as usual, or with
// Rule.Status if that is set.
const (
	// ResetBefore aborts the connection before anything is done.
	ResetBefore Action = "reset_before"
	// ResetAfter takes the report, then aborts without an answer.
	ResetAfter Action = "reset_after"
	// Torn takes the report and sends half of the body under the full
	// Content-Length, then aborts.
	Torn Action = "torn"
)

// A Rule is one fault. The first rule that matches a request is applied, and
// only that one.
type Rule struct {
	Method string // "" = any
	Path   string // prefix

	// Contains matches requests whose body has this text: what the chat cannot
	// digest.
	Contains string

	After int // let so many matching requests pass first
	Times int // apply to so many; 0 = until cleared

	Latency     time.Duration // before anything is done
	AnswerDelay time.Duration // after the report was taken

	Action Action

	// Status answers with a code, Header (Retry-After …) and Body instead;
	// with Commits the report is taken all the same. An error without a Body is
	// a problem (RFC 9457); a Body that begins with "<" is a page of a proxy.
	Status  int
	Header  http.Header
	Body    string
	Commits bool
}

// A Fault is a rule in force.
type Fault struct {
	all  *faults
	rule Rule
	seen int
	hits int
	gone bool
}

// Hits tells to how many requests the rule was applied.
func (f *Fault) Hits() int {
	f.all.mu.Lock()
	defer f.all.mu.Unlock()
	return f.hits
}

// Clear takes the rule out of force.
func (f *Fault) Clear() {
	f.all.mu.Lock()
	defer f.all.mu.Unlock()
	f.gone = true
}

type faults struct {
	mu   sync.Mutex
	list []*Fault
}

// Fault puts a rule in force, after those that are already.
func (c *Chat) Fault(r Rule) *Fault {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	f := &Fault{all: &c.faults, rule: r}
	c.faults.list = append(c.faults.list, f)
	return f
}

// ClearFaults takes all rules out of force.
func (c *Chat) ClearFaults() {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.list = nil
}

// pick returns the rule for a request and counts it as applied.
func (fs *faults) pick(r *http.Request, body []byte) Rule {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.list {
		if f.gone || !f.rule.matches(r, body) {
			continue
		}
		if f.seen++; f.seen <= f.rule.After {
			continue
		}
		if f.rule.Times > 0 && f.hits >= f.rule.Times {
			continue
		}
		f.hits++
		return f.rule
	}
	return Rule{}
}

func (r Rule) matches(req *http.Request, body []byte) bool {
	return (r.Method == "" || r.Method == req.Method) && strings.HasPrefix(req.URL.Path, r.Path) &&
		bytes.Contains(body, []byte(r.Contains))
}

func (r Rule) answer() answer {
	a := answer{status: r.Status, header: http.Header{}, body: []byte(r.Body)}
	switch {
	case strings.HasPrefix(r.Body, "<"):
		a.header.Set("Content-Type", "text/html; charset=utf-8")
	case r.Status >= http.StatusBadRequest && r.Body == "":
		a.header.Set("Content-Type", "application/problem+json")
		a.body = fmt.Appendf(nil, `{"type":"about:blank","title":%q,"status":%d}`, http.StatusText(r.Status), r.Status)
	}
	maps.Copy(a.header, r.Header) // what the rule says wins
	return a
}

// finish gives the client as much of the answer as the rule lets through. An
// abort panics with http.ErrAbortHandler, on which net/http closes the
// connection silently.
func (r Rule) finish(w http.ResponseWriter, a answer) {
	switch r.Action {
	case ResetAfter:
		panic(http.ErrAbortHandler)
	case Torn:
		head(w, a)
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	write(w, a)
}

// wait returns false if the client hung up first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
