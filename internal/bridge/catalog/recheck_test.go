package catalog

import (
	"errors"
	"fmt"
	"testing"

	"ineed-insales/insales"
)

// What the shop answers about one product is about this product, or else it ends
// the step.
func TestRecheckAnswers(t *testing.T) {
	unknown := errors.New("no answer of the shop")
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"there":                       {nil, "there"},
		"not there":                   {&insales.Error{Status: 404}, "gone"},
		"a page says not there":       {&insales.Error{Status: 404, Page: true}, "stop"},
		"cannot be written":           {&insales.Error{Status: 500}, "failed"},
		"the gateway gave up":         {&insales.Error{Status: 504}, "failed"},
		"a protection page":           {&insales.Error{Status: 503, Shielded: true}, "stop"},
		"the limit":                   {&insales.Error{Status: 503, Limited: true}, "stop"},
		"cannot be read":              {&insales.Error{Status: 200, Err: unknown}, "unreadable"},
		"too large":                   {&insales.Error{Err: insales.ErrTooLarge}, "failed slow"},
		"the connection broke":        {&insales.Error{Err: unknown}, "stop"},
		"the key is rejected":         {&insales.Error{Status: 401}, "stop"},
		"our own, before it was sent": {unknown, "stop"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &recheckAnswers{gathering: gathering{mapper: testMapper(), byID: true}}
			err := a.note(good().ID, good(), tc.err)
			if got := answered(a, err); got != tc.want || a.asked != 1 {
				t.Errorf("%q, want %q; asked %d", got, tc.want, a.asked)
			}
		})
	}
}

func answered(a *recheckAnswers, err error) string {
	switch {
	case err != nil:
		return "stop"
	case a.slow:
		return "failed slow"
	case len(a.failed) == 1:
		return "failed"
	case len(a.unreadable) == 1:
		return "unreadable"
	case len(a.gone) == 1:
		return "gone"
	case len(a.products) == 1:
		return "there"
	}
	return fmt.Sprintf("%+v", a)
}
