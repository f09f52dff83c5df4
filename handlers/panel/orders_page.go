package panel

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

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

// The list of orders begins with what waits for a person, and not order by order but by
// cause: a payment type that nobody has mapped holds up many orders, is mended once in
// the settings, and then all of them are sent again by one button. Each cause has its
// count, since when it lasts, the way to mend it, and a way to see just its orders.
// In the list of all companies there is only the way to those that have such orders, because
// each is mended in its own settings. Orders with a remark are no state of their own: they are
// in the shop, and stand among the states to choose from only because a person looks for them
// there.

// ordersPage lists orders of all companies, or of one; those that need a person come first.
func (s *Server) ordersPage(c echo.Context) error {
	ctx := c.Request().Context()
	companies, err := s.bridge.Companies(ctx)
	if err != nil {
		return err
	}
	if len(companies) == 0 {
		return s.goTo(c, "/companies/new")
	}
	slices.SortStableFunc(companies, byCompanyName)
	v := viewOf(c)
	chosen := v.get(askCompany)
	if len(companies) == 1 && chosen == "" {
		chosen = companies[0].ID
	}
	f := s.filter(v)
	list, err := s.bridge.Orders(ctx, chosen, f)
	if errors.Is(err, storage.ErrCursor) {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	tallies, err := s.bridge.Tallies(ctx)
	if err != nil {
		return err
	}
	page := s.ordersView(c, v, list)
	page.Tabs = orderTabs(c, v, tallyOf(tallies, companies, chosen))
	page.Companies = companyOptions(c, v, companies, tallies)
	if page.Total, err = s.ordersTotal(c, chosen, f, list); err != nil {
		return err
	}
	names := map[string]string{}
	if chosen == "" {
		for _, one := range companies {
			names[one.ID] = nameOf(one)
		}
	}
	for i := range list.Orders {
		row := s.orderRow(c, &list.Orders[i])
		row.Company = names[list.Orders[i].Key.Company]
		page.Rows = append(page.Rows, row)
	}
	// Who looks for one order, or turns the page, does not want to see all causes again.
	if state := v.get(askState); (state == "" || f.State == storage.StateAttention) && v.folded() &&
		f.Query == "" && f.Cursor == "" && f.Problem == "" {
		if err := s.addTrouble(c, &page, chosen, companies, tallies); err != nil {
			return err
		}
	}
	view := web.View{Title: say(c, "orders.title"), Section: "orders", Page: page}
	if one := slices.IndexFunc(companies, func(one storage.Company) bool { return one.ID == chosen }); one >= 0 {
		view.Notes = retriedNotes(c, companies[one])
	}
	return s.show(c, http.StatusOK, "orders", view)
}

// ordersView is the page without what depends on companies.
func (s *Server) ordersView(c echo.Context, v view, list storage.OrderPage) web.Orders {
	page := web.Orders{
		Query: v.get(askText), State: v.get(askState), Problem: v.get(askProblem), Type: v.get(askType),
		Company: v.get(askCompany), From: s.date(v.get(askFrom)), To: s.date(v.get(askTo)),
		Pay:  v.choices(c, askPay, "orders.pay", paid, unpaid),
		Sort: v.choices(c, askSort, "orders.sort", string(storage.SortOldest), string(storage.SortWaiting)),
		More: !v.folded(), Narrowed: v.narrowed(), CSV: v.to("/orders.csv"), Refresh: ordersRefresh,
	}
	if page.Query != "" {
		page.Refresh = searchRefresh
	}
	if code := page.Problem; code != "" {
		p := storage.Problem{Code: code}
		if page.Type != "" {
			p.Args = map[string]string{"type": page.Type}
		}
		page.Cause = causeTitle(c, p)
	}
	if page.Narrowed {
		page.All = v.to("/orders", askState, "", askProblem, "", askType, "", askPay, "", askFrom, "", askTo, "",
			askText, "")
	}
	if list.Next != "" {
		page.Next = v.to("/orders", askCursor, list.Next)
	}
	if list.Prev != "" {
		page.First, page.Prev = v.to("/orders"), v.to("/orders", askCursor, list.Prev)
	}
	return page
}

// How many seconds a list of orders stays as it is while somebody looks at it.
const (
	ordersRefresh = 5
	searchRefresh = 15
)

// addTrouble adds what needs a person: of one company each cause with the way to mend it, of all
// of them the ways to those that have any.
func (s *Server) addTrouble(c echo.Context, page *web.Orders, chosen string, companies []storage.Company,
	tallies map[string]storage.Tally,
) error {
	if chosen != "" {
		desk, err := s.bridge.Desk(chosen)
		if err == nil {
			page.Causes, err = s.causes(c, desk)
		}
		if more := len(page.Causes) - foldedAfter; more > 0 {
			page.MoreCauses = say(c, "orders.more_causes", "n", itoa(more))
		}
		return err
	}
	for _, one := range companies {
		desk, err := s.bridge.Desk(one.ID)
		if err != nil {
			continue // deleted meanwhile
		}
		gone, err := desk.GoneWaiting(c.Request().Context())
		if err != nil {
			return err
		}
		if n := tallies[one.ID].States[storage.StateAttention] + gone; n > 0 {
			page.Troubled = append(page.Troubled, web.Tab{Title: nameOf(one), Count: n, To: ordersTo(one.ID)})
		}
	}
	slices.SortStableFunc(page.Troubled, func(a, b web.Tab) int { return b.Count - a.Count })
	return nil
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
		card := s.causeCard(c, desk.ID(), cause)
		if order.MappedNow(one.Orders, cause.Problem) {
			card.Text, card.Mend, card.Retry.Look = say(c, "cause.mapped"), web.Link{}, "primary"
		}
		out = append(out, card)
	}
	return out, nil
}

