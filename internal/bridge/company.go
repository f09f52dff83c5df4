package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// A handle is one connected company while the program runs. It knows the settings
// as they are stored, the clients that are made of them, and the tasks that rooms
// have registered; of what these do it knows nothing.
type handle struct {
	*shared
	id  string
	log *slog.Logger

	gone atomic.Bool // the company was deleted

	// learning holds a token while the company is changed, in the store and in
	// memory: one change at a time. No mutex, because the store may be busy for a
	// while: in virtual time, time stands as long as somebody waits for a mutex.
	learning chan struct{}

	tasks []*task            // in the order in which they were registered; not changed after the launch
	stop  context.CancelFunc // ends the tasks; nil before they are launched

	mu      sync.Mutex // guards what follows
	company storage.Company
	shop    *insales.Client
	chat    *ineedchat.Client
}

func newHandle(s *shared, c storage.Company) *handle {
	h := &handle{shared: s, id: c.ID, log: s.cfg.Log.With("company", c.ID), learning: make(chan struct{}, 1)}
	h.use(c)
	return h
}

// use takes over stored settings. Rooms call it within their own change of
// settings, while they hold their mutex, so that none of them sees the new
// settings with what it knew of the old ones.
func (h *handle) use(c storage.Company) {
	window := h.window(c.Shop)
	chat := ineedchat.New(ineedchat.Config{
		URL: h.chatURL(c), Token: c.Chat.Token.Reveal(), Secret: firstSecret(c),
		UserAgent: h.userAgent(), Transport: h.cfg.ChatTransport, Observe: h.requests.chat,
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shop == nil || h.company.Shop != c.Shop {
		h.shop = h.shopClient(c.Shop, window)
	}
	h.company, h.chat = c, chat
}

func firstSecret(c storage.Company) string {
	if len(c.Chat.Secrets) == 0 {
		return ""
	}
	return c.Chat.Secrets[0].Reveal()
}

// settings gives the company's settings and what was learnt of it, as they are
// stored, for the caller to keep.
func (h *handle) settings() storage.Company {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.company.Clone()
}

// access gives how the company's chat proves itself, and whether our secrets
// cannot be read.
func (h *handle) access() (chat storage.Chat, sealed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	chat = h.company.Chat
	chat.Secrets = slices.Clone(chat.Secrets)
	return chat, h.company.Sealed
}

// theShop gives the client of the company's shop.
func (h *handle) theShop() *insales.Client {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.shop
}

// theChat gives the client of INEED.CHAT for the company.
func (h *handle) theChat() *ineedchat.Client {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.chat
}

// snapshot gives settings and shop as they belong together.
func (h *handle) snapshot() (storage.Company, *insales.Client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.company.Clone(), h.shop
}

// shopTime is the shop's clock; false before its first answer.
func (h *handle) shopTime() (time.Time, bool) { return h.theShop().ShopTime() }

// learn changes what was learnt of the company, in memory and in the store. What
// is stored is changed, not overwritten; so change may be called several times.
func (h *handle) learn(ctx context.Context, change func(*storage.Company)) {
	defer h.hold()()
	h.mu.Lock()
	sealed := h.company.Sealed
	if !sealed {
		change(&h.company)
	}
	h.mu.Unlock()
	if sealed {
		return // what cannot be opened must not be written over
	}
	err := h.update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		c, err := tx.Company(h.id)
		if err != nil {
			return err
		}
		change(&c)
		return tx.SetCompanyState(&c)
	})
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		h.log.Error("company state not stored", "err", err)
	}
}

// learnOf is learn for what is only true of the shop that was asked.
func (h *handle) learnOf(ctx context.Context, asked storage.Shop, change func(*storage.Company)) {
	h.learn(ctx, func(c *storage.Company) {
		if c.Shop == asked {
			change(c)
		}
	})
}

// hold lets nothing be learnt of the company until the caller releases it.
func (h *handle) hold() (release func()) {
	h.learning <- struct{}{}
	return func() { <-h.learning }
}

// update changes the store for a company as long as it is there. Once it was
// deleted, nothing that is still under way for it writes, not even if another
// company has its id by then.
func (h *handle) update(ctx context.Context, fn func(*storage.Tx) error) error {
	return h.store.Update(ctx, h.whileThere(fn))
}

// add is update for what comes anew, see storage.Add.
func (h *handle) add(ctx context.Context, fn func(*storage.Tx) error) error {
	return h.store.Add(ctx, h.whileThere(fn))
}

func (h *handle) whileThere(fn func(*storage.Tx) error) func(*storage.Tx) error {
	return func(tx *storage.Tx) error {
		if h.gone.Load() {
			return fmt.Errorf("company %s: %w", h.id, storage.ErrNotFound)
		}
		return fn(tx)
	}
}

// leave says whether the company is deleted: from then on nothing is written for
// it. A deletion whose commit fails takes it back.
func (h *handle) leave(deleted bool) { h.gone.Store(deleted) }

// quiet reports whether err only says that the program is being stopped.
func quiet(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, storage.ErrUnavailable)
}
