package panel

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
)

// checkPage asks the shop what works and what does not.
func (s *Server) checkPage(c echo.Context) error {
	id := visit.Param(c, "company")
	one, err := s.bridge.Company(c.Request().Context(), id)
	if err != nil {
		return err
	}
	inspector, err := s.bridge.Inspector(id)
	if err != nil {
		return err
	}
	r, err := inspector.Check(c.Request().Context())
	if err != nil {
		return err
	}
	page := web.Check{OK: r.OK(), Text: say(c, "check.bad"), Again: companyTo(id, "/check"),
		Probe: companyTo(id, "/probe")}
	if page.OK {
		page.Text = say(c, "check.good")
	}
	for _, f := range r.Findings {
		page.Items = append(page.Items, checkItem(c, id, f))
		if page.OK && f.Problem != nil && f.Problem.Code == problem.NoticeNothingMapped {
			page.Text = say(c, "check.unmapped")
		}
	}
	view := web.View{Title: say(c, "check.title"), Section: "companies", Page: page, Trail: companyTrail(c, one)}
	return s.show(c, http.StatusOK, "check", view)
}

// checkItem is one finding in words, with where it is mended.
func checkItem(c echo.Context, company string, f check.Finding) web.CheckItem {
	item := web.CheckItem{
		Title:  locale.Check(lang(c), string(f.Name), legibleArgs(lang(c), f.Args)),
		Text:   tell(c, f.Problem),
		Result: locale.Text(lang(c), "check.result."+string(f.Result), nil),
	}
	if f.Result != check.ResultWorks {
		item.To, item.Link = checkedAt(company, f), say(c, "mend")
	}
	if f.Name == check.CheckProbe {
		item.To, item.Link = companyTo(company, "/probe"), say(c, "probe.title")
	}
	switch f.Result {
	case check.ResultWorks:
		item.Kind, item.Mark = web.NoteGood, "✓"
	case check.ResultMissing, check.ResultFailed:
		item.Kind, item.Mark = web.NoteBad, "✗"
	case check.ResultRemark:
		item.Kind, item.Mark = web.NoteWarn, "!"
	default:
		item.Mark = "–"
	}
	return item
}

// checkedAt is the field of the settings that a finding is about; "" if it is
// about none.
func checkedAt(company string, f check.Finding) string {
	at := func(anchor string) string { return companyTo(company, "#"+anchor) }
	switch f.Name {
	case check.CheckReachable, check.CheckKey:
		return at("shop")
	case check.CheckPayments:
		return at("payments")
	case check.CheckDeliveries:
		return at("deliveries")
	case check.CheckPayment:
		return at("payments-" + escape(f.Args["type"]))
	case check.CheckDelivery:
		return at("deliveries-" + escape(f.Args["type"]))
	case check.CheckField:
		return at("fields")
	}
	return ""
}
