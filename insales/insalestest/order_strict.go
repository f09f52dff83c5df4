package insalestest

import (
	"encoding/json"
	"maps"
	"slices"
)

// writtenKeys are the keys of an order's inner objects that clients which work with
// real shops were seen writing on create. InSales shows others beside them.
var writtenKeys = map[string]shape{
	"order_lines_attributes": leaves("variant_id", "product_id", "quantity", "sale_price"),
	"shipping_address_attributes": leaves("name", "surname", "phone", "country", "full_locality_name", "address",
		"no_delivery", "fields_values_attributes"),
	"client": leaves("id", "type", "name", "surname", "middlename", "email", "phone", "consent_to_personal_data",
		"fields_values_attributes"),
}

// strictKeys refuses, if the shop is told to be like that, what InSales may not know in
// the inner objects of an order. It does so for a product's variants_attributes with
// these words; whether an order is treated alike is not known.
func (s *Shop) strictKeys(a attrs) invalid {
	bad := invalid{}
	if !s.conf.StrictKeys {
		return bad
	}
	for _, name := range slices.Sorted(maps.Keys(writtenKeys)) {
		objects := a.list(name)
		if one := a.object(name); one != nil {
			objects = append(objects, one)
		}
		var strangers []string
		for _, o := range objects {
			for key := range o {
				if _, known := writtenKeys[name][key]; !known && !slices.Contains(strangers, key) {
					strangers = append(strangers, key)
				}
			}
		}
		if slices.Sort(strangers); len(strangers) > 0 {
			text, _ := json.Marshal(strangers)
			bad.add(name, "undefined keys "+string(text))
		}
	}
	return bad
}
