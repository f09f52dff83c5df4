package panel

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/probe"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// overviewPage says whether everything is all right. Without a company there is
// only one thing to do.
func (s *Server) overviewPage(c echo.Context) error {
	list, err := s.bridge.Overviews(c.Request().Context())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return s.goTo(c, "/companies/new")
	}
	var page web.Overview
	if err := s.addCompanies(c, &page, list); err != nil {
		return err
	}
	if page.Chart, err = s.chart(c, list); err != nil {
		return err
	}
	notes, err := s.unheard(c)
	if err != nil {
		return err
	}
	var machine []web.Note
	for _, p := range s.bridge.Host.All() {
		machine = append(machine, web.Note{Kind: web.NoteBad, Text: tell(c, &p)})
	}
	notes = append(append(machine, s.outOfReach(c)...), notes...)
	view := web.View{Title: say(c, "overview.title"), Section: "overview", Page: page, Notes: notes}
	return s.show(c, http.StatusOK, "overview", view)
}

// outOfReach tells an owner that chats and shops may not reach the public URL.
func (s *Server) outOfReach(c echo.Context) []web.Note {
	why := s.bridge.OutOfReach()
	if why == "" || !isOwner(c) {
		return nil
	}
	return []web.Note{{Kind: web.NoteWarn, Text: say(c, "overview.reach_"+why, "url", s.site.URL())}}
}

// begins reports whether a company has not run yet.
func begins(o bridge.Overview) bool { return o.Facts().Begins() }

// onlyCatalog and onlyOrders report whether a company does without the other, as far as anybody
// can tell. What was never set up is offered in a line, and not shown as something missing.
func onlyCatalog(o bridge.Overview) bool { return o.Facts().CatalogOnly() }

func onlyOrders(o bridge.Overview) bool {
	return !o.Company.Catalog.Enabled && o.Catalog.SuccessAt.IsZero()
}

// cardThread is what to do first for a company. The shop of one company is asked at most:
// shops that do not answer would hold up the page.
func (s *Server) cardThread(c echo.Context, o bridge.Overview, asked bool) (*web.Thread, error) {
	known, _ := s.lists.get(o.Company.ID)
	if !asked {
		known = s.shopLists(c.Request().Context(), o.Company)
	}
	steps, err := s.thread(c, o, known)
	return &steps, err
}

// mostCards is how many companies the overview shows whole. Of more there is a line each, and
// the whole of one at a time.
const mostCards = 3

// aCompany is how a company does, and the card that tells it.
type aCompany struct {
	bridge.Overview
	card web.Card
}

// addCompanies adds all companies, those with trouble first, or the one that was asked for.
func (s *Server) addCompanies(c echo.Context, page *web.Overview, list []bridge.Overview) error {
	chosen := c.QueryParam(askCompany)
	if at := slices.IndexFunc(list, func(o bridge.Overview) bool { return o.Company.ID == chosen }); at >= 0 {
		page.All, list = "/", list[at:at+1]
	}
	all := make([]aCompany, len(list))
	for i, o := range list {
		all[i] = aCompany{o, s.card(c, o)}
	}
	slices.SortStableFunc(all, func(a, b aCompany) int {
		return cmp.Or(trouble(b.card.Notes)-trouble(a.card.Notes), byCompanyName(a.Company, b.Company))
	})
	if len(all) > mostCards {
		for _, one := range all {
			page.Rows = append(page.Rows, s.companyRow(c, one))
		}
		return nil
	}
	return s.addCards(c, page, all)
}

// addCards adds companies whole. A company that has not run yet is told what to do first.
func (s *Server) addCards(c echo.Context, page *web.Overview, all []aCompany) (err error) {
	asked := false
	for _, one := range all {
		if begins(one.Overview) && !onlyCatalog(one.Overview) {
			if one.card.Thread, err = s.cardThread(c, one.Overview, asked); err != nil {
				return err
			}
			asked = true
		}
		page.Companies = append(page.Companies, one.card)
	}
	return nil
}

