package ineedchat_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/internal/ineedchat"
)

// The contract's test vector. Its key is the bytes 00..1f.
const (
	vectorSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	vectorID     = "msg_test_0001"
	vectorUnix   = 1795435200
	vectorBody   = `{"type":"order.created","version":"1","timestamp":"2026-11-23T12:00:00Z","company_id":"c2",` +
		`"data":{"id":"A-1001"}}`
	vectorSignature = "v1,sUppiuSIkTcmBE01+yPAOLWMH5zRGNV4ciwe+eFO9CM="
)

// vectorHeader is the header of the test vector, changed by pairs of a name and
// a value; an empty value removes the header.
func vectorHeader(changes ...string) http.Header {
	h := http.Header{}
	h.Set("webhook-id", vectorID)
	h.Set("webhook-timestamp", "1795435200")
	h.Set("webhook-signature", vectorSignature)
	for pair := range slices.Chunk(changes, 2) {
		h.Set(pair[0], pair[1])
		if pair[1] == "" {
			h.Del(pair[0])
		}
	}
	return h
}

// at runs f in a bubble whose clock stands at the vector's time plus skew.
func at(t *testing.T, skew time.Duration, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Unix(vectorUnix, 0).Add(skew)))
		f(t)
	})
}

// wantRefusal fails unless err is an AuthError for reason; "" wants no error.
func wantRefusal(t *testing.T, err error, reason ineedchat.Refusal) *ineedchat.AuthError {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return nil
	}
	refused, ok := errors.AsType[*ineedchat.AuthError](err)
	if !ok {
		t.Fatalf("got %v, want a refusal for %s", err, reason)
	}
	if refused.Reason != reason {
		t.Errorf("refused for %s, want %s", refused.Reason, reason)
	}
	if !slices.Contains(ineedchat.Refusals(), refused.Reason) {
		t.Errorf("%s is not among the refusals", refused.Reason)
	}
	if !strings.Contains(refused.Error(), string(reason)) {
		t.Errorf("the error does not name the reason: %v", refused)
	}
	return refused
}

