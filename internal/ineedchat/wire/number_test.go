package wire

import (
	"encoding/json"
	"math/big"
	"testing"
	"time"
)

func TestFunctions(t *testing.T) {
	zone := time.FixedZone("MSK", 3*3600)
	n := func(s string) any { return json.Number(s) }
	for name, test := range map[string]struct {
		f     func(any) (any, error)
		cases map[any]any // an error is ""
	}{
		"money": {money, map[any]any{
			"1 234,50 ₽": "1234.50", "1\u00a0234,50\u00a0руб.": "1234.50", "1,234.50": "1234.50", "1.234,50": "1234.50",
			"990": "990.00", n("990"): "990.00", n("989.9999999999999"): "990.00", n("9.9e2"): "990.00",
			"990р":  "990.00",
			"₽ 990": "990.00", "-100,5": "-100.50", "−5": "-5.00", "1.234.567": "1234567.00", "1'234.5": "1234.50",
			990: "990.00", 990.5: "990.50", big.NewInt(7): "7.00", nil: nil, "": nil, " ": nil, "0": "0.00",
			"+5":    "5.00",
			"1,234": "", "1.234": "", n("1.234"): "", "12.34.567": "", "1,2,3": "", "990 $": "", "девятьсот": "",
			true:  "",
			"1e5": "", n("1e400"): "", "1.2.3,4,5": "", "990 руб 50": "", "--5": "", ",": "", "12,345,67": "",
			n("99999999999999999999999999999999999999999999999"): "",
		}},
		"kopecks": {kopecks, map[any]any{n("99000"): "990.00", "99000": "990.00", n("1"): "0.01", n("1.5"): "",
			nil: nil, "": nil}},
		"quantity": {quantity, map[any]any{"2 шт.": "2", "0,350": "0.35", n("1.0"): "1", "1.234": "1.234",
			n("0.35"): "0.35", "2x": "2", "1.2345": "", nil: nil}},
		"word": {word, map[any]any{"Доставка курьером": "dostavka-kurerom", "pickup": "pickup", n("3"): "3",
			"Самовывоз (ул. Тверская, 1)": "samovyvoz-ul.-tverskaya-1",
			nil: nil, "": nil, "№": "", "..": ""}},
		"text": {textOf, map[any]any{n("10.50"): "10.50", " a ": "a", true: "true", nil: nil, 7: "7"}},
		"datetime": {func(v any) (any, error) { return datetime(zone, v) }, map[any]any{
			n("1795867200"): "2026-11-28T12:00:00Z", "1795867200": "2026-11-28T12:00:00Z",
			n("1795867200123"): "2026-11-28T12:00:00Z",
			"28.11.2026 15:04": "2026-11-28T15:04:00+03:00", "28.11.2026": "2026-11-28T00:00:00+03:00",
			"2026-11-28 15:04:05": "2026-11-28T15:04:05+03:00", "2026-11-28T15:04:05": "2026-11-28T15:04:05+03:00",
			"2026-11-28T15:04:05.123+05:00": "2026-11-28T15:04:05+05:00",
			"2026-11-28T12:04:05Z":          "2026-11-28T12:04:05Z",
			"2026-11-28 15:04:05 +0300":     "2026-11-28T15:04:05+03:00", nil: nil, "": nil,
			"завтра": "", "31.02.2026": "", n("7"): "", n("9e99"): "", true: "", "11/28/2026": "",
		}},
	} {
		for in, want := range test.cases {
			got, err := test.f(in)
			if want == "" {
				if err == nil {
					t.Errorf("%s(%v) = %v, want an error", name, in, got)
				}
				continue
			}
			if err != nil || got != want {
				t.Errorf("%s(%v) = %v, %v, want %v", name, in, got, err, want)
			}
		}
	}
	for _, f := range []func(any) (any, error){money, kopecks, quantity, word, textOf} {
		if _, err := f([]any{}); err == nil {
			t.Error("a list is taken")
		}
		if _, err := f(map[string]any{}); err == nil {
			t.Error("an object is taken")
		}
	}
}
