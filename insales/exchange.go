package insales

import (
	"bytes"
	"encoding/base64"
	"io"
)

// maxKept is how much of an answer is kept for people to look at.
const maxKept = 64 << 10

// An Exchange is what was sent and what came back, as it was, for people to
// look at. Of an answer that is not whole it holds what came of it, of a long
// one the first 64 KiB. It may hold personal data; the access key it never holds.
type Exchange struct{ Request, Answer []byte }

// A kept takes the beginning of what flows by.
type kept struct {
	text []byte
	more bool // than is kept
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
