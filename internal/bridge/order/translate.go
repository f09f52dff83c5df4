package order

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
	"ineed-insales/storage"
)

// A translation is an order of the chat as a create request of the shop.
type translation struct {
	Request insales.NewOrder
	Notices []storage.Problem
}

func (t *translation) notice(code string, args ...string) {
	t.Notices = append(t.Notices, problem.Of(code, args...))
}

// translate turns an order of the chat into a create request. It is pure. What
// it cannot translate is the problem it returns; then a person mends the
// settings or the order and sends it on. stored is what is known of the order
// beside its body.
func translate(
	c storage.Company, stored *storage.Order, o *ineedchat.Order, mark string,
) (translation, *storage.Problem) {
	o = legibleOrder(o)
	fault := func(code string, args ...string) (translation, *storage.Problem) {
		p := problem.Of(code, args...)
		return translation{}, &p
	}
	if o.Currency != "RUB" && o.Currency != "RUR" { // the shop's own name for it
		return fault(problem.Currency, "currency", problem.Clip(o.Currency, 16))
	}
	payment, ok := c.Orders.Payments[o.Payment.TypeID]
	if !ok {
		return fault(problem.PaymentUnmapped, "type", o.Payment.TypeID)
	}
	delivery, ok := c.Orders.Deliveries[o.Delivery.TypeID]
	if !ok {
		return fault(problem.DeliveryUnmapped, "type", o.Delivery.TypeID)
	}
	lines, wrong := translateLines(o.Items)
	if wrong != nil {
		return translation{}, wrong
	}
	var t translation
	from, to := desired(o.Delivery, c.Learnt.Zone)
	t.Request = insales.NewOrder{
		Lines:         lines,
		Client:        t.client(o.Customer),
		DeliveryID:    delivery,
		PaymentID:     payment,
		DeliveryPrice: amount(o.DeliveryTotal),
		Comment:       o.Comment,
	}
	whole := false
	if t.Request.ManagerComment, whole = managerComment(o, desiredText(from, to), mark); !whole {
		t.notice(problem.NoticeManagerComment)
	}
	t.Request.ShippingAddress = translateAddress(o, slices.Contains(c.Learnt.Pickups, delivery))
	t.discount(sum(o.DiscountTotal))
	desiredTime(&t.Request, from, to)
	if o.Payment.Paid || stored.Paid {
		t.Request.FinancialStatus = ineedchat.PaymentPaid
	}
	t.Notices = append(t.Notices, roundedNotice(o.Rounded)...)
	if o.SumDiffers() {
		t.notice(problem.NoticeSumDiffers, "total", string(o.Total), "computed", money(o.ComputedTotal()))
	}
	fillFields(&t.Request, c.Orders.Fields, o)
	legibleRequest(&t.Request)
	if stored.Plain {
		plainText(&t.Request)
	}
	return t, nil
}

// mostNamed is how many rounded numbers a notice names; the others are counted.
const mostNamed = 3

// roundedNotice is the remark on an order whose numbers were sent with the noise
// of a float; none without such numbers.
func roundedNotice(list []ineedchat.Rounded) []storage.Problem {
	if len(list) == 0 {
		return nil
	}
	var text []string
	for _, r := range list[:min(len(list), mostNamed)] {
		text = append(text, fmt.Sprintf("%s %s → %s", r.Field, r.Sent, r.Taken))
	}
	if more := len(list) - mostNamed; more > 0 {
		text = append(text, fmt.Sprintf("… +%d", more))
	}
	return []storage.Problem{problem.Of(problem.NoticeNumberRounded, "numbers", strings.Join(text, ", "))}
}

// translateLines takes the lines over by variant id, which is the InSales id
// that the catalog gave to the chat.
func translateLines(items []ineedchat.Item) ([]insales.NewLine, *storage.Problem) {
	lines := make([]insales.NewLine, 0, len(items))
	for i, item := range items {
		args := map[string]string{"line": strconv.Itoa(i + 1), "variant": item.VariantID, "sku": item.SKU}
		if item.VariantID == "" {
			return nil, &storage.Problem{Code: problem.VariantMissing, Args: args}
		}
		id, err := strconv.ParseInt(item.VariantID, 10, 64)
		if err != nil || id <= 0 {
			return nil, &storage.Problem{Code: problem.VariantInvalid, Args: args}
		}
		quantity, price := amount(item.Quantity), amount(item.Price)
		if quantity == nil || price == nil {
			return nil, &storage.Problem{Code: problem.BodyUnreadable}
		}
		lines = append(lines, insales.NewLine{VariantID: id, Quantity: *quantity, SalePrice: *price,
			Comment: item.Comment})
	}
	return lines, nil
}

