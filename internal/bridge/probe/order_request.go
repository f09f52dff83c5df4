package probe

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

// What stands in an order of the probe, for whoever sees it in the shop.
const (
	orderWords   = "Проверка связи INEED.CHAT, можно удалить"
	markerPrefix = "[ineed-probe:"
)

func marker(token string) string { return markerPrefix + token + "]" }

// A variant is what the probe orders: a cheap one that is sold, of which the shop has
// two or more, or whose stock it does not count. One that is counted is preferred,
// because it shows what becomes of the stock.
type variant struct {
	id, product int64
	price       decimal.Decimal
	counted     bool
	endless     bool // one that is not counted is preferred instead
}

// consider takes a variant of a product if it suits better than the one so far.
func (v *variant) consider(product, d document) {
	price, ok := d.amount("price")
	unit := product.text("unit")
	if !ok || !price.IsPositive() || product.truth("is_hidden") || product.truth("archived") ||
		product.has("available") && !product.truth("available") || unit != "" && unit != "pce" {
		return
	}
	stock, counted := d.amount("quantity")
	if counted && stock.LessThan(decimal.NewFromInt(2)) {
		return
	}
	next := variant{d.id("id"), product.id("id"), price, counted, v.endless}
	better := v.id == 0 || next.counted != v.counted && counted != v.endless ||
		next.counted == v.counted && next.price.LessThan(v.price)
	if next.id > 0 && better {
		*v = next
	}
}

// noFit says why no order can be made.
type noFit string

func (e noFit) Error() string { return string(e) }

func reasonOf(err error) string {
	var e noFit
	if errors.As(err, &e) {
		return string(e)
	}
	return reasonNoAnswer
}

// odd makes a price that the shop would not give by itself and that a shop without
// kopecks would round.
var odd = decimal.RequireFromString("1.37")

// firstOrder makes the request: with a delivery at a fixed cost if one is mapped,
// because that shows whether its price sticks.
func (r *run) firstOrder() (insales.NewOrder, error) {
	if r.variant.id == 0 {
		return insales.NewOrder{}, noFit(reasonNoVariant)
	}
	delivery, fixed := mappedDelivery(r.settings.Orders, func(id int64) bool {
		return r.deliveryType(id) == "DeliveryVariant::Fixed"
	})
	if !fixed {
		var found bool
		if delivery, found = mappedDelivery(r.settings.Orders, r.isPickup); !found {
			return insales.NewOrder{}, noFit(reasonNoDelivery)
		}
	}
	o, err := r.request(delivery, r.variant)
	if err == nil && fixed {
		price := json.Number(r.fixedPrice(delivery).Add(odd).String())
		o.DeliveryPrice = &price
		o.ShippingAddress.Address = orderWords
	}
	return o, err
}

// request makes the request for an order of a variant.
func (r *run) request(delivery int64, v variant) (insales.NewOrder, error) {
	payment, found := r.payment(delivery)
	if !found {
		return insales.NewOrder{}, noFit(reasonNoPayment)
	}
	person := r.asked.contact
	name := cmp.Or(person.Name, "Проверка связи INEED.CHAT")
	return insales.NewOrder{
		Lines: []insales.NewLine{{VariantID: v.id, Quantity: "1",
			SalePrice: json.Number(v.price.Add(odd).String())}},
		Client:          insales.NewClient{Name: name, Phone: person.Phone, Email: person.Email, Consent: true},
		ShippingAddress: insales.NewAddress{Name: name, Phone: person.Phone},
		DeliveryID:      delivery, PaymentID: payment,
		Comment:        orderWords + " " + marker(r.token), // the shop may hide or drop the other one
		ManagerComment: orderWords + "\n" + marker(r.token),
	}, nil
}

// payment chooses one that is mapped and linked to the delivery, rather one that is
// paid on receipt than one of another system's.
func (r *run) payment(delivery int64) (id int64, found bool) {
	var mapped []int64
	for _, id := range r.settings.Orders.Payments {
		mapped = append(mapped, id)
	}
	slices.Sort(mapped)
	var external int64
	for _, d := range r.lists.payments {
		id := d.id("id")
		links := d.objects("payment_delivery_variants")
		linked := slices.ContainsFunc(links, func(l document) bool { return l.id("delivery_variant_id") == delivery })
		if !slices.Contains(mapped, id) || len(links) > 0 && !linked {
			continue
		}
		if d.text("type") == "PaymentGateway::External" {
			external = id
			continue
		}
		return id, true
	}
	return external, external != 0
}

func (r *run) delivery(id int64) document {
	for _, d := range r.lists.deliveries {
		if d.id("id") == id {
			return d
		}
	}
	return nil
}

func (r *run) deliveryType(id int64) string { return r.delivery(id).text("type") }

func (r *run) fixedPrice(id int64) decimal.Decimal {
	price, _ := r.delivery(id).amount("price")
	return price
}

func (r *run) isPickup(id int64) bool {
	d := r.delivery(id)
	return insales.IsPickup(d.text("type"), d.truth("customer_pickup"))
}

// mappedDelivery gives the first delivery of the company's maps that is of a kind.
func mappedDelivery(o storage.OrderSync, is func(int64) bool) (delivery int64, found bool) {
	for _, id := range slices.Sorted(maps.Values(o.Deliveries)) {
		if is(id) {
			return id, true
		}
	}
	return 0, false
}
