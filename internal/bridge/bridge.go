// Package bridge decides: what becomes of an order that INEED.CHAT has sent,
// when it goes to the shop, whether it has arrived there, and what the chat is
// told of it.
//
// Each company has a worker with three loops: the reader walks the shop's
// change feed and hands every order body to observe; the senders bring orders
// into the shop; the reporters tell the chat. All state that must survive
// lives in package storage, row by row; what a worker keeps in memory (which
// requests are in flight, since when an outcome is unknown) may be lost at any
// moment and only costs time.
//
// The promises that hold whatever dies in between: an accepted order is never
// lost, an order is created once, an older status never overwrites a newer
// one. How: the table in machine.go, the intent that is committed before a
// create request leaves, and the rule that an order is sent again only after
// it was proven absent from the shop (proof.go).
package bridge

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// ErrNotFound is returned for companies and orders that do not exist.
var ErrNotFound = storage.ErrNotFound

// A Config says what the bridge works with. Store is required.
type Config struct {
	Store        *storage.Store
	ChatURL      string        // where INEED.CHAT is, unless a company says otherwise
	PublicURL    string        // where shops reach us; "" = nowhere, polling does the work
	PollInterval time.Duration // between reads of a shop's feed; 0 = 2 minutes
	Version      string        // of the program, for User-Agent
	Log          *slog.Logger  // nil = none

	// AllowPrivateNetworks permits shops and chats at http URLs and at loopback
	// and private addresses. Link-local and metadata addresses never are.
	AllowPrivateNetworks bool

	// Transport carries the requests to shops, ChatTransport those to the chat.
	// Nil means one that refuses forbidden addresses when it dials.
	Transport     http.RoundTripper
	ChatTransport http.RoundTripper

	// Dial opens the connections of notifications: to mail servers, and to what
	// is asked over HTTP. Nil means one that refuses forbidden addresses.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Letter puts a notification about a company into words; nil means its codes.
	Letter func(lang string, c storage.Company, m storage.Message) Letter

	// Grace is how long requests under way may go on after Run's context has
	// ended; 0 = 8 s, less than what containers get to stop.
	Grace time.Duration
}

// A Bridge is the connector between one chat tenant and its companies' shops.
type Bridge struct {
	cfg        Config
	store      *storage.Store
	log        *slog.Logger
	markerKey  []byte
	browserKey []byte
	metrics    *metrics
	reads      atomic.Int64 // the last number given to a read of the shop

	saving  sync.Mutex // one change of settings at a time
	proving sync.Mutex // one password is judged at a time
	guesses *guesses
	posts   *posts        // the ways to people
	room    *insales.Room // for what shops answer

	disbeliefs disbeliefs
	nobody     *worker // see Door

	mu      sync.Mutex
	workers map[string]*worker         // by company
	windows map[string]*insales.Window // by host and key, which companies may share
	run     context.Context            // of Run; nil while it does not run
	wg      sync.WaitGroup             // the workers' loops
}

