package ineedchat

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// How a product is written. A large catalog writes its products and little else, so
// they are appended field by field, which takes a third of what reflection takes; what
// comes is what encoding/json would write by the tags of the types (TestProductEncoding).

// append appends the product without its time and hash, and leaves it open for them.
func (p *Product) append(b []byte) []byte {
	b = appendField(b, `{"id":`, p.ID)
	b = appendField(b, `,"title":`, p.Title)
	if p.Description != "" {
		b = appendField(b, `,"description_html":`, p.Description)
	}
	b = appendEach(b, `,"category_ids":[`, p.CategoryIDs,
		func(b []byte, id *string) []byte { return appendText(b, *id) })
	if p.URL != "" {
		b = appendField(b, `,"url":`, p.URL)
	}
	b = appendEach(b, `,"images":[`, p.Images, func(b []byte, i *Image) []byte {
		return append(appendField(appendField(b, `{"url":`, i.URL), `,"hash":`, i.Hash), '}')
	})
	b = strconv.AppendBool(append(b, `,"visible":`...), p.Visible)
	b = appendEach(b, `,"properties":[`, p.Properties, func(b []byte, p *Property) []byte {
		return append(appendField(appendField(b, `{"name":`, p.Name), `,"value":`, p.Value), '}')
	})
	return appendEach(b, `,"variants":[`, p.Variants, appendVariant)
}

func appendVariant(b []byte, v *Variant) []byte {
	b = appendField(b, `{"id":`, v.ID)
	if v.SKU != "" {
		b = appendField(b, `,"sku":`, v.SKU)
	}
	if v.Barcode != "" {
		b = appendField(b, `,"barcode":`, v.Barcode)
	}
	b = appendEach(b, `,"options":[`, v.Options, func(b []byte, o *Option) []byte {
		return append(appendField(appendField(b, `{"name":`, o.Name), `,"value":`, o.Value), '}')
	})
	b = appendField(b, `,"price":`, v.Price)
	b = appendMaybe(b, `,"old_price":`, v.OldPrice)
	b = appendMaybe(b, `,"quantity":`, v.Quantity)
	b = strconv.AppendBool(append(b, `,"available":`...), v.Available)
	return append(appendMaybe(b, `,"weight_kg":`, v.WeightKG), '}')
}

// appendField appends a text behind its name.
func appendField(b []byte, name, value string) []byte { return appendText(append(b, name...), value) }

// appendMaybe appends a text, or null for none, behind its name.
func appendMaybe(b []byte, name string, value *string) []byte {
	if value == nil {
		return append(append(b, name...), "null"...)
	}
	return appendField(b, name, *value)
}

// appendEach appends a list behind its name and bracket.
func appendEach[T any](b []byte, name string, list []T, one func([]byte, *T) []byte) []byte {
	b = append(b, name...)
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, &list[i])
	}
	return append(b, ']')
}

// appendText appends a text in quotes. What is no UTF-8 in it becomes U+FFFD.
func appendText(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text)
	return b
}
