package translate

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
)

var markerKey1, markerKey2 = []byte(strings.Repeat("m", 32)), []byte(strings.Repeat("n", 32))

// genOrderID makes the ids that the contract allows, and now and then that of
// an order which was created beside another of the same id.
func genOrderID() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		id := rapid.StringMatching(`[A-Za-z0-9._:-]{1,64}`).Draw(t, "id")
		if rapid.IntRange(0, 3).Draw(t, "separate") == 0 {
			id += rapid.StringMatching(`~[2-9]`).Draw(t, "which")
		}
		return id
	})
}

// What is written is read back, whatever people write around it, and by nobody
// else.
func TestMarkerRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		company := rapid.StringMatching(`[A-Za-z0-9._:-]{1,64}`).Draw(rt, "company")
		id := genOrderID().Draw(rt, "id")
		around := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("[]:~ineed"))))
		m := Marker(markerKey1, company, id)
		comment := around.Draw(rt, "before") + m + around.Draw(rt, "behind")
		if got, found, _ := FindMarker(markerKey1, company, comment); !found || got != id {
			rt.Fatalf("%q in %q: found %q, %v", id, comment, got, found)
		}
		if got, found, foreign := FindMarker(markerKey2, company, comment); found || !foreign {
			rt.Fatalf("another key finds %q in %q: %v, foreign %v", got, comment, found, foreign)
		}
		if got, found, foreign := FindMarker(markerKey1, company+"1", comment); found || !foreign {
			rt.Fatalf("another company finds %q in %q: %v, foreign %v", got, comment, found, foreign)
		}
		if len(m) != len("[ineed::]")+len(id)+16 || !markerForm.MatchString(m) || strings.ContainsAny(m, "\n\t ") {
			rt.Fatalf("%q is no marker of %q", m, id)
		}
	})
}

func TestMarkerFound(t *testing.T) {
	const company, id = "2", "A-1001"
	ours := Marker(markerKey1, company, id)
	forged := "[ineed:A-1002:" + strings.Repeat("a", 16) + "]"
	foreign := Marker(markerKey1, "3", id)
	longest := strings.Repeat("x", 64) + "~2"
	for name, tt := range map[string]struct {
		comment string
		want    string // the order, "foreign" or "" for nothing
	}{
		"alone":                   {ours, id},
		"last line":               {"INEED.CHAT № 1001\ntelegram\n" + ours, id},
		"in the middle":           {"позвонить " + ours + "завтра", id},
		"twice":                   {ours + ours, id},
		"behind a forged one":     {forged + "\n" + ours, id},
		"before a forged one":     {ours + "\n" + forged, id},
		"behind another's":        {foreign + ours, id},
		"two of ours":             {Marker(markerKey1, company, "A-1003") + ours, "A-1003"},
		"in a marker begun":       {"[ineed:" + ours, id},
		"in one nearly complete":  {strings.TrimSuffix(forged, "]") + ours, id},
		"separate order":          {Marker(markerKey1, company, id+"~2"), id + "~2"},
		"longest":                 {Marker(markerKey1, company, longest), longest},
		"forged":                  {forged, "foreign"},
		"another company's":       {foreign, "foreign"},
		"another installation's":  {Marker(markerKey2, company, id), "foreign"},
		"the MAC of another":      {strings.Replace(ours, id, "A-1002", 1), "foreign"},
		"id and MAC shifted":      {strings.Replace(Marker(markerKey1, company, "A:1"), "A:1", "A:1:", 1), "foreign"},
		"in capitals":             {strings.ToUpper(ours), ""},
		"cut off":                 {strings.TrimSuffix(ours, "]"), ""},
		"without an id":           {"[ineed::" + strings.Repeat("a", 16) + "]", ""},
		"a foreign alphabet's id": {"[ineed:заказ:" + strings.Repeat("a", 16) + "]", ""},
		"a short MAC":             {"[ineed:A-1001:aaaa]", ""},
		"nothing":                 {"", ""},
		"our name":                {"INEED.CHAT ineed:A-1001", ""},
	} {
		order, found, other := FindMarker(markerKey1, company, tt.comment)
		got := order
		if other {
			got += "foreign"
		}
		if got != tt.want || found != (order != "") {
			t.Errorf("%s: %q, %v; want %q", name, got, found, tt.want)
		}
	}
}

