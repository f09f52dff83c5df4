package api

import "time"

// A Check is what was found when the shop was asked what works, and what is known of the
// chat. OK says whether everything works that orders need.
type Check struct {
	OK    bool      `json:"ok"`
	At    time.Time `json:"checked_at"`
	Items []Finding `json:"items"`
}

// A Finding is what was found of one thing: which one, in codes and in words, and
// what is to be said of it.
type Finding struct {
	Name    string            `json:"name"`
	Args    map[string]string `json:"args,omitempty"`
	Title   string            `json:"title"`
	Result  string            `json:"result"`
	Problem *Problem          `json:"problem"` // null if it works
}