func TestSignVector(t *testing.T) {
	h, err := ineedchat.Sign(vectorSecret, vectorID, time.Unix(vectorUnix, 0), []byte(vectorBody))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range vectorHeader() {
		if got := h.Values(name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	for _, test := range []struct{ secret, id string }{
		{"", vectorID},
		{"whsec_short", vectorID},
		{strings.Repeat("t", 43), vectorID},
		{vectorSecret, ""},
		{vectorSecret, "a.b"},
		{vectorSecret, strings.Repeat("x", 129)},
	} {
		_, err := ineedchat.Sign(test.secret, test.id, time.Now(), nil)
		if err == nil {
			t.Errorf("%q %q: signed", test.secret, test.id)
		} else if test.secret != "" && strings.Contains(err.Error(), test.secret) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
}

func TestVerifySignature(t *testing.T) {
	other := ineedchat.NewSecret()
	both := []string{other, vectorSecret}
	for _, test := range []struct {
		name    string
		secrets []string
		header  http.Header
		body    string
		want    ineedchat.Refusal
	}{
		{"vector", []string{vectorSecret}, vectorHeader(), vectorBody, ""},
		{"rotation, new secret first", both, vectorHeader(), vectorBody, ""},
		{"rotation, old secret first", []string{vectorSecret, other}, vectorHeader(), vectorBody, ""},
		{"several signatures",
			both, vectorHeader("webhook-signature", "v1a,xxx v1,AAAA "+vectorSignature), vectorBody, ""},
		{"another secret", []string{other}, vectorHeader(), vectorBody, "wrong_signature"},
		{"another body", both, vectorHeader(), vectorBody + " ", "wrong_signature"},
		{"another id", both, vectorHeader("webhook-id", "msg_test_0002"), vectorBody, "wrong_signature"},
		{"another time", both, vectorHeader("webhook-timestamp", "1795435201"), vectorBody, "wrong_signature"},
		{"another version", both, vectorHeader("webhook-signature", "v2"+vectorSignature[2:]), vectorBody,
			"wrong_signature"},
		{"junk", both, vectorHeader("webhook-signature", "junk"), vectorBody, "wrong_signature"},
		{"empty list", both, vectorHeader("webhook-signature", "v1, ,"), vectorBody, "wrong_signature"},
		{"no headers", both, http.Header{}, vectorBody, "no_signature"},
		{"no signature", both, vectorHeader("webhook-signature", ""), vectorBody, "no_signature"},
		{"no id", both, vectorHeader("webhook-id", ""), vectorBody, "bad_id"},
		{"id with a dot", both, vectorHeader("webhook-id", "msg.1"), vectorBody, "bad_id"},
		{"long id", both, vectorHeader("webhook-id", strings.Repeat("x", 129)), vectorBody, "bad_id"},
		{"no time", both, vectorHeader("webhook-timestamp", ""), vectorBody, "bad_timestamp"},
		{"time with a sign", both, vectorHeader("webhook-timestamp", "+1795435200"), vectorBody, "bad_timestamp"},
		{"time with a zero", both, vectorHeader("webhook-timestamp", "01795435200"), vectorBody, "bad_timestamp"},
		{"time with a fraction", both, vectorHeader("webhook-timestamp", "1795435200.0"), vectorBody, "bad_timestamp"},
		{"negative time", both, vectorHeader("webhook-timestamp", "-1"), vectorBody, "bad_timestamp"},
		{"endless time", both, vectorHeader("webhook-timestamp", strings.Repeat("9", 13)), vectorBody, "bad_timestamp"},
		{"unknown company", nil, vectorHeader(), vectorBody, "no_secret"},
		{"only a token", []string{strings.Repeat("t", 43)}, vectorHeader(), vectorBody, "no_secret"},
		{"empty secrets", []string{"", "whsec_"}, vectorHeader(), vectorBody, "no_secret"},
	} {
		t.Run(test.name, func(t *testing.T) {
			at(t, 0, func(t *testing.T) {
				err := ineedchat.VerifySignature(test.secrets, test.header, []byte(test.body))
				if refused := wantRefusal(t, err, test.want); refused != nil && refused.Skew != 0 {
					t.Errorf("a skew of %v is believed without a signature", refused.Skew)
				}
			})
		})
	}
}

// TestDummyIsNoSecret signs with what stands in for absent secrets: knowing our
// source must not open anything.
func TestDummyIsNoSecret(t *testing.T) {
	dummy := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	body := []byte(vectorBody)
	h, err := ineedchat.Sign(dummy, vectorID, time.Now(), body)
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, ineedchat.VerifySignature(nil, h, body), "no_secret")
	wantRefusal(t, ineedchat.VerifySignature([]string{vectorSecret}, h, body), "wrong_signature")
	wantRefusal(t, ineedchat.VerifyToken(nil, dummy), "no_secret")
	wantRefusal(t, ineedchat.VerifyToken([]string{vectorSecret}, dummy), "wrong_token")
}

func TestVerifySignatureRepeatedHeader(t *testing.T) {
	for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		h := vectorHeader()
		h.Add(name, h.Get(name))
		at(t, 0, func(t *testing.T) {
			wantRefusal(t, ineedchat.VerifySignature([]string{vectorSecret}, h, []byte(vectorBody)), "repeated_header")
		})
	}
}

func TestVerifySignatureTime(t *testing.T) {
	for _, test := range []struct {
		ours time.Duration // our clock minus the sender's
		want ineedchat.Refusal
	}{
		{0, ""},
		{300 * time.Second, ""},
		{-300 * time.Second, ""},
		{301 * time.Second, "too_old"},
		{-301 * time.Second, "too_new"},
		{3 * time.Hour, "too_old"},
		{-20 * 365 * 24 * time.Hour, "too_new"},
	} {
		t.Run(test.ours.String(), func(t *testing.T) {
			at(t, test.ours, func(t *testing.T) {
				err := ineedchat.VerifySignature([]string{vectorSecret}, vectorHeader(), []byte(vectorBody))
				if refused := wantRefusal(t, err, test.want); refused != nil && refused.Skew != -test.ours {
					t.Errorf("skew %v, want %v", refused.Skew, -test.ours)
				}
			})
		})
	}
}

func TestVerifyToken(t *testing.T) {
	one, two := ineedchat.NewToken(), ineedchat.NewSecret()
	for _, test := range []struct {
		name      string
		secrets   []string
		presented string
		want      ineedchat.Refusal
	}{
		{"first", []string{one, two}, one, ""},
		{"second", []string{one, two}, two, ""},
		{"third", []string{one, two, vectorSecret}, vectorSecret, ""},
		{"another", []string{one, two}, ineedchat.NewToken(), "wrong_token"},
		{"prefix", []string{one}, one[:42], "wrong_token"},
		{"longer", []string{one}, one + "=", "wrong_token"},
		{"case", []string{strings.Repeat("a", 32)}, strings.Repeat("A", 32), "wrong_token"},
		{"none", []string{one}, "", "no_token"},
		{"none, none", []string{""}, "", "no_token"},
		{"weak secret", []string{"secret"}, "secret", "no_secret"},
		{"unknown company", nil, one, "no_secret"},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantRefusal(t, ineedchat.VerifyToken(test.secrets, test.presented), test.want)
		})
	}
}

