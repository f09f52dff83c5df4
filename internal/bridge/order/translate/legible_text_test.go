package translate

import (
	"encoding/json"
	"strings"
	"testing"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
	"ineed-insales/storage"
)

// dirt is what no text may carry to the shop.
const dirt = "\u0000\u0001\u001b\u007f\u0085\u009b\u202e\u202a\u2066\u2069\ufeff\ufffe\uffff"

// Every text of an order that is sent, shown or compared is made legible, and
// nothing else of it changes. Ids stay.
func TestLegibleOrder(t *testing.T) {
	const clean = "Анна-Мари\u0306я 👨\u200d👩\u200d👧 ❤️ «5»\u00a0кг"
	dirty := strings.Replace(clean, "Мари", "Ма"+dirt+"ри", 1) + "\u202e"
	one := "\n\t" + dirty
	o := &ineedchat.Order{ID: "K-1", Number: one, Comment: "1\n\t" + dirty + "\r\n2",
		Customer: ineedchat.Customer{Name: one, Phone: "\u202a+7 999 000-11-22\u202c",
			Email: "\u202aanna\u200b@example.com\u202c", Channel: one},
		Delivery: ineedchat.Delivery{TypeID: "pickup", Title: one,
			Address: ineedchat.Address{Text: "1\n" + dirty, City: one, Street: one, House: one,
				Flat: one, Entrance: one, Floor: one, Zip: one, Comment: "1\n" + dirty}},
		Payment: ineedchat.Payment{TypeID: "cash", Title: one},
		Items:   ineedchat.Items{{VariantID: "500000001", SKU: one, Title: one, Comment: "1\n" + dirty}},
		URL:     "https://demo.ineed.chat/\u202e1",
	}
	before, _ := json.Marshal(o)
	got, _ := json.Marshal(Legible(o))
	want := &ineedchat.Order{ID: "K-1", Number: clean, Comment: "1\n\t" + clean + "\n2",
		Customer: ineedchat.Customer{Name: clean, Phone: "+7 999 000-11-22", Email: "anna@example.com", Channel: clean},
		Delivery: ineedchat.Delivery{TypeID: "pickup", Title: clean,
			Address: ineedchat.Address{Text: "1\n" + clean, City: clean, Street: clean, House: clean,
				Flat: clean, Entrance: clean, Floor: clean, Zip: clean, Comment: "1\n" + clean}},
		Payment: ineedchat.Payment{TypeID: "cash", Title: clean},
		Items:   ineedchat.Items{{VariantID: "500000001", SKU: clean, Title: clean, Comment: "1\n" + clean}},
		URL:     "https://demo.ineed.chat/1",
	}
	if text, _ := json.Marshal(want); string(text) != string(got) {
		t.Errorf("got  %s\nwant %s", got, text)
	}
	if after, _ := json.Marshal(o); string(after) != string(before) {
		t.Error("the order that was given has changed")
	}
}

// Whatever stands in an order or in the settings, no text of the request has a
// sign that is not fit to be read.
func TestRequestIsLegible(t *testing.T) {
	dirty := func(s string) string { return s[:1] + dirt + s[1:] }
	o := example(t, "order_created", func(o *ineedchat.Order) {
		o.Number, o.Comment, o.Customer.Name, o.Customer.Channel = dirty("1001"), dirty("comment"),
			dirty("Ivan Petrov"), dirty("vk")
		o.Customer.Phone, o.Customer.Email, o.URL = dirty("+7 999 000-11-22"), dirty("ivan@example.com"),
			dirty("https://demo.ineed.chat/1")
		o.Delivery.TypeID, o.Delivery.Address = "delivery",
			ineedchat.Address{City: dirty("Tyumen"), Street: dirty("Street"), House: dirty("1a"), Flat: dirty("12"),
				Entrance: dirty("3e"), Floor: dirty("4f"), Zip: dirty("625000"), Comment: dirty("code")}
		o.Items[0].Comment, o.Items[1].Comment = dirty("gift"), dirty("no gift")
	})
	c := mapped()
	c.Orders.Fields = map[string]string{"77": "{comment} " + dirty("own"), "middlename": dirty("middle")}
	got, problem := ToShop(c, &storage.Order{Key: storage.OrderKey{Company: "2", ID: o.ID}}, o, markerOf(o))
	if problem != nil || len(got.Notices) != 0 {
		t.Fatalf("%s %v", told(problem), got.Notices)
	}
	for _, s := range append(texts(&got.Request), &got.Request.Client.Email) {
		if *s == "" || legible.Text(*s) != *s {
			t.Errorf("%+q", *s)
		}
	}
	r := got.Request
	if r.Client.Name != "Ivan" || r.Client.Surname != "Petrov" || r.Client.Phone != "+79990001122" ||
		r.Client.Email != "ivan@example.com" ||
		r.Comment != "comment\n«Футболка, S»: gift\n«Кепка»: no gift" ||
		r.ShippingAddress.Address != "625000, Tyumen, Street, д. 1a, кв. 12, подъезд 3e, этаж 4f, code" ||
		r.Fields[0].Value != "comment own" || r.Client.Middle != "middle" {
		t.Errorf("%+v", r)
	}
}