// causeCard is one cause with what to do about it.
func (s *Server) causeCard(c echo.Context, company string, cause storage.OrderCause) web.Cause {
	p, n := cause.Problem, itoa(cause.Orders)
	since := s.sinceMoment(c, cause.Oldest)
	card := web.Cause{
		Title:  causeTitle(c, p),
		Orders: say(c, "cause.orders", "n", n),
		Since:  say(c, "cause.since", "time", since.Text),
		When:   since,
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

// attentionTo is the address of the orders that wait for a person because of one problem.
func attentionTo(company string, p storage.Problem) string {
	return ordersTo(company, askState, string(storage.StateAttention), askProblem, p.Code, askType, p.Args["type"])
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
		Show:   web.Link{To: ordersTo(desk.ID(), askState, noticed), Title: say(c, "cause.show")},
		Retry:  web.Button{To: here + "/gone", Title: say(c, "cause.gone_confirm")},
	}}, nil
}

// confirmGonePage says that the orders which disappeared are cancelled.
func (s *Server) confirmGonePage(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	if _, err := desk.ConfirmGone(c.Request().Context(), visit.By(c)); err != nil {
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

// orderRow is one line of the list.
func (s *Server) orderRow(c echo.Context, o *storage.Order) web.OrderRow {
	row := web.OrderRow{
		To: orderTo(o.Key, ""), Number: cmp.Or(o.Number, o.Key.ID), State: stateBadge(c, o.State),
		Time: s.when(c, o.AcceptedAt), Stamp: s.stamp(o.AcceptedAt),
		There: cmp.Or(o.InSalesNumber, inSalesID(o)),
	}
	if desk, err := s.bridge.Desk(o.Key.Company); err == nil { // else it was deleted meanwhile
		row.ThereLink = desk.OrderURL(o)
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
		row.Payment = cmp.Or(order.Payment.Title, order.Payment.TypeID)
	} else if o.Total > 0 { // its person was erased
		row.Sum = roubles(c, inRoubles(o.Total))
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
		done, err = desk.RetryMapped(c.Request().Context(), visit.By(c))
	} else {
		done, err = desk.RetryCause(c.Request().Context(), p, visit.By(c))
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
