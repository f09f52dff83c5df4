package handlers

import (
	"errors"
	"reflect"
	"testing"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat"
)

// FuzzDecodeStrict looks for bodies of the API that panic, whose error is none
// that a client can be told, or that say something else when they are read again.
func FuzzDecodeStrict(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"id":"2","name":"x","shop":{"url":"u"},"chat":{"secrets":["a"]},"orders":{"payments":{"any name":1}}}`,
		`null`, `[]`, `"x"`,
		`{"Name":"x"}`, `{"name":"x","name":"y"}`, `{"orders":{"payments":{"cash":1,"cash":2}}}`,
		`{"orders":{"payments":{"cash":"1"}}}`, "\ufeff{}",
		`{"name":"\ud800"}`, "{\"name\":\"\xff\"}", `{"name":`, `{} {}`, `{"orders":{"payments":{"cash":1e999999999}}}`,
		`{"insales_id":7}`,
		`{"account_id":1,"problem":null,"notices":[]}`, `{"chat":null,"orders":null}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var one, again api.Company
		err := decodeStrict(body, &one)
		if err2 := decodeStrict(body, &again); text(err) != text(err2) || !reflect.DeepEqual(one, again) {
			t.Errorf("%v, %v: %+v, %+v", err, err2, one, again)
		}
		_, syntax := errors.AsType[*ineedchat.SyntaxError](err)
		if _, known := errors.AsType[*failure.Invalid](err); err != nil && !syntax && !known {
			t.Errorf("%T %v", err, err)
		}
		var in struct {
			InSalesID api.Scalar `json:"insales_id"`
		}
		if err := decodeStrict(body, &in); err != nil && failure.Explain(err).Status >= 500 {
			t.Errorf("%T %v", err, err)
		}
	})
}
