package panel

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// foldedAfter is how many causes stand open above the orders.
const foldedAfter = 3

// noticed is the state, among those to choose from, of orders with a remark.
const noticed = "noticed"

// The list of orders begins with what waits for a person, and not order by order but by
// cause: a payment type that nobody has mapped holds up many orders, is mended once in
// the settings, and then all of them are sent again by one button. Each cause has its
// count, since when it lasts, the way to mend it, and a way to see just its orders.
// Orders with a remark are no state of their own: they are in the shop, and stand among
// the states to choose from only because a person looks for them there.

// anyOrdersPage leads to the orders of the company that needs a person most.
func (s *Server) anyOrdersPage(c echo.Context) error {
	list, err := s.bridge.Companies(c.Request().Context())
	if err != nil {
		return err
	}
	to, most := "/companies/new", -1
	for _, one := range list {
		sum, err := s.bridge.Summary(c.Request().Context(), one.ID)
		if err != nil {
			return err
		}
		if n := sum.States[storage.StateAttention]; n > most {
			to, most = companyTo(one.ID, "/orders"), n
		}
	}
	return s.goTo(c, to)
}

// pageFilter is what the query of a page asks for. What it does not understand
// it leaves out, because no person has typed it.
func pageFilter(c echo.Context) storage.OrderFilter {
	f := storage.OrderFilter{
		Problem: c.QueryParam("problem"), Query: c.QueryParam("q"), Cursor: c.QueryParam("cursor"), Bodies: true,
	}
	state := c.QueryParam("state")
	f.Noticed = state == noticed
	for _, known := range storage.States() {
		if state == string(known) {
			f.State = known
		}
	}
	return f
}

