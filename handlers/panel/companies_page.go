package panel

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// companyTo is the path of a company's page.
func companyTo(id, below string) string { return "/companies/" + escape(id) + below }

// companiesPage lists the companies.
func (s *Server) companiesPage(c echo.Context) error {
	list, err := s.bridge.Companies(c.Request().Context())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return s.goTo(c, "/companies/new")
	}
	var page web.Overview
	for _, one := range list {
		refused, err := s.bridge.Refused(c.Request().Context(), one.ID)
		if err != nil {
			return err
		}
		page.Companies = append(page.Companies, web.Card{ID: one.ID, Name: one.Name, Shop: strings.TrimPrefix(one.Shop.URL, "https://"),
			States: badges(c, one, refused), Notes: s.troubles(c, one, refused)})
	}
	return s.show(c, http.StatusOK, "companies", web.View{Title: say(c, "companies.title"), Section: "companies", Page: page})
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

// badges are the states of both syncs. That orders go to the shop is no good news
// while those that come are refused.
func badges(c echo.Context, one storage.Company, refused storage.RefusalCount) []web.Badge {
	orders := syncBadge(c, one)
	if orders.Kind == web.NoteGood && refused.Fresh > 0 {
		orders = web.Badge{Kind: web.NoteBad, Text: say(c, "sync.refusing")}
	}
	return []web.Badge{orders, catalogBadge(c, one)}
}

// troubles is what is wrong with a company as a whole, in words, with where it
// can be mended.
func (s *Server) troubles(c echo.Context, one storage.Company, refused storage.RefusalCount) []web.Note {
	var list []web.Note
	add := func(kind string, p *storage.Problem, at string) {
		if p != nil {
			list = append(list, web.Note{Kind: kind, Text: tell(c, p), To: companyTo(one.ID, at), Link: say(c, "mend")})
		}
	}
	if one.Sealed {
		add(web.NoteBad, &storage.Problem{Code: problem.SecretsSealed}, "#shop")
	}
	add(web.NoteBad, one.Problem, "#shop")
	if refused.Fresh > 0 {
		list = append(list, web.Note{Kind: web.NoteBad, Text: say(c, "overview.not_taken_note", "n", itoa(refused.Fresh), "time", ago(c, refused.LastAt)),
			To: companyTo(one.ID, "/received"), Link: say(c, "received.title")})
	}
	add(web.NoteBad, one.ChatFault, "#chat")
	add(web.NoteBad, one.CatalogFault, "#chat")
	if one.Orders.Enabled {
		add(web.NoteInfo, one.HookFault, "#hooks")
	}
	if n, err := s.bridge.GoneWaiting(c.Request().Context(), one.ID); err == nil && n > 0 {
		add(web.NoteBad, &storage.Problem{Code: problem.OrdersGone}, "/orders")
	}
	if one.MarkerKept != nil && !*one.MarkerKept {
		add(web.NoteWarn, &storage.Problem{Code: problem.NoticeMarkerNotKept}, "/check")
	}
	return list
}

// newCompanyPage asks for what only a person knows.
func (s *Server) newCompanyPage(c echo.Context) error {
	return s.showNewCompany(c, http.StatusOK, storage.Company{}, "", nil)
}

// showNewCompany shows the form with what was typed and what is wrong with it.
func (s *Server) showNewCompany(c echo.Context, status int, typed storage.Company, draft string, wrong map[string]string) error {
	page := web.NewCompany{Draft: draft,
		ID: web.Field{Name: "id", Label: say(c, "company.id"), Hint: say(c, "company.id_hint"), Value: typed.ID, Error: wrong["id"], Required: true, Mono: true, Autocomplete: "off"},
		Name: web.Field{Name: "name", Label: say(c, "company.name"), Hint: say(c, "company.name_hint"), Value: typed.Name, Error: wrong["name"],
			Autocomplete: "off"},
	}
	page.ShopURL, page.KeyID, page.Password = accessFields(c, typed.Shop, draft != "", wrong)
	page.Password.Required = false // it may be in the URL
	return s.show(c, status, "company_new", web.View{Title: say(c, "company.new"), Section: "companies", Page: page,
		Trail: []web.Crumb{{Title: say(c, "companies.title"), To: "/companies"}}})
}