func TestBearerToken(t *testing.T) {
	for value, want := range map[string]string{
		"Bearer abc":   "abc",
		"bearer  abc ": "abc",
		"BEARER abc":   "abc",
		"Basic abc":    "",
		"Bearer":       "",
		"Bearerabc":    "",
		"abc":          "",
		"":             "",
	} {
		if got := ineedchat.BearerToken(http.Header{"Authorization": {value}}); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
	if got := ineedchat.BearerToken(http.Header{}); got != "" {
		t.Errorf("no header: got %q", got)
	}
	if got := ineedchat.BearerToken(http.Header{"Authorization": {"Bearer a", "Bearer b"}}); got != "" {
		t.Errorf("two headers: got %q", got)
	}
}

func TestNewSecrets(t *testing.T) {
	secret, token := ineedchat.NewSecret(), ineedchat.NewToken()
	if !ineedchat.ValidSecret(secret) || !ineedchat.ValidToken(secret) || secret == ineedchat.NewSecret() {
		t.Errorf("bad secret %q", secret)
	}
	if !ineedchat.ValidToken(token) || len(token) != 43 || strings.ContainsAny(token, "+/=%") ||
		token == ineedchat.NewToken() {
		t.Errorf("bad token %q", token)
	}
}

func TestValidSecret(t *testing.T) {
	of := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, n)) }
	for secret, want := range map[string]bool{
		vectorSecret:                       true,
		of(24):                             true,
		of(64):                             true,
		of(23):                             false,
		of(65):                             false,
		vectorSecret[6:]:                   false, // no prefix
		vectorSecret + "\n":                false,
		vectorSecret[:49]:                  false, // no padding
		"whsec_":                           false,
		"":                                 false,
		"whsec_" + strings.Repeat("-", 44): false,
	} {
		if got := ineedchat.ValidSecret(secret); got != want {
			t.Errorf("%q: got %v", secret, got)
		}
	}
}

func TestValidToken(t *testing.T) {
	for token, want := range map[string]bool{
		strings.Repeat("x", 32):          true,
		strings.Repeat("x", 512):         true,
		vectorSecret:                     true,
		strings.Repeat("x", 31):          false,
		strings.Repeat("x", 513):         false,
		strings.Repeat("x", 32) + " ":    false,
		strings.Repeat("x", 32) + "\r\n": false,
		strings.Repeat("ы", 32):          false,
		"":                               false,
	} {
		if got := ineedchat.ValidToken(token); got != want {
			t.Errorf("%q: got %v", token, got)
		}
	}
}
