package panel

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/legible"
	"ineed-insales/storage"
)

// exportJournal gives the journal that the page shows as a file, as exportOrders gives orders.
func (s *Server) exportJournal(c echo.Context) error {
	_, f := s.askedOfJournal(c)
	f.Cursor, f.Limit = "", exportedAtOnce
	list, err := s.bridge.Journal(c.Request().Context(), f)
	if err != nil {
		return err
	}
	names, err := s.companyNames(c)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	h.Set(echo.HeaderContentDisposition,
		`attachment; filename="journal`+time.Now().In(s.timeZone).Format("-2006-01-02")+`.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	if err := s.writeJournal(c, f, list, names); err != nil {
		panic(http.ErrAbortHandler) // or else it would look like the end
	}
	return nil
}

// writeJournal writes the rows of a page of the journal, and of those behind it.
func (s *Server) writeJournal(
	c echo.Context, f storage.JournalFilter, list storage.JournalPage, names map[string]string,
) error {
	if _, err := io.WriteString(c.Response(), "\ufeff"); err != nil {
		return err
	}
	control := http.NewResponseController(c.Response())
	out := csv.NewWriter(c.Response())
	out.Comma, out.UseCRLF = ';', true
	var head []string
	for _, name := range []string{"time", "who", "address", "what", "company", "order", "details"} {
		head = append(head, say(c, "journal.col_"+name))
	}
	err := out.Write(head)
	for err == nil {
		for _, e := range list.Entries {
			err = errors.Join(err, out.Write(s.exportedEntry(c, e, names)))
		}
		late := control.SetWriteDeadline(time.Now().Add(exportPatience))
		if err == nil && !errors.Is(late, http.ErrNotSupported) {
			err = late
		}
		out.Flush()
		if f.Cursor = list.Next; f.Cursor == "" || err != nil || out.Error() != nil {
			break
		}
		list, err = s.bridge.Journal(c.Request().Context(), f)
	}
	return errors.Join(err, out.Error())
}

// exportedEntry is one row of the file.
func (s *Server) exportedEntry(c echo.Context, e storage.Entry, names map[string]string) []string {
	shown := s.journalEntry(c, e, names)
	var details []string
	for _, change := range shown.Changes {
		old := ""
		if change.Old != "" {
			old = change.Old + " → "
		}
		details = append(details, change.Field+": "+old+change.New)
	}
	list := []string{e.At.In(s.timeZone).Format("02.01.2006 15:04:05"), actorName(c, e.Actor), e.Address, shown.What,
		cmp.Or(names[e.Company], e.Company), shown.Order.Title, strings.Join(details, "; ")}
	for i := range list {
		list[i] = defused(legible.Text(list[i]))
	}
	return list
}
