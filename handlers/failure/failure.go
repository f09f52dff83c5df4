// Package failure says what an error means to whoever sent the request: which
// status the answer has, which code a script can tell it by, and which words an
// English reader gets. [Explain] is the only place that decides this. The API
// writes the [api.Failure] out as problem+json, and the panel puts the same
// document into words for a page.
//
// An [Invalid] is a request whose values cannot be used. It lists the fields and
// the rules that they break, and never repeats a value. The other errors of this
// package arise while a request is read, before anybody was asked to do anything.
//
// An error that the package does not know is answered 500 without a word of its
// own text, because that text may quote anything, secrets included. The package
// writes no answer and no log.
package failure

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/login"
	"ineed-insales/internal/bridge/probe"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/gate"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// The errors that arise while a request is read and before it is obeyed.
var (
	ErrTooLarge     = errors.New("body too large")
	ErrMediaType    = errors.New("not a JSON type")
	ErrIncomplete   = errors.New("body incomplete")
	ErrUnauthorized = errors.New("no or wrong token")
	ErrNoAPIToken   = errors.New("no API token is configured")
	ErrTooMany      = errors.New("too many requests")
	ErrOtherHost    = errors.New("another host")
	ErrOtherOrigin  = errors.New("a page of another site")
	ErrOwnerOnly    = errors.New("only an owner may do that")
	ErrReadOnly     = errors.New("the token may only read")
	ErrPostOrders   = errors.New("the chat posts its orders here")
	ErrPostChanges  = errors.New("the shop posts its changes here")
	ErrFeedUnready  = errors.New("the catalog was never complete")
	ErrFeedBusy     = errors.New("too many fetch a catalog")
	ErrNotReady     = errors.New("not ready, for a reason that is not the visitor's business")
)

// failures says what each error means to whoever asked. The code is also the
// id of its text. The first entry that fits counts, and an error that no entry
// fits is our own fault: 500.
var failures = []struct {
	err    error
	status int
	code   string
}{
	{gate.ErrCrowded, http.StatusServiceUnavailable, "busy"},
	{ErrTooLarge, http.StatusRequestEntityTooLarge, "too_large"},
	{ErrMediaType, http.StatusUnsupportedMediaType, "media_type"},
	{ErrIncomplete, http.StatusBadRequest, "incomplete"},
	{ErrUnauthorized, http.StatusUnauthorized, "unauthorized"},
	{ErrNoAPIToken, http.StatusUnauthorized, "no_api_token"},
	{ErrTooMany, http.StatusTooManyRequests, "too_many"},
	{ErrOtherHost, http.StatusMisdirectedRequest, "other_host"},
	{ErrOtherOrigin, http.StatusForbidden, "other_origin"},
	{ErrOwnerOnly, http.StatusForbidden, "owner_only"},
	{ErrReadOnly, http.StatusForbidden, "read_only"},
	{login.ErrSignedOut, http.StatusUnauthorized, "signed_out"},
	{login.ErrWrongPassword, http.StatusForbidden, "wrong_password"},
	{login.ErrWrongCode, http.StatusForbidden, "wrong_code"},
	{login.ErrHalfOver, http.StatusUnauthorized, "signed_out"},
	{login.ErrSetupLink, http.StatusGone, "setup_link"},
	{ErrFeedUnready, http.StatusServiceUnavailable, "feed_unready"},
	{ErrFeedBusy, http.StatusServiceUnavailable, "feed_busy"},
	{ErrNotReady, http.StatusServiceUnavailable, "not_ready"},
	{ErrPostOrders, http.StatusMethodNotAllowed, "post_orders"},
	{ErrPostChanges, http.StatusMethodNotAllowed, "post_changes"},
	{echo.ErrNotFound, http.StatusNotFound, "not_found"},
	{echo.ErrMethodNotAllowed, http.StatusMethodNotAllowed, "method_not_allowed"},
	{probe.ErrNever, http.StatusNotFound, problem.NoticeNotProbed},
	{storage.ErrNotFound, http.StatusNotFound, "not_found"},
	{storage.ErrStale, http.StatusConflict, "conflict"},
	{storage.ErrSealed, http.StatusServiceUnavailable, "sealed"},
	{storage.ErrUnreadFull, http.StatusServiceUnavailable, "unread_full"},
	{storage.ErrUnavailable, http.StatusServiceUnavailable, "unavailable"},
	{context.Canceled, http.StatusServiceUnavailable, "cancelled"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "unavailable"},
}

// NewField is an api.FieldError with the words of its rule, if there are any.
func NewField(field, rule string, args map[string]string) api.FieldError {
	return api.FieldError{Field: field, Rule: rule, Args: args, Message: locale.Problem(locale.English, rule, args)}
}

