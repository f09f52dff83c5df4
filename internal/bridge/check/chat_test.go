package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// What is known of a chat, and what that means.
func TestChatIsJudged(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	ago := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	disbelief := func(n, minutes int, reason string) order.Disbelief {
		return order.Disbelief{Count: n, At: ago(minutes), Reason: reason}
	}
	ahead := func(f *chatFacts, d time.Duration) { f.heard.Ahead = &d }
	heard := chatFacts{heard: order.Heard{At: ago(9), Kind: order.HeardOrder}}
	const heardAt, taken = "at=2026-11-29T11:51:00Z", "at=2026-11-29T11:59:00Z"
	tests := []struct {
		name    string
		company storage.Company
		facts   chatFacts
		change  func(*chatFacts)
		want    string // of each finding the result and what tells more
	}{
		{"nothing", storage.Company{}, chatFacts{}, nil,
			"unprobed chat_unheard; unprobed chat_unheard; unprobed chat_unheard; unprobed chat_unheard; " +
				"unprobed chat_untold"},
		{"an order", storage.Company{}, heard, nil,
			"works " + heardAt + " kind=order; works; unprobed chat_no_clock; works; unprobed chat_untold"},
		{"an order before a restart", storage.Company{Chat: storage.Chat{Auth: storage.AuthSignature}}, heard, nil,
			"; works; unprobed chat_clock_next; works; "},
		{"likewise, with the time signed in the chat's own way", storage.Company{Chat: storage.Chat{Auth: storage.AuthHMAC,
			HMAC: storage.HMAC{TimestampHeader: "x-time"}}}, heard, nil, "; ; unprobed chat_clock_next; ; "},
		{"the body alone is signed", storage.Company{Chat: storage.Chat{Auth: storage.AuthHMAC}}, heard, nil,
			"; ; unprobed chat_no_clock; ; "},
		{"its clock", storage.Company{}, heard, func(f *chatFacts) { ahead(f, -1500*time.Millisecond) },
			"; works; works; works; "},
		{"it is slow", storage.Company{}, heard, func(f *chatFacts) { ahead(f, -2*time.Second) },
			"; works; works behind=2; works; "},
		{"not yet far off", storage.Company{}, heard, func(f *chatFacts) { ahead(f, time.Minute-time.Millisecond) },
			"; works; works ahead=59; works; "},
		{"far off", storage.Company{}, heard, func(f *chatFacts) { ahead(f, time.Minute) },
			"; works; remark ahead=60 chat_clock_off; works; "},
		{"too far off", storage.Company{}, heard, func(f *chatFacts) {
			f.unbelieved.Signed = disbelief(4, 1, "too_old")
			f.unbelieved.Signed.Skew = -time.Hour
		}, "; works; failed behind=3600 chat_clock_wrong; works; "},
		{"too far off from the start", storage.Company{}, chatFacts{}, func(f *chatFacts) {
			f.unbelieved.Signed = disbelief(1, 1, "too_new")
			f.unbelieved.Signed.Skew = time.Hour
		}, "unprobed chat_unheard; works; failed ahead=3600 chat_clock_wrong; unprobed chat_unheard; "},
		{"a wrong signature", storage.Company{}, heard, func(f *chatFacts) {
			f.unbelieved.Signed = disbelief(2, 1, "wrong_signature")
		}, "; remark chat_unproven n=2 refusal=wrong_signature; ; ; "},
		{"several", storage.Company{}, heard, func(f *chatFacts) {
			f.unbelieved.Signed = disbelief(3, 1, "wrong_signature")
		}, "; failed chat_unproven n=3 refusal=wrong_signature; ; ; "},
		{"a wrong one before a right one that was refused", storage.Company{}, heard, func(f *chatFacts) {
			f.unbelieved.Signed = disbelief(3, 10, "wrong_signature")
		}, "; works; ; ; "},
		{"a stranger", storage.Company{}, chatFacts{}, func(f *chatFacts) {
			f.unbelieved.Unsigned = disbelief(30, 1, "no_signature")
		}, "; remark chat_unsigned n=30 refusal=no_signature; ; ; "},
		{"unread", storage.Company{}, heard, func(f *chatFacts) {
			f.heard.Kind = order.HeardUnread
			f.unread = storage.UnreadCount{N: 2, Oldest: ago(3), Newest: ago(1)}
		}, " kind=unread; ; ; failed wire_unread n=2; "},
		{"unread, and read since", storage.Company{}, heard, func(f *chatFacts) { f.heard.Kind = order.HeardUnread },
			"works " + heardAt + " !kind=unread; ; ; works; "},
		{"what is only kept, and was removed", storage.Company{Chat: storage.Chat{Wire: &storage.Wire{Preset: "learn"}}},
			heard, nil, "works; ; ; unprobed format=learn; "},
		{"refused", storage.Company{}, heard, func(f *chatFacts) {
			f.refused = storage.RefusalCount{Fresh: 2, LastAt: ago(1)}
		}, "; ; ; failed deliveries_refused n=2; "},
		{"refused and looked at", storage.Company{}, heard, func(f *chatFacts) { f.heard.Kind = order.HeardRefused },
			"; ; ; remark deliveries_refused n=1; "},
		{"statuses are taken", storage.Company{}, heard, func(f *chatFacts) { f.told.TakenAt = ago(1) },
			"; ; ; ; works " + taken},
		{"the last was not", storage.Company{}, heard, func(f *chatFacts) {
			f.told = order.Told{TakenAt: ago(1), FailedAt: ago(0), Problem: &storage.Problem{Code: problem.StatusesFail}}
		}, "; ; ; ; failed " + taken + " statuses_fail"},
		{"one was not before", storage.Company{}, heard, func(f *chatFacts) {
			f.told = order.Told{TakenAt: ago(1), FailedAt: ago(2), Problem: &storage.Problem{Code: problem.StatusesFail}}
		}, "; ; ; ; works " + taken},
		{"an order's own matter", storage.Company{}, heard, func(f *chatFacts) {
			f.told = order.Told{FailedAt: ago(2), Problem: &storage.Problem{Code: problem.ReportRefused}, Parked: true}
		}, "; ; ; ; remark report_refused"},
		{"the token", storage.Company{ChatFault: &storage.Problem{Code: problem.ChatRejected}}, heard, nil,
			"; ; ; ; failed chat_rejected"},
		{"nowhere to tell", storage.Company{}, heard, func(f *chatFacts) { f.told.Nowhere = true },
			"; ; ; ; remark chat_nowhere"},
		{"no way to tell", storage.Company{}, heard, func(f *chatFacts) { f.told.Silent = true },
			"; ; ; ; unprobed chat_silent"},
	}
	for _, tt := range tests {
		if tt.change != nil {
			tt.change(&tt.facts)
		}
		list := judgeChat(tt.company, tt.facts)
		want := strings.Split(tt.want, ";")
		for i, f := range list {
			got := toldOf(f)
			for part := range strings.FieldsSeq(want[i]) {
				part, not := strings.CutPrefix(part, "!")
				if slices.Contains(strings.Fields(got), part) == not {
					t.Errorf("%s: %s: %q, want %q", tt.name, f.Name, got, part)
				}
			}
			if (f.Problem == nil) != (f.Result == ResultWorks) || !f.Name.OfChat() {
				t.Errorf("%s: %+v", tt.name, f)
			}
			if f.Name == checkChatClock && f.Result == ResultWorks && len(f.Args) > 0 && !strings.Contains(want[i], "=") {
				t.Errorf("%s: %v", tt.name, f.Args)
			}
		}
		if r := (Report{Findings: list}); r.Unheard() != tt.facts.heard.At.IsZero() {
			t.Errorf("%s: unheard %v", tt.name, r.Unheard())
		}
	}
}

