package ineedchat_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ineed-insales/internal/ineedchat"

	"github.com/go-playground/validator/v10"
)

// check validates v as package handlers does and gives "path: rule" of each
// problem, sorted.
func check(t *testing.T, v any) []string {
	t.Helper()
	validate := validator.New(validator.WithRequiredStructEnabled())
	validate.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	for name, rule := range ineedchat.Rules() {
		err := validate.RegisterValidation(name,
			func(fl validator.FieldLevel) bool { return rule(fl.Field().String()) })
		if err != nil {
			t.Fatal(err)
		}
	}
	var problems []string
	if err := validate.Struct(v); err != nil {
		invalid, ok := err.(validator.ValidationErrors)
		if !ok {
			t.Fatal(err)
		}
		for _, p := range invalid {
			_, path, _ := strings.Cut(p.Namespace(), ".")
			problems = append(problems, path+": "+p.Tag())
		}
	}
	slices.Sort(problems)
	return problems
}

// order is the contract's full example, to be changed by a test.
func order(t *testing.T) *ineedchat.Order {
	t.Helper()
	o, err := decodeEnvelope(t, golden(t, "order_created.json")).Order()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOrder(t *testing.T) {
	want := &ineedchat.Order{
		ID:            "7f1c2a90-1f7e-4a57-9b2b-0c7a1d9e1001",
		Number:        "1001",
		CreatedAt:     "2026-11-23T14:59:58+03:00",
		Currency:      "RUB",
		ItemsTotal:    "2980.00",
		DiscountTotal: "100.00",
		DeliveryTotal: "300.00",
		Total:         "3180.00",
		Customer: ineedchat.Customer{
			ID: "u-55", Name: "Иван Петров", Phone: "+79990000000", Email: "ivan@example.com",
			Channel: "telegram", ChannelUserID: "100200300",
		},
		Delivery: ineedchat.Delivery{
			TypeID: "delivery",
			Title:  "Доставка курьером",
			Address: ineedchat.Address{
				Text: "г. Тюмень, ул. Примерная, д. 1, кв. 2", City: "Тюмень", Street: "Примерная", House: "1",
				Flat: "2",
			},
			DesiredFrom: "2026-11-23T18:00:00+03:00",
			DesiredTo:   "2026-11-23T20:00:00+03:00",
		},
		Payment: ineedchat.Payment{TypeID: "cash", Title: "Наличными курьеру"},
		Items: ineedchat.Items{
			{ID: "1", VariantID: "500000001", ProductID: "300000001", SKU: "TS-1-0", Title: "Футболка, S",
				Quantity: "2", Price: "990.00", Total: "1980.00"},
			{ID: "2", VariantID: "500000004", ProductID: "300000002", SKU: "TS-2-0", Title: "Кепка", Quantity: "1",
				Price: "1000.00", Total: "1000.00", Comment: "в подарок"},
		},
		Comment: "Позвоните за час",
		URL:     "https://demo.ineed.chat/companies/2/orders/1001",
	}
	got := order(t)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if problems := check(t, got); len(problems) > 0 {
		t.Errorf("the contract's example is invalid: %v", problems)
	}
}

func TestOrderMin(t *testing.T) {
	want := &ineedchat.Order{
		ID: "1001", CreatedAt: "2026-11-23T12:00:00Z", Currency: "RUB", Total: "990.00",
		Customer: ineedchat.Customer{Name: "Иван", Phone: "+79990000000"},
		Delivery: ineedchat.Delivery{TypeID: "pickup"},
		Payment:  ineedchat.Payment{TypeID: "cash"},
		Items:    ineedchat.Items{{VariantID: "500000001", Quantity: "1", Price: "990.00"}},
	}
	got, err := decodeEnvelope(t, golden(t, "order_created_min.json")).Order()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if problems := check(t, got); len(problems) > 0 {
		t.Errorf("the contract's example is invalid: %v", problems)
	}
}

func TestOrderPaidAndCancelled(t *testing.T) {
	const id = "7f1c2a90-1f7e-4a57-9b2b-0c7a1d9e1001"
	paid, err := decodeEnvelope(t, golden(t, "order_paid.json")).Paid()
	if err != nil {
		t.Fatal(err)
	}
	if want := (&ineedchat.OrderPaid{ID: id, PaidAt: "2026-11-23T15:04:58+03:00",
		Amount: "3180.00"}); !reflect.DeepEqual(paid, want) {
		t.Errorf("got %+v, want %+v", *paid, want)
	}
	cancelled, err := decodeEnvelope(t, golden(t, "order_cancelled.json")).Cancelled()
	if err != nil {
		t.Fatal(err)
	}
	if want := (ineedchat.OrderCancelled{ID: id, CancelledAt: "2026-11-23T15:06:59+03:00",
		Reason: "Покупатель передумал"}); *cancelled != want {
		t.Errorf("got %+v, want %+v", *cancelled, want)
	}
	if problems := append(check(t, paid), check(t, cancelled)...); len(problems) > 0 {
		t.Errorf("the contract's examples are invalid: %v", problems)
	}
	want := []string{"amount: decimal", "id: chatid", "paid_at: rfc3339"}
	if got := check(t, &ineedchat.OrderPaid{ID: "a~b", PaidAt: "today", Amount: "1e3"}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestOrderWrongTypes shows where in the order a value of the wrong type is.
func TestOrderWrongTypes(t *testing.T) {
	for _, test := range []struct{ data, field, rule string }{
		{`[]`, "data", "object"},
		{`"1001"`, "data", "object"},
		{`{"id":true}`, "data.id", "string"},
		{`{"id":[77]}`, "data.id", "string"},
		{`{"customer":{"channel_user_id":{}}}`, "data.customer.channel_user_id", "string"},
		{`{"created_at":1795435200}`, "data.created_at", "rfc3339"},
		{`{"total":true}`, "data.total", "decimal"},
		{`{"total":{"amount":"1"}}`, "data.total", "decimal"},
		{`{"customer":"Иван"}`, "data.customer", "object"},
		{`{"customer":{"phone":79990000000}}`, "data.customer.phone", "string"},
		{`{"delivery":{"address":{"flat":2}}}`, "data.delivery.address.flat", "string"},
		{`{"delivery":{"address":{"lat":[]}}}`, "data.delivery.address.lat", "string"},
		{`{"delivery":{"desired_to":{}}}`, "data.delivery.desired_to", "rfc3339"},
		{`{"payment":{"paid":"no"}}`, "data.payment.paid", "boolean"},
		{`{"items":{}}`, "data.items", "array"},
		{`{"items":"1"}`, "data.items", "array"},
		{`{"items":[{},7]}`, "data.items[1]", "object"},
		{`{"items":[{},{},{"price":[]}]}`, "data.items[2].price", "decimal"},
		{`{"items":[{"variant_id":false}]}`, "data.items[0].variant_id", "string"},
	} {
		t.Run(test.data, func(t *testing.T) {
			_, err := decodeEnvelope(t, []byte(`{"data":`+test.data+`}`)).Order()
			wantFieldError(t, err, test.field, test.rule)
		})
	}
}

// TestOrderNumbers decodes money and quantities given as numbers, digit by digit.
func TestOrderNumbers(t *testing.T) {
	e := decodeEnvelope(t, []byte(`{"data":{"total":90071992547409.931,"discount_total":null,"delivery_total":-0,
		"delivery":{"address":{"lat":57.1522000,"lon":"65.5272"}},"items":[{"quantity":0.350,"price":1e3},null]}}`))
	o, err := e.Order()
	if err != nil {
		t.Fatal(err)
	}
	want := &ineedchat.Order{
		Total: "90071992547409.931", DeliveryTotal: "-0",
		Delivery: ineedchat.Delivery{Address: ineedchat.Address{Lat: "57.1522000", Lon: "65.5272"}},
		Items:    ineedchat.Items{{Quantity: "0.350", Price: "1000.00"}, {}},
	}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("got  %+v\nwant %+v", o, want)
	}
}

// TestOrderNull decodes an order in which everything is null: that is absent.
func TestOrderNull(t *testing.T) {
	e := decodeEnvelope(t, []byte(`{"data":{"id":null,"created_at":null,"total":null,"customer":null,
		"delivery":{"address":null,"desired_from":null},
		"payment":{"paid":null,"amount":null},"items":null,"comment":null}}`))
	o, err := e.Order()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(o, &ineedchat.Order{}) {
		t.Errorf("got %+v, want nothing", o)
	}
}

func TestItemsAreBounded(t *testing.T) {
	for lines, want := range map[int]int{0: 0, 1: 1, 500: 500, 501: 501, 80000: 501} {
		list := strings.TrimSuffix(strings.Repeat("{},", lines), ",")
		o, err := decodeEnvelope(t, []byte(`{"data":{"items":[`+list+`]}}`)).Order()
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Items) != want {
			t.Errorf("%d lines: decoded %d, want %d", lines, len(o.Items), want)
		}
	}
}

func TestOrderValidation(t *testing.T) {
	long := func(n int) string { return strings.Repeat("ы", n) }
	for _, test := range []struct {
		name   string
		change func(o *ineedchat.Order)
		want   []string
	}{
		{"no id", func(o *ineedchat.Order) { o.ID = "" }, []string{"id: required"}},
		{"reserved id", func(o *ineedchat.Order) { o.ID = "1001~2" }, []string{"id: chatid"}},
		{"no time", func(o *ineedchat.Order) { o.CreatedAt = "" }, []string{"created_at: required"}},
		{"local time", func(o *ineedchat.Order) { o.CreatedAt = "2026-11-23T12:00:00" },
			[]string{"created_at: rfc3339"}},
		{"no currency, no total", func(o *ineedchat.Order) { o.Currency, o.Total = "", "" },
			[]string{"currency: required", "total: required"}},
		{"bad sums", func(o *ineedchat.Order) {
			o.Total, o.ItemsTotal, o.DiscountTotal, o.DeliveryTotal = "1,5", "1.2345", "x", "1e2"
		},
			[]string{"delivery_total: decimal", "discount_total: decimal", "items_total: decimal", "total: decimal"}},
		{"only name", func(o *ineedchat.Order) { o.Customer = ineedchat.Customer{Name: "Иван"} }, nil},
		{"only phone",
			func(o *ineedchat.Order) { o.Customer = ineedchat.Customer{Phone: "8 (999) 000-00-00 доб. 5"} }, nil},
		{"nobody", func(o *ineedchat.Order) { o.Customer = ineedchat.Customer{Email: "a@example.com"} },
			[]string{"customer.name: required_without", "customer.phone: required_without"}},
		{"long ids", func(o *ineedchat.Order) {
			o.Customer.ID, o.Customer.ChannelUserID, o.Items[0].ID = long(129), long(129), long(129)
		}, []string{"customer.channel_user_id: max", "customer.id: max", "items[0].id: max"}},
		{"ids of 128", func(o *ineedchat.Order) {
			o.Customer.ID, o.Customer.ChannelUserID, o.Items[0].ID = long(128), long(128), long(128)
		}, nil},
		{"no types", func(o *ineedchat.Order) { o.Delivery.TypeID, o.Payment.TypeID = "", "" },
			[]string{"delivery.type_id: required", "payment.type_id: required"}},
		{"bad types", func(o *ineedchat.Order) { o.Delivery.TypeID, o.Payment.TypeID = "само вывоз", "a b" },
			[]string{"delivery.type_id: chatid", "payment.type_id: chatid"}},
		{"bad times", func(o *ineedchat.Order) {
			o.Delivery.DesiredFrom, o.Delivery.DesiredTo, o.Payment.PaidAt = "18:00", "soon", "-"
		}, []string{"delivery.desired_from: rfc3339", "delivery.desired_to: rfc3339", "payment.paid_at: rfc3339"}},
		{"bad amount", func(o *ineedchat.Order) { o.Payment.Amount = "много" }, []string{"payment.amount: decimal"}},
		{"comment of 4000", func(o *ineedchat.Order) { o.Comment = long(4000) }, nil},
		{"comment of 4001", func(o *ineedchat.Order) { o.Comment = long(4001) }, []string{"comment: max"}},
		{"items absent", func(o *ineedchat.Order) { o.Items = nil }, []string{"items: required"}},
		{"no items", func(o *ineedchat.Order) { o.Items = ineedchat.Items{} }, []string{"items: min"}},
		{"500 items", func(o *ineedchat.Order) { o.Items = slices.Repeat(o.Items[:1], 500) }, nil},
		{"501 items", func(o *ineedchat.Order) { o.Items = slices.Repeat(o.Items[:1], 501) }, []string{"items: max"}},
		{"an empty item", func(o *ineedchat.Order) { o.Items[1] = ineedchat.Item{} },
			[]string{"items[1].price: required", "items[1].quantity: required", "items[1].sku: required_without",
				"items[1].variant_id: required_without"}},
		{"sku only", func(o *ineedchat.Order) { o.Items[0].VariantID = "" }, nil},
		{"variant only", func(o *ineedchat.Order) { o.Items[0].SKU = "" }, nil},
		{"bad ids of a line", func(o *ineedchat.Order) { o.Items[0].VariantID, o.Items[0].ProductID = "5 0", "№1" },
			[]string{"items[0].product_id: chatid", "items[0].variant_id: chatid"}},
		{"free and by weight", func(o *ineedchat.Order) { o.Items[0].Price, o.Items[0].Quantity = "0", "0.001" }, nil},
		{"below zero", func(o *ineedchat.Order) { o.Items[0].Price, o.Items[0].Quantity = "-0.01", "0.000" },
			[]string{"items[0].price: nonnegative", "items[0].quantity: positive"}},
		{"bad numbers of a line", func(o *ineedchat.Order) {
			o.Items[0].Price, o.Items[0].Quantity, o.Items[0].Total = "1e3", "1.0000", "?"
		}, []string{"items[0].price: decimal", "items[0].quantity: decimal", "items[0].total: decimal"}},
		{"unknown enums", func(o *ineedchat.Order) { o.Customer.Channel, o.Currency = "carrier pigeon", "XTS" }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := order(t)
			test.change(o)
			if got := check(t, o); !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestEnvelopeValidation(t *testing.T) {
	for _, test := range []struct {
		envelope ineedchat.Envelope
		want     []string
	}{
		{ineedchat.Envelope{Type: "ping", Version: "1", CompanyID: "2"}, nil},
		{ineedchat.Envelope{}, []string{"company_id: required", "type: required", "version: required"}},
		{ineedchat.Envelope{Type: "ping", Version: "2", CompanyID: "a/b", Timestamp: "now"},
			[]string{"company_id: chatid", "timestamp: rfc3339", "version: eq"}},
	} {
		if got := check(t, &test.envelope); !slices.Equal(got, test.want) {
			t.Errorf("%+v:\ngot  %q\nwant %q", test.envelope, got, test.want)
		}
	}
}

func TestComputedTotal(t *testing.T) {
	line := func(price, quantity ineedchat.Decimal) ineedchat.Item {
		return ineedchat.Item{Price: price, Quantity: quantity}
	}
	for _, test := range []struct {
		order   ineedchat.Order
		want    string
		differs bool
	}{
		{*order(t), "3180", false},
		{ineedchat.Order{Total: "990.00", Items: ineedchat.Items{line("990.00", "1")}}, "990", false},
		{ineedchat.Order{Total: "990.01", Items: ineedchat.Items{line("990.00", "1")}}, "990", false},
		{ineedchat.Order{Total: "989.989", Items: ineedchat.Items{line("990.00", "1")}}, "990", true},
		{ineedchat.Order{Total: "990.02", Items: ineedchat.Items{line("990.00", "1")}}, "990", true},
		{ineedchat.Order{Total: "35.00", Items: ineedchat.Items{line("99.99", "0.350")}}, "34.9965", false},
		{ineedchat.Order{Total: "0.30", Items: ineedchat.Items{line("0.1", "1"), line("0.1", "2")}}, "0.3", false},
		{ineedchat.Order{Total: "0", DiscountTotal: "5", DeliveryTotal: "7.5"}, "2.5", true},
		{ineedchat.Order{Total: "1", Items: ineedchat.Items{line("1e9", "1"), line("1", "")}}, "0", true},
	} {
		t.Run(fmt.Sprint(test.order.Total), func(t *testing.T) {
			if got := test.order.ComputedTotal().String(); got != test.want {
				t.Errorf("computed %s, want %s", got, test.want)
			}
			if got := test.order.SumDiffers(); got != test.differs {
				t.Errorf("differs: %v, want %v", got, test.differs)
			}
		})
	}
}
