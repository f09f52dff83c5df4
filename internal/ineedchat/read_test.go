package ineedchat_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"ineed-insales/internal/ineedchat"
)

// orderIn decodes data as that of an order.created.
func orderIn(t *testing.T, data string) (*ineedchat.Order, error) {
	t.Helper()
	return decodeEnvelope(t, []byte(`{"type":"order.created","data":`+data+`}`)).Order()
}

// TestOtherCase: a name in another case is another name, which nobody knows.
func TestOtherCase(t *testing.T) {
	const plain = `{"id":"K-1","total":"990.00","comment":"x","customer":{"name":"Анна","phone":"+79990001122"},
		"delivery":{"type_id":"pickup","address":{"city":"Тверь"}},"payment":{"type_id":"cash","paid":false},
		"items":[{"variant_id":"500000001","quantity":"1","price":"990.00"}]}`
	want, err := orderIn(t, plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []struct{ at, more string }{
		{`"id":"K-1"`, `"ID":77`}, {`"id":"K-1"`, `"Id":"K-2"`}, {`"id":"K-1"`, `"iD":{}`},
		{`"total":"990.00"`, `"Total":"450.00"`}, {`"total":"990.00"`, `"TOTAL":450`},
		{`"total":"990.00"`, `"total ":"450.00"`},
		{`"price":"990.00"`, `"Price":"450.00"`}, {`"price":"990.00"`, `"PRICE":[]`},
		{`"price":"990.00"`, `"pricе":"450.00"`}, // a Cyrillic е
		{`"quantity":"1"`, `"Quantity":"9"`}, {`"variant_id":"500000001"`, `"Variant_ID":"7"`},
		{`"variant_id":"500000001"`, `"VariantID":"7"`},
		{`"phone":"+79990001122"`, `"PHONE":"+79990009999"`}, {`"name":"Анна"`, `"Name":"Ольга"`},
		{`"paid":false`, `"PAID":true`}, {`"paid":false`, `"Paid":"yes"`}, {`"comment":"x"`, `"COMMENT":"y"`},
		{`"city":"Тверь"`, `"City":"Орёл"`}, {`"items":[`, `"Items":[],"items":[`},
		{`"payment":{`, `"Payment":{"paid":true},"payment":{`},
	} {
		for _, both := range []string{change.at + "," + change.more, change.more + "," + change.at} {
			if strings.HasSuffix(change.at, "[") || strings.HasSuffix(change.at, "{") {
				both = change.more
			}
			got, err := orderIn(t, strings.Replace(plain, change.at, both, 1))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v %v", both, got, err)
			}
		}
	}
	for _, body := range []string{`{"type":"ping","TYPE":"order.created"}`, `{"Type":7,"type":"ping"}`,
		`{"type":"ping","TEST":true}`,
		`{"Test":"yes","type":"ping"}`, `{"type":"ping","Data":{}}`, `{"type":"ping","Company_ID":"9"}`} {
		e := decodeEnvelope(t, []byte(body))
		if e.Type != "ping" || e.Test || len(e.Data) > 0 || e.CompanyID != "" {
			t.Errorf("%s: %+v", body, e)
		}
	}
}

