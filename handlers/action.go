package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/insales"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// What a person can do with an order: each is a route of its own, so that an
// action that does not exist is a 404, and answers with the order as it is
// then.

func (s *Server) retryOrder(c echo.Context) error { return s.act(c, (*order.Desk).Retry) }

func (s *Server) cancelOrder(c echo.Context) error { return s.act(c, (*order.Desk).Cancel) }

func (s *Server) eraseOrder(c echo.Context) error { return s.act(c, (*order.Desk).Erase) }

// refreshOrder asks the shop how the order stands.
func (s *Server) refreshOrder(c echo.Context) error { return s.act(c, (*order.Desk).RefreshNow) }

// reportOrder tells the chat again.
func (s *Server) reportOrder(c echo.Context) error { return s.act(c, (*order.Desk).ReportAgain) }

// An action is what a person, named last, has the desk do with an order.
type action func(d *order.Desk, ctx context.Context, key storage.OrderKey, by string) (storage.Order, error)

func (s *Server) act(c echo.Context, do action) error {
	desk, key, err := s.deskAndKey(c)
	if err != nil {
		return err
	}
	o, err := do(desk, c.Request().Context(), key, visit.By(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showOrder(desk, &o))
}

// linkOrder says which order of the shop it is, by id or by its address in the
// shop's admin.
func (s *Server) linkOrder(c echo.Context) error {
	var in api.Link
	if err := readStrict(c, &in); err != nil {
		return err
	}
	named, ok := translate.ParseShopOrder(string(in.InSalesID))
	if !ok {
		return failure.Wrong("insales_id", problem.FieldID, nil)
	}
	return s.act(c, func(d *order.Desk, ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
		return d.Link(ctx, key, named, by)
	})
}

// acceptOrder ticks off notices, all or those with a code; or it makes an order
// of its own of a second body.
func (s *Server) acceptOrder(c echo.Context) error {
	var in api.Accept
	if c.Request().ContentLength != 0 {
		if err := readStrict(c, &in); err != nil {
			return err
		}
	}
	if in.Code != "" && in.Body != 0 {
		return failure.Wrong("body", problem.FieldUnknown, nil)
	}
	return s.act(c, func(d *order.Desk, ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
		if in.Body != 0 {
			return d.AcceptBody(ctx, key, in.Body, by)
		}
		return d.Accept(ctx, key, in.Code, by)
	})
}

// retryOrders sends all orders again that need attention for one problem.
func (s *Server) retryOrders(c echo.Context) error {
	var in api.Retry
	if err := readStrict(c, &in); err != nil {
		return err
	}
	if in.Problem == "" {
		return failure.Wrong("problem", problem.FieldRequired, nil)
	}
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	done, err := desk.RetryAll(c.Request().Context(), in.Problem, visit.By(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.Retried{Retried: done.Sent, Waiting: done.Waiting})
}

// confirmGone says that orders which disappeared from the shop are cancelled.
func (s *Server) confirmGone(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	n, err := desk.ConfirmGone(c.Request().Context(), visit.By(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.Confirmed{Confirmed: n})
}

// A preview is what would be sent to the shop.
type preview struct {
	Request *insales.NewOrder `json:"order"` // null if it cannot be sent
	Problem *api.Problem      `json:"problem"`
	Notices []api.Problem     `json:"notices"`
}

func showPreview(p order.Preview) preview {
	out := preview{Request: p.Request, Problem: describeProblem(p.Problem), Notices: []api.Problem{}}
	for i := range p.Notices {
		out.Notices = append(out.Notices, *describeProblem(&p.Notices[i]))
	}
	return out
}

// previewOrder shows the request that would go to the shop; nothing is sent.
func (s *Server) previewOrder(c echo.Context) error {
	desk, key, err := s.deskAndKey(c)
	if err != nil {
		return err
	}
	p, err := desk.Preview(c.Request().Context(), key)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showPreview(p))
}

// previewBody does the same for a webhook that nobody has sent. It is checked
// as one that somebody has, but for its signature.
func (s *Server) previewBody(c echo.Context) error {
	company := visit.Param(c, "company")
	body, err := readBody(c, ineedchat.MaxBody)
	if err != nil {
		return err
	}
	o, err := s.orderOf(company, body)
	if err != nil {
		return err
	}
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	p, err := desk.PreviewBody(c.Request().Context(), o)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showPreview(p))
}

// orderOf is the order in a webhook that nobody has sent.
func (s *Server) orderOf(company string, body []byte) (*ineedchat.Order, error) {
	e, err := s.envelope(company, body)
	if err != nil {
		return nil, err
	}
	if e.Type != ineedchat.TypeOrderCreated {
		return nil, failure.Wrong("type", problem.FieldOneOf, map[string]string{"values": ineedchat.TypeOrderCreated})
	}
	o, err := e.Order()
	if err != nil {
		return nil, err
	}
	return o, s.check(o, "data")
}

// rereadOrders has the shop's change feed read again from a time in the past.
func (s *Server) rereadOrders(c echo.Context) error {
	var in api.Reread
	if err := readStrict(c, &in); err != nil {
		return err
	}
	since, err := time.Parse(time.RFC3339, in.Since)
	if err != nil {
		return failure.Wrong("since", ruleTime, nil)
	}
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	if err := desk.Reread(c.Request().Context(), since); err != nil {
		return err
	}
	return c.NoContent(http.StatusAccepted)
}

// confirmAccount accepts another InSales account behind the same settings.
func (s *Server) confirmAccount(c echo.Context) error {
	one, err := s.bridge.ConfirmAccount(c.Request().Context(), visit.Param(c, "company"), visit.By(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showCompany(one, storage.Chat{}))
}
