package ineedchat

import (
	"strings"
	"testing"
)

// FuzzAnswers reads what a chat answers: to a batch, and with an error.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		``, `{"status":"ok","accepted":98,"errors":[{"id":"5","field":"title","message":"пусто"}]}`, `{"errors":null}`,
		`{"errors":"all"}`, `<html>`,
		`{"Errors":[{"ID":5}],"errors":[{"id":5,"id":"6"}]}`, "\ufeff{}", `{"status":"resync_required"}`,
		`{"detail":"x","title":7,"Detail":"y"}`,
		`{"detail":"\ud800\u0007\u202e"}`, strings.Repeat(`{"errors":[`, 50), `{"errors":[{},{},7]}`,
		"{\"detail\":\"\xff\"}",
	} {
		f.Add([]byte(body))
	}
	c := New(Config{URL: "https://demo.ineed.chat", Token: "a token of the tests that is long enough"})
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := c.refused(body)
		if err != nil && len(list) > 0 {
			t.Errorf("%v and %v", list, err)
		}
		for _, e := range list {
			if n := len([]rune(e.Message)); n > maxMessage {
				t.Errorf("%d characters", n)
			}
		}
		if message := c.message(body); strings.ContainsAny(message, "\n\r\x00") {
			t.Errorf("%q", message)
		}
	})
}
