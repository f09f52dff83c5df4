package bridge_test

import (
	"os"
	"testing"

	"ineed-insales/internal/bridge"
)

// TestDescribeOrder: what orders of older versions are found by is read in their bodies.
func TestDescribeOrder(t *testing.T) {
	body, err := os.ReadFile("../../testdata/ineedchat/order_created.json")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]struct {
		customer   string
		hundredths int64
	}{string(body): {"Иван Петров", 318000}, "{}": {}, "no JSON": {}, "": {}} {
		if customer, hundredths := bridge.DescribeOrder([]byte(text)); customer != want.customer ||
			hundredths != want.hundredths {
			t.Errorf("%.20q: %q, %d", text, customer, hundredths)
		}
	}
}
