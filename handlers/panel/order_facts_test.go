package panel

import (
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
)

// TestLinesBesideTheShops: a line that the chat names by its article number is not told
// as one that the shop has beyond the order.
func TestLinesBesideTheShops(t *testing.T) {
	c := echo.New().NewContext(httptest.NewRequest("GET", "/", nil), httptest.NewRecorder())
	item := func(title, variant, quantity string) ineedchat.Item {
		return ineedchat.Item{Title: title, VariantID: variant, SKU: "TS-1", Quantity: ineedchat.Decimal(quantity),
			Price: "990.00"}
	}
	line := func(variant, quantity int64) insales.Line {
		return insales.Line{VariantID: variant, Quantity: decimal.NewFromInt(quantity), SalePrice: decimal.NewFromInt(990)}
	}
	const ordered, extra, unnamed = "Футболка", "нет в заказе из чата", "Товар без названия"
	for name, test := range map[string]struct {
		items []ineedchat.Item
		there []insales.Line
		want  []string // title and variant of each
	}{
		"by its number":  {[]ineedchat.Item{item(ordered, "7", "2")}, []insales.Line{line(7, 3)}, []string{ordered, "7"}},
		"by its article": {[]ineedchat.Item{item(ordered, "", "2")}, []insales.Line{line(7, 2)}, []string{ordered, "7"}},
		"one more": {[]ineedchat.Item{item(ordered, "", "2")}, []insales.Line{line(7, 2), line(8, 1)},
			[]string{ordered, "7", extra, "8"}},
		"another's": {[]ineedchat.Item{item("А", "", "2"), item("Б", "7", "2")}, []insales.Line{line(7, 2), line(8, 2)},
			[]string{"А", "8", "Б", "7"}},
		"changed there": {[]ineedchat.Item{item(ordered, "", "2")}, []insales.Line{line(7, 3)},
			[]string{ordered, "", unnamed, "7"}},
		"beyond": {[]ineedchat.Item{item(ordered, "9", "2")}, []insales.Line{line(7, 2)}, []string{ordered, "9", extra, "7"}},
	} {
		got := orderLines(c, &ineedchat.Order{Items: test.items}, &insales.Order{Lines: test.there})
		for i := range got {
			if len(test.want) != 2*len(got) || got[i].Title != test.want[2*i] || got[i].Variant != test.want[2*i+1] {
				t.Errorf("%s: %+v", name, got)
				break
			}
		}
	}
}
