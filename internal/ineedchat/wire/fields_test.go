package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/itchyny/gojq"

	"ineed-insales/internal/ineedchat"
)

// A table of paths makes an order of a body that nobody has seen before.
func TestTable(t *testing.T) {
	table := map[string]string{"id": ".order.id", "items": ".goods[]", "items.sku": ".article", "items.quantity": ".n",
		"items.price": ".cost # per piece", "customer.phone": ".who.tel",
		"customer.name": `.who | "\(.first) \(.last)"`,
		"created_at":    ".order.at", "delivery.type_id": ".way", "delivery.address.text": ".to",
		"payment.paid": ".paid",
		"comment":      " "}
	body := `{"order":{"id":77,"at":"28.11.2026 15:04"},"goods":[{"article":"FB-S","n":"2 шт","cost":"1 990,00 ₽"},
		{"article":12,"n":1,"cost":10.5}],"who":{"first":"Анна","last":"Тест","tel":"8 999 000-11-22"},
		"way":"Самовывоз","to":null,"paid":"YES"}`
	program, err := tableProgram(table, nil)
	if err != nil {
		t.Fatal(err)
	}
	envelopes, err := translated(t, program, Body{ContentType: "application/json", Text: []byte(body)})
	if err != nil || len(envelopes) != 1 {
		t.Fatalf("%v\n%s", err, program)
	}
	var got struct{ Data ineedchat.Order }
	if err := json.Unmarshal(envelopes[0], &got); err != nil {
		t.Fatal(err)
	}
	o := got.Data
	if o.ID != "77" || o.Total != "3990.50" || o.CreatedAt != "2026-11-28T15:04:00+03:00" || o.Currency != "RUB" ||
		o.Delivery.TypeID != "samovyvoz" || o.Payment.TypeID != "default" || !o.Payment.Paid ||
		o.Customer.Name != "Анна Тест" || len(o.Items) != 2 || o.Items[0].Price != "1990.00" || o.Items[1].SKU != "12" {
		t.Errorf("%s", envelopes[0])
	}
}

