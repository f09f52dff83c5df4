package insales

import (
	"strings"

	"github.com/go-faster/jx"
	"github.com/shopspring/decimal"
)

// The most that is taken of one product, far above what a shop would have.
const (
	maxVariants = 5000
	maxListed   = 2000 // images, properties, collections, option names
)

// A rawProduct is what has to be put together when the whole object was read,
// because a JSON object's fields come in any order.
type rawProduct struct {
	Product
	propertyNames map[int64]rawProperty
	values        []rawValue
	optionNames   map[int64]rawOption
	options       [][]rawValue // by variant
}

type rawProperty struct {
	title    string
	position int64
	inside   bool // not for the storefront
}

type rawOption struct {
	title    string
	position int64
}

type rawValue struct {
	id, of, position int64
	title            string
}

func decodeProduct(d *jx.Decoder, price string) (Product, error) {
	raw := rawProduct{propertyNames: map[int64]rawProperty{}, optionNames: map[int64]rawOption{}}
	err := object(d, func(d *jx.Decoder, key []byte) (err error) {
		p := &raw.Product
		switch string(key) {
		case "id":
			p.ID, err = integer(d)
		case "updated_at":
			var s string
			s, err = text(d)
			p.UpdatedAt, _ = parseTime(s)
		case "title":
			p.Title, err = text(d)
		case "permalink":
			p.Permalink, err = text(d)
		case "description":
			p.Description, err = text(d)
		case "short_description":
			p.ShortDescription, err = text(d)
		case "currency_code":
			p.Currency, err = text(d)
		case "is_hidden":
			p.Hidden, err = truth(d)
		case "archived":
			p.Archived, err = truth(d)
		case "available":
			p.Available, err = maybe(d)
		default:
			err = raw.list(d, key, price)
		}
		return err
	})
	if err != nil {
		return Product{}, err
	}
	raw.assemble()
	return raw.Product, nil
}

// list reads the fields of a product that are lists, and skips all others.
func (p *rawProduct) list(d *jx.Decoder, key []byte, price string) error {
	switch string(key) {
	case "collections_ids":
		return list(d, maxListed, func(d *jx.Decoder) error {
			id, err := integer(d)
			if id > 0 {
				p.Collection = append(p.Collection, id)
			}
			return err
		})
	case "images":
		return list(d, maxListed, func(d *jx.Decoder) error {
			image, err := decodeImage(d)
			if image.URL != "" {
				p.Images = append(p.Images, image)
			}
			return err
		})
	case "properties":
		return list(d, maxListed, func(d *jx.Decoder) error {
			var id int64
			var one rawProperty
			err := object(d, func(d *jx.Decoder, key []byte) (err error) {
				var flag bool
				switch string(key) {
				case "id":
					id, err = integer(d)
				case "title":
					one.title, err = text(d)
				case "position":
					one.position, err = integer(d)
				case "is_hidden", "backoffice":
					flag, err = truth(d)
					one.inside = one.inside || flag
				default:
					err = d.Skip()
				}
				return err
			})
			p.propertyNames[id] = one
			return err
		})
	case "characteristics":
		return values(d, "property_id", &p.values)
	case "option_names":
		return list(d, maxListed, func(d *jx.Decoder) error {
			v, err := decodeValue(d, "")
			p.optionNames[v.id] = rawOption{v.title, v.position}
			return err
		})
	case "variants":
		return list(d, maxVariants, func(d *jx.Decoder) error {
			v, options, err := decodeVariant(d, price)
			if v.ID > 0 {
				p.Variants = append(p.Variants, v)
				p.options = append(p.options, options)
			}
			return err
		})
	}
	return d.Skip()
}

func decodeImage(d *jx.Decoder) (image Image, err error) {
	var other string
	err = object(d, func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "id":
			image.ID, err = integer(d)
		case "position":
			image.Position, err = integer(d)
		case "image_processing":
			image.Unready, err = truth(d)
		case "original_url":
			image.URL, err = text(d)
		case "url":
			other, err = text(d)
		default:
			err = d.Skip()
		}
		return err
	})
	if image.URL == "" {
		image.URL = other
	}
	return image, err
}

// values reads a list of things with an id, a title, a position and the id of
// what they belong to.
func values(d *jx.Decoder, owner string, into *[]rawValue) error {
	return list(d, maxListed, func(d *jx.Decoder) error {
		v, err := decodeValue(d, owner)
		*into = append(*into, v)
		return err
	})
}

func decodeValue(d *jx.Decoder, owner string) (v rawValue, err error) {
	err = object(d, func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "id":
			v.id, err = integer(d)
		case "title":
			v.title, err = text(d)
		case "position":
			v.position, err = integer(d)
		case owner:
			v.of, err = integer(d)
		default:
			err = d.Skip()
		}
		return err
	})
	return v, err
}

const inSiteCurrency = "_in_site_currency"

// decodeVariant reads a variant. Its fields are chosen by name: whatever else
// stands there, cost price and other kinds of price included, is not looked at.
func decodeVariant(d *jx.Decoder, price string) (v Variant, options []rawValue, err error) {
	err = object(d, func(d *jx.Decoder, key []byte) (err error) {
		if string(key) == price {
			v.HasKind = true
			if v.Price, err = amount(d); price == "price" {
				v.Main = v.Price
			}
			return err
		}
		if string(key) == price+inSiteCurrency {
			if v.SitePrice, err = amount(d); price == "price" {
				v.SiteMain = v.SitePrice
			}
			return err
		}
		switch string(key) {
		case "id":
			v.ID, err = integer(d)
		case "title":
			v.Title, err = text(d)
		case "price" + inSiteCurrency:
			v.SiteMain, err = amount(d)
		case "old_price" + inSiteCurrency:
			v.SiteOld, err = amount(d)
		case "sku":
			v.SKU, err = text(d)
		case "barcode":
			v.Barcode, err = text(d)
		case "price":
			v.Main, err = amount(d)
		case "old_price":
			v.OldPrice, err = amount(d)
		case "quantity":
			v.Quantity, err = amount(d)
		case "weight":
			v.Weight, err = amount(d)
		case "available":
			v.Available, err = maybe(d)
		case "option_values":
			err = values(d, "option_name_id", &options)
		default:
			err = d.Skip()
		}
		return err
	})
	return v, options, err
}

// assemble puts names to values.
func (p *rawProduct) assemble() {
	for _, v := range p.values {
		if name, ok := p.propertyNames[v.of]; ok && !name.inside {
			p.Properties = append(p.Properties, Property{Name: name.title, Value: v.title, Position: name.position})
		}
	}
	for i, options := range p.options {
		for _, v := range options {
			p.Variants[i].Options = append(p.Variants[i].Options, Option{Name: p.optionNames[v.of].title, Value: v.title})
		}
	}
}

// amount takes a number or a string that is a decimal; anything else is not
// Valid.
func amount(d *jx.Decoder) (decimal.NullDecimal, error) {
	s, err := text(d)
	if err != nil {
		return decimal.NullDecimal{}, err
	}
	v, ok := parseAmount(strings.TrimSpace(s))
	return decimal.NullDecimal{Decimal: v, Valid: ok}, nil
}
