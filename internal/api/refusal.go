package api

import (
	"encoding/json"
	"time"
)

// A Refusal is an authentic webhook of the chat that became nothing.
type Refusal struct {
	At          *time.Time      `json:"at"`
	Status      int             `json:"status"`
	Reason      string          `json:"reason"`
	Message     string          `json:"message"`
	ContentType string          `json:"content_type"`
	OrderID     string          `json:"order_id,omitempty"`
	Size        int64           `json:"size"`
	Errors      []BrokenRule    `json:"errors"`
	Body        json.RawMessage `json:"body"`           // null if it is no JSON
	Text        string          `json:"text,omitempty"` // of one that is no JSON
}

// A BrokenRule is what the sender was told about one field.
type BrokenRule struct {
	Field string `json:"field"`
	Rule  string `json:"rule"`
}

// Refusals is one page of them, and how much nobody has seen.
type Refusals struct {
	Page[Refusal]
	Unseen int        `json:"unseen"`
	Fresh  int        `json:"fresh"`
	LastAt *time.Time `json:"last_at"`
}
