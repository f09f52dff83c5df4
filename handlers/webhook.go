package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/bridge"
	"ineed-insales/ineedchat"
	"ineed-insales/storage"
)

// What a webhook is answered, and how it is counted.
const (
	statusAccepted  = "accepted"
	statusDuplicate = "duplicate"
	statusOK        = "ok"
	statusIgnored   = "ignored"
)

// refusalWrongRoute is a token in the path of a company that wants none there.
const refusalWrongRoute ineedchat.Refusal = "wrong_route"

// An answer is the body of every 2xx to INEED.CHAT.
type answer struct {
	Status         string `json:"status"`
	OrderID        string `json:"order_id,omitempty"`
	InSalesOrderID string `json:"insales_order_id,omitempty"`
}

// receive takes a webhook of INEED.CHAT.
func (s *Server) receive(c echo.Context) error {
	start := time.Now()
	a, err := s.take(c)
	if err != nil {
		s.metrics.refusedFor(sourceChat, err, time.Since(start))
		s.logRefused(c, err)
		return err
	}
	s.metrics.answered(sourceChat, a.Status, time.Since(start))
	if a.Status == statusAccepted {
		return c.JSON(http.StatusAccepted, a)
	}
	return c.JSON(http.StatusOK, a)
}

// take does the checks in the contract's order: size and type, who sent it and
// how often, whether it is JSON, and only then what it says.
func (s *Server) take(c echo.Context) (answer, error) {
	body, err := readBody(c, ineedchat.MaxBody)
	if err != nil {
		return answer{}, err
	}
	company, err := s.sender(c, body)
	if err != nil {
		return answer{}, err
	}
	if !s.rates.allow(company) {
		return answer{}, errTooMany
	}
	a, err := s.takeFrom(c, company, body)
	if err != nil {
		s.keepRefused(c, company, body, err)
	}
	return a, err
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
		return answer{Status: statusOK}, nil
	case ineedchat.TypeOrderCreated:
		return store(s, e.Order, func(o *ineedchat.Order) (string, bridge.Accepted, error) {
			a, err := s.bridge.AcceptOrder(ctx, company, e.Test, o, body)
			return o.ID, a, err
		})
	case ineedchat.TypeOrderPaid:
		return store(s, e.Paid, func(p *ineedchat.OrderPaid) (string, bridge.Accepted, error) {
			a, err := s.bridge.AcceptPaid(ctx, company, e.Test, p)
			return p.ID, a, err
		})
	case ineedchat.TypeOrderCancelled:
		return store(s, e.Cancelled, func(x *ineedchat.OrderCancelled) (string, bridge.Accepted, error) {
			a, err := s.bridge.AcceptCancelled(ctx, company, e.Test, x)
			return x.ID, a, err
		})
	default:
		// A 4xx would make the chat send it again and again.
		return answer{Status: statusIgnored}, nil
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
		return nil, &invalid{fields: []fieldError{{Field: "company_id", Rule: ruleMismatch}}}
	}
	return e, nil
}

// store checks the data of a webhook and stores what it says. When the bridge
// returns without an error, that has survived a power cut: only then may the
// sender forget it.
func store[T any](s *Server, data func() (*T, error), accept func(*T) (id string, a bridge.Accepted, err error)) (answer, error) {
	v, err := data()
	if err != nil {
		return answer{}, err
	}
	if err := s.check(v, "data"); err != nil {
		return answer{}, err
	}
	id, accepted, err := accept(v)
	if errors.Is(err, bridge.ErrNotFound) { // deleted since it was asked for
		err = &ineedchat.AuthError{Reason: ineedchat.RefusalNoSecret}
	}
	if err != nil {
		return answer{}, err
	}
	// The shop was not asked for anything: InSalesID is known only if an earlier
	// delivery of this order has led there.
	a := answer{Status: statusAccepted, OrderID: id}
	if accepted.Duplicate {
		a.Status = statusDuplicate
		if accepted.InSalesID != 0 {
			a.InSalesOrderID = strconv.FormatInt(accepted.InSalesID, 10)
		}
	}
	return a, nil
}

// sender is the company that the request is proven to speak for.
func (s *Server) sender(c echo.Context, body []byte) (string, error) {
	id, token := param(c, "company"), param(c, "token") // the token is "" on the shorter route
	company, err := s.bridge.Company(c.Request().Context(), id)
	unknown := errors.Is(err, bridge.ErrNotFound)
	if err != nil && !unknown {
		return "", err
	}
	if company.Sealed {
		return "", storage.ErrSealed // our fault, so it must not look like theirs
	}
	// An unknown company goes the same way with no secrets.
	err = authenticate(company.Chat, c.Request().Header, token, body)
	if unknown {
		err = &ineedchat.AuthError{Reason: ineedchat.RefusalNoSecret}
	}
	if !unknown {
		s.noteRefused(id, err)
	}
	if company.Chat.Auth == storage.AuthSignature {
		s.noteClock(c.Request().Header, err)
	}
	return id, err
}

// authenticate judges a request by the company's own mode. The other modes are
// worked out all the same, so that neither the mode nor whether there is such a
// company can be told by the time it takes.
func authenticate(chat storage.Chat, h http.Header, token string, body []byte) error {
	secrets := make([]string, len(chat.Secrets))
	for i, secret := range chat.Secrets {
		secrets[i] = secret.Reveal()
	}
	bySignature := ineedchat.VerifySignature(secrets, h, body)
	byBearer := ineedchat.VerifyToken(secrets, ineedchat.BearerToken(h))
	byPath := ineedchat.VerifyToken(secrets, token)
	// The mode is a setting, never a guess from what was sent: else the weakest
	// mode would be open to everybody.
	switch {
	case chat.Auth == storage.AuthPath:
		return byPath
	case token != "":
		return &ineedchat.AuthError{Reason: refusalWrongRoute}
	case chat.Auth == storage.AuthBearer:
		return byBearer
	default:
		return bySignature
	}
}

// noteRefused remembers whether a known company's webhook was believed.
func (s *Server) noteRefused(company string, err error) {
	e, refused := errors.AsType[*ineedchat.AuthError](err)
	switch {
	case err == nil:
		s.bridge.HookBelieved(company)
	case refused && e.Reason != ineedchat.RefusalNoSecret:
		s.bridge.HookRefused(company, string(e.Reason), e.Skew)
	}
}

// noteClock shows how far the sender's clock is from ours, if it can be trusted:
// the message was rightly signed, be it in time or not.
func (s *Server) noteClock(h http.Header, err error) {
	if e, ok := errors.AsType[*ineedchat.AuthError](err); ok {
		if e.Skew != 0 {
			s.bridge.ChatClock(e.Skew)
		}
		return
	}
	if seconds, err := strconv.ParseInt(h.Get(ineedchat.HeaderTimestamp), 10, 64); err == nil {
		s.bridge.ChatClock(time.Until(time.Unix(seconds, 0)))
	}
}

// logRefused tells the operator what the sender is not told. An unknown company
// may be anybody's probing, so it is only for debugging.
func (s *Server) logRefused(c echo.Context, err error) {
	if explain(err).Status >= http.StatusInternalServerError {
		return // fail logs it
	}
	level := slog.LevelWarn
	if e, ok := errors.AsType[*ineedchat.AuthError](err); ok && e.Reason == ineedchat.RefusalNoSecret {
		level = slog.LevelDebug
	}
	s.log.LogAttrs(c.Request().Context(), level, "webhook refused", slog.String("source", sourceChat),
		slog.String("company", c.Param("company")), slog.Any("error", err))
}
