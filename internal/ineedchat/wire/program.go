package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

// A program is a compiled text of jq. It may run in several goroutines at once. Beside
// jq's own functions it knows money, kopecks, quantity, datetime, text, word and filled, which
// leave null as it is; of the outside it knows only its input and its variables.
type program struct {
	code *gojq.Code
	zone *time.Location // of times that name none
}

// A SyntaxError says why a text is no program.
type SyntaxError struct {
	Line, Column int // from 1; 0 where the place is not known
	Reason       string
}

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// compile makes a program of a text. The variables are named with their dollar; a time
// without a zone is one of zone. It fails with a *SyntaxError.
func compile(text string, variables []string, zone *time.Location) (*program, error) {
	if len(text) > MaxProgram {
		return nil, &SyntaxError{Reason: fmt.Sprintf("longer than %d bytes", MaxProgram)}
	}
	query, err := gojq.Parse(text)
	if err != nil {
		return nil, syntaxError(text, err)
	}
	options := []gojq.CompilerOption{gojq.WithVariables(variables)}
	for _, f := range functions(zone) {
		options = append(options, f.as(f.name), f.as("_"+f.name)) // see over for the second
	}
	code, err := gojq.Compile(query, options...)
	if err != nil {
		return nil, &SyntaxError{Reason: err.Error()}
	}
	return &program{code, zone}, nil
}

// A function is one of ours. Its argument, if it has one, is the field that it reads for,
// with which its errors begin.
type function struct {
	name string
	of   func(any) (any, error)
}

// functions are all of ours. A time without a zone is one of zone.
func functions(zone *time.Location) []function {
	return []function{
		{"money", money}, {"kopecks", kopecks}, {"quantity", quantity}, {"text", textOf}, {"word", word},
		{"filled", filled}, {"datetime", func(v any) (any, error) { return datetime(zone, v) }},
	}
}

// as gives the function to programs under a name.
func (f function) as(name string) gojq.CompilerOption {
	return gojq.WithFunction(name, 0, 1, func(v any, field []any) any {
		out, err := f.of(v)
		switch {
		case err != nil && len(field) == 1:
			return fmt.Errorf("%v: %w", field[0], err)
		case err != nil:
			return err
		}
		return out
	})
}

func syntaxError(text string, err error) error {
	e, ok := errors.AsType[*gojq.ParseError](err)
	if !ok {
		return &SyntaxError{Reason: err.Error()}
	}
	before := text[:max(0, min(len(text), e.Offset-len(e.Token)))]
	line := strings.Count(before, "\n")
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
	return &SyntaxError{Line: line + 1, Column: column + 1, Reason: e.Error()}
}

// filled gives null for an empty text, and everything else as it is.
func filled(v any) (any, error) {
	if v == "" {
		return nil, nil
	}
	return v, nil
}

// textOf gives a text: numbers as they were written, true and false by name.
func textOf(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return strings.TrimSpace(v), nil
	case bool:
		return fmt.Sprint(v), nil
	case map[string]any, []any:
		return nil, unreadable("text", "neither a text nor a number")
	}
	out, err := gojq.Marshal(v)
	return string(out), err
}

// A Failure is the end of a run that yields nothing.
type Failure struct {
	Kind   FailureKind
	Detail string // for those who may see the body: it may quote what stands there
}

// A FailureKind says what has ended a run.
type FailureKind string

// The kinds.
const (
	failedProgram FailureKind = "program" // it stopped with an error
	failedTime    FailureKind = "time"    // it took too long
	failedOutput  FailureKind = "output"  // it yielded too much
	failedMemory  FailureKind = "memory"  // it needed too much
	failedSyntax  FailureKind = "syntax"  // it is no program
	failedRequest FailureKind = "request" // what it yields is no request that could be sent
)

func (f *Failure) Error() string { return "the program failed: " + string(f.Kind) }

// Run gives what a program yields for an input, as JSON. Its variables stand in the order in
// which they were named. It fails with a *Failure, or with the context's error.
func (p *program) Run(ctx context.Context, input any, variables ...any) ([]json.RawMessage, error) {
	values, err := p.values(ctx, input, variables...)
	if err != nil {
		return nil, err
	}
	out, size := make([]json.RawMessage, len(values)), 0
	for i, v := range values {
		if out[i], err = gojq.Marshal(v); err != nil {
			return nil, &Failure{failedProgram, clip(err.Error())}
		}
		if size += len(out[i]); size > maxOutput {
			return nil, &Failure{Kind: failedOutput}
		}
	}
	return out, nil
}

// values is Run for whoever goes on with the values as jq has them. They may be part of the
// program, and must not be changed.
func (p *program) values(ctx context.Context, input any, variables ...any) ([]any, error) {
	limited, cancel := limited(ctx)
	defer cancel()
	var out []any
	for yields := p.code.RunWithContext(limited, input, variables...); ; {
		v, more := yields.Next()
		if !more {
			return out, nil
		}
		if err, is := v.(error); is {
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case limited.Err() != nil:
				return nil, &Failure{Kind: failedTime}
			}
			return nil, &Failure{failedProgram, clip(said(err))}
		}
		if len(out) == maxYields {
			return nil, &Failure{Kind: failedOutput}
		}
		out = append(out, v)
	}
}

// said is what a program says with error(…), or jq of it.
func said(err error) string {
	if e, is := errors.AsType[gojq.ValueError](err); is {
		if text, is := e.Value().(string); is {
			return text
		}
	}
	return err.Error()
}

// maxDetail bounds what a program says in words.
const maxDetail = 500

func clip(s string) string {
	if runes := []rune(s); len(runes) > maxDetail {
		return string(runes[:maxDetail]) + "…"
	}
	return s
}
