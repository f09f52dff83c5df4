// Package ineedchattest is a sandbox of the INEED.CHAT side of the connector:
// a [Chat] is an [http.Handler] that receives order statuses and catalogs as
// the contract describes them, and a [Sender] posts order webhooks to the
// connector the way a chat does, with the same webhook-id on every retry.
//
// The Chat is strict. What breaks the contract (unknown or missing fields,
// values outside the lists, a missing signature, a revision that goes back) is
// told by [Chat.Violations], which a good connector leaves empty. It shares no
// code with the connector's own wire package, so an error there is not mirrored
// here.
//
// Real life is added with [Chat.Fault], [Config.OnRequest] and the methods of
// scenario.go; together they give every answer of the contract on demand. All methods may
// be called at any time from any goroutine; the package uses the time package
// directly, starts no goroutines and so lives in a testing/synctest bubble as
// well as in the demo.
package ineedchattest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	webhook "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// What a Chat has unless its Config says otherwise. Both are fictional; the
// secret is the contract's test vector.
const (
	DefaultToken  = "00000000000000000000000000000c01"
	DefaultSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

// A Phase is a moment of a request at which Config.OnRequest is called.
type Phase string

// The phases of a request.
const (
	before Phase = "before" // arrived; nothing has been done
	After  Phase = "after"  // carried out; nothing has been answered
)

// A Config describes a Chat.
type Config struct {
	Token  string // default DefaultToken
	Secret string // whsec_…; "" = reports need no signature

	// AcceptUnknown takes reports on any order. Otherwise an order that nobody
	// told the chat of with Know gets 404.
	AcceptUnknown bool

	// CatalogCounts keeps of catalogs the categories and what CatalogBatches
	// counts, but no products, so that a million of them can come. They are
	// checked all the same.
	CatalogCounts bool

	// BatchLimit is the size in bytes above which a catalog batch gets 413, as
	// from a proxy that lets less through; above maxBatchBytes, which is the
	// default, the batch breaks the contract too.
	BatchLimit int

	// OnRequest, if set, is called twice for each request, without any lock
	// held. An error aborts the connection at that phase. It may block.
	OnRequest func(r *http.Request, p Phase) error
}

// A Chat is the sandbox. Make one with [New].
type Chat struct {
	conf   Config
	verify *webhook.Webhook // nil = no signature
	mux    *http.ServeMux
	faults faults

	catalogs catalogs

	mu         sync.Mutex
	token      string
	retired    map[string]bool // tokens that were replaced
	suspended  map[string]bool // companies
	forgotten  map[orderKey]bool
	orders     map[orderKey]*orderState
	reports    []Report
	violations []string
	calls      []Call
}

type orderKey struct{ company, order string }

// orderState is what the chat knows of an order.
type orderState struct {
	last      Report
	webhookID string
	reported  bool
	overtaken int64 // reports up to this revision are stale
}

// New returns a chat. It panics if the secret is not base64, which is an error
// of the test that made it.
func New(c Config) *Chat {
	if c.Token == "" {
		c.Token = DefaultToken
	}
	chat := &Chat{conf: c, mux: http.NewServeMux(), orders: map[orderKey]*orderState{}, token: c.Token,
		retired: map[string]bool{}, suspended: map[string]bool{}, forgotten: map[orderKey]bool{},
		catalogs: newCatalogs(c.CatalogCounts)}
	if c.Secret != "" {
		v, err := webhook.NewWebhook(c.Secret)
		if err != nil {
			panic("ineedchattest: " + err.Error())
		}
		chat.verify = v
	}
	chat.mux.HandleFunc("PUT /v1/companies/{company}/orders/{order}/status", chat.putStatus)
	chat.mux.HandleFunc("PUT /v1/companies/{company}/catalog/syncs/{sync}/batches/{seq}", chat.putBatch)
	return chat
}

// Know tells the chat that an order is its own.
func (c *Chat) Know(company, order string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := orderKey{company, order}
	delete(c.forgotten, k)
	if c.orders[k] == nil {
		c.orders[k] = &orderState{}
	}
}

// Status returns the state of an order as the chat has it now.
func (c *Chat) Status(company, order string) (Report, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.orders[orderKey{company, order}]
	if o == nil || !o.reported {
		return Report{}, false
	}
	return o.last, true
}

// Reports returns all reports that were well-formed and allowed, oldest first,
// also the repeated and stale ones.
func (c *Chat) Reports() []Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Report(nil), c.reports...)
}

// Violations tells, in the order they happened, what broke the contract.
func (c *Chat) Violations() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.violations...)
}

// maxViolations bounds the list: one wrong connector repeats itself.
const maxViolations = 1000

func (c *Chat) violate(r *http.Request, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.violations) < maxViolations {
		c.violations = append(c.violations, r.Method+" "+r.URL.Path+": "+fmt.Sprintf(format, args...))
	}
}

// ServeHTTP serves the API under /v1/.
func (c *Chat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 2<<20))
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone in the middle of its request
	}
	c.catalogs.look(r, body)
	rule := c.faults.pick(r, body)
	c.phase(r, body, before)
	if !wait(r.Context(), rule.Latency) || rule.Action == ResetBefore {
		panic(http.ErrAbortHandler)
	}
	if rule.Status != 0 && !rule.Commits {
		write(w, rule.answer())
		return
	}
	rec := &recorder{answer: answer{status: http.StatusOK, header: http.Header{}}}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c.mux.ServeHTTP(rec, r)
	c.phase(r, body, After)
	if !wait(r.Context(), rule.AnswerDelay) {
		panic(http.ErrAbortHandler)
	}
	a := rec.answer
	if rule.Status != 0 {
		a = rule.answer()
	}
	rule.finish(w, a)
}

func (c *Chat) phase(r *http.Request, body []byte, p Phase) {
	if c.conf.OnRequest == nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if c.conf.OnRequest(r, p) != nil {
		panic(http.ErrAbortHandler)
	}
}

// recorder holds an answer back until the rule has let it through.
type recorder struct{ answer }

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) { r.status = status }

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	r.body = append(r.body, b...)
	return len(b), nil
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func head(w http.ResponseWriter, a answer) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Date", time.Now().UTC().Truncate(time.Second).Format(http.TimeFormat))
	for name, values := range a.header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
}

func write(w http.ResponseWriter, a answer) {
	head(w, a)
	_, _ = w.Write(a.body)
}

// reply answers with JSON.
func reply(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("ineedchattest: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