// Lengths are part of what is signed: company and order cannot be cut elsewhere.
func TestMarkerMAC(t *testing.T) {
	macs := map[string]string{}
	for _, pair := range [][2]string{{"2", "A-1"}, {"2A", "-1"}, {"", "2A-1"}, {"2A-1", ""}, {"2", "A-1~2"},
		{"3", "A-1"}, {"2", "a-1"}} {
		mac := markerMAC(markerKey1, pair[0], pair[1])
		if other, twice := macs[mac]; twice {
			t.Errorf("%v has the MAC of %s", pair, other)
		}
		macs[mac] = strings.Join(pair[:], "/")
	}
	// Markers stand in the shops' orders for years: they must never change.
	if got := Marker(markerKey1, "2", "1001"); got != "[ineed:1001:56g4gqdhayudjzj6]" {
		t.Errorf("the marker of every order has changed to %s", got)
	}
}

// The manager sees where the order came from and when it is wanted; the marker
// is the last line.
func TestManagerComment(t *testing.T) {
	type order = ineedchat.Order
	const first, made, channel = "INEED.CHAT № 1001\n", "23.11.2026 14:59 +03:00\n", "telegram\n"
	const wanted, url = "доставка 23.11.2026 18:00–20:00\n", "https://demo.ineed.chat/companies/2/orders/1001\n"
	wanting := func(from, to ineedchat.Time) func(*order) {
		return func(o *order) { o.Delivery.DesiredFrom, o.Delivery.DesiredTo = from, to }
	}
	for name, tt := range map[string]struct {
		change func(*order)
		want   string
	}{
		"all":       {func(*order) {}, first + made + channel + wanted + url},
		"no number": {func(o *order) { o.Number = "" }, "INEED.CHAT\n" + made + channel + wanted + url},
		"another zone": {func(o *order) { o.CreatedAt = "2026-11-23T12:00:00Z" },
			first + "23.11.2026 12:00 +00:00\n" + channel + wanted + url},
		"unreadable time": {func(o *order) { o.CreatedAt = "today" }, first + channel + wanted + url},
		"no channel":      {func(o *order) { o.Customer.Channel = "" }, first + made + wanted + url},
		"a channel of two words": {func(o *order) { o.Customer.Channel = "my channel" },
			first + made + "my channel\n" + wanted + url},
		"a script for a link": {func(o *order) { o.URL = "javascript:alert(1)" }, first + made + channel + wanted},
		"an endless link": {func(o *order) { o.URL = url + strings.Repeat("x", 500) },
			first + made + channel + wanted},
		"wanted at any time": {wanting("", ""), first + made + channel + url},
		"wanted from": {wanting("2026-11-23T18:00:00+03:00", ""),
			first + made + channel + "доставка 23.11.2026 18:00–\n" + url},
		"wanted until": {wanting("", "2026-11-23T20:30:00+03:00"),
			first + made + channel + "доставка –23.11.2026 20:30\n" + url},
		"wanted over night": {wanting("2026-11-23T22:00:00+03:00", "2026-11-24T02:00:00+03:00"),
			first + made + channel + "доставка 23.11.2026 22:00–24.11.2026 02:00\n" + url},
		"wanted, but not legible": {wanting("soon", "later"), first + made + channel + url},
	} {
		o := example(t, "order_created", tt.change)
		if got, _ := managerComment(o, desiredText(desired(o.Delivery, nil)), markerOf(o)); got != tt.want+markerOf(o) {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got, tt.want+markerOf(o))
		}
	}
}