// TestRepeatedNames: a known name that stands twice says the same or is not
// guessed.
func TestRepeatedNames(t *testing.T) {
	for data, field := range map[string]string{
		`{"items":[{"price":"990.00","price":"450.00"}]}`:                                "data.items[0].price",
		`{"items":[{},{"quantity":1,"quantity":2}]}`:                                     "data.items[1].quantity",
		`{"items":[{"price":1}],"items":[{"price":2}]}`:                                  "data.items",
		`{"items":[{"price":1}],"items":[]}`:                                             "data.items",
		`{"total":"1","total":null}`:                                                     "data.total",
		`{"total":"1","x":{"total":"2"},"pr\u0069ce":1,"tot\u0061l":"2"}`:                "data.total",
		`{"id":"77","id":78}`:                                                            "data.id",
		`{"customer":{"phone":"+79990001122"},"customer":{"phone":"+79990001123"}}`:      "data.customer",
		`{"customer":{"phone":"1","phone":"2"}}`:                                         "data.customer.phone",
		`{"payment":{"paid":false,"paid":true}}`:                                         "data.payment.paid",
		`{"delivery":{"address":{"city":"a","city":"A"}}}`:                               "data.delivery.address.city",
		`{"created_at":"2026-11-28T12:00:00+03:00","created_at":"2026-11-28T09:00:00Z"}`: "data.created_at",
		`{"total":"1e3","total":1e3}`:                                                    "data.total",
		`{"total":"989.9999999999999","total":989.9999999999999}`:                        "data.total",
		`{"total":989.99,"total":989.9999999999999}`:                                     "data.total",
	} {
		_, err := orderIn(t, data)
		t.Run(data, func(t *testing.T) { wantFieldError(t, err, field, ineedchat.RuleRepeated) })
	}
	for body, field := range map[string]string{
		`{"type":"ping","type":"order.created"}`:   "type",
		`{"test":false,"test":true}`:               "test",
		`{"data":{"id":"1"},"data":{"id":"2"}}`:    "data",
		`{"company_id":"2","company_id":"3"}`:      "company_id",
		`{"data":{"a":1,"b":2},"data":{"b":2}}`:    "data",
		`{"version":"1","x":1,"x":2,"version":""}`: "version",
	} {
		_, err := ineedchat.Decode([]byte(body))
		t.Run(body, func(t *testing.T) { wantFieldError(t, err, field, ineedchat.RuleRepeated) })
	}
}

// TestRepeatedAlike: what says the same twice is taken, and so is what nobody
// reads.
func TestRepeatedAlike(t *testing.T) {
	for _, data := range []string{
		`{"total":"990.00","total":"990.00"}`,
		`{"total":"990.00","total":990.00}`,
		`{"total":"990.00","total":990}`,
		`{"total":"990.00","total":"990.0"}`,
		`{"total":"990.00","total":9.9e2}`,
		`{"total":"990.00","total":989.9999999999999}`,
		`{"total":"990.00","x":1,"x":2,"X":{"a":1,"a":[]}}`,
		`{"total":"990.00","Total":"1","Total":"2"}`,
		`{"total":"990.00","comment":null,"comment":""}`,
		`{"total":"990.00","payment":{"amount":"5"},"payment":{ "amount" : 5.0, "unknown":1 }}`,
	} {
		o, err := orderIn(t, data)
		if err != nil || o.Total != "990.00" || len(o.Rounded) > 0 {
			t.Errorf("%s: %+v %v", data, o, err)
		}
	}
	o, err := orderIn(t, `{"id":77,"id":"77","items":[{"price":"1.00"},{}],"items":[{"price":1},{}]}`)
	if err != nil || o.ID != "77" || len(o.Items) != 2 || o.Items[0].Price != "1.00" {
		t.Errorf("%+v %v", o, err)
	}
	e := decodeEnvelope(t, []byte(`{"data":{"id":"1", "x":[1,2]}, "data":{"id":"1","x":[1, 2]}}`))
	if o, err := e.Order(); err != nil || o.ID != "1" {
		t.Errorf("%+v %v", o, err)
	}
}

// TestNumericIDs: an id that is a number is its text. Nothing else that people
// read is.
func TestNumericIDs(t *testing.T) {
	e := decodeEnvelope(t, []byte(`{"company_id":2,"data":{"id":77,"number":1001,"customer":{"id":55,
		"channel_user_id":100200300400500600700},
		"delivery":{"type_id":3},"payment":{"type_id":-4},"items":[{"id":1,"variant_id":500000001,
		"product_id":300000001,"sku":900}]}}`))
	if e.CompanyID != "2" {
		t.Errorf("company %q", e.CompanyID)
	}
	o, err := e.Order()
	want := &ineedchat.Order{ID: "77", Number: "1001",
		Customer: ineedchat.Customer{ID: "55", ChannelUserID: "100200300400500600700"},
		Delivery: ineedchat.Delivery{TypeID: "3"}, Payment: ineedchat.Payment{TypeID: "-4"},
		Items: ineedchat.Items{{ID: "1", VariantID: "500000001", ProductID: "300000001", SKU: "900"}}}
	if err != nil || !reflect.DeepEqual(o, want) {
		t.Errorf("%+v %v", o, err)
	}
	if p, err := decodeEnvelope(t, []byte(`{"data":{"id":77}}`)).Paid(); err != nil || p.ID != "77" {
		t.Errorf("%+v %v", p, err)
	}
	if c, err := decodeEnvelope(t, []byte(`{"data":{"id":78}}`)).Cancelled(); err != nil || c.ID != "78" {
		t.Errorf("%+v %v", c, err)
	}
	_, err = orderIn(t, `{"comment":77}`)
	wantFieldError(t, err, "data.comment", "string")
}

