package insales

import (
	"strings"
	"testing"
)

// An order whose manager's comment is not shown at all can be read, and says so. One
// whose comment is something strange, or that lacks more, cannot.
func TestHiddenComment(t *testing.T) {
	const whole = `{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","number":1,"order_lines":[],` +
		`"manager_comment":"m"}`
	without := func(part string) string { return strings.Replace(whole, part, "", 1) }
	for body, want := range map[string]struct{ readable, hidden bool }{
		whole:                                    {true, false},
		strings.Replace(whole, `"m"`, "null", 1): {true, false},
		strings.Replace(whole, `"m"`, "5", 1):    {false, false},
		strings.Replace(whole, `"m"`, "[]", 1):   {false, false},
		without(`,"manager_comment":"m"`):        {true, true},
		strings.Replace(without(`,"manager_comment":"m"`), `"number":1,`, "", 1):       {false, false},
		strings.Replace(without(`,"manager_comment":"m"`), `,"order_lines":[]`, "", 1): {false, false},
		`{"id":7,"updated_at":"2026-11-23T12:00:00+03:00"}`:                            {false, false},
	} {
		o, err := decodeOrder([]byte(body))
		if (err == nil) != want.readable || o.CommentHidden != want.hidden {
			t.Errorf("%s: %v, hidden: %v", body, err, o.CommentHidden)
		}
	}
}
