package panel

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/login"
	"ineed-insales/storage"
)

// By what programs use the API: all tokens on one page, with the form to make another. A token is
// shown once, when it is made.

// tokensPage lists the tokens.
func (s *Server) tokensPage(c echo.Context) error { return s.showTokens(c, http.StatusOK, nil) }

// showTokens shows the page, with what is wrong with each field of the form.
func (s *Server) showTokens(c echo.Context, status int, wrong map[string]string) error {
	list, err := s.bridge.Login.Tokens(c.Request().Context())
	if err != nil {
		return err
	}
	page := web.Tokens{Tabs: accessTabs(c, "tokens"),
		Name: web.Field{Name: "name", Label: say(c, "tokens.name"), Hint: say(c, "tokens.name_hint"),
			Value: c.FormValue("name"), Error: wrong["name"], Required: true, Autocomplete: "off"},
		Right: web.Field{Name: "right", Label: say(c, "tokens.right"), Hint: say(c, "tokens.right_hint"),
			Error: wrong["right"]}}
	for _, may := range []storage.TokenRight{storage.TokenReads, storage.TokenAll} {
		page.Right.Options = append(page.Right.Options, web.Option{Value: string(may), Title: tokenRight(c, may),
			Selected: c.FormValue("right") == string(may)})
	}
	if s.envToken {
		page.Rows = append(page.Rows, web.TokenRow{Name: login.EnvironmentToken, Right: tokenRight(c, storage.TokenAll),
			MadeBy: say(c, "tokens.environment")})
	}
	for _, t := range list {
		page.Rows = append(page.Rows, web.TokenRow{Name: t.Name, Right: tokenRight(c, t.May),
			MadeBy: actorName(c, t.MadeBy), Made: s.moment(c, t.MadeAt), Used: s.moment(c, t.UsedAt),
			Revoke: web.Button{To: "/tokens/" + itoa64(t.ID) + "/revoke", Title: say(c, "tokens.revoke"), Look: "small"}})
	}
	return s.show(c, status, "tokens", web.View{Title: say(c, "tokens.title"), Section: "access", Page: page})
}

// tokenRight is what a token may do, in words.
func tokenRight(c echo.Context, may storage.TokenRight) string {
	return say(c, "tokens.right_"+string(may))
}

// makeToken makes a token and shows it, this once.
func (s *Server) makeToken(c echo.Context) error {
	t, secret, err := s.bridge.Login.MakeToken(c.Request().Context(), c.FormValue("name"),
		storage.TokenRight(c.FormValue("right")))
	if wrong := wrongFields(c, err); wrong != nil {
		return s.showTokens(c, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	page := web.SetupLink{Text: say(c, "tokens.made_text", "name", t.Name, "right", tokenRight(c, t.May)), To: "/tokens",
		Link: web.Copyable{ID: "made-token", Label: say(c, "tokens.token"), Value: secret, Secret: true,
			Hint: say(c, "tokens.token_hint")}}
	return s.show(c, http.StatusOK, "link", web.View{Title: say(c, "tokens.made"), Section: "access", Page: page,
		Trail: []web.Crumb{{Title: say(c, "tokens.title"), To: "/tokens"}}})
}

// apiToken gives the token that the path names.
func (s *Server) apiToken(c echo.Context) (storage.Token, error) {
	list, err := s.bridge.Login.Tokens(c.Request().Context())
	if err != nil {
		return storage.Token{}, err
	}
	return byNumber(c, "number", list, func(t storage.Token) int64 { return t.ID })
}

// aboutToken asks before a program is shut out.
func (s *Server) aboutToken(c echo.Context) (*question, error) {
	t, err := s.apiToken(c)
	if err != nil {
		return nil, err
	}
	return &question{section: "access", trail: []web.Crumb{{Title: say(c, "tokens.title"), To: "/tokens"}},
		do: say(c, "tokens.revoke"), text: []string{say(c, "tokens.revoke_text")},
		title: say(c, "confirm.title", "what", say(c, "tokens.revoke"), "name", t.Name)}, nil
}

// revokeToken voids a token.
func (s *Server) revokeToken(c echo.Context) error {
	t, err := s.apiToken(c)
	if err != nil {
		return err
	}
	if err := s.bridge.Login.RevokeToken(c.Request().Context(), t.ID); err != nil {
		return err
	}
	return s.goTo(c, "/tokens?done=token_revoked")
}
