package insales

import (
	"strings"

	"github.com/go-faster/jx"
	"github.com/shopspring/decimal"
)

// The most that is taken of one product, far above what a shop would have.
const (
	maxVariants = 5000
	maxListed   = 2000   // images, properties, collections, option names
	maxOptions  = 30_000 // of all variants

	maxPageVariants = 50_000 // of all products of a page
)

// A productReader reads products one after the other, each with the memory of
// the one before: what it gives away is a copy. Names are put to values when the
// whole object was read, because a JSON object's fields come in any order.
type productReader struct {
	price, sitePrice string // fields of a variant

	p             Product
	propertyNames map[int64]rawProperty
	values        []rawValue
	optionNames   map[int64]rawOption
	options       []rawValue // of all variants
	optionsUntil  []int      // where those of each variant end

	// twice tells that a name which is read stands twice in the product or in
	// one of its variants: which of two prices counts is never guessed.
	twice bool
}

// once notes that the n-th name of an object is there. Each name that is read has
// a bit of its own in seen, in the order of the cases; a map for each of a million
// variants would cost more than all the rest. What stands twice makes the product
// unreadable, even with the same value both times: to compare them would mean to
// keep both.
func (r *productReader) once(seen *uint32, n int) {
	r.twice = r.twice || *seen&(1<<n) != 0
	*seen |= 1 << n
}

// A rawProperty, a rawOption and a rawValue are what stands in the lists of
// names and of values, before the ids have brought them together.
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

func newProductReader(price string) *productReader {
	return &productReader{price: price, sitePrice: price + inSiteCurrency, propertyNames: map[int64]rawProperty{},
		optionNames: map[int64]rawOption{}}
}

// read reads one product. Whether what was read is believed, twice included, is
// for its caller to say.
func (r *productReader) read(d *jx.Decoder) (Product, error) {
	r.p = Product{Collection: r.p.Collection[:0], Images: r.p.Images[:0], Variants: r.p.Variants[:0]}
	r.twice = false
	r.values, r.options, r.optionsUntil = r.values[:0], r.options[:0], r.optionsUntil[:0]
	clear(r.propertyNames)
	clear(r.optionNames)
	var seen uint32
	err := object(d, func(d *jx.Decoder, key []byte) (err error) {
		p := &r.p
		switch string(key) {
		case "id":
			r.once(&seen, 0)
			p.ID, err = integer(d)
		case "updated_at":
			r.once(&seen, 1)
			var s string
			s, err = text(d)
			p.UpdatedAt, _ = parseTime(s)
		case "title":
			r.once(&seen, 2)
			p.Title, err = typedText(d)
		case "permalink":
			r.once(&seen, 3)
			p.Permalink, err = text(d)
		case "description":
			r.once(&seen, 4)
			p.Description, err = text(d)
		case "short_description":
			r.once(&seen, 5)
			p.ShortDescription, err = text(d)
		case "currency_code":
			r.once(&seen, 6)
			p.Currency, err = text(d)
		case "is_hidden":
			r.once(&seen, 7)
			p.Hidden, err = truth(d)
		case "archived":
			r.once(&seen, 8)
			p.Archived, err = truth(d)
		case "available":
			r.once(&seen, 9)
			p.Available, err = maybe(d)
		default:
			err = r.list(d, key, &seen)
		}
		return err
	})
	if err != nil {
		return Product{}, err
	}
	return r.assemble(), nil
}

