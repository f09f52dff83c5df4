package insalestest

import (
	"slices"
)

// requireFields refuses an order that lacks an obligatory field, if the shop enforces
// them over the API; that it does is inferred. Fields of order lines and those
// that only a form can have (email_confirmation) are not asked for.
func (e *edit) requireFields() {
	if !e.shop.conf.EnforceFields {
		return
	}
	for _, r := range e.shop.fields {
		if !r.v.Obligatory && !e.shop.conf.AllObligatory || r.v.Inactive || r.extra["for_buyer"] == false {
			continue
		}
		if where := e.missing(r.v); where != "" {
			e.bad.add(where, "Поле «"+r.v.Title+"» не может быть пустым")
		}
	}
}

// missing names what lacks the field; "" = it is there or is not asked for.
func (e *edit) missing(f Field) string {
	o := e.draft
	isCompany := o.client.kind == clientJuridical
	switch {
	case f.Destiny == destinyAddress && o.needsNoAddress(), f.Destiny == destinyLine,
		f.Destiny == DestinyClient && isCompany, f.Destiny == destinyJuridical && !isCompany,
		f.SystemName == "" && o.has(f):
		return ""
	case f.SystemName == "":
		return "fields_values"
	case f.Destiny == DestinyClient || f.Destiny == destinyJuridical:
		return missingIn("client", f, e.shop.clientJSON(o.client))
	case f.Destiny == destinyAddress || f.Destiny == destinyRecipient:
		return missingIn("shipping_address", f, o.address)
	default:
		return missingIn("order", f, e.attrs)
	}
}

// needsNoAddress: pickup orders were seen without any.
func (o *order) needsNoAddress() bool {
	if o.address.flag("no_delivery") {
		return true
	}
	return o.delivery != nil &&
		(o.delivery.Pickup || o.delivery.Type == DeliveryPickUp || o.delivery.Type == deliveryNone)
}

// missingIn looks for a system field by its name. What the object does not have
// at all is only asked of addresses and orders. A place may stand under either
// of its two names: InSales finds the city in the locality.
func missingIn(where string, f Field, in object) string {
	names := []string{f.SystemName}
	if f.SystemName == "city" || f.SystemName == "full_locality_name" {
		names = []string{"city", "full_locality_name"}
	}
	if _, known := in[f.SystemName]; !known && where == "client" {
		return ""
	}
	if slices.ContainsFunc(names, func(name string) bool { return filled(in[name]) }) {
		return ""
	}
	return where + "." + f.SystemName
}

// filled reports whether a value says anything. false does not: a consent that
// is obligatory must be given.
func filled(v any) bool {
	if t, is := v.(*string); is {
		return value(t) != ""
	}
	return v != nil && v != "" && v != false
}

// has reports whether one of the shop's own fields was filled in, wherever the
// value stands: where InSales wants those of clients and addresses is not known.
func (o *order) has(f Field) bool {
	all := slices.Concat(o.fields, o.addressFields, o.client.fields)
	return slices.ContainsFunc(all, func(v fieldValue) bool {
		return v.field.ID == f.ID && value(v.value) != "" && (f.Type != fieldCheckbox || value(v.value) != "0")
	})
}