// trouble is how much is wrong with a company, by what is told of it.
func trouble(notes []web.Note) (worst int) {
	for _, n := range notes {
		worst = max(worst, slices.Index([]string{web.NoteWarn, web.NoteBad}, n.Kind)+1)
	}
	return worst
}

// companyRow is one of many companies in a line.
func (s *Server) companyRow(c echo.Context, one aCompany) web.CompanyRow {
	id := one.Company.ID
	link := func(state storage.State, n int) web.Link {
		if n == 0 {
			return web.Link{Title: "0"}
		}
		return web.Link{Title: locale.Number(n), To: ordersTo(id, askState, string(state))}
	}
	row := web.CompanyRow{ID: id, Name: one.card.Name, To: "/?" + url.Values{askCompany: {id}}.Encode(),
		States:    one.card.States,
		Attention: link(storage.StateAttention, one.States[storage.StateAttention]),
		Waiting:   link(storage.StateNew, one.States[storage.StateNew]+one.States[storage.StateSending]),
		Last:      web.Moment{Text: say(c, "overview.never")}}
	if !one.Last.IsZero() {
		row.Last = s.moment(c, one.Last)
	}
	if onlyCatalog(one.Overview) {
		row.SetUp = one.card.More
	}
	worst := trouble(one.card.Notes)
	at := slices.IndexFunc(one.card.Notes, func(n web.Note) bool { return trouble([]web.Note{n}) == worst })
	if worst > 0 {
		row.Trouble = one.card.Notes[at].Text
	}
	return row
}

// unheard tells of channels that do not get through: whoever waits to be told by
// one of them would wait for ever.
func (s *Server) unheard(c echo.Context) ([]web.Note, error) {
	list, err := s.bridge.Alerts.Channels(c.Request().Context())
	var notes []web.Note
	for _, v := range list {
		if v.Enabled && v.Problem != nil {
			text := say(c, "overview.unheard", "channel", say(c, "notify."+v.Kind))
			to := "/notify#" + v.Kind
			notes = append(notes, web.Note{Kind: web.NoteWarn, Text: text, To: to, Link: say(c, "mend")})
		}
	}
	return notes, err
}

// card is one company on the overview.
func (s *Server) card(c echo.Context, o bridge.Overview) web.Card {
	one := o.Company
	card := s.companyCard(c, one, lack{o.Refused, o.Unread})
	card.States, card.More = usedBadges(c, o), offered(c, o)
	card.Notes = append(card.Notes, catalogNotes(c, one, o.Catalog)...)
	if n := o.States[storage.StateAttention]; n > 0 {
		text := say(c, "overview.attention", "n", itoa(n))
		card.Notes = append(card.Notes,
			web.Note{Kind: web.NoteBad, Text: text, To: ordersTo(one.ID), Link: say(c, "overview.look")})
	}
	card.Notes = append(card.Notes, s.unbelievedNotes(c, one.ID)...)
	plan, problem := check.PaidPlan(one, time.Now())
	if problem != nil {
		text, to := tell(c, problem), companyTo(one.ID, "/check")
		card.Notes = append(card.Notes, web.Note{Kind: web.NoteWarn, Text: text, To: to, Link: say(c, "check.again")})
	}
	if probe.Offered(one) && !begins(o) {
		card.Notes = append(card.Notes, web.Note{Kind: web.NoteInfo, Text: say(c, "probe.offer"),
			To: companyTo(one.ID, "/probe"), Link: say(c, "probe.title")})
	}
	if !begins(o) || !o.Last.IsZero() || one.Catalog.Enabled {
		card.Facts = s.overviewFacts(c, o, plan)
	}
	return card
}

// usedBadges are the states of what a company uses.
func usedBadges(c echo.Context, o bridge.Overview) []web.Badge {
	both := badges(c, o.Company, lack{o.Refused, o.Unread})
	switch {
	case onlyCatalog(o):
		return both[1:]
	case onlyOrders(o):
		return both[:1]
	}
	return both
}

