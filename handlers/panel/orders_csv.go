package panel

import (
	"cmp"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/storage"
)

// exportOrders gives the list that the page shows as a file, with decimal commas.
func (s *Server) exportOrders(c echo.Context) error {
	v := viewOf(c)
	company, f := v.get(askCompany), s.filter(v)
	f.Cursor, f.Limit = "", exportedAtOnce
	names, err := s.companyNames(c)
	if err != nil {
		return err
	}
	name := "orders"
	if company != "" {
		name += "-" + fileName(company)
	}
	head := csvHead(c, "csv.", "number", "id", "accepted", "state", "problem", "customer", "phone", "sum", "paid",
		"payment", "there", "link", "status", "told", "company")
	return s.sendCSV(c, name, head, func() (rows [][]string, more bool, err error) {
		list, err := s.bridge.Orders(c.Request().Context(), company, f)
		for i := range list.Orders {
			rows = append(rows, s.exported(c, &list.Orders[i], names))
		}
		f.Cursor = list.Next
		return rows, f.Cursor != "", err
	})
}

// exported is one row of the file.
func (s *Server) exported(c echo.Context, o *storage.Order, names map[string]string) []string {
	row := s.orderRow(c, o)
	customer, phone, sum := "", "", ""
	if order, wrong := translate.Decode(o.Body); wrong == nil {
		// Excel takes a plus for the begin of a formula; digits alone it shows whole.
		customer, phone = order.Customer.Name, strings.TrimPrefix(order.Customer.Phone, "+")
		sum = strings.Replace(string(order.Total), ".", ",", 1)
	}
	return []string{o.Number, o.Key.ID, o.AcceptedAt.In(s.timeZone).Format("02.01.2006 15:04:05"),
		row.State.Text, row.Problem, customer, phone, sum, paymentWord(c, o.Paid),
		row.Payment, cmp.Or(o.InSalesNumber, inSalesID(o)), row.ThereLink, row.Status, statusWord(c, o.Reported),
		cmp.Or(names[o.Key.Company], o.Key.Company)}
}
