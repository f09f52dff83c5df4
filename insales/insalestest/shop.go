// Package insalestest is a sandbox of one InSales shop: a [Shop] is an
// [http.Handler] that speaks the part of the admin REST API the connector uses,
// with Basic auth, the request window and its headers, the account, orders with
// the documented change feed, and the dictionaries of deliveries, payments and
// statuses.
//
// It is stricter than the real shop where the documentation is silent: what a
// request holds beyond the documented names is accepted and ignored, as InSales
// does, but told by [Shop.UnknownFields], which a good client leaves empty. It
// shares no code and no types with the client, so an error there is not
// mirrored here. Answers have the names, types and nulls of the collected
// sample documents.
//
// What goes wrong in real life is made to go wrong with [Shop.Fault] (latency,
// error pages, resets before and after the commit, torn bodies, late commits,
// late visibility) and [Config.OnRequest]; what people do in the shop's admin
// is done with the methods in scenario.go. Both work on the same orders as the
// HTTP API.
//
// All methods may be called at any time from any goroutine. The package uses
// the time package directly, so a Shop lives in a testing/synctest bubble as
// well as in the demo. It never starts a goroutine of its own; only a rule with
// a CommitDelay uses a timer.
package insalestest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a Shop has unless its Config says otherwise. All of it is fictional.
const (
	DefaultKeyID     = "00000000000000000000000000000a01"
	DefaultPassword  = "00000000000000000000000000000b01"
	DefaultAccountID = 100001
	DefaultHost      = "shop-test.myinsales.ru"
	DefaultTitle     = "Тестовый магазин"

	DefaultLimit   = 500
	DefaultWindow  = 5 * time.Minute
	DefaultPerPage = 100 // not documented; the sandbox's own choice
	MaxPerPage     = 250

	DefaultFirstOrderID = 70000001
	DefaultFirstNumber  = 2001
)

// A Phase is a moment of a request at which Config.OnRequest is called.
type Phase string

// The phases of a request.
const (
	Before Phase = "before" // arrived; nothing has been done
	After  Phase = "after"  // carried out and committed; nothing has been answered
)

// Overstock says what happens to an order line with more than is in stock.
// What InSales does is not known; both were hinted at.
type Overstock string

// The ways to treat a line without enough stock.
const (
	OverstockRefuse Overstock = "refuse" // 422
	OverstockDrop   Overstock = "drop"   // the order is created without the line
)

// A Config describes a Shop. The zero value is a usable shop with the defaults
// above and the seeded catalogue of [Shop.Seed].
type Config struct {
	Host      string
	Title     string
	AccountID int64
	KeyID     string
	Password  string

	Limit       int           // requests per window and key
	Window      time.Duration // fixed, begins with the first request of a series
	LimitStatus int           // 429 (default), or 503 as it was until 2023
	PerPageMax  int

	Zone *time.Location // of all timestamps; default +03:00
	Skew time.Duration  // how far the shop's clock is ahead of ours

	FirstOrderID int64
	FirstNumber  int64

	IgnoreSalePrice     bool // a line's sale_price does not stick on create
	IgnoreDeliveryPrice bool // a Fixed delivery keeps its own price
	DeleteHard          bool // DELETE leaves no trace; default: moves to the trash
	Overstock           Overstock
	NoSeed              bool // start without catalogue and dictionaries

	// OnRequest, if set, is called twice for each request, without any lock
	// held. An error aborts the connection at that phase. It may block.
	OnRequest func(r *http.Request, p Phase) error
}

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	def(&c.Host, DefaultHost)
	def(&c.Title, DefaultTitle)
	def(&c.AccountID, DefaultAccountID)
	def(&c.KeyID, DefaultKeyID)
	def(&c.Password, DefaultPassword)
	def(&c.Limit, DefaultLimit)
	def(&c.Window, DefaultWindow)
	def(&c.LimitStatus, http.StatusTooManyRequests)
	def(&c.PerPageMax, MaxPerPage)
	def(&c.FirstOrderID, DefaultFirstOrderID)
	def(&c.FirstNumber, DefaultFirstNumber)
	def(&c.Overstock, OverstockRefuse)
	if c.Zone == nil {
		c.Zone = time.FixedZone("MSK", 3*60*60)
	}
	return c
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// A Shop is the sandbox. Make one with [New].
type Shop struct {
	conf   Config
	faults faults
	log    requestLog

	mu         sync.Mutex
	accountID  int64
	keys       map[string]*key
	forbidden  map[string]bool // sections
	dropMarker bool
	unknown    map[string]bool
	orders     store
	variants   map[int64]Variant
	deliveries []Delivery
	gateways   []Gateway
	statuses   []Status
	fields     []Field
	unlinked   map[[2]int64]bool // delivery and gateway
	lastID     int64             // of everything that is not an order
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
		orders:    store{byID: map[int64]*order{}, nextID: c.FirstOrderID, nextNumber: c.FirstNumber},
		variants:  map[int64]Variant{},
		unlinked:  map[[2]int64]bool{},
		lastID:    640000000,
	}
	s.AddKey(c.KeyID, c.Password)
	if !c.NoSeed {
		s.Seed()
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
	body  []byte
	late  time.Duration // until an order created by it can be seen
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
	c.route, c.op, c.id = findRoute(r.Method, r.URL.Path)
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
	defer s.mu.Unlock()
	k, a := s.admit(c)
	if k == nil {
		return a
	}
	switch {
	case a.status != 0:
	case c.route.serve == nil:
		a = notFound()
	case s.forbidden[c.route.section]:
		a = failure(http.StatusForbidden, "Недостаточно прав для операции")
	default:
		a = c.route.serve(s, c)
	}
	return k.stamp(a)
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
