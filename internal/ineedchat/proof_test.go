package ineedchat

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestProofAgrees: what the library of Standard Webhooks takes, a Proof takes, and
// nothing else, in whatever parts the body comes.
func TestProofAgrees(t *testing.T) {
	secret, other := NewSecret(), NewSecret()
	library, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(strings.Repeat(`{"id":"1"} `, 1000))
	r := rand.New(rand.NewPCG(1, 2))
	for name, change := range map[string]func(http.Header, []byte) []byte{
		"right":        func(_ http.Header, b []byte) []byte { return b },
		"another body": func(_ http.Header, b []byte) []byte { return append([]byte("x"), b[1:]...) },
		"a byte less":  func(_ http.Header, b []byte) []byte { return b[1:] },
		"another id":   func(h http.Header, b []byte) []byte { h.Set(HeaderID, "other"); return b },
		"another version": func(h http.Header, b []byte) []byte {
			h.Set(HeaderSignature, "v2"+h.Get(HeaderSignature)[2:])
			return b
		},
		"no version": func(h http.Header, b []byte) []byte {
			h.Set(HeaderSignature,
				h.Get(HeaderSignature)[3:])
			return b
		},
		"a list": func(h http.Header, b []byte) []byte {
			h.Set(HeaderSignature, "v1,AAAA v1a,BBBB "+h.Get(HeaderSignature)+" v1,CCCC")
			return b
		},
		"a third part": func(h http.Header, b []byte) []byte {
			h.Set(HeaderSignature,
				h.Get(HeaderSignature)+",more")
			return b
		},
		"blanks": func(h http.Header, b []byte) []byte {
			h.Set(HeaderSignature, "  "+h.Get(HeaderSignature)+"  ")
			return b
		},
		"empty parts": func(h http.Header, b []byte) []byte { h.Set(HeaderSignature, "v1, v1,"); return b },
		"another time": func(h http.Header, b []byte) []byte {
			at, _ := strconv.ParseInt(h.Get(HeaderTimestamp), 10, 64)
			h.Set(HeaderTimestamp, strconv.FormatInt(at-1, 10))
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := Sign(secret, "msg_1", time.Now(), body)
			if err != nil {
				t.Fatal(err)
			}
			text := change(h, append([]byte{}, body...))
			want := library.VerifyIgnoringTimestamp(text, h) == nil
			p := NewProof([]string{other, secret}, h)
			for rest := text; len(rest) > 0; {
				n := 1 + r.IntN(len(rest))
				_, _ = p.Write(rest[:n])
				rest = rest[n:]
			}
			if got := p.Verify() == nil; got != want {
				t.Errorf("taken: %t, by the library: %t", got, want)
			}
			if err := VerifySignature(nil, h, text); err == nil {
				t.Error("fits no secret at all")
			}
		})
	}
}

// TestPlausible: only what has the form of a signature of just now looks like one.
func TestPlausible(t *testing.T) {
	good := "v1," + strings.Repeat("A", 43) + "="
	now := strconv.FormatInt(time.Now().Unix(), 10)
	tests := []struct {
		id, at, signature string
		want              bool
	}{
		{"m", now, good, true},
		{"m", now, "v2,x " + good, true},
		{"m", now, "v1,AAAA", false},
		{"m", now, strings.TrimPrefix(good, "v1,"), false},
		{"m", now, "x", false},
		{"m", now, "", false},
		{"", now, good, false},
		{"m", "1", good, false},
		{"m", "", good, false},
		{"m", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10), good, false},
	}
	for _, test := range tests {
		h := http.Header{}
		for name, value := range map[string]string{HeaderID: test.id, HeaderTimestamp: test.at,
			HeaderSignature: test.signature} {
			if value != "" {
				h.Set(name, value)
			}
		}
		if got := NewProof(nil, h).Plausible(); got != test.want {
			t.Errorf("%+v: %t", test, got)
		}
	}
}

func TestOrderIDOf(t *testing.T) {
	for body, want := range map[string]string{
		`{"data":{"id":"K-1"}}`:             "K-1",
		`{"data":{"id":77}}`:                "77",
		`{"data":{"ID":"K-1"}}`:             "",
		`{"Data":{"id":"K-1"}}`:             "",
		`{"data":{"id":"a b"}}`:             "",
		`{"data":{"id":{}}}`:                "",
		`{"data":[]}`:                       "",
		`{"id":"K-1"}`:                      "",
		`{"data":{"id":"K-1"}`:              "",
		"\ufeff" + `{"data":{"id":"K-1"}}`:  "K-1",
		``:                                  "",
		`{"data":{"id":".."}}`:              "",
		`{"x":1,"data":{"y":2,"id":"..."}}`: "...",
	} {
		if got := OrderIDOf([]byte(body)); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	const right = `{"type":"order.created","version":"1","company_id":"2","data":{}}`
	for body, want := range map[string]bool{right: true, `{"company_id":"2"}`: false,
		`{"type":"x","company_id":"3"}`: false, "{": false, "": false, `[]`: false} {
		if got := Names([]byte(body), "2"); got != want {
			t.Errorf("%s: %t", body, got)
		}
	}
	if Names([]byte(`{"type":"x","company_id":""}`), "") {
		t.Error("nobody is named")
	}
	var e *AuthError
	if err := VerifyToken([]string{"short"}, "anything"); !errors.As(err, &e) || e.Reason != RefusalNoSecret {
		t.Errorf("%v", err)
	}
}