// offered leads to what a company does not use; nil if it uses both, or its chat takes no
// catalog.
func offered(c echo.Context, o bridge.Overview) *web.Link {
	id := o.Company.ID
	switch {
	case onlyCatalog(o):
		return &web.Link{To: companyTo(id, "/start"), Title: say(c, "overview.set_up_orders")}
	case onlyOrders(o) && o.Company.Chat.CatalogWay() != storage.CatalogNone:
		return &web.Link{To: companyTo(id, "#catalog"), Title: say(c, "overview.set_up_catalog")}
	}
	return nil
}

// catalogFact is how old the catalog is in the chat.
func (s *Server) catalogFact(c echo.Context, o bridge.Overview) timeFact {
	if !o.Company.Catalog.Enabled {
		return timeFact{}
	}
	fresh := s.freshness(c, o.Catalog)
	return timeFact{fact{"catalog", fresh.Text, companyTo(o.Company.ID, "#catalog")}, fresh}
}

// planFact is the day on which the shop's plan ends, if that is known.
func planFact(plan string) timeFact {
	day, err := time.Parse(time.DateOnly, plan)
	if err != nil {
		return timeFact{}
	}
	return timed("plan", web.Moment{Text: day.Format("02.01.2006"), Stamp: plan})
}

// overviewFacts is how a company does, in a few figures. The plan is the day on
// which the shop's plan ends, if that is known.
func (s *Server) overviewFacts(c echo.Context, o bridge.Overview, plan string) []web.Fact {
	if onlyCatalog(o) {
		return facts(c, "overview", s.catalogFact(c, o), planFact(plan))
	}
	one := o.Company
	last, oldest := s.moment(c, o.Last), s.sinceMoment(c, o.OldestPending)
	waiting := locale.Number(o.States[storage.StateNew] + o.States[storage.StateSending])
	if !o.OldestPending.IsZero() {
		waiting = say(c, "overview.since", "n", waiting, "time", oldest.Text)
	}
	refused, unreadSince := s.agoMoment(c, o.Refused.LastAt), s.sinceMoment(c, o.Unread.Oldest)
	notTaken, unread, polled, window := "", "", "", ""
	var poll web.Moment
	if n := o.Refused.Unseen; n > 0 {
		notTaken = say(c, "overview.not_taken_n", "n", locale.Number(n), "time", refused.Text)
	}
	if n := o.Unread.N; n > 0 {
		unread = say(c, "overview.since", "n", locale.Number(n), "time", unreadSince.Text)
	}
	if one.Orders.Enabled {
		poll, window = s.agoMoment(c, o.LastPoll), itoa(int(o.Window*100))+" %"
		polled = cmp.Or(poll.Text, say(c, "overview.not_polled"))
	}
	orders := func(ask ...string) string { return ordersTo(one.ID, ask...) }
	return facts(c, "overview",
		timeFact{fact{"last", cmp.Or(last.Text, say(c, "overview.never")), orders()}, last},
		timeFact{fact{"waiting", waiting, orders(askState, string(storage.StateNew))}, oldest},
		fact{"sent", locale.Number(o.States[storage.StateSent]), orders(askState, string(storage.StateSent))},
		s.catalogFact(c, o),
		timeFact{fact{"unread", unread, companyTo(one.ID, "/received")}, unreadSince},
		timeFact{fact{"not_taken", notTaken, companyTo(one.ID, "/received")}, refused},
		fact{"noticed", counted(o.Noticed), orders(askState, noticed)},
		fact{"pending", counted(o.Pending), ""},
		timeFact{fact{"polled", polled, ""}, poll},
		fact{"window", window, ""},
		planFact(plan),
	)
}

// counted is a number of things; "" for none.
func counted(n int) string {
	if n == 0 {
		return ""
	}
	return locale.Number(n)
}

// livePage is a page with nothing but the menu, whose counters a page that has nothing else to
// look at fetches.
func (s *Server) livePage(c echo.Context) error {
	return s.show(c, http.StatusOK, "live", web.View{Section: c.QueryParam("section")})
}
