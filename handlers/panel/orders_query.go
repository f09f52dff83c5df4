package panel

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/storage"
)

// What the list of orders shows stands in its address and nowhere else, so that a bookmark is a
// saved view. What an address says and nobody understands is left out, because no person has
// typed it.

// noticed is the state, among those to choose from, of orders with a remark.
const noticed = "noticed"

// ordersAtOnce is how many orders a page has.
const ordersAtOnce = 50

// today is the day, in an address, on which it is looked at.
const today = "today"

// The names of what an address of the list says.
const (
	askCompany = "company"
	askState   = "state"
	askProblem = "problem"
	askType    = "type"
	askPay     = "pay"
	askFrom    = "from"
	askTo      = "to"
	askText    = "q"
	askSort    = "sort"
	askCursor  = "cursor"
)

// The values of askPay.
const (
	paid   = "paid"
	unpaid = "unpaid"
)

// A view is the list of orders as an address asks for it.
type view struct{ asked url.Values }

// viewOf is what the address of a page asks for. Of the page of one company that is its list.
func viewOf(c echo.Context) view {
	v := view{url.Values{}}
	for _, name := range []string{
		askCompany, askState, askProblem, askType, askPay, askFrom, askTo, askText, askSort, askCursor,
	} {
		v.set(name, c.QueryParam(name))
	}
	if company := visit.Param(c, "company"); company != "" {
		v.set(askCompany, company)
	}
	return v
}

func (v view) get(name string) string { return v.asked.Get(name) }

func (v view) set(name, value string) {
	if value == "" {
		v.asked.Del(name)
	} else {
		v.asked.Set(name, value)
	}
}

// to is the address of this list at path with other values, name by name, from its beginning.
func (v view) to(path string, changes ...string) string {
	other := view{url.Values{}}
	for name, values := range v.asked {
		other.asked[name] = values
	}
	other.set(askCursor, "")
	for i := 0; i+1 < len(changes); i += 2 {
		other.set(changes[i], changes[i+1])
	}
	if len(other.asked) == 0 {
		return path
	}
	return path + "?" + other.asked.Encode()
}

// ordersTo is the address of a company's orders, with what else is asked, name by name.
func ordersTo(company string, ask ...string) string {
	v := view{url.Values{}}
	v.set(askCompany, company)
	return v.to("/orders", ask...)
}

// narrowed reports whether a person has asked for some of the orders.
func (v view) narrowed() bool {
	for name := range v.asked {
		if name != askCompany && name != askSort && name != askCursor {
			return true
		}
	}
	return false
}

// folded reports whether nothing is asked of what is folded on the page.
func (v view) folded() bool {
	return v.get(askFrom) == "" && v.get(askTo) == "" && v.get(askPay) == "" && v.get(askSort) == ""
}

// filter is the same for the store.
func (s *Server) filter(v view) storage.OrderFilter {
	f := storage.OrderFilter{
		Problem: v.get(askProblem), Type: v.get(askType), Query: v.get(askText), Cursor: v.get(askCursor),
		Bodies: true, Limit: ordersAtOnce,
		Noticed: v.get(askState) == noticed, From: s.midnight(v.get(askFrom)), To: s.midnight(v.get(askTo)),
	}
	if state := storage.State(v.get(askState)); slices.Contains(storage.States(), state) {
		f.State = state
	}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	if pay := v.get(askPay); pay == paid || pay == unpaid {
		yes := pay == paid
		f.Paid = &yes
	}
	if sort := storage.Sort(v.get(askSort)); sort == storage.SortOldest || sort == storage.SortWaiting {
		f.Sort = sort
	}
	return f
}

// midnight is when a day of an address begins; zero if it is none.
func (s *Server) midnight(text string) time.Time {
	if text == today {
		text = time.Now().In(s.timeZone).Format(time.DateOnly)
	}
	day, err := time.ParseInLocation(time.DateOnly, text, s.timeZone)
	if err != nil {
		return time.Time{}
	}
	return day
}

// date is a day as a field has it.
func (s *Server) date(text string) string {
	if day := s.midnight(text); !day.IsZero() {
		return day.Format(time.DateOnly)
	}
	return ""
}

// choices are the values of one thing to ask for, each in words below the id.
func (v view) choices(c echo.Context, name, id string, values ...string) []web.Option {
	list := []web.Option{{Title: say(c, id+"_any")}}
	for _, value := range values {
		list = append(list, web.Option{Value: value, Title: say(c, id+"_"+value), Selected: v.get(name) == value})
	}
	return list
}

// byName compares names as people sort them: 2 before 10.
func byName(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	for a != "" && b != "" {
		first, restA := chunk(a)
		second, restB := chunk(b)
		if n := compareChunks(first, second); n != 0 {
			return n
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

// chunk cuts off what a text begins with: digits, or what are none.
func chunk(text string) (first, rest string) {
	end := strings.IndexFunc(text, func(r rune) bool { return isDigit(r) != isDigit(rune(text[0])) })
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}

func compareChunks(a, b string) int {
	if !isDigit(rune(a[0])) || !isDigit(rune(b[0])) {
		return strings.Compare(a, b)
	}
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// byCompanyName compares companies by what they are called, then by id.
func byCompanyName(a, b storage.Company) int {
	return cmp.Or(byName(nameOf(a), nameOf(b)), byName(a.ID, b.ID), strings.Compare(a.ID, b.ID))
}
