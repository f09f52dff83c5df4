package panel

import (
	"cmp"
	"net/http"
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
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// The page of one order tells a person three things in this order: what is wrong and
// what can be done about it, what the chat has ordered and what of it stands in the
// shop, and all that has happened. How it stands in the shop is asked for only when
// somebody wants to see it, since each look costs a request; everything else is from
// the store, and stays readable while the shop is away. What personal data was erased
// is gone from the page too.

// orderTo is the path of an order's page, or of something below it.
func orderTo(key storage.OrderKey, below string) string {
	to := companyTo(key.Company, "/orders/"+escape(key.ID)+below)
	if key.Test {
		to += "?test=true"
	}
	return to
}

// orderPage shows one order with all that is known of it.
func (s *Server) orderPage(c echo.Context) error {
	key, err := visit.OrderKey(c)
	if err != nil {
		return err
	}
	return s.noOrder(c, s.showOrderPage(c, http.StatusOK, key, ""))
}

// showOrderPage shows the order, with what is wrong with the number that was
// typed to link it.
func (s *Server) showOrderPage(c echo.Context, status int, key storage.OrderKey, linkError string) error {
	ctx := c.Request().Context()
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	o, events, err := desk.Order(ctx, key)
	if err != nil {
		return err
	}
	page := web.Order{State: stateBadge(c, o.State), Live: soon(&o), Test: key.Test, LinkError: linkError,
		Notes: s.orderNotes(c, &o)}
	order, _ := translate.Decode(o.Body) // nil if it cannot be read, or was erased
	s.orderFacts(c, &page, desk, &o, order)
	s.orderActs(c, &page, &o)
	if order != nil {
		var there *insales.Order
		if o.InSalesID != 0 {
			there, page.There = readThere(c, desk, key)
			if there == nil && page.There == nil {
				page.ShowThere = addQuery(orderTo(key, ""), "there=1")
			}
		}
		page.HasThere = there != nil
		page.Lines = orderLines(c, order, there)
	}
	if page.Original, err = s.original(c, desk, &o); err != nil {
		return err
	}
	if !o.ErasedAt.IsZero() {
		at := s.moment(c, o.ErasedAt)
		page.Erased = &web.Note{Kind: web.NoteInfo, Text: say(c, "order.erased", "at", at.Text), When: at}
	}
	day := ""
	for _, e := range events {
		entry, err := s.orderEvent(c, e)
		if err != nil {
			return err
		}
		if next := s.day(c, e.At); next != day {
			day, entry.Day = next, next
		}
		page.Events = append(page.Events, entry)
	}
	view := web.View{Title: orderTitle(c, &o), Section: "orders", Page: page, Trail: ordersTrail(c, key.Company)}
	return s.show(c, status, "order", view)
}

// original is what the order was made of, and what was made of that, if its chat has a
// format of its own; nil otherwise.
func (s *Server) original(c echo.Context, desk *order.Desk, o *storage.Order) (*web.Original, error) {
	r, is, err := desk.Original(c.Request().Context(), o.Key)
	if err != nil || !is {
		return nil, err
	}
	one, err := s.bridge.Company(c.Request().Context(), o.Key.Company)
	if err != nil {
		return nil, err
	}
	hide := secretsOf(one)
	query, _ := shownText(visible(r.Query), shownOfBody, hide)
	out := &web.Original{Facts: facts(c, "received",
		fact{"wire", r.Wire, ""},
		timed("at", s.moment(c, r.At)),
		fact{"kind", visible(r.ContentType), ""},
		fact{"query", query, ""},
	)}
	cut, cutToo := false, false
	out.Text, cut = shownText(visible(laidOut(r.Body)), shownOfBody, hide)
	out.Envelope, cutToo = shownText(laidOut(o.Body), shownOfBody, hide)
	if cut || cutToo {
		out.Cut = say(c, "received.original_cut")
	}
	return out, nil
}

// orderTitle is what to call an order.
func orderTitle(c echo.Context, o *storage.Order) string {
	return say(c, "order.title", "number", cmp.Or(o.Number, o.Key.ID))
}

// addQuery adds to a path that may have a query already.
func addQuery(to, query string) string {
	if strings.Contains(to, "?") {
		return to + "&" + query
	}
	return to + "?" + query
}

// readThere reads how the order stands in the shop, if the query asks for it. If it
// cannot be read, the note says why.
func readThere(c echo.Context, desk *order.Desk, key storage.OrderKey) (*insales.Order, *web.Note) {
	if c.QueryParam("there") == "" {
		return nil, nil
	}
	o, err := desk.InShop(c.Request().Context(), key)
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
		args, at := s.atTime(c, p.Args)
		text := tell(c, &storage.Problem{Code: p.Code, Args: args})
		list = append(list, web.OrderNote{Note: web.Note{Kind: kind, Text: text, When: at, To: mend.To, Link: mend.Title}})
		return &list[len(list)-1]
	}
	if o.Problem != nil {
		for _, p := range o.Problem.All() {
			add(web.NoteBad, &p)
		}
	}
	if o.Report.Problem != nil {
		add(web.NoteWarn, o.Report.Problem)
	}
	for i := range o.Notices {
		p := &o.Notices[i]
		note := add(web.NoteWarn, p)
		accept := orderTo(o.Key, "/accept")
		if p.Code == problem.NoticeAnotherOrder {
			note.Acts = append(note.Acts, web.Button{To: accept, Name: "body", Value: p.Args["body"],
				Title: say(c, "order.accept_body")})
		}
		note.Acts = append(note.Acts,
			web.Button{To: accept, Name: "code", Value: p.Code, Title: say(c, "order.accept")})
	}
	return list
}

// orderPreviewPage shows what would be sent for the order.
func (s *Server) orderPreviewPage(c echo.Context) error {
	desk, key, err := s.deskAndKey(c)
	if err != nil {
		return err
	}
	o, _, err := desk.Order(c.Request().Context(), key)
	if err != nil {
		return err
	}
	p, err := desk.Preview(c.Request().Context(), key)
	if err != nil {
		return err
	}
	trail := append(ordersTrail(c, key.Company), web.Crumb{Title: orderTitle(c, &o), To: orderTo(key, "")})
	page := web.Preview{Result: s.previewResult(c, p)}
	view := web.View{Title: say(c, "preview.result"), Section: "orders", Page: page, Trail: trail}
	return s.show(c, http.StatusOK, "preview", view)
}

// soon reports whether something is about to happen to the order by itself.
func soon(o *storage.Order) bool {
	return o.State == storage.StateSending || o.State == storage.StateNew && time.Until(o.DueAt) < time.Minute
}
