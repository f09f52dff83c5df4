package api

import "encoding/json"

// A WirePreset is a program that is shipped for a chat which is known.
type WirePreset struct {
	Name    string `json:"name"`
	Program string `json:"program"`
}

// WirePresets are all of them.
type WirePresets struct {
	Items []WirePreset `json:"items"`
}

// A WireTrial asks what a program would make of a body. Nothing of it is kept.
type WireTrial struct {
	Preset      string            `json:"preset,omitempty"`
	Fields      map[string]string `json:"fields,omitempty"`  // of an order, each an expression of jq
	Receive     string            `json:"receive,omitempty"` // a whole program
	Body        string            `json:"body"`
	ContentType string            `json:"content_type,omitempty"`
	Query       string            `json:"query,omitempty"` // of the address, without "?"
}

// A WireResult is what came of a trial: the envelopes of the contract as they would be
// taken, and what is wrong. With an error nothing would be taken.
type WireResult struct {
	Envelopes []json.RawMessage `json:"envelopes"`
	Errors    []FieldError      `json:"errors"`
}
