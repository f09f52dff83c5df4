package probe

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/insales"
)

// What the dictionaries are known to hold.
var (
	knownDeliveryTypes = []string{"Fixed", "PickUp", "External", "PriceDepend", "LocationDepend", "None",
		"OfficialRussianpost", "OfficialEmsShipping", "OfficialFirstClass"}
	knownSystemStatuses = []string{"new", "accepted", "approved", "dispatched", "delivered", "declined", "returned"}
)

// lists is what the reading steps have read of the shop.
type lists struct {
	ahead      time.Duration // of the shop's clock before ours
	denied     []string      // what the key has no right to
	deliveries []document
	payments   []document
	statuses   []document
	empty      []document // obligatory checkout fields that an order would leave empty
	orders     int64      // how many there are, by the shop's own count; -1 = not known
	products   int64
}

// get asks for one document. Of an order only the probe's own are shown.
func (r *run) get(ctx context.Context, name, path string, q url.Values) (insales.Reply, exchange, error) {
	t := insales.Trial{Name: name, Method: http.MethodGet, Path: path, Query: q}
	reply, err := r.ask(ctx, t)
	own := !strings.HasPrefix(path, "orders/") || path == "orders/count" ||
		strings.Contains(string(reply.Body), marker(r.token))
	return reply, exchangeOf(t, reply, own, r.asked.contact), err
}

// mostShown is how many elements of a list are shown.
const mostShown = 3

// list asks for a list and hands over its elements. It shows the first of them.
func (r *run) list(
	ctx context.Context, name, path string, q url.Values, each func(document),
) (insales.Reply, exchange, error) {
	var shown []string
	n := 0
	t := insales.Trial{Name: name, Method: http.MethodGet, Path: path, Query: q, Each: func(element []byte) error {
		d := read(element)
		if n++; n <= mostShown && d != nil {
			shown = append(shown, clip(elementOf(path, d, element), maxElement))
		}
		if d != nil {
			each(d)
		}
		return nil
	}}
	reply, err := r.ask(ctx, t)
	e := exchangeOf(t, reply, false, r.asked.contact)
	if n > 0 {
		e.answered += fmt.Sprintf("\n[%d]\n%s", n, strings.Join(shown, "\n"))
	}
	return reply, e, err
}

// readAccount reads whose shop it is. Another account than the company's ends the
// probe: nothing is tried at a shop that nobody meant.
func (r *run) readAccount(ctx context.Context) error {
	reply, e, err := r.get(ctx, "account", "account", nil)
	if err != nil {
		return err
	}
	sent := time.Now().Add(-reply.Took) // it may have waited for orders, and for the window
	d := read(reply.Body)
	id := d.id("id")
	switch {
	case reply.Status == http.StatusForbidden:
		r.says("account", unknown(reasonNoRight, "right", "account"), e)
	case reply.Status != http.StatusOK:
		r.says("account", otherwise(reasonStatus, "status", strconv.Itoa(reply.Status)), e)
	case id == 0:
		r.says("account", otherwise(reasonNoField, "field", "id"), e)
	case r.settings.AccountID != 0 && id != r.settings.AccountID:
		return errOtherAccount
	default:
		r.settings.AccountID = id
		r.says("account", holds("plan_paid_till", d.text("paid_till")), e)
	}
	r.clock(reply, sent, e)
	return nil
}

// clock compares the shop's clock with ours. Only that it is there is assumed: the
// program works by the shop's time.
func (r *run) clock(reply insales.Reply, sent time.Time, e exchange) {
	date, err := http.ParseTime(reply.Header.Get("Date"))
	if err != nil {
		r.says("clock", otherwise(reasonNoHeader, "header", "Date"), e)
		return
	}
	r.lists.ahead = date.Sub(sent).Round(time.Second)
	r.says("clock", holds("ahead_s", strconv.Itoa(int(r.lists.ahead.Seconds()))), e)
}

// readRights asks for something under each right of the merchant guide.
func (r *run) readRights(ctx context.Context) error {
	r.lists.orders, r.lists.products = -1, -1
	var last exchange
	for _, right := range []struct {
		name  string
		count *int64
	}{{"orders", &r.lists.orders}, {"clients", nil}, {"products", &r.lists.products}} {
		reply, e, err := r.get(ctx, right.name+"_count", right.name+"/count", nil)
		if err != nil {
			return err
		}
		last = e
		if reply.Status == http.StatusForbidden {
			r.lists.denied = append(r.lists.denied, right.name)
		}
		if d := read(reply.Body); right.count != nil && reply.Status == http.StatusOK && d.has("count") {
			*right.count = d.id("count")
		}
	}
	reply, e, err := r.get(ctx, "webhooks", "webhooks", nil)
	if err != nil {
		return err
	}
	if reply.Status == http.StatusForbidden {
		r.lists.denied = append(r.lists.denied, "webhooks")
		last = e
	}
	r.rights(last)
	return nil
}

