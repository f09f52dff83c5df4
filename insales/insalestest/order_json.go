package insalestest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// show renders an order with all names, types and nulls of the sample
// documents, and spoils it if a test asked for that. What is not spoiled is kept:
// a stored order never changes, and days of polling render the same ones.
func (s *Shop) show(o *order) json.RawMessage {
	if o.shown == nil || o.shownFor != s.accountID {
		o.shown, o.shownFor = encode(s.orderJSON(o)), s.accountID
	}
	if o.mangle == nil {
		return o.shown
	}
	d := json.NewDecoder(bytes.NewReader(o.shown))
	d.UseNumber()
	var plain object
	_ = d.Decode(&plain) // of what was encoded above
	o.mangle(plain)
	return encode(plain)
}

func (s *Shop) orderJSON(o *order) object {
	m := o.money()
	j := object{
		"id": o.id, "number": o.number, "key": orderKey(s.accountID, o.id), "account_id": s.accountID,
		"created_at": s.stamp(o.createdAt), "updated_at": s.stampMS(o.updatedAt),
		"accepted_at": s.maybe(o.acceptedAt), "delivered_at": s.maybe(o.deliveredAt), "paid_at": s.maybe(o.paidAt),
		"archived": o.archived, "fulfillment_status": o.fulfillment, "financial_status": o.financial,
		"custom_status": s.customStatus(o), "comment": o.comment, "manager_comment": o.managerComment,
		"total_price": amount(m.total), "items_price": amount(m.items),
		"delivery_price": amount(o.deliveryPrice), "full_delivery_price": amount(m.delivery),
		"margin": "0.0", "margin_amount": decimalText(m.margin), "total_profit": decimalText(m.total),
		"currency_code": "RUR", "discount": nil, "discounts": []object{},
		"client": s.clientJSON(o.client), "shipping_address": s.addressJSON(o), "order_lines": s.linesJSON(o),
		"fields_values": s.fieldsJSON(o.fields), "order_changes": s.changesJSON(o),
		"delivery_variant_id": nil, "delivery_title": nil, "delivery_description": nil, "delivery_info": nil,
		"payment_gateway_id": nil, "payment_title": nil, "payment_description": nil,
		"delivery_time": "", "locale": "ru", "cookies": nil, "client_transaction_id": nil,
		"responsible_user_id": nil, "warehouse_id": warehouseID,
	}
	for _, name := range []string{
		"delivery_date", "delivery_from_hour", "delivery_from_minutes", "delivery_to_hour", "delivery_to_minutes",
	} {
		j[name] = o.when[name]
	}
	for _, name := range []string{"referer", "current_location", "query", "source_domain"} {
		j[name], j["first_"+name] = nil, nil
	}
	j["source"], j["first_source"] = "", ""
	if s.conf.HideManagerComment {
		delete(j, "manager_comment")
	}
	if list := s.discountsJSON(o); len(list) > 0 {
		j["discounts"], j["discount"] = list, list[0] // the latter for old clients
	}
	s.choices(j, o, m)
	return j
}

// choices fills what the delivery variant and the payment gateway bring.
func (s *Shop) choices(j object, o *order, m money) {
	if g := o.gateway; g != nil {
		j["payment_gateway_id"], j["payment_title"], j["payment_description"] = g.ID, g.Title, null(g.Description)
		if g.Margin != "" {
			j["margin"] = g.Margin
		}
	}
	d := o.delivery
	if d == nil {
		return
	}
	j["delivery_variant_id"], j["delivery_title"], j["delivery_description"] = d.ID, d.Title, null(d.Description)
	outlet := object{
		"id": nil, "external_id": nil, "latitude": nil, "longitude": nil, "title": nil,
		"description": nil, "address": nil, "payment_method": []string{}, "source_id": nil,
	}
	if d.Points {
		outlet["id"], outlet["external_id"], outlet["title"] = d.ID*100+1, "MSK1", "Пункт выдачи 1"
	}
	j["delivery_info"] = object{
		"delivery_variant_id": d.ID, "tariff_id": nil, "title": d.Title, "description": nil,
		"price": amount(m.delivery), "shipping_company": nil, "shipping_company_handle": nil,
		"delivery_interval": object{"min_days": nil, "max_days": nil, "description": ""},
		"errors":            []string{}, "warnings": []string{}, "not_available": nil,
		"outlet": outlet,
	}
}

