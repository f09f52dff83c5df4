package storage

import "maps"

// An HMAC is how a chat signs what it posts, where that is not as the contract has it.
type HMAC struct {
	Header          string `json:"header"`           // where the signature stands
	Algorithm       string `json:"algorithm"`        // sha1, sha256, sha512
	Encoding        string `json:"encoding"`         // hex, base64
	Prefix          string `json:"prefix"`           // before the signature, such as "sha256="
	Over            string `json:"over"`             // body, timestamp.body
	TimestampHeader string `json:"timestamp_header"` // with timestamp.body: Unix' seconds
}

// The ways in which a company's catalog reaches its chat.
const (
	CatalogPush = "push" // the contract's batches
	CatalogFeed = "feed" // the chat fetches it
	CatalogNone = "none"
)

// A Wire says how what a chat posts becomes what the contract says, and back. What stands
// in it is never changed once it is stored: another one takes its place.
type Wire struct {
	Preset  string            `json:"preset"`  // of a shipped wire; contract, learn
	Fields  map[string]string `json:"fields"`  // of an order: where each stands, in jq
	Receive string            `json:"receive"` // a program in jq, instead of both
	Report  string            `json:"report"`  // a program in jq, instead of the preset's
	Answer  *WireAnswer       `json:"answer"`  // nil = the contract's
	Catalog string            `json:"catalog"` // "" = CatalogPush
}

// CatalogWay is in which way the catalog reaches the chat.
func (c Chat) CatalogWay() string {
	if c.Wire == nil || c.Wire.Catalog == "" {
		return CatalogPush
	}
	return c.Wire.Catalog
}

// A WireAnswer is what a sender is answered that insists on something.
type WireAnswer struct {
	Status int    `json:"status"` // 200 to 299
	Body   string `json:"body"`
}

// clone copies the wire deeply.
func (w *Wire) clone() *Wire {
	if w == nil {
		return nil
	}
	c := *w
	c.Fields = maps.Clone(w.Fields)
	if w.Answer != nil {
		answer := *w.Answer
		c.Answer = &answer
	}
	return &c
}

// Translates reports whether what the chat posts is something else than the contract's.
func (w *Wire) Translates() bool {
	return w != nil && (w.Receive != "" || len(w.Fields) > 0 || w.Preset != "" && w.Preset != PresetContract)
}

// The presets that are no shipped wire.
const (
	PresetContract = "contract" // as ""
	PresetLearn    = "learn"    // there is no program yet: what comes is kept
)
