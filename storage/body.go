package storage

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
)

// packFrom is from how many bytes on a body is deflated that is no order: below that a row of a
// database page is hardly smaller.
const packFrom = 1 << 10

// How a body stands in its row is told by its first byte. A body of before bodies
// were packed has none of these and is taken as it is: it was read as JSON,
// which begins with no control character.
const (
	bodyDeflated = 0x00 // the rest is deflated
	bodyPlain    = 0x01 // the rest is the body
	orderInWords = 0x02 // the rest is deflated behind orderWords; only an order has it
)

// orderWords are a webhook of the contract, of which every order repeats a good part. Orders
// that are stored cannot be read without them, so the file is never changed: better
// words would be another file, with a first byte of their own.
//
//go:embed order.dict
var orderWords []byte

// packBody is a body as it stands in a row. It is worked out before a
// transaction begins where that can be done: the one writer is everybody's.
func packBody(body []byte) []byte {
	if body == nil {
		return nil
	}
	if len(body) >= packFrom {
		if packed := deflate([]byte{bodyDeflated}, body, nil); len(packed) < len(body) {
			return packed
		}
	}
	if len(body) > 0 && body[0] > bodyPlain {
		return body
	}
	return append([]byte{bodyPlain}, body...)
}

// unpackBody is the body again.
func unpackBody(stored []byte) ([]byte, error) {
	switch {
	case len(stored) == 0:
		return stored, nil
	case stored[0] == bodyPlain:
		return stored[1:], nil
	case stored[0] == bodyDeflated:
		return inflated(stored[1:], nil)
	}
	return stored, nil
}

// packOrder is packBody for the webhook of an order.
func packOrder(body []byte) []byte {
	if body == nil {
		return nil
	}
	packed := deflate(append(make([]byte, 0, 64+len(body)/2), orderInWords), body, orderWords)
	switch {
	case len(packed) < len(body):
		return packed
	case len(body) > 0 && body[0] > orderInWords:
		return body
	}
	return append([]byte{bodyPlain}, body...)
}

// unpackOrder is the webhook of an order again.
func unpackOrder(stored []byte) ([]byte, error) {
	if len(stored) == 0 || stored[0] != orderInWords {
		return unpackBody(stored)
	}
	return inflated(stored[1:], orderWords)
}

func inflated(packed, words []byte) ([]byte, error) {
	body, err := inflate(packed, words)
	if err != nil {
		return nil, fmt.Errorf("stored body: %w", err)
	}
	return body, nil
}

// An unpacker is unpackBody for one body after the other, in the same memory. What it
// gives is valid until it is called again, and no longer than what it was given.
type unpacker struct {
	from bytes.Reader
	flat io.ReadCloser // nil = nothing was deflated yet
	into bytes.Buffer
}

func (u *unpacker) unpack(stored []byte) ([]byte, error) {
	if len(stored) == 0 || stored[0] != bodyDeflated {
		return unpackBody(stored)
	}
	u.from.Reset(stored[1:])
	if u.flat == nil {
		u.flat = flate.NewReader(&u.from)
	} else if err := u.flat.(flate.Resetter).Reset(&u.from, nil); err != nil {
		return nil, fmt.Errorf("stored body: %w", err)
	}
	u.into.Reset()
	if _, err := u.into.ReadFrom(u.flat); err != nil {
		return nil, fmt.Errorf("stored body: %w", err)
	}
	return u.into.Bytes(), nil
}

// MaxBodies is how many bodies of one order are kept: the one that is sent and
// others that came under its id and said something else.
const MaxBodies = 5

// packBodies packs the bodies of orders that come, until the store is closed. What packs has its
// tables on the stack, 16 KB: packed by each of those who bring an order, of whom there are
// many, they would all keep stacks of that size. So a few do it for all.
func (s *Store) packBodies() {
	for {
		select {
		case pack := <-s.packings:
			s.pack(pack)
		case <-s.quit:
			return
		}
	}
}

// pack keeps a panic from ending the program: what was not packed is packed by the writer, where
// it is one order's error.
func (s *Store) pack(pack func()) {
	defer func() {
		if r := recover(); r != nil {
			s.cfg.Log.Error("panic in the packing of an order", "panic", r, "stack", string(debug.Stack()))
		}
	}()
	pack()
}

// PackBody makes ready how o.Body stands in its row, so that the writer need
// not. Body must not change after that.
func (s *Store) PackBody(o *Order) {
	packed := make(chan struct{})
	pack := func() {
		defer close(packed)
		o.packed = packOrder(o.Body)
	}
	select {
	case s.packings <- pack:
		<-packed
	case <-s.quit: // there will be no row
	}
}

// rowBody is o.Body as it stands in its row.
func (o *Order) rowBody() []byte {
	if o.packed != nil {
		return o.packed
	}
	return packOrder(o.Body)
}

// AddBody keeps o.Body as the order's own, unless it has one.
func (tx *Tx) AddBody(o *Order) error {
	received, err := tx.keepReceived(o.Received)
	if err != nil {
		return err
	}
	_, err = tx.exec("INSERT INTO bodies (order_seq, n, body, received) VALUES (?, 1, ?, ?) ON CONFLICT DO NOTHING",
		o.seq, o.rowBody(), received)
	return err
}

// AddOtherBody keeps the body of another order beside the order's own and gives its
// number (2 to MaxBodies), or 0 if there are as many already.
func (tx *Tx) AddOtherBody(o, other *Order) (int, error) {
	n, err := value[int](tx.queryRow("SELECT coalesce(max(n), 1) + 1 FROM bodies WHERE order_seq = ?", o.seq))
	if err != nil || n > MaxBodies {
		return 0, err
	}
	received, err := tx.keepReceived(other.Received)
	if err != nil {
		return 0, err
	}
	_, err = tx.exec("INSERT INTO bodies (order_seq, n, body, received) VALUES (?, ?, ?, ?)",
		o.seq, n, other.rowBody(), received)
	return n, err
}

// Body gives the order's own webhook; nil for one that was adopted from the
// shop, or erased.
func (tx *Tx) Body(o *Order) ([]byte, error) { return tx.OtherBody(o, 1) }

// OtherBody gives the n-th body of an order, nil if there is none.
func (tx *Tx) OtherBody(o *Order, n int) ([]byte, error) {
	body, err := value[[]byte](tx.queryRow("SELECT body FROM bodies WHERE order_seq = ? AND n = ?", o.seq, n))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return unpackOrder(body)
}
