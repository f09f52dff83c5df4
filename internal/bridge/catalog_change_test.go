package bridge_test

import (
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// Settings that change while a run runs: what it has read by the old ones is
// dropped where it does not fit, and the chat ends with the catalog by the new.
func TestCatalogSettingsChange(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change  func(*world, *storage.Company)
		outcome string // of the run that was disturbed
		after   func(*world)
	}{
		"price": {change: func(w *world, c *storage.Company) { c.Catalog.Price, w.sees.price = "price2", 2 },
			outcome: storage.RunSuperseded},
		"shop": {change: func(w *world, c *storage.Company) {
			w.net.serve("other.test", w.shop)
			c.Shop.URL, c.Shop.Password, w.sees.shop = "http://other.test", insalestest.DefaultPassword,
				"http://other.test"
		}, outcome: storage.RunSuperseded},
		"chat": {change: func(w *world, c *storage.Company) {
			c.Chat.URL, c.Chat.Token = "http://chat2.test", chatToken
			w.chat = ineedchattest.New(ineedchattest.Config{Token: chatToken, Secret: chatSecret, AcceptUnknown: true})
			w.net.serve("chat2.test", w.chat)
		}, outcome: storage.RunSuperseded},
		"off": {change: func(_ *world, c *storage.Company) { c.Catalog.Enabled = false }, outcome: storage.RunStopped,
			after: func(w *world) {
				before := len(w.batches(0))
				time.Sleep(time.Hour)
				if n := len(w.batches(before)); n != 0 {
					w.t.Errorf("%d batches of a catalog that is switched off", n)
				}
				w.save(catalogOnly())
			}},
		"interval": {change: func(_ *world, c *storage.Company) { c.Catalog.Interval = time.Hour },
			outcome: storage.RunDone},
		"key": {change: func(w *world, c *storage.Company) {
			w.shop.AddKey("another", "00000000000000000000000000000bbb")
			w.shop.RevokeKey(insalestest.DefaultKeyID)
			c.Shop.KeyID, c.Shop.Password = "another", "00000000000000000000000000000bbb"
		}, outcome: storage.RunDone},
	}
	for name, tc := range tests {
		for _, first := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", first sync", false: ", later"}[first], func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					slow := insalestest.Rule{Op: insalestest.OpProducts, Latency: 20 * time.Second}
					w := newWorld(t, withCatalog(300), with(switchedOff))
					if !first {
						w.save(catalogOnly())
						w.ran(1, 10*time.Minute)
						w.rename(w.some(1)[0], "Другое имя")
					}
					old := w.chat
					w.shop.Fault(slow)
					w.save(catalogOnly())
					id := w.reads()
					time.Sleep(5 * time.Second)
					c := catalogOnly()
					tc.change(w, &c)
					w.save(c)
					if run := w.ended(id, 10*time.Minute); run.Outcome != tc.outcome {
						t.Errorf("the disturbed run: %+v", run)
					}
					if tc.after != nil {
						tc.after(w)
					}
					w.becomesSame(time.Hour)
					time.Sleep(30 * time.Minute)
					w.same()
					if v := old.Violations(); len(v) > 0 && old != w.chat {
						t.Error(v)
					}
				})
			})
		}
	}
}

// switchedOff are the settings of a company that syncs nothing.
func switchedOff() storage.Company {
	c := catalogOnly()
	c.Catalog.Enabled = false
	return c
}

// reads waits until a run reads products, and gives its id.
func (w *world) reads() int64 {
	w.t.Helper()
	var r storage.CatalogRun
	w.until(6*time.Minute, "a run reads", func() bool {
		for _, r = range w.runs() {
			return r.EndedAt.IsZero() && r.Phase == storage.PhaseReading
		}
		return false
	})
	return r.ID
}

// A full sync for new settings that was cut off is still made.
func TestCatalogFullSyncCutOff(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.ran(1, 10*time.Minute)
		f := w.chat.Fault(ineedchattest.Rule{Path: batchPath, Status: 500})
		c := catalogOnly()
		c.Catalog.Price = "price2"
		w.save(c)
		w.until(time.Minute, "tried", func() bool { return f.Hits() > 0 })
		for _, on := range []bool{false, true} {
			c.Catalog.Enabled = on
			w.save(c)
			time.Sleep(time.Minute)
		}
		w.chat.ClearFaults()
		w.sees.price = 2
		w.becomesSame(10 * time.Minute)
		if r := w.runs()[0]; !r.Full || r.Outcome != storage.RunDone {
			t.Errorf("%+v", r)
		}
	})
}

// A company that is deleted leaves nothing behind; with the same id it begins
// anew.
func TestCatalogCompanyDeleted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.ran(1, 10*time.Minute)
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Latency: 20 * time.Second})
		w.reads()
		time.Sleep(time.Second)
		w.must(w.proc.bridge.DeleteCompany(t.Context(), company))
		w.chat.ForgetCatalog(company)
		w.chat.RequireResync(company)
		time.Sleep(time.Minute)
		w.save(catalogOnly())
		w.becomesSame(10 * time.Minute)
		if runs := w.runs(); len(runs) != 1 || !runs[0].Full || runs[0].Cause != storage.CauseFirst {
			t.Errorf("%+v", runs)
		}
	})
}
