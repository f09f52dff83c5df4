package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// secret is what all of them sign with.
const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// orderSize is how large an order is, in bytes.
const orderSize = 3 << 10

// An orders makes requests of signed orders. Those of one call share a memory that the
// next call uses again.
type orders struct {
	pieces    []string // of the body, between what differs from order to order
	companies int      // in turn; each has a limit of its own (handlers/webhook_quota.go)
	made      int      // so far, so that none has the id of another
	memory    []byte
}

// What differs in the contract's example from order to order, in the order in which
// it stands there.
var differing = []string{`"company_id": "2"`, "7f1c2a90-1f7e-4a57-9b2b-0c7a1d9e1001", "9990000000"}

// newOrders reads the contract's own example of an order, and gives it a comment that
// makes it as large as real ones.
func newOrders(example string, companies int) (*orders, error) {
	text, err := os.ReadFile(example)
	if err != nil {
		return nil, err
	}
	const words = "Позвоните за час, подъезд со двора. "
	pad := strings.Repeat(words, max(0, orderSize-len(text))/len(words))
	rest := strings.Replace(string(text), `"comment": "П`, `"comment": "`+pad+"П", 1)
	o := &orders{companies: companies}
	for _, part := range differing {
		before, after, ok := strings.Cut(rest, part)
		if !ok {
			return nil, fmt.Errorf("%s has no %s", example, part)
		}
		o.pieces, rest = append(o.pieces, before), after
	}
	o.pieces = append(o.pieces, rest)
	return o, nil
}

// make makes n requests for a server. What the last call made must not be used any more.
func (o *orders) make(n int, host string, path func(company string) string) [][]byte {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err) // not reached: it is a constant
	}
	mac := hmac.New(sha256.New, key)
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	if o.memory == nil {
		o.memory = make([]byte, 0, n*(orderSize+512))
	}
	memory, list := o.memory[:0], make([][]byte, 0, n)
	var body bytes.Buffer
	for range n {
		o.made++
		company := strconv.Itoa(o.made%o.companies + 1)
		o.write(&body, company)
		id := "msg_" + strconv.Itoa(o.made)
		mac.Reset()
		fmt.Fprintf(mac, "%s.%s.", id, timestamp)
		mac.Write(body.Bytes())
		begin := len(memory)
		memory = fmt.Appendf(memory, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
			"Content-Length: %d\r\nWebhook-Id: %s\r\nWebhook-Timestamp: %s\r\nWebhook-Signature: v1,%s\r\n\r\n",
			path(company), host, body.Len(), id, timestamp, base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		memory = append(memory, body.Bytes()...)
		list = append(list, memory[begin:])
	}
	o.memory = memory
	return list
}

// write writes the body of the order whose turn it is. Its id looks like those of a
// chat, which come in no order.
func (o *orders) write(body *bytes.Buffer, company string) {
	scattered := uint64(o.made) * 0x9e3779b97f4a7c15 // odd, so that no two are the same
	body.Reset()
	body.WriteString(o.pieces[0])
	fmt.Fprintf(body, `"company_id": %q`, company)
	body.WriteString(o.pieces[1])
	fmt.Fprintf(body, "%08x-%04x-4%03x-9b2b-%012x", uint32(scattered>>32), uint16(scattered>>16), scattered>>4&0xfff,
		o.made)
	body.WriteString(o.pieces[2])
	fmt.Fprintf(body, "9%09d", scattered%1_000_000_000)
	body.WriteString(o.pieces[3])
}
