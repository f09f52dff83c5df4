package api

import "time"

// An Entry is one line of the journal: who did what.
type Entry struct {
	At      *time.Time `json:"at"`
	By      string     `json:"by"`                // user:NAME, cli, api, connector; stranger = nobody of ours
	Address string     `json:"address,omitempty"` // of the client
	Kind    string     `json:"kind"`
	Message string     `json:"message"`
	Company string     `json:"company,omitempty"`
	Order   string     `json:"order,omitempty"`  // the chat's id of the one order that it is about
	Test    bool       `json:"test,omitempty"`   // that is a test order
	Number  string     `json:"number,omitempty"` // of that order
	Orders  int        `json:"orders,omitempty"` // how many it is about
	Changes []Change   `json:"changes"`
}

// A Change is one setting that has changed, or what else there is to say. Of a secret it says only
// that it did.
type Change struct {
	Field string `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}
