package handlers

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// listJournal answers with one page of who did what, the newest first.
func (s *Server) listJournal(c echo.Context) error {
	// As with orders, kinds come and go with versions: one that is not known is no mistake.
	f := storage.JournalFilter{Company: c.QueryParam("company"), Actor: c.QueryParam("by"), Kind: c.QueryParam("kind")}
	var err error
	if f.From, err = timeParam(c, "from"); err != nil {
		return err
	}
	if f.To, err = timeParam(c, "to"); err != nil {
		return err
	}
	read := func(ctx context.Context, cursor string, limit int) ([]storage.Entry, string, error) {
		f.Cursor, f.Limit = cursor, limit
		page, err := s.bridge.Journal(ctx, f)
		return page.Entries, page.Next, err
	}
	page, err := pageOf(c, read, showEntry)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, page)
}

func showEntry(e storage.Entry) api.Entry {
	args := map[string]string{"company": e.Company}
	if e.Orders > 0 {
		args["n"] = strconv.Itoa(e.Orders)
	}
	out := api.Entry{At: stamp(e.At), By: cmp.Or(e.Actor, storage.ActorStranger), Address: e.Address, Kind: e.Kind,
		Message: locale.Text(locale.English, "panel.journal."+e.Kind, args), Company: e.Company,
		Order: e.Order.ID, Test: e.Order.Test, Number: e.Number, Orders: e.Orders, Changes: []api.Change{}}
	for _, change := range e.Changes {
		out.Changes = append(out.Changes, api.Change(change))
	}
	return out
}