// What is wrong with a table, or with what it finds, is said of the field.
func TestTableSaysWhere(t *testing.T) {
	for field, expression := range map[string]string{"items.price": ".a) , (.b", "total": ".a |", "prices": ".a",
		"id": "nothing(.)", "customer.name": `import "x" as x; .`} {
		_, err := tableProgram(map[string]string{field: expression}, nil)
		if e, is := errors.AsType[*FieldError](err); !is || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	table := map[string]string{"id": ".id", "items": ".items", "items.price": ".price", "total": ".total"}
	for body, want := range map[string]string{
		`{"id":1,"items":[{"price":"1,234"}]}`:         "items: items.price: money: a mark before three digits",
		`{"id":1,"items":[{"price":1}],"total":"сто"}`: "total: money: no digits",
		`{"id":{},"items":[]}`:                         "id: text: neither",
		`{"id":1,"items":7}`:                           "items: ",
	} {
		program, err := tableProgram(table, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = translated(t, program, Body{ContentType: "application/json", Text: []byte(body)})
		if f, is := errors.AsType[*Failure](err); !is || !strings.Contains(f.Detail, want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

// A table stands over a preset: what it says counts, what it does not say is the preset's,
// and what it says the preset need not be able to read.
func TestTableOverPreset(t *testing.T) {
	const kind = "application/json"
	for name, test := range map[string]struct {
		preset string
		fields map[string]string
		body   string
		want   []string // parts of the envelope
	}{
		"Taplink's lines are the table's to find": {"taplink",
			map[string]string{"items": ".offers[]", "items.sku": ".code", "items.quantity": ".amount",
				"items.price": ".price", "comment": ".nothing"},
			`{"order_id":5,"budget":"20","name":"Анна","purpose":"П","offers":[{"code":"A","amount":2,"price":10}]}`,
			[]string{`"sku":"A"`, `"comment":"П"`}},
		"a row of a line": {"botobot", map[string]string{"items.variant_id": ".id"},
			`{"id":1,"goods":[{"id":7,"article":"A","count":2,"price":"10"},{"id":8,"article":"B","count":1,"price":"5"}]}`,
			[]string{`"variant_id":"7"`, `"sku":"A"`, `"quantity":"2"`, `"variant_id":"8"`, `"sku":"B"`,
				`"total":"25.00"`}},
		"a row where the preset stops": {"botobot", map[string]string{"items.price": `.price | sub(",";"")`},
			`{"id":1,"goods":[{"article":"A","count":1,"price":"1,234"}]}`, []string{`"price":"1234.00"`, `"sku":"A"`}},
		"a sum where the preset stops": {"botobot", map[string]string{"total": ".goods[0].price"},
			`{"id":1,"cost_total":"much","goods":[{"article":"A","count":1,"price":"5"}]}`, []string{`"total":"5.00"`}},
		"an empty text is nothing": {"botobot", map[string]string{"comment": ".note"},
			`{"id":1,"note":"N","recipient":"","user_telegram":{"first_name":"Анна"},"goods":[{"article":"","count":1,"price":"5"}]}`,
			[]string{`"name":"Анна"`, `"comment":"N"`}},
		"Tilda's text of JSON": {"tilda", map[string]string{"items.variant_id": ".externalid"},
			`{"payment":"{\"orderid\":1,\"products\":[{\"sku\":\"S\",\"externalid\":\"E\",\"quantity\":1,\"price\":5}]}"}`,
			[]string{`"variant_id":"E"`, `"sku":"S"`}},
	} {
		program, err := Settings{Preset: test.preset, Fields: test.fields}.Program()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		envelopes, err := translated(t, program, Body{ContentType: kind, Text: []byte(test.body)})
		if err != nil || len(envelopes) != 1 {
			t.Errorf("%s: %d %v %+v", name, len(envelopes), err, err)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(string(envelopes[0]), want) {
				t.Errorf("%s: %s lacks %s", name, envelopes[0], want)
			}
		}
	}
	for name, settings := range map[string]Settings{
		"lines nowhere":  {Fields: map[string]string{"id": ".id", "items.sku": ".a"}},
		"nor by Taplink": {Preset: "taplink", Fields: map[string]string{"items.sku": ".a"}},
	} {
		_, err := settings.Program()
		if e, is := errors.AsType[*FieldError](err); !is || e.Field != "items" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestComplete(t *testing.T) {
	for name, test := range map[string]struct{ yields, want string }{ // "" = an error
		"null":      {`null`, `[]`},
		"no object": {`1`, ""},
		"no type":   {`{"data":{}}`, ""},
		"no data":   {`{"type":"order.created"}`, ""},
		"a test":    {`{"type":"x","data":{},"test":true}`, `"test":true`},
		"another":   {`{"type":"order.paid","data":{"id":"1","amount":null}}`, `"data":{"id":"1"}`},
		"a sum":     {`{"type":"order.created","data":{"items":[{"price":"10.10","quantity":"0.5"}],"delivery_total":1}}`, `"total":"6.05"`},
		"a strange sum": {`{"type":"order.created","data":{"items":[{"price":"x","quantity":"1"}]}}`,
			`"items":[{"price":"x","quantity":"1"}]`},
		"numbers": {`{"type":"order.created","data":{"total":10.50,"items":[]}}`, `"total":10.50`},
		"its own words": {`{"type":"order.created","data":{"delivery":{"type_id":"a"},"currency":"KZT"}}`,
			`"delivery":{"type_id":"a"}`},
		"not an object":  {`{"type":"order.created","data":{"delivery":7}}`, `"delivery":7`},
		"its own number": {`{"type":"order.created","data":{},"company_id":"9","version":"2"}`, `"company_id":"2"`},
	} {
		yield, err := decode([]byte(test.yields))
		if err != nil {
			t.Fatal(err)
		}
		got, err := complete([]any{yield}, theReceipt)
		text := "[]"
		if len(got) > 0 {
			json, err := gojq.Marshal(got[0])
			if err != nil {
				t.Fatal(err)
			}
			text = string(json)
		}
		if _, is := errors.AsType[*YieldError](err); is != (test.want == "") || !strings.Contains(text, test.want) {
			t.Errorf("%s: %s %v", name, text, err)
		}
	}
}
