package ymltest

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Where the rules are published. The lengths of an offer's elements are no more in Yandex's
// own pages as they stand today; a digest of these pages has them.
const (
	fromFormat     = "https://yandex.com/support/partnermarket/yml/about-yml.html"
	fromShop       = "https://yandex.com/support/partnermarket/elements/shop.html"
	fromCategories = "https://yandex.ru/support/products/elements/categories.html"
	fromOffers     = "https://yandex.ru/support/partnermarket/offers.html"
	fromPicture    = "https://yandex.com/support/partnermarket/elements/picture.html"
	fromDirect     = "https://yandex.com/support/direct/feeds/requirements-yml.html"
	fromDigest     = "https://github.com/notdest/yandex-yml-generator docs/simple.md"
	fromWire       = "our own: the chat's wire"
	fromXML        = "https://www.w3.org/TR/xml/#charsets"
)

var (
	letters    = regexp.MustCompile(`^[0-9A-Za-z]{1,20}$`)
	barcode    = regexp.MustCompile(`^(\d{8}|\d{12,14})$`)
	whole      = regexp.MustCompile(`^[1-9][0-9]*$`)
	decimals   = regexp.MustCompile(`^\d+(\.\d+)?$`)
	tag        = regexp.MustCompile(`<[^>]*>?`)
	noXML      = regexp.MustCompile(`[^\t\n\r\x{20}-\x{d7ff}\x{e000}-\x{fffd}\x{10000}-\x{10ffff}]`)
	runs       = regexp.MustCompile(`^[\s"]*([=@]|[-+].*(\||\w\())`)
	ownElement = []string{"<h3>", "<p>", "<ul>", "<li>"}
)

// A rule is something that a document has to keep.
type rule struct {
	says, source string
	broken       func(d *document) []string // by what
}

// A document is what rules look at.
type document struct {
	text    []byte
	root    *node
	catalog *Catalog
}

// rules is the table of them.
func rules() []rule {
	return slices.Concat(rulesOfShop(), rulesOfOffer(), rulesOfText())
}

func rulesOfShop() []rule {
	return []rule{
		{"the encoding is UTF-8 and said in the first line", fromFormat, func(d *document) []string {
			return is(bytes.HasPrefix(d.text, []byte(`<?xml version="1.0" encoding="UTF-8"?>`)), "the first line")
		}},
		{"the root is yml_catalog, with the date as YYYY-MM-DD hh:mm", fromDirect, func(d *document) []string {
			_, err := time.Parse("2006-01-02 15:04", d.catalog.Date)
			return is(d.root.name == "yml_catalog" && err == nil, d.root.name+" "+d.catalog.Date)
		}},
		{"currencies and categories come before offers", fromDirect, func(d *document) []string {
			var names []string
			for _, n := range d.root.one("shop").children {
				names = append(names, n.name)
			}
			want := []string{"name", "company", "url", "currencies", "categories", "offers"}
			return is(slices.Equal(names, want), fmt.Sprint(names))
		}},
		{"a shop has a name of at most 20 characters, and a company", fromShop, func(d *document) []string {
			return is(within(d.catalog.Name, 1, 20) && d.catalog.Company != "", d.catalog.Name)
		}},
		{"the currency is roubles", fromWire, func(d *document) []string {
			return is(slices.Equal(d.catalog.Currencies, []string{"RUB"}), fmt.Sprint(d.catalog.Currencies))
		}},
		{"a category's id is a number above 0 of at most 18 digits", fromDigest, func(d *document) []string {
			return ofCategories(d, func(c Category) bool { return digits(c.ID, 18) })
		}},
		{"categories are unique, and each has a title", fromCategories, func(d *document) []string {
			ids := map[string]int{}
			for _, c := range d.catalog.Categories {
				ids[c.ID]++
			}
			return ofCategories(d, func(c Category) bool { return ids[c.ID] == 1 && strings.TrimSpace(c.Title) != "" })
		}},
		{"a parent is a category that is there, and the way up ends", fromCategories, func(d *document) []string {
			up := map[string]string{}
			for _, c := range d.catalog.Categories {
				up[c.ID] = c.Parent
			}
			return ofCategories(d, func(c Category) bool {
				steps := 0
				for id := c.ID; id != "" && steps <= len(up); steps++ {
					next, there := up[id]
					if !there {
						return false
					}
					id = next
				}
				return steps <= len(up)
			})
		}},
	}
}

