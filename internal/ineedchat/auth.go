package ineedchat

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The headers of Standard Webhooks, as http.Header has them: another spelling would be made
// into this one each time that they are looked up.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// maxSkew is how far the clocks of sender and receiver may be apart.
const maxSkew = 300 * time.Second

const (
	secretPrefix = "whsec_"
	minKey       = 24 // bytes, as Standard Webhooks demands
	maxKey       = 64
	minToken     = 32 // characters
	maxToken     = 512
	maxWebhookID = 128 // characters
	maxUnix      = 12  // digits: the year 33658 will do

	// checks is how many secrets are compared at least: as many as a company may
	// have, so that neither an unknown company nor one without a second secret
	// stands out by time.
	checks = 2
)

// dummy is compared where there is no secret. A match with it counts for
// nothing, so it need not be one.
const dummy = secretPrefix + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// NewSecret makes a secret for signatures: "whsec_" and 32 random bytes in
// base64. It is also good as a bearer token.
func NewSecret() string {
	return secretPrefix + base64.StdEncoding.EncodeToString(random())
}

// NewToken makes a token of 43 characters that need no escaping in a URL.
func NewToken() string {
	return base64.RawURLEncoding.EncodeToString(random())
}

// random gives 32 bytes. crypto/rand ends the program rather than fail.
func random() []byte {
	key := make([]byte, 32)
	rand.Read(key)
	return key
}

// ValidSecret reports whether s can sign: "whsec_" and 24 to 64 bytes in
// base64.
func ValidSecret(s string) bool {
	_, ok := keyOf(s)
	return ok
}

// keyOf is the key that a secret stands for; false if it is none.
func keyOf(secret string) (key []byte, ok bool) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	if !ok || strings.ContainsAny(text, "\r\n") { // which base64 would skip
		return nil, false
	}
	key, err := base64.StdEncoding.DecodeString(text)
	return key, err == nil && minKey <= len(key) && len(key) <= maxKey
}

// ValidToken reports whether s can be a token in a header or a path: 32 to 512
// visible ASCII characters. A secret for signatures is one too.
func ValidToken(s string) bool {
	if len(s) < minToken || len(s) > maxToken {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// A Refusal is why a webhook was not believed. The sender is never told; the
// operator sees the counts.
type Refusal string

// All refusals there are.
const (
	RefusalNoSignature    Refusal = "no_signature"
	refusalBadID          Refusal = "bad_id"
	RefusalBadTimestamp   Refusal = "bad_timestamp"
	refusalRepeatedHeader Refusal = "repeated_header" // which of the two was signed?
	RefusalWrongSignature Refusal = "wrong_signature"
	refusalTooOld         Refusal = "too_old" // rightly signed, so Skew is true
	refusalTooNew         Refusal = "too_new" // likewise
	refusalNoToken        Refusal = "no_token"
	RefusalWrongToken     Refusal = "wrong_token"
	RefusalNoSecret       Refusal = "no_secret" // there is nothing to compare with: an unknown company
)

// Refusals lists them all, for a metric that shows zeros.
func Refusals() []Refusal {
	return []Refusal{
		RefusalNoSignature, refusalBadID, RefusalBadTimestamp, refusalRepeatedHeader, RefusalWrongSignature,
		refusalTooOld, refusalTooNew, refusalNoToken, RefusalWrongToken, RefusalNoSecret,
	}
}

// An AuthError says that a webhook is not believed. The sender is answered 401
// without a detail.
type AuthError struct {
	Reason Refusal
	Skew   time.Duration // the sender's clock minus ours; 0 unless the time is the reason
}

// Error is for our own log.
func (e *AuthError) Error() string {
	if e.Skew != 0 {
		return fmt.Sprintf("webhook refused: %s by %s", e.Reason, e.Skew.Abs().Round(time.Second))
	}
	return "webhook refused: " + string(e.Reason)
}

// signedHeaders checks the form of the three headers and gives the time of the
// attempt. It does not know the company, so its time tells nothing about one.
func signedHeaders(h http.Header) (time.Time, error) {
	for _, name := range []string{HeaderID, HeaderTimestamp, HeaderSignature} {
		if len(h.Values(name)) > 1 {
			return time.Time{}, &AuthError{Reason: refusalRepeatedHeader}
		}
	}
	if h.Get(HeaderSignature) == "" {
		return time.Time{}, &AuthError{Reason: RefusalNoSignature}
	}
	if !validWebhookID(h.Get(HeaderID)) {
		return time.Time{}, &AuthError{Reason: refusalBadID}
	}
	// "+5" and "05" would be signed as "5": one signature for several headers.
	text := h.Get(HeaderTimestamp)
	if !digits(text) || text[0] == '0' || len(text) > maxUnix {
		return time.Time{}, &AuthError{Reason: RefusalBadTimestamp}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, &AuthError{Reason: RefusalBadTimestamp}
	}
	return time.Unix(seconds, 0), nil
}

// Signed reports whether headers have the form of a signature, be it a right one
// or not. Without it there is no reason to read a body.
func Signed(h http.Header) bool {
	_, err := signedHeaders(h)
	return err == nil
}

// validWebhookID refuses dots because the dot separates what is signed: with
// one in the id the same signature would fit another id and time.
func validWebhookID(id string) bool {
	return id != "" && utf8.ValidString(id) && utf8.RuneCountInString(id) <= maxWebhookID && !strings.Contains(id, ".")
}

// wrong is the reason why none of the secrets fitted: there may have been none.
func wrong(some bool, reason Refusal) Refusal {
	if some {
		return reason
	}
	return RefusalNoSecret
}

// VerifyToken reports whether presented is one of secrets. Hashes are compared,
// in constant time, so that not even the length of a secret shows. For an
// unknown company secrets is nil. The error is an *AuthError.
func VerifyToken(secrets []string, presented string) error {
	if presented == "" {
		return &AuthError{Reason: refusalNoToken}
	}
	got := sha256.Sum256([]byte(presented))
	found, some := 0, false
	for i := range max(checks, len(secrets)) {
		secret, real := dummy, 0
		if i < len(secrets) && ValidToken(secrets[i]) {
			secret, real, some = secrets[i], 1, true
		}
		want := sha256.Sum256([]byte(secret))
		found |= real & subtle.ConstantTimeCompare(got[:], want[:])
	}
	if found == 0 {
		return &AuthError{Reason: wrong(some, RefusalWrongToken)}
	}
	return nil
}

// BearerToken is the token of the Authorization header; "" if there is none, it
// is of another scheme, or there are two such headers.
func BearerToken(h http.Header) string {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// WebhookID is the id that headers give a webhook, fit for a log and a history; ""
// if they give none that is.
func WebhookID(h http.Header) string {
	id := h.Get(HeaderID)
	if !ValidID(id) {
		return ""
	}
	return id
}

// Sign gives the three headers that sign body as of at. The id must be the same
// on every retry of the same message.
func Sign(secret, id string, at time.Time, body []byte) (http.Header, error) {
	key, ok := keyOf(secret)
	if !ok {
		return nil, fmt.Errorf("sign: the secret is not %s and base64 of %d to %d bytes", secretPrefix, minKey, maxKey)
	}
	if !validWebhookID(id) {
		return nil, fmt.Errorf("sign: a webhook id has 1 to %d characters and no dot", maxWebhookID)
	}
	mac := hmac.New(sha256.New, key) // the library would copy a megabyte of catalog twice
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	h := make(http.Header, 3)
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(HeaderSignature, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return h, nil
}
