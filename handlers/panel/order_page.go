package panel

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/insales"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// orderTo is the path of an order's page, or of something below it.
func orderTo(key storage.OrderKey, below string) string {
	to := companyTo(key.Company, "/orders/"+escape(key.ID)+below)
	if key.Test {
		to += "?test=true"
	}
	return to
}

func itoa64(n int64) string { return strconv.FormatInt(n, 10) }

// orderPage shows one order with all that is known of it.
func (s *Server) orderPage(c echo.Context) error {
	key, err := visit.OrderKey(c)
	if err != nil {
		return err
	}
	return s.showOrderPage(c, http.StatusOK, key, "")
}

// showOrderPage shows the order, with what is wrong with the number that was
// typed to link it.
func (s *Server) showOrderPage(c echo.Context, status int, key storage.OrderKey, linkError string) error {
	ctx := c.Request().Context()
	o, events, err := s.bridge.Order(ctx, key)
	if err != nil {
		return err
	}
	page := web.Order{State: stateBadge(c, o.State), Live: soon(&o), Test: key.Test, Notes: s.orderNotes(c, &o), LinkError: linkError}
	order := bridge.DecodeOrder(o.Body)
	s.orderFacts(c, &page, &o, order)
	s.orderActs(c, &page, &o)
	if order != nil {
		var there *insales.Order
		if o.InSalesID != 0 {
			there, page.There = s.there(c, key)
			if there == nil && page.There == nil {
				page.ShowThere = addQuery(orderTo(key, ""), "there=1")
			}
		}
		page.HasThere = there != nil
		page.Lines = orderLines(c, order, there)
	}
	if !o.ErasedAt.IsZero() {
		page.Erased = s.when(c, o.ErasedAt)
	}
	for _, e := range events {
		entry, err := s.orderEvent(c, e)
		if err != nil {
			return err
		}
		page.Events = append(page.Events, entry)
	}
	title := say(c, "order.title", "number", cmp.Or(o.Number, o.Key.ID))
	return s.show(c, status, "order", web.View{Title: title, Section: "orders", Page: page,
		Trail: []web.Crumb{{Title: say(c, "orders.title"), To: companyTo(key.Company, "/orders")}}})
}

// addQuery adds to a path that may have a query already.
func addQuery(to, query string) string {
	if strings.Contains(to, "?") {
		return to + "&" + query
	}
	return to + "?" + query
}

// there reads what the order is in the shop, if the query asks for it. Why it
// could not be read is a note.
func (s *Server) there(c echo.Context, key storage.OrderKey) (*insales.Order, *web.Note) {
	if c.QueryParam("there") == "" {
		return nil, nil
	}
	o, err := s.bridge.InShop(c.Request().Context(), key)
	if err != nil {
		return nil, &web.Note{Kind: web.NoteWarn, Text: explainTo(c, err)}
	}
	return &o, nil
}

// explainTo is what an error means to whoever looks.
func explainTo(c echo.Context, err error) string {
	d := failure.Explain(err)
	if text := locale.Problem(lang(c), d.Code, legibleArgs(lang(c), d.Args)); text != d.Code {
		return text
	}
	return locale.Text(lang(c), "http."+d.Code, d.Args)
}

// orderNotes is what a person should know, each with what can be done.
func (s *Server) orderNotes(c echo.Context, o *storage.Order) []web.OrderNote {
	var list []web.OrderNote
	add := func(kind string, p *storage.Problem) *web.OrderNote {
		mend := mendLink(c, o.Key.Company, *p)
		list = append(list, web.OrderNote{Note: web.Note{Kind: kind, Text: tell(c, p), To: mend.To, Link: mend.Title}})
		return &list[len(list)-1]
	}
	if o.Problem != nil {
		add(web.NoteBad, o.Problem)
	}
	if o.Report.Problem != nil {
		add(web.NoteWarn, o.Report.Problem)
	}
	for i := range o.Notices {
		p := &o.Notices[i]
		note := add(web.NoteWarn, p)
		if p.Code == problem.NoticeAnotherOrder {
			note.Acts = append(note.Acts, web.Button{To: orderTo(o.Key, "/accept"), Name: "body", Value: p.Args["body"], Title: say(c, "order.accept_body"),
				Confirm: say(c, "order.accept_body_confirm")})
		}
		note.Acts = append(note.Acts, web.Button{To: orderTo(o.Key, "/accept"), Name: "code", Value: p.Code, Title: say(c, "order.accept")})
	}
	return list
}

// orderActs are the buttons of what is possible now.
func (s *Server) orderActs(c echo.Context, page *web.Order, o *storage.Order) {
	for _, a := range bridge.Actions(o) {
		b := web.Button{To: orderTo(o.Key, "/"+string(a)), Title: say(c, "act."+string(a))}
		switch a {
		case bridge.ActionRetry:
			b.Look = "primary"
		case bridge.ActionCancel, bridge.ActionErase:
			b.Look, b.Confirm = "danger", say(c, "act."+string(a)+"_confirm")
			page.Last = append(page.Last, b)
			continue
		case bridge.ActionAccept:
			continue // stands at each remark
		case bridge.ActionLink:
			page.Link = b.To
			continue
		case bridge.ActionPreview:
			if o.State != storage.StateSent { // it has gone: the history shows it
				page.Preview = b.To
			}
			continue
		}
		page.Acts = append(page.Acts, b)
	}
}

