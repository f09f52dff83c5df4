package wire

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what others sign with
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ineed-insales/internal/ineedchat"
)

// An HMAC is how a chat signs what it sends.
type HMAC struct {
	Header          string `json:"header"`                     // where the signature stands
	Algorithm       string `json:"algorithm"`                  // sha1, sha256, sha512
	Encoding        string `json:"encoding"`                   // hex, base64
	Prefix          string `json:"prefix,omitempty"`           // before the signature, such as "sha256="
	Over            string `json:"over"`                       // body, timestamp.body
	TimestampHeader string `json:"timestamp_header,omitempty"` // Unix' seconds; with timestamp.body
}

// The words of an HMAC.
const (
	OverBody          = "body"
	overTimestampBody = "timestamp.body"
)

var hashes = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

// Why a signature proves nothing. None of them tells what was sent.
var (
	errUnsigned  = &ineedchat.AuthError{Reason: ineedchat.RefusalNoSignature}
	errSignature = &ineedchat.AuthError{Reason: ineedchat.RefusalWrongSignature}
	errTimestamp = &ineedchat.AuthError{Reason: ineedchat.RefusalBadTimestamp}
)

// Invalid gives the names of the settings that no signature could be checked with.
func (h HMAC) Invalid() (fields []string) {
	bad := func(name string, is bool) {
		if is {
			fields = append(fields, name)
		}
	}
	bad("header", !token(h.Header) || proves(h.Header))
	bad("algorithm", hashes[h.Algorithm] == nil)
	bad("encoding", h.Encoding != "hex" && h.Encoding != "base64")
	bad("prefix", len(h.Prefix) > 32)
	bad("over", h.Over != OverBody && h.Over != overTimestampBody)
	bad("timestamp_header", (h.Over == overTimestampBody) != token(h.TimestampHeader))
	return fields
}

// token reports whether a text can name a header.
func token(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// A Signature is checked while the body comes: write it whole, then ask.
type Signature struct {
	err  error // why it can prove nothing, whatever the body is
	at   time.Time
	sum  []byte
	macs []hash.Hash // of each secret
}

// Signature begins to check a delivery by its headers and the secrets that it may be
// signed with.
func (h HMAC) Signature(secrets []string, header http.Header) *Signature {
	s := &Signature{}
	sent := header.Values(h.Header)
	if len(sent) == 0 || strings.TrimSpace(sent[0]) == "" {
		s.err = errUnsigned
		return s
	}
	var ok bool
	if s.sum, ok = h.decode(strings.TrimSpace(sent[0])); !ok || len(sent) > 1 || hashes[h.Algorithm] == nil {
		s.err = errSignature
		return s
	}
	before := ""
	if h.Over == overTimestampBody {
		stamp := strings.TrimSpace(header.Get(h.TimestampHeader))
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil {
			s.err = errTimestamp
			return s
		}
		s.at, before = time.Unix(seconds, 0), stamp+"."
	}
	for _, secret := range secrets {
		mac := hmac.New(hashes[h.Algorithm], []byte(secret))
		mac.Write([]byte(before))
		s.macs = append(s.macs, mac)
	}
	return s
}

// Write takes the next part of the body. It never fails.
func (s *Signature) Write(part []byte) (int, error) {
	for _, mac := range s.macs {
		mac.Write(part)
	}
	return len(part), nil
}

// At is when the delivery says that it was signed, which is true once Verify has said so; zero
// if the time is not signed.
func (s *Signature) At() time.Time { return s.at }

// Verify fails unless what was written was signed with one of the secrets, and not too far
// from now if the time is signed, too. It takes the same time whichever secret it was. The
// error is an *ineedchat.AuthError.
func (s *Signature) Verify(now time.Time) error {
	if s.err != nil {
		return s.err
	}
	fits := false
	for _, mac := range s.macs {
		fits = hmac.Equal(mac.Sum(nil), s.sum) || fits
	}
	if !fits {
		return errSignature
	}
	return ineedchat.InTime(s.at, now)
}

// Plausible reports whether the headers have the form of a signature. It is what a chat
// with a wrong secret would send, and no proof of anything.
func (s *Signature) Plausible() bool { return s.err == nil }

// LooksSigned reports whether a header may be a signature by any HMAC: the last word of its
// value is as long as a sum of bytes is when it is written as these are. Whose company's
// settings name which header is not asked, so that nobody learns it.
func LooksSigned(header http.Header) bool {
	for name, values := range header {
		if proves(name) {
			continue
		}
		for _, v := range values {
			if sumLike(v[strings.LastIndexAny(strings.TrimRight(v, "= "), "= ,:")+1:]) {
				return true
			}
		}
	}
	return false
}

// proves reports whether a header has a meaning of its own in proving who sends something.
// Chats do not put their signatures there.
func proves(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie":
		return true
	}
	return false
}

func sumLike(word string) bool {
	word = strings.TrimSpace(word)
	for _, size := range []int{sha1.Size, sha256.Size, sha512.Size} {
		switch len(word) {
		case hex.EncodedLen(size), base64.StdEncoding.EncodedLen(size), base64.RawStdEncoding.EncodedLen(size):
			return strings.Trim(word, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/-_=") == ""
		}
	}
	return false
}

func (h HMAC) decode(sent string) ([]byte, bool) {
	text, ok := strings.CutPrefix(sent, h.Prefix)
	if !ok {
		return nil, false
	}
	if h.Encoding == "hex" {
		sum, err := hex.DecodeString(text)
		return sum, err == nil
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding,
		base64.RawURLEncoding} {
		if sum, err := e.DecodeString(text); err == nil {
			return sum, true
		}
	}
	return nil, false
}
