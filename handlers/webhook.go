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
		s.metrics.refusedFor(err, time.Since(start))
		s.logRefused(c, err)
		return err
	}
	s.metrics.answered(a.Status, time.Since(start))
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
	e, err := ineedchat.Decode(body)
	if err != nil {
		return answer{}, err
	}
	if err := s.check(e, ""); err != nil {
		return answer{}, err
	}
	// The secret is the path's company's: an envelope that names another one was
	// sent to the wrong address, and its order ids are not this company's.
	if e.CompanyID != company {
		return answer{}, &invalid{fields: []fieldError{{Field: "company_id", Rule: ruleMismatch}}}
	}
	switch e.Type {
	case ineedchat.TypePing: // somebody checks the secret; it fitted
		return answer{Status: statusOK}, nil
	case ineedchat.TypeOrderCreated:
		return s.takeOrder(c, company, e, body)
	default:
		// A 4xx would make the chat send it again and again.
		return answer{Status: statusIgnored}, nil
	}
}

// takeOrder stores a new order. When AcceptOrder returns without an error, the
// order has survived a power cut: only then may the sender forget it.
func (s *Server) takeOrder(c echo.Context, company string, e *ineedchat.Envelope, body []byte) (answer, error) {
	o, err := e.Order()
	if err != nil {
		return answer{}, err
	}
	if err := s.check(o, "data"); err != nil {
		return answer{}, err
	}
	accepted, err := s.bridge.AcceptOrder(c.Request().Context(), company, e.Test, o, body)
	if errors.Is(err, bridge.ErrNotFound) { // deleted since it was asked for
		err = &ineedchat.AuthError{Reason: ineedchat.RefusalNoSecret}
	}
	if err != nil {
		return answer{}, err
	}
	// The shop was not asked for anything: InSalesID is known only if an earlier
	// delivery of this order has led there.
	a := answer{Status: statusAccepted, OrderID: o.ID}
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

// noteClock shows how far the sender's clock is from ours, if it can be trusted:
// the message was rightly signed, be it in time or not.
func (s *Server) noteClock(h http.Header, err error) {
	if e, ok := errors.AsType[*ineedchat.AuthError](err); ok {
		if e.Skew != 0 {
			s.metrics.clock(e.Skew)
		}
		return
	}
	if seconds, err := strconv.ParseInt(h.Get(ineedchat.HeaderTimestamp), 10, 64); err == nil {
		s.metrics.clock(time.Until(time.Unix(seconds, 0)))
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
