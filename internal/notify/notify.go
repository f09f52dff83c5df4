// Package notify carries a message to the people who run the connector: by
// e-mail, by a bot of Telegram or MAX, or as one JSON POST to whatever they have.
//
// Each way is a struct of its settings with a method Send, which tries once and
// answers with an [Error] that tells what the other side said; [Email] also with
// who of several was refused. Whether and when
// to try again, and what is worth a message, is decided elsewhere (bridge).
//
// The package never reaches the network by itself: callers give the dialer and
// the transport, which know the addresses that must not be connected to. No
// error of it holds a password, a token or an address of a person.
package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"ineed-insales/internal/legible"
	"ineed-insales/internal/retryafter"
)

// A Message is what people are told.
type Message struct {
	ID      string    // the same with each try; "" = it is tried once. Letters and digits
	Event   string    // what happened: started, over, test or weekly
	Cause   string    // of the event, as a code; "" for a test
	Company string    // "" for a test
	Since   time.Time // when the cause began
	Subject string    // one line
	Text    string
	Link    string // where it can be seen; "" = nowhere that we know
}

// body is the text with its link.
func (m Message) body() string {
	if m.Link == "" {
		return m.Text
	}
	return m.Text + "\n\n" + m.Link
}

// An Error is why a message was not delivered.
type Error struct {
	Status     int           // as the other side answered: of HTTP, of SMTP; 0 = it did not answer
	Words      string        // what it said, or what went wrong on the way; at most 300 bytes, may quote addresses
	RetryAfter time.Duration // how long it asks to wait; 0 = it does not
	Reason     string        // what it means, if that is known: one of the reasons below
	Step       string        // of a mail: at what it failed, if that says something; one of the steps below
	Unanswered bool          // the message has left, and whether it was taken is unknown
	MovedTo    string        // the chat has another id now
	err        error
}

// What an answer can mean that no further try will change: a person has to do
// something.
const (
	ReasonToken   = "token"   // the bot's token is not valid
	ReasonChat    = "chat"    // there is no such chat, or the bot has never met it
	ReasonBlocked = "blocked" // the person has blocked the bot, or is gone
	ReasonKicked  = "kicked"  // the bot is not in the group or channel any more
	ReasonRights  = "rights"  // the bot may not write there
)

// The steps at which a mail can fail in a way that says what is to be mended.
const (
	StepProtect    = "protect"    // the server offers no STARTTLS
	StepNoSignIn   = "no_sign_in" // the server asks for no user and password
	StepSignIn     = "sign_in"    // it does not take them
	StepSender     = "sender"     // it does not take mail from this sender
	StepRecipients = "recipients" // nor for any of the recipients
)

// A Chat is where a bot can write to.
type Chat struct {
	ID    string
	Title string // of a group or channel; the name of a person
	Kind  string // private, group or channel; "" = not known
}

// Error names the status, never the words: they may hold addresses.
func (e *Error) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("refused with %d", e.Status)
	}
	return "not reached"
}

// Unwrap gives what went wrong on the way. It may hold addresses.
func (e *Error) Unwrap() error { return e.err }

// How much is read of an answer, and kept of its words.
const (
	maxAnswer = 64 << 10
	maxWords  = 300
)

// domainOf is what stands behind the @ of an address.
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

func clip(text string) string {
	text = strings.TrimSpace(legible.Line(text))
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "") + "…"
	}
	return text
}

// An answer is that to a request, with the beginning of its body.
type answer struct {
	status     int
	body       []byte
	retryAfter time.Duration
}

// post sends JSON. It follows no redirects: a secret must not be carried
// elsewhere.
func post(ctx context.Context, transport http.RoundTripper, url string, header http.Header, v any) (answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return answer{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, &Error{} // it would quote the URL, which may be a secret
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	return send(transport, r)
}

// get asks for JSON. It follows no redirects either.
func get(ctx context.Context, transport http.RoundTripper, url string, header http.Header) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, &Error{}
	}
	r.Header = header
	return send(transport, r)
}

// send sends a request and reads the beginning of what is answered.
func send(transport http.RoundTripper, r *http.Request) (answer, error) {
	var left atomic.Bool // the transport has written all of it, from a goroutine of its own
	wrote := func(info httptrace.WroteRequestInfo) {
		if info.Err == nil {
			left.Store(true)
		}
	}
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{WroteRequest: wrote}))
	res, err := transport.RoundTrip(r)
	if err != nil {
		return answer{}, &Error{Words: clip(err.Error()), Unanswered: left.Load(), err: err}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return answer{}, &Error{Words: clip(err.Error()), Unanswered: res.StatusCode < 300, err: err}
	}
	return answer{status: res.StatusCode, body: text, retryAfter: retryafter.Of(res.Header)}, nil
}
