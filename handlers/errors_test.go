package handlers

import (
	"encoding/json"
	"testing"
)

func TestProblemJSON(t *testing.T) {
	s := New(Config{})
	res := request(t, s.Public(), "GET", "/no/such/page", "")
	if got := res.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q", got)
	}
	var d map[string]any
	if err := json.Unmarshal(res.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"type": "about:blank", "title": "Not Found", "status": 404.0,
		"code": "not_found"} {
		if d[name] != want {
			t.Errorf("%s = %v, want %v", name, d[name], want)
		}
	}
}
