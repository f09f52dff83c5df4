package panel

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// orderFacts is what is known of the order here, there and of the customer. The
// chat's own order is nil if its body is there no more.
func (s *Server) orderFacts(c echo.Context, page *web.Order, desk *order.Desk, o *storage.Order,
	fromChat *ineedchat.Order) {
	chat, id, attempts := "", "", ""
	var next web.Moment
	if fromChat != nil {
		chat = safeURL(fromChat.URL)
	}
	if o.Number != "" {
		id = o.Key.ID
	}
	if at := o.NextAttempt(); at.After(time.Now()) {
		next = s.moment(c, at)
	}
	if o.Attempt > 1 {
		attempts = itoa(o.Attempt)
	}
	page.Shop = desk.OrderURL(o)
	page.Numbers = facts(c, "order",
		fact{"chat_number", cmp.Or(o.Number, o.Key.ID), chat},
		fact{"chat_id", id, ""},
		fact{"shop_number", cmp.Or(o.InSalesNumber, inSalesID(o)), desk.OrderURL(o)},
		timed("accepted", s.moment(c, o.AcceptedAt)),
		timed("sent", s.moment(c, o.SentAt)),
		timed("next", next),
		fact{"attempts", attempts, ""},
	)
	page.Statuses = statusFacts(c, o)
	if fromChat == nil {
		return
	}
	page.Customer, page.Totals = s.customerFacts(c, fromChat), totalFacts(c, fromChat)
}

// customerFacts is who ordered, where to and how it is paid.
func (s *Server) customerFacts(c echo.Context, fromChat *ineedchat.Order) []web.Fact {
	list := facts(c, "order",
		fact{"name", fromChat.Customer.Name, ""},
		fact{"phone", fromChat.Customer.Phone, ""},
		fact{"email", fromChat.Customer.Email, ""},
		fact{"channel", channelWord(c, fromChat.Customer.Channel), ""},
		fact{"address", chatAddress(c, fromChat.Delivery.Address), ""},
		fact{"delivery", withCode(fromChat.Delivery.Title, fromChat.Delivery.TypeID), ""},
		s.desired(c, fromChat.Delivery),
		fact{"payment", withCode(fromChat.Payment.Title, fromChat.Payment.TypeID), ""},
		fact{"comment", fromChat.Comment, ""},
	)
	for i := range list {
		if list[i].Value == fromChat.Customer.Phone {
			list[i].Phone = list[i].Value
		}
	}
	return list
}

// withCode is what a type is called, with the code that settings know it by.
func withCode(title, code string) string {
	if title == "" || title == code || code == "" {
		return cmp.Or(title, code)
	}
	return title + " (" + code + ")"
}

// channelWord is where the customer writes, in words; an unknown channel is its own name.
func channelWord(c echo.Context, channel string) string {
	id := "channel." + strings.ToLower(channel)
	if text := say(c, id); channel != "" && text != "panel."+id {
		return text
	}
	return channel
}

// totalFacts are an order's sums.
func totalFacts(c echo.Context, fromChat *ineedchat.Order) []web.Fact {
	return facts(c, "order",
		fact{"discount", roubles(c, string(fromChat.DiscountTotal)), ""},
		fact{"delivery_total", roubles(c, string(fromChat.DeliveryTotal)), ""},
		fact{"total", roubles(c, string(fromChat.Total)), ""},
	)
}

// statusFacts is how the order stands in the shop, and what the chat knows of it.
func statusFacts(c echo.Context, o *storage.Order) []web.Fact {
	list := facts(c, "order", fact{"paid_chat", paymentWord(c, o.Paid), ""})
	st := o.Status
	if st == nil {
		return list
	}
	next := ""
	if o.PendingReport() {
		next = statusWord(c, st.Status)
	}
	return append(list, facts(c, "order",
		fact{"status_there", cmp.Or(st.StatusTitle, insalesStatus(c, st.FulfillmentStatus)), ""},
		fact{"status_here", statusWord(c, cmp.Or(o.Reported, say(c, "order.not_told"))), ""},
		fact{"status_next", next, ""},
		fact{"paid_there", locale.Text(lang(c), "payment."+st.PaymentStatus, nil), ""},
		fact{"total_there", roubles(c, st.Total), ""},
	)...)
}

