package handlers

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-playground/validator/v10"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat"
)

// newValidator makes the one validator, which knows the wire's own rules and
// calls fields by their names on the wire.
func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(jsonName)
	for name, rule := range ineedchat.Rules() {
		err := v.RegisterValidation(name, func(f validator.FieldLevel) bool { return rule(f.Field().String()) })
		if err != nil {
			panic(fmt.Errorf("rule %s: %w", name, err)) // a name that the validator keeps for itself
		}
	}
	return v
}

// check validates the struct v points to, unless it knows by itself that it is valid. Fields are
// named by their path below at ("" or "data"); the error is an *failure.Invalid.
func (s *Server) check(v any, at string) error {
	switch v := v.(type) {
	case *ineedchat.Envelope:
		if v.Valid() {
			return nil
		}
	case *ineedchat.Order:
		if v.Valid() {
			return nil
		}
	}
	err := s.validate.Struct(v)
	list, ok := errors.AsType[validator.ValidationErrors](err)
	if !ok {
		return err
	}
	bad := &failure.Invalid{Fields: make([]api.FieldError, len(list))}
	for i, e := range list {
		// The namespace begins with the name of the Go type.
		_, path, _ := strings.Cut(e.Namespace(), ".")
		if at != "" {
			path = at + "." + path
		}
		bad.Fields[i] = api.FieldError{Field: path, Rule: e.Tag()}
	}
	return bad
}
