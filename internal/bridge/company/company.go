// Package company is one connected company while the program runs.
//
// A Company knows its settings as they are stored, the clients of its shop and its
// chat that are made of them, and what was learnt of it; rooms change what was
// learnt through Learn, and the store through Update and Add, which write nothing
// any more once the company is deleted. Rooms register their Tasks with it: a task
// is a loop that runs a step, waits for as long as the step said or until it is
// woken, and runs it again. Shared is what all companies have in common: the
// database, the connections with the guard that looks at every address that is
// dialled, and one request window for each access key.
//
// Beside that stands what all rooms need to speak of a company: how its URLs
// and secrets are tidied, merged and judged (access.go), who did something, for the
// journal (journal.go), and how long to wait after failures (backoff.go).
//
// The package knows nothing of orders, of the catalog, or of what its tasks do. Its
// mutex is the innermost: a room may hold its own while it asks for the settings,
// and nothing here calls a room.
package company

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

// A Company is one connected company while the program runs. It knows the settings
// as they are stored, the clients that are made of them, and the tasks that rooms
// have registered; of what these do it knows nothing.
type Company struct {
	*Shared
	ID  string
	Log *slog.Logger

	deleted atomic.Bool // nothing is written for it any more

	// learning holds a token while the company is changed, in the store and in
	// memory: one change at a time. No mutex, because the store may be busy for a
	// while: in virtual time, time stands as long as somebody waits for a mutex.
	learning chan struct{}

	tasks []*Task            // in the order in which they were registered; not changed after the launch
	stop  context.CancelFunc // ends the tasks; nil before they are launched

	mu      sync.Mutex // guards what follows
	company storage.Company
	shop    *insales.Client
	chat    *ineedchat.Client
}

// New makes the handle of a company with its stored settings.
func New(s *Shared, settings storage.Company) *Company {
	c := &Company{Shared: s, ID: settings.ID, Log: s.Config.Log.With("company", settings.ID),
		learning: make(chan struct{}, 1)}
	c.Use(settings)
	return c
}

// Use takes over stored settings. Rooms call it within their own change of
// settings, while they hold their mutex, so that none of them sees the new
// settings with what it knew of the old ones.
func (c *Company) Use(settings storage.Company) {
	window := c.Window(settings.Shop)
	chat := ineedchat.New(ineedchat.Config{
		URL: c.ChatURL(settings), Token: settings.Chat.Token.Reveal(), Secret: firstSecret(settings),
		UserAgent: c.UserAgent(), Transport: c.Config.ChatTransport, Observe: c.Requests.chat,
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shop == nil || c.company.Shop != settings.Shop {
		c.shop = c.ShopClient(settings.Shop, window)
	}
	c.company, c.chat = settings, chat
}

func firstSecret(c storage.Company) string {
	if len(c.Chat.Secrets) == 0 {
		return ""
	}
	return c.Chat.Secrets[0].Reveal()
}

// Settings gives the company's settings and what was learnt of it, as they are
// stored, for the caller to keep.
func (c *Company) Settings() storage.Company {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.company.Clone()
}

// Sends reports whether the settings let orders go to the shop.
func (c *Company) Sends() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.company.Orders.Enabled && !c.company.Orders.Paused && !c.company.Sealed
}

// ChatSettings gives how the company's chat is reached and proves itself, and whether
// our secrets cannot be read.
func (c *Company) ChatSettings() (chat storage.Chat, sealed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	chat = c.company.Chat
	chat.Secrets = slices.Clone(chat.Secrets)
	return chat, c.company.Sealed
}

// Shop gives the client of the company's shop.
func (c *Company) Shop() *insales.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shop
}

// Chat gives the client of INEED.CHAT for the company.
func (c *Company) Chat() *ineedchat.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chat
}

// Snapshot gives settings and shop as they belong together.
func (c *Company) Snapshot() (storage.Company, *insales.Client) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.company.Clone(), c.shop
}

// ChatSnapshot gives settings and the client of the chat as they belong together: a token
// goes to no other chat than its own.
func (c *Company) ChatSnapshot() (storage.Company, *ineedchat.Client) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.company.Clone(), c.chat
}

// ShopTime is the shop's clock; false before its first answer.
func (c *Company) ShopTime() (time.Time, bool) { return c.Shop().ShopTime() }

// Learn changes what was learnt of the company, in memory and in the store. What
// is stored is changed, not overwritten; so change may be called several times.
func (c *Company) Learn(ctx context.Context, change func(*storage.Company)) {
	defer c.LockLearning()()
	c.mu.Lock()
	sealed := c.company.Sealed
	if !sealed {
		change(&c.company)
	}
	c.mu.Unlock()
	if sealed {
		return // what cannot be opened must not be written over
	}
	err := c.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		stored, err := tx.Company(c.ID)
		if err != nil {
			return err
		}
		change(&stored)
		return tx.SetCompanyState(&stored)
	})
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		c.Log.Error("company state not stored", "err", err)
	}
}

// LearnOf is Learn for what is only true of the shop that was asked: if the company
// has another by now, nothing is learnt.
func (c *Company) LearnOf(ctx context.Context, asked storage.Shop, change func(*storage.Company)) {
	c.Learn(ctx, func(settings *storage.Company) {
		if settings.Shop == asked {
			change(settings)
		}
	})
}

// LockLearning lets nothing be learnt of the company until the caller releases it.
func (c *Company) LockLearning() (release func()) {
	c.learning <- struct{}{}
	return func() { <-c.learning }
}

// Update changes the store for a company as long as it is there. Once it was
// deleted, nothing that is still under way for it writes, not even if another
// company has its id by then.
func (c *Company) Update(ctx context.Context, fn func(*storage.Tx) error) error {
	return c.Store.Update(ctx, c.whileThere(fn))
}

// Tidy is Update for what can wait: see Store.Tidy.
func (c *Company) Tidy(ctx context.Context, fn func(*storage.Tx) error) error {
	return c.Store.Tidy(ctx, c.whileThere(fn))
}

// Add is Update for what comes anew: see Store.Add for how much room it leaves.
func (c *Company) Add(ctx context.Context, fn func(*storage.Tx) error) error {
	return c.Store.Add(ctx, c.whileThere(fn))
}

func (c *Company) whileThere(fn func(*storage.Tx) error) func(*storage.Tx) error {
	return func(tx *storage.Tx) error {
		if c.deleted.Load() {
			return fmt.Errorf("company %s: %w", c.ID, storage.ErrNotFound)
		}
		return fn(tx)
	}
}

// EndWrites lets nothing be written for the company any more. It belongs into the
// transaction that deletes it, so that no later one still finds it there.
func (c *Company) EndWrites() { c.deleted.Store(true) }

// ResumeWrites takes EndWrites back, for a deletion whose commit has failed.
func (c *Company) ResumeWrites() { c.deleted.Store(false) }

// Quiet reports whether err only says that the program is being stopped.
func Quiet(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, storage.ErrUnavailable)
}
