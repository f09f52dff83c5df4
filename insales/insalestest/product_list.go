package insalestest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// selectProducts calls a function with the ids of the products a filter lets
// through, in their order, until it returns false.
func (s *Shop) selectProducts(f filter, use func(id int64) bool) {
	now := s.now()
	narrow := f.query.Has("collection_id") || f.query.Has("category_id") || f.query.Get("filter[title]") != ""
	for o := range s.products.stamps(f) {
		if !f.admits(o) || !s.products.visible(o.id, now) || narrow && !s.fits(s.products.peek(o.id), f.query) {
			continue
		}
		if !use(o.id) {
			return
		}
	}
}

// fits reports whether a product has what the list is asked for.
func (s *Shop) fits(p *product, q url.Values) bool {
	collection, category := parseID(q.Get("collection_id")), parseID(q.Get("category_id"))
	return (!q.Has("collection_id") || slices.Contains(s.collectionsOf(p), collection)) &&
		(!q.Has("category_id") || p.v.category() == category) &&
		strings.Contains(strings.ToLower(p.title()), strings.ToLower(q.Get("filter[title]")))
}

// productFilter is filter with the smallest page that products have: documented
// for them alone.
func (s *Shop) productFilter(c *call) (filter, invalid) {
	f, bad := s.filter(c)
	f.perPage = min(max(f.perPage, 10), s.pageMax())
	return f, bad
}

// listProducts serves GET /admin/products.json.
func (s *Shop) listProducts(c *call) answer {
	f, bad := s.productFilter(c)
	if len(bad) > 0 {
		return bad.answer()
	}
	skip, list := (f.page-1)*f.perPage, make([]int64, 0, f.perPage)
	s.selectProducts(f, func(id int64) bool {
		if skip--; skip < 0 {
			list = append(list, id)
		}
		return len(list) < f.perPage
	})
	return s.showProducts(list)
}

// showProducts answers a list of products.
func (s *Shop) showProducts(ids []int64) answer {
	return answer{status: http.StatusOK, body: s.productsJSON(ids)}
}

// countProducts serves GET /admin/products/count.json, with the same filters.
func (s *Shop) countProducts(c *call) answer {
	f, bad := s.productFilter(c)
	if len(bad) > 0 {
		return bad.answer()
	}
	n := 0
	s.selectProducts(f, func(int64) bool { n++; return true })
	return answer{status: http.StatusOK, body: []byte(`{"count":` + strconv.Itoa(n) + `}`)}
}

// maxByIDs is how many products can be asked for at once (documented).
const maxByIDs = 100

// productsByIDs serves GET /admin/products/by_ids.json?product_ids=1,2. What
// happens to more than allowed is not known; here the rest is left out and told.
func (s *Shop) productsByIDs(c *call) answer {
	ids := strings.Split(c.http.URL.Query().Get("product_ids"), ",")
	if len(ids) > maxByIDs {
		s.report("?product_ids over 100")
		ids = ids[:maxByIDs]
	}
	var list []int64
	for _, id := range ids {
		if p := s.product(id); p != nil {
			list = append(list, p.v.ID)
		}
	}
	return s.showProducts(list)
}

// product finds a product that can be seen by its id; nil = there is none. One
// in the trash cannot (documented), unless Switches.ShowTrash says otherwise.
func (s *Shop) product(id string) *product {
	n := parseID(id)
	p := s.products.peek(n)
	if p == nil || p.v.Archived && !s.conf.ShowTrash || !s.products.visible(n, s.now()) {
		return nil
	}
	return p
}

// ofProduct serves what is about one product, if that can be seen.
func ofProduct(serve func(*Shop, *call, *product) answer) func(*Shop, *call) answer {
	return func(s *Shop, c *call) answer {
		p := s.product(c.id)
		if p == nil {
			return noPage()
		}
		return serve(s, c, p)
	}
}

// showProduct serves GET /admin/products/{id}.json.
func (s *Shop) showProduct(_ *call, p *product) answer {
	return answer{status: http.StatusOK, body: s.productJSON(p)}
}

// listVariants serves GET /admin/products/{id}/variants.json.
func (s *Shop) listVariants(_ *call, p *product) answer {
	r := s.render()
	r.variants("", p)
	return answer{status: http.StatusOK, body: r.b}
}

// showVariant serves GET /admin/products/{id}/variants/{id}.json.
func (s *Shop) showVariant(c *call, p *product) answer {
	i := p.variant(parseID(c.inner))
	if i < 0 {
		return noPage()
	}
	r := s.render()
	r.variant(p, i)
	return answer{status: http.StatusOK, body: r.b}
}

// listImages serves GET /admin/products/{id}/images.json.
func (s *Shop) listImages(_ *call, p *product) answer {
	r := s.render()
	r.images("", p)
	return answer{status: http.StatusOK, body: r.b}
}

// noPage is the 404 of products: an HTML page, whatever the client accepts
// (documented). Other resources answer JSON here; what they do is not known.
func noPage() answer {
	return answer{
		status: http.StatusNotFound, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		body: []byte("<!DOCTYPE html>\n<html><body><h1>Страница не найдена</h1></body></html>\n"),
	}
}
