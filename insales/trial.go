package insales

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

// A Trial is a request that is sent to see what the shop makes of it. The other
// methods of a Client know what they ask for; a trial knows only the address.
type Trial struct {
	Name   string // under which the request is counted, as one of few
	Method string
	Path   string // below /admin/, without .json
	Query  url.Values
	In     any // becomes the JSON of the body; nil = none

	// Each, if set, is handed each element of a list that is answered, which may be
	// larger than a Reply would keep. The bytes are valid until it returns.
	Each func(element []byte) error
}

// A Reply is what a shop has answered to a trial, whatever its code.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte // the first 64 KiB, without the access key should the shop echo it
	Sent   []byte // the body of the request
	Took   time.Duration
}

// Try sends a trial. A code that is no success is no error, because it may be what
// the trial is about: the error tells that no answer came, that the answer is torn
// or not what was asked for, or that a protection stands in front of the shop; the
// reply then holds what there is.
func (c *Client) Try(ctx context.Context, p *Permit, t Trial) (Reply, error) {
	var r Reply
	var body kept
	if t.In != nil {
		var err error
		if r.Sent, err = json.Marshal(t.In); err != nil {
			p.Release()
			return r, &Error{Op: t.Name, Err: err}
		}
	}
	k := call{op: t.Name, method: t.Method, path: t.Path, query: t.Query, most: maxOrder, kept: &body,
		head: func(status int, h http.Header) { r.Status, r.Header = status, h.Clone() },
		out:  func(answer io.Reader) error { body.rest(answer); return nil },
	}
	if r.Sent != nil {
		k.in = json.RawMessage(r.Sent)
	}
	if t.Each != nil {
		k.most = maxFeed
		k.out = func(answer io.Reader) error { return split(answer, maxOrder, t.Each, nil) }
	}
	begun := time.Now()
	err := c.do(ctx, p, k)
	r.Took, r.Body = time.Since(begun), c.shown(&body)
	var e *Error
	if errors.As(err, &e) && r.Status/100 != 2 && r.Status != 0 && !e.Shielded {
		return r, nil
	}
	return r, err
}

// PastLimit reports whether the shop answered that its request window is full.
func (r Reply) PastLimit() bool {
	return limited(&http.Response{StatusCode: r.Status, Header: r.Header})
}

// Usage gives what the shop says of the request window: how much is used, and of
// how much; false without the documented header.
func (r Reply) Usage() (used, limit int, ok bool) { return usage(r.Header) }
