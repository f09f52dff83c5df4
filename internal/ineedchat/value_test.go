package ineedchat_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat"
)

func TestRuleNames(t *testing.T) {
	want := []string{"chatid", "decimal", "nonnegative", "positive", "rfc3339"}
	if got := slices.Sorted(maps.Keys(ineedchat.Rules())); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestRules runs each rule over values that pass and values that do not.
func TestRules(t *testing.T) {
	for rule, test := range map[string]struct{ good, bad []string }{
		"chatid": {
			good: []string{"2", "A-1001", "a.b_c:d-e", "7f1c2a90-1f7e-4a57-9b2b-0c7a1d9e1001", "...",
				strings.Repeat("x", 64)},
			bad: []string{"", ".", "..", "a~2", "a b", "a/b", "%2e", "ы", "a\n", "a\x00", "a]",
				strings.Repeat("x", 65)},
		},
		"decimal": {
			good: []string{"0", "990.00", "0.350", "-5", "+5", "-0.001", "007", "12345678901234567890",
				"1234567890123456.789"},
			bad: []string{"", "-", ".", ".5", "5.", "1.2345", "1e3", "1E3", "0x10", "1_000", "1 000", " 1", "1,5",
				"--1", "−1", "-.5", "1.-5", "1.+5",
				"1.2.3", "NaN", "Inf", "١", "123456789012345678901", "1e-1000000000"},
		},
		"positive":    {good: []string{"1", "0.001", "+2"}, bad: []string{"", "0", "0.000", "-0", "-1", "x", "1e3"}},
		"nonnegative": {good: []string{"0", "-0", "0.00", "1"}, bad: []string{"", "-0.001", "-1", "x", "0e0"}},
		"rfc3339": {
			good: []string{"2026-11-23T12:00:00Z", "2026-11-23T12:00:00.000Z", "2026-11-23T14:59:58+03:00",
				"2026-02-28T23:59:59.123456789-11:30"},
			bad: []string{"", "2026-11-23", "2026-11-23T12:00:00", "2026-11-23 12:00:00Z", "2026-11-23T12:00Z",
				"2026-11-23T1:00:00Z", "2026-11-23T12:00:00,5Z",
				"2026-02-29T12:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T12:00:00+25:00", "2026-11-23T12:00:00+0300",
				"1795435200", "2026-11-23T12:00:00." + strings.Repeat("0", 40) + "Z"},
		},
	} {
		valid := ineedchat.Rules()[rule]
		for _, s := range test.good {
			if !valid(s) {
				t.Errorf("%s refuses %q", rule, s)
			}
		}
		for _, s := range test.bad {
			if valid(s) {
				t.Errorf("%s allows %q", rule, s)
			}
		}
	}
}

func TestDecimal(t *testing.T) {
	for text, want := range map[ineedchat.Decimal]string{
		"990.00": "990", "0.350": "0.35", "-5.5": "-5.5", "+5": "5", "12345678901234567890": "12345678901234567890",
		"-0": "0",
	} {
		got, err := text.Decimal()
		if err != nil || got.String() != want {
			t.Errorf("%s: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []ineedchat.Decimal{"", "1e999999999", "x"} {
		if got, err := text.Decimal(); err == nil || !got.IsZero() {
			t.Errorf("%q: got %v without an error", text, got)
		}
	}
}

func TestTime(t *testing.T) {
	got, err := ineedchat.Time("2026-11-23T14:59:58+03:00").Time()
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 11, 23, 11, 59, 58, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, offset := got.Zone(); offset != 3*60*60 {
		t.Errorf("the offset became %d s", offset)
	}
	if got, err := ineedchat.Time("soon").Time(); err == nil || !got.IsZero() {
		t.Errorf("got %v without an error", got)
	}
}

// TestValuesRoundTrip encodes what it decoded: always as a string.
func TestValuesRoundTrip(t *testing.T) {
	type values struct {
		Sum  ineedchat.Decimal `json:"sum,omitempty"`
		At   ineedchat.Time    `json:"at,omitempty"`
		Text ineedchat.Scalar  `json:"text,omitempty"`
	}
	for text, want := range map[string]string{
		`{"sum":10.50,"at":"2026-11-23T12:00:00Z","text":57.1}`: `{"sum":"10.50","at":"2026-11-23T12:00:00Z",` +
			`"text":"57.1"}`,
		`{"sum":"1\u0030","at":"\u0032","text":"a\nb"}`: `{"sum":"10","at":"2","text":"a\nb"}`,
		`{"sum":null,"at":null,"text":null}`:            `{}`,
	} {
		var v values
		if err := ineedchat.Read([]byte(text), &v); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := json.Marshal(v); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{`{"sum":true}`, `{"sum":[1]}`, `{"at":1}`, `{"at":false}`, `{"text":{}}`} {
		if err := ineedchat.Read([]byte(text), new(values)); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}
