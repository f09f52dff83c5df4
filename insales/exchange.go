package insales

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
)

// maxKept is how much of an answer is kept for people to look at.
const maxKept = 64 << 10

// An Exchange is what was sent and what came back, as it was, for people to
// look at. Of an answer that is not whole it holds what came of it, of a long
// one the first 64 KiB. It may hold personal data; the access key it never holds.
type Exchange struct {
	Request, Answer []byte

	// ID is the shop's own id of the request, by which its support finds it; "" if the
	// answer has none (inferred: programs of its kind give X-Request-Id).
	ID string
}

// A kept takes the beginning of what flows by.
type kept struct {
	text []byte
	more bool   // than is kept
	id   string // as in Exchange
}

// idForm is what an id of a request looks like. It stands in logs and histories, so
// nothing else is taken for one.
var idForm = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// head takes what stands before the answer.
func (k *kept) head(h http.Header) {
	if id := h.Get("X-Request-Id"); k != nil && idForm.MatchString(id) {
		k.id = id
	}
}

func (k *kept) Write(p []byte) (int, error) {
	room := min(maxKept-len(k.text), len(p))
	k.text = append(k.text, p[:room]...)
	k.more = k.more || room < len(p)
	return len(p), nil
}

// from has k, if it is not nil, take what is read of an answer.
func (k *kept) from(answer io.Reader) io.Reader {
	if k == nil {
		return answer
	}
	return io.TeeReader(answer, k)
}

// rest reads on behind what was decoded, as far as k is interested: an answer
// that is no order is what a person wants to see.
func (k *kept) rest(answer io.Reader) {
	if k != nil {
		_, _ = io.CopyN(io.Discard, answer, maxKept+1) // torn or not, that is all of it
	}
}

// exchange is what was kept of the answer to a request.
func (c *Client) exchange(request []byte, k *kept) Exchange {
	return Exchange{Request: request, Answer: c.shown(k), ID: k.id}
}

// shown is what was kept, without our access key should the answer echo it.
func (c *Client) shown(k *kept) []byte {
	text := k.text
	for _, secret := range []string{c.cfg.Password,
		base64.StdEncoding.EncodeToString([]byte(c.cfg.KeyID + ":" + c.cfg.Password))} {
		if c.cfg.Password != "" {
			text = bytes.ReplaceAll(text, []byte(secret), []byte("•••"))
		}
	}
	if k.more {
		text = append(text, "…"...)
	}
	return text
}
