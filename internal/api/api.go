// Package api is the JSON of the connector's API, /api/v1, written once. The server
// writes these types; the command line, the demo and the tests read them, through a
// [Client] that speaks to the server over its unix socket.
//
// [Company] and [Channel] go both ways: what GET gives may be PUT back. [Order],
// [Catalog], [Check], [Refusals] and the lists to choose from are only given. A list
// is a [Page]. What is wrong with a company or an order is a [Problem], and what is
// wrong with a request is a [Failure].
//
// Names, order and omissions of the fields are promised to programs of others:
// handlers/openapi.yaml describes them. Codes and states are plain text here, so
// that the package needs nothing of how the connector works, and imports nothing
// of it.
package api

import "time"

// LongestBackup is how long a copy of the database may take to be made and fetched.
const LongestBackup = time.Hour

// A Page is how every list is answered.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"` // the cursor of the next page; absent on the last
}

// A Problem is a problem or a notice with its words.
type Problem struct {
	Code    string            `json:"code"`
	Args    map[string]string `json:"args,omitempty"`
	Message string            `json:"message"`
	Also    []Problem         `json:"also,omitempty"` // what else has to be mended with it
}

// A Named says which user of the panel is meant: the first owner without a name.
type Named struct {
	Name string `json:"name"`
}

// A SetupLink is where a user's password is set.
type SetupLink struct {
	Path string `json:"path"`
	URL  string `json:"url,omitempty"` // absent without a public URL
}