// rights says what the key was denied so far.
func (r *run) rights(e exchange) {
	denied := strings.Join(r.lists.denied, ", ")
	r.says("rights", when(denied == "", reasonNoRight, "right", denied), e)
}

// readDictionaries reads what an order refers to.
func (r *run) readDictionaries(ctx context.Context) error {
	var deliveries, payments, statuses, fields, prices []document
	into := func(l *[]document) func(document) { return func(d document) { *l = append(*l, d) } }
	for _, d := range []struct {
		name, path string
		list       *[]document
		judge      func(insales.Reply, exchange)
	}{
		{"deliveries", "delivery_variants", &deliveries, func(reply insales.Reply, e exchange) {
			r.lists.deliveries = deliveries
			r.types("delivery_types", reply, e, "DeliveryVariant::", deliveries, knownDeliveryTypes)
		}},
		{"payments", "payment_gateways", &payments, func(reply insales.Reply, e exchange) {
			r.lists.payments = payments
			r.types("payment_types", reply, e, "PaymentGateway::", payments, nil)
			r.links(e)
		}},
		{"statuses", "custom_statuses", &statuses, func(reply insales.Reply, e exchange) {
			r.lists.statuses = statuses
			r.customStatuses(reply, e)
		}},
		{"fields", "fields", &fields, func(reply insales.Reply, e exchange) { r.obligatory(reply, e, fields) }},
		{"price_kinds", "price_kinds", &prices, func(reply insales.Reply, e exchange) {
			r.says("price_kinds", when(reply.Status == http.StatusOK, reasonStatus, "status",
				strconv.Itoa(reply.Status), "n", strconv.Itoa(len(prices))), e)
		}},
	} {
		reply, e, err := r.list(ctx, d.name, d.path, nil, into(d.list))
		if err != nil {
			return err
		}
		if reply.Status == http.StatusForbidden {
			r.lists.denied = append(r.lists.denied, d.name)
			r.rights(e)
		}
		d.judge(reply, e)
	}
	return nil
}

// types looks at the types in a dictionary: all of a known family, and, if the
// family's members are known, one of them.
func (r *run) types(name string, reply insales.Reply, e exchange, family string, list []document, known []string) {
	if reply.Status != http.StatusOK {
		r.says(name, unknown(reasonStatus, "status", strconv.Itoa(reply.Status)), e)
		return
	}
	seen, strange := map[string]bool{}, map[string]bool{}
	for _, d := range list {
		of := d.text("type")
		short, is := strings.CutPrefix(of, family)
		seen[short] = true
		if !is || known != nil && !slices.Contains(known, short) {
			strange[of] = true
		}
	}
	types := strings.Join(slices.Sorted(maps.Keys(seen)), ", ")
	if len(strange) > 0 {
		r.says(name, otherwise(reasonNewType, "types", strings.Join(slices.Sorted(maps.Keys(strange)), ", ")), e)
		return
	}
	r.says(name, holds("types", types), e)
}

// links looks whether the pairs of payments and deliveries stand on both sides, and
// say the same.
func (r *run) links(e exchange) {
	pairs := func(list []document, own, other string) map[[2]int64]bool {
		m := map[[2]int64]bool{}
		for _, d := range list {
			for _, l := range d.objects("payment_delivery_variants") {
				pair := [2]int64{d.id("id"), l.id(other)}
				if own == "delivery" {
					pair[0], pair[1] = pair[1], pair[0]
				}
				m[pair] = true
			}
		}
		return m
	}
	of := pairs(r.lists.payments, "payment", "delivery_variant_id")
	to := pairs(r.lists.deliveries, "delivery", "payment_gateway_id")
	switch {
	case len(of) == 0 && len(to) == 0:
		r.says("links", otherwise(reasonNoField, "field", "payment_delivery_variants"), e)
	default:
		r.says("links", when(maps.Equal(of, to), reasonOneSide, "pairs", strconv.Itoa(len(of))), e)
	}
}

func (r *run) customStatuses(reply insales.Reply, e exchange) {
	var strange []string
	for _, s := range r.lists.statuses {
		if of := s.text("system_status"); !slices.Contains(knownSystemStatuses, of) {
			strange = append(strange, of)
		}
	}
	switch {
	case reply.Status != http.StatusOK:
		r.says("custom_statuses", otherwise(reasonStatus, "status", strconv.Itoa(reply.Status)), e)
	case len(r.lists.statuses) == 0:
		r.says("custom_statuses", otherwise(reasonEmpty), e)
	default:
		r.says("custom_statuses", when(len(strange) == 0, reasonNewType, "types", strings.Join(strange, ", "),
			"n", strconv.Itoa(len(r.lists.statuses))), e)
	}
}