// orderFacts is what is known of the order here, there and of the customer.
func (s *Server) orderFacts(c echo.Context, page *web.Order, o *storage.Order, order *ineedchat.Order) {
	fact := func(list *[]web.Fact, id, value, to string) {
		if value != "" {
			*list = append(*list, web.Fact{Name: say(c, "order."+id), Value: value, To: to})
		}
	}
	chat := ""
	if order != nil {
		chat = safeURL(order.URL)
	}
	fact(&page.Numbers, "chat_number", cmp.Or(o.Number, o.Key.ID), chat)
	if o.Number != "" {
		fact(&page.Numbers, "chat_id", o.Key.ID, "")
	}
	fact(&page.Numbers, "shop_number", cmp.Or(o.InSalesNumber, inSalesID(o)), s.bridge.OrderURL(o))
	fact(&page.Numbers, "accepted", s.when(c, o.AcceptedAt), "")
	fact(&page.Numbers, "sent", s.when(c, o.SentAt), "")
	if at := o.NextAttempt(); at.After(time.Now()) {
		fact(&page.Numbers, "next", s.when(c, at), "")
	}
	if o.Attempt > 1 {
		fact(&page.Numbers, "attempts", itoa(o.Attempt), "")
	}
	paid := "payment.pending"
	if o.Paid {
		paid = "payment.paid"
	}
	fact(&page.Statuses, "paid_chat", locale.Text(lang(c), paid, nil), "")
	if st := o.Status; st != nil {
		fact(&page.Statuses, "status_there", cmp.Or(st.StatusTitle, insalesStatus(c, st.FulfillmentStatus)), "")
		fact(&page.Statuses, "status_here", statusWord(c, cmp.Or(o.Reported, say(c, "order.not_told"))), "")
		if o.PendingReport() {
			fact(&page.Statuses, "status_next", statusWord(c, st.Status), "")
		}
		fact(&page.Statuses, "paid_there", locale.Text(lang(c), "payment."+st.PaymentStatus, nil), "")
		if st.Total != "" {
			fact(&page.Statuses, "total_there", roubles(c, st.Total), "")
		}
	}
	if order == nil {
		return
	}
	fact(&page.Customer, "name", order.Customer.Name, "")
	fact(&page.Customer, "phone", order.Customer.Phone, "")
	fact(&page.Customer, "email", order.Customer.Email, "")
	fact(&page.Customer, "channel", order.Customer.Channel, "")
	fact(&page.Customer, "address", chatAddress(order.Delivery.Address), "")
	fact(&page.Customer, "delivery", cmp.Or(order.Delivery.Title, order.Delivery.TypeID), "")
	fact(&page.Customer, "desired", s.desired(c, order.Delivery), "")
	fact(&page.Customer, "payment", cmp.Or(order.Payment.Title, order.Payment.TypeID), "")
	fact(&page.Customer, "comment", order.Comment, "")
	fact(&page.Totals, "discount", roubles(c, string(order.DiscountTotal)), "")
	fact(&page.Totals, "delivery_total", roubles(c, string(order.DeliveryTotal)), "")
	fact(&page.Totals, "total", roubles(c, string(order.Total)), "")
}

// insalesStatus is what a fulfillment_status is called in the shop's admin.
func insalesStatus(c echo.Context, status string) string {
	if text := say(c, "insales_status."+status); text != "panel.insales_status."+status {
		return text
	}
	return status
}

// safeURL is an address that others gave, if it is one that a link may lead to.
func safeURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}

// chatAddress is where an order goes, in one line.
func chatAddress(a ineedchat.Address) string {
	return cmp.Or(a.Text, join(", ", a.Zip, a.City, a.Street, a.House, a.Flat))
}

// desired is when the customer wants the order; "" if it was not said.
func (s *Server) desired(c echo.Context, d ineedchat.Delivery) string {
	from, err := d.DesiredFrom.Time()
	if d.DesiredFrom == "" || err != nil {
		return ""
	}
	text := s.when(c, from)
	if to, err := d.DesiredTo.Time(); d.DesiredTo != "" && err == nil {
		text += " – " + to.In(s.timeZone).Format("15:04")
	}
	return text
}

