package notify

import (
	"errors"
	"net"
)

// maxSession is how much a mail server may say in one conversation, its
// certificates included: far more than any does.
const maxSession = 256 << 10

var errTalkative = errors.New("the mail server says more than a mail server says")

// A bounded is a connection whose other side may say only so much. A server that
// never ends its line would fill the memory otherwise.
type bounded struct {
	net.Conn
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTalkative
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
