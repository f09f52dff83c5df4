package ineedchattest

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/shopspring/decimal"
)

// An OrderSpec is an order of a customer in the chat, for the message that
// tells the connector of it. Fields left out get the defaults named below, so
// OrderSpec{Company: "2", ID: "A-1"} is a complete order of one T-shirt.
type OrderSpec struct {
	Company   string
	ID        string
	Number    string
	CreatedAt time.Time // default now, to the second
	Test      bool

	Name    string // default «Иван Петров»
	Phone   string // default +79990000000
	Email   string
	Channel string

	Delivery      string            // type_id, default "pickup"
	DeliveryTotal string            // default none
	Address       map[string]string // text, city, street, …
	DesiredFrom   time.Time
	DesiredTo     time.Time

	Payment string // type_id, default "cash"
	Paid    bool

	Items    []Item // default one Футболка
	Discount string // of the whole order
	Comment  string
	URL      string
}

// An Item is a line of an OrderSpec.
type Item struct {
	VariantID string // default, without a SKU, 500000001
	SKU       string
	Title     string
	Quantity  string // default "1"
	Price     string // default "990.00"
	Comment   string
}

// doc is a JSON object.
type doc = map[string]any

// Body is the order.created message. It panics if a number of the spec is none,
// which is an error of the test that wrote it.
func (o OrderSpec) Body() []byte {
	created := o.CreatedAt
	if created.IsZero() {
		created = time.Now().Truncate(time.Second)
	}
	items, sum := o.items()
	data := doc{
		"id": o.ID, "created_at": created.Format(time.RFC3339), "currency": "RUB", "items": items,
		"items_total": sum.StringFixed(2),
		"total":       o.total(sum),
		"customer":    o.customer(), "delivery": o.delivery(), "payment": o.payment(created, sum),
	}
	put(data, "number", o.Number)
	put(data, "comment", o.Comment)
	put(data, "url", o.URL)
	for name, text := range map[string]string{"discount_total": o.Discount, "delivery_total": o.DeliveryTotal} {
		if text != "" {
			data[name] = money(text).StringFixed(2)
		}
	}
	return envelope("order.created", o.Company, o.Test, data)
}

// PaidBody is the order.paid message of the same order.
func (o OrderSpec) PaidBody(at time.Time) []byte {
	_, sum := o.items()
	return envelope("order.paid", o.Company, o.Test, doc{
		"id": o.ID, "paid_at": at.Format(time.RFC3339), "amount": o.total(sum),
	})
}

// CancelledBody is the order.cancelled message of the same order.
func (o OrderSpec) CancelledBody(at time.Time, reason string) []byte {
	return envelope("order.cancelled", o.Company, o.Test, doc{
		"id": o.ID, "cancelled_at": at.Format(time.RFC3339), "reason": reason,
	})
}

func envelope(kind, company string, test bool, data doc) []byte {
	body, err := json.Marshal(doc{
		"type": kind, "version": "1", "timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"company_id": company, "test": test, "data": data,
	})
	if err != nil {
		panic("ineedchattest: " + err.Error())
	}
	return body
}

func (o OrderSpec) items() ([]doc, decimal.Decimal) {
	specs := o.Items
	if specs == nil {
		specs = []Item{{Title: "Футболка, S"}}
	}
	var list []doc
	sum := decimal.Zero
	for i, it := range specs {
		quantity, price := money(cmp.Or(it.Quantity, "1")), money(cmp.Or(it.Price, "990.00"))
		total := price.Mul(quantity).Round(2)
		sum = sum.Add(total)
		d := doc{
			"id": decimal.NewFromInt(int64(i + 1)).String(), "quantity": quantity.String(),
			"price": price.StringFixed(2), "total": total.StringFixed(2),
		}
		if it.VariantID == "" && it.SKU == "" {
			it.VariantID = "500000001"
		}
		put(d, "variant_id", it.VariantID)
		put(d, "sku", it.SKU)
		put(d, "title", it.Title)
		put(d, "comment", it.Comment)
		list = append(list, d)
	}
	return list, sum
}

// total is what the customer pays.
func (o OrderSpec) total(items decimal.Decimal) string {
	return items.Sub(money(o.Discount)).Add(money(o.DeliveryTotal)).StringFixed(2)
}

func (o OrderSpec) customer() doc {
	d := doc{"name": cmp.Or(o.Name, "Иван Петров"), "phone": cmp.Or(o.Phone, "+79990000000")}
	put(d, "email", o.Email)
	put(d, "channel", o.Channel)
	return d
}

func (o OrderSpec) delivery() doc {
	d := doc{"type_id": cmp.Or(o.Delivery, "pickup")}
	if len(o.Address) > 0 {
		d["address"] = o.Address
	}
	for name, at := range map[string]time.Time{"desired_from": o.DesiredFrom, "desired_to": o.DesiredTo} {
		if !at.IsZero() {
			d[name] = at.Format(time.RFC3339)
		}
	}
	return d
}

func (o OrderSpec) payment(created time.Time, items decimal.Decimal) doc {
	d := doc{"type_id": cmp.Or(o.Payment, "cash"), "paid": o.Paid}
	if o.Paid {
		d["paid_at"] = created.Format(time.RFC3339)
		d["amount"] = o.total(items)
	}
	return d
}

// put sets what is not empty.
func put(d doc, name, text string) {
	if text != "" {
		d[name] = text
	}
}

// money reads a decimal of a spec; "" is 0.
func money(text string) decimal.Decimal {
	if text == "" {
		return decimal.Zero
	}
	return decimal.RequireFromString(text)
}
