package bridge_test

import (
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// probedAs lets the company have learnt something of its shop from a probe in an
// earlier life of the connector.
func (w *world) probedAs(p storage.Probed) {
	w.t.Helper()
	must(w.t, w.proc.store.Update(w.t.Context(), func(tx *storage.Tx) error {
		c, err := tx.Company(company)
		if err != nil {
			return err
		}
		c.Learnt.Probed = &p
		return tx.SetCompanyState(&c)
	}))
	w.judgedLater = true // what is stored is not what this life has in memory
	w.restart()
	w.judgedLater = false
}

// What a probe has found belongs to the shop and the account: another key of the shop and
// every other setting keep it, another shop and another account forget it.
func TestProbedBelongsToTheShop(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*world)
		kept   bool
	}{
		"a restart": {(*world).restart, true},
		"another key": {func(w *world) {
			w.shop.AddKey("00000000000000000000000000000a02", "00000000000000000000000000000b02")
			c := w.company()
			c.Shop.KeyID, c.Shop.Password = "00000000000000000000000000000a02", "00000000000000000000000000000b02"
			w.save(c)
		}, true},
		"another setting": {func(w *world) {
			c := w.company()
			c.Orders.MaxAge = 5 * time.Hour
			w.save(c)
		}, true},
		"another shop": {func(w *world) {
			w.net.serve("other.test", w.shop)
			c := w.company()
			c.Shop.URL, c.Shop.Password = "http://other.test", insalestest.DefaultPassword
			w.save(c)
		}, false},
		"another account": {func(w *world) {
			w.first()
			w.shop.SetAccountID(424242)
			_, err := w.proc.bridge.ConfirmAccount(w.t.Context(), company, "test")
			must(w.t, err)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.probedAs(storage.Probed{PageSize: 100, PickupNeedsAddress: true})
				tt.change(w)
				for _, c := range []storage.Company{w.company(), w.stored()} {
					if p := c.Learnt.Probed; tt.kept != (p != nil && p.PageSize == 100) {
						t.Errorf("%+v is learnt", p)
					}
				}
			})
		})
	}
}
