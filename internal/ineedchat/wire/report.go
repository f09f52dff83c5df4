package wire

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"ineed-insales/internal/ineedchat"
)

// A Report is a status of an order on its way to a chat that has a form of its own for
// it. The program's input is the contract's status document and, as received, the body
// that the order was made of; null where there is none.
type Report struct {
	Program  string
	Zone     string // of times without one; "" = UTC
	Company  string // $company
	Token    string // $token
	Status   ineedchat.Status
	Received *Body // nil = none
}

// reportVariables are what a program that reports may use beside its input.
var reportVariables = []string{"$company", "$token"}

// A Request is what a program wants to have sent.
type Request struct {
	Call     ineedchat.Call
	Accepted string // a program that tells of an answer with 2xx whether it acknowledges; "" = it does
}

// A ReportError is a fault of a program that reports: no request could be made.
type ReportError struct {
	Kind   FailureKind
	Field  string // of what it yields, by its JSON path; "" = the program itself
	Detail string // for those who may see the body: it may quote what stands there
}

// Error is for logs.
func (e *ReportError) Error() string {
	if e.Field == "" {
		return "the report program failed: " + string(e.Kind)
	}
	return "the report program failed: " + string(e.Kind) + " at " + e.Field
}

// MayPass reports whether the fault may be the machine's, which had too much else to do, and
// not the program's.
func (e *ReportError) MayPass() bool { return e.Kind == failedTime || e.Kind == failedMemory }

// Report runs a program and gives the request that it yields; nil if there is nothing to
// tell. It fails with a *ReportError, ErrNoBox, or the context's error.
func (b *Box) Report(ctx context.Context, r Report) (*Request, error) {
	if r.Status.Version == "" {
		r.Status.Version = ineedchat.Version
	}
	j := job{Program: r.Program, Zone: r.Zone, Input: r.Status, report: true,
		Variables: map[string]any{"company": r.Company, "token": r.Token}}
	if r.Received != nil {
		j.delivery = &Delivery{Body: *r.Received}
	}
	yields, err := b.do(ctx, j)
	if err != nil {
		return nil, reportError("", err)
	}
	var only jsontext.Value
	for _, y := range yields {
		switch {
		case string(y) == "null":
		case only != nil:
			return nil, badRequest("", "it yields more than one request")
		default:
			only = jsontext.Value(y)
		}
	}
	if only == nil {
		return nil, nil
	}
	return requestOf(only)
}

// tell runs a job that reports, in the box's process: there what was received becomes JSON,
// where it cannot hurt anybody, and there all is known that must not stand unescaped in
// an address. What cannot be read counts as none: another wire has made the order of it.
func (j job) tell(p *program, variables []any) ([]json.RawMessage, error) {
	input, _ := j.Input.(map[string]any)
	if input == nil {
		return nil, &Failure{Kind: failedProgram}
	}
	input["received"] = nil
	if j.delivery != nil {
		if received, err := j.delivery.Body.Input(); err == nil {
			input["received"] = received
		}
	}
	yields, err := p.Run(context.Background(), input, variables...)
	for n, y := range yields {
		if address := addressIn(y); address != "" && unescapedIn(address, input) {
			return nil, &YieldError{n + 1, errUnescaped}
		}
	}
	return yields, err
}

// Accepted runs what a request says of its answer. Its input is the answer's text, as JSON
// if it is some; $status is the code. The chat has acknowledged if what it yields first is
// neither false nor null. A program that stops over an answer has not seen what it expects,
// which is no acknowledgement; why says so in its own words. It fails as Report does.
func (b *Box) Accepted(
	ctx context.Context, program string, status int, text []byte,
) (accepted bool, why string, err error) {
	input, err := decode(text)
	if err != nil {
		input = string(text)
	}
	yields, err := b.do(ctx, job{Program: program, Input: input, Variables: map[string]any{"status": status}})
	if err != nil {
		err = reportError("accepted", err)
		if e, is := errors.AsType[*ReportError](err); is && e.Kind == failedProgram {
			return false, e.Detail, nil
		}
		return false, "", err
	}
	return len(yields) > 0 && string(yields[0]) != "false" && string(yields[0]) != "null", "", nil
}

// reportError puts a failed run at a field.
func reportError(field string, err error) error {
	failed, syntax, unescaped := &Failure{}, &SyntaxError{}, &YieldError{}
	switch {
	case errors.As(err, &unescaped):
		return badRequest("url", unescaped.Reason)
	case errors.As(err, &failed):
		return &ReportError{failed.Kind, field, failed.Detail}
	case errors.As(err, &syntax):
		return &ReportError{failedSyntax, field, syntax.Error()}
	}
	return err
}

func badRequest(field, why string) error { return &ReportError{failedRequest, field, why} }

// methods are those that a request may have.
var methods = map[string]bool{http.MethodGet: true, http.MethodPost: true, http.MethodPut: true, http.MethodPatch: true}
