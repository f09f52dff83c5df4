package panel

import (
	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// ordersTotal is how many orders a list has and what they cost, in words; "" if there are none.
func (s *Server) ordersTotal(c echo.Context, company string, f storage.OrderFilter, list storage.OrderPage,
) (string, error) {
	total := storage.ListTotal{Orders: len(list.Orders)}
	for i := range list.Orders {
		if cost := list.Orders[i].Total; cost > 0 {
			total.Hundredths, total.Priced = total.Hundredths+cost, total.Priced+1
		}
	}
	switch {
	case f.Cursor == "" && list.Next != "" && len(list.Orders) < ordersAtOnce: // a search, which has looked at more
		total.More = true
	case f.Cursor != "" || list.Next != "":
		var err error
		if total, err = s.bridge.TotalOf(c.Request().Context(), company, f); err != nil {
			return "", err
		}
		if total.More { // a page is looked for among more orders than its total
			total.Orders = max(total.Orders, len(list.Orders))
		}
	}
	return totalWords(c, total), nil
}

// totalWords is what is known of a list in words.
func totalWords(c echo.Context, total storage.ListTotal) string {
	n, sum, known := itoa(total.Orders), "", ""
	if total.Priced > 0 {
		sum = roubles(c, inRoubles(total.Hundredths))
		if total.Priced < total.Orders {
			known = say(c, "chart.priced", "n", itoa(total.Priced))
		}
	}
	switch {
	case total.Orders == 0:
		return ""
	case total.More && total.Orders > storage.CountTo:
		return say(c, "orders.total_more", "n", itoa(storage.CountTo))
	case total.More:
		return say(c, "orders.total_least", "n", n)
	}
	return join(" ", say(c, "orders.total", "n", n, "sum", sum), known)
}

// tallyOf is how many orders the chosen company has, or all of them.
func tallyOf(tallies map[string]storage.Tally, companies []storage.Company, chosen string) storage.Tally {
	sum := storage.Tally{States: map[storage.State]int{}}
	for _, one := range companies {
		if chosen == "" || chosen == one.ID {
			sum.Noticed += tallies[one.ID].Noticed
			for state, n := range tallies[one.ID].States {
				sum.States[state] += n
			}
		}
	}
	return sum
}

// companyOptions are the companies to choose from, with how many orders of the chosen state
// each has; none if there is but one company.
func companyOptions(
	c echo.Context, v view, companies []storage.Company, tallies map[string]storage.Tally,
) []web.Option {
	if len(companies) < 2 {
		return nil
	}
	list := []web.Option{{Title: say(c, "orders.all_companies")}}
	state := storage.State(v.get(askState))
	for _, one := range companies {
		tally := tallies[one.ID]
		n := tally.States[state]
		switch state {
		case noticed:
			n = tally.Noticed
		case "":
			for _, some := range tally.States {
				n += some
			}
		}
		list = append(list, web.Option{Value: one.ID, Title: nameOf(one) + " (" + locale.Number(n) + ")",
			Selected: one.ID == v.get(askCompany)})
	}
	return list
}

// orderTabs are the states to choose from, and what is asked for most. A state that no order has is
// left out, unless it is the one that is shown.
func orderTabs(c echo.Context, v view, tally storage.Tally) []web.Tab {
	current := v.get(askState)
	to := func(state string) string { return v.to("/orders", askState, state, askProblem, "", askType, "") }
	tabs := []web.Tab{{Title: say(c, "orders.all"), To: to(""), Current: current == ""}}
	add := func(state string, n int) {
		if n > 0 || current == state {
			tabs = append(tabs, web.Tab{Title: say(c, "orders.state_"+state), To: to(state), Count: n,
				Current: current == state})
		}
	}
	add(string(storage.StateAttention), tally.States[storage.StateAttention])
	add(noticed, tally.Noticed)
	for _, state := range []storage.State{
		storage.StateExpected, storage.StateNew, storage.StateSending,
		storage.StateSent, storage.StateCancelled, storage.StateTest,
	} {
		add(string(state), tally.States[state])
	}
	toggle := func(title, name, value string, changes ...string) {
		tab := web.Tab{Title: say(c, title), Current: v.get(name) == value}
		if tab.Current {
			value = ""
		}
		tab.To = v.to("/orders", append(changes, name, value)...)
		tabs = append(tabs, tab)
	}
	toggle("orders.today", askFrom, today, askTo, "")
	toggle("orders.pay_unpaid", askPay, unpaid)
	return tabs
}