// maxErrors is how many errors a document lists. An order of 500 bad lines need
// not be answered with 2,000 of them.
const maxErrors = 20

// An Invalid is a request with values that cannot be used.
type Invalid struct{ Fields []api.FieldError }

// Error names fields and rules, never values.
func (e *Invalid) Error() string {
	text := "invalid:"
	for _, f := range e.Fields {
		text += " " + f.Field + " (" + f.Rule + ")"
	}
	return text
}

// Wrong is an Invalid of one field, with the words of its rule if there are any.
func Wrong(field, rule string, args map[string]string) *Invalid {
	return &Invalid{Fields: []api.FieldError{NewField(field, rule, args)}}
}

// A NotReady says why the connector is not ready.
type NotReady struct{ Reason error }

// Error gives the reason.
func (e *NotReady) Error() string { return "not ready: " + e.Reason.Error() }

// Explain makes the document of an error.
func Explain(err error) api.Failure {
	if _, ok := errors.AsType[*ineedchat.AuthError](err); ok {
		// Without detail, so that nothing can be learnt by trying.
		return api.Failure{Status: http.StatusUnauthorized, Code: "unauthorized"}
	}
	if _, ok := errors.AsType[*ineedchat.SyntaxError](err); ok {
		return describe(http.StatusBadRequest, "not_json", nil)
	}
	if e, ok := errors.AsType[*ineedchat.FieldError](err); ok {
		return unprocessable([]api.FieldError{{Field: e.Field, Rule: e.Rule}})
	}
	if e, ok := errors.AsType[*Invalid](err); ok {
		return unprocessable(e.Fields)
	}
	if e, ok := errors.AsType[*problem.Invalid](err); ok {
		return unprocessable(settingsFields(e))
	}
	// The code of what the bridge refuses to do is that of its problem, so that a
	// script can tell one from another.
	if e, ok := errors.AsType[*problem.Refused](err); ok {
		return api.Failure{Status: http.StatusConflict, Code: e.Problem.Code, Args: e.Problem.Args,
			Detail: locale.Problem(locale.English, e.Problem.Code, e.Problem.Args)}
	}
	if e, ok := errors.AsType[*login.TooSoon](err); ok {
		return describe(http.StatusTooManyRequests, "too_soon", map[string]string{"seconds": RetryAfter(e)})
	}
	if e, ok := errors.AsType[*NotReady](err); ok {
		return describe(http.StatusServiceUnavailable, "not_ready", map[string]string{"reason": e.Reason.Error()})
	}
	for _, f := range failures {
		if errors.Is(err, f.err) {
			return describe(f.status, f.code, nil)
		}
	}
	// What Echo itself finds wrong with a request, such as a bad escape.
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code < http.StatusInternalServerError {
		return describe(e.Code, "bad_request", nil)
	}
	return describe(http.StatusInternalServerError, "internal", nil)
}

// describe is a document with the words of one of our own codes.
func describe(status int, code string, args map[string]string) api.Failure {
	return api.Failure{Status: status, Code: code, Detail: locale.Text(locale.English, "http."+code, args)}
}

// unprocessable is the 422 that lists what is wrong, up to a bound.
func unprocessable(fields []api.FieldError) api.Failure {
	d := describe(http.StatusUnprocessableEntity, "invalid", nil)
	d.Errors = fields[:min(len(fields), maxErrors)]
	return d
}

// settingsFields puts into words what the bridge finds wrong with settings.
func settingsFields(e *problem.Invalid) []api.FieldError {
	list := make([]api.FieldError, len(e.Fields))
	for i, f := range e.Fields {
		list[i] = NewField(f.Field, f.Problem.Code, f.Problem.Args)
	}
	return list
}

// retryAfter is what we ask of a sender when we cannot take its message: long
// enough for a restart, short enough not to delay an order noticeably.
const retryAfter = "5"

// retryFeed is the same for who fetches a catalog: reading one takes minutes, and so does
// fetching it.
const retryFeed = "60"

// RetryAfter is how long the sender of a request that failed like this is to
// wait before it tries again, in seconds.
func RetryAfter(err error) string {
	if e, ok := errors.AsType[*login.TooSoon](err); ok {
		return strconv.Itoa(int(math.Ceil(e.Wait.Seconds())))
	}
	if errors.Is(err, ErrFeedUnready) || errors.Is(err, ErrFeedBusy) {
		return retryFeed
	}
	return retryAfter
}

// RefusalText is why an authentic webhook became nothing, in a language.
func RefusalText(lang string, r storage.Refusal) string {
	args := map[string]string{"kind": r.ContentType, "order": r.OrderID, "max": strconv.Itoa(storage.MaxBodies)}
	return locale.Text(lang, "refused."+r.Reason, args)
}
