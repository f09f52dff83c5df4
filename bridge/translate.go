package bridge

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/ineedchat"
	"ineed-insales/insales"
	"ineed-insales/storage"
)

// A translation is an order of the chat as a create request of the shop.
type translation struct {
	Request insales.NewOrder
	Notices []storage.Problem

	// Fingerprint stands for phone and lines: two orders of one customer with
	// the same goods have the same.
	Fingerprint string
}

// translate turns an order of the chat into a create request. It is pure. What
// it cannot translate is the problem it returns; then a person mends the
// settings or the order and sends it on.
func translate(c storage.Company, o *ineedchat.Order, mark string) (translation, *storage.Problem) {
	payment, ok := c.Orders.Payments[o.Payment.TypeID]
	if !ok {
		return translation{}, &storage.Problem{Code: ProblemPaymentUnmapped, Args: map[string]string{"type": o.Payment.TypeID}}
	}
	delivery, ok := c.Orders.Deliveries[o.Delivery.TypeID]
	if !ok {
		return translation{}, &storage.Problem{Code: ProblemDeliveryUnmapped, Args: map[string]string{"type": o.Delivery.TypeID}}
	}
	lines, problem := translateLines(o.Items)
	if problem != nil {
		return translation{}, problem
	}
	t := translation{Request: insales.NewOrder{
		Lines:           lines,
		Client:          translateClient(o.Customer),
		ShippingAddress: translateAddress(o),
		DeliveryID:      delivery,
		PaymentID:       payment,
		DeliveryPrice:   amount(o.DeliveryTotal),
		Comment:         o.Comment,
		ManagerComment:  managerComment(o, mark),
	}}
	if o.Payment.Paid {
		t.Request.FinancialStatus = "paid"
	}
	if o.SumDiffers() {
		t.Notices = append(t.Notices, storage.Problem{Code: NoticeSumDiffers,
			Args: map[string]string{"total": string(o.Total), "computed": o.ComputedTotal().StringFixed(2)}})
	}
	t.Fingerprint = fingerprint(o.Customer.Phone, requestedLines(lines))
	return t, nil
}

// translateLines takes the lines over by variant id, which is the InSales id
// that the catalog gave to the chat.
func translateLines(items []ineedchat.Item) ([]insales.NewLine, *storage.Problem) {
	lines := make([]insales.NewLine, 0, len(items))
	for i, item := range items {
		args := map[string]string{"line": strconv.Itoa(i + 1), "variant": item.VariantID, "sku": item.SKU}
		if item.VariantID == "" {
			return nil, &storage.Problem{Code: ProblemVariantMissing, Args: args}
		}
		id, err := strconv.ParseInt(item.VariantID, 10, 64)
		if err != nil || id <= 0 {
			return nil, &storage.Problem{Code: ProblemVariantInvalid, Args: args}
		}
		quantity, price := amount(item.Quantity), amount(item.Price)
		if quantity == nil || price == nil {
			return nil, &storage.Problem{Code: ProblemBodyUnreadable}
		}
		lines = append(lines, insales.NewLine{VariantID: id, Quantity: *quantity, SalePrice: *price, Comment: item.Comment})
	}
	return lines, nil
}

// amount gives a decimal of the chat as a JSON number, nil if there is none.
func amount(d ineedchat.Decimal) *json.Number {
	v, err := d.Decimal()
	if d == "" || err != nil {
		return nil
	}
	n := json.Number(v.String())
	return &n
}

// translateClient invents nothing: one word is a name, and the phone goes as
// the customer typed it.
func translateClient(c ineedchat.Customer) insales.NewClient {
	name, surname, _ := strings.Cut(strings.Join(strings.Fields(c.Name), " "), " ")
	if name == "" {
		name = c.Phone
	}
	return insales.NewClient{Name: name, Surname: surname, Email: c.Email, Phone: c.Phone, Consent: true}
}

// translateAddress gives the recipient and, unless the order has no address
// (pickup), the address as text or made of its parts.
func translateAddress(o *ineedchat.Order) insales.NewAddress {
	a := o.Delivery.Address
	to := insales.NewAddress{Name: o.Customer.Name, Phone: o.Customer.Phone}
	if a == (ineedchat.Address{}) {
		return to
	}
	to.Country = "RU"
	to.Address = a.Text
	switch {
	case a.Text == "":
		to.Address = addressText(a)
	case a.Comment != "":
		to.Address += ", " + a.Comment // the shop has no field of its own for it
	}
	to.Locality, to.City = a.City, a.City
	to.Street, to.House, to.Flat, to.Entrance, to.Floor, to.Zip = a.Street, a.House, a.Flat, a.Entrance, a.Floor, a.Zip
	return to
}

