// Package yml writes a catalog as a YML document, the XML in which shops of Russia offer
// their catalogs to be fetched (Yandex Market Language).
//
// A Writer writes the head and the categories at once, and then one offer after the other,
// for as many variants as there are: it keeps the tree of categories and one product in
// memory, and nothing else. Each offer is a variant of an ineedchat.Product, so it shows
// what the chat may see, and nothing else.
//
// Whatever the shop has written, the document is well-formed and keeps the published rules,
// which rules_test.go lists with their sources. What breaks a rule by its length is cut.
// What breaks one otherwise is left out: a picture that is not on the web, an old price that
// is no higher than the price, and a whole variant if it costs nothing, because a price is
// above zero. Characters that XML 1.0 does not know are dropped.
package yml

import (
	"cmp"
	"encoding/xml"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/internal/ineedchat"
)

// Format changes whenever the same products make another document.
const Format = 1

// What the rules admit, in characters unless it says otherwise.
const (
	longestShop        = 20
	longestName        = 150
	longestURL         = 512
	longestText        = 255 // of what has no rule of its own: a vendor, a category, a parameter
	longestDescription = 3000
	longestGroup       = 9 // digits
	longestID          = 20
	longestCategory    = 18 // digits
	mostPictures       = 10
	mostParams         = 100 // no rule, but a document is no place for more
)

// A Shop is what a document says of the shop itself.
type Shop struct {
	Name string    // as people call it
	URL  string    // of its storefront
	Date time.Time // as of when the document is right, in the time zone in which it says so
	Rest string    // the name of a category for what stands in none
}

// A Writer writes one document.
type Writer struct {
	xml     *xml.Encoder
	tree    *tree
	product *product // whose offers are written; nil = none was given yet
}

// NewWriter begins a document with its head and its categories.
func NewWriter(w io.Writer, shop Shop, categories []ineedchat.Category) (*Writer, error) {
	out := &Writer{xml: xml.NewEncoder(w), tree: plant(categories, shop.Rest)}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return nil, err
	}
	date := xml.Attr{Name: xml.Name{Local: "date"}, Value: shop.Date.Format("2006-01-02 15:04")}
	name := line(shop.Name, longestText)
	err := cmp.Or(
		out.xml.EncodeToken(xml.StartElement{Name: xml.Name{Local: "yml_catalog"}, Attr: []xml.Attr{date}}),
		out.xml.EncodeToken(element("shop")),
		out.xml.EncodeElement(line(shop.Name, longestShop), element("name")),
		out.xml.EncodeElement(name, element("company")),
		out.xml.EncodeElement(shop.URL, element("url")),
		out.xml.EncodeElement(currencies{[]currency{{ID: roubles, Rate: 1}}}, element("currencies")),
		out.xml.EncodeElement(tags{out.tree.list}, element("categories")),
		out.xml.EncodeToken(element("offers")),
		out.xml.Flush(),
	)
	return out, err
}

func element(name string) xml.StartElement { return xml.StartElement{Name: xml.Name{Local: name}} }

const roubles = "RUB"

type currencies struct {
	List []currency `xml:"currency"`
}

type currency struct {
	ID   string `xml:"id,attr"`
	Rate int    `xml:"rate,attr"`
}

type tags struct {
	List []category `xml:"category"`
}

// An offer is written as it stands here: the order is that of the published examples.
type offer struct {
	XMLName     xml.Name `xml:"offer"`
	ID          string   `xml:"id,attr"`
	Available   bool     `xml:"available,attr"`
	GroupID     string   `xml:"group_id,attr,omitempty"`
	URL         string   `xml:"url,omitempty"`
	Price       string   `xml:"price"`
	OldPrice    string   `xml:"oldprice,omitempty"`
	CurrencyID  string   `xml:"currencyId"`
	CategoryID  string   `xml:"categoryId"`
	Pictures    []string `xml:"picture"`
	Name        string   `xml:"name"`
	Vendor      string   `xml:"vendor,omitempty"`
	VendorCode  string   `xml:"vendorCode,omitempty"`
	Description *cdata   `xml:"description,omitempty"`
	Barcode     string   `xml:"barcode,omitempty"`
	Count       string   `xml:"count,omitempty"`
	Weight      string   `xml:"weight,omitempty"`
	Params      []param  `xml:"param"`
}

type cdata struct {
	Text string `xml:",cdata"`
}

type param struct {
	Name  string `xml:"name,attr"`
	Value string `xml:",chardata"`
}

// A product is what all offers of a product have in common.
type product struct {
	*ineedchat.Product
	common offer
}

// Product says of which product the next offers are. It is kept until the next one.
func (w *Writer) Product(p *ineedchat.Product) {
	out := &product{Product: p, common: offer{CurrencyID: roubles, CategoryID: w.tree.of(p.CategoryIDs)}}
	o := &out.common
	if at, ok := webURL(p.URL); ok {
		o.URL = at
	}
	if len(p.Variants) > 1 && isNumber(p.ID, longestGroup) {
		o.GroupID = p.ID
	}
	for _, i := range p.Images {
		if at, ok := webURL(i.URL); ok && len(o.Pictures) < mostPictures && !slices.Contains(o.Pictures, at) {
			o.Pictures = append(o.Pictures, at)
		}
	}
	vendor := vendorOf(p.Properties)
	if vendor >= 0 {
		o.Vendor = line(p.Properties[vendor].Value, longestText)
	}
	for i, one := range p.Properties {
		if i != vendor {
			o.addParam(one.Name, one.Value)
		}
	}
	if text := describe(p.Description); text != "" {
		o.Description = &cdata{text}
	}
	w.product = out
}

