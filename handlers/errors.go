package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/gate"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// Errors that arise here.
var (
	errTooLarge     = errors.New("body too large")
	errMediaType    = errors.New("not a JSON type")
	errIncomplete   = errors.New("body incomplete")
	errUnauthorized = errors.New("no or wrong token")
	errNoAPIToken   = errors.New("no API token is configured")
	errTooMany      = errors.New("too many requests")
	errOtherHost    = errors.New("another host")
	errOtherOrigin  = errors.New("a page of another site")
	errPostOrders   = errors.New("the chat posts its orders here")
	errPostChanges  = errors.New("the shop posts its changes here")
)

// failures says what each error means to whoever asked. The code is also the
// id of its text; the first that fits counts, and what is not here is ours:
// 500.
var failures = []struct {
	err    error
	status int
	code   string
}{
	{gate.ErrCrowded, http.StatusServiceUnavailable, "busy"},
	{errTooLarge, http.StatusRequestEntityTooLarge, "too_large"},
	{errMediaType, http.StatusUnsupportedMediaType, "media_type"},
	{errIncomplete, http.StatusBadRequest, "incomplete"},
	{errUnauthorized, http.StatusUnauthorized, "unauthorized"},
	{errNoAPIToken, http.StatusUnauthorized, "no_api_token"},
	{errTooMany, http.StatusTooManyRequests, "too_many"},
	{errOtherHost, http.StatusMisdirectedRequest, "other_host"},
	{errOtherOrigin, http.StatusForbidden, "other_origin"},
	{bridge.ErrSignedOut, http.StatusUnauthorized, "signed_out"},
	{bridge.ErrWrongPassword, http.StatusForbidden, "wrong_password"},
	{bridge.ErrSetupLink, http.StatusGone, "setup_link"},
	{errPostOrders, http.StatusMethodNotAllowed, "post_orders"},
	{errPostChanges, http.StatusMethodNotAllowed, "post_changes"},
	{echo.ErrNotFound, http.StatusNotFound, "not_found"},
	{echo.ErrMethodNotAllowed, http.StatusMethodNotAllowed, "method_not_allowed"},
	{bridge.ErrNotFound, http.StatusNotFound, "not_found"},
	{storage.ErrNotFound, http.StatusNotFound, "not_found"},
	{storage.ErrStale, http.StatusConflict, "conflict"},
	{storage.ErrSealed, http.StatusServiceUnavailable, "sealed"},
	{storage.ErrUnavailable, http.StatusServiceUnavailable, "unavailable"},
	{context.Canceled, http.StatusServiceUnavailable, "cancelled"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "unavailable"},
}

// retryAfter is what we ask of a sender when we cannot take its message: long
// enough for a restart, short enough not to delay an order noticeably.
const retryAfter = "5"

// A document is the body of every error: problem+json of RFC 9457, with members
// of our own.
type document struct {
	Type    string            `json:"type"`
	Title   string            `json:"title"`
	Status  int               `json:"status"`
	Detail  string            `json:"detail,omitempty"`
	Code    string            `json:"code"`
	Args    map[string]string `json:"args,omitempty"`
	Errors  []fieldError      `json:"errors,omitempty"`
	Company *company          `json:"company,omitempty"` // as stored all the same
}

// A fieldError says what is wrong with one value of a request.
type fieldError struct {
	Field   string            `json:"field"` // JSON path, "data.items[0].price"; "" = the body itself
	Rule    string            `json:"rule"`
	Args    map[string]string `json:"args,omitempty"`
	Message string            `json:"message,omitempty"`
}

// maxErrors is how many errors an answer lists: an order of 500 bad lines need
// not be answered with 2,000 of them.
const maxErrors = 20

// An invalid is a request with unusable values.
type invalid struct {
	fields []fieldError
	stored *company // the settings that were stored nevertheless
}

// Error names fields and rules, never values.
func (e *invalid) Error() string {
	text := "invalid:"
	for _, f := range e.fields {
		text += " " + f.Field + " (" + f.Rule + ")"
	}
	return text
}

// wrong is an invalid of one field, with the words of its rule if it has any.
func wrong(field, rule string, args map[string]string) *invalid {
	return &invalid{fields: []fieldError{told(field, rule, args)}}
}

// told is a fieldError with its words.
func told(field, rule string, args map[string]string) fieldError {
	return fieldError{Field: field, Rule: rule, Args: args, Message: locale.Problem(locale.English, rule, args)}
}

// A notReady says why the connector is not ready.
type notReady struct{ reason error }

// Error gives the reason.
func (e *notReady) Error() string { return "not ready: " + e.reason.Error() }

