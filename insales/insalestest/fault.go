package insalestest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
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
	// ResetAfter carries the request out, then aborts without an answer.
	ResetAfter Action = "reset_after"
	// Torn carries the request out and sends half of the body under the full
	// Content-Length, then aborts.
	Torn Action = "torn"
	// Half carries the request out and sends half of the body as if it were all.
	Half Action = "half"
	// HTML answers 200 (or Rule.Status) with an HTML page.
	HTML Action = "html"
)

// A Rule is one fault. The first rule that matches a request is applied, and
// only that one.
type Rule struct {
	// What it matches; what is empty matches everything.
	Op     Op
	Method string
	Path   string // prefix
	// PerPageOver matches requests for larger pages than that: what the shop
	// cannot do within the 50 seconds after which it answers 504.
	PerPageOver int
	// Contains matches requests whose body has this text: what the shop cannot
	// digest.
	Contains string

	After int // let so many matching requests pass first
	Times int // apply to so many; 0 = until cleared

	// Latency passes before anything is done: a client that hangs up meanwhile
	// was never heard.
	Latency time.Duration
	// AnswerDelay passes after the request was carried out.
	AnswerDelay time.Duration

	Action Action

	// List changes the rows of a list that is answered 200: what an index that is
	// being rebuilt, a cache or a broken proxy shows.
	List func(rows []json.RawMessage) []json.RawMessage
	// Fails makes a 500 of an answer in which this text stands: what the shop
	// cannot write.
	Fails string
	// Ignore names parameters of the query that have no effect.
	Ignore []string

	// Status answers with a code, Header and Body instead. Without a Status, Header
	// stands in the true answer: a Date that lies. Below 500 the shop
	// itself answers, so the key is checked and the request counted. A 5xx, like
	// the page of HTML, comes from a gateway in front of it: not counted and
	// without API-Usage-Limit, unless Header has one.
	Status int
	Header http.Header
	Body   string
	// Commits carries the request out although Status or HTML hides its answer.
	Commits bool

	// CommitDelay carries the request out only so long after it has come, also
	// if the client has gone or was told 504 or reset long before. An order gets
	// the time of the late commit.
	CommitDelay time.Duration
	// LateVisible hides an order created by the request for so long from lists
	// and by id; then it appears with its original times.
	LateVisible time.Duration
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
func (s *Shop) Fault(r Rule) *Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	f := &Fault{all: &s.faults, rule: r}
	s.faults.list = append(s.faults.list, f)
	return f
}

// ClearFaults takes all rules out of force. Commits that are under way still
// happen.
func (s *Shop) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
}