// ordersPage lists a company's orders; those that need a person come first, by
// their cause.
func (s *Server) ordersPage(c echo.Context) error {
	ctx := c.Request().Context()
	one, err := s.bridge.Company(ctx, visit.Param(c, "company"))
	if err != nil {
		return err
	}
	f := pageFilter(c)
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	list, err := desk.Orders(ctx, f)
	if errors.Is(err, storage.ErrCursor) {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	var sum storage.Summary // a search shows no counts: it takes long enough without
	if f.Query == "" {
		if sum, err = s.bridge.Summary(ctx, one.ID); err != nil {
			return err
		}
	}
	here := companyTo(one.ID, "/orders")
	page := web.Orders{
		Action: here, Query: f.Query, State: c.QueryParam("state"), Problem: f.Problem,
		Tabs: orderTabs(c, here, sum), CSV: withQuery(companyTo(one.ID, "/orders.csv"), c, ""),
	}
	if f.Problem != "" {
		page.Cause, page.All = causeTitle(c, storage.Problem{Code: f.Problem}), here
	}
	if list.Next != "" {
		page.Next = withQuery(here, c, list.Next)
	}
	for i := range list.Orders {
		page.Rows = append(page.Rows, s.orderRow(c, desk, &list.Orders[i]))
	}
	// Who looks for one order, or turns the page, does not want to see all causes again.
	all := f.State == "" && !f.Noticed || f.State == storage.StateAttention
	if all && f.Query == "" && f.Cursor == "" && f.Problem == "" {
		if page.Causes, err = s.causes(c, desk); err != nil {
			return err
		}
		if more := len(page.Causes) - foldedAfter; more > 0 {
			page.MoreCauses = say(c, "orders.more_causes", "n", itoa(more))
		}
	}
	if page.Companies, err = s.companyTabs(c, one); err != nil {
		return err
	}
	view := web.View{Title: say(c, "orders.title"), Section: "orders", Page: page, Notes: retriedNotes(c, one)}
	return s.show(c, http.StatusOK, "orders", view)
}

// withQuery is a path with the query of this page, at another cursor.
func withQuery(to string, c echo.Context, cursor string) string {
	q := url.Values{}
	for _, name := range []string{"state", "problem", "q"} {
		if v := c.QueryParam(name); v != "" {
			q.Set(name, v)
		}
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if len(q) == 0 {
		return to
	}
	return to + "?" + q.Encode()
}

// companyTabs are all companies, if there is more than one.
func (s *Server) companyTabs(c echo.Context, one storage.Company) ([]web.Tab, error) {
	list, err := s.bridge.Companies(c.Request().Context())
	if err != nil || len(list) < 2 {
		return nil, err
	}
	var tabs []web.Tab
	for _, other := range list {
		to := companyTo(other.ID, "/orders")
		tabs = append(tabs, web.Tab{Title: nameOf(other), To: to, Current: other.ID == one.ID})
	}
	return tabs, nil
}

// orderTabs are the states to choose from. A state that no order has is left
// out, unless it is the one that is shown.
func orderTabs(c echo.Context, here string, sum storage.Summary) []web.Tab {
	current := c.QueryParam("state")
	tabs := []web.Tab{{Title: say(c, "orders.all"), To: here, Current: current == ""}}
	add := func(state string, n int) {
		if n > 0 || current == state || c.QueryParam("q") != "" {
			title, to := say(c, "orders.state_"+state), here+"?state="+state
			tabs = append(tabs, web.Tab{Title: title, To: to, Count: n, Current: current == state})
		}
	}
	add(string(storage.StateAttention), sum.States[storage.StateAttention])
	add(noticed, sum.Noticed)
	for _, state := range []storage.State{
		storage.StateExpected, storage.StateNew, storage.StateSending,
		storage.StateSent, storage.StateCancelled, storage.StateTest,
	} {
		add(string(state), sum.States[state])
	}
	return tabs
}

// causes groups what needs a person, each with the way to mend it.
func (s *Server) causes(c echo.Context, desk *order.Desk) ([]web.Cause, error) {
	list, err := s.bridge.Causes(c.Request().Context(), desk.ID())
	if err != nil {
		return nil, err
	}
	one, err := s.bridge.Company(c.Request().Context(), desk.ID())
	if err != nil {
		return nil, err
	}
	out, err := goneCause(c, desk)
	if err != nil {
		return nil, err
	}
	for _, cause := range list {
		card := causeCard(c, desk.ID(), cause)
		if order.MappedNow(one.Orders, cause.Problem) {
			card.Text, card.Mend, card.Retry.Look = say(c, "cause.mapped"), web.Link{}, "primary"
		}
		out = append(out, card)
	}
	return out, nil
}

// causeCard is one cause with what to do about it.
func causeCard(c echo.Context, company string, cause storage.OrderCause) web.Cause {
	p, n := cause.Problem, itoa(cause.Orders)
	card := web.Cause{
		Title:  causeTitle(c, p),
		Orders: say(c, "cause.orders", "n", n),
		Since:  say(c, "cause.since", "time", lasting(c, time.Since(cause.Oldest))),
		Mend:   mendLink(c, company, p),
		Show:   web.Link{To: attentionTo(company, p), Title: say(c, "cause.show")},
		Retry: web.Button{To: companyTo(company, "/orders/retry"), Name: "problem", Value: p.Code,
			Title: say(c, "cause.retry")},
		Value: p.Args["type"],
	}
	if text := say(c, "cause."+p.Code+".do"); text != "panel.cause."+p.Code+".do" {
		card.Text = text
	} else if cause.Orders == 1 {
		card.Text = tell(c, &p)
	}
	return card
}

// attentionTo is the path of the orders that wait for a person because of one
// problem, of one type if it is about a type.
func attentionTo(company string, p storage.Problem) string {
	q := url.Values{"state": {string(storage.StateAttention)}, "problem": {p.Code}}
	if kind := p.Args["type"]; kind != "" {
		q.Set("type", kind)
	}
	return companyTo(company, "/orders?"+q.Encode())
}

// goneCause is what waits for a person because many orders disappeared from the
// shop at a time.
func goneCause(c echo.Context, desk *order.Desk) ([]web.Cause, error) {
	n, err := desk.GoneWaiting(c.Request().Context())
	if err != nil || n == 0 {
		return nil, err
	}
	here := companyTo(desk.ID(), "/orders")
	return []web.Cause{{
		Title:  say(c, "cause.orders_gone"),
		Text:   say(c, "cause.orders_gone.do"),
		Orders: say(c, "cause.orders", "n", itoa(n)),
		Show:   web.Link{To: here + "?state=" + noticed, Title: say(c, "cause.show")},
		Retry:  web.Button{To: here + "/gone", Title: say(c, "cause.gone_confirm")},
	}}, nil
}

// confirmGonePage says that the orders which disappeared are cancelled.
func (s *Server) confirmGonePage(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	if _, err := desk.ConfirmGone(c.Request().Context(), visit.ByAdmin); err != nil {
		return err
	}
	return s.goTo(c, companyTo(desk.ID(), "/orders?done=gone"))
}

// causeTitle is a problem of orders in a few words.
func causeTitle(c echo.Context, p storage.Problem) string {
	args := []string{}
	for k, v := range p.Args {
		args = append(args, k, v)
	}
	if text := say(c, "cause."+p.Code, args...); text != "panel.cause."+p.Code {
		return text
	}
	return tell(c, &p)
}

// mendLink leads to the field that mends a problem of orders, if one does.
func mendLink(c echo.Context, company string, p storage.Problem) web.Link {
	to := func(below, id string) web.Link { return web.Link{To: companyTo(company, below), Title: say(c, id)} }
	anchor := func(list string) string {
		if kind := p.Args["type"]; kind != "" {
			return "#" + list + "-" + url.PathEscape(kind)
		}
		return "#" + list
	}
	switch p.Code {
	case problem.PaymentUnmapped:
		return to(anchor("payments"), "cause.mend_payment")
	case problem.DeliveryUnmapped:
		return to(anchor("deliveries"), "cause.mend_delivery")
	case problem.NoticeStatusUnknown:
		return to("#statuses-box", "mend")
	case problem.TooOld:
		return to("#max_age", "cause.mend_age")
	case problem.ShopRefused, problem.NeverArrives, problem.NotProven, problem.NoticePaymentNotTaken:
		return to("/check", "check.title")
	case problem.ReportRefused, problem.ReportNotFound, problem.ReportExpired, problem.ReportProgram,
		problem.NoticeReportFailing:
		return to("#chat", "cause.mend_chat")
	}
	return web.Link{}
}

// orderRow is one line of the list, an order of a desk.
func (s *Server) orderRow(c echo.Context, desk *order.Desk, o *storage.Order) web.OrderRow {
	row := web.OrderRow{
		To: orderTo(o.Key, ""), Number: cmp.Or(o.Number, o.Key.ID), State: stateBadge(c, o.State),
		Time: s.when(c, o.AcceptedAt), Stamp: s.stamp(o.AcceptedAt),
		There: cmp.Or(o.InSalesNumber, inSalesID(o)), ThereLink: desk.OrderURL(o),
	}
	if o.Status != nil {
		row.Status = cmp.Or(o.Status.StatusTitle, statusWord(c, o.Status.Status))
	}
	switch {
	case o.Problem != nil:
		var all []string
		for _, p := range o.Problem.All() {
			all = append(all, causeTitle(c, p))
		}
		row.Problem = strings.Join(all, ". ")
	case o.Report.Problem != nil:
		row.Problem = tell(c, o.Report.Problem)
	case len(o.Notices) > 0:
		row.Problem = tell(c, &o.Notices[0])
	}
	if order, wrong := translate.Decode(o.Body); wrong == nil {
		row.Customer, row.Sum = cmp.Or(order.Customer.Name, order.Customer.Phone), roubles(c, string(order.Total))
	}
	return row
}

// inSalesID stands for the number of an order whose number is not known yet.
func inSalesID(o *storage.Order) string {
	if o.InSalesID == 0 {
		return ""
	}
	return "id " + itoa64(o.InSalesID)
}

// stateBadge is the state of an order.
func stateBadge(c echo.Context, state storage.State) web.Badge {
	kind := map[storage.State]string{
		storage.StateNew:       web.NoteInfo,
		storage.StateSending:   web.NoteInfo,
		storage.StateExpected:  web.NoteInfo,
		storage.StateSent:      web.NoteGood,
		storage.StateAttention: web.NoteBad,
	}[state]
	return web.Badge{Kind: kind, Text: locale.Text(lang(c), "state."+string(state), nil)}
}

// mappedCause stands for the orders that waited for a type that is mapped by now, whichever.
const mappedCause = "mapped"

// retryCause sends all orders again that wait for one cause, and tells how many could go.
func (s *Server) retryCause(c echo.Context) error {
	p := storage.Problem{Code: c.FormValue("problem")}
	if kind := c.FormValue("type"); kind != "" {
		p.Args = map[string]string{"type": kind}
	}
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	var done order.Retried
	if p.Code == mappedCause {
		done, err = desk.RetryMapped(c.Request().Context(), visit.ByAdmin)
	} else {
		done, err = desk.RetryCause(c.Request().Context(), p, visit.ByAdmin)
	}
	if err != nil {
		return err
	}
	q := url.Values{"sent": {itoa(done.Sent)}, "waiting": {itoa(done.Waiting)}}
	return s.goTo(c, companyTo(desk.ID(), "/orders?"+q.Encode()))
}

// retriedNotes tell what has become of the orders that were just sent again.
func retriedNotes(c echo.Context, one storage.Company) []web.Note {
	sent, err := strconv.Atoi(c.QueryParam("sent"))
	waiting, err2 := strconv.Atoi(c.QueryParam("waiting"))
	if err != nil || err2 != nil {
		return nil
	}
	var list []web.Note
	switch {
	case sent > 0 && one.Orders.Enabled && !one.Orders.Paused:
		list = append(list, web.Note{Kind: web.NoteGood, Text: say(c, "orders.retried", "n", itoa(sent))})
	case sent > 0:
		list = append(list, web.Note{Kind: web.NoteInfo, Text: say(c, "orders.retried_off", "n", itoa(sent))})
	case waiting == 0:
		list = append(list, web.Note{Kind: web.NoteInfo, Text: say(c, "orders.retried_none")})
	}
	if waiting > 0 {
		list = append(list, web.Note{Kind: web.NoteWarn, Text: say(c, "orders.retried_waiting", "n", itoa(waiting))})
	}
	return list
}
