package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/bridge"
	"ineed-insales/storage"
)

// A refusal is a webhook that was answered 422, in the API.
type refusal struct {
	At     *time.Time             `json:"at"`
	Errors []storage.RefusalError `json:"errors"`
	Body   json.RawMessage        `json:"body"`
}

// listRefusals answers with one page of a company's refused webhooks. They hold
// personal data, as they came.
func (s *Server) listRefusals(c echo.Context) error {
	limit, err := limitParam(c)
	if err != nil {
		return err
	}
	list, next, err := s.bridge.Refusals(c.Request().Context(), param(c, "company"), c.QueryParam("cursor"), limit)
	if errors.Is(err, storage.ErrCursor) {
		return wrong("cursor", bridge.FieldCursor, nil)
	}
	if err != nil {
		return err
	}
	items := make([]refusal, len(list))
	for i, r := range list {
		items[i] = refusal{At: stamp(r.At), Errors: r.Errors, Body: bytes.TrimPrefix(r.Body, []byte("\ufeff"))}
	}
	return c.JSON(http.StatusOK, page[refusal]{Items: items, Next: next})
}

// keepRefused keeps the body of a webhook that is answered 422. It is what the
// operator shows to the sender's developer; that it could not be kept changes
// nothing of the answer.
func (s *Server) keepRefused(c echo.Context, company string, body []byte, err error) {
	d := explain(err)
	if d.Status != http.StatusUnprocessableEntity {
		return
	}
	list := make([]storage.RefusalError, len(d.Errors))
	for i, e := range d.Errors {
		list[i] = storage.RefusalError{Field: e.Field, Rule: e.Rule}
	}
	if err := s.bridge.KeepRefusal(c.Request().Context(), company, list, body); err != nil {
		s.log.LogAttrs(c.Request().Context(), slog.LevelWarn, "refused webhook not kept", slog.String("company", company), slog.Any("error", err))
	}
}
