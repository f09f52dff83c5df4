package insalestest

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// goods takes over the order lines: new ones by variant (or product), known ones
// by their id.
func (e *edit) goods() {
	for _, a := range e.attrs.list("order_lines_attributes") {
		if a.given("id") {
			e.changeLine(a)
			continue
		}
		if l, good := e.newLine(a); good {
			e.draft.lines = append(e.draft.lines, l)
		}
	}
}

func (e *edit) newLine(a attrs) (line, bool) {
	v, found := e.shop.variantOf(a)
	if !found {
		e.bad.add("order_lines", "Товар не найден")
		return line{}, false
	}
	l := line{
		id: e.shop.nextID(), variant: v, price: v.Price, comment: a.text("comment"),
		createdAt: e.now, updatedAt: e.now,
	}
	if !e.amounts(&l, a) {
		return line{}, false
	}
	if v.Stock == nil || !e.ordered(v.ID).Add(l.quantity).GreaterThan(*v.Stock) {
		return l, true
	}
	if e.shop.conf.Overstock == OverstockRefuse {
		e.bad.add("order_lines", "Недостаточно товара «"+v.Title+"» на складе")
	}
	return line{}, false
}

// amounts reads quantity and price; a new line needs a quantity.
func (e *edit) amounts(l *line, a attrs) bool {
	if a.given("quantity") || l.quantity.IsZero() {
		quantity, good := a.number("quantity")
		if !good || !quantity.IsPositive() {
			e.bad.add("order_lines", "Количество должно быть больше 0")
			return false
		}
		l.quantity = quantity
	}
	if a.given("sale_price") {
		price, good := a.number("sale_price")
		if !good || price.IsNegative() {
			e.bad.add("order_lines", "Цена имеет неверное значение")
			return false
		}
		l.price = price
	}
	return true
}

// changeLine serves {id, …} and {id, _destroy: 1}.
func (e *edit) changeLine(a attrs) {
	i := slices.IndexFunc(e.draft.lines, func(l line) bool { return l.id == a.id("id") })
	if i < 0 {
		e.bad.add("order_lines", "Позиция не найдена")
		return
	}
	if a.flag("_destroy") {
		e.draft.lines = slices.Delete(e.draft.lines, i, i+1)
		return
	}
	l := &e.draft.lines[i]
	if a.present("comment") {
		l.comment = a.text("comment")
	}
	e.amounts(l, a)
	l.updatedAt = e.now
}

// variantOf finds the variant of a new line; a product alone means its first.
func (s *Shop) variantOf(a attrs) (Variant, bool) {
	if a.given("variant_id") {
		v, found := s.variants[a.id("variant_id")]
		return v, found
	}
	var first Variant
	for _, v := range s.variants {
		if v.ProductID == a.id("product_id") && (first.ID == 0 || v.ID < first.ID) {
			first = v
		}
	}
	return first, first.ID != 0
}

// ordered is how much of a variant the draft has already.
func (e *edit) ordered(variantID int64) decimal.Decimal {
	sum := decimal.Zero
	for _, l := range e.draft.lines {
		if l.variant.ID == variantID {
			sum = sum.Add(l.quantity)
		}
	}
	return sum
}

// reserve takes an order's goods out of the stock.
func (s *Shop) reserve(o *order) {
	for _, l := range o.lines {
		v, found := s.variants[l.variant.ID]
		if !found || v.Stock == nil {
			continue
		}
		left := v.Stock.Sub(l.quantity)
		v.Stock = &left
		s.variants[v.ID] = v
	}
}

// status moves the order. A custom status brings its system status along; a
// system status alone brings its default custom one.
func (e *edit) status() {
	o := e.draft
	was, st, found := o.custom, o.custom, true
	system := e.attrs.plain("fulfillment_status")
	switch {
	case e.attrs.given("custom_status_permalink"):
		st, found = e.shop.status(e.attrs.plain("custom_status_permalink"))
	case system != "" && system != o.fulfillment:
		st, found = e.shop.defaultStatus(system)
	}
	if !found || (system != "" && system != st.System) {
		e.bad.add("fulfillment_status", "имеет неверное значение")
		return
	}
	if st == was {
		return
	}
	o.custom, o.fulfillment = st, st.System
	if st.System != "new" && o.acceptedAt.IsZero() {
		o.acceptedAt = e.now
	}
	if st.System == "delivered" {
		o.deliveredAt = e.now
	}
	e.log("custom_status_changed", was.Title, st.Title, "Статус изменен с «"+was.Title+"» на «"+st.Title+"»")
}

func (e *edit) financial() {
	o := e.draft
	is := e.attrs.plain("financial_status")
	switch is {
	case "", o.financial:
		return
	case "paid":
		o.paidAt = e.now
	case "pending":
		o.paidAt = time.Time{}
	default:
		e.bad.add("financial_status", "имеет неверное значение")
		return
	}
	e.log("financial_status_changed", o.financial, is, "Статус оплаты изменен")
	o.financial = is
}

// factor is what the gateway's margin multiplies all prices by.
func (o *order) factor() decimal.Decimal {
	if o.gateway == nil {
		return decimal.NewFromInt(1)
	}
	margin, _ := decimal.NewFromString(o.gateway.Margin)
	return margin.Shift(-2).Add(decimal.NewFromInt(1))
}

// money are an order's sums, the gateway's margin included.
type money struct {
	items, delivery, total, margin decimal.Decimal
}

func (o *order) money() money {
	var m money
	plain := o.deliveryPrice
	for _, l := range o.lines {
		m.items = m.items.Add(o.lineTotal(l))
		plain = plain.Add(l.price.Mul(l.quantity).Round(2))
	}
	m.delivery = o.deliveryPrice.Mul(o.factor()).Round(2)
	m.total = m.items.Add(m.delivery)
	m.margin = m.total.Sub(plain)
	return m
}

// unitPrice is the price of a line as the shop shows it.
func (o *order) unitPrice(l line) decimal.Decimal { return l.price.Mul(o.factor()).Round(2) }

func (o *order) lineTotal(l line) decimal.Decimal { return o.unitPrice(l).Mul(l.quantity).Round(2) }
