package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// Why a delivery cannot be read, by the step that found it.
const (
	ruleWireBody    = "wire_body"    // reason
	ruleWireNone    = "wire_none"    // there is no program
	ruleWireSyntax  = "wire_syntax"  // reason
	ruleWireProgram = "wire_program" // reason: the program's own words
	ruleWireTime    = "wire_time"
	ruleWireOutput  = "wire_output"
	ruleWireMemory  = "wire_memory"
	ruleWireYield   = "wire_yield"   // reason
	ruleWireRequest = "wire_request" // reason: of a program that reports
	ruleWireBusy    = "wire_busy"    // our own fault: the program could not be run now
)

// A reading is what a wire makes of a delivery. With errors it is unread; else its events
// are taken, and none mean that it is to be ignored.
type reading struct {
	wire      string            // which wire it was
	envelopes []json.RawMessage // of the contract
	events    []order.Translated
	errors    []api.FieldError
	orderID   string // as far as it is known
}

// readDelivery has a company's wire read a delivery by its program; nil is the contract. Its
// error is our own fault: nothing is known of the delivery then. A company that speaks the
// contract reads a body as its envelope, so that what was unread under another wire is read
// under this one, too.
func (s *Server) readDelivery(
	ctx context.Context, company string, p *program, r storage.Received,
) (out reading, err error) {
	switch {
	case p != nil:
		out.wire = p.name
		if out.envelopes, err = s.translate(ctx, company, p, r); err != nil {
			if out.errors = wireErrors(err); out.errors == nil {
				return out, err
			}
			return out, nil
		}
	case !ineedchat.Names(r.Body, company): // no envelope of the contract
		out.errors = wireErrors(wire.ErrNoProgram)
		return out, nil
	default:
		out.envelopes, out.wire = []json.RawMessage{r.Body}, storage.PresetContract
	}
	for i, envelope := range out.envelopes {
		event, is, err := s.eventOf(company, envelope)
		if out.orderID == "" {
			out.orderID = ineedchat.OrderIDOf(envelope)
		}
		switch {
		case err == nil && is:
			out.events = append(out.events, event)
		case err != nil:
			out.addInvalid(i, err)
		}
	}
	return out, nil
}

// addInvalid notes why the n-th envelope would be refused, in words: a sender is told the
// rules only.
func (r *reading) addInvalid(n int, err error) {
	for _, f := range failure.Explain(err).Errors {
		if f.Message == "" {
			f = failure.NewField(f.Field, f.Rule, f.Args)
		}
		if len(r.envelopes) > 1 {
			f.Field = fmt.Sprintf("envelopes[%d].%s", n, f.Field)
		}
		r.errors = append(r.errors, f)
	}
}

// unread is why the delivery is unread.
func (r *reading) unread() *storage.Unread {
	first := r.errors[0]
	return &storage.Unread{Field: first.Field, Rule: first.Rule, Args: first.Args}
}

// translate takes a delivery to the envelopes of the contract that the program makes of it.
func (s *Server) translate(
	ctx context.Context, company string, p *program, r storage.Received,
) ([]json.RawMessage, error) {
	if p.err != nil {
		return nil, p.err
	}
	envelopes, err := s.cfg.Wire.Translate(ctx, p.text, wire.Delivery{Company: company, Headers: r.Headers,
		At: r.At.In(s.cfg.TimeZone), Body: wire.Body{ContentType: r.ContentType, Text: r.Body, Query: r.Query}})
	if errors.Is(err, wire.ErrNoBox) {
		return nil, &failure.NotReady{Reason: err}
	}
	return envelopes, err
}

// eventOf gives what an envelope says, decoded and valid; false if it is nothing that is
// handled. It fails as a webhook with this envelope would.
func (s *Server) eventOf(company string, envelope []byte) (t order.Translated, is bool, err error) {
	e, err := s.envelope(company, envelope)
	if err != nil {
		return t, false, err
	}
	t.Test = e.Test
	var data any
	switch e.Type {
	case ineedchat.TypeOrderCreated:
		t.Order, err = e.Order()
		data, t.Body = t.Order, envelope
	case ineedchat.TypeOrderPaid:
		t.Paid, err = e.Paid()
		data = t.Paid
	case ineedchat.TypeOrderCancelled:
		t.Cancelled, err = e.Cancelled()
		data = t.Cancelled
	default:
		return t, false, nil
	}
	if err == nil {
		err = s.check(data, "data")
	}
	return t, err == nil, err
}

// programs are the programs of the companies' wires, made once. A wire that is stored is
// never changed, so it is known by where it is.
type programs struct {
	mu   sync.Mutex
	made map[*storage.Wire]*program
}

// A program is a text of jq, or why a wire has none, and the name by which an order's
// history knows it.
type program struct {
	text, name string
	err        error
}

// mostPrograms is how many are kept: all that are in force, and some that were.
const mostPrograms = 200

// of gives the program of a stored wire; nil where the contract is spoken.
func (p *programs) of(w *storage.Wire) *program {
	if !w.Translates() {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	made, ok := p.made[w]
	if !ok {
		if p.made == nil || len(p.made) >= mostPrograms {
			p.made = map[*storage.Wire]*program{}
		}
		made = makeProgram(w)
		p.made[w] = made
	}
	return made
}

// makeProgram makes the program of a wire; nil is the contract.
func makeProgram(w *storage.Wire) *program {
	if !w.Translates() {
		return nil
	}
	text, err := company.WireOf(w).Program()
	if err != nil {
		return &program{err: err}
	}
	sum := sha256.Sum256([]byte(text))
	kind := w.Preset
	switch {
	case w.Receive != "":
		kind = "receive"
	case len(w.Fields) > 0:
		kind = strings.TrimPrefix(w.Preset+"+fields", "+")
	}
	return &program{text: text, name: kind + " " + hex.EncodeToString(sum[:4])}
}

// wireErrors puts what has failed before there were envelopes into words; nil if that is
// not the trial's fault.
func wireErrors(err error) []api.FieldError {
	field, body := &wire.FieldError{}, &wire.BodyError{}
	failed, yield, syntax := &wire.Failure{}, &wire.YieldError{}, &wire.SyntaxError{}
	switch {
	case errors.Is(err, wire.ErrNoProgram):
		return wrongWire("preset", ruleWireNone, "")
	case errors.As(err, &field):
		name := field.Field
		if name != "preset" && name != "receive" {
			name = "fields." + name
		}
		return wrongWire(name, ruleWireSyntax, field.Err.Error())
	case errors.As(err, &syntax):
		return wrongWire("receive", ruleWireSyntax, syntax.Error())
	case errors.As(err, &body):
		return wrongWire("body", ruleWireBody, body.Reason)
	case errors.As(err, &yield):
		return wrongWire(fmt.Sprintf("yields[%d]", yield.Number-1), ruleWireYield, yield.Reason)
	case errors.As(err, &failed):
		return wrongWire(stoppedAt(failed.Detail), "wire_"+string(failed.Kind), failed.Detail)
	}
	return nil
}

func wrongWire(field, rule, reason string) []api.FieldError {
	return []api.FieldError{failure.NewField(field, rule, map[string]string{"reason": reason})}
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