// list reads the fields of a product that are lists, and skips all others.
func (r *productReader) list(d *jx.Decoder, key []byte, seen *uint32) error {
	p := &r.p
	switch string(key) {
	case "collections_ids":
		r.once(seen, 10)
		return list(d, maxListed, func(d *jx.Decoder) error {
			id, err := integer(d)
			if id > 0 {
				p.Collection = append(p.Collection, id)
			}
			return err
		})
	case "images":
		r.once(seen, 11)
		return list(d, maxListed, func(d *jx.Decoder) error {
			image, err := decodeImage(d)
			if image.URL != "" {
				p.Images = append(p.Images, image)
			}
			return err
		})
	case "properties":
		r.once(seen, 12)
		return list(d, maxListed, func(d *jx.Decoder) error {
			var id int64
			var one rawProperty
			err := object(d, func(d *jx.Decoder, key []byte) (err error) {
				var flag bool
				switch string(key) {
				case "id":
					id, err = integer(d)
				case "title":
					one.title, err = typedText(d)
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
			r.propertyNames[id] = one
			return err
		})
	case "characteristics":
		r.once(seen, 13)
		return values(d, "property_id", maxListed, &r.values)
	case "option_names":
		r.once(seen, 14)
		return list(d, maxListed, func(d *jx.Decoder) error {
			v, err := decodeValue(d, "")
			r.optionNames[v.id] = rawOption{v.title, v.position}
			return err
		})
	case "variants":
		r.once(seen, 15)
		return list(d, maxVariants, func(d *jx.Decoder) error {
			options := len(r.options)
			v, err := r.variant(d)
			if v.ID <= 0 {
				r.options = r.options[:options]
				return err
			}
			p.Variants = append(p.Variants, v)
			r.optionsUntil = append(r.optionsUntil, len(r.options))
			return err
		})
	}
	return d.Skip()
}

// decodeImage reads a picture. original_url is what is wanted, url stands in where
// that is missing; samples have both.
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
// what they belong to, at most so many.
func values(d *jx.Decoder, owner string, most int, into *[]rawValue) error {
	return list(d, most, func(d *jx.Decoder) error {
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
			v.title, err = typedText(d)
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

// inSiteCurrency stands behind the names of prices in the storefront's currency. A
// real document of 2023 has them; what they are for is inferred.
const inSiteCurrency = "_in_site_currency"

// variant reads a variant, and its options into r.options. Its fields are chosen by
// name: whatever else stands there, cost price and other kinds of price included,
// is not looked at. The price that was asked for may be any of price, price2 and so
// on; the first kind is read too, for variants that have no price of that kind.
func (r *productReader) variant(d *jx.Decoder) (v Variant, err error) {
	var seen uint32
	err = object(d, func(d *jx.Decoder, key []byte) (err error) {
		if string(key) == r.price {
			r.once(&seen, 0)
			v.HasKind = true
			if v.Price, err = amount(d); r.price == "price" {
				v.Main = v.Price
			}
			return err
		}
		if string(key) == r.sitePrice {
			r.once(&seen, 1)
			if v.SitePrice, err = amount(d); r.price == "price" {
				v.SiteMain = v.SitePrice
			}
			return err
		}
		switch string(key) {
		case "id":
			r.once(&seen, 2)
			v.ID, err = integer(d)
		case "title":
			r.once(&seen, 3)
			v.Title, err = typedText(d)
		case "price" + inSiteCurrency:
			r.once(&seen, 4)
			v.SiteMain, err = amount(d)
		case "old_price" + inSiteCurrency:
			r.once(&seen, 5)
			v.SiteOld, err = amount(d)
		case "sku":
			r.once(&seen, 6)
			v.SKU, err = typedText(d)
		case "barcode":
			r.once(&seen, 7)
			v.Barcode, err = typedText(d)
		case "price":
			r.once(&seen, 8)
			v.Main, err = amount(d)
		case "old_price":
			r.once(&seen, 9)
			v.OldPrice, err = amount(d)
		case "quantity":
			r.once(&seen, 10)
			v.Quantity, err = amount(d)
		case "weight":
			r.once(&seen, 11)
			v.Weight, err = amount(d)
		case "available":
			r.once(&seen, 12)
			v.Available, err = maybe(d)
		case "option_values":
			r.once(&seen, 13)
			err = values(d, "option_name_id", maxOptions-len(r.options), &r.options)
		default:
			err = d.Skip()
		}
		return err
	})
	return v, err
}

// assemble puts names to values and gives the product away. A property whose name
// is hidden from the storefront, or is not in the list, is left out.
func (r *productReader) assemble() Product {
	p := r.p
	p.Collection, p.Images, p.Variants = own(p.Collection), own(p.Images), own(p.Variants)
	if len(r.values) > 0 {
		p.Properties = make([]Property, 0, len(r.values))
	}
	for _, v := range r.values {
		if name, ok := r.propertyNames[v.of]; ok && !name.inside {
			p.Properties = append(p.Properties, Property{Name: name.title, Value: v.title, Position: name.position})
		}
	}
	from := 0
	for i, until := range r.optionsUntil {
		options := make([]Option, 0, until-from)
		for _, v := range r.options[from:until] {
			options = append(options, Option{Name: r.optionNames[v.of].title, Value: v.title})
		}
		p.Variants[i].Options, from = options, until
	}
	return p
}

func own[T any](list []T) []T { return append([]T(nil), list...) }

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