// explain makes the document of an error.
func explain(err error) document {
	if _, ok := errors.AsType[*ineedchat.AuthError](err); ok {
		// Without detail, so that nothing can be learnt by trying.
		return document{Status: http.StatusUnauthorized, Code: "unauthorized"}
	}
	if _, ok := errors.AsType[*ineedchat.SyntaxError](err); ok {
		return describeFailure(http.StatusBadRequest, "not_json", nil)
	}
	if e, ok := errors.AsType[*ineedchat.FieldError](err); ok {
		return unprocessable(&invalid{fields: []fieldError{{Field: e.Field, Rule: e.Rule}}})
	}
	if e, ok := errors.AsType[*invalid](err); ok {
		return unprocessable(e)
	}
	if e, ok := errors.AsType[*problem.Invalid](err); ok {
		return unprocessable(invalidSettings(e))
	}
	// A refusal is its own code, so that a script can tell one from another.
	if e, ok := errors.AsType[*problem.Refused](err); ok {
		return document{Status: http.StatusConflict, Code: e.Problem.Code, Args: e.Problem.Args,
			Detail: locale.Problem(locale.English, e.Problem.Code, e.Problem.Args)}
	}
	if e, ok := errors.AsType[*bridge.TooSoon](err); ok {
		return describeFailure(http.StatusTooManyRequests, "too_soon", map[string]string{"seconds": retryAfterOf(e)})
	}
	if e, ok := errors.AsType[*notReady](err); ok {
		return describeFailure(http.StatusServiceUnavailable, "not_ready", map[string]string{"reason": e.reason.Error()})
	}
	for _, f := range failures {
		if errors.Is(err, f.err) {
			return describeFailure(f.status, f.code, nil)
		}
	}
	// What Echo itself finds wrong with a request, such as a bad escape.
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code < http.StatusInternalServerError {
		return describeFailure(e.Code, "bad_request", nil)
	}
	// The words of an unexpected error are for our log only: they may quote
	// anything.
	return describeFailure(http.StatusInternalServerError, "internal", nil)
}

// describeFailure is a document with the words of one of our own codes.
func describeFailure(status int, code string, args map[string]string) document {
	return document{Status: status, Code: code, Detail: locale.Text(locale.English, "http."+code, args)}
}

// unprocessable is the 422 that lists what is wrong, up to a bound.
func unprocessable(e *invalid) document {
	d := describeFailure(http.StatusUnprocessableEntity, "invalid", nil)
	d.Errors, d.Company = e.fields[:min(len(e.fields), maxErrors)], e.stored
	return d
}

// invalidSettings puts the bridge's findings into words.
func invalidSettings(e *problem.Invalid) *invalid {
	list := make([]fieldError, len(e.Fields))
	for i, f := range e.Fields {
		list[i] = told(f.Field, f.Problem.Code, f.Problem.Args)
	}
	return &invalid{fields: list}
}

// missing says what of a path is not there.
func (s *Server) missing(c echo.Context) string {
	args := map[string]string{}
	if company := param(c, "company"); company != "" {
		if _, err := s.bridge.Company(c.Request().Context(), company); err != nil {
			args["company"] = company
		} else {
			args["order"] = param(c, "order")
		}
	}
	return locale.Text(locale.English, "http.not_found", args)
}

// fail answers a request with an error. It is the only place that logs one.
func (s *Server) fail(err error, c echo.Context) {
	err = notPosted(c, err)
	d := explain(err)
	// That somebody hung up is no failure of ours.
	if d.Status >= http.StatusInternalServerError && d.Code != "cancelled" && d.Code != "busy" {
		s.log.LogAttrs(c.Request().Context(), slog.LevelError, "request failed",
			slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.Int("status", d.Status),
			slog.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)), slog.Any("error", err))
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
		h.Set(echo.HeaderRetryAfter, retryAfterOf(err))
	case http.StatusUnauthorized:
		h.Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	if wantsPage(c) {
		// An error of rendering has no other page to be shown on.
		_ = s.failPage(c, d)
		return
	}
	// Only who may ask hears what is not there: a wrong token in a path is told
	// the same whether or not there is such a company.
	if errors.Is(err, bridge.ErrNotFound) {
		d.Detail = s.missing(c)
	}
	d.Type, d.Title = "about:blank", http.StatusText(d.Status)
	body, err := json.Marshal(d)
	if err != nil { // not reached: a document is plain text and numbers
		body = []byte("{}")
	}
	// An error of writing means that nobody reads any more.
	_ = c.Blob(d.Status, "application/problem+json", body)
}
