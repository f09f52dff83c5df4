package wire

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/internal/ineedchat"
)

// A receipt is what is known of a delivery beside its body.
type receipt struct {
	Company string
	At      time.Time // when it came
}

// standIn is the word for a way of delivery or payment that the chat does not name. It is
// mapped like any other.
const standIn = "default"

// A YieldError says why what a program yields is no envelope.
type YieldError struct {
	Number int // of the yield, from 1
	Reason string
}

func (e *YieldError) Error() string { return fmt.Sprintf("yield %d: %s", e.Number, e.Reason) }

// complete makes envelopes of the contract of what a program yields. It adds the version,
// the company and the time; to an order also what the contract requires and a chat may
// not know: roubles, the time of receipt, the sum of the lines as the total, and a word
// for the ways of delivery and payment. null counts as absent, and yields of null are
// none. It fails with a *YieldError; whether an envelope is valid is not looked at.
func complete(yields []any, r receipt) ([]map[string]any, error) {
	var out []map[string]any
	for i, v := range yields {
		if v == nil {
			continue
		}
		yield, ok := v.(map[string]any)
		if !ok {
			return nil, &YieldError{i + 1, "not an object with type and data"}
		}
		kind, _ := yield["type"].(string)
		data, ok := dropNull(yield["data"]).(map[string]any)
		if kind == "" || !ok {
			return nil, &YieldError{i + 1, "not an object with type and data"}
		}
		if kind == ineedchat.TypeOrderCreated {
			data = maps.Clone(data)
			fill(data, r)
		}
		envelope := map[string]any{"type": kind, "version": ineedchat.Version, "company_id": r.Company, "data": data,
			"timestamp": r.At.UTC().Format(time.RFC3339)}
		if test, is := yield["test"].(bool); is && test {
			envelope["test"] = true
		}
		out = append(out, envelope)
	}
	return out, nil
}

// dropNull gives a value without the names whose values are null. What a program yields
// may be part of the program and is left as it is: what changes is copied.
func dropNull(v any) any {
	without, _ := copied(v)
	return without
}

// copied is dropNull, and tells whether anything had to be copied for it.
func copied(v any) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		var kept map[string]any
		for name, inner := range v {
			without, changed := copied(inner)
			if !changed && inner != nil {
				continue
			}
			if kept == nil {
				kept = maps.Clone(v)
			}
			if kept[name] = without; inner == nil {
				delete(kept, name)
			}
		}
		if kept != nil {
			return kept, true
		}
	case []any:
		var kept []any
		for i, inner := range v {
			without, changed := copied(inner)
			if !changed {
				continue
			}
			if kept == nil {
				kept = slices.Clone(v)
			}
			kept[i] = without
		}
		if kept != nil {
			return kept, true
		}
	}
	return v, false
}

// fill adds to an order what it lacks.
func fill(order map[string]any, r receipt) {
	lacking := func(in map[string]any, name string, value any) {
		if v, has := in[name]; !has || v == "" {
			in[name] = value
		}
	}
	lacking(order, "currency", "RUB")
	lacking(order, "created_at", r.At.Format(time.RFC3339))
	for _, way := range []string{"delivery", "payment"} {
		lacking(order, way, map[string]any{})
		if inner, ok := order[way].(map[string]any); ok {
			inner = maps.Clone(inner)
			lacking(inner, "type_id", standIn)
			order[way] = inner
		}
	}
	if v, has := order["total"]; has && v != "" {
		return
	}
	total, ok := sum(order)
	if !ok {
		total = "0.00" // a line is not valid, and it is that which is to be told
	}
	order["total"] = total
}

// sum is what an order costs by its own lines.
func sum(order map[string]any) (string, bool) {
	lines, _ := order[itemsField].([]any)
	total, ok := decimal.Zero, len(lines) > 0
	number := func(v any) decimal.Decimal {
		if v == nil {
			return decimal.Zero
		}
		text, is := v.(string)
		if !is {
			text = fmt.Sprint(v)
		}
		d, err := ineedchat.Decimal(text).Decimal()
		ok = ok && err == nil
		return d
	}
	for _, l := range lines {
		line, is := l.(map[string]any)
		if ok = ok && is && line["price"] != nil && line["quantity"] != nil; !ok {
			return "", false
		}
		total = total.Add(number(line["price"]).Mul(number(line["quantity"])))
	}
	total = total.Sub(number(order["discount_total"])).Add(number(order["delivery_total"]))
	return total.Round(2).StringFixed(2), ok
}
