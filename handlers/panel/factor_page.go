package panel

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/login"
)

// The code that one's own sign-in asks for beside the password. The secret is shown only while
// it is set up, and only in the session that does it; recovery codes once, when they are made.

// issuer is what a program on the phone calls us.
const issuer = "INEED InSales"

// codeState says whether a person's sign-in asks for a code.
func codeState(c echo.Context, f login.Factor) web.CodeState {
	if f.Since.IsZero() {
		return web.CodeState{Text: say(c, "code.off_text"), Do: say(c, "code.on")}
	}
	return web.CodeState{On: true, Text: say(c, "code.left", "n", itoa(f.Left)), Do: say(c, "code.change")}
}

// factorPage shows how the second factor stands.
func (s *Server) factorPage(c echo.Context) error { return s.showFactor(c, http.StatusOK, nil) }

// showFactor shows it with what is wrong by field.
func (s *Server) showFactor(c echo.Context, status int, wrong map[string]string) error {
	p, _ := visit.Person(c)
	f, err := s.bridge.Login.Factor(c.Request().Context(), p)
	if err != nil {
		return err
	}
	page := web.Factor{State: codeState(c, f), Code: codeField(c, "code.first_hint", wrong["code"]),
		Password: passwordField(c, "password", "access.old", currentPassword, wrong["password"])}
	if f.Secret != "" {
		page.Phone = template.URL(s.phoneLink(c, f)) //nolint:gosec // the scheme is ours
		page.Secret = web.Copyable{ID: "secret", Label: say(c, "code.secret"), Value: inFours(f.Secret.Reveal()),
			Hint: say(c, "code.secret_hint")}
	}
	return s.showFactorPage(c, status, page)
}

func (s *Server) showFactorPage(c echo.Context, status int, page web.Factor) error {
	return s.show(c, status, "code", web.View{Title: say(c, "code.title"), Section: "access", Page: page,
		Trail: []web.Crumb{{Title: say(c, "access.title"), To: "/access"}}})
}

// inFours is a long code as people read it out.
func inFours(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// phoneLink is a secret as programs on phones take it, with whose it is and where.
func (s *Server) phoneLink(c echo.Context, f login.Factor) string {
	p, _ := visit.Person(c)
	_, at, _ := strings.Cut(s.site.Root(c.Request()), "://")
	label := strings.ReplaceAll(p.Name+" "+at, ":", " ") // a colon ends the issuer
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(label) + "?secret=" + f.Secret.Reveal() +
		"&issuer=" + url.PathEscape(issuer)
}

// factorPicture is the same link as a picture, for the phone's camera. Only the session that
// sets it up gets it.
func (s *Server) factorPicture(c echo.Context) error {
	p, _ := visit.Person(c)
	f, err := s.bridge.Login.Factor(c.Request().Context(), p)
	if err != nil {
		return err
	}
	if f.Secret == "" {
		return echo.ErrNotFound
	}
	picture, err := web.QR(s.phoneLink(c, f))
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "image/svg+xml", picture)
}

// changeFactor does what the button says: it begins to set up a second factor, takes its first
// code, makes new recovery codes, or switches it off.
func (s *Server) changeFactor(c echo.Context) error {
	p, _ := visit.Person(c)
	ctx, field, next := c.Request().Context(), "password", "/access/code"
	var recovery []string
	var err error
	switch c.FormValue("do") {
	case "confirm":
		field = "code"
		recovery, err = s.bridge.Login.ConfirmFactor(ctx, p, c.FormValue("code"))
	case "recovery":
		recovery, err = s.bridge.Login.NewRecoveryCodes(ctx, p, c.FormValue("password"))
	case "off":
		next = "/access?done=code_off"
		err = s.bridge.Login.DropFactor(ctx, p, c.FormValue("password"))
	default:
		err = s.bridge.Login.BeginFactor(ctx, p, c.FormValue("password"))
	}
	if errors.Is(err, login.ErrHalfOver) {
		return s.showFactor(c, http.StatusConflict, map[string]string{"password": say(c, "code.too_late")})
	}
	if said, status := signInProblem(c, err); said != "" {
		return s.showFactor(c, status, map[string]string{field: said})
	}
	if err != nil {
		return err
	}
	if recovery == nil {
		return s.goTo(c, next)
	}
	page := web.Factor{}
	for _, code := range recovery {
		page.Recovery = append(page.Recovery, inFours(code))
	}
	return s.showFactorPage(c, http.StatusOK, page)
}