// orderLines are the lines that were asked for and, if the shop was asked, what
// it made of them.
func orderLines(c echo.Context, order *ineedchat.Order, there *insales.Order) []web.OrderLine {
	left := map[string][]insales.Line{}
	if there != nil {
		for _, l := range there.Lines {
			id := itoa64(l.VariantID)
			left[id] = append(left[id], l)
		}
	}
	take := func(id string) string {
		if len(left[id]) == 0 {
			return ""
		}
		l := left[id][0]
		left[id] = left[id][1:]
		return l.Quantity.String() + " × " + roubles(c, l.SalePrice.StringFixed(2))
	}
	var list []web.OrderLine
	for _, item := range order.Items {
		list = append(list, web.OrderLine{Title: cmp.Or(item.Title, item.SKU, say(c, "order.untitled")), Variant: item.VariantID, Quantity: string(item.Quantity), Price: roubles(c, string(item.Price)),
			There: take(item.VariantID)})
	}
	if there != nil { // what the shop has beyond that
		for _, l := range there.Lines {
			id := itoa64(l.VariantID)
			if text := take(id); text != "" {
				list = append(list, web.OrderLine{Title: say(c, "order.not_asked"), Variant: id, There: text})
			}
		}
	}
	return list
}

// orderEvent is one entry of the history.
func (s *Server) orderEvent(c echo.Context, e storage.Event) (out web.OrderEvent, err error) {
	args := legibleArgs(lang(c), e.Args)
	if by := args["by"]; by != "" {
		if text := say(c, "journal.by_"+by); text != "panel.journal.by_"+by {
			args["by"] = text
		}
	}
	out = web.OrderEvent{Time: e.At.In(s.timeZone).Format("02.01.2006 15:04:05"), Stamp: e.At.Format(time.RFC3339Nano), Text: locale.Event(lang(c), e.Kind, args)}
	for _, name := range []string{"message", "insales_id"} {
		if v := e.Args[name]; v != "" && !strings.Contains(out.Text, v) {
			out.Args = append(out.Args, web.Fact{Name: say(c, "event."+name), Value: v})
		}
	}
	request, answer, err := e.Texts()
	out.Request, out.Answer = spread(request), spread(answer)
	return out, err
}

// spread is a text as it came, or spread over lines if it is JSON; what cannot be
// seen in it is written out, or left out.
func spread(text string) string {
	if json.Valid([]byte(text)) {
		return pretty(json.RawMessage(text))
	}
	return legible.Text(text)
}

// actOnOrder does what a button of the order's page says.
func (s *Server) actOnOrder(do func(context.Context, storage.OrderKey, string) (storage.Order, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		key, err := visit.OrderKey(c)
		if err != nil {
			return err
		}
		if _, err := do(c.Request().Context(), key, visit.ByAdmin); err != nil {
			return err
		}
		action := c.Path()[strings.LastIndex(c.Path(), "/")+1:]
		return s.goTo(c, addQuery(orderTo(key, ""), "done="+action))
	}
}

// acceptPage ticks off a remark, or makes an order of a second body.
func (s *Server) acceptPage(c echo.Context) error {
	key, err := visit.OrderKey(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	n, err := strconv.Atoi(c.FormValue("body"))
	if err != nil {
		_, err = s.bridge.Accept(ctx, key, c.FormValue("code"), visit.ByAdmin)
	} else if o, err2 := s.bridge.AcceptBody(ctx, key, n, visit.ByAdmin); err2 == nil {
		key, err = o.Key, nil
	} else {
		err = err2
	}
	if err != nil {
		return err
	}
	return s.goTo(c, addQuery(orderTo(key, ""), "done=accept"))
}

// linkPage says which order of the shop it is.
func (s *Server) linkPage(c echo.Context) error {
	key, err := visit.OrderKey(c)
	if err != nil {
		return err
	}
	named, ok := bridge.ParseShopOrder(c.FormValue("insales_id"))
	if !ok {
		return s.showOrderPage(c, http.StatusUnprocessableEntity, key, tell(c, &storage.Problem{Code: problem.FieldID}))
	}
	if _, err := s.bridge.Link(c.Request().Context(), key, named, visit.ByAdmin); err != nil {
		if failure.Explain(err).Status != http.StatusConflict {
			return err
		}
		return s.showOrderPage(c, http.StatusConflict, key, explainTo(c, err))
	}
	return s.goTo(c, addQuery(orderTo(key, ""), "done=link"))
}

// orderPreviewPage shows what would be sent for the order.
func (s *Server) orderPreviewPage(c echo.Context) error {
	key, err := visit.OrderKey(c)
	if err != nil {
		return err
	}
	o, _, err := s.bridge.Order(c.Request().Context(), key)
	if err != nil {
		return err
	}
	p, err := s.bridge.Preview(c.Request().Context(), key)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "preview", web.View{Title: say(c, "preview.title"), Section: "orders", Page: web.Preview{Result: s.previewResult(c, p)},
		Trail: []web.Crumb{{Title: say(c, "orders.title"), To: companyTo(key.Company, "/orders")}, {Title: say(c, "order.title", "number", cmp.Or(o.Number, key.ID)), To: orderTo(key, "")}}})
}

// soon reports whether something is about to happen to the order by itself.
func soon(o *storage.Order) bool {
	return o.State == storage.StateSending || o.State == storage.StateNew && time.Until(o.DueAt) < time.Minute
}
