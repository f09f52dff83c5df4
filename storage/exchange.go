package storage

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
)

// maxExchanges is of how many events of each kind the texts are kept: of an
// order's last ones.
const maxExchanges = 3

// A Packed is a text that went to the shop or the chat, or came from there,
// deflated. It may hold personal data and is erased with the order's person.
type Packed []byte

// What is sent and answered looks much the same for every order, so it is deflated as what
// follows one example of each: that makes 720 bytes of a shop's answer of 8,000 instead of
// 2,300. The first byte of a Packed tells how it was made. No deflated text begins with one
// of these bytes, so what older versions have kept, which was deflated on its own, is known
// by having none of them.
const (
	packedByDictionary = 0x06
	packedPlain        = 0x0e
	packExchangeFrom   = 64      // bytes; less is left as it is
	packWellFrom       = 1 << 10 // bytes; of less hardly more is left by who has little time
)

// exchangeDictionary are the examples. What was packed by them is read by them: the file is
// never changed. Better examples would be another file, with a first byte of their own.
//
//go:embed exchange.dict
var exchangeDictionary []byte

var exchangeDeflater = deflater{words: exchangeDictionary}

// Pack makes a Packed of a text; what is no UTF-8 in it becomes U+FFFD.
func Pack(text []byte) Packed {
	text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	switch {
	case len(text) == 0:
		return nil
	case len(text) < packExchangeFrom:
		return append([]byte{packedPlain}, text...)
	}
	if len(text) < packWellFrom {
		return deflate([]byte{packedByDictionary}, text, exchangeDictionary)
	}
	return exchangeDeflater.deflate([]byte{packedByDictionary}, text)
}

// text gives the text again; "" of none.
func (p Packed) text() (string, error) {
	if len(p) == 0 {
		return "", nil
	}
	if p[0] == packedPlain {
		return string(p[1:]), nil
	}
	var dictionary []byte
	if p[0] == packedByDictionary {
		p, dictionary = p[1:], exchangeDictionary
	}
	text, err := inflate(p, dictionary)
	return string(text), err
}

// Texts gives what is kept of an event: what was sent and what was answered.
func (e Event) Texts() (request, answer string, err error) {
	request, err = e.Request.text()
	if err != nil {
		return "", "", err
	}
	answer, err = e.Answer.text()
	return request, answer, err
}

// LastRequest gives what was sent last at an event of this kind; "" if that is
// not kept.
func (tx *Tx) LastRequest(o *Order, kind string) (string, error) {
	request, err := value[[]byte](tx.queryRow(
		"SELECT request FROM exchanges WHERE order_seq = ? AND kind = ? ORDER BY n DESC LIMIT 1", o.seq, kind))
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("request of order %s: %w", o.Key, err)
	}
	return Packed(request).text()
}

// addExchange keeps the texts of the order's n-th event, unless the order's
// person was erased: an answer may tell of them again.
func (tx *Tx) addExchange(o *Order, n int64, e Event) error {
	if len(e.Request) == 0 && len(e.Answer) == 0 || !o.ErasedAt.IsZero() {
		return nil
	}
	_, err := tx.exec("INSERT INTO exchanges (order_seq, n, kind, request, answer) VALUES (?, ?, ?, ?, ?)",
		o.seq, n, e.Kind, append([]byte{}, e.Request...), append([]byte{}, e.Answer...))
	if err != nil {
		return fmt.Errorf("exchange of order %s: %w", o.Key, err)
	}
	_, err = tx.exec(`DELETE FROM exchanges WHERE order_seq = ?1 AND kind = ?2 AND n <=
		(SELECT n FROM exchanges WHERE order_seq = ?1 AND kind = ?2 ORDER BY n DESC LIMIT 1 OFFSET ?3)`,
		o.seq, e.Kind, maxExchanges)
	return err
}
