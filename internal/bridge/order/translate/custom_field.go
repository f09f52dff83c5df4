package translate

import (
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

// FieldNames lists the system names that a setting may fill.
func FieldNames() []string { return slices.Sorted(maps.Keys(systemFields(&insales.NewOrder{}))) }

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
