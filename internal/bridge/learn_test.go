package bridge_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/storage"
)

// sameInStore looks, in a life that has ended well, whether the database has what
// memory has of the companies.
func (w *world) sameInStore() {
	w.t.Helper()
	if w.crashed.Load() || w.judgedLater {
		return
	}
	memory, _ := w.proc.bridge.Companies(context.Background())
	stored, err := w.proc.store.Companies(context.Background())
	text := func(list []storage.Company) string {
		s := ""
		for _, c := range list {
			c.UpdatedAt = c.UpdatedAt.Truncate(time.Millisecond).UTC()
			c.Hooks.OldUntil = c.Hooks.OldUntil.Truncate(time.Millisecond).UTC()
			b, err := json.Marshal(c)
			s += fmt.Sprint(string(b), c.Hooks.Token.Reveal(), c.Hooks.Old.Reveal(), err, "\n")
		}
		return s
	}
	if err != nil || text(memory) != text(stored) {
		w.t.Errorf("in memory:\n%s\nstored:\n%s%v", text(memory), text(stored), err)
	}
}

// stored is the company as the database has it.
func (w *world) stored() storage.Company {
	w.t.Helper()
	list, err := w.proc.store.Companies(w.t.Context())
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%d companies, %v", len(list), err)
	}
	return list[0]
}

// TestLearntWhileSaving: saving settings asks the shop, which takes seconds.
// What the workers learn of the company meanwhile stays, in memory and stored.
func TestLearntWhileSaving(t *testing.T) {
	t.Parallel()
	locked := insalestest.Rule{Op: insalestest.OpOrders, Status: 423}
	place := func(w *world) {
		_, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
			Lines: []insalestest.PlacedLine{{VariantID: 500000004}}})
		w.must(err)
	}
	for _, tt := range []struct {
		name                       string
		prepare, before, meanwhile func(*world)
		learnt                     func(storage.Company) bool
	}{
		{name: "an alarm", meanwhile: func(w *world) { w.shop.Fault(locked) },
			learnt: func(c storage.Company) bool { return c.Problem != nil }},
		{name: "its end", before: func(w *world) { w.shop.Fault(locked) },
			meanwhile: func(w *world) { w.shop.ClearFaults() },
			learnt:    func(c storage.Company) bool { return c.Problem == nil }},
		{name: "the account", prepare: func(w *world) { w.shop.Forbid(insalestest.SectionAccount) }, meanwhile: place,
			learnt: func(c storage.Company) bool { return c.AccountID == insalestest.DefaultAccountID }},
		{name: "the marker", meanwhile: (*world).first,
			learnt: func(c storage.Company) bool { return c.MarkerKept != nil && *c.MarkerKept }},
		{name: "the zone", meanwhile: place,
			learnt: func(c storage.Company) bool { return c.Learnt.Zone != nil }},
		{name: "webhooks", prepare: func(w *world) {
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpHooks, Status: 500, Times: 1})
		},
			before: func(*world) { time.Sleep(36 * time.Second) }, // they are tried again after 48 to 72 seconds
			learnt: func(c storage.Company) bool { return len(c.Hooks.IDs) == 2 && c.HookFault == nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, func(w *world) {
					w.config = func(c *bridge.Config) {
						c.PublicURL, c.PollInterval = "http://connector.test", 2*time.Second
					}
					w.perhaps(tt.prepare)
				})
				time.Sleep(5 * time.Second)
				w.perhaps(tt.before)
				time.Sleep(5 * time.Second)
				for _, op := range []insalestest.Op{insalestest.OpAccount, insalestest.OpProducts} {
					w.shop.Fault(insalestest.Rule{Op: op, Latency: 14 * time.Second})
				}
				saved := make(chan error)
				go func() {
					c := settings()
					c.Catalog.Enabled = true
					_, err := w.proc.bridge.SaveCompany(t.Context(), c)
					saved <- err
				}()
				time.Sleep(2 * time.Second)
				w.perhaps(tt.meanwhile)
				w.must(<-saved)
				if now, stored := w.company(), w.stored(); !tt.learnt(now) || !tt.learnt(stored) {
					t.Errorf("forgotten: %+v, stored %+v", now, stored)
				}
			})
		})
	}
}

