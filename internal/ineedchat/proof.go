package ineedchat

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"
)

// A Proof checks the signature of a webhook while its body comes: what is too
// large to be kept can still be known to be the chat's. Write the raw body to it.
type Proof struct {
	at    time.Time
	bad   error // of the form of the headers
	given []string
	macs  []hash.Hash
	real  []bool // the secret is one, no decoy
}

// NewProof begins to check a webhook by its headers and the secrets that it may
// be signed with. For an unknown company secrets is nil, which costs the same and
// never fits.
func NewProof(secrets []string, h http.Header) *Proof {
	p := &Proof{}
	if p.at, p.bad = signedHeaders(h); p.bad != nil {
		return p
	}
	p.given = strings.Split(h.Get(HeaderSignature), " ")
	signed := h.Get(HeaderID) + "." + h.Get(HeaderTimestamp) + "."
	for i := range max(checks, len(secrets)) {
		key, real := []byte(nil), false
		if i < len(secrets) {
			key, real = keyOf(secrets[i])
		}
		if !real {
			key, _ = keyOf(dummy)
		}
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, signed) // it never fails
		p.macs, p.real = append(p.macs, mac), append(p.real, real)
	}
	return p
}

// Write takes the next part of the body. It never fails.
func (p *Proof) Write(body []byte) (int, error) {
	for _, mac := range p.macs {
		mac.Write(body)
	}
	return len(body), nil
}

// At is when the webhook says that it was signed, which is true once Verify has said so; zero if
// it does not say.
func (p *Proof) At() time.Time { return p.at }

// Verify reports whether what was written was signed with one of the secrets
// within the last five minutes. The error is an *AuthError.
func (p *Proof) Verify() error {
	if p.bad != nil {
		return p.bad
	}
	signed, some := false, false
	for i, mac := range p.macs { // every secret is tried, also after one has fitted
		fits := listed(p.given, mac.Sum(nil))
		signed = signed || fits && p.real[i]
		some = some || p.real[i]
	}
	// The time is judged only after the signature: a stranger must be able
	// neither to learn from the answer nor to make us show a wrong clock.
	if !signed {
		return &AuthError{Reason: wrong(some, RefusalWrongSignature)}
	}
	return InTime(p.at, time.Now())
}

// InTime fails with an *AuthError if something was rightly signed at a time that is too far
// from now. The zero time is signed by nobody, and fits.
func InTime(at, now time.Time) error {
	switch skew := at.Sub(now); {
	case at.IsZero():
		return nil
	case skew < -maxSkew:
		return &AuthError{Reason: refusalTooOld, Skew: skew}
	case skew > maxSkew:
		return &AuthError{Reason: refusalTooNew, Skew: skew}
	}
	return nil
}

// listed reports whether a signature header lists the sum: "v1," and its base64,
// among others.
func listed(given []string, sum []byte) bool {
	want := base64.StdEncoding.AppendEncode(nil, sum)
	found := false
	for _, one := range given {
		version, rest, _ := strings.Cut(one, ",")
		signature, _, _ := strings.Cut(rest, ",")
		found = found || version == "v1" && hmac.Equal([]byte(signature), want)
	}
	return found
}

// Plausible reports whether the headers have the form of a signature of just now.
// It is what a chat with a wrong secret would send, and no proof of anything.
func (p *Proof) Plausible() bool {
	if p.bad != nil || time.Until(p.at).Abs() > maxSkew {
		return false
	}
	for _, one := range p.given {
		text, ok := strings.CutPrefix(one, "v1,")
		sum, err := base64.StdEncoding.DecodeString(text)
		if ok && err == nil && len(sum) == sha256.Size {
			return true
		}
	}
	return false
}

// OrderIDOf is the id of the order that a webhook is about, as far as a body
// that may be anything says so; "" if it does not.
func OrderIDOf(body []byte) string {
	body = bytes.TrimPrefix(body, []byte(byteOrderMark))
	var about struct {
		Data struct {
			ID string `json:"id" wire:"id"`
		} `json:"data"`
	}
	if _, err := read(body, &about, "", 0); err != nil || !ValidID(about.Data.ID) {
		return ""
	}
	return about.Data.ID
}

// Names reports whether a body that nobody has proven is an envelope of the
// contract for a company.
func Names(body []byte, company string) bool {
	e, err := Decode(body)
	return err == nil && e.Type != "" && e.CompanyID == company && company != ""
}
