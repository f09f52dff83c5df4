package api

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// An Order is an order. Ids of INEED.CHAT are strings, those of InSales numbers;
// what is not known yet is null.
type Order struct {
	Company        string     `json:"company"`
	ID             string     `json:"id"`
	Number         string     `json:"number,omitempty"`
	State          string     `json:"state"`
	Test           bool       `json:"test"`
	InSalesID      *int64     `json:"insales_id"`
	InSalesNumber  string     `json:"insales_number,omitempty"`
	InSalesURL     string     `json:"insales_url,omitempty"`
	Status         string     `json:"status,omitempty"`          // as the chat is to know it
	ReportedStatus string     `json:"reported_status,omitempty"` // as the chat knows it
	Problem        *Problem   `json:"problem"`
	ReportProblem  *Problem   `json:"report_problem,omitempty"` // why the chat is not told
	Notices        []Problem  `json:"notices"`
	Attempts       int        `json:"attempts"`
	NextAttemptAt  *time.Time `json:"next_attempt_at"`
	AcceptedAt     *time.Time `json:"accepted_at"`
	Total          string     `json:"total,omitempty"` // what it costs, as the chat says
	Paid           bool       `json:"paid"`            // as the chat says
	ErasedAt       *time.Time `json:"erased_at"`       // its personal data are gone since
	Actions        []string   `json:"actions"`
	Events         []Event    `json:"events,omitempty"` // only of a single order

	// Of a single order of a chat with a wire of its own, only for ?bodies=true: what the
	// chat has posted, and the envelope of the contract that was made of it.
	Received *Received       `json:"received,omitempty"`
	Envelope json.RawMessage `json:"envelope,omitempty"`
}

// An Event is one entry of an order's history.
type Event struct {
	At      *time.Time        `json:"at"`
	Kind    string            `json:"kind"`
	Args    map[string]string `json:"args,omitempty"`
	Message string            `json:"message"`
	Request string            `json:"request,omitempty"` // what was sent, and
	Answer  string            `json:"answer,omitempty"`  // what came back, as it was; only for ?bodies=true
}

// A Link says which order of the shop an order is, by id or by its address in the
// shop's admin.
type Link struct {
	InSalesID Scalar `json:"insales_id"`
}

// A Scalar is text that may also be written as a number.
type Scalar string

var errNoScalar = errors.New("neither a string nor a number")

// UnmarshalJSONFrom takes a string or a number.
func (v *Scalar) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	switch d.PeekKind() {
	case '"', '0':
		token, err := d.ReadToken()
		if err == nil {
			*v = Scalar(token.String())
		}
		return err
	case 'n':
		return d.SkipValue()
	}
	return errNoScalar
}

// An Accept ticks off notices, all or those with a code; or it makes an order of
// its own of a second body.
type Accept struct {
	Code string `json:"code,omitempty"`
	Body int    `json:"body,omitempty"`
}

// A Retry sends all orders again that need attention for one problem.
type Retry struct {
	Problem string `json:"problem"`
}

// A Retried counts the orders that are sent again.
type Retried struct {
	Retried int `json:"retried"`
	Waiting int `json:"waiting"` // for the same, or something else that the settings lack
}

// A Confirmed counts the orders that disappeared from the shop and are confirmed to
// be cancelled.
type Confirmed struct {
	Confirmed int `json:"confirmed"`
}

// A Reread says since when the shop's change feed is read again, in RFC 3339.
type Reread struct {
	Since string `json:"since"`
}
