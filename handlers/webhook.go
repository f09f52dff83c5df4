package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// What a webhook is answered, and how it is counted.
const (
	statusAccepted  = "accepted"
	statusDuplicate = "duplicate"
	statusOK        = "ok"
	statusIgnored   = "ignored"
)

// An answer is the body of every 2xx to INEED.CHAT.
type answer struct {
	Status         string `json:"status"`
	OrderID        string `json:"order_id,omitempty"`
	InSalesOrderID string `json:"insales_order_id,omitempty"`

	counted string // as what; "" = as its status
	heard   string // what the chat has sent: order.HeardOrder and so on
}

// receive takes a webhook of INEED.CHAT.
func (s *Server) receive(c echo.Context) error {
	start := time.Now()
	cl := claimed(c)
	a, err := s.take(c, cl)
	return s.answer(c, cl, a, err, time.Since(start))
}

// answer answers a webhook and counts it. A company may have an answer of its own for
// whatever was taken.
func (s *Server) answer(c echo.Context, cl *claim, a answer, err error, took time.Duration) error {
	if err != nil {
		s.metrics.refusedFor(sourceChat, err, cl.proven, took)
		s.logRefused(c, cl, err)
		return err
	}
	s.metrics.answered(sourceChat, cmp.Or(a.counted, a.Status), took)
	if w := cl.door.Chat.Wire; w != nil && w.Answer != nil {
		kind := echo.MIMETextPlainCharsetUTF8
		if text := strings.TrimSpace(w.Answer.Body); strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
			kind = echo.MIMEApplicationJSON
		}
		return c.Blob(w.Answer.Status, kind, []byte(w.Answer.Body))
	}
	if a.Status == statusAccepted {
		return c.JSON(http.StatusAccepted, a)
	}
	return c.JSON(http.StatusOK, a)
}

// take does the checks in the order of the contract: size and type, who sent the
// webhook and how often, whether it is JSON, and only then what it says. What the
// chat itself has sent and cannot make good by trying again is kept, whatever it
// is refused for. A type that the contract does not know is not refused: the chat
// may tell of much that is no order, so such a webhook is only counted.
func (s *Server) take(c echo.Context, cl *claim) (answer, error) {
	body, err := readBody(c, ineedchat.MaxBody)
	if err != nil {
		return s.takeUntyped(c, cl, body, err)
	}
	if err := s.believe(c, cl, body); err != nil {
		return answer{}, err
	}
	cl.proven = true
	visit.Proven(c)
	if !s.quotas.allow(cl.company, len(body)) {
		return answer{}, failure.ErrTooMany
	}
	a, err := s.takeProven(c, cl, body)
	if err != nil {
		s.keepRefused(c, cl.company, body, int64(len(body)), err)
		s.bridge.Office.Proven(cl.company, cl.heard(order.HeardRefused))
		return answer{}, err
	}
	// What was refused although it was believed says nothing of the secret, and
	// the other way round: each note is cleared by what disproves it.
	s.bridge.Office.Believed(cl.company, cl.heard(a.heard))
	return a, nil
}

// takeProven takes an authentic webhook by the wire that its company has.
func (s *Server) takeProven(c echo.Context, cl *claim, body []byte) (answer, error) {
	if cl.door.Chat.Wire.Translates() {
		return s.takeWire(c, cl, body)
	}
	return s.takeFrom(c, cl.company, body)
}

// takeFrom takes an authentic webhook of a company.
func (s *Server) takeFrom(c echo.Context, company string, body []byte) (answer, error) {
	e, err := s.envelope(company, body)
	if err != nil {
		return answer{}, err
	}
	ctx := c.Request().Context()
	switch e.Type {
	case ineedchat.TypePing: // somebody checks the secret; it fitted
		return answer{Status: statusOK, heard: order.HeardPing}, nil
	case ineedchat.TypeOrderCreated:
		return store(s, company, order.HeardOrder, e.Order, func(d *order.Desk, o *ineedchat.Order) (string, order.Accepted, error) {
			a, err := d.AcceptOrder(ctx, e.Test, o, body)
			return o.ID, a, err
		})
	case ineedchat.TypeOrderPaid:
		return store(s, company, order.HeardPaid, e.Paid, func(d *order.Desk, p *ineedchat.OrderPaid) (string, order.Accepted, error) {
			a, err := d.AcceptPaid(ctx, e.Test, p)
			return p.ID, a, err
		})
	case ineedchat.TypeOrderCancelled:
		return store(s, company, order.HeardCancelled, e.Cancelled,
			func(d *order.Desk, x *ineedchat.OrderCancelled) (string, order.Accepted, error) {
				a, err := d.AcceptCancelled(ctx, e.Test, x)
				return x.ID, a, err
			})
	default:
		// A 4xx would make the chat send it again and again.
		return answer{Status: statusIgnored, heard: order.HeardOther}, nil
	}
}

// envelope decodes and checks what every webhook has in common.
func (s *Server) envelope(company string, body []byte) (*ineedchat.Envelope, error) {
	e, err := ineedchat.Decode(body)
	if err != nil {
		return nil, err
	}
	if err := s.check(e, ""); err != nil {
		return nil, err
	}
	// The secret is the path's company's: an envelope that names another one was
	// sent to the wrong address, and its order ids are not this company's.
	if e.CompanyID != company {
		return nil, &failure.Invalid{Fields: []api.FieldError{{Field: "company_id", Rule: ruleMismatch}}}
	}
	return e, nil
}

// store checks the data of a webhook and lets the company's desk store what it
// says. When the desk returns without an error, that has survived a power cut. Only
// then may the sender forget it.
func store[T any](s *Server, company, heard string, data func() (*T, error),
	accept func(*order.Desk, *T) (id string, a order.Accepted, err error)) (answer, error) {
	v, err := data()
	if err != nil {
		return answer{}, err
	}
	if err := s.check(v, "data"); err != nil {
		return answer{}, err
	}
	var id string
	var accepted order.Accepted
	desk, err := s.bridge.Desk(company)
	if err == nil {
		id, accepted, err = accept(desk, v)
	}
	if errors.Is(err, storage.ErrNotFound) { // deleted since it was asked for
		err = &ineedchat.AuthError{Reason: ineedchat.RefusalNoSecret}
	}
	if err != nil {
		return answer{}, err
	}
	// The shop was not asked for anything: InSalesID is known only if an earlier
	// delivery of this order has led there.
	a := answer{Status: statusAccepted, OrderID: id, heard: heard}
	if accepted.Duplicate {
		a.Status = statusDuplicate
		if accepted.InSalesID != 0 {
			a.InSalesOrderID = strconv.FormatInt(accepted.InSalesID, 10)
		}
	}
	return a, nil
}
