package insalestest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// The complaints about options (documented).
const (
	optionsTaken   = "Вариант с такими значениями свойств уже существует"
	optionsChanged = "Список свойств у товара изменился, перезагрузите страницу"
)

// newVariant adds a variant. A product's first one says what the others will
// differ in.
func (d *draft) newVariant(a attrs) {
	if !a.given("price") {
		d.bad.add("price", "не может быть пустым")
		return
	}
	first := len(d.variants) == 0
	d.variants = append(d.variants, row[Variant]{
		v: Variant{ID: d.shop.nextID(), ProductID: d.v.ID, Unit: d.v.Unit}, createdAt: d.at,
	})
	i := len(d.variants) - 1
	if first {
		for _, o := range a.list("options") {
			d.v.Options = append(d.v.Options, d.optionName(o))
		}
	} else if len(d.v.Options) > 0 && !a.given("options") {
		d.bad.add("options", optionsChanged)
	}
	d.changeVariant(i, a)
	if d.twin(i) {
		d.bad.add("options", optionsTaken)
	}
}

// twin reports whether another variant has the same values.
func (d *draft) twin(i int) bool {
	for k := range d.variants {
		if k != i && slices.Equal(d.variants[k].v.Values, d.variants[i].v.Values) {
			return true
		}
	}
	return false
}

// changeVariant takes a variant's attributes over.
func (d *draft) changeVariant(i int, a attrs) {
	d.editVariant(i, d.at, func(v *Variant) {
		a.set("sku", &v.SKU)
		a.set("barcode", &v.Barcode)
		a.decimal("old_price", &v.OldPrice, d.bad)
		a.decimal("cost_price", &v.CostPrice, d.bad)
		a.decimal("base_price", &v.BasePrice, d.bad)
		if a.present("weight") {
			d.weigh(v, a)
		}
		if a.present("dimensions") { // a Cyrillic х becomes a Latin one (documented)
			v.Dimensions = strings.ReplaceAll(a.plain("dimensions"), "х", "x")
		}
		d.price(v, a)
		d.stock(v, a)
		d.choose(v, a)
		d.picture(v, a)
		// What was written is shown as usual.
		v.odd = 0
	})
}

// weigh takes the weight over without a fraction that is not there.
func (d *draft) weigh(v *Variant, a attrs) {
	n, good := a.number("weight")
	switch {
	case !a.given("weight"):
		v.Weight = ""
	case !good || n.IsNegative():
		d.bad.add("weight", "имеет неверное значение")
	default:
		v.Weight = string(appendDecimal(nil, n))
	}
}

// price takes over the price and those of the other kinds. A new price is what the
// variant costs; the one before discounts is the same until it is given (inferred).
func (d *draft) price(v *Variant, a attrs) {
	if a.present("price") {
		n, good := a.number("price")
		if !good || n.IsNegative() {
			d.bad.add("price", "имеет неверное значение")
			return
		}
		v.Price, v.BasePrice = n, ""
	}
	for i, name := range []string{"price2", "price3", "price4", "price5"} {
		if !a.present(name) {
			continue
		}
		v.Prices = slices.Clone(v.Prices)
		for len(v.Prices) <= i {
			v.Prices = append(v.Prices, "")
		}
		a.decimal(name, &v.Prices[i], d.bad)
	}
}

// stock takes over how much there is: all of it, or that of a warehouse. With
// one warehouse both are the same (documented). null ends the counting.
func (d *draft) stock(v *Variant, a attrs) {
	number := func(name string) (decimal.Decimal, bool) {
		n, good := a.number(name)
		if a.given(name) && !good {
			d.bad.add(name, "имеет неверное значение")
		}
		return n, good
	}
	if a.present("quantity") {
		n, good := number("quantity")
		v.Stock = nil
		if good {
			v.Stock = &n
		}
	}
	here := decimal.Decimal{}
	if v.Stock != nil {
		here = v.Stock.Sub(v.Elsewhere)
	}
	n, first := number("quantity_at_warehouse0")
	if first {
		here = n
	}
	m, second := number("quantity_at_warehouse1")
	if second {
		v.Elsewhere = m
	}
	if first || second {
		sum := here.Add(v.Elsewhere)
		v.Stock = &sum
	}
}

