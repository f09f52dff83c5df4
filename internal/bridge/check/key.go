package check

import (
	"context"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// keyWaits is how long a shop may take to say whether it takes a key.
const keyWaits = 10 * time.Second

// Key asks the shop of settings whether it takes their key. One that it does not take is
// wrong at its password; why it could not be asked is given. Settings without a name get
// that of the shop.
func Key(ctx context.Context, all *company.Shared, c *storage.Company, bad *problem.Invalid) *storage.Problem {
	ctx, cancel := context.WithTimeout(ctx, keyWaits)
	defer cancel()
	shop := all.ShopClient(c.Shop, all.Window(c.Shop))
	account, err := company.Ask(ctx, shop, insales.Reading, shop.Account)
	switch {
	case problem.RejectsKey(err):
		bad.Add("shop.password", problem.FieldKeyUnknown)
	case err != nil && !problem.Forbidden(err): // a key that may not see the account is one nevertheless
		return new(problem.NoAnswer(err))
	case c.Name == "":
		c.Name = problem.Clip(account.Title, longestTitle)
	}
	return nil
}

// longestTitle is how much of a shop's title makes a name, in characters.
const longestTitle = 80
