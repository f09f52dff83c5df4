// Package insalestest is a sandbox of one InSales shop: a [Shop] is an
// [http.Handler] that speaks the part of the admin REST API that the connector,
// the shop's managers and other apps use, with Basic auth, rights, the request
// window and its headers: the account, orders and clients with the documented
// change feed, deliveries, payments, statuses, checkout fields, webhooks, and
// the catalogue. With a [Catalog] in its Config it has as many products as a
// test wants, made on demand and not kept.
//
// It is stricter than the real shop where the documentation is silent: what a
// request holds beyond the documented names is accepted and ignored, as InSales
// does, but told by [Shop.UnknownFields], which a good client leaves empty. It
// shares no code and no types with the client, so an error there is not
// mirrored here. Answers have the names, types and nulls of the collected
// sample documents. Where it is not known what InSales does, the comment at the
// place says so, and the shop takes the tolerant way.
//
// What goes wrong in real life is made to go wrong with [Shop.Fault] (latency,
// error pages, resets before and after the commit, torn bodies, late commits,
// late visibility), [Config.OnRequest] and, for webhooks, a [Courier]; what
// people do in the shop's admin is done over HTTP like any app does, or with the
// methods in scenario.go. All of them work on the same shop.
//
// All methods may be called at any time from any goroutine. The package uses
// the time package directly, so a Shop lives in a testing/synctest bubble as
// well as in the demo. It never starts a goroutine of its own; only a rule with
// a CommitDelay and Config.GroupDelay use a timer, and whoever wants webhooks
// sent runs the Courier.
package insalestest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Shop is the sandbox. Make one with [New].
type Shop struct {
	conf   Config
	faults faults
	log    requestLog

	mu         sync.Mutex
	accountID  int64
	keys       map[string]*key
	shared     window          // of all keys, if they share one
	forbidden  map[string]bool // sections
	unknown    map[string]bool
	orders     store
	clients    map[int64]client
	products   productStore
	sections   table[Collection]
	categories table[category]
	options    vocabulary
	properties vocabulary
	tree       map[int64]int64 // collections and their parents; nil = to be made
	gone       map[int64]bool  // removed collections
	warehouses []string        // by array_index
	bumped     []bump          // products that webhooks are due for
	deliveries table[Delivery]
	gateways   table[Gateway]
	statuses   table[Status]
	fields     table[Field]
	links      []link
	unlinked   map[[2]int64]bool // delivery and gateway
	hooks      table[Hook]
	due        []parcel // webhooks that unlock will hand over
	lastID     int64    // of everything that is not an order and not below
	lastLink   int64
	lastStatus int64
	lastHook   int64
}

// New returns a shop with one key and, unless told otherwise, the seeded
// catalogue.
func New(c Config) *Shop {
	c = c.withDefaults()
	s := &Shop{
		conf:      c,
		accountID: c.AccountID,
		keys:      map[string]*key{},
		forbidden: map[string]bool{},
		unknown:   map[string]bool{},
		orders: store{byID: map[int64]*order{}, made: map[string]int64{}, nextID: c.FirstOrderID,
			nextNumber: firstNumber},
		clients:    map[int64]client{},
		products:   newProductStore(),
		options:    vocabulary{first: 7288213, firstValue: 34246375},
		properties: vocabulary{first: 151753425, firstValue: 91000001},
		unlinked:   map[[2]int64]bool{},
		gone:       map[int64]bool{}, warehouses: []string{"Основной склад"},
		lastID: 640000000, lastLink: 572000, lastStatus: 1000, lastHook: 13,
	}
	s.AddKey(DefaultKeyID, DefaultPassword)
	s.categories.put(category{ID: rootCategory, Title: "Склад"}, s.birth())
	if !c.NoSeed {
		s.seed()
	}
	if c.Catalog.Products > 0 {
		s.stock(c.Catalog)
	}
	return s
}

// SetAccountID puts another account behind the same host and keys.
func (s *Shop) SetAccountID(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accountID = id
}

// UnknownFields tells, sorted, what requests held that the documentation does
// not know or promise: "order.foo" is a field of a body, "?foo" a query
// parameter. InSales ignores such things without a word.
func (s *Shop) UnknownFields() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sortedKeys(s.unknown)
}

func (s *Shop) report(what ...string) {
	for _, w := range what {
		s.unknown[w] = true
	}
}

