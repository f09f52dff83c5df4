package panel

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// orderActs are the buttons of what is possible now.
func (s *Server) orderActs(c echo.Context, page *web.Order, o *storage.Order) {
	for _, a := range order.Actions(o) {
		b := web.Button{To: orderTo(o.Key, "/"+string(a)), Title: say(c, "act."+string(a))}
		switch a {
		case order.ActionRetry:
			b.Look = "primary"
		case order.ActionCancel, order.ActionErase:
			b.Look = "danger"
			page.Last = append(page.Last, b)
			continue
		case order.ActionAccept:
			continue // stands at each remark
		case order.ActionLink:
			page.Link = b.To
			continue
		case order.ActionPreview:
			if o.State != storage.StateSent { // it has gone: the history shows it
				page.Preview = b.To
			}
			continue
		}
		page.Acts = append(page.Acts, b)
	}
}

// An orderAction is something that a person, named last, has the desk do with an
// order.
type orderAction func(d *order.Desk, ctx context.Context, key storage.OrderKey, by string) (storage.Order, error)

// actOnOrder does what a button of the order's page says.
func (s *Server) actOnOrder(do orderAction) echo.HandlerFunc {
	return func(c echo.Context) error {
		desk, key, err := s.deskAndKey(c)
		if err != nil {
			return err
		}
		if _, err := do(desk, c.Request().Context(), key, visit.By(c)); err != nil {
			return err
		}
		action := c.Path()[strings.LastIndex(c.Path(), "/")+1:]
		return s.goTo(c, addQuery(orderTo(key, ""), "done="+action))
	}
}

// acceptPage ticks off a remark, or makes an order of a second body.
func (s *Server) acceptPage(c echo.Context) error {
	desk, key, err := s.deskAndKey(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	n, err := strconv.Atoi(c.FormValue("body"))
	if err != nil {
		_, err = desk.Accept(ctx, key, c.FormValue("code"), visit.By(c))
	} else if o, err2 := desk.AcceptBody(ctx, key, n, visit.By(c)); err2 == nil {
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
	named, ok := translate.ParseShopOrder(c.FormValue("insales_id"))
	if !ok {
		return s.showOrderPage(c, http.StatusUnprocessableEntity, key, tell(c, &storage.Problem{Code: problem.FieldID}))
	}
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	if _, err := desk.Link(c.Request().Context(), key, named, visit.By(c)); err != nil {
		if failure.Explain(err).Status != http.StatusConflict {
			return err
		}
		return s.showOrderPage(c, http.StatusConflict, key, explainTo(c, err))
	}
	return s.goTo(c, addQuery(orderTo(key, ""), "done=link"))
}
