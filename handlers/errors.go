package handlers

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/panel"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// A savedButOff is settings that were stored although they are invalid: the sync
// that they ask for could not be switched on with them.
type savedButOff struct {
	*problem.Invalid
	stored api.Company
}

// Unwrap gives what is wrong with the settings.
func (e *savedButOff) Unwrap() error { return e.Invalid }

// failureOf makes the body that an error is answered with.
func failureOf(err error) api.Failure {
	f := failure.Explain(err)
	if e, ok := errors.AsType[*savedButOff](err); ok {
		f.Company = &e.stored
	}
	return f
}

// fail answers a request with an error. It is the only place that logs one.
func (s *Server) fail(err error, c echo.Context) {
	err = notPosted(c, err)
	d := failureOf(err)
	// That somebody hung up is no failure of ours.
	if d.Status >= http.StatusInternalServerError && d.Code != "cancelled" && d.Code != "busy" {
		s.log.LogAttrs(c.Request().Context(), slog.LevelError, "request failed",
			slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.Int("status", d.Status),
			about(c, "company"), about(c, "order"),
			slog.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)), slog.Any("err", err))
	}
	if c.Response().Committed {
		return // part of an answer has left; it cannot be taken back
	}
	h := c.Response().Header()
	if c.Request().ContentLength != 0 && leavesUnread(d.Status) {
		h.Set(echo.HeaderConnection, "close")
	}
	switch d.Status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		h.Set(echo.HeaderRetryAfter, failure.RetryAfter(err))
	case http.StatusUnauthorized:
		h.Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	if panel.WantsPage(c) {
		// An error of rendering has no other page to be shown on.
		_ = s.panel.ShowFailure(c, d)
		return
	}
	// Only who may ask hears what is not there: a wrong token in a path is told
	// the same whether or not there is such a company.
	if d.Code == "not_found" && errors.Is(err, storage.ErrNotFound) {
		d.Detail = s.missing(c)
	}
	d.Type, d.Title = "about:blank", http.StatusText(d.Status)
	body, err := json.Marshal(d)
	if err != nil { // not reached: a document is plain text and numbers
		body = []byte("{}")
	}
	// An error of writing means that nobody reads any more.
	h.Set(echo.HeaderContentType, "application/problem+json") // in place of what an answer without a fault was to have
	_ = c.Blob(d.Status, "application/problem+json", body)
}

// missing says what of a path is not there.
func (s *Server) missing(c echo.Context) string {
	args := map[string]string{}
	if company := visit.Param(c, "company"); company != "" {
		if _, err := s.bridge.Company(c.Request().Context(), company); err != nil {
			args["company"] = company
		} else {
			args["order"] = visit.Param(c, "order")
		}
	}
	return locale.Text(locale.English, "http.not_found", args)
}

// leavesUnread reports whether a request with this answer may have a body that
// nobody has read. The server would wait for its rest before it answers.
func leavesUnread(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusMisdirectedRequest,
		http.StatusServiceUnavailable:
		return true
	}
	return false
}
