package bridge

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// How many requests one company has under way at a time. Eight creates bring
// 400 orders into a shop that answers in 300 ms within 20 s.
const (
	sendersPerShop   = 8
	reportersPerChat = 4
)

// idle is how long a loop sleeps when nothing waits for it; it is woken before
// that when something does. So it only bounds what a clock that was set could
// make it miss.
const idle = 15 * time.Minute

// A worker works for one company. Its loops share what stands behind mu.
type worker struct {
	b   *Bridge
	id  string
	log *slog.Logger

	wakeReader, wakeSender, wakeReporter, wakePayer, wakeHooks, wakeRefresher, wakeCatalog, wakeEraser chan struct{}
	stop                                                                                               context.CancelFunc // ends its loops; nil before they are launched

	gone atomic.Bool // its company was deleted

	claims sync.Mutex // one sender or reporter at a time looks for work

	// How many of the chat's deliveries were refused since the start, and how many
	// of these an order that was taken has settled; see through.
	refusals, settledRefusals atomic.Int64

	// learning holds a token while the company is changed, in the store and in
	// memory: one change at a time. No mutex, because the store may be busy for a
	// while: in virtual time, time stands as long as somebody waits for a mutex.
	learning chan struct{}

	mu      sync.Mutex
	company storage.Company // settings and what was learnt, as stored
	shop    *insales.Client
	chat    *ineedchat.Client

	feed    feedState
	trouble *trouble // why nothing is sent for now; nil = nothing is wrong
	blame   blame    // whose fault it is that orders fail
	hooks   hookState
	catalog catalogState

	reportAt     time.Time                      // nothing is reported before: the chat has asked for that
	reportedAt   time.Time                      // when the chat has taken a report last
	refreshAt    time.Time                      // no order is asked for by id before
	refreshTries int                            // failures in a row
	later        map[storage.OrderKey]time.Time // orders whose own request failed: not asked for before
	openAt       time.Time                      // when an open order was last asked for
	goneTo       time.Time                      // a person has confirmed what was gone then

	doubts    map[storage.OrderKey]*doubt   // orders whose create has an unknown outcome
	sending   map[storage.OrderKey]struct{} // claimed by a sender
	reporting map[storage.OrderKey]struct{} // claimed by a reporter
}

func newWorker(b *Bridge, c storage.Company) *worker {
	w := &worker{
		b: b, id: c.ID, log: b.log.With("company", c.ID),
		wakeReader: make(chan struct{}, 1), wakeSender: make(chan struct{}, 1), wakeReporter: make(chan struct{}, 1), wakePayer: make(chan struct{}, 1),
		wakeHooks: make(chan struct{}, 1), wakeRefresher: make(chan struct{}, 1), wakeCatalog: make(chan struct{}, 1), wakeEraser: make(chan struct{}, 1),
		learning:  make(chan struct{}, 1),
		doubts:    map[storage.OrderKey]*doubt{},
		later:     map[storage.OrderKey]time.Time{},
		sending:   map[storage.OrderKey]struct{}{},
		reporting: map[storage.OrderKey]struct{}{},
	}
	w.settledRefusals.Store(-1) // nobody knows yet
	w.use(c)
	if p := c.Problem; p != nil {
		// Whether it still holds is found out at once.
		w.trouble = &trouble{problem: *p, bySender: !readProblem(p.Code)}
	}
	return w
}

// use takes over new settings. What depends on what has changed begins anew:
// another shop or key shuts the gate, and any change lets a company that was
// in trouble try again at once.
func (w *worker) use(c storage.Company) {
	window := w.b.window(c.Shop)
	chat := ineedchat.New(ineedchat.Config{
		URL: w.b.chatURL(c), Token: c.Chat.Token.Reveal(), Secret: firstSecret(c),
		UserAgent: w.b.userAgent(), Transport: w.b.cfg.ChatTransport, Observe: w.b.metrics.chatRequest,
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	old := w.company
	if w.shop == nil || old.Shop != c.Shop {
		w.shop = w.b.shopClient(c.Shop, window)
		w.feed.shut()
		w.hooks, w.blame = hookState{}, blame{} // they are those of another shop or key
	}
	if !old.Orders.Enabled && c.Orders.Enabled || old.Orders.MaxAge < c.Orders.MaxAge {
		w.feed.shut()
	}
	w.company, w.chat, w.reportAt, w.hooks.retryAt = c, chat, time.Time{}, time.Time{}
	w.catalog.retryAt, w.catalog.show, w.catalog.problem = time.Time{}, nil, nil
	if w.trouble != nil {
		w.trouble.retryAt = time.Time{}
	}
}

// shopClient makes a client of a shop.
func (b *Bridge) shopClient(s storage.Shop, window *insales.Window) *insales.Client {
	return insales.New(insales.Config{
		URL: s.URL, KeyID: s.KeyID, Password: s.Password.Reveal(), UserAgent: b.userAgent(),
		Transport: b.cfg.Transport, Window: window, Observe: b.metrics.shopRequest,
		Room: b.room, Marker: markerName,
	})
}

func (b *Bridge) userAgent() string { return "ineed-insales-connector/" + b.cfg.Version }

func firstSecret(c storage.Company) string {
	if len(c.Chat.Secrets) == 0 {
		return ""
	}
	return c.Chat.Secrets[0].Reveal()
}

// chatURL is where a company's reports go.
func (b *Bridge) chatURL(c storage.Company) string {
	if c.Chat.URL != "" {
		return c.Chat.URL
	}
	return b.cfg.ChatURL
}

// ChatURL is where INEED.CHAT is unless a company says otherwise; "" = nowhere.
func (b *Bridge) ChatURL() string { return b.cfg.ChatURL }

// snapshot gives the settings and clients of this moment.
func (w *worker) snapshot() (storage.Company, *insales.Client, *ineedchat.Client) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.company.Clone(), w.shop, w.chat
}

// wakeAll lets every loop look whether there is something to do.
func (w *worker) wakeAll() {
	wake(w.wakeReader)
	wake(w.wakeSender)
	wake(w.wakeReporter)
	wake(w.wakePayer)
	wake(w.wakeHooks)
	wake(w.wakeRefresher)
	wake(w.wakeCatalog)
}

// learn changes what was learnt of the company, in memory and in the store. What
// is stored is changed, not overwritten; so change may be called several times.
func (w *worker) learn(ctx context.Context, change func(*storage.Company)) {
	w.learning <- struct{}{}
	defer func() { <-w.learning }()
	w.mu.Lock()
	sealed := w.company.Sealed
	if !sealed {
		change(&w.company)
	}
	w.mu.Unlock()
	if sealed {
		return // what cannot be opened must not be written over
	}
	err := w.update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		c, err := tx.Company(w.id)
		if err != nil {
			return err
		}
		change(&c)
		return tx.SetCompanyState(&c)
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		w.log.Error("company state not stored", "err", err)
	}
}

// learnOf is learn for what is only true of the shop that was asked.
func (w *worker) learnOf(ctx context.Context, asked storage.Shop, change func(*storage.Company)) {
	w.learn(ctx, func(c *storage.Company) {
		if c.Shop == asked {
			change(c)
		}
	})
}

// flying counts the orders that are being sent or have an unknown outcome.
func (w *worker) flying() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sending) + len(w.doubts)
}

// shopTime is the shop's clock; false before its first answer.
func (w *worker) shopTime() (time.Time, bool) {
	_, shop, _ := w.snapshot()
	return shop.ShopTime()
}

// quiet reports whether err only says that the program is being stopped.
func quiet(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, storage.ErrUnavailable)
}
