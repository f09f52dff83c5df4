package order

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// Link says that an order which has not left is that order of the shop, which
// must exist, be in the company's own shop and be no other order's.
func (d *Desk) Link(
	ctx context.Context, key storage.OrderKey, named translate.ShopOrder, by string,
) (storage.Order, error) {
	o, err := d.company.Store.Order(ctx, key)
	if err != nil {
		return o, err
	}
	if err := allowed(&o, ActionLink); err != nil { // before the shop is asked
		return o, err
	}
	c := d.company.Settings()
	if own := weburl.HostOf(c.Shop.URL); named.Host != "" && named.Host != own {
		return o, problem.Refuse(problem.RefusedOtherShop, "host", named.Host, "shop", own)
	}
	asOf, _ := d.company.ShopTime()
	body, read, err := d.fetch(ctx, named.ID)
	switch {
	case problem.NotThere(err):
		return o, problem.Refuse(problem.RefusedNotInShop, "id", strconv.FormatInt(named.ID, 10))
	case err != nil:
		return o, &problem.Refused{Problem: problem.OfShop(err)}
	}
	var seen *observed
	o, err = d.change(ctx, key, ActionLink, by, func(tx *storage.Tx, o *storage.Order) error {
		seen = &observed{desk: d, asOf: asOf}
		return seen.link(tx, o, body, read, by)
	})
	if err == nil {
		seen.done(ctx)
	}
	return o, err
}

// fetch reads one order of the shop by its id, and gives the number of that read.
func (d *Desk) fetch(ctx context.Context, id int64) (insales.Order, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, company.PersonWaits)
	defer cancel()
	shop := d.company.Shop()
	var read int64
	o, err := company.Ask(ctx, shop, insales.Rereading,
		func(ctx context.Context, p *insales.Permit) (insales.Order, error) {
			read = d.office.nextRead()
			return shop.Order(ctx, p, id)
		})
	return o, read, err
}

// link maps an order to one of the shop because a person has said so. The person may be
// wrong, and two orders of ours must never share one of the shop: so it is refused if
// the order of the shop is of another account, is mapped to another order of ours, or
// carries the marker of one.
func (v *observed) link(tx *storage.Tx, o *storage.Order, body insales.Order, read int64, by string) error {
	c, err := v.bind(tx, body)
	if err != nil {
		return err
	}
	if body.AccountID != 0 && body.AccountID != c.AccountID {
		return &problem.Refused{Problem: problem.AccountDiffers(c.AccountID, body.AccountID)}
	}
	other, err := tx.OrderByInSalesID(c.ID, c.AccountID, body.ID)
	if err == nil {
		return problem.Refuse(problem.RefusedLinked, "order", other.Key.ID)
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	// Whoever made the marker, it names the chat's order.
	if names := translate.OtherMarkers(nil, nil, body.ManagerComment); len(names) > 0 &&
		!slices.Contains(names, o.Key.ID) {
		return problem.Refuse(problem.RefusedLinked, "order", names[0])
	}
	more := v.arrived(o, c, body, read)
	event := acted(ActionLink, by)
	event.Args["insales_id"], event.Args["insales_number"] = strconv.FormatInt(body.ID, 10), body.Number
	return move(tx, o, causeLinked, append([]storage.Event{event}, more...)...)
}
