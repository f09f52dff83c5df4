package api

import "time"

// A ProbeRequest asks for a probe. With write an order's whole life is tried in the
// shop; contact is what its client is made of, the person's own.
type ProbeRequest struct {
	Write   bool         `json:"write"`
	Contact ProbeContact `json:"contact"`
}

// A ProbeContact is the client of a probe's orders; what is empty is not sent.
type ProbeContact struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Email string `json:"email"`
}

// A Probe is what was tried at a company's shop, and what came of it.
type Probe struct {
	State   string      `json:"state"` // running, done, interrupted
	Write   bool        `json:"write"`
	BeganAt *time.Time  `json:"began_at"`
	EndedAt *time.Time  `json:"ended_at"`
	Version string      `json:"version"`
	Items   []ProbeItem `json:"items"`
	Left    []ProbeLeft `json:"left"`
}

// A ProbeItem is one assumption: its title in words, the verdict, what is to be said
// of it, and the exchange that shows it, without secrets and persons.
type ProbeItem struct {
	Name     string            `json:"name"`
	Title    string            `json:"title"`
	Source   string            `json:"source"`  // what the assumption rests on
	Where    string            `json:"where"`   // the function that isolates it
	IfNot    string            `json:"if_not"`  // what the connector does if it is otherwise
	Verdict  string            `json:"verdict"` // as_assumed, otherwise, unknown, not_tried
	Reason   string            `json:"reason,omitempty"`
	Args     map[string]string `json:"args,omitempty"`
	Detail   string            `json:"detail"`
	Sent     string            `json:"sent"`
	Answered string            `json:"answered"`
	TookMS   int64             `json:"took_ms"`
}

// A ProbeLeft is something of a probe that is still in the shop.
type ProbeLeft struct {
	What string `json:"what"` // order, client, hook
	ID   int64  `json:"id"`   // 0 = it is not known whether it was made
	URL  string `json:"url"`  // in the shop's admin
}
