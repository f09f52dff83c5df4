package wire

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat"
)

func TestHMAC(t *testing.T) {
	now, body := time.Unix(1795867200, 0), []byte(`{"order_id":1}`)
	sum := func(text string) []byte {
		m := hmac.New(sha1.New, []byte("secret phrase"))
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	taplink := HMAC{Header: "taplink-signature", Algorithm: "sha1", Encoding: "hex", Over: OverBody}
	stamped := HMAC{Header: "X-Signature", Algorithm: "sha256", Encoding: "base64", Prefix: "v1=",
		Over:            overTimestampBody,
		TimestampHeader: "X-Time"}
	stamp := func(at int64) string {
		m := hmac.New(sha256.New, []byte("secret phrase"))
		fmt.Fprintf(m, "%d.%s", at, body)
		return "v1=" + base64.StdEncoding.EncodeToString(m.Sum(nil))
	}
	signed, early := stamp(1795867100), now.Unix()-301
	for name, test := range map[string]struct {
		h      HMAC
		header map[string]string
		want   error
		late   time.Duration
	}{
		"right": {taplink, map[string]string{"taplink-signature": hex.EncodeToString(sum(string(body)))}, nil,
			0},
		"capitals": {taplink, map[string]string{"Taplink-Signature": "  " +
			hex.EncodeToString(sum(string(body)))}, nil, 0},
		"another body": {taplink, map[string]string{"taplink-signature": hex.EncodeToString(sum("{}"))}, errSignature,
			0},
		"none":           {taplink, nil, errUnsigned, 0},
		"no hexadecimal": {taplink, map[string]string{"taplink-signature": "zz"}, errSignature, 0},
		"half": {taplink, map[string]string{"taplink-signature": hex.EncodeToString(sum(string(body)))[:20]},
			errSignature, 0},
		"stamped":      {stamped, map[string]string{"X-Signature": signed, "X-Time": "1795867100"}, nil, 0},
		"another time": {stamped, map[string]string{"X-Signature": signed, "X-Time": "1795867101"}, errSignature, 0},
		"no time":      {stamped, map[string]string{"X-Signature": signed}, errTimestamp, 0},
		"too old": {stamped, map[string]string{"X-Signature": stamp(early), "X-Time": strconv.FormatInt(early, 10)},
			nil, -301 * time.Second},
		"no prefix": {stamped, map[string]string{"X-Signature": signed[3:], "X-Time": "1795867100"}, errSignature, 0},
	} {
		header := http.Header{}
		for k, v := range test.header {
			header.Set(k, v)
		}
		if bad := test.h.Invalid(); len(bad) > 0 {
			t.Errorf("%s: %v", name, bad)
		}
		verify := func(secrets ...string) error {
			s := test.h.Signature(secrets, header)
			_, _ = s.Write(body[:5]) // it never fails
			_, _ = s.Write(body[5:])
			return s.Verify(now)
		}
		if err := verify("an older one", "secret phrase"); test.late != 0 {
			e, is := errors.AsType[*ineedchat.AuthError](err)
			if !is || e.Skew != test.late {
				t.Errorf("%s: %v, want a skew of %v", name, err, test.late)
			}
		} else if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if verify("another") == nil || verify() == nil {
			t.Errorf("%s: taken with another secret, or none", name)
		}
	}
	for _, bad := range []HMAC{{}, {Header: "a b", Algorithm: "sha1", Encoding: "hex", Over: OverBody},
		{Header: "a", Algorithm: "md5", Encoding: "hex", Over: OverBody},
		{Header: "a", Algorithm: "sha1", Encoding: "hex", Over: overTimestampBody},
		{Header: "a", Algorithm: "sha1", Encoding: "hex", Over: OverBody, TimestampHeader: "b"}} {
		if len(bad.Invalid()) == 0 {
			t.Errorf("%+v is valid", bad)
		}
	}
}

func TestLooksSigned(t *testing.T) {
	hexSum, base := strings.Repeat("0f", 20), base64.StdEncoding.EncodeToString(make([]byte, 32))
	for value, want := range map[string]bool{
		hexSum: true, "sha1=" + hexSum: true, "v1," + base: true, "t=1,v1=" + strings.Repeat("0f", 32): true,
		base + " ": true, strings.TrimRight(base, "="): true,
		"": false, "Mozilla/5.0 (X11; Linux x86_64)": false, "550e8400-e29b-41d4-a716-446655440000": false,
		"application/json": false, strings.Repeat("é", 20): false, hexSum[2:]: false,
	} {
		if got := LooksSigned(http.Header{"X-Any": {value}}); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}
