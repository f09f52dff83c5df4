package panel

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// The settings of a company are one form with several buttons: save, pause, resume,
// and the switches of orders and of the catalog. All of them send the whole form, so
// that nothing which was typed is lost by pressing another button. The form carries
// the version of the settings that the person saw. If others have saved meanwhile,
// nothing but a pause is done, and the form comes back as it was typed, with what the
// others have saved beside it.
//
// Switching on asks the shop first. If the shop does not give what orders or the
// catalog need, the rest is stored all the same, the switch stays off, and the page
// says what is missing. Secrets that are made by saving are shown on a page of their
// own, this once.

// managePage shows a company's settings.
func (s *Server) managePage(c echo.Context) error {
	one, err := s.bridge.Company(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	if c.QueryParam("fresh") != "" {
		s.lists.drop(one.ID)
	}
	return s.showManage(c, http.StatusOK, one, formOf(one))
}

// manageCompany stores what was typed and does what its button says. Whatever
// cannot be stored comes back as it was typed, each error at its field.
//
// Pausing and resuming are done at once and first: whoever wants to stop orders now
// must not be held up by another field that is wrong, or by somebody else who has
// saved meanwhile. Everything else is stored only if the settings are still those
// that the person saw (changed_meanwhile.go).
func (s *Server) manageCompany(c echo.Context) error {
	ctx := c.Request().Context()
	one, err := s.bridge.Company(ctx, visit.Param(c, "company"))
	if err != nil {
		return err
	}
	if err := c.Request().ParseForm(); err != nil {
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	form := s.readSettings(c)
	do := c.FormValue("do")
	if do == "rows" {
		form.payments = append(form.payments, pairForm{}, pairForm{})
		form.deliveries = append(form.deliveries, pairForm{}, pairForm{})
		return s.showManage(c, http.StatusOK, one, form)
	}
	current := form.version == strconv.FormatInt(one.Version, 10)
	done := ""
	// At once, whatever else is in the form or has changed meanwhile.
	switch do {
	case "pause":
		one, err = s.bridge.PauseCompany(ctx, one.ID)
	case "resume":
		one, err = s.bridge.ResumeCompany(ctx, one.ID)
	}
	if err != nil {
		return err
	}
	if do == "pause" || do == "resume" {
		done = say(c, "done."+doneOf(do)) + " "
	}
	if !current {
		form.changed(c, one, done)
		return s.showManage(c, http.StatusConflict, one, form)
	}
	form.version = strconv.FormatInt(one.Version, 10)
	next := form.settings(c, one)
	if len(form.wrong) > 0 { // what else is wrong is told with it
		bad, err := s.bridge.Faults(ctx, next)
		if err != nil {
			return err
		}
		return s.notSaved(c, bridge.Saved{}, one, form, bad)
	}
	switch do {
	case "enable", "disable":
		next.Orders.Enabled = do == "enable"
	case "catalog_enable", "catalog_disable":
		next.Catalog.Enabled = do == "catalog_enable"
	case "pause", "resume":
		other, err := s.bridge.Differs(ctx, next)
		if err != nil {
			return err
		}
		if !other { // pausing was all there was to do
			return s.goTo(c, companyTo(one.ID, "?done="+doneOf(do)))
		}
	}
	return s.saveSettings(c, one, next, form, done)
}

// saveSettings stores the next settings of a company. What a button has done
// already stands in front of what is wrong with the rest.
func (s *Server) saveSettings(c echo.Context, one, next storage.Company, form *settingsForm, done string) error {
	// A secret of one mode is none of another.
	var made storage.Chat
	if next.Chat.Auth != one.Chat.Auth {
		made.Secrets = []storage.Secret{newSecret(next.Chat.Auth)}
		next.Chat.Secrets = made.Secrets
	}
	saved, err := s.bridge.SaveAsking(c.Request().Context(), next)
	if bad, ok := errors.AsType[*problem.Invalid](err); ok {
		return s.notSaved(c, saved, one, form, bad)
	}
	if no, ok := errors.AsType[*problem.Refused](err); ok {
		if form.wrong[""] = done + tell(c, &no.Problem); no.Problem.Code == problem.RefusedCompanyExists {
			if one, err = s.bridge.Company(c.Request().Context(), one.ID); err != nil {
				return err
			}
			form.changed(c, one, done) // somebody was quicker
		}
		return s.showManage(c, http.StatusConflict, one, form)
	}
	if err != nil {
		return err
	}
	if len(made.Secrets)+len(saved.Made.Secrets) > 0 || saved.Made.Token != "" {
		made.Token = saved.Made.Token
		return s.showRotated(c, saved.Company, made, companyTrail(c, one))
	}
	do := c.FormValue("do")
	to := "?done=" + doneOf(do)
	if saved.Unasked != nil {
		to = "?done=unasked"
	}
	if strings.HasPrefix(do, "catalog_") {
		to += "#catalog"
	}
	return s.goTo(c, companyTo(one.ID, to))
}

// doneOf is the id of what is said when a button has done its work.
func doneOf(do string) string {
	switch do {
	case "enable":
		return "enabled"
	case "disable":
		return "disabled"
	case "pause":
		return "paused"
	case "resume":
		return "resumed"
	case "catalog_enable":
		return "catalog_enabled"
	case "catalog_disable":
		return "catalog_disabled"
	}
	return "saved"
}

// notSaved shows what is wrong. Settings that are stored, but could not be
// switched on, are shown as they are stored.
func (s *Server) notSaved(c echo.Context, saved bridge.Saved, one storage.Company, form *settingsForm,
	bad *problem.Invalid) error {
	if saved.Stored {
		one = saved.Company
		form = formOf(one)
		form.wrong[""] = say(c, "manage.not_enabled")
	} else {
		url, id, password := splitKey(form.shopURL)
		form.shopURL, form.keyID, form.password = url, cmp.Or(form.keyID, id), cmp.Or(form.password, password)
		form.wrong[""] = say(c, "manage.not_saved")
	}
	typed := maps.Clone(form.wrong)
	form.place(fieldErrors(c, bad))
	maps.Copy(form.wrong, typed)
	// These are told in the unit of their field.
	for field, id := range map[string]string{
		"catalog.interval":   "catalog.interval_range",
		"orders.erase_after": "manage.erase_after_range",
		"orders.max_age":     "manage.max_age_range",
	} {
		if form.wrong[field] != "" {
			form.wrong[field] = say(c, id)
		}
	}
	form.switching(c, bad)
	return s.showManage(c, http.StatusUnprocessableEntity, one, form)
}

// newSecret makes a secret of the form that a mode needs.
func newSecret(auth string) storage.Secret {
	if auth == storage.AuthSignature {
		return storage.Secret(ineedchat.NewSecret())
	}
	return storage.Secret(ineedchat.NewToken())
}

// showManage shows the settings as the form has them.
func (s *Server) showManage(c echo.Context, status int, one storage.Company, form *settingsForm) error {
	known := s.shopLists(c.Request().Context(), one)
	known.used.Payments = check.Unmapped(known.used.Payments, one.Orders.Payments)
	known.used.Deliveries = check.Unmapped(known.used.Deliveries, one.Orders.Deliveries)
	page := web.Manage{
		ID: one.ID, Version: form.version, State: syncBadge(c, one), Hooks: hooksNote(c, one),
		Enabled: one.Orders.Enabled, Paused: one.Orders.Paused,
		Complete: !one.Orders.Enabled && len(one.Orders.Payments) > 0 && len(one.Orders.Deliveries) > 0 &&
			len(known.used.Payments)+len(known.used.Deliveries) == 0,
		ShopError: form.wrong["shop"], NotOn: form.notOn["enable"],
		Draft:   s.drafts.keep(form.password, time.Now()),
		Webhook: s.webhookURL(c, one),
	}
	s.orderFields(c, &page, one, form)
	s.chatFields(c, &page, one, form)
	settingsButtons(c, &page, one)
	form.mappings(c, &page, known, s.wanted(c, one))
	if known.problem != nil && one.Shop.URL != "" && len(form.notOn) == 0 {
		page.Lists = &web.Note{Kind: web.NoteWarn, Text: say(c, "manage.no_lists", "why", tell(c, known.problem))}
	}
	var err error
	if page.Catalog, err = s.catalogSection(c, one, form, known); err != nil {
		return err
	}
	form.markChanged(c, &page)
	if page.Mapped, err = s.mappedNote(c, one); err != nil {
		return err
	}
	lack, err := s.lacks(c.Request().Context(), one.ID)
	if err != nil {
		return err
	}
	v := web.View{Title: nameOf(one), Section: "companies", Page: page, Notes: s.troubles(c, one, lack),
		Trail: companiesTrail(c)}
	if text := form.wrong[""]; text != "" && len(form.notOn) == 0 {
		v.Notes = append([]web.Note{{Kind: web.NoteBad, Text: text}}, v.Notes...)
	}
	return s.show(c, status, "manage", v)
}

// mappedNote offers to send the orders that waited for what is mapped by now; nil if there
// are none.
func (s *Server) mappedNote(c echo.Context, one storage.Company) (*web.OrderNote, error) {
	desk, err := s.bridge.Desk(one.ID)
	if err != nil {
		return nil, err
	}
	n, err := desk.Mapped(c.Request().Context())
	if err != nil || n == 0 {
		return nil, err
	}
	return &web.OrderNote{Note: web.Note{Kind: web.NoteInfo, Text: say(c, "manage.mapped", "n", itoa(n))},
		Acts: []web.Button{{To: companyTo(one.ID, "/orders/retry"), Name: "problem", Value: mappedCause,
			Title: say(c, "manage.send_mapped", "n", itoa(n)), Look: "primary"}}}, nil
}

// orderFields are the inputs of the shop's access and of the company's orders.
func (s *Server) orderFields(c echo.Context, page *web.Manage, one storage.Company, form *settingsForm) {
	shop, known := storage.Shop{URL: form.shopURL, KeyID: form.keyID}, one.Shop.Password != "" || page.Draft != ""
	page.ShopURL, page.KeyID, page.Password = accessFields(c, shop, known, form.wrong)
	page.Name = web.Field{Name: "name", Label: say(c, "company.name"), Value: form.name,
		Error: form.wrong["name"], Autocomplete: "off"}
	page.MaxAge = web.Field{Name: "max_age", Label: say(c, "manage.max_age"), Hint: say(c, "manage.max_age_hint"),
		Value: form.maxAge, Error: form.wrong["orders.max_age"], Mode: "decimal", Autocomplete: "off"}
	page.EraseAfter = web.Field{Name: "erase_after", Label: say(c, "manage.erase_after"),
		Hint: say(c, "manage.erase_after_hint"), Value: form.eraseAfter,
		Error: form.wrong["orders.erase_after"], Mode: "decimal", Autocomplete: "off"}
}

// chatFields are the inputs of how the chat is reached.
func (s *Server) chatFields(c echo.Context, page *web.Manage, one storage.Company, form *settingsForm) {
	page.ChatURL = web.Field{Name: "chat_url", Label: say(c, "chat.url"), Value: form.chatURL,
		Hint: say(c, "chat.url_hint", "url", s.bridge.ChatURL()), Placeholder: s.bridge.ChatURL(),
		Error: form.wrong["chat.url"], Mode: "url", Autocomplete: "off", Mono: true}
	page.ChatToken = web.Field{Name: "chat_token", Label: say(c, "chat.token"), Hint: say(c, "chat.token_new"),
		Error: form.wrong["chat.token"], Type: "password", Autocomplete: "new-password"}
	if one.Chat.Token != "" {
		page.ChatToken.Placeholder = say(c, "shop.kept")
	}
	page.Auth = web.Field{Name: "chat_auth", Label: say(c, "chat.auth"),
		Error: cmp.Or(form.wrong["chat.auth"], form.wrong["chat.secrets[0]"])}
	for field := range form.wrong {
		if strings.HasPrefix(field, "chat.hmac.") { // its fields stand on another page
			page.Auth.Error = say(c, "chat.hmac_needed")
		}
	}
	for _, mode := range []string{storage.AuthSignature, storage.AuthBearer, storage.AuthPath, storage.AuthHMAC} {
		page.Auth.Options = append(page.Auth.Options,
			web.Option{Value: mode, Title: say(c, "auth."+mode), Selected: form.auth == mode})
	}
}

// settingsButtons are the buttons that stand outside the form of the settings.
func settingsButtons(c echo.Context, page *web.Manage, one storage.Company) {
	secret := companyTo(one.ID, "/secret")
	page.Rotate = web.Button{To: secret, Name: "of", Value: "chat", Title: say(c, "chat.rotate")}
	page.RotateHook = web.Button{To: secret, Name: "of", Value: "insales", Title: say(c, "hooks.rotate")}
	page.Delete = web.Button{To: companyTo(one.ID, "/delete"), Title: say(c, "company.delete"), Look: "danger"}
	if one.Problem != nil && one.Problem.Code == problem.AccountChanged {
		page.Confirm = &web.Button{To: companyTo(one.ID, "/account"), Title: say(c, "company.confirm_account")}
	}
}

// hooksNote is whether the shop tells us of its changes.
func hooksNote(c echo.Context, one storage.Company) web.Note {
	switch {
	case !one.Orders.Enabled:
		return web.Note{Kind: web.NoteInfo, Text: say(c, "hooks.off")}
	case one.HookFault != nil:
		return web.Note{Kind: web.NoteWarn, Text: tell(c, one.HookFault)}
	case len(one.Hooks.IDs) == 0:
		return web.Note{Kind: web.NoteInfo, Text: say(c, "hooks.none")}
	}
	return web.Note{Kind: web.NoteGood, Text: say(c, "hooks.good")}
}

// wanted are the types that orders wait for because nobody has mapped them.
func (s *Server) wanted(c echo.Context, one storage.Company) map[string][]string {
	m := map[string][]string{}
	causes, err := s.bridge.Causes(c.Request().Context(), one.ID)
	if err != nil {
		return m // only a help
	}
	for _, cause := range causes {
		list := map[string]string{
			problem.PaymentUnmapped:  "payments",
			problem.DeliveryUnmapped: "deliveries",
		}[cause.Problem.Code]
		if list != "" && cause.Problem.Args["type"] != "" {
			m[list] = append(m[list], cause.Problem.Args["type"])
		}
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

// confirmAccountPage accepts another InSales account behind the same settings.
func (s *Server) confirmAccountPage(c echo.Context) error {
	id := visit.Param(c, "company")
	if _, err := s.bridge.ConfirmAccount(c.Request().Context(), id, visit.By(c)); err != nil {
		return err
	}
	return s.goTo(c, companyTo(id, "?done=account"))
}