// accessFields are the inputs of the access to a shop. The password is never in
// the page; known tells that there is one.
func accessFields(c echo.Context, shop storage.Shop, known bool, wrong map[string]string) (address, key, password web.Field) {
	address = web.Field{Name: "shop_url", Label: say(c, "shop.url"), Hint: say(c, "shop.url_hint"), Value: shop.URL, Error: wrong["shop.url"],
		Mode: "url", Autocomplete: "off", Placeholder: "https://myshop-ab123.myinsales.ru", Mono: true}
	key = web.Field{Name: "key_id", Label: say(c, "shop.key_id"), Value: shop.KeyID, Error: wrong["shop.key_id"], Autocomplete: "off", Mono: true}
	password = web.Field{Name: "key_password", Label: say(c, "shop.password"), Type: "password", Error: wrong["shop.password"], Autocomplete: "new-password"}
	if known {
		password.Placeholder = say(c, "shop.kept")
		password.Hint = say(c, "shop.kept_hint")
	}
	return address, key, password
}

// addCompany makes a company, switched off. The secrets made for it are shown
// this once.
func (s *Server) addCompany(c echo.Context) error {
	ctx, now := c.Request().Context(), time.Now()
	secret := s.drafts.secret(c.FormValue("key_password"), c.FormValue("draft"), now)
	typed := storage.Company{ID: strings.TrimSpace(c.FormValue("id")), Name: c.FormValue("name"),
		Shop: storage.Shop{URL: c.FormValue("shop_url"), KeyID: c.FormValue("key_id"), Password: storage.Secret(secret)}}
	again := func(wrong map[string]string) error {
		address, id, password := splitKey(typed.Shop.URL)
		typed.Shop.URL, typed.Shop.KeyID, secret = address, cmp.Or(typed.Shop.KeyID, id), cmp.Or(secret, password)
		return s.showNewCompany(c, http.StatusUnprocessableEntity, typed, s.drafts.keep(secret, now), wrong)
	}
	if _, err := s.bridge.Company(ctx, typed.ID); err == nil {
		return again(map[string]string{"id": say(c, "company.exists")})
	}
	saved, err := s.bridge.SaveCompany(ctx, typed)
	if bad, ok := errors.AsType[*problem.Invalid](err); ok {
		return again(fieldErrors(c, bad))
	}
	if err != nil {
		return err
	}
	page := web.Made{Text: say(c, "company.made"), Secrets: s.madeSecrets(c, saved.Company, saved.Made), To: companyTo(typed.ID, "?done=added"), Link: say(c, "company.go_on")}
	return s.show(c, http.StatusCreated, "made", web.View{Title: say(c, "company.added", "name", nameOf(saved.Company)), Section: "companies", Page: page,
		Trail: []web.Crumb{{Title: say(c, "companies.title"), To: "/companies"}}})
}

// nameOf is what to call a company.
func nameOf(one storage.Company) string {
	if one.Name != "" {
		return one.Name
	}
	return one.ID
}

// madeSecrets are the secrets of made, and the address they belong to, to be
// copied into INEED.CHAT.
func (s *Server) madeSecrets(c echo.Context, one storage.Company, made storage.Chat) []web.Copyable {
	list := []web.Copyable{}
	if one.Chat.Auth != storage.AuthPath || len(made.Secrets) == 0 {
		list = append(list, s.webhookAddress(c, one))
	}
	if len(made.Secrets) > 0 {
		secret := web.Copyable{ID: "made-secret", Label: say(c, "chat.secret"), Value: made.Secrets[0].Reveal(), Hint: say(c, "chat.secret_hint"), Secret: true}
		switch one.Chat.Auth {
		case storage.AuthBearer:
			secret.Label = say(c, "chat.bearer")
		case storage.AuthPath: // here the address is the secret
			address := s.webhookAddress(c, one)
			secret.Label, secret.Value = address.Label, strings.TrimSuffix(address.Value, storage.Masked)+made.Secrets[0].Reveal()
		}
		list = append(list, secret)
	}
	if made.Token != "" {
		list = append(list, web.Copyable{ID: "made-token", Label: say(c, "chat.token"), Value: made.Token.Reveal(), Hint: say(c, "chat.token_hint"), Secret: true})
	}
	return list
}

// webhookAddress is where INEED.CHAT posts a company's orders.
func (s *Server) webhookAddress(c echo.Context, one storage.Company) web.Copyable {
	return web.Copyable{ID: "webhook", Label: say(c, "chat.webhook"), Value: s.site.Root(c.Request()) + visit.WebhookPath(one), Hint: say(c, "chat.webhook_hint")}
}

