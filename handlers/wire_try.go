package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// listPresets gives the programs that are shipped.
func (s *Server) listPresets(c echo.Context) error {
	list := []api.WirePreset{}
	for _, name := range wire.Presets() {
		program, _ := wire.Preset(name)
		list = append(list, api.WirePreset{Name: name, Program: program})
	}
	return c.JSON(http.StatusOK, api.WirePresets{Items: list})
}

// tryWire tells what a wire would make of a body, and keeps nothing. Without a wire in the
// request it is the company's own.
func (s *Server) tryWire(c echo.Context) error {
	var in api.WireTrial
	if err := readStrictOf(c, &in, maxTrial); err != nil {
		return err
	}
	out, err := s.tryOn(c.Request().Context(), visit.Param(c, "company"), in)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

// maxTrial is the size of a trial: a body of the greatest size with every byte escaped,
// and a program.
const maxTrial = 6*ineedchat.MaxBody + 2*wire.MaxProgram

// tryOn makes a trial for a company.
func (s *Server) tryOn(ctx context.Context, company string, in api.WireTrial) (api.WireResult, error) {
	desk, err := s.bridge.Desk(company)
	if err != nil {
		return api.WireResult{}, err
	}
	if in.Order != "" || in.Report != "" {
		return tryReport(ctx, desk, in)
	}
	r := storage.Received{At: time.Now(), ContentType: in.ContentType, Query: in.Query, Body: []byte(in.Body)}
	if in.ContentType != "" {
		r.Headers = map[string]string{"content-type": in.ContentType}
	}
	if in.Unread != 0 {
		if r, err = desk.OneUnread(ctx, in.Unread); err != nil {
			return api.WireResult{}, err
		}
	}
	var p *program
	if in.Preset != "" || len(in.Fields) > 0 || in.Receive != "" {
		p = makeProgram(&storage.Wire{Preset: in.Preset, Fields: in.Fields, Receive: in.Receive})
	} else {
		p = s.programs.of(desk.Wire())
	}
	read, err := s.readDelivery(ctx, company, p, r)
	if err != nil {
		return api.WireResult{}, err
	}
	return api.WireResult{Envelopes: append([]json.RawMessage{}, read.envelopes...),
		Errors: append([]api.FieldError{}, read.errors...)}, nil
}

// tryReport tells by which request a chat would be told how an order stands.
func tryReport(ctx context.Context, desk *order.Desk, in api.WireTrial) (api.WireResult, error) {
	out := api.WireResult{Envelopes: []json.RawMessage{}, Errors: []api.FieldError{}}
	if in.Order == "" {
		return out, failure.Wrong("order", problem.FieldRequired, nil)
	}
	r, err := desk.TryReport(ctx, storage.OrderKey{Company: desk.ID(), ID: in.Order}, in.Report)
	failed, nowhere := &wire.ReportError{}, &ineedchat.Error{}
	switch {
	case errors.Is(err, wire.ErrNoBox):
		return out, &failure.NotReady{Reason: err}
	case errors.Is(err, wire.ErrNoProgram):
		out.Errors = wrongWire("report", ruleWireNone, "")
	case errors.As(err, &failed):
		field := "report"
		if failed.Field != "" {
			field += "." + failed.Field
		}
		out.Errors = wrongWire(field, "wire_"+string(failed.Kind), failed.Detail)
	case errors.As(err, &nowhere): // the company's chat has no URL
		out.Errors = wrongWire("chat.url", problem.FieldRequired, "")
	case err != nil:
		return out, err
	case r != nil:
		out.Request = &api.WireRequest{Method: r.Method, URL: r.URL, Headers: r.Headers, Body: r.Body}
	}
	return out, nil
}