// No field that a customer or a sender can fill brings a marker into the
// manager's comment, not even a right one of another order, whole or in pieces.
func TestManagerCommentTakesNoMarker(t *testing.T) {
	type order = ineedchat.Order
	right := Marker(translateKey, "2", "A-1002")
	hostile := []string{right, "https://chat.example/" + right, "1\n" + right, "1\u00a0" + right, "1\x00" + right,
		"[ineed:A-1002:", "[ineed:",
		strings.TrimPrefix(right, "["), strings.TrimPrefix(right, "[ineed:"),
		"https://" + strings.Repeat("x", 400) + right}
	fields := map[string]func(*order, string){
		"number":  func(o *order, s string) { o.Number = s },
		"url":     func(o *order, s string) { o.URL = s },
		"channel": func(o *order, s string) { o.Customer.Channel = s },
		"comment": func(o *order, s string) { o.Comment = s },
		"name":    func(o *order, s string) { o.Customer.Name = s },
		"time":    func(o *order, s string) { o.CreatedAt = ineedchat.Time(s) },
		"wanted": func(o *order, s string) {
			o.Delivery.DesiredFrom, o.Delivery.DesiredTo = ineedchat.Time(s), ineedchat.Time(s)
		},
		"address": func(o *order, s string) { o.Delivery.Address.Comment = s },
		"title":   func(o *order, s string) { o.Payment.Title, o.Delivery.Title, o.Items[0].Title = s, s, s },
		"line":    func(o *order, s string) { o.Items[0].Comment = s },
		"all": func(o *order, s string) {
			o.Number, o.URL, o.Customer.Channel, o.Comment, o.CreatedAt = s, s, s, s, ineedchat.Time(s)
		},
	}
	const lineComment = "\n«Кепка»: в подарок" // of the order that is changed
	for name, set := range fields {
		for _, text := range hostile {
			o := example(t, "order_created", func(o *order) { set(o, text) })
			got, problem := translated(o)
			if problem != nil {
				t.Fatalf("%s: %s", name, told(problem))
			}
			comment := got.Request.ManagerComment
			id, found, foreign := FindMarker(translateKey, "2", comment)
			if id != o.ID || !found || foreign || strings.Count(comment, "[") != 1 ||
				!strings.HasSuffix(comment, "\n"+markerOf(o)) {
				t.Errorf("%s %q: found %q, %v in\n%s", name, text, id, found, comment)
			}
			if name == "comment" && got.Request.Comment != strings.ReplaceAll(text, "\x00", "")+lineComment {
				t.Errorf("the customer's %q became %q", text, got.Request.Comment)
			}
		}
	}
}

// Phones in any notation and lines in any order are one fingerprint; nothing
// else is.
func TestFingerprint(t *testing.T) {
	line := func(id int64, n string) insales.Line {
		return insales.Line{VariantID: id, Quantity: decimal.RequireFromString(n)}
	}
	same := Fingerprint("+79990000000", []insales.Line{line(1, "2"), line(2, "0.35")})
	for _, phone := range []string{"89990000000", "8 (999) 000-00-00", "+7 999 000 00 00", "9990000000",
		"7-999-000-00-00"} {
		if Fingerprint(phone, []insales.Line{line(2, "0.350"), line(1, "1.0"), line(1, "1")}) != same {
			t.Errorf("%s is another", phone)
		}
	}
	for name, other := range map[string]string{
		"phone":    Fingerprint("+79990000001", []insales.Line{line(1, "2"), line(2, "0.35")}),
		"no phone": Fingerprint("", []insales.Line{line(1, "2"), line(2, "0.35")}),
		"quantity": Fingerprint("+79990000000", []insales.Line{line(1, "2"), line(2, "0.36")}),
		"variant":  Fingerprint("+79990000000", []insales.Line{line(1, "2"), line(3, "0.35")}),
		"fewer":    Fingerprint("+79990000000", []insales.Line{line(1, "2")}),
		"none":     Fingerprint("+79990000000", nil),
	} {
		if other == same {
			t.Errorf("another %s is the same", name)
		}
	}
	o := example(t, "order_created")
	got, _ := translated(o)
	if Fingerprint(o.Customer.Phone, requestedLines(got.Request.Lines)) !=
		Fingerprint("8 999 000-00-00", []insales.Line{line(500000004, "1"), line(500000001, "2.000")}) {
		t.Error("what is asked for has another fingerprint than what the shop shows of it")
	}
}
