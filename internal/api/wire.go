package api

import (
	"encoding/json"
	"time"
)

// A WirePreset is a program that is shipped for a chat which is known.
type WirePreset struct {
	Name    string `json:"name"`
	Program string `json:"program"`
}

// WirePresets are all of them.
type WirePresets struct {
	Items []WirePreset `json:"items"`
}

// A WireTrial asks what a wire would make of a body, or, with an order, by which request
// the chat would be told of its status. Nothing of it is kept and nothing is sent. Without
// a wire it is the company's own.
type WireTrial struct {
	Preset      string            `json:"preset,omitempty"`
	Fields      map[string]string `json:"fields,omitempty"`  // of an order, each an expression of jq
	Receive     string            `json:"receive,omitempty"` // a whole program
	Body        string            `json:"body,omitempty"`
	Unread      int64             `json:"unread,omitempty"` // of the company's: in place of a body
	ContentType string            `json:"content_type,omitempty"`
	Query       string            `json:"query,omitempty"`  // of the address, without "?"
	Order       string            `json:"order,omitempty"`  // the id of an order, whose status is to be told
	Report      string            `json:"report,omitempty"` // a program that tells of it
}

// A WireResult is what came of a trial: the envelopes of the contract as they would be
// taken, and what is wrong. With an error nothing would be taken. Of an order it is the
// request; without one there is nothing to tell.
type WireResult struct {
	Envelopes []json.RawMessage `json:"envelopes"`
	Request   *WireRequest      `json:"request,omitempty"`
	Errors    []FieldError      `json:"errors"`
}

// A WireRequest is a request to a chat, without the token.
type WireRequest struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// A Received is a delivery of a chat with a wire of its own, as it came.
type Received struct {
	Number      int64             `json:"number"`
	At          *time.Time        `json:"at"`
	ContentType string            `json:"content_type"`
	Query       string            `json:"query,omitempty"` // of the address, without our token
	Headers     map[string]string `json:"headers,omitempty"`
	Body        string            `json:"body"`
	OrderID     string            `json:"order_id,omitempty"` // as far as it is known
	Wire        string            `json:"wire,omitempty"`     // which wire has read it
	Error       *FieldError       `json:"error,omitempty"`    // why it is unread
}

// An UnreadPage is one page of what is unread of a company, and how much there is.
type UnreadPage struct {
	Page[Received]
	Total    int        `json:"total"`
	Bytes    int64      `json:"bytes"` // that it takes in the database
	OldestAt *time.Time `json:"oldest_at"`
}

// A WireReplay asks for what is unread to be read again; a dry run only counts.
type WireReplay struct {
	DryRun bool `json:"dry_run,omitempty"`
}

// A WireReplayed is what came of it: orders and what else was news, repetitions, deliveries
// that are to be ignored, and what is unread still. With More the time was up: go on.
type WireReplayed struct {
	DryRun      bool        `json:"dry_run,omitempty"`
	Orders      int         `json:"orders"`
	Duplicates  int         `json:"duplicates"`
	Ignored     int         `json:"ignored"`
	StillUnread int         `json:"still_unread"`
	More        bool        `json:"more,omitempty"`
	FirstUnread int64       `json:"first_unread,omitempty"` // the oldest that could not be read
	FirstError  *FieldError `json:"first_error,omitempty"`  // and why
}

// An Unproven is a webhook to a company's address that did not prove its sender.
type Unproven struct {
	At          *time.Time `json:"at"`
	Method      string     `json:"method"`
	Reason      string     `json:"reason"`
	Message     string     `json:"message"`
	ContentType string     `json:"content_type"`
	Headers     []string   `json:"headers"`        // their names
	Body        string     `json:"body,omitempty"` // its beginning, while somebody listened
	Size        int64      `json:"size"`
}

// An UnprovenList is what is remembered of them, the newest first.
type UnprovenList struct {
	Items        []Unproven `json:"items"`
	ListensUntil *time.Time `json:"listens_until"` // bodies are kept until then; null = they are not
}

// A Listen asks for bodies to be kept for some hours, up to 24; 0 ends that.
type Listen struct {
	Hours int `json:"hours"`
}

// A Listens says until when.
type Listens struct {
	Until *time.Time `json:"until"`
}