// addParam adds a parameter that says something.
func (o *offer) addParam(name, value string) {
	name, value = line(name, longestText), line(value, longestText)
	if name != "" && value != "" && len(o.Params) < mostParams {
		o.Params = append(o.Params, param{name, value})
	}
}

// vendorNames are what merchants call the property that tells who has made a product. The
// shop has no field for it (inferred from storefronts), and the document has.
var vendorNames = []string{"бренд", "торговая марка", "производитель", "марка", "brand", "vendor", "manufacturer"}

// vendorOf is the place of the property that tells who has made a product; -1 = none does.
func vendorOf(list []ineedchat.Property) int {
	for _, name := range vendorNames {
		is := func(p ineedchat.Property) bool { return strings.EqualFold(strings.TrimSpace(p.Name), name) }
		if i := slices.IndexFunc(list, is); i >= 0 {
			return i
		}
	}
	return -1
}

// Offer writes the offer of a variant of the product that was given last. It leaves out
// one that the product does not have, or that cannot be offered.
func (w *Writer) Offer(variant string) error {
	if w.product == nil || !isID(variant) {
		return nil
	}
	i := slices.IndexFunc(w.product.Variants, func(v ineedchat.Variant) bool { return v.ID == variant })
	if i < 0 {
		return nil
	}
	o, ok := w.product.offer(&w.product.Variants[i])
	if !ok {
		return nil
	}
	return cmp.Or(w.xml.EncodeToken(xml.CharData("\n")), w.xml.Encode(o))
}

// offer makes the offer of a variant; false if it has no price.
func (p *product) offer(v *ineedchat.Variant) (offer, bool) {
	o := p.common
	o.Params = slices.Clip(o.Params) // the next variant begins with the product's again
	o.ID, o.Available = v.ID, v.Available
	price, ok := amount(v.Price)
	if !ok {
		return o, false
	}
	o.Price = price.String()
	if v.OldPrice != nil {
		if old, ok := amount(*v.OldPrice); ok && old.GreaterThan(price) {
			o.OldPrice = old.String()
		}
	}
	var options []string
	for _, one := range v.Options {
		o.addParam(one.Name, one.Value)
		options = append(options, one.Value)
	}
	if len(p.Variants) == 1 {
		options = nil // there is none to tell it from
	}
	o.Name = nameOf(cmp.Or(line(p.Title, longestName), v.ID), options)
	if code := strings.TrimSpace(v.SKU); code == clip(defused(known(code)), longestText) {
		o.VendorCode = code // as it is or not at all: another one would name another thing
	}
	if isBarcode(v.Barcode) {
		o.Barcode = v.Barcode
	}
	o.Count = countOf(v)
	if v.WeightKG != nil {
		if weight, ok := amount(*v.WeightKG); ok {
			o.Weight = weight.String()
		}
	}
	return o, true
}

// nameOf is a product's title with what tells one variant from another.
func nameOf(title string, options []string) string {
	text := line(strings.Join(options, ", "), longestName/2)
	if text == "" {
		return clip(title, longestName)
	}
	tail := " (" + text + ")"
	return clip(title, longestName-len([]rune(tail))) + tail
}

// countOf is how many of a variant can be bought; "" if that is not known. The number never
// contradicts whether it can be bought at all, which is what the shop has decided.
func countOf(v *ineedchat.Variant) string {
	if v.Quantity == nil {
		return ""
	}
	if !v.Available {
		return "0"
	}
	n, err := decimal.NewFromString(*v.Quantity)
	if err != nil || n.LessThan(decimal.NewFromInt(1)) || !n.LessThan(mostAmount) {
		return "" // it is sold although there is none, or by the metre
	}
	return n.Truncate(0).String()
}

// mostAmount is the largest sum of money, and the largest weight.
var mostAmount = decimal.New(1, 15)

// amount reads a number that is above zero.
func amount(text string) (decimal.Decimal, bool) {
	d, err := decimal.NewFromString(text)
	return d, err == nil && d.IsPositive() && d.LessThan(mostAmount)
}

// isNumber reports whether it is a number above zero of at most so many digits.
func isNumber(text string, digits int) bool {
	n, err := strconv.ParseUint(text, 10, 64)
	return err == nil && n > 0 && len(text) <= digits
}

// isID reports whether it can name an offer.
func isID(text string) bool {
	return text != "" && len(text) <= longestID && strings.IndexFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
}

// isBarcode reports whether it has the form of an EAN, a UPC or a GTIN.
func isBarcode(text string) bool {
	switch len(text) {
	case 8, 12, 13, 14:
		return strings.Trim(text, "0123456789") == ""
	}
	return false
}

// Close ends the document.
func (w *Writer) Close() error {
	for _, name := range []string{"offers", "shop", "yml_catalog"} {
		if err := w.xml.EncodeToken(element(name).End()); err != nil {
			return err
		}
	}
	return w.xml.Close()
}
