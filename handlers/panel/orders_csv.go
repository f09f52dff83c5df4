package panel

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/legible"
	"ineed-insales/storage"
)

// exportedAtOnce is how many orders are read at a time, and exportPatience how long the
// browser may take for each of these parts.
const (
	exportedAtOnce = 200
	exportPatience = time.Minute
)

// exportOrders gives the list that the page shows as a file that a Russian Excel
// opens by a double click: with a byte order mark, semicolons and decimal
// commas. The file is written while the orders are read, so a list of any length takes no
// memory. It is whole or breaks off as a failed download: never does it just end early.
func (s *Server) exportOrders(c echo.Context) error {
	v := viewOf(c)
	company := v.get(askCompany)
	f := s.filter(v)
	f.Cursor, f.Limit = "", exportedAtOnce
	list, err := s.bridge.Orders(c.Request().Context(), company, f)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	name := "orders"
	if company != "" {
		name += "-" + fileName(company)
	}
	name += time.Now().In(s.timeZone).Format("-2006-01-02") + ".csv"
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	c.Response().WriteHeader(http.StatusOK)
	if err := s.writeOrders(c, company, f, list); err != nil {
		panic(http.ErrAbortHandler) // or else it would look like the end
	}
	return nil
}

// writeOrders writes the rows of a list, and of what follows it.
func (s *Server) writeOrders(c echo.Context, company string, f storage.OrderFilter, list storage.OrderPage) error {
	if _, err := io.WriteString(c.Response(), "\ufeff"); err != nil {
		return err
	}
	control := http.NewResponseController(c.Response())
	out := csv.NewWriter(c.Response())
	out.Comma, out.UseCRLF = ';', true
	var head []string
	for _, name := range []string{"number", "id", "accepted", "state", "problem", "customer", "phone", "sum", "paid",
		"payment", "there", "link", "status", "told", "company"} {
		head = append(head, say(c, "csv."+name))
	}
	names, err := s.companyNames(c)
	err = errors.Join(err, out.Write(head))
	for err == nil {
		for i := range list.Orders {
			err = errors.Join(err, out.Write(s.exported(c, &list.Orders[i], names)))
		}
		late := control.SetWriteDeadline(time.Now().Add(exportPatience))
		if err == nil && !errors.Is(late, http.ErrNotSupported) {
			err = late
		}
		out.Flush()
		if f.Cursor = list.Next; f.Cursor == "" || err != nil || out.Error() != nil {
			break
		}
		list, err = s.bridge.Orders(c.Request().Context(), company, f)
	}
	return errors.Join(err, out.Error())
}

// fileName is an id without the characters that must not stand in the name of a
// file.
func fileName(id string) string {
	return strings.Map(func(r rune) rune {
		if r == ':' || r < ' ' || r == '"' || r == '\\' || r == '/' {
			return '-'
		}
		return r
	}, id)
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
	list := []string{o.Number, o.Key.ID, o.AcceptedAt.In(s.timeZone).Format("02.01.2006 15:04:05"),
		row.State.Text, row.Problem, customer, phone, sum, paymentWord(c, o.Paid),
		row.Payment, cmp.Or(o.InSalesNumber, inSalesID(o)), row.ThereLink, row.Status, statusWord(c, o.Reported),
		cmp.Or(names[o.Key.Company], o.Key.Company)}
	for i := range list {
		list[i] = defused(legible.Text(list[i]))
	}
	return list
}

// defused keeps a cell from being a formula: what a customer typed must not run
// on the manager's computer. Programs differ in what they pass over before they
// look for a formula (blanks, characters without a shape, quotes), and those of
// East Asia know the signs of a formula in full width.
func defused(cell string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(cell, passedOver))
	if strings.ContainsRune("=+-@＝＋－＠﹦﹢﹣﹫−", first) || strings.ContainsAny(cell[:min(1, len(cell))], "\t\r\n") {
		return "'" + cell
	}
	return cell
}

// passedOver reports whether some program passes a character over before it looks
// for a formula.
func passedOver(r rune) bool {
	return r == '\'' || r == '"' || unicode.IsSpace(r) || !unicode.IsGraphic(r) || legible.Blank(string(r))
}