// New makes a bridge and loads the companies. Nothing is sent before Run.
func New(ctx context.Context, cfg Config) (*Bridge, error) {
	if cfg.PollInterval == 0 {
		cfg.PollInterval = 2 * time.Minute
	}
	if cfg.Grace == 0 {
		cfg.Grace = 8 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Transport == nil {
		cfg.Transport = newTransport(cfg.AllowPrivateNetworks, shopConnect)
	}
	if cfg.ChatTransport == nil {
		cfg.ChatTransport = newTransport(cfg.AllowPrivateNetworks, chatConnect)
	}
	cfg.PublicURL, cfg.ChatURL = weburl.Tidy(cfg.PublicURL), weburl.Tidy(cfg.ChatURL)
	b := &Bridge{
		cfg: cfg, store: cfg.Store, log: cfg.Log,
		markerKey:  cfg.Store.DeriveKey("marker"),
		browserKey: cfg.Store.DeriveKey("browser"),
		metrics:    newMetrics(cfg.Store),
		guesses:    newGuesses(),
		workers:    map[string]*worker{},
		windows:    map[string]*insales.Window{},
		posts:      newPosts(cfg),
		room:       insales.NewRoom(largeAnswers),
		nobody:     nobody(),
	}
	b.metrics.bridge = b
	list, err := b.store.Companies(ctx)
	if err != nil {
		return nil, fmt.Errorf("load companies: %w", err)
	}
	census, err := b.store.Census(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("count orders: %w", err)
	}
	b.reads.Store(census.LastRead)
	for _, c := range list {
		b.workers[c.ID] = newWorker(b, c)
	}
	return b, nil
}

// Run works for all companies until ctx ends; then it takes nothing new,
// finishes the requests under way and returns.
func (b *Bridge) Run(ctx context.Context) error {
	b.mu.Lock()
	if b.run != nil {
		b.mu.Unlock()
		return fmt.Errorf("bridge: runs already")
	}
	b.run = ctx
	for _, w := range b.workers {
		b.launch(w)
	}
	b.mu.Unlock()
	b.notifying(ctx)
	<-ctx.Done()
	b.mu.Lock()
	b.run = nil // no new worker is launched from here on
	b.mu.Unlock()
	b.wg.Wait()
	return nil
}

// launch starts a worker's loops if Run runs. The caller holds b.mu.
func (b *Bridge) launch(w *worker) {
	if b.run == nil {
		return
	}
	ctx, cancel := context.WithCancel(b.run)
	w.stop = cancel
	start := func(wake chan struct{}, step func(context.Context) time.Duration) {
		b.wg.Go(func() { loop(ctx, wake, step) })
	}
	start(w.wakeReader, w.readDue)
	for range sendersPerShop {
		start(w.wakeSender, w.sendDue)
	}
	start(w.wakePayer, w.payDue)
	start(w.wakeHooks, w.hookDue)
	start(w.wakeRefresher, w.refreshDue)
	start(w.wakeCatalog, w.catalogDue)
	start(w.wakeEraser, w.eraseDue)
	for range reportersPerChat {
		start(w.wakeReporter, w.reportDue)
	}
}

// loop is the one loop of all workers: it runs the step, waits for as long as
// the step said or until it is woken, and runs it again.
func loop(ctx context.Context, wake <-chan struct{}, step func(context.Context) time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-wake:
		}
		if ctx.Err() != nil {
			return
		}
		timer.Reset(max(step(ctx), 0))
	}
}

// wake makes a loop run its step soon. Several wakes before that are one.
func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// finishing gives a context for a request that may go on for the grace after
// ctx has ended: a request cut off is an outcome nobody knows.
func (b *Bridge) finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(b.cfg.Grace, cancel)
		context.AfterFunc(out, func() { timer.Stop() })
	})
	return out, func() { stop(); cancel() }
}

// Ready reports whether orders can be taken and worked on. It writes nothing:
// anybody may ask, as often as they like.
func (b *Bridge) Ready() error {
	b.mu.Lock()
	running := b.run != nil
	b.mu.Unlock()
	if !running {
		return fmt.Errorf("the workers do not run")
	}
	return b.store.Health()
}

// nextRead numbers a read. The number is taken when the request starts, so
// that of two reads that show one order at one time the later request wins.
func (b *Bridge) nextRead() int64 { return b.reads.Add(1) }

// worker gives the worker of a company, or ErrNotFound.
func (b *Bridge) worker(id string) (*worker, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w, ok := b.workers[id]
	if !ok {
		return nil, fmt.Errorf("company %s: %w", id, ErrNotFound)
	}
	return w, nil
}

// all gives the workers by company id.
func (b *Bridge) all() []*worker {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]*worker, 0, len(b.workers))
	for _, id := range slices.Sorted(maps.Keys(b.workers)) {
		list = append(list, b.workers[id])
	}
	return list
}

// window gives the request window of a shop's key. Companies that share a key
// share its window, because the shop counts by key.
func (b *Bridge) window(s storage.Shop) *insales.Window {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := s.URL + " " + s.KeyID
	w, ok := b.windows[name]
	if !ok {
		w = insales.NewWindow()
		b.windows[name] = w
	}
	return w
}
