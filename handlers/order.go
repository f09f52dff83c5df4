package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// listOrders answers with one page of a company's orders, without histories.
func (s *Server) listOrders(c echo.Context) error { return s.ordersOf(c, visit.Param(c, "company")) }

// listAllOrders answers with one page of the orders of all companies, or of the one that is asked for.
func (s *Server) listAllOrders(c echo.Context) error { return s.ordersOf(c, c.QueryParam("company")) }

func (s *Server) ordersOf(c echo.Context, company string) error {
	filter, err := orderFilter(c)
	if err != nil {
		return err
	}
	list, err := s.bridge.Orders(c.Request().Context(), company, filter)
	if err != nil {
		return ofCursor(err)
	}
	items := make([]api.Order, 0, len(list.Orders))
	for i := range list.Orders {
		if desk, err := s.bridge.Desk(list.Orders[i].Key.Company); err == nil { // else it was deleted meanwhile
			items = append(items, showOrder(desk, &list.Orders[i]))
		}
	}
	return c.JSON(http.StatusOK, api.Page[api.Order]{Items: items, Next: list.Next})
}

// getOrder answers with one order and its history; with what was sent and
// answered, which holds personal data, only if that is asked for.
func (s *Server) getOrder(c echo.Context) error {
	key, err := visit.OrderKey(c)
	if err != nil {
		return err
	}
	bodies, err := visit.BoolParam(c, "bodies")
	if err != nil {
		return err
	}
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	o, events, err := desk.Order(c.Request().Context(), key)
	if err != nil {
		return err
	}
	out := showOrder(desk, &o)
	for _, e := range events {
		entry := api.Event{At: stamp(e.At), Kind: e.Kind, Args: e.Args,
			Message: locale.Event(locale.English, e.Kind, spoken(e.Args))}
		if bodies != nil && *bodies {
			if entry.Request, entry.Answer, err = e.Texts(); err != nil {
				return err
			}
		}
		out.Events = append(out.Events, entry)
	}
	if bodies != nil && *bodies {
		if r, is, err := desk.Original(c.Request().Context(), key); err != nil {
			return err
		} else if is {
			original := showReceived(r)
			out.Received, out.Envelope = &original, o.Body
		}
	}
	return c.JSON(http.StatusOK, out)
}

// showOrder is an order of a desk for the API. It holds no personal data: bodies
// stay in the database.
func showOrder(desk *order.Desk, o *storage.Order) api.Order {
	out := api.Order{
		Company: o.Key.Company, ID: o.Key.ID, Test: o.Key.Test, Number: o.Number, State: string(o.State),
		InSalesNumber: o.InSalesNumber, InSalesURL: desk.OrderURL(o), ReportedStatus: o.Reported,
		Problem: describeProblem(o.Problem), ReportProblem: describeProblem(o.Report.Problem),
		Notices: []api.Problem{}, Attempts: o.Attempt, NextAttemptAt: stamp(o.NextAttempt()),
		AcceptedAt: stamp(o.AcceptedAt),
		Paid:       o.Paid, ErasedAt: stamp(o.ErasedAt),
		Actions: []string{},
	}
	if o.Total > 0 {
		out.Total = fmt.Sprintf("%d.%02d", o.Total/100, o.Total%100)
	}
	// null, not 0: nobody should look order 0 up in the shop.
	if o.InSalesID != 0 {
		out.InSalesID = &o.InSalesID
	}
	if o.Status != nil {
		out.Status = o.Status.Status
	}
	for _, action := range order.Actions(o) {
		out.Actions = append(out.Actions, string(action))
	}
	for i := range o.Notices {
		out.Notices = append(out.Notices, *describeProblem(&o.Notices[i]))
	}
	return out
}

// orderFilter is what the query asks to be listed. An unknown state would be an
// empty list, and look like good news.
func orderFilter(c echo.Context) (storage.OrderFilter, error) {
	// An unknown problem code is not refused: codes come and go with versions,
	// and scripts should not break when one went.
	f := storage.OrderFilter{
		State: storage.State(c.QueryParam("state")), Problem: c.QueryParam("problem"), Type: c.QueryParam("type"),
		Query: c.QueryParam("q"), Sort: storage.Sort(c.QueryParam("sort")), Cursor: c.QueryParam("cursor"),
	}
	if f.State != "" && !slices.Contains(storage.States(), f.State) {
		return f, failure.Wrong("state", problem.FieldOneOf, map[string]string{"values": stateNames()})
	}
	if f.Sort != "" && f.Sort != storage.SortOldest && f.Sort != storage.SortWaiting {
		return f, failure.Wrong("sort", problem.FieldOneOf, map[string]string{"values": "oldest, waiting"})
	}
	noticed, err := visit.BoolParam(c, "noticed")
	if err != nil {
		return f, err
	}
	f.Noticed = noticed != nil && *noticed
	if f.Test, err = visit.BoolParam(c, "test"); err != nil {
		return f, err
	}
	if f.Paid, err = visit.BoolParam(c, "paid"); err != nil {
		return f, err
	}
	if f.From, err = timeParam(c, "from"); err != nil {
		return f, err
	}
	if f.To, err = timeParam(c, "to"); err != nil {
		return f, err
	}
	f.Limit, err = limitParam(c)
	return f, err
}

// stateNames lists the states for the message that one is unknown.
func stateNames() string {
	var names []string
	for _, state := range storage.States() {
		names = append(names, string(state))
	}
	return strings.Join(names, ", ")
}

// spoken are the facts of an event as they are said: whoever has a name is called by it.
func spoken(args map[string]string) map[string]string {
	name, ok := strings.CutPrefix(args["by"], storage.ActorUser)
	if !ok {
		name, ok = strings.CutPrefix(args["by"], storage.ActorToken)
	}
	if !ok {
		return args
	}
	args = maps.Clone(args)
	args["by"] = name
	return args
}
