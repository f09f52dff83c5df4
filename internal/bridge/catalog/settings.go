package catalog

import (
	"context"
	"errors"
	"regexp"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// What the settings of the catalog may be, and what a change of them does to the
// catalog's state. A run that has read another shop, other prices or for another chat
// is ended rather than finished, and what it was to do is kept as a wish for the next.

// priceField is what InSales calls a kind of price in a variant.
var priceField = regexp.MustCompile(`^price([2-9]|[1-9][0-9])?$`)

// MainPrice is what InSales calls the price that every variant has.
const MainPrice = "price"

// Tidy puts the defaults where nothing was said.
func Tidy(c *storage.CatalogSync) {
	if c.Interval == 0 {
		c.Interval = defaultInterval
	}
	if c.Price == "" {
		c.Price = MainPrice
	}
}

// Validate tells what in the settings cannot be used. A sync that is on for a chat that has
// no use for a catalog would read the shop for nobody.
func Validate(company storage.Company, bad *problem.Invalid) {
	c := company.Catalog
	if c.Interval < shortestInterval || c.Interval > longestInterval {
		bad.Add("catalog.interval", problem.FieldRange, "min", "5m", "max", "24h")
	}
	if !priceField.MatchString(c.Price) {
		bad.Add("catalog.price", problem.FieldPriceKind)
	}
	if c.Enabled && company.Chat.CatalogWay() == storage.CatalogNone {
		bad.Add("chat.wire.catalog", problem.FieldCatalogNone)
	}
}

// NeedsChat reports whether the catalog is sent to where the chat is.
func NeedsChat(c storage.Company) bool {
	return c.Catalog.Enabled && c.Chat.CatalogWay() == storage.CatalogPush
}

// Enable asks the shop whether the catalog can be read before it is
// switched on; if not, the switch stays off.
func Enable(ctx context.Context, all *company.Shared, c *storage.Company, bad *problem.Invalid) {
	ctx, cancel := context.WithTimeout(ctx, company.PersonWaits)
	defer cancel()
	shop := all.ShopClient(c.Shop, all.Window(c.Shop))
	c.Catalog.Enabled = false
	refuse := func(field string, p storage.Problem) { bad.Fields = append(bad.Fields, problem.ShopSays(field, p)) }
	account, err := company.Ask(ctx, shop, insales.Reading, shop.Account)
	if err != nil && !problem.Forbidden(err) {
		refuse(accessField(err), problem.OfShop(err))
		return
	}
	if account.ID != 0 && c.AccountID != 0 && account.ID != c.AccountID {
		refuse("shop.url", problem.AccountDiffers(c.AccountID, account.ID))
		return
	}
	sight := func(ctx context.Context, p *insales.Permit) (insales.Sight, error) {
		return shop.PriceSight(ctx, p, c.Catalog.Price)
	}
	shown, err := company.Ask(ctx, shop, insales.Reading, sight)
	switch {
	case err != nil:
		refuse(accessField(err), problem.OfShop(err))
	case shown == insales.SightHidden:
		bad.Fields = append(bad.Fields, problem.FieldProblem{Field: "catalog.price",
			Problem: problem.Of(problem.PriceMissing, "price", c.Catalog.Price)})
	default:
		c.Catalog.Enabled = true
		if c.AccountID == 0 {
			c.AccountID = account.ID
		}
	}
}

// accessField is the field of the settings that mends a failure of the shop.
func accessField(err error) string {
	if problem.RejectsKey(err) || problem.Forbidden(err) {
		return "shop.password"
	}
	return "shop.url"
}

// FitState makes the catalog's state fit new settings: a chat that is
// another one has nothing of the catalog, a shop or a price that is another one
// changes all of it, and what is told in another way is told from the beginning. Whom a
// feed is for changes nothing of it.
func FitState(all *company.Shared, tx *storage.Tx, old, c storage.Company, now time.Time) error {
	way := c.Chat.CatalogWay()
	feed := way == storage.CatalogFeed && old.Chat.CatalogWay() == way
	if !feed && all.ChatURL(old) != all.ChatURL(c) {
		if err := endRun(tx, c.ID, storage.RunSuperseded, now); err != nil {
			return err
		}
		return tx.ClearCatalog(c.ID)
	}
	k, err := tx.Catalog(c.ID)
	if err != nil {
		return err
	}
	if feed && (old.Name != c.Name || old.Shop.URL != c.Shop.URL) {
		if err := tx.TouchFeed(c.ID, now); err != nil { // it begins with these
			return err
		}
	}
	outcome := ""
	if old.Chat.CatalogWay() != way {
		outcome = storage.RunSuperseded
		k.Restart()
		if err := tx.ClearFeed(c.ID); err != nil {
			return err
		}
	}
	if old.Shop.URL != c.Shop.URL || old.Catalog.Price != c.Catalog.Price {
		outcome = storage.RunSuperseded
		k.Renew()
	}
	if old.Shop.URL != c.Shop.URL {
		k.Allowed = storage.Impact{} // that was of the other shop's catalog
	}
	if !c.Catalog.Enabled {
		outcome = storage.RunStopped
	}
	if latest := now.Add(c.Catalog.Interval); !old.Catalog.Enabled || k.NextAt.After(latest) {
		k.NextAt = now
	}
	if outcome != "" {
		k.Problem = nil // of a run that ends
		if err := wishAgain(tx, &k, c.ID); err != nil {
			return err
		}
		if err := endRun(tx, c.ID, outcome, now); err != nil {
			return err
		}
	}
	return tx.PutCatalog(k)
}

// wishAgain keeps the wish of a run that is about to be ended before it was
// done: a full sync or a complete reading that was cut off is still to be made.
func wishAgain(tx *storage.Tx, k *storage.Catalog, company string) error {
	run, err := tx.RunningRun(company)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err == nil && run.Everything && k.Want == storage.WantNothing {
		k.Want, k.WantCause = storage.WantEverything, run.Cause
	}
	if err == nil && run.Full && k.Want != storage.WantFull {
		k.Want, k.WantCause = storage.WantFull, run.Cause
		if run.Cause == storage.CauseResync {
			k.WantCause = storage.CauseSettings // not an hour later for our own sake
		}
	}
	return err
}