// paymentWord is whether the chat says that an order is paid.
func paymentWord(c echo.Context, paid bool) string {
	if paid {
		return locale.Text(lang(c), "payment.paid", nil)
	}
	return locale.Text(lang(c), "payment.pending", nil)
}

// insalesStatus is what a fulfillment_status is called in the shop's admin.
func insalesStatus(c echo.Context, status string) string {
	if text := say(c, "insales_status."+status); text != "panel.insales_status."+status {
		return text
	}
	return status
}

// safeURL is a URL that others gave, if a link may lead there; else "".
func safeURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}

// chatAddress is the postal address that the chat gave, in one line.
func chatAddress(c echo.Context, a ineedchat.Address) string {
	house, flat := numberOf(c, "order.house", a.House), numberOf(c, "order.flat", a.Flat)
	return cmp.Or(a.Text, join(", ", a.Zip, a.City, a.Street, house, flat))
}

// numberOf says what a number is: д. 12. What does not begin with a digit says so itself.
func numberOf(c echo.Context, id, number string) string {
	if number == "" || number[0] < '0' || number[0] > '9' {
		return number
	}
	return say(c, id, "n", number)
}

// desired is when the customer wants the order; it has no value if that was not said.
func (s *Server) desired(c echo.Context, d ineedchat.Delivery) timeFact {
	from, err := d.DesiredFrom.Time()
	if d.DesiredFrom == "" || err != nil {
		return timeFact{}
	}
	out := timed("desired", s.moment(c, from))
	if to, err := d.DesiredTo.Time(); d.DesiredTo != "" && err == nil {
		out.value += " – " + to.In(s.timeZone).Format("15:04")
	}
	return out
}

// orderLines are the lines that the chat asked for. If the shop was asked, each
// has beside it what the shop made of it, and lines that the shop has beyond
// them follow. A line that names no variant goes with the first of the shop's that
// no other names and that is as many of the same price.
func orderLines(c echo.Context, order *ineedchat.Order, there *insales.Order) []web.OrderLine {
	var left []insales.Line
	if there != nil {
		left = slices.Clone(there.Lines)
	}
	take := func(line *web.OrderLine, fits func(insales.Line) bool) {
		if i := slices.IndexFunc(left, fits); i >= 0 {
			line.Variant, line.There = itoa64(left[i].VariantID), thereText(c, left[i])
			left = slices.Delete(left, i, i+1)
		}
	}
	list := make([]web.OrderLine, len(order.Items))
	for i, item := range order.Items {
		list[i] = web.OrderLine{Title: cmp.Or(item.Title, item.SKU, say(c, "order.untitled")),
			Variant: item.VariantID, Quantity: string(item.Quantity), Price: roubles(c, string(item.Price))}
		take(&list[i], func(l insales.Line) bool { return itoa64(l.VariantID) == item.VariantID })
	}
	beyond := say(c, "order.not_asked")
	for i, item := range order.Items {
		if item.VariantID != "" {
			continue
		}
		take(&list[i], func(l insales.Line) bool {
			return string(item.Quantity) == l.Quantity.String() && roubles(c, string(item.Price)) == priceThere(c, l)
		})
		if list[i].There == "" { // one of those below may be this one, changed
			beyond = say(c, "order.untitled")
		}
	}
	for _, l := range left { // what the shop has beyond that
		list = append(list, web.OrderLine{Title: beyond, Variant: itoa64(l.VariantID), There: thereText(c, l)})
	}
	return list
}

// thereText is what the shop made of a line.
func thereText(c echo.Context, l insales.Line) string {
	return l.Quantity.String() + " × " + priceThere(c, l)
}

// priceThere is what one costs in the shop's order.
func priceThere(c echo.Context, l insales.Line) string { return roubles(c, l.SalePrice.StringFixed(2)) }
