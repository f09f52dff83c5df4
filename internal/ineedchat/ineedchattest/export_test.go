package ineedchattest

// What nobody but the tests of this package needs by name.
const (
	Before        = before
	MaxBatchBytes = maxBatchBytes
)

// PingBody is the message a chat sends to try the connection.
func PingBody(company string) []byte { return envelope("ping", company, false, doc{}) }
