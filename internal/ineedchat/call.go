package ineedchat

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A Call is a report to a chat in a form of the chat's own. Its path and query are
// escaped, and its path has no step that leads out of the chat's URL.
type Call struct {
	Method string
	Path   string // below the chat's URL; "" = the URL itself
	Query  string // without "?"
	Header http.Header
	Body   []byte

	// Judged tells that the caller judges what is answered with 2xx. Otherwise it is taken
	// for an acknowledgement, unless it is a page of HTML.
	Judged bool
}

// An Answer is what a chat has said to a call; of a long text the beginning.
type Answer struct {
	Text  []byte
	Whole bool // the text is no torn one, and no beginning
	resp  *http.Response
}

// Status is the code of the answer.
func (a Answer) Status() int { return a.resp.StatusCode }

// Call sends a call to the chat and nowhere else: no redirect is followed. It adds nothing
// but our name, and no token. The error is an *Error, as that of [Client.ReportStatus].
func (c *Client) Call(ctx context.Context, call Call) (Exchange, Answer, error) {
	to := c.target(call)
	if to == nil {
		return Exchange{}, Answer{}, &Error{Op: OpReportStatus, Err: errURL}
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, to.String(), bytes.NewReader(call.Body))
	if err != nil {
		return Exchange{}, Answer{}, &Error{Op: OpReportStatus, Err: withoutURL(err)}
	}
	maps.Copy(req.Header, call.Header)
	if c.cfg.UserAgent != "" {
		req.Header.Set("User-Agent", c.cfg.UserAgent)
	}
	x := Exchange{Request: c.shown([]byte(c.plain(call)))}
	got, resp, err := c.do(OpReportStatus, req)
	if err != nil {
		return x, Answer{}, err
	}
	x.Answer = c.shown(got.text)
	a := Answer{got.text, !got.torn && len(got.text) < maxOtherAnswer, resp}
	if resp.StatusCode/100 != 2 || !call.Judged && isPage(got.text) {
		err = c.answered(OpReportStatus, resp, got)
	}
	return x, a, err
}

// Unacknowledged is the error of an answer by which the chat has not taken a call although
// its code says so.
func (c *Client) Unacknowledged(a Answer) error {
	return c.answered(OpReportStatus, a.resp, answer{a.Text, !a.Whole})
}

// target is where a call goes; nil if the chat's URL is no good.
func (c *Client) target(call Call) *url.URL {
	if c.base == nil {
		return nil
	}
	to := *c.base
	if call.Path != "" {
		to = *c.base.JoinPath(call.Path)
		if !strings.HasPrefix(to.Path, "/") { // of a URL without a path
			to.Path = "/" + to.Path
			if to.RawPath != "" {
				to.RawPath = "/" + to.RawPath
			}
		}
	}
	to.RawQuery = call.Query
	return &to
}

// A ShownCall is a call as people may see it.
type ShownCall struct {
	Method, URL string
	Headers     map[string]string
	Body        string
}

// Show gives a call as it would be sent, without our secrets.
func (c *Client) Show(call Call) (ShownCall, error) {
	to := c.target(call)
	if to == nil {
		return ShownCall{}, &Error{Op: OpReportStatus, Err: errURL}
	}
	s := ShownCall{Method: call.Method, URL: c.Mask(to.String()), Headers: map[string]string{},
		Body: c.Mask(string(call.Body))}
	for name, values := range call.Header {
		s.Headers[name] = c.Mask(strings.Join(values, ", "))
	}
	return s, nil
}

// plain is a call as it goes over the line, from the path on.
func (c *Client) plain(call Call) string {
	var b strings.Builder
	b.WriteString(call.Method + " " + c.target(call).RequestURI() + "\n")
	for _, name := range slices.Sorted(maps.Keys(call.Header)) {
		b.WriteString(name + ": " + strings.Join(call.Header[name], ", ") + "\n")
	}
	b.WriteString("\n")
	b.Write(call.Body)
	return b.String()
}
