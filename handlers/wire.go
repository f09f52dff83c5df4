package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/wire"
)

// What is wrong with a trial of a wire, by the step that found it.
const (
	ruleWireBody    = "wire_body"    // reason
	ruleWireNone    = "wire_none"    // there is no program to try
	ruleWireSyntax  = "wire_syntax"  // reason
	ruleWireProgram = "wire_program" // reason: the program's own words
	ruleWireTime    = "wire_time"
	ruleWireOutput  = "wire_output"
	ruleWireMemory  = "wire_memory"
	ruleWireYield   = "wire_yield" // reason
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

// tryWire tells what a program would make of a body, and keeps nothing.
func (s *Server) tryWire(c echo.Context) error {
	var in api.WireTrial
	if err := readStrictOf(c, &in, maxTrial); err != nil {
		return err
	}
	if _, err := s.bridge.Desk(c.Param("company")); err != nil {
		return err
	}
	out := api.WireResult{Envelopes: []json.RawMessage{}, Errors: []api.FieldError{}}
	envelopes, err := s.translate(c, in)
	if err != nil {
		if out.Errors = wireErrors(err); out.Errors == nil {
			return err
		}
		return c.JSON(http.StatusOK, out)
	}
	for i, e := range envelopes {
		out.Envelopes = append(out.Envelopes, e)
		err := s.valid(c.Param("company"), e)
		if err == nil {
			continue
		}
		for _, f := range failure.Explain(err).Errors {
			if f.Message == "" { // a sender is told the rule only
				f = failure.NewField(f.Field, f.Rule, f.Args)
			}
			if len(envelopes) > 1 {
				f.Field = fmt.Sprintf("envelopes[%d].%s", i, f.Field)
			}
			out.Errors = append(out.Errors, f)
		}
	}
	return c.JSON(http.StatusOK, out)
}

// maxTrial is the size of a trial: a body of the greatest size with every byte escaped,
// and a program.
const maxTrial = 6*ineedchat.MaxBody + 2*wire.MaxProgram

// translate takes a trial from its body to the envelopes of the contract.
func (s *Server) translate(c echo.Context, in api.WireTrial) ([][]byte, error) {
	program, err := wire.Settings{Preset: in.Preset, Fields: in.Fields, Receive: in.Receive}.Program()
	if err != nil {
		return nil, err
	}
	body := wire.Body{ContentType: in.ContentType, Text: []byte(in.Body), Query: in.Query}
	input, err := body.Input()
	if err != nil {
		return nil, err
	}
	query, err := wire.Body{Query: in.Query}.Input()
	if err != nil {
		return nil, err
	}
	company, zone := c.Param("company"), s.cfg.TimeZone
	yields, err := s.cfg.Wire.Run(c.Request().Context(), wire.Job{Program: program, Zone: zone.String(), Input: input,
		Variables: map[string]any{"company": company, "query": query,
			"headers": map[string]string{"content-type": in.ContentType}}})
	if errors.Is(err, wire.ErrNoBox) {
		return nil, &failure.NotReady{Reason: err}
	}
	if err != nil {
		return nil, err
	}
	return wire.Complete(yields, wire.Receipt{Company: company, At: time.Now().In(zone)})
}

// valid fails as a webhook with this envelope would.
func (s *Server) valid(company string, body []byte) error {
	e, err := s.envelope(company, body)
	if err != nil {
		return err
	}
	var data any
	switch e.Type {
	case ineedchat.TypeOrderCreated:
		data, err = e.Order()
	case ineedchat.TypeOrderPaid:
		data, err = e.Paid()
	case ineedchat.TypeOrderCancelled:
		data, err = e.Cancelled()
	default:
		return nil // ignored, as ever
	}
	if err != nil {
		return err
	}
	return s.check(data, "data")
}

// wireErrors puts what has failed before there were envelopes into words; nil if that is
// not the trial's fault.
func wireErrors(err error) []api.FieldError {
	wrong := func(field, rule, reason string) []api.FieldError {
		return []api.FieldError{failure.NewField(field, rule, map[string]string{"reason": reason})}
	}
	field, body := &wire.FieldError{}, &wire.BodyError{}
	failed, yield, syntax := &wire.Failure{}, &wire.YieldError{}, &wire.SyntaxError{}
	switch {
	case errors.Is(err, wire.ErrNoProgram):
		return wrong("preset", ruleWireNone, "")
	case errors.As(err, &field):
		name := field.Field
		if name != "preset" && name != "receive" {
			name = "fields." + name
		}
		return wrong(name, ruleWireSyntax, field.Err.Error())
	case errors.As(err, &syntax):
		return wrong("receive", ruleWireSyntax, syntax.Error())
	case errors.As(err, &body):
		return wrong("body", ruleWireBody, body.Reason)
	case errors.As(err, &yield):
		return wrong(fmt.Sprintf("yields[%d]", yield.Number-1), ruleWireYield, yield.Reason)
	case errors.As(err, &failed):
		return wrong(stoppedAt(failed.Detail), "wire_"+string(failed.Kind), failed.Detail)
	}
	return nil
}

// stoppedAt is the field of a table at which a program has stopped: its words begin with it.
func stoppedAt(detail string) string {
	words := strings.Split(detail, ": ")
	at := ""
	for _, w := range words {
		if !slices.ContainsFunc(wire.Fields(), func(f wire.Field) bool { return f.Name == w }) {
			break
		}
		at = w
	}
	if at == "" {
		return "receive"
	}
	return "fields." + at
}
