package panel

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// companyTo is the path of a company's page.
func companyTo(id, below string) string { return "/companies/" + escape(id) + below }

// escape makes a segment of a path of any id.
func escape(id string) string { return url.PathEscape(id) }

// companiesPage lists the companies.
func (s *Server) companiesPage(c echo.Context) error {
	list, err := s.bridge.Companies(c.Request().Context())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return s.goTo(c, "/companies/new")
	}
	slices.SortStableFunc(list, byCompanyName)
	var page web.Overview
	for _, one := range list {
		lack, err := s.lacks(c.Request().Context(), one.ID)
		if err != nil {
			return err
		}
		page.Companies = append(page.Companies, s.companyCard(c, one, lack))
	}
	view := web.View{Title: say(c, "companies.title"), Section: "companies", Page: page}
	return s.show(c, http.StatusOK, "companies", view)
}

// companyNames is what each company is called, by id.
func (s *Server) companyNames(c echo.Context) (map[string]string, error) {
	list, err := s.bridge.Companies(c.Request().Context())
	names := map[string]string{}
	for _, one := range list {
		names[one.ID] = nameOf(one)
	}
	return names, err
}

// companyCard is a company with its states and with what is wrong with it.
func (s *Server) companyCard(c echo.Context, one storage.Company, lack lack) web.Card {
	return web.Card{ID: one.ID, Name: one.Name, Settings: companyTo(one.ID, ""),
		Shop:   strings.TrimPrefix(one.Shop.URL, "https://"),
		States: badges(c, one, lack), Notes: s.troubles(c, one, lack)}
}

// syncBadge says whether a company's orders flow.
func syncBadge(c echo.Context, one storage.Company) web.Badge {
	switch {
	case one.Sealed || one.Problem != nil:
		return web.Badge{Kind: web.NoteBad, Text: say(c, "sync.stopped")}
	case !one.Orders.Enabled:
		return web.Badge{Text: say(c, "sync.off")}
	case one.Orders.Paused:
		return web.Badge{Kind: web.NoteWarn, Text: say(c, "sync.paused")}
	}
	return web.Badge{Kind: web.NoteGood, Text: say(c, "sync.on")}
}

// badges are the states of both syncs. While what the chat sends is refused or unread,
// it is no good news that orders go to the shop, so that badge is bad then.
func badges(c echo.Context, one storage.Company, lack lack) []web.Badge {
	orders := syncBadge(c, one)
	switch {
	case orders.Kind != web.NoteGood:
	case lack.refused.Fresh > 0:
		orders = web.Badge{Kind: web.NoteBad, Text: say(c, "sync.refusing")}
	case lack.unread.N > 0:
		orders = web.Badge{Kind: web.NoteBad, Text: say(c, "sync.unread")}
	}
	return []web.Badge{orders, catalogBadge(c, one)}
}

// troubles is what is wrong with a company as a whole, in words, with where it
// can be mended.
func (s *Server) troubles(c echo.Context, one storage.Company, lack lack) []web.Note {
	var list []web.Note
	add := func(kind string, p *storage.Problem, at string) {
		if p != nil {
			list = append(list, mendNote(c, kind, p, companyTo(one.ID, at)))
		}
	}
	if one.Sealed {
		add(web.NoteBad, &storage.Problem{Code: problem.SecretsSealed}, "#shop")
	}
	add(web.NoteBad, one.Problem, "#shop")
	if unread := lack.unread; unread.N > 0 {
		at := s.agoMoment(c, unread.Newest)
		text := say(c, "overview.unread_note", "n", itoa(unread.N), "time", at.Text)
		to, link := companyTo(one.ID, "/wire"), say(c, "wire.title")
		list = append(list, web.Note{Kind: web.NoteBad, Text: text, When: at, To: to, Link: link})
	}
	if refused := lack.refused; refused.Fresh > 0 {
		at := s.agoMoment(c, refused.LastAt)
		text := say(c, "overview.not_taken_note", "n", itoa(refused.Fresh), "time", at.Text)
		to, link := companyTo(one.ID, "/received"), say(c, "received.title")
		list = append(list, web.Note{Kind: web.NoteBad, Text: text, When: at, To: to, Link: link})
	}
	add(web.NoteBad, one.ChatFault, "#chat")
	add(web.NoteBad, one.CatalogFault, "#chat")
	if one.Orders.Enabled {
		add(web.NoteInfo, one.HookFault, "#hooks")
	}
	if desk, err := s.bridge.Desk(one.ID); err == nil {
		if n, err := desk.GoneWaiting(c.Request().Context()); err == nil && n > 0 {
			add(web.NoteBad, &storage.Problem{Code: problem.OrdersGone}, "/orders")
		}
	}
	switch {
	case one.Learnt.CommentHidden:
		add(web.NoteWarn, &storage.Problem{Code: problem.NoticeMarkerHidden}, "/check")
	case one.MarkerKept != nil && !*one.MarkerKept:
		add(web.NoteWarn, &storage.Problem{Code: problem.NoticeMarkerNotKept}, "/check")
	}
	return list
}
