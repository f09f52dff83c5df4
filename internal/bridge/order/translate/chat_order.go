package translate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// Decode reads an order as the chat's webhook brought it, with its texts made
// legible. It was validated when it was accepted: one that cannot be read now was
// written by a later version, or damaged.
func Decode(body []byte) (*ineedchat.Order, *storage.Problem) {
	e, err := ineedchat.Decode(body)
	if err != nil {
		return nil, &storage.Problem{Code: problem.BodyUnreadable}
	}
	o, err := e.Order()
	if err != nil {
		return nil, &storage.Problem{Code: problem.BodyUnreadable}
	}
	return Legible(o), nil
}

// CustomerName is the name by which an order is found, on one line and of a length that people have.
func CustomerName(o *ineedchat.Order) string { return problem.Clip(o.Customer.Name, 200) }

// AnotherOrder reports whether two bodies under one id are two orders: another
// phone, other lines or another sum.
func AnotherOrder(a, b *ineedchat.Order) bool {
	return PhoneDigits(a.Customer.Phone) != PhoneDigits(b.Customer.Phone) ||
		goods(a.Items) != goods(b.Items) || !sum(a.Total).Equal(sum(b.Total))
}

// goods names what is ordered and how much of it, whatever the order of lines.
func goods(items []ineedchat.Item) string {
	amounts := map[string]decimal.Decimal{}
	for _, i := range items {
		name := cmp.Or(i.VariantID, "sku "+i.SKU)
		amounts[name] = amounts[name].Add(sum(i.Quantity))
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(amounts)) {
		fmt.Fprintf(&text, "%s×%s\n", name, amounts[name])
	}
	return text.String()
}

// PaidInPart is the remark on an order of which less was paid than it costs; nil if
// the payment covers it. A payment that does not say how much counts as all.
func PaidInPart(paid, total string) *storage.Problem {
	amount, all := sum(ineedchat.Decimal(paid)), sum(ineedchat.Decimal(total))
	if paid == "" || amount.Add(kopeck).GreaterThanOrEqual(all) {
		return nil
	}
	return &storage.Problem{Code: problem.NoticePaidInPart,
		Args: map[string]string{"amount": money(amount), "total": money(all)}}
}
