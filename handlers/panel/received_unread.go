package panel

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/storage"
)

// What nothing can read yet stands on the page before what was refused: it is a person's to
// see to, and it stays there until a format reads it or the person sets it aside. Both can
// be read again one by one, with the format that the company has now. A refusal that is
// read is a refusal no more; one that still cannot be read stays.

// unreadOnPage is how many unread deliveries one page has.
const unreadOnPage = 10

// addUnread puts a page of the company's unread deliveries on the page, the newest first.
func (s *Server) addUnread(c echo.Context, page *web.Received, desk *order.Desk, shown *shownBodies) error {
	list, next, err := desk.Unread(c.Request().Context(), c.QueryParam("unread"), unreadOnPage)
	if errors.Is(err, storage.ErrCursor) {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	for _, r := range list {
		page.Unread = append(page.Unread, s.unread(c, r, shown))
	}
	if next != "" {
		page.NextUnread = companyTo(desk.ID(), "/received?"+url.Values{"unread": {next}}.Encode())
	}
	return nil
}

// unread is one unread delivery as a person sees it, and as it is copied for whoever
// writes the program.
func (s *Server) unread(c echo.Context, r storage.Received, shown *shownBodies) web.Delivery {
	name := unreadName(r.Seq)
	headers := strings.Join(slices.Sorted(maps.Keys(r.Headers)), ", ")
	out := web.Delivery{
		ID: name, Time: s.when(c, r.At), Stamp: s.stamp(r.At),
		State: web.Badge{Kind: web.NoteWarn, Text: say(c, "received.unread")},
		Facts: facts(c, "received",
			fact{"order", r.OrderID, ""},
			fact{"kind", visible(r.ContentType), ""},
			fact{"headers", visible(headers), ""},
			fact{"size", say(c, "received.bytes", "n", itoa(max(len(r.Body), len(r.Query)))), ""},
		),
		Format: wireTo(r.Company, name),
		Acts:   []web.Button{againButton(c, r.Company, name)},
	}
	if isOwner(c) {
		out.Acts = append(out.Acts, web.Button{To: companyTo(r.Company, "/received"), Name: "drop", Value: name,
			Title: say(c, "received.drop"), Look: "danger"})
	}
	why := ""
	if f := r.Failure; f != nil {
		out.Reason = faultText(c, api.FieldError{Field: f.Field, Rule: f.Rule, Args: f.Args})
		why = strings.TrimSpace(f.Field + " " + f.Rule)
	}
	body, cut := shown.body(r.Body)
	method, query := http.MethodPost, ""
	if len(r.Body) == 0 {
		method = http.MethodGet
	}
	if r.Query != "" {
		query = "?" + visible(r.Query)
	}
	text := fmt.Sprintf("%s  %s /webhooks/ineedchat/%s%s\nContent-Type: %s\n%s\n→ 202 unread: %s\n\n",
		out.Stamp, method, r.Company, query, visible(r.ContentType), visible(headers), why)
	out.Text = masked(text, shown.hide) + body
	if cut {
		out.Cut = say(c, "received.unread_cut", "n", itoa(len(r.Body)))
	}
	return out
}

// unreadName and refusedName are how a delivery is named in forms and addresses.
func unreadName(seq int64) string  { return "unread-" + itoa64(seq) }
func refusedName(seq int64) string { return "refused-" + itoa64(seq) }

// delivery gives the delivery of the company that a name names. It fails with
// storage.ErrNotFound if that is not kept any more, or not whole.
func (s *Server) delivery(c echo.Context, desk *order.Desk, name string) (storage.Received, error) {
	kind, number, _ := strings.Cut(name, "-")
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return storage.Received{}, storage.ErrNotFound
	}
	switch kind {
	case "unread":
		return desk.OneUnread(c.Request().Context(), seq)
	case "refused":
		r, err := desk.OneRefusal(c.Request().Context(), seq)
		if err == nil && !readable(r) {
			err = storage.ErrNotFound
		}
		return ofRefusal(desk.ID(), r), err
	}
	return storage.Received{}, storage.ErrNotFound
}

// readable reports whether reading a refusal again can make something of it: all of it is
// kept, and it was not refused for what its order has already.
func readable(r storage.Refusal) bool { return r.Whole() && r.Reason != order.ReasonManyBodies }

// ofRefusal is a refused webhook as a delivery that can be read again.
func ofRefusal(company string, r storage.Refusal) storage.Received {
	out := storage.Received{Company: company, Refusal: r.Seq, At: r.At, ContentType: r.ContentType, Body: r.Body}
	if r.ContentType != "" {
		out.Headers = map[string]string{"content-type": r.ContentType}
	}
	return out
}

// againButton has a delivery read again.
func againButton(c echo.Context, company, name string) web.Button {
	return web.Button{To: companyTo(company, "/received"), Name: "again", Value: name, Title: say(c, "received.again")}
}

// changeReceived does what the buttons of the page say.
func (s *Server) changeReceived(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	switch {
	case !isOwner(c) && c.FormValue("drop")+c.FormValue("listen")+c.FormValue("forget") != "":
		return failure.ErrOwnerOnly
	case c.FormValue("drop") != "":
		return s.dropDelivery(c, desk, c.FormValue("drop"))
	case c.FormValue("listen")+c.FormValue("forget") != "":
		return s.listen(c, desk)
	}
	return s.readDelivery(c, desk, c.FormValue("again"))
}

// readDelivery reads one delivery again, with the format that the company has now.
func (s *Server) readDelivery(c echo.Context, desk *order.Desk, name string) error {
	r, err := s.delivery(c, desk, name)
	if errors.Is(err, storage.ErrNotFound) { // somebody was quicker
		return s.goTo(c, companyTo(desk.ID(), "/received?done=again_gone"))
	}
	if err != nil {
		return err
	}
	done, err := s.replayOne(c.Request().Context(), desk, r)
	if notRun(err) {
		note := web.Note{Kind: web.NoteBad, Text: say(c, "wire.not_run")}
		return s.showReceived(c, http.StatusServiceUnavailable, note)
	}
	if err != nil {
		return err
	}
	id := "again_gone"
	switch {
	case done.FirstError != nil:
		text := say(c, "received.again_not", "time", s.when(c, r.At), "why", faultText(c, *done.FirstError))
		note := web.Note{Kind: web.NoteBad, Text: text, To: wireTo(desk.ID(), name),
			Link: say(c, "wire.title")}
		return s.showReceived(c, http.StatusUnprocessableEntity, note)
	case done.Orders > 0:
		id = "again_taken"
	case done.Duplicates > 0:
		id = "again_known"
	case done.Ignored > 0:
		id = "again_ignored"
	}
	return s.goTo(c, companyTo(desk.ID(), "/received?done="+id))
}

// dropDelivery sets one unread delivery aside for good.
func (s *Server) dropDelivery(c echo.Context, desk *order.Desk, name string) error {
	number, is := strings.CutPrefix(name, "unread-")
	seq, err := strconv.ParseInt(number, 10, 64)
	if !is || err != nil {
		return echo.ErrNotFound
	}
	err = desk.DropUnread(c.Request().Context(), seq)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return s.goTo(c, companyTo(desk.ID(), "/received?done=dropped"))
}