// toldOf is a finding in words that a test can look for.
func toldOf(f Finding) string {
	text := string(f.Result)
	add := func(args map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(args)) {
			text += fmt.Sprintf(" %s=%s", name, args[name])
		}
	}
	add(f.Args)
	if f.Problem != nil {
		text += " " + f.Problem.Code
		add(f.Problem.Args)
	}
	return text
}

// Whose format what comes has, and how it proves itself, is part of what is told.
func TestChatOfAnyWire(t *testing.T) {
	for want, chat := range map[string]storage.Chat{
		"auth=signature format=contract": {Auth: storage.AuthSignature},
		"auth=bearer format=contract":    {Auth: storage.AuthBearer, Wire: &storage.Wire{Report: "empty"}},
		"auth=path format=tilda":         {Auth: storage.AuthPath, Wire: &storage.Wire{Preset: "tilda"}},
		"auth=hmac format=own":           {Auth: storage.AuthHMAC, Wire: &storage.Wire{Preset: "tilda", Receive: "."}},
		"auth=path format=own":           {Auth: storage.AuthPath, Wire: &storage.Wire{Fields: map[string]string{"id": ".id"}}},
	} {
		args := map[string]string{}
		for _, f := range judgeChat(storage.Company{Chat: chat}, chatFacts{}) {
			maps.Copy(args, f.Args)
		}
		if got := "auth=" + args["auth"] + " format=" + args["format"]; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