// choose takes over the values that set the variant apart: one for each of the
// product's options (documented).
func (d *draft) choose(v *Variant, a attrs) {
	if !a.given("options") {
		return
	}
	values := make([]string, len(d.v.Options))
	list := a.list("options")
	for _, o := range list {
		at := slices.Index(d.v.Options, d.optionName(o))
		if at < 0 || o.plain("value") == "" {
			d.bad.add("options", optionsChanged)
			return
		}
		values[at] = o.plain("value")
	}
	if slices.Contains(values, "") {
		d.bad.add("options", optionsChanged)
		return
	}
	v.Values, v.Title = values, ""
}

// picture ties an image of the product to the variant; a null unties it.
func (d *draft) picture(v *Variant, a attrs) {
	if !a.present("image_id") {
		return
	}
	id := a.id("image_id")
	v.ImageIDs = nil
	switch {
	case !a.given("image_id"):
	case slices.ContainsFunc(d.v.Images, func(i Image) bool { return i.ID == id }):
		v.ImageIDs = []int64{id}
	default:
		d.bad.add("image_id", "имеет неверное значение")
	}
}

// createVariant serves POST /admin/products/{id}/variants.json.
func (s *Shop) createVariant(c *call, p *product) answer {
	a, refused := s.attrs(c, "variant", variantShape("external_id"))
	if a == nil {
		return refused
	}
	d := s.draft(p)
	d.newVariant(a)
	if bad := d.commit(topicProductUpdate); len(bad) > 0 { // wrapped here alone (documented)
		return answer{status: http.StatusUnprocessableEntity, body: encode(object{"status": "error", "errors": bad})}
	}
	return s.variantAnswer(http.StatusCreated, d.product, len(d.variants)-1)
}

func (s *Shop) variantAnswer(status int, p *product, i int) answer {
	r := s.render()
	r.variant(p, i)
	return answer{status: status, body: r.b}
}

// updateVariant serves PUT /admin/products/{id}/variants/{id}.json.
func (s *Shop) updateVariant(c *call) answer {
	p := s.product(c.id)
	if p == nil || p.variant(parseID(c.inner)) < 0 {
		return noPage()
	}
	a, refused := s.attrs(c, "variant", variantShape("external_id"))
	if a == nil {
		return refused
	}
	d, i := s.draft(p), p.variant(parseID(c.inner))
	d.changeVariant(i, a)
	if a.given("options") && d.twin(i) {
		d.bad.add("options", optionsTaken)
	}
	if bad := d.commit(topicProductUpdate); len(bad) > 0 {
		return bad.answer()
	}
	return s.variantAnswer(http.StatusOK, d.product, i)
}

// deleteVariant serves DELETE; the last one cannot go (documented).
func (s *Shop) deleteVariant(c *call) answer {
	p := s.product(c.id)
	if p == nil || p.variant(parseID(c.inner)) < 0 {
		return noPage()
	}
	if len(p.variants) == 1 {
		return invalid{"base": {"Нельзя удалить последний вариант"}}.answer()
	}
	s.removeVariant(parseID(c.inner))
	return done()
}

// maxGroup is how many variants can be changed at once.
const maxGroup = 100

// updateVariants serves PUT /admin/products/variants_group_update.json. It puts
// the work in a queue and answers an empty list at once (documented since 2026;
// before, there was a status for each). What cannot be done is left out without
// a word. What happens to more than allowed is not known; here the rest is left
// out and told.
func (s *Shop) updateVariants(c *call) answer {
	a, refused := s.attrs(c, "", shape{}.with("variants", variantShape()))
	if a == nil {
		return refused
	}
	list := a.list("variants")
	if len(list) > maxGroup {
		s.report("variants over 100")
		list = list[:maxGroup]
	}
	if s.conf.GroupDelay == 0 {
		s.applyGroup(list)
	} else {
		time.AfterFunc(s.conf.GroupDelay, func() {
			s.mu.Lock()
			defer s.unlock()
			s.applyGroup(list)
		})
	}
	return ok([]object{})
}

// applyGroup changes one variant after the other. What is wrong with one of them is
// dropped with its draft: nobody is there any more to be told.
func (s *Shop) applyGroup(list []attrs) {
	for _, a := range list {
		p := s.products.peek(s.products.productOf(a.id("id")))
		if p == nil || p.v.Archived {
			continue
		}
		d := s.draft(p)
		d.changeVariant(d.variant(a.id("id")), a)
		d.commit(topicProductUpdate)
	}
}