// fieldErrors is what is wrong with settings, by field, in words.
func fieldErrors(c echo.Context, bad *problem.Invalid) map[string]string {
	m := map[string]string{}
	for _, f := range bad.Fields {
		text := locale.Problem(lang(c), f.Problem.Code, legibleArgs(lang(c), f.Problem.Args))
		if m[f.Field] != "" {
			text = m[f.Field] + " " + text
		}
		m[f.Field] = text
	}
	return m
}

// deleteCompanyPage forgets a company.
func (s *Server) deleteCompanyPage(c echo.Context) error {
	if err := s.bridge.DeleteCompany(c.Request().Context(), visit.Param(c, "company")); err != nil {
		return err
	}
	return s.goTo(c, "/companies?done=deleted")
}

// rotatePage makes a new secret for what comes in, and shows it this once.
func (s *Server) rotatePage(c echo.Context) error {
	ctx, id := c.Request().Context(), visit.Param(c, "company")
	if c.FormValue("of") == "insales" {
		if err := s.bridge.RotateHookToken(ctx, id); err != nil {
			return err
		}
		return s.goTo(c, companyTo(id, "?done=hooks"))
	}
	secret, err := s.bridge.RotateSecret(ctx, id)
	if err != nil {
		return err
	}
	one, err := s.bridge.Company(ctx, id)
	if err != nil {
		return err
	}
	page := web.Made{Text: say(c, "chat.rotated"), Secrets: s.madeSecrets(c, one, storage.Chat{Secrets: []storage.Secret{secret}}), To: companyTo(id, ""), Link: say(c, "back_to_settings")}
	return s.show(c, http.StatusOK, "made", web.View{Title: say(c, "chat.rotated_title"), Section: "companies", Page: page, Trail: companyTrail(c, one)})
}

// companyTrail leads to a company's page.
func companyTrail(c echo.Context, one storage.Company) []web.Crumb {
	return []web.Crumb{{Title: say(c, "companies.title"), To: "/companies"}, {Title: nameOf(one), To: companyTo(one.ID, "")}}
}

// confirmAccountPage accepts another InSales account behind the same settings.
func (s *Server) confirmAccountPage(c echo.Context) error {
	id := visit.Param(c, "company")
	if _, err := s.bridge.ConfirmAccount(c.Request().Context(), id, visit.ByAdmin); err != nil {
		return err
	}
	return s.goTo(c, companyTo(id, "?done=account"))
}

// checkPage asks the shop what works and what does not.
func (s *Server) checkPage(c echo.Context) error {
	id := visit.Param(c, "company")
	one, err := s.bridge.Company(c.Request().Context(), id)
	if err != nil {
		return err
	}
	r, err := s.bridge.Check(c.Request().Context(), id)
	if err != nil {
		return err
	}
	page := web.Check{OK: r.OK(), Text: say(c, "check.bad"), Again: companyTo(id, "/check")}
	if page.OK {
		page.Text = say(c, "check.good")
	}
	for _, f := range r.Findings {
		item := web.CheckItem{Title: locale.Check(lang(c), string(f.Name), legibleArgs(lang(c), f.Args)), Text: tell(c, f.Problem),
			Result: locale.Text(lang(c), "check.result."+string(f.Result), nil)}
		if f.Result != bridge.ResultWorks {
			item.To = checkedAt(id, f)
		}
		switch f.Result {
		case bridge.ResultWorks:
			item.Kind, item.Mark = web.NoteGood, "✓"
		case bridge.ResultMissing, bridge.ResultFailed:
			item.Kind, item.Mark = web.NoteBad, "✗"
		case bridge.ResultRemark:
			item.Kind, item.Mark = web.NoteWarn, "!"
		default:
			item.Mark = "–"
		}
		page.Items = append(page.Items, item)
	}
	return s.show(c, http.StatusOK, "check", web.View{Title: say(c, "check.title"), Section: "companies", Page: page, Trail: companyTrail(c, one)})
}

// checkedAt is the field of a company's settings that a finding is about; "" if
// it is about none.
func checkedAt(company string, f bridge.Finding) string {
	at := map[bridge.CheckName]string{bridge.CheckReachable: "shop", bridge.CheckKey: "shop", bridge.CheckPayments: "payments", bridge.CheckDeliveries: "deliveries",
		bridge.CheckPayment: "payments-" + url.PathEscape(f.Args["type"]), bridge.CheckDelivery: "deliveries-" + url.PathEscape(f.Args["type"]), bridge.CheckField: "fields"}[f.Name]
	if at == "" {
		return ""
	}
	return companyTo(company, "#"+at)
}
