package panel

import (
	"maps"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// checkPage asks the shop what works and what does not, and says what is known of the chat.
// What only waits for something else to be mended is folded, so that one wrong key is one line
// and not twenty.
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
	page := web.Check{OK: r.OK(), Text: checkText(c, r), Again: companyTo(id, "/check"), Probe: companyTo(id, "/probe")}
	waits := "check.wait_shop"
	for _, f := range r.Findings {
		part := &page.Shop
		if f.Name.OfChat() {
			part = &page.Chat
		}
		switch item := s.checkItem(c, id, f); {
		case f.Waits():
			item.Text = ""
			part.Folded = append(part.Folded, item)
		default:
			part.Items = append(part.Items, item)
		}
		if f.Name == check.CheckKey && f.Result == check.ResultFailed {
			waits = "check.wait_key"
		}
	}
	page.Shop.Waits = say(c, waits, "n", itoa(len(page.Shop.Folded)))
	page.Chat.Waits = say(c, "check.wait_chat", "n", itoa(len(page.Chat.Folded)))
	switch idle := one.Orders.Untouched() && one.Catalog.Enabled; {
	case idle && r.OK(): // nothing is missing as long as only the catalog is used
		page.Text = say(c, "check.catalog_only")
	case !idle && r.Unheard():
		page.Letter = new(s.letterOf(c, one))
	}
	view := web.View{Title: say(c, "check.title"), Section: "companies", Page: page, Trail: companyTrail(c, one)}
	return s.show(c, http.StatusOK, "check", view)
}

// checkText is what a check comes to, in a sentence.
func checkText(c echo.Context, r check.Report) string {
	if !r.OK() {
		return say(c, "check.bad")
	}
	for _, f := range r.Findings {
		if f.Problem != nil && f.Problem.Code == problem.NoticeNothingMapped {
			return say(c, "check.unmapped")
		}
	}
	if r.Unheard() {
		return say(c, "check.unheard")
	}
	return say(c, "check.good")
}

// checkItem is one finding in words, with where it is mended.
func (s *Server) checkItem(c echo.Context, company string, f check.Finding) web.CheckItem {
	args, at := s.atTime(c, f.Args)
	item := web.CheckItem{
		Title: locale.Check(lang(c), string(f.Name), legibleArgs(lang(c), args)), When: at,
		Result: locale.Text(lang(c), "check.result."+string(f.Result), nil),
	}
	if f.Problem != nil {
		args, item.TextWhen = s.atTime(c, f.Problem.Args)
		item.Text = tell(c, &storage.Problem{Code: f.Problem.Code, Args: args})
	}
	if item.To = mendedAt(company, f); item.To != "" {
		item.Link = say(c, "mend")
	}
	switch {
	case f.Name == check.CheckProbe:
		item.To, item.Link = companyTo(company, "/probe"), say(c, "probe.title")
	case f.Name == check.CheckChatRead && item.To != "":
		item.Link = say(c, "overview.look")
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

// atTime gives arguments with the time among them as people write it, and that time.
func (s *Server) atTime(c echo.Context, args map[string]string) (map[string]string, web.Moment) {
	t, err := time.Parse(time.RFC3339, args["at"])
	if err != nil {
		return args, web.Moment{}
	}
	out, when := maps.Clone(args), s.moment(c, t)
	out["at"] = when.Text
	return out, when
}

// mendedAt is where what is wrong with a finding can be mended; "" if nothing is wrong, or
// nothing can be done about it in the panel.
func mendedAt(company string, f check.Finding) string {
	if f.Problem == nil {
		return ""
	}
	switch f.Problem.Code {
	case problem.KeyRejected, problem.SecretsSealed, problem.ShopUnreachable, problem.ShopNotFound,
		problem.ShopRedirects, problem.AccountChanged:
		return companyTo(company, "#shop")
	case problem.NoticeNothingMapped, problem.FieldNotInShop, problem.FieldDeliveryType, problem.FieldDeliveryPoint:
		return companyTo(company, "#"+mappedAt(f))
	case problem.NoticeFieldObligatory:
		return companyTo(company, "#fields")
	case problem.ChatUnproven, problem.ChatUnsigned, problem.ChatRejected, problem.NoticeChatNowhere,
		problem.StatusesFail:
		return companyTo(company, "#chat")
	case problem.WireUnread, problem.NoticeChatSilent, problem.ReportProgram:
		return companyTo(company, "/wire")
	case problem.DeliveriesRefused:
		return companyTo(company, "/received")
	}
	return ""
}

// mappedAt is the list of the settings, or the line of it, that a finding is about.
func mappedAt(f check.Finding) string {
	switch f.Name {
	case check.CheckPayment:
		return "payments-" + escape(f.Args["type"])
	case check.CheckDelivery:
		return "deliveries-" + escape(f.Args["type"])
	case check.CheckDeliveries:
		return "deliveries"
	}
	return "payments"
}