func addressText(a ineedchat.Address) string {
	var parts []string
	for _, p := range []struct{ label, value string }{
		{"", a.Zip}, {"", a.City}, {"", a.Street}, {"д. ", a.House}, {"кв. ", a.Flat},
		{"подъезд ", a.Entrance}, {"этаж ", a.Floor}, {"", a.Comment},
	} {
		if p.value != "" {
			parts = append(parts, p.label+p.value)
		}
	}
	return strings.Join(parts, ", ")
}

// managerComment is for the shop's manager: where the order came from and, as
// its last line, the marker. No text of the customer stands here, so nobody
// can write a marker into it.
func managerComment(o *ineedchat.Order, mark string) string {
	var b strings.Builder
	b.WriteString("INEED.CHAT")
	if n := word(o.Number, 64); n != "" {
		fmt.Fprintf(&b, " № %s", n)
	}
	if t, err := o.CreatedAt.Time(); err == nil {
		fmt.Fprintf(&b, "\n%s", t.Format("02.01.2006 15:04 -07:00"))
	}
	if c := word(o.Customer.Channel, 32); c != "" {
		fmt.Fprintf(&b, "\n%s", c)
	}
	if u := word(o.URL, 500); strings.HasPrefix(u, "https://") {
		fmt.Fprintf(&b, "\n%s", u)
	}
	b.WriteString("\n" + mark)
	return b.String()
}

// word takes a short text over if it is one printable word that could not be
// taken for a marker.
func word(s string, most int) string {
	if len(s) > most || strings.ContainsAny(s, "[]") {
		return ""
	}
	for _, r := range s {
		if r <= ' ' || r == 0x7f {
			return ""
		}
	}
	return s
}

// fingerprint hashes the last ten digits of a phone and the lines of an order.
func fingerprint(phone string, lines []insales.Line) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	digits = digits[max(0, len(digits)-10):]
	sum := map[int64]decimal.Decimal{}
	for _, l := range lines {
		sum[l.VariantID] = sum[l.VariantID].Add(l.Quantity)
	}
	list := make([]string, 0, len(sum))
	for id, n := range sum {
		list = append(list, fmt.Sprintf("%d×%s", id, n))
	}
	sort.Strings(list)
	h := sha256.Sum256([]byte(digits + "\n" + strings.Join(list, "\n")))
	return hex.EncodeToString(h[:16])
}

// requestedLines gives what was asked for in the shape of what is answered.
func requestedLines(lines []insales.NewLine) []insales.Line {
	out := make([]insales.Line, len(lines))
	for i, l := range lines {
		out[i].VariantID = l.VariantID
		out[i].Quantity, _ = decimal.NewFromString(string(l.Quantity)) // made by amount
		out[i].SalePrice, _ = decimal.NewFromString(string(l.SalePrice))
	}
	return out
}

// compare tells what the shop created otherwise than it was asked. Lines are
// summed by variant, because a bundle is answered as its parts; rounding to
// the kopeck is no difference.
func compare(asked insales.NewOrder, created insales.Order, total string) []storage.Problem {
	var notices []storage.Problem
	have := map[int64]bool{}
	for _, l := range created.Lines {
		have[l.VariantID] = true
	}
	var missing []string
	for _, l := range asked.Lines {
		if id := strconv.FormatInt(l.VariantID, 10); !have[l.VariantID] {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 && len(created.Lines) < len(asked.Lines) {
		notices = append(notices, storage.Problem{Code: NoticeLinesDiffer, Args: map[string]string{"missing": strings.Join(missing, ", ")}})
	}
	want, err := decimal.NewFromString(total)
	if err == nil && created.Total.Valid && created.Total.Decimal.Sub(want).Abs().GreaterThan(decimal.New(1, -2)) {
		notices = append(notices, storage.Problem{Code: NoticeTotalDiffers,
			Args: map[string]string{"asked": want.StringFixed(2), "created": created.Total.Decimal.StringFixed(2)}})
	}
	return notices
}

// unfit tells why an order may not leave by itself although it could be
// translated: it is too old, or its desired time has passed. A person's
// release begins its age anew and overrules the desired time.
func unfit(c storage.Company, o *storage.Order, order *ineedchat.Order, now time.Time) *storage.Problem {
	if age := now.Sub(o.AgeFrom); c.Orders.MaxAge > 0 && age > c.Orders.MaxAge {
		return &storage.Problem{Code: ProblemTooOld, Args: map[string]string{"hours": strconv.Itoa(int(age.Hours()))}}
	}
	released := o.AgeFrom.After(o.AcceptedAt)
	until := order.Delivery.DesiredTo
	if until == "" {
		until = order.Delivery.DesiredFrom
	}
	if t, err := until.Time(); err == nil && until != "" && t.Before(now) && !released {
		return &storage.Problem{Code: ProblemDesiredTimePassed, Args: map[string]string{"at": t.UTC().Format(time.RFC3339)}}
	}
	return nil
}
