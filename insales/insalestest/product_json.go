package insalestest

import (
	"strconv"
	"strings"
)

// productTitle is the product's own title or the first variant's, up to the
// comma that the seed has before the option.
func (s *Shop) productTitle(p Product) string {
	if p.Title != "" {
		return p.Title
	}
	for _, r := range s.variantsOf(p.ID) {
		title, _, _ := strings.Cut(r.v.Title, ", ")
		return title
	}
	return ""
}

// productJSON has the names, types and nulls of the samples of 2023, and bundle,
// which the vendor's page of 2026 has.
func (s *Shop) productJSON(r *row[Product]) object {
	p, title := r.v, s.productTitle(r.v)
	rows := s.variantsOf(p.ID)
	collections := p.CollectionIDs
	if collections == nil {
		collections = []int64{}
	}
	o := object{
		"id": p.ID, "category_id": p.category(), "created_at": s.stamp(r.createdAt), "updated_at": s.stamp(r.updatedAt),
		"is_hidden": p.Hidden, "available": false, "archived": p.Archived, "canonical_url_collection_id": 27837817,
		"custom_template": nil, "unit": "pce", "sort_weight": nil, "ignore_discounts": nil, "vat": -1,
		"dimensions": nil, "fiscal_product_type": 1, "title": title, "short_description": null(p.ShortDescription),
		"permalink": permalink(title), "html_title": nil, "meta_keywords": nil, "meta_description": nil,
		"currency_code": "RUR", "collections_ids": collections, "sales_channels_id": nil,
		"description": null(p.Description), "images": []object{}, "video_links": []object{},
		"option_names": []object{}, "properties": []object{}, "characteristics": []object{},
		"product_field_values": []object{}, "bundle": nil, "product_bundle_components": []object{},
	}
	name := p.Option
	def(&name, "Размер")
	if len(rows) > 1 {
		o["option_names"] = []object{{
			"id": optionNameID, "position": 1, "navigational": true, "permalink": permalink(name), "title": name,
		}}
	}
	variants := []object{}
	for i, r := range rows {
		v := s.variantJSON(r)
		if len(rows) > 1 {
			v["title"], v["option_values"] = optionOf(r.v, title, i)
		}
		variants = append(variants, v)
		o["available"] = o["available"] == true || v["available"] == true
		if r.v.Unit != "" {
			o["unit"] = r.v.Unit
		}
		if len(r.v.Bundle) > 0 {
			o["bundle"], o["product_bundle_components"] = true, s.componentsJSON(r.v)
		}
	}
	o["variants"] = variants
	return o
}

const optionNameID int64 = 7288213

// optionOf is what sets a variant apart: the rest of its title, and the same as
// its only option.
func optionOf(v Variant, product string, i int) (title any, values []object) {
	text := strings.TrimPrefix(strings.TrimPrefix(v.Title, product), ", ")
	return null(text), []object{{
		"id": v.ID*10 + 1, "option_name_id": optionNameID, "position": i + 1, "title": text, "image_url": nil,
	}}
}

// variantJSON writes prices as strings and, as the samples do, the stock of a
// warehouse as a string only if it is tracked. Which keys the rights on prices
// take away, and whether they become null instead, is not known; here the keys
// are missing.
func (s *Shop) variantJSON(r row[Variant]) object {
	v, price := r.v, decimalText(r.v.Price)
	o := object{
		"id": v.ID, "title": nil, "product_id": v.ProductID, "sku": null(v.SKU), "barcode": null(v.Barcode),
		"dimensions": nil, "available": v.Stock == nil || v.Stock.IsPositive(), "image_ids": []int64{}, "image_id": nil,
		"weight": null(v.Weight), "created_at": s.stamp(r.createdAt), "updated_at": s.stamp(r.updatedAt),
		"quantity": nil, "quantity_at_warehouse0": 0, "price": price, "price_in_site_currency": price,
		"base_price": price, "base_price_in_site_currency": price, "old_price": null(v.OldPrice),
		"old_price_in_site_currency": null(v.OldPrice), "variant_field_values": []object{}, "option_values": []object{},
	}
	if v.Stock != nil {
		unit := v.Unit
		def(&unit, "pce")
		o["quantity"], o["quantity_at_warehouse0"] = quantity(*v.Stock, unit), decimalText(*v.Stock)
	}
	if !s.forbidden[SectionCostPrices] {
		o["cost_price"], o["cost_price_in_site_currency"] = null(v.CostPrice), nil
	}
	if !s.forbidden[SectionExtraPrices] {
		s.extraPrices(o, v.Prices)
	}
	return o
}

// extraPrices writes price2, price3 and so on; the samples have two of them.
func (s *Shop) extraPrices(o object, prices []string) {
	list, site := []any{}, []any{}
	for i := range max(len(prices), 2) {
		var price any
		if i < len(prices) {
			price = null(prices[i])
		}
		name := "price" + strconv.Itoa(i+2)
		o[name], o[name+"_in_site_currency"] = price, nil
		list, site = append(list, price), append(site, nil)
	}
	o["prices"], o["prices_in_site_currency"] = list, site
}

// componentsJSON are the parts of a bundle, as the vendor's page has them.
func (s *Shop) componentsJSON(v Variant) []object {
	list := []object{}
	for i, c := range v.Bundle {
		list = append(list, object{
			"id": v.ID*10 + int64(i), "variant_id": c.VariantID, "product_id": s.variants[c.VariantID].v.ProductID,
			"quantity": strconv.FormatInt(c.Quantity, 10) + ".0", "free": false,
		})
	}
	return list
}
