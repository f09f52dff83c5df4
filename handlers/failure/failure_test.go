package failure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

func TestExplain(t *testing.T) {
	refused := &problem.Refused{Problem: storage.Problem{Code: problem.RefusedRetry,
		Args: map[string]string{"state": "sending"}}}
	settings := &problem.Invalid{Fields: []problem.FieldProblem{{Field: "shop.url",
		Problem: storage.Problem{Code: problem.FieldURL}}}}
	tests := []struct {
		err    error
		status int
		code   string
		detail string // part of it
	}{
		{ErrTooLarge, 413, "too_large", "too large"},
		{ErrMediaType, 415, "media_type", "application/json"},
		{fmt.Errorf("%w: %w", ErrIncomplete, errors.New("EOF")), 400, "incomplete", "completely"},
		{&ineedchat.AuthError{Reason: ineedchat.RefusalWrongToken}, 401, "unauthorized", ""},
		{ErrNoAPIToken, 401, "no_api_token", "CONNECTOR_API_TOKEN"},
		{ErrUnauthorized, 401, "unauthorized", "Bearer"},
		{&ineedchat.SyntaxError{Offset: 3}, 400, "not_json", "not JSON"},
		{&ineedchat.FieldError{Field: "data.items", Rule: "array"}, 422, "invalid", "cannot be used"},
		{Wrong("limit", problem.FieldRange, nil), 422, "invalid", "cannot be used"},
		{settings, 422, "invalid", "cannot be used"},
		{fmt.Errorf("order 1/2: %w", refused), 409, problem.RefusedRetry, "being sent"},
		{fmt.Errorf("company 1: %w", storage.ErrNotFound), 404, "not_found", "no such"},
		{fmt.Errorf("commit: %w", storage.ErrUnavailable), 503, "unavailable", "Try again"},
		{storage.ErrSealed, 503, "sealed", "secrets"},
		{storage.ErrStale, 409, "conflict", "Somebody else"},
		{context.Canceled, 503, "cancelled", "interrupted"},
		{&NotReady{Reason: errors.New("the disk is full")}, 503, "not_ready", "the disk is full"},
		{echo.ErrMethodNotAllowed, 405, "method_not_allowed", "method"},
		{echo.NewHTTPError(http.StatusTeapot), 418, "bad_request", ""},
		{errors.New("a secret of ours"), 500, "internal", "log"},
	}
	for _, test := range tests {
		d := Explain(test.err)
		if d.Status != test.status || d.Code != test.code || !strings.Contains(d.Detail, test.detail) {
			t.Errorf("Explain(%v) = %d %s %q, want %d %s %q", test.err, d.Status, d.Code, d.Detail, test.status,
				test.code, test.detail)
		}
	}
	if d := Explain(&ineedchat.AuthError{}); d.Detail != "" {
		t.Errorf("a 401 to a webhook explains itself: %q", d.Detail)
	}
	if d := Explain(settings); len(d.Errors) != 1 || d.Errors[0].Field != "shop.url" || d.Errors[0].Message == "" {
		t.Errorf("errors of settings: %+v", d.Errors)
	}
}

func TestManyErrorsAreCut(t *testing.T) {
	bad := &Invalid{}
	for range 500 {
		bad.Fields = append(bad.Fields, api.FieldError{Field: "data.items", Rule: "required"})
	}
	if got := len(Explain(bad).Errors); got != maxErrors {
		t.Errorf("%d errors are listed, want %d", got, maxErrors)
	}
}

// TestEveryFailureHasItsWords: no code is ever shown without a text, in either
// language.
func TestEveryFailureHasItsWords(t *testing.T) {
	codes := []string{"bad_request", "not_json", "invalid", "internal", "not_ready", "too_soon"}
	for _, f := range failures {
		codes = append(codes, f.code)
	}
	for _, code := range codes {
		for _, lang := range []string{locale.Russian, locale.English} {
			if !slices.Contains(locale.IDs(lang), "http."+code) {
				t.Errorf("no text http.%s in %s", code, lang)
			}
		}
	}
}
