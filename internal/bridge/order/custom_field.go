package order

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
)

// systemFields are the shop's own checkout fields that a setting may fill, and
// where they stand in a create request. name and phone always have a value.
func systemFields(r *insales.NewOrder) map[string]*string {
	return map[string]*string{
		"surname": &r.Client.Surname, "middlename": &r.Client.Middle, "email": &r.Client.Email,
		"city": &r.ShippingAddress.City, "full_locality_name": &r.ShippingAddress.Locality,
		"address": &r.ShippingAddress.Address, "zip": &r.ShippingAddress.Zip,
		"street": &r.ShippingAddress.Street, "house": &r.ShippingAddress.House, "flat": &r.ShippingAddress.Flat,
	}
}

// ValidFieldName reports whether a setting can fill the field: one of the
// shop's own by its id, or one of those with a system name.
func ValidFieldName(name string) bool {
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		return id > 0
	}
	_, ok := systemFields(&insales.NewOrder{})[name]
	return ok
}

// fieldNames lists the system names that a setting may fill.
func fieldNames() []string { return slices.Sorted(maps.Keys(systemFields(&insales.NewOrder{}))) }

// fillFields fills checkout fields as the company's settings say: a system
// field that the order leaves empty, and the shop's own fields in any case.
// {id}, {number}, {channel}, {url} and {comment} in the text are the order's.
func fillFields(r *insales.NewOrder, settings map[string]string, o *ineedchat.Order) {
	own := strings.NewReplacer("{id}", o.ID, "{number}", o.Number, "{channel}", o.Customer.Channel, "{url}", o.URL,
		"{comment}", o.Comment)
	system := systemFields(r)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := own.Replace(settings[name])
		if into, ok := system[name]; ok {
			if *into == "" {
				*into = value
			}
			continue
		}
		if id, err := strconv.ParseInt(name, 10, 64); err == nil && value != "" {
			r.Fields = append(r.Fields, insales.NewField{ID: id, Value: value})
		}
	}
}

// hasEmoji reports whether any text of the request has characters beyond the
// basic plane, which old databases refuse (inferred).
func hasEmoji(r *insales.NewOrder) bool {
	for _, s := range texts(r) {
		if plain(*s) != *s {
			return true
		}
	}
	return false
}

// plainText takes emoji out of all texts of the request. Who has no other name
// goes by the phone, as one does who gave none.
func plainText(r *insales.NewOrder) {
	for _, s := range texts(r) {
		*s = plain(*s)
	}
	r.Client.Name = cmp.Or(r.Client.Name, r.Client.Surname, r.Client.Phone, "-")
}

// plain drops characters beyond the basic plane and what only joins them.
func plain(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r > 0xffff || r == '\ufe0f' || r == '\u200d' {
			return -1
		}
		return r
	}, s)
	if clean == s {
		return s
	}
	return strings.TrimSpace(clean)
}

// texts gives all texts of a request that come from outside.
func texts(r *insales.NewOrder) []*string {
	c, a := &r.Client, &r.ShippingAddress
	list := []*string{&r.Comment, &r.ManagerComment, &c.Name, &c.Surname, &c.Middle, &c.Phone, &a.Name, &a.Phone,
		&a.Address,
		&a.City, &a.Locality, &a.Street, &a.House, &a.Flat, &a.Entrance, &a.Floor, &a.Zip}
	for i := range r.Lines {
		list = append(list, &r.Lines[i].Comment)
	}
	for i := range r.Fields {
		list = append(list, &r.Fields[i].Value)
	}
	return list
}