// perhaps does a step of a test, if there is one.
func (w *world) perhaps(step func(*world)) {
	if step != nil {
		step(w)
	}
}

// TestHooksOfAnotherKey: webhooks belong to a key and an account. With another
// one they are registered at once, not when they would be looked after next.
func TestHooksOfAnotherKey(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.untilHooks(2)
		ours := func() bool { return len(w.hooks()) == 2 && len(w.company().Hooks.IDs) == 2 }
		w.shop.AddKey("another-key", "another-password")
		w.set(func(c *storage.Company) { c.Shop.KeyID, c.Shop.Password = "another-key", "another-password" })
		w.until(10*time.Second, "the webhooks of the new key", ours)
		for _, h := range w.shop.Hooks() {
			if h.KeyID != "another-key" {
				t.Errorf("left behind: %+v", h)
			}
			w.shop.DropHook(h.ID) // the next account has none
		}
		w.shop.SetAccountID(7)
		_, err := w.proc.bridge.ConfirmAccount(t.Context(), company, "test")
		w.must(err)
		w.until(10*time.Second, "the webhooks of the new account", ours)
	})
}

// TestHooksTriedSeldom: an idle shop that gives no right to webhooks is asked for
// them ever more seldom, not with each poll; a check by a person asks at once.
func TestHooksTriedSeldom(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked, func(w *world) { w.shop.Forbid(insalestest.SectionWebhooks) })
		time.Sleep(24 * time.Hour)
		if n := w.shop.Count(insalestest.OpHooks); n < 24 || n > 40 {
			t.Errorf("asked for webhooks %d times in a day", n)
		}
		w.shop.Allow(insalestest.SectionWebhooks)
		_, err := w.inspector().Check(t.Context())
		w.must(err)
		w.until(10*time.Second, "registered", func() bool {
			return len(w.hooks()) == 2 &&
				w.company().HookFault == nil
		})
	})
}

// TestSealedIsNotWrittenOver: secrets that cannot be opened are not replaced by
// none. Once they can be opened again all is as it was.
func TestSealedIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.untilHooks(2)
		before := w.stored()
		var password []byte
		raw := func(f func(*sql.DB) error) {
			w.stop()
			db, err := sql.Open("sqlite", w.db())
			w.must(err)
			w.must(errors.Join(f(db), db.Close()))
			w.start()
		}
		raw(func(db *sql.DB) error {
			err := db.QueryRow("SELECT shop_password FROM companies").Scan(&password)
			_, err2 := db.Exec("UPDATE companies SET shop_password = x'00', " +
				"hook_problem = '{\"code\":\"hooks_failing\"}'")
			return errors.Join(err, err2)
		})
		w.shop.SetAccountID(7)
		time.Sleep(time.Hour) // the note about the webhooks is taken back
		if _, err := w.proc.bridge.ConfirmAccount(t.Context(), company, "test"); !errors.Is(err, storage.ErrSealed) {
			t.Errorf("another account: %v", err)
		}
		if err := w.proc.bridge.RotateHookToken(t.Context(), company); !errors.Is(err, storage.ErrSealed) {
			t.Errorf("another token: %v", err)
		}
		raw(func(db *sql.DB) error {
			_, err := db.Exec("UPDATE companies SET shop_password = ?", password)
			return err
		})
		after := w.stored()
		if after.Hooks.Token != before.Hooks.Token || len(after.Hooks.IDs) != 2 ||
			after.Chat.Token != before.Chat.Token || after.Version != before.Version {
			t.Errorf("%+v, before %+v", after, before)
		}
	})
}
