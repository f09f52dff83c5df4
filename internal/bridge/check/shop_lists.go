package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// What a merchant chooses from: the shop's own lists, each with what the
// settings make of it and what INEED.CHAT has used and nobody has mapped.

// A PaymentChoice is a payment method of the shop.
type PaymentChoice struct {
	insales.Payment
	Mapped []string // the chat's payment types that stand for it
}

// A DeliveryChoice is a delivery method of the shop.
type DeliveryChoice struct {
	insales.Delivery
	Mapped  []string         // the chat's order types that stand for it
	Problem *storage.Problem // why no order can be created with it; nil if one can
}

// How a status of the shop comes to one of the chat.
const (
	ByOverride = "override" // the company's settings say so
	ByDefault  = "default"  // its fulfillment_status says so
)

// A StatusChoice is a custom status of the shop.
type StatusChoice struct {
	insales.CustomStatus
	Status string // what the chat is told; "" = nothing, the order keeps what it had
	By     string // ByOverride, ByDefault, or "" for nothing
}

// Payments reads the shop's payment methods, and gives beside them the payment
// types that orders have used and the settings do not map.
func (i *Inspector) Payments(ctx context.Context) ([]PaymentChoice, []storage.Use, error) {
	c, list, err := read(ctx, i, (*insales.Client).Payments)
	if err != nil {
		return nil, nil, notRead(err)
	}
	out := make([]PaymentChoice, len(list))
	for n, p := range list {
		out[n] = PaymentChoice{Payment: p, Mapped: mappedTo(c.Orders.Payments, p.ID)}
	}
	uses, err := i.Uses(ctx, storage.Uses{})
	return out, Unmapped(uses.Payments, c.Orders.Payments), err
}

// Deliveries does the same for delivery methods and order types.
func (i *Inspector) Deliveries(ctx context.Context) ([]DeliveryChoice, []storage.Use, error) {
	c, list, err := read(ctx, i, (*insales.Client).Deliveries)
	if err != nil {
		return nil, nil, notRead(err)
	}
	out := make([]DeliveryChoice, len(list))
	for n, d := range list {
		out[n] = DeliveryChoice{Delivery: d, Mapped: mappedTo(c.Orders.Deliveries, d.ID),
			Problem: unsuited(c, d)}
	}
	uses, err := i.Uses(ctx, storage.Uses{})
	return out, Unmapped(uses.Deliveries, c.Orders.Deliveries), err
}

// Statuses reads the shop's custom statuses, none if it has them switched off,
// and gives beside them the statuses of orders of ours that mean nothing to the
// chat.
func (i *Inspector) Statuses(ctx context.Context) ([]StatusChoice, []storage.SeenStatus, error) {
	c, list, err := read(ctx, i, (*insales.Client).CustomStatuses)
	if err != nil && !switchedOff(err) {
		return nil, nil, notRead(err)
	}
	out := make([]StatusChoice, len(list))
	for n, s := range list {
		out[n].CustomStatus = s
		out[n].Status, out[n].By = statusFor(c, s.Permalink, s.System)
	}
	seen, err := i.unknownStatuses(ctx, c)
	return out, seen, err
}

// unknownStatuses gives the statuses of orders of ours that mean nothing to the chat.
func (i *Inspector) unknownStatuses(ctx context.Context, c storage.Company) ([]storage.SeenStatus, error) {
	seen, err := i.company.Store.SeenStatuses(ctx, i.company.ID)
	return slices.DeleteFunc(seen, func(s storage.SeenStatus) bool {
		_, by := statusFor(c, s.Custom, s.Fulfillment)
		return by != ""
	}), err
}

// DefaultStatuses is what the chat is told of a fulfillment_status unless the
// settings say otherwise, for every value there is.
func DefaultStatuses() map[string]string {
	m := map[string]string{}
	for _, f := range []string{"new", "accepted", "approved", "dispatched", "delivered", "declined", "returned"} {
		m[f], _ = translate.ChatStatus(f)
	}
	return m
}

// statusFor is what the chat is told of a custom status under a fulfillment
// status, and whether the settings or the default map say so.
func statusFor(c storage.Company, custom, fulfillment string) (status, by string) {
	if s, ok := c.Orders.Statuses[custom]; ok {
		return s, ByOverride
	}
	if s, ok := translate.ChatStatus(fulfillment); ok {
		return s, ByDefault
	}
	return "", ""
}

// read asks a company's shop for a list, for a person who waits.
func read[T any](ctx context.Context, i *Inspector,
	list func(*insales.Client, context.Context, *insales.Permit) ([]T, error)) (storage.Company, []T, error) {
	c, shop := i.company.Snapshot()
	if c.Sealed {
		return c, nil, fmt.Errorf("company %s: %w", i.company.ID, storage.ErrSealed)
	}
	limited, cancel := context.WithTimeout(ctx, company.PersonWaits)
	defer cancel()
	items, err := company.Ask(limited, shop, insales.Reading,
		func(ctx context.Context, p *insales.Permit) ([]T, error) { return list(shop, ctx, p) })
	if ctx.Err() != nil {
		err = ctx.Err() // nobody waits any more
	}
	return c, items, err
}

// notRead makes a refusal of what the shop did not give.
func notRead(err error) error {
	switch {
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, storage.ErrSealed), errors.Is(err, context.Canceled):
		return err
	case problem.Forbidden(err):
		return &problem.Refused{Problem: rightProblem(problem.RightAbsent, rightSettings)}
	}
	return &problem.Refused{Problem: whyNot(err)}
}

// switchedOff reports whether an answer means that the shop does not have what
// was asked for. Which one it gives then is not documented; those that mean
// something else everywhere are left out.
func switchedOff(err error) bool {
	var e *insales.Error
	if !errors.As(err, &e) || e.Limited || e.Shielded {
		return false
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusLocked:
		return false
	}
	return e.Status/100 == 4 || e.Status == http.StatusInternalServerError
}

// mappedTo gives the keys behind which an id stands.
func mappedTo(m map[string]int64, id int64) []string {
	list := []string{}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if m[k] == id {
			list = append(list, k)
		}
	}
	return list
}

// Uses counts the types that orders have used until this moment. What was counted before
// is not counted again.
func (i *Inspector) Uses(ctx context.Context, before storage.Uses) (storage.Uses, error) {
	return i.company.Store.Uses(ctx, i.company.ID, before)
}

// Unmapped gives those of the used types that settings do not map.
func Unmapped(used []storage.Use, mapped map[string]int64) []storage.Use {
	return slices.DeleteFunc(slices.Clone(used), func(u storage.Use) bool { _, ok := mapped[u.Type]; return ok })
}

// A PriceChoice is a kind of price of the shop.
type PriceChoice struct {
	insales.PriceKind
	Chosen bool // the company's catalog is made with it
}

// Prices lists the kinds of price that a catalog can be made with. The main one
// comes first and has no title of its own.
func (i *Inspector) Prices(ctx context.Context) ([]PriceChoice, error) {
	c, list, err := read(ctx, i, (*insales.Client).PriceKinds)
	if err != nil {
		return nil, notRead(err)
	}
	out := []PriceChoice{{PriceKind: insales.PriceKind{Field: catalog.MainPrice}}}
	for _, k := range list {
		out = append(out, PriceChoice{PriceKind: k})
	}
	for n := range out {
		out[n].Chosen = out[n].Field == c.Catalog.Price
	}
	return out, nil
}
