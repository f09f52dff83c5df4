package check

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// The settings map the words of the chat to ids of the shop: payments, deliveries,
// statuses and fields. Here each of them is compared with what the shop has now, since
// a merchant may have deleted a payment method long after it was mapped, and then
// every order that names it waits for a person.

// payments tells of each payment of the settings whether the shop has it.
func (l *findings) payments() {
	err, mapped := l.f.payments.err, l.c.Orders.Payments
	l.dictionary(CheckPayments, "orders.payments", err, len(mapped))
	for _, t := range slices.Sorted(maps.Keys(mapped)) {
		id, field := problem.ID(mapped[t]), "orders.payments."+t
		p, found := byID(l.f.payments.value, mapped[t], func(p insales.Payment) int64 { return p.ID })
		args := []string{"type", t, "id", id, "title", p.Title, "kind", p.Type, "margin", margin(p)}
		switch {
		case err != nil:
			l.unread(CheckPayment, resultUnprobed, field, err, args[:4]...)
		case !found:
			l.add(CheckPayment, ResultMissing, field, problem.Of(problem.FieldNotInShop, "id", id), args[:4]...)
		default:
			l.works(CheckPayment, args...)
		}
	}
}

// margin is the percent that a payment adds to the order, "" for none.
func margin(p insales.Payment) string {
	if strings.Trim(p.Margin, "0.") == "" {
		return ""
	}
	return p.Margin
}

// deliveries does the same for deliveries, which must be of a kind that orders
// can be created with.
func (l *findings) deliveries() {
	err, mapped := l.f.deliveries.err, l.c.Orders.Deliveries
	l.dictionary(CheckDeliveries, "orders.deliveries", err, len(mapped))
	for _, t := range slices.Sorted(maps.Keys(mapped)) {
		id, field := problem.ID(mapped[t]), "orders.deliveries."+t
		d, found := byID(l.f.deliveries.value, mapped[t], func(d insales.Delivery) int64 { return d.ID })
		args := []string{"type", t, "id", id, "title", d.Title, "kind", d.Type, "price", d.Price}
		switch {
		case err != nil:
			l.unread(CheckDelivery, resultUnprobed, field, err, args[:4]...)
		case !found:
			l.add(CheckDelivery, ResultMissing, field, problem.Of(problem.FieldNotInShop, "id", id), args[:4]...)
		case unsuited(l.c, d) != nil:
			l.add(CheckDelivery, ResultFailed, field, *unsuited(l.c, d), args...)
		default:
			l.works(CheckDelivery, args...)
		}
	}
}

// unsuited says why no order can be created with a delivery; nil if one can. An order
// of the chat names no point of a carrier, so a delivery to such points does not suit,
// be it that it says so itself or that an order with it has shown one.
func unsuited(c storage.Company, d insales.Delivery) *storage.Problem {
	var p storage.Problem
	switch {
	case !d.Supported():
		p = problem.Of(problem.FieldDeliveryType, "id", problem.ID(d.ID), "type", d.Type, "title", d.Title)
	case d.Points || slices.Contains(c.Learnt.Outlets, d.ID):
		p = problem.Of(problem.FieldDeliveryPoint, "id", problem.ID(d.ID), "title", d.Title)
	default:
		return nil
	}
	return &p
}

// dictionary tells whether a list of the shop could be read, and whether the
// company uses anything of it. One that has nothing to do with orders need not.
func (l *findings) dictionary(name CheckName, field string, err error, mapped int) {
	switch {
	case err != nil:
		l.unread(name, ResultFailed, field, err)
	case mapped == 0 && l.catalogOnly():
		l.works(name)
	case mapped == 0:
		l.add(name, ResultRemark, field, storage.Problem{Code: problem.NoticeNothingMapped})
	default:
		l.works(name)
	}
}