// pick returns the rule for a request and counts it as applied.
func (fs *faults) pick(c *call) Rule {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.list {
		if f.gone || !f.rule.matches(c) {
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

func (r Rule) matches(c *call) bool {
	return (r.Op == "" || r.Op == c.op) &&
		(r.Method == "" || r.Method == c.http.Method) &&
		strings.HasPrefix(c.http.URL.Path, r.Path) && (r.PerPageOver == 0 || c.perPage() > r.PerPageOver) &&
		bytes.Contains(c.body, []byte(r.Contains))
}

// perPage is the size of the page that a request asks for.
func (c *call) perPage() int {
	n, err := strconv.Atoi(c.http.URL.Query().Get("per_page"))
	if err != nil || n < 1 {
		return defaultPerPage
	}
	return n
}

// hides reports whether the client is told something made up.
func (r Rule) hides() bool { return r.Status != 0 || r.Action == HTML }

// A request that a rule spoils goes the same way as any other. It is logged, its
// rule is picked, and it waits for Latency. Then it is carried out, unless its
// answer is made up and Commits does not say otherwise; with a CommitDelay that
// happens so long after it came, whatever has become of the client. It waits for
// AnswerDelay, and its answer is spoiled. So what a client is told says nothing of
// whether its request was carried out, which is what a good client has to expect.

// serve takes one request through its rule. It aborts by panicking with
// http.ErrAbortHandler, on which net/http closes the connection silently.
func (s *Shop) serve(w http.ResponseWriter, c *call, entry *Request) {
	rule := s.faults.pick(c)
	c.late = rule.LateVisible
	rule.forget(c)
	s.phase(c, before)
	work := func() (answer, bool) { return s.carryOut(c), true }
	if rule.CommitDelay > 0 {
		work = s.carryOutLater(c, rule.CommitDelay)
	}
	if !wait(c.http.Context(), rule.Latency) || rule.Action == ResetBefore {
		panic(http.ErrAbortHandler)
	}
	if rule.hides() && !rule.Commits {
		s.finish(w, rule, s.madeUp(c, rule), entry)
		return
	}
	a, here := work()
	if !here {
		panic(http.ErrAbortHandler)
	}
	s.phase(c, After)
	if !wait(c.http.Context(), rule.AnswerDelay) {
		panic(http.ErrAbortHandler)
	}
	if rule.hides() {
		a = rule.answer()
	} else {
		a = rule.distort(a)
	}
	s.finish(w, rule, a, entry)
}

// forget takes the parameters from a request that have no effect.
func (r Rule) forget(c *call) {
	if len(r.Ignore) == 0 {
		return
	}
	q := c.http.URL.Query()
	for _, name := range r.Ignore {
		q.Del(name)
	}
	c.http = c.http.Clone(c.http.Context())
	c.http.URL.RawQuery = q.Encode()
}

// distort makes of a true answer what the client is told.
func (r Rule) distort(a answer) answer {
	if r.Fails != "" && bytes.Contains(a.body, []byte(r.Fails)) {
		return answer{status: http.StatusInternalServerError}
	}
	var rows []json.RawMessage
	if r.List != nil && a.status == http.StatusOK && json.Unmarshal(a.body, &rows) == nil {
		if rows = r.List(rows); rows == nil {
			rows = []json.RawMessage{}
		}
		a.body = encode(rows)
	}
	for name, values := range r.Header {
		if a.header == nil {
			a.header = http.Header{}
		}
		a.header[http.CanonicalHeaderKey(name)] = values
	}
	return a
}

// NoRows, FirstHalf, WithoutFirst, EverySecond and Backwards are ways for
// [Rule.List] to show less than there is, or in another order.
func NoRows([]json.RawMessage) []json.RawMessage { return nil }

// FirstHalf cuts a page short.
func FirstHalf(rows []json.RawMessage) []json.RawMessage { return rows[:len(rows)/2] }

// WithoutFirst leaves out the oldest of a page.
func WithoutFirst(rows []json.RawMessage) []json.RawMessage { return rows[min(1, len(rows)):] }

// EverySecond shows what one of two servers knows.
func EverySecond(rows []json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	for i := 1; i < len(rows); i += 2 {
		list = append(list, rows[i])
	}
	return list
}

// Backwards turns a page round.
func Backwards(rows []json.RawMessage) []json.RawMessage {
	list := slices.Clone(rows)
	slices.Reverse(list)
	return list
}

// carryOutLater arms the commit and returns a function that waits for it as
// long as the client does.
func (s *Shop) carryOutLater(c *call, delay time.Duration) func() (answer, bool) {
	done := make(chan answer, 1)
	time.AfterFunc(delay, func() { done <- s.carryOut(c) })
	return func() (answer, bool) {
		select {
		case a := <-done:
			return a, true
		case <-c.http.Context().Done():
			return answer{}, false
		}
	}
}

// finish gives the client as much of the answer as the rule lets through.
func (s *Shop) finish(w http.ResponseWriter, rule Rule, a answer, entry *Request) {
	switch rule.Action {
	case ResetAfter:
		panic(http.ErrAbortHandler)
	case Half:
		a.body = a.body[:len(a.body)/2]
	case Torn:
		s.head(w, a)
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	s.log.finish(entry, a.status)
	s.send(w, a)
}

// madeUp is the answer of a rule to a request that is not carried out.
func (s *Shop) madeUp(c *call, rule Rule) answer {
	a := rule.answer()
	if a.status >= 500 || rule.Action == HTML {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k, refusal := s.admit(c)
	switch {
	case k == nil:
		return refusal
	case refusal.status != 0:
		return s.stampUsage(k, refusal)
	}
	stamped := s.stampUsage(k, a)
	for name, values := range rule.Header { // what the rule says wins
		stamped.header[http.CanonicalHeaderKey(name)] = values
	}
	return stamped
}

func (r Rule) answer() answer {
	a := answer{status: r.Status, header: http.Header{}, body: []byte(r.Body)}
	for name, values := range r.Header {
		a.header[http.CanonicalHeaderKey(name)] = values
	}
	if r.Action != HTML && !strings.HasPrefix(r.Body, "<") {
		return a
	}
	a.header.Set("Content-Type", "text/html; charset=utf-8")
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if r.Body == "" {
		a.body = []byte("<!DOCTYPE html>\n<html><head><title>InSales</title></head>" +
			"<body><h1>Ведутся технические работы</h1></body></html>\n")
	}
	return a
}
