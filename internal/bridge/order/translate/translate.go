// Package translate puts an order of the chat into the words of a shop, and what the
// shop has made of it into words of the chat.
//
// Decode reads an order as the chat has sent it. ToShop makes of it a Translation: the
// create request, and remarks on what could not be taken over as it came. Unfit tells
// why it should not leave by itself all the same. Its Marker is the line by which the
// order is recognised in the shop (FindMarker); where a marker may be lacking, a
// Fingerprint of phone and lines tells look-alikes from strangers. Compare tells what
// the shop created otherwise than it was asked. Status and Report go the way back.
//
// All of it is pure: a function's result depends on nothing but its arguments, and
// the same order is translated in the same way however often it is tried. Nothing here
// asks a shop, a chat or the store, or reads a clock; package order does that around
// it. No text of a customer gets into the line where a marker is looked for.
package translate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// A Translation is an order of the chat as a create request of the shop.
type Translation struct {
	Request insales.NewOrder
	Notices []storage.Problem // what could not be taken over as it came
}

func (t *Translation) notice(code string, args ...string) {
	t.Notices = append(t.Notices, problem.Of(code, args...))
}

// ToShop turns an order of the chat into a create request for a company's shop. If
// something of it cannot be translated, the problem tells what: then a person mends the
// settings or the order, and sends it on. stored is what is known of the order beside
// its body, and mark its marker.
func ToShop(
	c storage.Company, stored *storage.Order, o *ineedchat.Order, mark string,
) (Translation, *storage.Problem) {
	o = Legible(o)
	fault := func(code string, args ...string) (Translation, *storage.Problem) {
		p := problem.Of(code, args...)
		return Translation{}, &p
	}
	if o.Currency != "RUB" && o.Currency != "RUR" { // the shop's own name for it
		return fault(problem.Currency, "currency", problem.Clip(o.Currency, 16))
	}
	if gap := unmapped(c, o); gap != nil {
		return Translation{}, gap
	}
	payment, delivery := c.Orders.Payments[o.Payment.TypeID], c.Orders.Deliveries[o.Delivery.TypeID]
	lines, wrong := translateLines(o.Items)
	if wrong != nil {
		return Translation{}, wrong
	}
	var t Translation
	from, to := desired(o.Delivery, c.Learnt.Zone)
	t.Request = insales.NewOrder{
		Lines:         lines,
		Client:        t.client(o.Customer),
		DeliveryID:    delivery,
		PaymentID:     payment,
		DeliveryPrice: amount(o.DeliveryTotal),
	}
	whole := false
	if t.Request.Comment, whole = orderComment(o); !whole {
		t.notice(problem.NoticeCommentCut)
	}
	if t.Request.ManagerComment, whole = managerComment(o, desiredText(from, to), mark); !whole {
		t.notice(problem.NoticeManagerComment)
	}
	pickup := slices.Contains(c.Learnt.Pickups, delivery)
	t.Request.ShippingAddress = translateAddress(o, pickup)
	if probed := c.Learnt.Probed; pickup && probed != nil && probed.PickupNeedsAddress {
		addressPickup(&t.Request.ShippingAddress, o)
	}
	t.discount(sum(o.DiscountTotal))
	desiredTime(&t.Request, from, to)
	if o.Payment.Paid || stored.Paid {
		t.Request.FinancialStatus = ineedchat.PaymentPaid
	}
	t.Notices = append(t.Notices, RoundedNotice(o.Rounded)...)
	if o.SumDiffers() {
		t.notice(problem.NoticeSumDiffers, "total", string(o.Total), "computed", money(o.ComputedTotal()))
	}
	fillFields(&t.Request, c.Orders.Fields, o)
	leaveOut(&t.Request, stored.LeftOut, o.Delivery.Address)
	legibleRequest(&t.Request)
	if stored.Plain {
		plainText(&t.Request)
	}
	return t, nil
}

// unmapped says which types of an order the settings do not map, both at once, so that they
// are mended in one visit; nil if they map them.
func unmapped(c storage.Company, o *ineedchat.Order) *storage.Problem {
	var gaps []storage.Problem
	if _, ok := c.Orders.Payments[o.Payment.TypeID]; !ok {
		gaps = append(gaps, problem.Of(problem.PaymentUnmapped, "type", o.Payment.TypeID))
	}
	if _, ok := c.Orders.Deliveries[o.Delivery.TypeID]; !ok {
		gaps = append(gaps, problem.Of(problem.DeliveryUnmapped, "type", o.Delivery.TypeID))
	}
	if len(gaps) == 0 {
		return nil
	}
	gaps[0].Also = gaps[1:]
	return &gaps[0]
}

// mostNamed is how many rounded numbers a notice names; the others are counted.
const mostNamed = 3

// RoundedNotice is the remark on an order whose numbers were sent with the noise
// of a float; none without such numbers.
func RoundedNotice(list []ineedchat.Rounded) []storage.Problem {
	if len(list) == 0 {
		return nil
	}
	var text []string
	for _, r := range list[:min(len(list), mostNamed)] {
		text = append(text, fmt.Sprintf("%s %s → %s", r.Field, r.Sent, r.Taken))
	}
	if more := len(list) - mostNamed; more > 0 {
		text = append(text, fmt.Sprintf("… +%d", more))
	}
	return []storage.Problem{problem.Of(problem.NoticeNumberRounded, "numbers", strings.Join(text, ", "))}
}

// translateLines takes the lines over by variant id, which is the InSales id
// that the catalog gave to the chat.
func translateLines(items []ineedchat.Item) ([]insales.NewLine, *storage.Problem) {
	lines := make([]insales.NewLine, 0, len(items))
	for i, item := range items {
		args := map[string]string{"line": strconv.Itoa(i + 1), "variant": item.VariantID, "sku": item.SKU}
		if item.VariantID == "" {
			return nil, &storage.Problem{Code: problem.VariantMissing, Args: args}
		}
		id, err := strconv.ParseInt(item.VariantID, 10, 64)
		if err != nil || id <= 0 {
			return nil, &storage.Problem{Code: problem.VariantInvalid, Args: args}
		}
		quantity, price := amount(item.Quantity), amount(item.Price)
		if quantity == nil || price == nil {
			return nil, &storage.Problem{Code: problem.BodyUnreadable}
		}
		lines = append(lines, insales.NewLine{VariantID: id, Quantity: *quantity, SalePrice: *price})
	}
	return lines, nil
}

// discount spreads the order's discount over the prices of its lines.
func (t *Translation) discount(discount decimal.Decimal) {
	lines := make([]priced, len(t.Request.Lines))
	for i, l := range requestedLines(t.Request.Lines) {
		lines[i] = priced{Price: l.SalePrice, Quantity: l.Quantity}
	}
	prices, rest := spreadDiscount(lines, discount)
	for i, p := range prices {
		t.Request.Lines[i].SalePrice = json.Number(p.String())
	}
	if rest.GreaterThanOrEqual(kopeck) { // less is the rounding of weighed goods
		t.notice(problem.NoticeDiscountRest, "amount", money(rest))
	}
}
