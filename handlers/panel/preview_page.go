package panel

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
	"ineed-insales/storage"
)

// A preview shows the request that would create an order in the shop, without sending
// it: for an order that waits, and for a sample that a person puts together before the
// first customer comes. A sample is made into the webhook that a chat would send and
// read with the same checks, so that what is wrong with it is what would be wrong with
// a real one; each fault is told at the field that it came from, and one that belongs
// to no field beside the raw text. Sent, a sample is an order like any other,
// with an id of its own.

// A sampleForm is an order that no customer has made, as a person has put it
// together.
type sampleForm struct {
	payment, delivery, variant, price, count string
	customer, phone, address, raw            string
}

// previewPage shows the form of a sample order, filled with what the settings
// and the last order know.
func (s *Server) previewPage(c echo.Context) error {
	one, err := s.bridge.Company(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	f := sampleForm{count: "1", price: "100", customer: say(c, "preview.sample_name"), phone: "+7 900 000-00-00",
		address: say(c, "preview.sample_address")}
	f.payment, f.delivery = first(one.Orders.Payments), first(one.Orders.Deliveries)
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	list, err := desk.Orders(c.Request().Context(), storage.OrderFilter{Limit: 1, Bodies: true})
	if err != nil {
		return err
	}
	for _, o := range list.Orders {
		if order, wrong := translate.Decode(o.Body); wrong == nil && len(order.Items) > 0 {
			f.variant, f.price = order.Items[0].VariantID, string(order.Items[0].Price)
		}
	}
	return s.showPreviewForm(c, http.StatusOK, one, f, nil, nil)
}

// titles are what the shop of the page's company calls its payments and deliveries.
func (s *Server) titles(c echo.Context) map[int64]string {
	titles := map[int64]string{}
	one, err := s.bridge.Company(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return titles // only a help
	}
	known := s.shopLists(c.Request().Context(), one)
	for _, p := range known.payments {
		titles[p.ID] = p.Title
	}
	for _, d := range known.deliveries {
		titles[d.ID] = d.Title
	}
	return titles
}

// first is the first key of a map, so that the form begins with a type that the
// settings know; "" if they know none.
func first(m map[string]int64) string {
	if len(m) == 0 {
		return ""
	}
	return slices.Min(slices.Collect(maps.Keys(m)))
}

// showPreviewForm shows the form with what is wrong, or with what would be sent.
func (s *Server) showPreviewForm(c echo.Context, status int, one storage.Company, f sampleForm,
	wrong map[string]string, result *web.PreviewResult) error {
	field := func(name, value string) web.Field {
		return web.Field{Name: name, Label: say(c, "preview."+name), Value: value, Error: wrong[name],
			Autocomplete: "off"}
	}
	titles := s.titles(c)
	types := func(name, value string, m map[string]int64) web.Field {
		out := field(name, value)
		for _, k := range slices.Sorted(maps.Keys(m)) {
			title := join(" – ", k, titles[m[k]])
			out.Options = append(out.Options, web.Option{Value: k, Title: title, Selected: k == value})
		}
		if _, known := m[value]; value != "" && len(m) > 0 && !known { // what is not mapped is told as a fault
			out.Options = append(out.Options, web.Option{Value: value, Title: value, Selected: true})
		}
		out.Mono = true
		return out
	}
	page := web.Preview{
		Action: companyTo(one.ID, "/preview"), CanSend: one.Orders.Enabled && !one.Orders.Paused,
		Payment:  types("payment", f.payment, one.Orders.Payments),
		Delivery: types("delivery", f.delivery, one.Orders.Deliveries),
		Variant:  field("variant", f.variant), Price: field("price", f.price), Count: field("count", f.count),
		Customer: field("customer", f.customer), Phone: field("phone", f.phone), Address: field("address", f.address),
		Raw: f.raw, RawError: wrong["raw"], Result: result,
	}
	page.Variant.Hint, page.Variant.Mode = say(c, "preview.variant_hint"), "numeric"
	view := web.View{Title: say(c, "preview.title"), Section: "companies", Page: page, Trail: companyTrail(c, one)}
	return s.show(c, status, "preview", view)
}

// sampleOrder shows what would be sent for a sample, or sends it.
func (s *Server) sampleOrder(c echo.Context) error {
	ctx := c.Request().Context()
	one, err := s.bridge.Company(ctx, visit.Param(c, "company"))
	if err != nil {
		return err
	}
	f := sampleForm{
		payment: c.FormValue("payment"), delivery: c.FormValue("delivery"),
		variant: c.FormValue("variant"), price: c.FormValue("price"), count: c.FormValue("count"),
		customer: c.FormValue("customer"), phone: c.FormValue("phone"), address: c.FormValue("address"),
		raw: c.FormValue("raw"),
	}
	body := []byte(strings.TrimSpace(f.raw))
	if len(body) == 0 {
		body = f.body(c, one.ID, time.Now().In(s.timeZone), s.deliveryPrice(c, one, f.delivery))
	}
	order, err := s.readOrder(one.ID, body)
	if wrong := sampleErrors(c, err, f.raw != ""); wrong != nil {
		return s.showPreviewForm(c, http.StatusUnprocessableEntity, one, f, wrong, nil)
	}
	if err != nil {
		return err
	}
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	if c.FormValue("do") == "send" {
		o, err := desk.SendSample(ctx, order, body, visit.By(c))
		if err != nil {
			return err
		}
		return s.goTo(c, orderTo(o.Key, "")+"?done=sample")
	}
	p, err := desk.PreviewBody(ctx, order)
	if err != nil {
		return err
	}
	return s.showPreviewForm(c, http.StatusOK, one, f, nil, s.previewResult(c, p))
}

// deliveryPrice is what the shop asks for a delivery type of the chat; "" if it asks nothing,
// or does not tell.
func (s *Server) deliveryPrice(c echo.Context, one storage.Company, kind string) string {
	for _, d := range s.shopLists(c.Request().Context(), one).deliveries {
		if d.ID == one.Orders.Deliveries[kind] && !d.Pickup {
			return d.Price
		}
	}
	return ""
}

// body is the webhook that the form stands for, made now. What the delivery costs is part of
// its sum, as it is of the shop's.
func (f sampleForm) body(c echo.Context, company string, now time.Time, deliveryPrice string) []byte {
	decimal := func(typed string) ineedchat.Decimal { return ineedchat.Decimal(strings.Replace(typed, ",", ".", 1)) }
	item := ineedchat.Item{
		VariantID: strings.TrimSpace(f.variant), Title: say(c, "preview.sample_item"),
		Quantity: cmp.Or(decimal(f.count), "1"), Price: decimal(f.price),
	}
	order := ineedchat.Order{
		ID: "sample", Number: say(c, "preview.sample_number"), Currency: "RUB",
		CreatedAt: ineedchat.Time(now.Format(time.RFC3339)),
		Customer:  ineedchat.Customer{Name: f.customer, Phone: f.phone},
		Items:     ineedchat.Items{item},
		Delivery:  ineedchat.Delivery{TypeID: f.delivery, Address: ineedchat.Address{Text: f.address}},
		Payment:   ineedchat.Payment{TypeID: f.payment},
		Comment:   say(c, "preview.sample_comment"),

		DeliveryTotal: ineedchat.Decimal(deliveryPrice),
	}
	// What is no number is told by the check of the whole, at its field.
	order.Total = ineedchat.Decimal(order.ComputedTotal().String())
	data, err := json.Marshal(order)
	if err == nil {
		data, err = json.Marshal(ineedchat.Envelope{Type: ineedchat.TypeOrderCreated, Version: "1",
			Timestamp: order.CreatedAt, CompanyID: company, Data: data})
	}
	if err != nil {
		return nil // not reached: plain text always encodes
	}
	return data
}

// sampleFields are the fields of the form by what they fill in the webhook.
var sampleFields = map[string]string{
	"data.items[0].variant_id": "variant",
	"data.items[0].price":      "price",
	"data.items[0].quantity":   "count",
	"data.payment.type_id":     "payment",
	"data.delivery.type_id":    "delivery",
	"data.customer.name":       "customer",
	"data.customer.phone":      "customer",
}

// sampleRules are the codes of those rules of the chat's wire that have words under
// another name.
var sampleRules = map[string]string{"chatid": problem.FieldID, "required_without": problem.FieldRequired}

// sampleErrors is what is wrong with a sample, by the fields of the form. It is
// nil if the error does not come from what was typed.
func sampleErrors(c echo.Context, err error, raw bool) map[string]string {
	d := failure.Explain(err)
	_, syntax := errors.AsType[*ineedchat.SyntaxError](err)
	if err == nil || !syntax && d.Status != http.StatusUnprocessableEntity {
		return nil
	}
	var texts []string
	wrong := map[string]string{}
	for _, e := range d.Errors {
		at := sampleFields[e.Field]
		code := cmp.Or(sampleRules[e.Rule], e.Rule)
		text := tell(c, &storage.Problem{Code: code, Args: e.Args})
		if at != "" && !raw {
			wrong[at] = text
		}
		texts = append(texts, bodyField(c, e.Field)+" – "+ruleText(c, e.Rule))
	}
	if raw || len(wrong) == 0 {
		wrong["raw"] = cmp.Or(strings.Join(texts, "; "), say(c, "preview.not_json"))
	}
	return wrong
}

// lineIndex is which line of an order a path goes through.
var lineIndex = regexp.MustCompile(`\[\d+\]`)

// bodyField is what a field of a message is called; its path if it has no name.
func bodyField(c echo.Context, path string) string {
	id := "field." + lineIndex.ReplaceAllString(strings.TrimPrefix(path, "data."), "")
	if text := say(c, id); text != "panel."+id {
		return text + " (" + path + ")"
	}
	return path
}

// previewResult puts a preview into words.
func (s *Server) previewResult(c echo.Context, p order.Preview) *web.PreviewResult {
	out := &web.PreviewResult{}
	if p.Problem != nil {
		out.Notes = append(out.Notes, web.Note{Kind: web.NoteBad, Text: tell(c, p.Problem)})
	}
	for i := range p.Notices {
		out.Notes = append(out.Notes, web.Note{Kind: web.NoteWarn, Text: tell(c, &p.Notices[i])})
	}
	if p.Request == nil {
		return out
	}
	r := p.Request
	deliveryPrice := ""
	if r.DeliveryPrice != nil {
		deliveryPrice = roubles(c, r.DeliveryPrice.String())
	}
	titles := s.titles(c)
	named := func(id int64) string { return join(" · ", titles[id], numbered(id)) }
	name := join(" ", r.Client.Name, r.Client.Middle, r.Client.Surname)
	out.Facts = facts(c, "request",
		fact{"client", join(", ", name, r.Client.Phone, r.Client.Email), ""},
		fact{"address", shopAddress(r.ShippingAddress), ""},
		fact{"delivery", named(r.DeliveryID), ""},
		fact{"delivery_price", deliveryPrice, ""},
		fact{"payment", named(r.PaymentID), ""},
		fact{"date", r.DeliveryDate, ""},
		fact{"comment", r.Comment, ""},
		fact{"manager_comment", r.ManagerComment, ""},
	)
	for _, l := range r.Lines {
		out.Lines = append(out.Lines, web.OrderLine{Variant: itoa64(l.VariantID), Quantity: l.Quantity.String(),
			Price: roubles(c, l.SalePrice.String())})
	}
	out.Request = pretty(map[string]*insales.NewOrder{"order": r})
	return out
}

// shopAddress is the postal address that goes to the shop, in one line.
func shopAddress(a insales.NewAddress) string {
	return join(", ", a.Zip, a.City, cmp.Or(a.Address, join(", ", a.Street, a.House, a.Flat)))
}

// pretty is JSON for people. What they could not see in it is written out.
func pretty(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the page escapes for itself
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return "" // not reached: our own plain types always encode
	}
	return string(legible.JSON(b.Bytes()))
}