// TestNoise: a number with the noise of a float is what it was before; every
// other one is taken or refused as it is.
func TestNoise(t *testing.T) {
	for sent, want := range map[string]string{ // "!" before it: with a notice
		`989.9999999999999`:                  "!990.00",
		`990.0000000000001`:                  "!990.00",
		`0.30000000000000004`:                "!0.30",
		`1979.9999999999998`:                 "!1980.00",
		`989.9999995`:                        "!990.00",
		`989.999999`:                         "!990.00",
		`-99.99999999999999`:                 "!-100.00",
		`5.684341886080802e-14`:              "!0.00",
		`9.899999999999999e2`:                "!990.00",
		`989.99999`:                          "989.99999", // too far: refused below
		`989.9999`:                           "989.9999",
		`989.995`:                            "989.995", // three digits are the contract's own
		`989.9949999999`:                     "989.9949999999",
		`990.0000`:                           "990.00",
		`9.9e2`:                              "990.00",
		`1E+3`:                               "1000.00",
		`1e-7`:                               "!0.00",
		`1e31`:                               "1e31",
		`1e-999999999`:                       "1e-999999999",
		`1e999999999`:                        "1e999999999",
		`1e99999999999999999999`:             "1e99999999999999999999",
		`"989.9999999999999"`:                "989.9999999999999",
		`"9.9e2"`:                            "9.9e2",
		`0.` + strings.Repeat("0", 50) + `1`: "0." + strings.Repeat("0", 50) + "1",
	} {
		o, err := orderIn(t, `{"total":`+sent+`,"items":[{"price":"1"},{"price":`+sent+`}]}`)
		if err != nil {
			t.Errorf("%s: %v", sent, err)
			continue
		}
		taken, noted := strings.CutPrefix(want, "!")
		if string(o.Total) != taken || string(o.Items[1].Price) != taken {
			t.Errorf("%s: %s and %s, want %s", sent, o.Total, o.Items[1].Price, taken)
		}
		var notes []ineedchat.Rounded
		if noted {
			notes = []ineedchat.Rounded{{Field: "data.total", Sent: sent, Taken: taken},
				{Field: "data.items[1].price", Sent: sent, Taken: taken}}
		}
		if !reflect.DeepEqual(o.Rounded, notes) {
			t.Errorf("%s: %v, want %v", sent, o.Rounded, notes)
		}
	}
}

// TestNoiseOfQuantities: quantities have three digits.
func TestNoiseOfQuantities(t *testing.T) {
	for sent, want := range map[string]string{
		`0.35000000000000003`: "0.350", `0.3499999999`: "0.350", `0.9999999999999999`: "1.000",
		`2.9999999999999996`: "3.000",
		`0.3505`:             "0.3505", `0.35001`: "0.35001", `"0.35000000000000003"`: "0.35000000000000003",
		`1e0`: "1.000", `2`: "2",
	} {
		o, err := orderIn(t, `{"items":[{"quantity":`+sent+`}]}`)
		if err != nil || string(o.Items[0].Quantity) != want {
			t.Errorf("%s: %+v %v, want %s", sent, o, err, want)
		}
	}
	p, err := decodeEnvelope(t, []byte(`{"data":{"id":"1","amount":3179.9999999999995}}`)).Paid()
	if err != nil || p.Amount != "3180.00" || fmt.Sprint(p.Rounded) != "[{data.amount 3179.9999999999995 3180.00}]" {
		t.Errorf("%+v %v", p, err)
	}
}
