package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

// A Client speaks to the running server over its unix socket, where whoever may
// open the socket may do everything: it needs no token.
type Client struct{ Socket string }

// Call sends one request to a path below /api/v1 and decodes the answer into out,
// unless that is nil. An answer other than 2xx is a [Failure].
func (c Client) Call(ctx context.Context, method, path string, body []byte, out any) error {
	resp, err := c.Send(ctx, time.Minute, method, "/api/v1"+path, body)
	if err != nil {
		return err
	}
	text, err := read(resp)
	if err != nil || out == nil {
		return err
	}
	return Decode(text, out)
}

// Text gives what stands at a path, as it is.
func (c Client) Text(ctx context.Context, path string) ([]byte, error) {
	resp, err := c.Send(ctx, time.Minute, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return read(resp)
}

// Decode decodes what the running server has answered. That is this program
// itself, so that no care is taken of names in another case or given twice.
func Decode(text []byte, v any) error { return json.Unmarshal(text, v) }

func read(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
}

// Send sends one request, which with its answer may take so long. The caller
// closes the answer's body. An answer other than 2xx is a [Failure].
func (c Client) Send(
	ctx context.Context, timeout time.Duration, method, path string, body []byte,
) (*http.Response, error) {
	client := &http.Client{Timeout: timeout, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", c.Socket)
		}}}
	req, err := http.NewRequestWithContext(ctx, method, "http://connector"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no server answers on %s: start `ineed-insales serve`, or give its --socket (%w)",
			c.Socket, errors.Unwrap(err))
	}
	if resp.StatusCode/100 != 2 {
		text, err := read(resp)
		return nil, cmp.Or(err, refusal(resp.StatusCode, text))
	}
	return resp, nil
}

// refusal is the error that an answer other than 2xx is.
func refusal(status int, text []byte) error {
	out := &Failure{}
	_ = Decode(text, out) // without it the status says what there is to say
	out.Status = status
	return out
}
