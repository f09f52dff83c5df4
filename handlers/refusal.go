package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/api"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// listRefusals answers with one page of a company's refused webhooks. They hold
// personal data, as they came.
func (s *Server) listRefusals(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	page, err := pageOf(c, desk.Refusals, showRefusal)
	if err != nil {
		return err
	}
	count, err := desk.RefusalCount(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.Refusals{Page: page, Unseen: count.Unseen, Fresh: count.Fresh,
		LastAt: stamp(count.LastAt)})
}

func showRefusal(r storage.Refusal) api.Refusal {
	out := api.Refusal{At: stamp(r.At), Status: r.Status, Reason: r.Reason,
		Message:     failure.RefusalText(locale.English, r),
		ContentType: r.ContentType, OrderID: r.OrderID, Size: max(r.Size, int64(len(r.Body))),
		Errors: []api.BrokenRule{}, Body: json.RawMessage("null")}
	for _, e := range r.Errors {
		out.Errors = append(out.Errors, api.BrokenRule(e))
	}
	if text := bytes.TrimPrefix(r.Body, []byte("\ufeff")); json.Valid(text) {
		out.Body = text
	} else {
		out.Text = strings.ToValidUTF8(string(r.Body), "\uFFFD")
	}
	return out
}

// seenRefusals notes that a person has seen all refusals there are.
func (s *Server) seenRefusals(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	list, _, err := desk.Refusals(ctx, "", 1)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		if err := desk.SawRefusals(ctx, list[0].Seq); err != nil {
			return err
		}
	}
	return c.NoContent(http.StatusNoContent)
}

// eraseRefusals forgets what is kept of a company's refused webhooks.
func (s *Server) eraseRefusals(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	if err := desk.EraseRefusals(c.Request().Context()); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// longestType is how much is kept of what a sender calls the type of a body.
const longestType = 200

// keepRefused keeps an authentic webhook that is refused: the operator shows it
// to the sender's developer. The answer is the same if it cannot be kept, and it
// is kept even if the sender has hung up.
func (s *Server) keepRefused(c echo.Context, company string, body []byte, size int64, cause error) {
	d := failure.Explain(cause)
	if !kept(d.Status) {
		return
	}
	kind := strings.ToValidUTF8(c.Request().Header.Get(echo.HeaderContentType), "\uFFFD")
	if coding := c.Request().Header.Get("Content-Encoding"); coding != "" {
		kind += " (" + strings.ToValidUTF8(coding, "\uFFFD") + ")"
	}
	r := storage.Refusal{Status: d.Status, Reason: d.Code, ContentType: clip(kind, longestType), Body: body, Size: size}
	for _, e := range d.Errors {
		r.Errors = append(r.Errors, storage.RefusalError{Field: e.Field, Rule: e.Rule})
	}
	ctx := context.WithoutCancel(c.Request().Context())
	desk, err := s.bridge.Desk(company)
	if err == nil {
		err = desk.KeepRefusal(ctx, r)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		s.log.LogAttrs(ctx, slog.LevelWarn, "refused webhook not kept",
			slog.String("company", company), slog.Any("err", err))
	}
}