// obligatory looks for checkout fields that an order would leave empty. Whether the
// shop insists on them over the API, only writing shows.
func (r *run) obligatory(reply insales.Reply, e exchange, fields []document) {
	if reply.Status != http.StatusOK {
		r.says("obligatory_fields", unknown(reasonStatus, "status", strconv.Itoa(reply.Status)), e)
		return
	}
	for _, f := range fields {
		filled := r.settings.Orders.Fields[f.text("id")] != "" || r.settings.Orders.Fields[f.text("handle")] != ""
		known := slices.Contains([]string{"name", "phone", "surname"}, f.text("system_name"))
		if f.truth("obligatory") && f.truth("active") && !filled && !known {
			r.lists.empty = append(r.lists.empty, f)
		}
	}
	r.says("obligatory_fields", when(len(r.lists.empty) == 0, reasonFields, "fields", idsOf(r.lists.empty)), e)
}

// readProducts reads a page of products: for what the key sees of them, for the one
// to order, and for how many a page gives.
func (r *run) readProducts(ctx context.Context) error {
	cost := ""
	got := 0
	look := func(d document) {
		got++
		for _, v := range d.objects("variants") {
			if c, ok := v.amount("cost_price"); ok && !c.IsZero() {
				cost = d.text("id")
			}
			r.variant.consider(d, v)
			r.spare.consider(d, v)
		}
	}
	q := url.Values{"page": {"1"}, "per_page": {"50"}}
	reply, e, err := r.list(ctx, "products", "products", q, look)
	if err != nil {
		return err
	}
	switch {
	case reply.Status != http.StatusOK:
		r.says("cost_price_hidden", unknown(reasonStatus, "status", strconv.Itoa(reply.Status)), e)
	case got == 0:
		r.says("cost_price_hidden", unknown(reasonEmpty), e)
	default:
		r.says("cost_price_hidden", when(cost == "", reasonCostShown), e)
	}
	return r.pageSize(ctx)
}

// readCounts compares what the shop counts with what it gives, of the orders that
// have changed last.
func (r *run) readCounts(ctx context.Context) error {
	if r.lists.orders < 0 {
		r.says("count_matches", untried(reasonNoRight), exchange{})
		return nil
	}
	since := time.Now().Add(r.lists.ahead).Add(-7 * 24 * time.Hour)
	rows, whole := 0, true
	q := url.Values{"updated_since": {since.UTC().Format(time.RFC3339)}, "page": {"1"}, "per_page": {"250"}}
	reply, e, err := r.list(ctx, "orders", "orders", q, func(document) { rows++ })
	if err != nil {
		return err
	}
	whole = rows < cmp.Or(r.learnt.PageSize, insales.PageSize)
	q.Del("page")
	q.Del("per_page")
	counted, ce, err := r.get(ctx, "orders_count", "orders/count", q)
	if err != nil {
		return err
	}
	d := read(counted.Body)
	if whole && int64(rows) == d.id("count") && d.id("count") == r.lists.orders {
		// All orders are that young: only a filter that lets none through shows whether it is heeded.
		rows = 0
		q.Set("updated_since", since.Add(8*24*time.Hour).UTC().Format(time.RFC3339))
		if counted, ce, err = r.get(ctx, "orders_count", "orders/count", q); err != nil {
			return err
		}
		d = read(counted.Body)
	}
	switch {
	case reply.Status != http.StatusOK:
		r.says("count_matches", otherwise(reasonStatus, "status", strconv.Itoa(reply.Status)), e)
	case !d.has("count"):
		r.says("count_matches", otherwise(reasonNoField, "field", "count"), ce)
	case !whole:
		r.says("count_matches", unknown(reasonTooMany), ce)
	default:
		r.says("count_matches", when(int64(rows) == d.id("count"), reasonNumber, "count", d.text("count"), "rows",
			strconv.Itoa(rows)), ce)
	}
	return nil
}

// readMissing asks for an order that is not there.
func (r *run) readMissing(ctx context.Context) error {
	reply, e, err := r.get(ctx, "order", "orders/1", nil)
	if err != nil {
		return err
	}
	r.says("missing_is_404", when(reply.Status == http.StatusNotFound, reasonStatus, "status",
		strconv.Itoa(reply.Status), "content_type", reply.Header.Get("Content-Type")), e)
	return nil
}
