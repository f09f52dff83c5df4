package panel

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge"
	"ineed-insales/storage"
)

func itoa(n int) string { return strconv.Itoa(n) }

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
	for _, o := range list {
		page.Companies = append(page.Companies, s.card(c, o))
	}
	notes, err := s.unheard(c)
	if err != nil {
		return err
	}
	if p := s.bridge.StoreProblem(); p != nil {
		notes = append([]web.Note{{Kind: web.NoteBad, Text: tell(c, p)}}, notes...)
	}
	return s.show(c, http.StatusOK, "overview", web.View{Title: say(c, "overview.title"), Section: "overview", Page: page, Notes: notes})
}

// unheard are the channels that do not get through: who waits to be told would
// wait for ever.
func (s *Server) unheard(c echo.Context) ([]web.Note, error) {
	list, err := s.bridge.Channels(c.Request().Context())
	var notes []web.Note
	for _, v := range list {
		if v.Enabled && v.Problem != nil {
			notes = append(notes, web.Note{Kind: web.NoteWarn, Text: say(c, "overview.unheard", "channel", say(c, "notify."+v.Kind)), To: "/notify#" + v.Kind, Link: say(c, "mend")})
		}
	}
	return notes, err
}

// card is one company on the overview.
func (s *Server) card(c echo.Context, o bridge.Overview) web.Card {
	one := o.Company
	orders := companyTo(one.ID, "/orders")
	card := web.Card{ID: one.ID, Name: one.Name, Shop: strings.TrimPrefix(one.Shop.URL, "https://"), States: badges(c, one, o.Refused), Notes: append(s.troubles(c, one, o.Refused), catalogNotes(c, one, o.Catalog)...)}
	if n := o.States[storage.StateAttention]; n > 0 {
		card.Notes = append(card.Notes, web.Note{Kind: web.NoteBad, Text: say(c, "overview.attention", "n", itoa(n)), To: orders, Link: say(c, "overview.look")})
	}
	card.Notes = append(card.Notes, s.unbelievedNotes(c, one.ID)...)
	fact := func(id, value, to string) {
		if value != "" {
			card.Facts = append(card.Facts, web.Fact{Name: say(c, "overview."+id), Value: value, To: to})
		}
	}
	waiting := itoa(o.States[storage.StateNew] + o.States[storage.StateSending])
	if !o.OldestPending.IsZero() {
		waiting = say(c, "overview.since", "n", waiting, "time", lasting(c, time.Since(o.OldestPending)))
	}
	last := say(c, "overview.never")
	if !o.Last.IsZero() {
		last = s.when(c, o.Last)
	}
	polled := say(c, "overview.not_polled")
	if !o.LastPoll.IsZero() {
		polled = ago(c, o.LastPoll)
	}
	fact("last", last, orders)
	fact("waiting", waiting, orders+"?state=new")
	fact("sent", itoa(o.States[storage.StateSent]), orders+"?state=sent")
	if one.Catalog.Enabled {
		fact("catalog", freshness(c, o.Catalog), companyTo(one.ID, "#catalog"))
	}
	if o.Refused.Unseen > 0 {
		fact("not_taken", say(c, "overview.not_taken_n", "n", itoa(o.Refused.Unseen), "time", ago(c, o.Refused.LastAt)), companyTo(one.ID, "/received"))
	}
	if o.Noticed > 0 {
		fact("noticed", itoa(o.Noticed), orders+"?state=noticed")
	}
	if o.Pending > 0 {
		fact("pending", itoa(o.Pending), "")
	}
	if one.Orders.Enabled {
		fact("polled", polled, "")
		fact("window", itoa(int(o.Window*100))+" %", "")
	}
	plan, problem := bridge.Plan(one, time.Now())
	if day, err := time.Parse(time.DateOnly, plan); err == nil {
		fact("plan", day.Format("02.01.2006"), "")
	}
	if problem != nil {
		card.Notes = append(card.Notes, web.Note{Kind: web.NoteWarn, Text: tell(c, problem), To: companyTo(one.ID, "/check"), Link: say(c, "check.again")})
	}
	card.Chart = s.chart(c, o.Hours)
	return card
}

// The measure of a chart, in its own coordinates.
const (
	chartHeight = 80
	chartStep   = 25
	slowOrder   = 30 * time.Second // beyond that an hour is drawn as late
)

// chart draws the orders of the last hours; nil if there were none.
func (s *Server) chart(c echo.Context, hours []storage.Hour) *web.Chart {
	most, sum, slow := 0, 0, time.Duration(0)
	for _, h := range hours {
		most, sum, slow = max(most, h.Orders), sum+h.Orders, max(slow, h.Slow)
	}
	if sum == 0 {
		return nil
	}
	at := func(t time.Time) string { return t.In(s.timeZone).Format("15:04") }
	chart := &web.Chart{Title: say(c, "chart.title"), Summary: say(c, "chart.summary", "n", itoa(sum), "time", lasting(c, slow)),
		From: at(hours[0].Begin), To: say(c, "chart.now")}
	for i, h := range hours {
		if h.Orders == 0 {
			continue
		}
		height := max(h.Orders*(chartHeight-4)/most, 3)
		chart.Bars = append(chart.Bars, web.Bar{X: i*chartStep + 3, Y: chartHeight - height, Height: height, Late: h.Slow > slowOrder,
			Title: say(c, "chart.bar", "at", at(h.Begin), "n", itoa(h.Orders), "time", lasting(c, h.Slow))})
	}
	return chart
}