// pairs tells which payments and deliveries of the settings are not linked in
// the shop. Whether it refuses such orders is not documented.
func (l *findings) pairs() {
	if err := cmp.Or(l.f.payments.err, l.f.deliveries.err); err != nil {
		l.unread(checkPairs, resultUnprobed, "", err)
		return
	}
	linked, known := links(l.f.payments.value, l.f.deliveries.value)
	if !known {
		l.add(checkPairs, resultUnprobed, "", storage.Problem{Code: problem.NoticeLinksUnknown})
		return
	}
	apart := 0
	for _, p := range l.f.payments.value {
		for _, d := range l.f.deliveries.value {
			if !hasValue(l.c.Orders.Payments, p.ID) || !hasValue(l.c.Orders.Deliveries, d.ID) ||
				linked[[2]int64{p.ID, d.ID}] {
				continue
			}
			apart++
			args := []string{"payment", p.Title, "payment_id", problem.ID(p.ID),
				"delivery", d.Title, "delivery_id", problem.ID(d.ID)}
			l.add(CheckPair, ResultRemark, "", problem.Of(problem.NoticePairUnlinked, args...), args...)
		}
	}
	if apart == 0 {
		l.works(checkPairs)
	}
}

// links gives the pairs of payment and delivery that either side names. A shop
// that names none does not tell.
func links(payments []insales.Payment, deliveries []insales.Delivery) (linked map[[2]int64]bool, known bool) {
	linked = map[[2]int64]bool{}
	for _, p := range payments {
		for _, d := range p.Deliveries {
			linked[[2]int64{p.ID, d}] = true
		}
	}
	for _, d := range deliveries {
		for _, p := range d.Payments {
			linked[[2]int64{p, d.ID}] = true
		}
	}
	return linked, len(linked) > 0
}

// fields tells which fields of the checkout the shop demands and an order of
// ours may leave empty. Whether it then refuses the order is not documented; a probe may
// have seen it.
func (l *findings) fields() {
	if err := l.f.fields.err; err != nil {
		l.unread(checkFields, resultUnprobed, "", err)
		return
	}
	required, known := company.FieldsRequired(l.c.Learnt)
	if known && !required {
		l.works(checkFields)
		return
	}
	open, result := 0, ResultRemark
	if required {
		result = ResultMissing
	}
	for _, f := range l.f.fields.value {
		if !f.Obligatory || fieldFilled(f, l.c.Orders.Fields, l.addressed()) {
			continue
		}
		open++
		id := problem.ID(f.ID)
		empty := problem.Of(problem.NoticeFieldObligatory, "id", id, "title", f.Title, "key", fieldKey(f))
		l.add(CheckField, result, "", empty, "id", id, "title", f.Title)
	}
	if open == 0 {
		l.works(checkFields)
	}
}

// addressed reports whether any order of the company has an address.
func (l *findings) addressed() bool {
	for _, id := range l.c.Orders.Deliveries {
		d, found := byID(l.f.deliveries.value, id, func(d insales.Delivery) int64 { return d.ID })
		if !found || !d.Pickup {
			return true
		}
	}
	return false
}

// fieldFilled reports whether an order of ours fills a field of the checkout,
// by itself or because the settings say so. Name and phone always have a
// value, and with an address its country and text; other parts of it, an
// e-mail or a surname are there only if the customer gave them.
func fieldFilled(f insales.Field, settings map[string]string, addressed bool) bool {
	switch f.Destiny {
	case insales.DestinyAddress:
		if !addressed || f.SystemName == "country" || f.SystemName == "address" {
			return true
		}
	case insales.DestinyIndividual, insales.DestinyOrder:
	default:
		return true // of lines, companies and recipients, which orders of ours have not
	}
	switch f.SystemName {
	case "name", "phone", "consent_to_personal_data":
		return true
	}
	return settings[problem.ID(f.ID)] != "" || settings[fieldKey(f)] != ""
}

// fieldKey is the name by which the settings fill a field: its system name, if
// it is one that we have a place for, else its id.
func fieldKey(f insales.Field) string {
	personal := f.SystemName == "email" || f.SystemName == "surname" || f.SystemName == "middlename"
	if translate.ValidFieldName(f.SystemName) && personal == (f.Destiny == insales.DestinyIndividual) {
		return f.SystemName
	}
	return problem.ID(f.ID)
}

// byID finds the one of a list that has an id.
func byID[T any](list []T, id int64, of func(T) int64) (T, bool) {
	i := slices.IndexFunc(list, func(v T) bool { return of(v) == id })
	if i < 0 {
		var none T
		return none, false
	}
	return list[i], true
}

func hasValue(m map[string]int64, id int64) bool {
	for _, v := range m {
		if v == id {
			return true
		}
	}
	return false
}
