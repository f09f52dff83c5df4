package alert

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ineed-insales/storage"
)

// TestDiff plays one company's faults minute by minute and tells what people
// hear of them.
func TestDiff(t *testing.T) {
	const (
		key   = "company key_rejected"
		lock  = "company shop_locked"
		cash  = "orders payment_unmapped"
		card  = "orders shop_refused"
		hooks = "refused hooks_refused"
	)
	type step struct {
		minutes int      // since the last
		wrong   []string // kind and code
		unseen  []string
		want    string
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"one fault", []step{{0, []string{key}, nil, ""}, {1, []string{key}, nil, "started key_rejected"},
			{60, []string{key}, nil, ""}, {500, nil, nil, "over key_rejected"}, {1, nil, nil, ""}}},
		{"a short one", []step{{0, []string{key}, nil, ""}, {0, nil, nil, ""}, {5, []string{key}, nil, ""},
			{1, []string{key}, nil, "started key_rejected"}}},
		{"flapping", []step{{0, []string{key}, nil, ""}, {1, []string{key}, nil, "started key_rejected"},
			{9, nil, nil, "over key_rejected"}, {5, []string{key}, nil, ""}, {5, []string{key}, nil, ""},
			{5, nil, nil, ""}, {5, []string{key}, nil, ""}, {32, []string{key}, nil, "started key_rejected"},
			{1, nil, nil, "over key_rejected"}, {70, nil, nil, ""}, {1, []string{key}, nil, ""},
			{1, []string{key}, nil, "started key_rejected"}}},
		{"turns into another", []step{{0, []string{key}, nil, ""}, {1, []string{key}, nil, "started key_rejected"},
			{1, []string{lock}, nil, ""}, {1, []string{lock}, nil, "started shop_locked"},
			{1, nil, nil, "over shop_locked"}}},
		{"orders by cause", []step{{0, []string{cash, card}, nil, ""},
			{1, []string{cash, card}, nil, "started payment_unmapped, started shop_refused"},
			{1, []string{card}, nil, "over payment_unmapped"}, {1, nil, nil, "over shop_refused"}}},
		{"nobody knows", []step{{0, []string{hooks}, nil, ""}, {1, []string{hooks}, nil, "started hooks_refused"},
			{1, nil, []string{hooks}, ""}, {60, nil, []string{hooks}, ""}, {1, nil, nil, "over hooks_refused"}}},
		{"nobody knows for a day", []step{{0, []string{hooks}, nil, ""},
			{1, []string{hooks}, nil, "started hooks_refused"}, {1440, nil, []string{hooks}, "over hooks_refused"}}},
	}
	split := func(text string) (a storage.Alarm) {
		a.Company = "2"
		if _, err := fmt.Sscanf(text, "%s %s", &a.Kind, &a.Code); err != nil {
			t.Fatal(err)
		}
		a.Problem.Code = a.Code
		return a
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
			known := map[alarmKey]storage.Alarm{}
			for i, one := range test.steps {
				now = now.Add(time.Duration(one.minutes) * time.Minute)
				f := &firing{alarms: map[alarmKey]storage.Alarm{}, unseen: map[alarmKey]bool{}}
				for _, text := range one.wrong {
					a := split(text)
					f.add(a.Company, a.Kind, &a.Problem, 0)
				}
				for _, text := range one.unseen {
					f.unseen[keyOf(split(text))] = true
				}
				var list []storage.Alarm
				for _, text := range []string{key, lock, cash, card, hooks} { // in their order
					if a, ok := known[keyOf(split(text))]; ok {
						list = append(list, a)
					}
				}
				out := diffOf(list, f, now)
				for _, a := range out.put {
					known[keyOf(a)] = a
				}
				for _, a := range out.drop {
					delete(known, keyOf(a))
				}
				got := ""
				for n, m := range out.tell {
					if n > 0 {
						got += ", "
					}
					got += m.Kind + " " + m.Alarm.Code
				}
				if got != one.want {
					t.Errorf("step %d: %q, want %q", i, got, one.want)
				}
			}
		})
	}
}

func TestTellable(t *testing.T) {
	for name, want := range map[string]bool{
		"cash": true, "Карта 2.0 - online_1": true, "1234": true, "1234 5678": true, "a1234b": true, "½ ٣٤٥٦٧": true,
		strings.Repeat("я", 40): true, "": false, strings.Repeat("я", 41): false, "12345": false, "тел 79001234567": false,
		"name@example.com": false, "(1)": false, "a\nb": false, "a\xff": false, "👍": false,
	} {
		if got := tellable(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