// Who has a name of signs without a form goes by the phone, and an order is known
// again whatever is hidden in it.
func TestHiddenSigns(t *testing.T) {
	for _, name := range []string{"\u3164", "\u200b\u2060", "\u202e\u0000", "\u2800 \u2800"} {
		got, _ := translated(example(t, "order_created", func(o *ineedchat.Order) { o.Customer.Name = name }))
		if c := got.Request.Client; c.Name != "+79990000000" || c.Surname != "" {
			t.Errorf("%+q: %+v", name, c)
		}
	}
	got, _ := translated(example(t, "order_created",
		func(o *ineedchat.Order) { o.Customer.Name, o.Customer.Phone = "\u202e", "" }))
	if got.Request.Client.Name != "-" {
		t.Errorf("%+v", got.Request.Client)
	}
	lines := []insales.Line{{VariantID: 1}}
	plain := Fingerprint("+79990001122", lines)
	for _, phone := range []string{"\u202a+7 999 000-11-22\u202c", "+7\u00a0999\u2009000‑11‑22", "８（９９９）０００－１１－２２",
		"\u2068٧٩٩٩٠٠٠١١٢٢\u2069"} {
		if Fingerprint(phone, lines) != plain || PhoneDigits(phone) != "9990001122" ||
			SearchFor(phone) != "9990001122" {
			t.Errorf("%+q: %q, %q", phone, PhoneDigits(phone), SearchFor(phone))
		}
	}
}

// What of the chat's words fits into the manager's comment is there, without
// brackets; that something is missing is told.
func TestManagerCommentWords(t *testing.T) {
	for number, want := range map[string]struct {
		kept  string
		whole bool
	}{
		"1001": {"1001", true}, "Заказ 15": {"Заказ 15", true}, "№ 15/ПВ": {"№ 15/ПВ", true},
		"15\nдва": {"15 два", true}, "🎉 15": {"🎉 15", true},
		"[TG] 15": {"TG 15", false}, "A[1]": {"A 1", false}, "15]": {"15", false}, "[]": {"", false},
		"[ineed:1001:56g4gqdhayudjzj6]": {"ineed:1001:56g4gqdhayudjzj6", false},
		"[\u202eineed:1\u202c]":         {"ineed:1", false}, "15\u0000\u202e": {"15", true}, "\u200b": {"", true},
		"":                      {"", true},
		strings.Repeat("ы", 64): {strings.Repeat("ы", 64), true},
		strings.Repeat("ы", 65): {strings.Repeat("ы", 64) + "…", false},
	} {
		for what, set := range map[string]func(*ineedchat.Order){
			"number":  func(o *ineedchat.Order) { o.Number = number },
			"channel": func(o *ineedchat.Order) { o.Customer.Channel = number },
		} {
			if what == "channel" && len(number) > 32 {
				continue
			}
			got, fault := translated(example(t, "order_created", set))
			comment := got.Request.ManagerComment
			line := "INEED.CHAT № " + want.kept + "\n"
			if what == "channel" {
				line = "\n" + want.kept + "\n"
			}
			if want.kept == "" {
				line = ""
			}
			if fault != nil || !strings.Contains(comment, line) || strings.Count(comment, "[") != 1 ||
				strings.Count(comment, "]") != 1 {
				t.Errorf("%s %+q: %q", what, number, comment)
			}
			if told := notices(got.Notices); (told == "") != want.whole || told != "" &&
				told != problem.NoticeManagerComment {
				t.Errorf("%s %+q: notices %q", what, number, told)
			}
		}
	}
	for url, want := range map[string]string{
		"https://demo.ineed.chat/o?a[]=1": "https://demo.ineed.chat/o?a%5B%5D=1",
		"http://demo.ineed.chat/1":        "http://demo.ineed.chat/1",
		"javascript:alert(1)":             "", "https://a b": "", "https://" + strings.Repeat("x", 500): "", "": "",
	} {
		got, _ := translated(example(t, "order_created", func(o *ineedchat.Order) { o.URL = url }))
		lines := strings.Split(got.Request.ManagerComment, "\n")
		last := lines[len(lines)-2]
		if want != "" && last != want || want == "" && strings.Contains(last, "://") ||
			(notices(got.Notices) == "") != (want != "" || url == "") {
			t.Errorf("%q: %q, notices %q", url, last, notices(got.Notices))
		}
	}
}