// discount spreads the order's discount over the prices of its lines.
func (t *translation) discount(discount decimal.Decimal) {
	lines := make([]priced, len(t.Request.Lines))
	for i, l := range requestedLines(t.Request.Lines) {
		lines[i] = priced{Price: l.SalePrice, Quantity: l.Quantity}
	}
	prices, rest := spreadDiscount(lines, discount)
	for i, p := range prices {
		t.Request.Lines[i].SalePrice = json.Number(p.String())
	}
	if rest.GreaterThanOrEqual(kopeck) { // less is the rounding of weighed goods
		t.notice(problem.NoticeDiscountRest, "amount", money(rest))
	}
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

// client invents nothing: one word is a name. Who has none that can be seen goes
// by the phone. A phone that is none, or that has an extension, goes as it was
// typed; an e-mail that is none is left out, because the shop would refuse the
// order for it.
func (t *translation) client(c ineedchat.Customer) insales.NewClient {
	if legible.Blank(c.Name) {
		c.Name = ""
	}
	name, surname, _ := strings.Cut(strings.Join(strings.Fields(c.Name), " "), " ")
	to := insales.NewClient{Name: cmp.Or(name, c.Phone, "-"), Surname: surname, Phone: c.Phone, Consent: true}
	if phone, ok := normalPhone(c.Phone); ok {
		to.Phone = phone
	} else if c.Phone != "" {
		t.notice(problem.NoticePhoneAsTyped)
	}
	if email := strings.TrimSpace(c.Email); validEmail(email) {
		to.Email = email
	} else if email != "" {
		t.notice(problem.NoticeEmailLeftOut)
	}
	return to
}

// validEmail reports whether s is one plain address of a form that shops take.
func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && strings.Contains(s[strings.LastIndexByte(s, '@'):], ".")
}

// managerComment is for the shop's manager: where the order came from and, as
// its last line, the marker. No text of the customer stands here, and no bracket
// of the chat's words, so nobody can write a marker into it. It is not whole if
// something of these was left out.
func managerComment(o *ineedchat.Order, wished, mark string) (text string, whole bool) {
	var b strings.Builder
	b.WriteString("INEED.CHAT")
	number, whole := words(o.Number, 64)
	if number != "" {
		fmt.Fprintf(&b, " № %s", number)
	}
	if t, err := o.CreatedAt.Time(); err == nil {
		fmt.Fprintf(&b, "\n%s", t.Format("02.01.2006 15:04 -07:00"))
	}
	channel, all := words(o.Customer.Channel, 32)
	if channel != "" {
		fmt.Fprintf(&b, "\n%s", channel)
	}
	if wished != "" {
		fmt.Fprintf(&b, "\nдоставка %s", wished)
	}
	at := link(o.URL)
	if at != "" {
		fmt.Fprintf(&b, "\n%s", at)
	}
	b.WriteString("\n" + mark)
	return b.String(), whole && all && (at != "" || o.URL == "")
}

// brackets are what a marker stands in, and what may be taken for it.
var brackets = strings.NewReplacer("[", " ", "]", " ")

// words takes a short text over in one line and without brackets; whole tells
// that nothing of it was lost.
func words(s string, most int) (kept string, whole bool) {
	kept = strings.Join(strings.Fields(brackets.Replace(legible.Line(s))), " ")
	if legible.Blank(kept) {
		kept = ""
	}
	short := problem.Clip(kept, most)
	return short, short == kept && !strings.ContainsAny(s, "[]")
}

// link takes a link over if a manager may follow it. Its brackets are escaped,
// which makes no difference to where it leads.
func link(s string) string {
	s = strings.NewReplacer("[", "%5B", "]", "%5D").Replace(s)
	web := strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
	if !web || len(s) > 500 || strings.Contains(s, " ") {
		return ""
	}
	return s
}

// fingerprint hashes the phone and the lines of an order.
func fingerprint(phone string, lines []insales.Line) string {
	sum := map[int64]decimal.Decimal{}
	for _, l := range lines {
		sum[l.VariantID] = sum[l.VariantID].Add(l.Quantity)
	}
	list := make([]string, 0, len(sum))
	for id, n := range sum {
		list = append(list, fmt.Sprintf("%d×%s", id, n))
	}
	sort.Strings(list)
	h := sha256.Sum256([]byte(phoneDigits(phone) + "\n" + strings.Join(list, "\n")))
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

// unfit tells why an order may not leave by itself although it could be
// translated: it is too old, or its desired time has passed. A person's
// release begins its age anew and overrules the desired time.
func unfit(c storage.Company, o *storage.Order, order *ineedchat.Order, now time.Time) *storage.Problem {
	if age := now.Sub(o.AgeFrom); c.Orders.MaxAge > 0 && age > c.Orders.MaxAge {
		return &storage.Problem{Code: problem.TooOld, Args: map[string]string{"hours": strconv.Itoa(int(age.Hours()))}}
	}
	released := o.AgeFrom.After(o.AcceptedAt)
	until := order.Delivery.DesiredTo
	if until == "" {
		until = order.Delivery.DesiredFrom
	}
	if t, err := until.Time(); err == nil && until != "" && t.Before(now) && !released {
		return &storage.Problem{Code: problem.DesiredTimePassed,
			Args: map[string]string{"at": t.UTC().Format(time.RFC3339)}}
	}
	return nil
}
