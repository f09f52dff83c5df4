package ineedchat

import "net/http"

// RuleRepeated is what a repeated name breaks.
const RuleRepeated = ruleRepeated

// VerifySignature is what a Proof says of a body that has come as a whole.
func VerifySignature(secrets []string, h http.Header, body []byte) error {
	p := NewProof(secrets, h)
	_, _ = p.Write(body) // it never fails
	return p.Verify()
}

// Read reads well-formed text into a struct.
func Read(text []byte, v any) error {
	_, err := read(text, v, "", maxItems)
	return err
}

// Close drops the idle connections of the transport.
func (c *Client) Close() { c.http.CloseIdleConnections() }
