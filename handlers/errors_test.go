package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

func TestExplain(t *testing.T) {
	refused := &problem.Refused{Problem: storage.Problem{Code: problem.RefusedRetry, Args: map[string]string{"state": "sending"}}}
	settings := &problem.Invalid{Fields: []problem.FieldProblem{{Field: "shop.url", Problem: storage.Problem{Code: problem.FieldURL}}}}
	tests := []struct {
		err    error
		status int
		code   string
		detail string // part of it
	}{
		{errTooLarge, 413, "too_large", "too large"},
		{errMediaType, 415, "media_type", "application/json"},
		{fmt.Errorf("%w: %w", errIncomplete, errors.New("EOF")), 400, "incomplete", "completely"},
		{&ineedchat.AuthError{Reason: ineedchat.RefusalWrongToken}, 401, "unauthorized", ""},
		{errNoAPIToken, 401, "no_api_token", "CONNECTOR_API_TOKEN"},
		{errUnauthorized, 401, "unauthorized", "Bearer"},
		{&ineedchat.SyntaxError{Offset: 3}, 400, "not_json", "not JSON"},
		{&ineedchat.FieldError{Field: "data.items", Rule: "array"}, 422, "invalid", "cannot be used"},
		{wrong("limit", problem.FieldRange, nil), 422, "invalid", "cannot be used"},
		{settings, 422, "invalid", "cannot be used"},
		{fmt.Errorf("order 1/2: %w", refused), 409, problem.RefusedRetry, "being sent"},
		{fmt.Errorf("company 1: %w", bridge.ErrNotFound), 404, "not_found", "no such"},
		{fmt.Errorf("commit: %w", storage.ErrUnavailable), 503, "unavailable", "Try again"},
		{storage.ErrSealed, 503, "sealed", "secrets"},
		{storage.ErrStale, 409, "conflict", "Somebody else"},
		{context.Canceled, 503, "cancelled", "interrupted"},
		{&notReady{reason: errors.New("the disk is full")}, 503, "not_ready", "the disk is full"},
		{echo.ErrMethodNotAllowed, 405, "method_not_allowed", "method"},
		{echo.NewHTTPError(http.StatusTeapot), 418, "bad_request", ""},
		{errors.New("a secret of ours"), 500, "internal", "log"},
	}
	for _, test := range tests {
		d := explain(test.err)
		if d.Status != test.status || d.Code != test.code || !strings.Contains(d.Detail, test.detail) {
			t.Errorf("explain(%v) = %d %s %q, want %d %s %q", test.err, d.Status, d.Code, d.Detail, test.status, test.code, test.detail)
		}
	}
	if d := explain(&ineedchat.AuthError{}); d.Detail != "" {
		t.Errorf("a 401 to a webhook explains itself: %q", d.Detail)
	}
	if d := explain(settings); len(d.Errors) != 1 || d.Errors[0].Field != "shop.url" || d.Errors[0].Message == "" {
		t.Errorf("errors of settings: %+v", d.Errors)
	}
}

func TestManyErrorsAreCut(t *testing.T) {
	bad := &invalid{}
	for range 500 {
		bad.fields = append(bad.fields, fieldError{Field: "data.items", Rule: "required"})
	}
	if got := len(explain(bad).Errors); got != maxErrors {
		t.Errorf("%d errors are listed, want %d", got, maxErrors)
	}
}

func TestProblemJSON(t *testing.T) {
	s := New(Config{})
	res := request(t, s.Public(), "GET", "/no/such/page", "")
	if got := res.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	var d map[string]any
	if err := json.Unmarshal(res.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"type": "about:blank", "title": "Not Found", "status": 404.0, "code": "not_found"} {
		if d[name] != want {
			t.Errorf("%s = %v, want %v", name, d[name], want)
		}
	}
}
