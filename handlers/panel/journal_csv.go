package panel

import (
	"cmp"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/storage"
)

// exportJournal gives the journal that the page shows as a file.
func (s *Server) exportJournal(c echo.Context) error {
	_, f := s.askedOfJournal(c)
	f.Cursor, f.Limit = "", exportedAtOnce
	names, err := s.companyNames(c)
	if err != nil {
		return err
	}
	head := csvHead(c, "journal.col_", "time", "who", "address", "what", "company", "order", "details")
	return s.sendCSV(c, "journal", head, func() (rows [][]string, more bool, err error) {
		list, err := s.bridge.Journal(c.Request().Context(), f)
		for _, e := range list.Entries {
			rows = append(rows, s.exportedEntry(c, e, names))
		}
		f.Cursor = list.Next
		return rows, f.Cursor != "", err
	})
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
	return []string{e.At.In(s.timeZone).Format("02.01.2006 15:04:05"), actorName(c, e.Actor), e.Address, shown.What,
		cmp.Or(names[e.Company], e.Company), shown.Order.Title, strings.Join(details, "; ")}
}