// now is the shop's own clock.
func (s *Shop) now() time.Time { return time.Now().Add(s.conf.Skew) }

// nextID numbers lines, clients, addresses and history entries.
func (s *Shop) nextID() int64 {
	s.lastID++
	return s.lastID
}

// A call is one request, read completely before anything is done with it.
type call struct {
	http  *http.Request
	route route
	op    Op
	id    string
	inner string // the id of a part, as in products/{id}/variants/{inner}
	body  []byte
	late  time.Duration // until an order created by it can be seen
}

// keyID is the access key a call came with.
func (c *call) keyID() string {
	id, _, _ := c.http.BasicAuth()
	return id
}

// An answer is what a handler returns. A nil body is an empty one.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ServeHTTP serves the admin API under /admin/.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<20))
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone in the middle of its request
	}
	c := &call{http: r, body: body}
	route, ids := findRoute(r.Method, r.URL.Path)
	c.route, c.op, c.id, c.inner = route, route.op, ids[0], ids[1]
	entry := s.log.add(c, s.now())
	s.serve(w, c, entry)
}

// phase calls the hook and aborts the connection if it says so.
func (s *Shop) phase(c *call, p Phase) {
	if s.conf.OnRequest == nil {
		return
	}
	c.http.Body = io.NopCloser(bytes.NewReader(c.body))
	if s.conf.OnRequest(c.http, p) != nil {
		panic(http.ErrAbortHandler)
	}
}

// carryOut does what the request asks for, in one step that nothing interrupts.
func (s *Shop) carryOut(c *call) answer {
	s.mu.Lock()
	defer s.unlock()
	k, a := s.admit(c)
	if k == nil {
		return a
	}
	switch {
	case a.status != 0:
	case c.route.serve == nil:
		a = notFound()
	case s.lacks(c.route.rights...):
		a = noRight()
	default:
		s.report(c.route.strangers(c)...)
		a = s.coded(c.route.serve(s, c))
		if s.conf.EncodeHTML {
			a.body = encodeHTML(a.body)
		}
	}
	return s.stampUsage(k, a)
}

// coded gives an answer the code that this shop has for it.
func (s *Shop) coded(a answer) answer {
	switch {
	case a.status == http.StatusNotFound && s.conf.MissingStatus != 0:
		a.status = s.conf.MissingStatus
	case a.status == http.StatusUnprocessableEntity && s.conf.RefusalIs400:
		a.status = http.StatusBadRequest
	}
	return a
}

// send answers, unless the client has gone.
func (s *Shop) send(w http.ResponseWriter, a answer) {
	s.head(w, a)
	_, _ = w.Write(a.body)
}

// head writes status and headers. Date follows the shop's clock, also in a
// bubble.
func (s *Shop) head(w http.ResponseWriter, a answer) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Date", s.now().UTC().Truncate(time.Second).Format(http.TimeFormat))
	s.mu.Lock()
	if s.conf.NoDate {
		h["Date"] = nil // or net/http would put one in
	}
	s.mu.Unlock()
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	for name, values := range a.header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(a.status)
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

// object is a JSON object of an answer.
type object = map[string]any

func ok(v any) answer { return answer{status: http.StatusOK, body: encode(v)} }

func notFound() answer { return failure(http.StatusNotFound, "Not found") }

// failure has the shape of an error that is not about a field; the name of its
// key is inferred.
func failure(status int, message string) answer {
	return answer{status: status, body: encode(object{"error": message})}
}

// plainText is the answer to a wrong key; its exact bytes are inferred.
func plainText(status int, text string) answer {
	return answer{
		status: status, body: []byte(text),
		header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}},
	}
}

// encode cannot fail: the values are made of maps, slices and scalars. HTML in
// descriptions stays readable.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("insalestest: " + err.Error()) // a value put in by Mangle
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// stamp writes a time as orders have it: in the shop's zone, and the
// milliseconds always .000.
func (s *Shop) stamp(t time.Time) string { return s.stampMS(t.Truncate(time.Second)) }

// stampMS keeps the milliseconds.
func (s *Shop) stampMS(t time.Time) string {
	return t.In(s.conf.Zone).Format("2006-01-02T15:04:05.000-07:00")
}

// null turns what was left out into a JSON null.
func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// parseID reads an id; anything else is no id of the shop.
func parseID(text string) int64 {
	id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
