package bridge_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// A differing is told of each field what the shop and the chat have.
type differing func(what string, want, got any)

// An outlook is by which settings the chat has the catalog.
type outlook struct {
	shop  string // URL
	price int    // number of the kind of price
}

// priced gives the product the prices of the kind that the company has chosen;
// where there is none, the main one.
func (w *world) priced(p insalestest.ProductView) insalestest.ProductView {
	p.Variants = slices.Clone(p.Variants)
	for i, v := range p.Variants {
		if n := w.sees.price - 2; n >= 0 && n < len(v.Prices) && v.Prices[n] != "" {
			p.Variants[i].Price = v.Prices[n]
		}
	}
	return p
}

// productDetails compares what the chat shows of a product beside its variants.
func (w *world) productDetails(p insalestest.ProductView, got ineedchattest.Product, differ differing) {
	differ("images", p.Images, addresses(got.Images))
	differ("url", w.sees.shop+"/product/"+url.PathEscape(p.Permalink), got.URL)
	differ("visible", true, got.Visible)
	var want, have []string
	for _, one := range p.Properties {
		want = append(want, one.Name+"="+one.Value)
	}
	for _, one := range got.Properties {
		have = append(have, one.Name+"="+one.Value)
	}
	slices.Sort(want)
	slices.Sort(have)
	differ("properties", want, have)
	source := p.Description
	if source == "" {
		source = p.ShortDescription
	}
	differ("text of the description", w.wording(source), w.wording(got.DescriptionHTML))
	if what := active.FindString(got.DescriptionHTML); what != "" {
		differ("description", "harmless", what)
	}
}

// variantDetails compares what the other fields of a variant are.
func variantDetails(p insalestest.ProductView, v insalestest.VariantView, got ineedchattest.Variant, differ differing) {
	var options []ineedchattest.Property
	for i, value := range v.Values {
		if i < len(p.Options) && value != "" {
			options = append(options, ineedchattest.Property{Name: p.Options[i], Value: value})
		}
	}
	of := func(what string) string { return fmt.Sprintf("%s of variant %d", what, v.ID) }
	differ(of("options"), options, got.Options)
	price := decimal.RequireFromString(v.Price)
	old := ""
	if v.OldPrice != "" && decimal.RequireFromString(v.OldPrice).GreaterThan(price) {
		old = fixed(v.OldPrice)
	}
	differ(of("old price"), old, got.OldPrice)
	differ(of("available"), v.Quantity == "" || decimal.RequireFromString(v.Quantity).IsPositive(), got.Available)
	weight := ""
	if v.Weight != "" && decimal.RequireFromString(v.Weight).IsPositive() {
		weight = decimal.RequireFromString(v.Weight).StringFixed(3)
	}
	differ(of("weight"), weight, got.WeightKG)
	differ(of("barcode"), v.Barcode, got.Barcode)
}

func addresses(images []ineedchattest.Image) []string {
	var list []string
	for _, i := range images {
		list = append(list, i.URL)
	}
	return list
}

var (
	active = regexp.MustCompile(`(?i)<script|<iframe|<svg|<style|javascript:|\son[a-z]+=|position:`)
	unseen = regexp.MustCompile(`(?is)<!--.*?-->|<script.*?</script>`)
	markup = regexp.MustCompile(`(?s)<[^>]*>`)
	spaces = strings.NewReplacer("\u00a0", " ")
)

// wording is what a reader sees of HTML.
func (w *world) wording(text string) string {
	if read, ok := w.read[text]; ok {
		return read
	}
	plain := markup.ReplaceAllString(unseen.ReplaceAllString(text, ""), " ")
	plain = strings.Join(strings.Fields(spaces.Replace(html.UnescapeString(plain))), " ")
	w.read[text] = plain
	return plain
}

func id64(id int64) string { return strconv.FormatInt(id, 10) }