func (s *Shop) linesJSON(o *order) []object {
	list, off := []object{}, o.off()
	for _, l := range o.lines {
		unit := l.variant.Unit
		def(&unit, "pce")
		full := o.fullSum(l, off[l.id])
		j := object{
			"id": l.id, "order_id": o.id, "sale_price": amount(l.price),
			"full_sale_price": amount(full.Div(l.quantity).Round(2)),
			"total_price":     amount(l.sum()), "full_total_price": amount(full), "discounts_amount": amount(off[l.id]),
			"quantity": quantity(l.quantity, unit), "reserved_quantity": quantity(l.quantity, unit),
			"weight": null(l.variant.Weight), "dimensions": nil, "variant_id": l.variant.ID,
			"product_id": l.variant.ProductID, "sku": null(l.variant.SKU), "barcode": null(l.variant.Barcode),
			"title": l.variant.Title, "unit": unit, "comment": l.comment,
			"created_at": s.stamp(l.createdAt), "updated_at": s.stamp(l.updatedAt), "bundle_id": nil,
			"vat": -1, "fiscal_product_type": 1, "requires_marking": nil, "marking_codes": nil,
			"accessory_lines": []object{}, "external_variant_id": nil,
		}
		if l.bundleID != 0 {
			j["bundle_id"] = l.bundleID
		}
		list = append(list, j)
	}
	return list
}

// addressJSON has the address as it was given, and the parts that InSales would
// recognise in it as nulls.
func (s *Shop) addressJSON(o *order) object {
	a := o.address
	phone, locality := a.plain("phone"), a.plain("full_locality_name")
	full := strings.TrimPrefix(strings.TrimSuffix(locality+", "+a.plain("address"), ", "), ", ")
	j := object{
		"id": o.addressID, "fields_values": s.fieldsJSON(o.addressFields), "formatted_phone": phoneFormatted(phone),
		"full_name":             fullName(a.plain("surname"), a.plain("name"), a.plain("middlename")),
		"full_locality_name":    locality,
		"full_delivery_address": full, "address_for_gis": full, "location_valid": locality != "",
		"recipient_fields": []object{
			s.systemField(12483149, DestinyClient, "Имя", "name", "Field::ObligatoryTextField"),
			s.systemField(26940520, destinyRecipient, "Телефон", "phone", "Field::Phone"),
		},
		"backoffice_fields": []object{
			s.systemField(12483148, destinyAddress, "Населенный пункт", "full_locality_name", "Field::Locality"),
			s.systemField(12483154, destinyAddress, "Адрес", "address", "Field::SystemTextArea"),
		},
		"no_delivery": a.flag("no_delivery"), "kladr_autodetected_address": full,
		"country_options": []object{{"code": "RU", "title": "Россия", "selected": false}},
		"kladr_json":      nil, "location": locationJSON(a),
	}
	if locality != "" {
		j["kladr_json"] = kladrJSON(a)
	}
	for _, name := range []string{
		"name", "surname", "middlename", "phone", "address", "country", "state", "city", "zip",
		"street", "house", "flat", "entrance", "doorphone", "floor",
	} {
		j[name] = a.text(name)
	}
	return j
}

// systemField is one of the fields that addresses show, always the same ones.
func (s *Shop) systemField(id int64, destiny Destiny, title, system, kind string) object {
	f := Field{ID: id, Destiny: destiny, Title: title, SystemName: system, Type: kind, Obligatory: true}
	return s.formField(f, born, born)
}

// locationJSON has a country even when no address was given.
func locationJSON(a attrs) object {
	j := kladrJSON(a)
	delete(j, "result")
	j["address"], j["is_kladr"] = a.plain("address"), a.given("full_locality_name")
	for _, name := range []string{"street", "street_type", "house", "flat"} {
		j[name] = a.text(name)
	}
	return j
}

func kladrJSON(a attrs) object {
	j := object{
		"country": "RU", "state": a.text("state"), "city": a.text("city"), "zip": a.text("zip"),
		"result": a.plain("full_locality_name"),
	}
	for _, name := range []string{
		"kladr_code", "kladr_zip", "region_zip", "state_type", "area", "area_type", "city_type",
		"settlement", "settlement_type", "latitude", "longitude", "autodetected",
	} {
		j[name] = nil
	}
	return j
}

// changesJSON is the history, newest first, with real milliseconds.
func (s *Shop) changesJSON(o *order) []object {
	list := []object{}
	for i := len(o.changes) - 1; i >= 0; i-- {
		c := o.changes[i]
		list = append(list, object{
			"id": c.id, "created_at": s.stampMS(c.at), "action": c.action, "value_was": c.was,
			"value_is": c.is, "full_description": c.description, "user_name": c.user,
		})
	}
	return list
}

// maybe writes a time that may not have come yet.
func (s *Shop) maybe(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return s.stamp(t)
}

// amount is money of an order: a JSON number that always has a fraction.
func amount(d decimal.Decimal) json.Number { return json.Number(decimalText(d)) }

// decimalText is a number with a fraction, be it 0, as InSales writes money.
func decimalText(d decimal.Decimal) string {
	text := d.String()
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// quantity is an integer for pieces and always a fraction for weighed goods.
func quantity(d decimal.Decimal, unit string) json.Number {
	if unit == "pce" && d.IsInteger() {
		return json.Number(d.StringFixed(0))
	}
	return amount(d)
}

// orderKey is the secret part of the storefront link: 32 hex digits.
func orderKey(accountID, id int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d", accountID, id))
	return hex.EncodeToString(sum[:16])
}
