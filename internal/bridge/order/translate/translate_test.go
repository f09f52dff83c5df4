package translate

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

var update = flag.Bool("update", false, "rewrite golden files")

var translateKey = []byte(strings.Repeat("m", 32))

// mapped is a company that knows the example's payment and order types.
func mapped() storage.Company {
	return storage.Company{ID: "2", Orders: storage.OrderSync{
		Payments:   map[string]int64{"cash": 5000001},
		Deliveries: map[string]int64{"pickup": 7000001, "delivery": 7000002},
		MaxAge:     24 * time.Hour,
	}}
}

// example is one of the contract's own examples, changed as the test likes.
func example(t *testing.T, name string, change ...func(*ineedchat.Order)) *ineedchat.Order {
	t.Helper()
	body, err := os.ReadFile("../../../../testdata/ineedchat/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	o, p := Decode(body)
	if p != nil {
		t.Fatalf("%s: %s", name, told(p))
	}
	for _, f := range change {
		f(o)
	}
	return o
}

func markerOf(o *ineedchat.Order) string { return Marker(translateKey, "2", o.ID) }

// translated is the order as the mapped company's shop is asked for it.
func translated(o *ineedchat.Order, change ...func(*storage.Order)) (Translation, *storage.Problem) {
	stored := storage.Order{Key: storage.OrderKey{Company: "2", ID: o.ID}}
	for _, f := range change {
		f(&stored)
	}
	return ToShop(mapped(), &stored, o, markerOf(o))
}

// The contract's examples become exactly these requests.
func TestTranslateExamples(t *testing.T) {
	for name, golden := range map[string]string{
		"order_created":     "../../../../testdata/bridge/create_request.json",
		"order_created_min": "../../../../testdata/bridge/create_request_min.json",
	} {
		o := example(t, name)
		got, problem := translated(o)
		if problem != nil || len(got.Notices) != 0 {
			t.Fatalf("%s: %s %v", name, told(problem), got.Notices)
		}
		text, err := json.MarshalIndent(got.Request, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, '\n')
		if *update {
			if err := os.WriteFile(golden, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text, want) {
			t.Errorf("%s differs from %s (-update writes it):\n%s", name, golden, text)
		}
	}
}

// What cannot be translated names what a person has to mend.
func TestTranslateProblems(t *testing.T) {
	second := func(variant, sku string) func(*ineedchat.Order) {
		return func(o *ineedchat.Order) { o.Items[1].VariantID, o.Items[1].SKU = variant, sku }
	}
	for _, tt := range []struct {
		name   string
		change func(*ineedchat.Order)
		want   string
	}{
		{"payment", func(o *ineedchat.Order) { o.Payment.TypeID = "crypto" }, "payment_unmapped type=crypto"},
		{"order type", func(o *ineedchat.Order) { o.Delivery.TypeID = "drone" }, "delivery_unmapped type=drone"},
		{"currency", func(o *ineedchat.Order) { o.Currency = "KZT" }, "currency currency=KZT"},
		{"payment first", func(o *ineedchat.Order) { o.Payment.TypeID, o.Delivery.TypeID = "crypto", "drone" },
			"payment_unmapped type=crypto; delivery_unmapped type=drone"},
		{"sku only", second("", "TS-2-0"), "variant_missing line=2 sku=TS-2-0 variant="},
		{"neither", second("", ""), "variant_missing line=2 sku= variant="},
		{"no number", second("cap-red", "TS-2-0"), "variant_invalid line=2 sku=TS-2-0 variant=cap-red"},
		{"zero", second("0", ""), "variant_invalid line=2 sku= variant=0"},
		{"negative", second("-4", ""), "variant_invalid line=2 sku= variant=-4"},
		{"fraction", second("5.0", ""), "variant_invalid line=2 sku= variant=5.0"},
		{"more than an id can be", second("9223372036854775808", ""),
			"variant_invalid line=2 sku= variant=9223372036854775808"},
		// Refused with 422 before it is stored; a body that has one all the same
		// was damaged.
		{"exponent", func(o *ineedchat.Order) { o.Items[0].Price = "1e3" }, "body_unreadable"},
		{"no quantity", func(o *ineedchat.Order) { o.Items[0].Quantity = "" }, "body_unreadable"},
	} {
		o := example(t, "order_created", tt.change)
		got, problem := translated(o)
		if told(problem) != tt.want || got.Request.ManagerComment != "" {
			t.Errorf("%s: %q, want %q", tt.name, told(problem), tt.want)
		}
	}
}

// field digs a value out of a request as it is sent; "-" if it is not there.
func field(t *testing.T, request insales.NewOrder, path string) string {
	t.Helper()
	text, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(path, ".") {
		var members map[string]json.RawMessage
		var list []json.RawMessage
		if json.Unmarshal(text, &list) == nil {
			members = map[string]json.RawMessage{}
			for i, e := range list {
				members[fmt.Sprint(i)] = e
			}
		} else if err := json.Unmarshal(text, &members); err != nil {
			t.Fatalf("%s: %s", path, text)
		}
		if text = members[name]; text == nil {
			return "-"
		}
	}
	var s string
	if json.Unmarshal(text, &s) == nil {
		return s
	}
	return string(text)
}

// What one field of the order becomes in the request.
func TestTranslateFields(t *testing.T) {
	type order = ineedchat.Order
	address := func(a ineedchat.Address) func(*order) { return func(o *order) { o.Delivery.Address = a } }
	name := func(s string) func(*order) { return func(o *order) { o.Customer.Name = s } }
	phone := func(s string) func(*order) { return func(o *order) { o.Customer.Phone = s } }
	parts := ineedchat.Address{Zip: "625000", City: "Тюмень", Street: "Примерная", House: "1", Flat: "2", Entrance: "3",
		Floor: "4", Comment: "код 5"}
	whole := ineedchat.Address{Text: "Тюмень, Примерная, 1", City: "Тюмень", Comment: "код 5"}
	const line, client, to = "order_lines_attributes.", "client.", "shipping_address_attributes."
	for _, tt := range []struct {
		name    string
		change  func(*order)
		want    map[string]string
		notices string
	}{
		{"grams", func(o *order) { o.Items[0].Quantity, o.DiscountTotal = "0.350", "" },
			map[string]string{line + "0.quantity": "0.35"}, "sum"},
		{"more digits than a float has", func(o *order) {
			o.Items[0].Price, o.DiscountTotal = "9007199254740993.01",
				""
		},
			map[string]string{line + "0.sale_price": "9007199254740993.01"}, "sum"},
		{"a free line", func(o *order) { o.Items[1].Price, o.DiscountTotal = "0.00", "" },
			map[string]string{line + "1.sale_price": "0"}, "sum"},
		{"discount of the whole order", func(*order) {},
			map[string]string{line + "0.sale_price": "956.78", line + "1.sale_price": "966.44"}, ""},
		{"free delivery", func(o *order) { o.DeliveryTotal = "0" }, map[string]string{"delivery_price": "0"}, "sum"},
		{"delivery price not given", func(o *order) { o.DeliveryTotal = "" }, map[string]string{"delivery_price": "-"},
			"sum"},
		{"line comment", func(*order) {}, map[string]string{line + "0.comment": "-", line + "1.comment": "-",
			"comment": "Позвоните за час\n«Кепка»: в подарок"}, ""},
		{"two words", name("  Иван \t Петров "),
			map[string]string{client + "name": "Иван", client + "surname": "Петров"}, ""},
		{"one word", name("Иван"), map[string]string{client + "name": "Иван", client + "surname": "-"}, ""},
		{"three words", name("Иван Петрович Сидоров"),
			map[string]string{client + "name": "Иван", client + "surname": "Петрович Сидоров"}, ""},
		{"phone only", name(""), map[string]string{client + "name": "+79990000000", client + "surname": "-",
			client + "phone": "+79990000000"}, ""},
		{"name only", func(o *order) { o.Customer.Phone, o.Customer.Email = "", "" },
			map[string]string{client + "name": "Иван", client + "phone": "-", client + "email": "-", to + "phone": "-"},
			""},
		{"phone in another notation", phone("8 (999) 000-00-00"),
			map[string]string{client + "phone": "+79990000000", to + "phone": "+79990000000"}, ""},
		{"phone with an extension", phone("8 (999) 000-00-00 доб. 5"),
			map[string]string{client + "phone": "8 (999) 000-00-00 доб. 5"}, "phone_as_typed"},
		{"no e-mail", func(o *order) { o.Customer.Email = "Иван <ivan@example.com>" },
			map[string]string{client + "email": "-"}, "email_left_out"},
		{"pickup", address(ineedchat.Address{Lat: "57.1", Lon: "65.5"}), map[string]string{to + "address": "-",
			to + "country": "-", to + "name": "Иван Петров", to + "phone": "+79990000000"}, ""},
		{"address in parts", address(parts), map[string]string{to +
			"address": "625000, Тюмень, Примерная, д. 1, кв. 2, подъезд 3, этаж 4, код 5",
			to + "city": "Тюмень", to + "full_locality_name": "Тюмень", to + "entrance": "-", to + "floor": "-",
			to + "zip": "625000"},
			""},
		{"address as text", address(whole), map[string]string{to + "address": "Тюмень, Примерная, 1, код 5",
			to + "city": "Тюмень", to + "street": "-", to + "country": "RU"}, ""},
		{"comment", func(o *order) { o.Comment, o.Items[1].Comment = "Код\n«5»", "" },
			map[string]string{"comment": "Код\n«5»"}, ""},
		{"address to pick up", func(o *order) { o.Delivery.TypeID, o.Delivery.Address = "pickup", whole },
			map[string]string{to + "address": "Тюмень, Примерная, 1, код 5"}, ""},
		{"comments that are too long", func(o *order) { o.Items[0].Comment = strings.Repeat("ы", 16_001) },
			map[string]string{line + "0.comment": "-"}, "comment_cut"},
		{"wanted within a day", func(*order) {},
			map[string]string{"delivery_date": "2026-11-23", "delivery_from_hour": "18", "delivery_from_minutes": "0",
				"delivery_to_hour": "20"}, ""},
		{"wanted at any time", func(o *order) { o.Delivery.DesiredFrom, o.Delivery.DesiredTo = "", "" },
			map[string]string{"delivery_date": "-", "delivery_from_hour": "-", "delivery_to_hour": "-"}, ""},
		{"wanted over night", func(o *order) { o.Delivery.DesiredTo = "2026-11-24T02:15:00+03:00" },
			map[string]string{"delivery_date": "2026-11-23", "delivery_from_hour": "18", "delivery_to_hour": "-",
				"delivery_to_minutes": "-"}, ""},
		{"wanted until", func(o *order) {
			o.Delivery.DesiredFrom, o.Delivery.DesiredTo = "",
				"2026-11-24T02:15:00+03:00"
		},
			map[string]string{"delivery_date": "2026-11-24", "delivery_from_hour": "-", "delivery_to_hour": "2",
				"delivery_to_minutes": "15"}, ""},
		{"not paid", func(*order) {}, map[string]string{"financial_status": "-"}, ""},
		{"paid", func(o *order) { o.Payment.Paid = true }, map[string]string{"financial_status": "paid"}, ""},
	} {
		got, fault := translated(example(t, "order_created", tt.change))
		if fault != nil {
			t.Fatalf("%s: %s", tt.name, told(fault))
		}
		for path, want := range tt.want {
			if is := field(t, got.Request, path); is != want {
				t.Errorf("%s: %s is %q, want %q", tt.name, path, is, want)
			}
		}
		if is := notices(got.Notices); is != tt.notices &&
			(tt.notices != "sum" || !strings.HasPrefix(is, problem.NoticeSumDiffers)) {
			t.Errorf("%s: notices %q, want %q", tt.name, is, tt.notices)
		}
	}
}

// What is known of an order beside its body counts too.
func TestTranslateStored(t *testing.T) {
	o := example(t, "order_created", func(o *ineedchat.Order) {
		o.Comment, o.Items[1].Comment = "Позвоните 📞 за час", ""
	})
	for name, tt := range map[string]struct {
		change func(*storage.Order)
		want   map[string]string
	}{
		"nothing": {func(*storage.Order) {},
			map[string]string{"financial_status": "-", "comment": "Позвоните 📞 за час"}},
		"paid meanwhile": {func(o *storage.Order) { o.Paid = true },
			map[string]string{"financial_status": "paid"}},
		"refused for its emoji": {func(o *storage.Order) { o.Plain = true },
			map[string]string{"comment": "Позвоните  за час"}},
	} {
		got, problem := translated(o, tt.change)
		for path, want := range tt.want {
			if is := field(t, got.Request, path); problem != nil || is != want {
				t.Errorf("%s: %s is %q, want %q (%s)", name, path, is, want, told(problem))
			}
		}
	}
}

// The chat's own arithmetic may be wrong by rounding; more is a notice.
func TestTranslateSums(t *testing.T) {
	for total, want := range map[string]string{
		"3180.00": "", "3179.99": "", "3180.01": "",
		"3180.02": "sum_differs computed=3180.00 total=3180.02", "3280": "sum_differs computed=3180.00 total=3280",
	} {
		o := example(t, "order_created", func(o *ineedchat.Order) { o.Total = ineedchat.Decimal(total) })
		got, problem := translated(o)
		if problem != nil || notices(got.Notices) != want {
			t.Errorf("%s: %q, want %q (%s)", total, notices(got.Notices), want, told(problem))
		}
	}
}

// notices is a list of notices as one text.
func notices(list []storage.Problem) string {
	texts := make([]string, len(list))
	for i := range list {
		texts[i] = told(&list[i])
	}
	return strings.Join(texts, "; ")
}

// An order that is too old, or too late for its desired time, waits for a
// person, whose release begins its age anew and overrules the desired time.
func TestUnfit(t *testing.T) {
	at := func(clock string) time.Time { v, _ := time.Parse(time.RFC3339, "2026-11-23T"+clock+"+03:00"); return v }
	const h = time.Hour
	for _, tt := range []struct {
		name     string
		age      time.Duration
		max      time.Duration
		from, to ineedchat.Time
		released bool
		want     string
	}{
		{"fresh", 0, 24 * h, "", "", false, ""},
		{"just young enough", 24 * h, 24 * h, "", "", false, ""},
		{"just too old", 24*h + 1, 24 * h, "", "", false, "too_old hours=24"},
		{"far too old", 50*h + 59*time.Minute, h, "", "", false, "too_old hours=50"},
		{"no limit", 5000 * h, 0, "", "", false, ""},
		{"released long ago", 25 * h, 24 * h, "", "", true, "too_old hours=25"},
		{"released just now", 0, 24 * h, "", "", true, ""},
		{"desired later", h, 24 * h, "2026-11-23T18:00:00+03:00", "2026-11-23T20:00:00+03:00", false, ""},
		{"desired now", h, 24 * h, "2026-11-23T17:00:00+03:00", "2026-11-23T20:00:00+03:00", false, ""},
		{"at the last moment", h, 24 * h, "", "2026-11-23T18:00:00+03:00", false, ""},
		{"desired time passed", h, 24 * h, "2026-11-23T15:00:00+03:00", "2026-11-23T17:59:59+03:00", false,
			"desired_time_passed at=2026-11-23T14:59:59Z"},
		{"its begin passed, no end", h, 24 * h, "2026-11-23T17:59:59+03:00", "", false,
			"desired_time_passed at=2026-11-23T14:59:59Z"},
		{"in another zone", h, 24 * h, "", "2026-11-23T19:59:59+05:00", false,
			"desired_time_passed at=2026-11-23T14:59:59Z"},
		{"passed, but released", h, 24 * h, "", "2026-11-23T17:00:00+03:00", true, ""},
		{"unreadable", h, 24 * h, "soon", "later", false, ""},
		{"too old and passed", 25 * h, 24 * h, "", "2026-11-23T17:00:00+03:00", false, "too_old hours=25"},
	} {
		now := at("18:00:00")
		c, o := mapped(), storage.Order{AgeFrom: now.Add(-tt.age), AcceptedAt: now}
		c.Orders.MaxAge = tt.max
		if tt.released {
			o.AcceptedAt = o.AgeFrom.Add(-h)
		}
		order := example(t, "order_created", func(o *ineedchat.Order) {
			o.Delivery.DesiredFrom,
				o.Delivery.DesiredTo = tt.from, tt.to
		})
		if got := told(Unfit(c, &o, order, now)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Numbers with the noise of a float are rounded where they are decoded; the
// request has the round ones and the order a notice with three of them.
func TestTranslateNoise(t *testing.T) {
	body := strings.NewReplacer(`"price":"990.00"`, `"price":989.9999999999999`, `"total":"3180.00"`,
		`"total":3179.9999999999995`,
		`"items_total":"2980.00"`, `"items_total":2979.9999999999995`, `"discount_total":"100.00"`,
		`"discount_total":99.99999999999999`)
	text, err := os.ReadFile("../../../../testdata/ineedchat/order_created.json")
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.NewReplacer(`": `, `":`).Replace(string(text))
	for range 2 { // the verdict is the same each time it is decoded
		o, wrong := Decode([]byte(body.Replace(flat)))
		if wrong != nil || len(o.Rounded) < 4 {
			t.Fatalf("%+v", o)
		}
		got, problem := translated(o)
		want := "number_rounded numbers=data.items_total 2979.9999999999995 → 2980.00, " +
			"data.discount_total 99.99999999999999 → 100.00, data.total 3179.9999999999995 → 3180.00, … +1"
		if problem != nil || notices(got.Notices) != want {
			t.Errorf("%q, want %q (%s)", notices(got.Notices), want, told(problem))
		}
		whole, _ := Decode(text)
		if exact, _ := translated(whole); !reflect.DeepEqual(got.Request, exact.Request) {
			t.Errorf("%+v", got.Request)
		}
	}
}

// told is a problem as one text: its code and, by name, its arguments.
func told(p *storage.Problem) string {
	if p == nil {
		return ""
	}
	text := p.Code
	for _, name := range slices.Sorted(maps.Keys(p.Args)) {
		text += " " + name + "=" + p.Args[name]
	}
	for i := range p.Also {
		text += "; " + told(&p.Also[i])
	}
	return text
}
