package wire

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat"
)

var update = flag.Bool("update", false, "rewrite the expected envelopes")

var moscow = time.FixedZone("MSK", 3*3600)

// theReceipt is what the tests know of a delivery.
var theReceipt = receipt{Company: "2", At: time.Date(2026, 11, 28, 15, 4, 5, 0, moscow)}

// translated is what a program makes of a body.
func translated(t testing.TB, program string, b Body) ([]json.RawMessage, error) {
	t.Helper()
	p, err := compile(program, variables, moscow)
	if err != nil {
		t.Fatal(err)
	}
	return (&Delivery{Body: b, Company: theReceipt.Company, At: theReceipt.At}).envelopes(p)
}

// sample reads what a chat posts: its type on the first line, the body behind it.
func sample(t testing.TB, file string) Body {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	kind, body, _ := strings.Cut(string(text), "\n")
	if strings.HasPrefix(kind, "GET ") {
		return Body{Query: strings.TrimSpace(strings.TrimPrefix(kind, "GET "))}
	}
	return Body{ContentType: kind, Text: []byte(strings.TrimSpace(body))}
}

// TestPresets: each sample of a preset becomes the envelopes beside it, and those are what
// the contract demands.
func TestPresets(t *testing.T) {
	for _, name := range Presets() {
		program, _ := Preset(name)
		files, err := filepath.Glob("testdata/" + name + "*.in")
		if err != nil || len(files) == 0 {
			t.Fatalf("no samples of %s: %v", name, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				envelopes, err := translated(t, program, sample(t, file))
				if err != nil {
					t.Fatal(err)
				}
				var got strings.Builder
				for _, e := range envelopes {
					var pretty any
					if err := json.Unmarshal(e, &pretty); err != nil {
						t.Fatal(err)
					}
					text, _ := json.MarshalIndent(pretty, "", "  ")
					got.Write(append(text, '\n'))
					if _, err := ineedchat.Decode(e); err != nil {
						t.Errorf("%s: %v", e, err)
					}
				}
				golden := strings.TrimSuffix(file, ".in") + ".want"
				if *update {
					if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil || string(want) != got.String() {
					t.Errorf("%v\n%s", err, got.String())
				}
			})
		}
	}
}

// TestPresetsSayWhere: what stops a preset is said of the field of the order.
func TestPresetsSayWhere(t *testing.T) {
	for text, want := range map[string]string{
		"botobot id=1&goods[0][price]=1,234":                             "items.price: money: ",
		"botobot id=1&cost_total=much":                                   "total: money: no digits",
		"botobot id=1&time=soon":                                         "created_at: datetime: ",
		"botobot id=1&goods[0][count]=x":                                 "items.quantity: quantity: ",
		"tilda payment[orderid]=1&payment[amount]=1,234":                 "total: money: ",
		"tilda payment[orderid]=1&payment[products][0][quantity]=much":   "items.quantity: ",
		`taplink {"order_id": {}}`:                                       "id: text: ",
		`taplink {"order_id": 1, "order_status_id": 2, "budget": "сто"}`: ": money: no digits",
	} {
		name, body, _ := strings.Cut(text, " ")
		program, _ := Preset(name)
		_, err := translated(t, program, Body{Text: []byte(body)})
		if f, is := errors.AsType[*Failure](err); !is || !strings.Contains(f.Detail, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
