package panel

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// newCompanyPage asks for what only a person knows.
func (s *Server) newCompanyPage(c echo.Context) error {
	id, err := s.bridge.FreeID(c.Request().Context())
	if err != nil {
		return err
	}
	return s.showNewCompany(c, http.StatusOK, storage.Company{ID: id}, "", nil)
}

// showNewCompany shows the form with what was typed and what is wrong with it.
func (s *Server) showNewCompany(c echo.Context, status int, typed storage.Company, draft string,
	wrong map[string]string) error {
	page := web.NewCompany{
		Draft: draft,
		ID: web.Field{Name: "id", Label: say(c, "company.id"), Hint: say(c, "company.id_hint"), Value: typed.ID,
			Error: wrong["id"], Mono: true, Autocomplete: "off"},
		Name: web.Field{Name: "name", Label: say(c, "company.name"), Hint: say(c, "company.name_hint"),
			Value: typed.Name, Error: wrong["name"], Autocomplete: "off"},
	}
	page.ShopURL, page.KeyID, page.Password = accessFields(c, typed.Shop, draft != "", wrong)
	page.Password.Required = false // it may be in the URL
	page.More = wrong["id"]+wrong["name"] != ""
	view := web.View{Title: say(c, "company.new"), Section: "companies", Page: page, Trail: companiesTrail(c)}
	return s.show(c, status, "company_new", view)
}

// accessFields are the inputs of the access to a shop. The password never stands
// in the page; known says that there is one.
func accessFields(c echo.Context, shop storage.Shop, known bool,
	wrong map[string]string) (url, key, password web.Field) {
	url = web.Field{Name: "shop_url", Label: say(c, "shop.url"), Hint: say(c, "shop.url_hint"), Value: shop.URL,
		Error: wrong["shop.url"], Mode: "url", Autocomplete: "off", Mono: true,
		Placeholder: "https://myshop-ab123.myinsales.ru"}
	key = web.Field{Name: "key_id", Label: say(c, "shop.key_id"), Value: shop.KeyID,
		Error: wrong["shop.key_id"], Autocomplete: "off", Mono: true}
	password = web.Field{Name: "key_password", Label: say(c, "shop.password"), Type: "password",
		Error: wrong["shop.password"], Autocomplete: "new-password"}
	if known {
		password.Placeholder, password.Hint = say(c, "shop.kept"), say(c, "shop.kept_hint")
	}
	return url, key, password
}

// addCompany makes a company that is switched off, and shows the secrets that
// were made for it, this once.
func (s *Server) addCompany(c echo.Context) error {
	ctx, now := c.Request().Context(), time.Now()
	id, secret := s.typedKey(c)
	shop := storage.Shop{URL: c.FormValue("shop_url"), KeyID: id, Password: storage.Secret(secret)}
	typed := storage.Company{ID: strings.TrimSpace(c.FormValue("id")), Name: c.FormValue("name"), Shop: shop}
	again := func(wrong map[string]string) error {
		url, id, password := splitKey(typed.Shop.URL)
		typed.Shop.URL, typed.Shop.KeyID, secret = url, cmp.Or(typed.Shop.KeyID, id), cmp.Or(secret, password)
		return s.showNewCompany(c, http.StatusUnprocessableEntity, typed, s.drafts.keep(secret, now), wrong)
	}
	if _, err := s.bridge.Company(ctx, typed.ID); err == nil {
		return again(map[string]string{"id": say(c, "company.exists")})
	}
	saved, err := s.bridge.SaveAsking(ctx, typed)
	if bad, ok := errors.AsType[*problem.Invalid](err); ok {
		return again(fieldErrors(c, bad))
	}
	if no, ok := errors.AsType[*problem.Refused](err); ok && no.Problem.Code == problem.RefusedCompanyExists {
		return again(map[string]string{"id": say(c, "company.exists")}) // since it was looked for
	}
	if err != nil {
		return err
	}
	to, err := s.startOf(ctx, typed.ID)
	if err != nil {
		return err
	}
	page := s.made(c, saved.Company, saved.Made, web.Link{To: to, Title: say(c, "company.go_on")})
	page.Text = say(c, "company.made")
	view := web.View{Title: say(c, "company.added", "name", nameOf(saved.Company)), Section: "companies", Page: page,
		Trail: companiesTrail(c)}
	if saved.Unasked != nil {
		view.Notes = []web.Note{{Kind: web.NoteWarn, Text: say(c, "shop.unasked", "why", tell(c, saved.Unasked))}}
	}
	return s.show(c, http.StatusCreated, "made", view)
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