func rulesOfOffer() []rule {
	each := func(says, source string, keeps func(d *document, o Offer) bool) rule {
		return rule{says, source, func(d *document) []string {
			var list []string
			for _, o := range d.catalog.Offers {
				if !keeps(d, o) {
					list = append(list, fmt.Sprintf("offer %.30s: %.200s", o.ID, fmt.Sprint(o)))
				}
			}
			return list
		}}
	}
	return []rule{
		{"the ids of offers are unique", fromDirect, func(d *document) (list []string) {
			ids := map[string]bool{}
			for _, o := range d.catalog.Offers {
				list = append(list, is(!ids[o.ID], "offer "+o.ID+" twice")...)
				ids[o.ID] = true
			}
			return list
		}},
		each("an id is 1 to 20 letters and digits", fromDigest, func(_ *document, o Offer) bool {
			return letters.MatchString(o.ID)
		}),
		each("available is true or false", fromDigest, func(_ *document, o Offer) bool {
			return o.Available == "true" || o.Available == "false"
		}),
		each("a group is a number of at most 9 digits", fromDigest, func(_ *document, o Offer) bool {
			return o.GroupID == "" || digits(o.GroupID, 9)
		}),
		each("a URL is absolute, of the web, and at most 512 characters", fromDigest, func(_ *document, o Offer) bool {
			return o.URL == "" || web(o.URL)
		}),
		each("a price is above 0", fromOffers, func(_ *document, o Offer) bool { return number(o.Price) > 0 }),
		each("an old price is above the price", fromOffers, func(_ *document, o Offer) bool {
			return o.OldPrice == "" || number(o.OldPrice) > number(o.Price)
		}),
		each("the currency is the document's", fromOffers, func(_ *document, o Offer) bool {
			return o.Currency == "RUB"
		}),
		each("the category is one of the document's", fromOffers, func(d *document, o Offer) bool {
			return slices.ContainsFunc(d.catalog.Categories, func(c Category) bool { return c.ID == o.CategoryID })
		}),
		each("at most 10 pictures, each absolute, of the web", fromPicture, func(_ *document, o Offer) bool {
			return len(o.Pictures) <= 10 && !slices.ContainsFunc(o.Pictures, func(at string) bool { return !web(at) })
		}),
		each("a name is 1 to 150 characters", fromOffers, func(_ *document, o Offer) bool {
			return within(o.Name, 1, 150)
		}),
		each("a description is at most 3000 characters", fromDigest, func(_ *document, o Offer) bool {
			return within(o.Description, 0, 3000)
		}),
		each("a description has h3, p, ul, li and br, all of them ended", fromOffers, func(_ *document, o Offer) bool {
			return tidy(o.Description)
		}),
		each("a barcode has 8, 12, 13 or 14 digits", fromDigest, func(_ *document, o Offer) bool {
			return o.Barcode == "" || barcode.MatchString(o.Barcode)
		}),
		each("a count is a whole number, and 0 if nothing can be bought", fromWire, func(_ *document, o Offer) bool {
			n, err := strconv.ParseUint(o.Count, 10, 64)
			return o.Count == "" || err == nil && (n > 0) == (o.Available == "true")
		}),
		each("a weight is a number of kilograms above 0", fromDigest, func(_ *document, o Offer) bool {
			return o.Weight == "" || number(o.Weight) > 0
		}),
		each("a param has a name and a value", fromOffers, func(_ *document, o Offer) bool {
			return !slices.ContainsFunc(o.Params, func(p Param) bool { return p.Name == "" || p.Value == "" })
		}),
	}
}

func rulesOfText() []rule {
	return []rule{
		{"characters are those of XML", fromXML, func(d *document) []string {
			return is(utf8.Valid(d.text) && !noXML.Match(d.text), "characters")
		}},
		{"a description stands in CDATA", fromOffers, func(d *document) []string {
			all, quoted := []byte("<description>"), []byte("<description><![CDATA[")
			return is(bytes.Count(d.text, all) == bytes.Count(d.text, quoted), "description")
		}},
		{"no text runs as a formula: see defused of package yml", fromWire, func(d *document) (list []string) {
			var look func(n *node)
			look = func(n *node) {
				texts := []string{n.text}
				for _, v := range n.attrs {
					texts = append(texts, v)
				}
				for _, text := range texts {
					list = append(list, is(!runs.MatchString(text), n.name+" "+text)...)
				}
				for _, c := range n.children {
					look(c)
				}
			}
			look(d.root)
			return list
		}},
	}
}

// is gives what breaks a rule unless it is kept.
func is(kept bool, by string) []string {
	if kept {
		return nil
	}
	return []string{by}
}

func ofCategories(d *document, keeps func(Category) bool) (list []string) {
	for _, c := range d.catalog.Categories {
		list = append(list, is(keeps(c), fmt.Sprintf("category %.100s", fmt.Sprint(c)))...)
	}
	return list
}

func within(text string, least, most int) bool {
	n := utf8.RuneCountInString(text)
	return n >= least && n <= most && (least == 0 || strings.TrimSpace(text) != "")
}

func digits(text string, most int) bool {
	return whole.MatchString(text) && len(text) <= most
}

func web(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && within(text, 1, 512)
}

// number reads a number with a point; 0 if it is none.
func number(text string) float64 {
	if !decimals.MatchString(text) {
		return 0
	}
	n, _ := strconv.ParseFloat(text, 64)
	return n
}

// tidy reports whether HTML has the few elements only, without attributes, each of them
// ended in its turn.
func tidy(text string) bool {
	var open []string
	for _, one := range tag.FindAllString(text, -1) {
		name := strings.Trim(one, "</>")
		switch {
		case one == "<br/>":
		case !slices.Contains(ownElement, strings.Replace(one, "/", "", 1)):
			return false
		case !strings.HasPrefix(one, "</"):
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			return false
		default:
			open = open[:len(open)-1]
		}
	}
	return len(open) == 0
}

// Check tells what in a document breaks the published rules, and how it reads.
func Check(text []byte) (*Catalog, []string) {
	root, err := parse(bytes.NewReader(text))
	if err != nil {
		return &Catalog{}, []string{"it is not well-formed: " + err.Error()}
	}
	d := &document{text: text, root: root, catalog: catalogOf(root)}
	var bad []string
	for _, r := range rules() {
		for _, by := range r.broken(d) {
			bad = append(bad, fmt.Sprintf("%s: %s (%s)", by, r.says, r.source))
		}
	}
	return d.catalog, bad
}
