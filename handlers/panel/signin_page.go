package panel

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/login"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
)

// What a browser may fill into a field of a password.
const (
	currentPassword = "current-password"
	newPassword     = "new-password"
)

// passwordField is an input of a password, with what is wrong with it. Fill says
// which password a browser may offer.
func passwordField(c echo.Context, name, label, fill, wrong string) web.Field {
	return web.Field{Name: name, Label: say(c, label), Type: "password", Autocomplete: fill, Required: true,
		Error: wrong}
}

// signInPage asks for the password.
func (s *Server) signInPage(c echo.Context) error {
	return s.showSignIn(c, http.StatusOK, localPath(c.QueryParam("to")), "")
}

// showSignIn shows the form, with where the person wanted to go and what is wrong.
func (s *Server) showSignIn(c echo.Context, status int, to, wrong string) error {
	able, err := s.bridge.Login.CanSignIn(c.Request().Context())
	if err != nil {
		return err
	}
	page := web.SignIn{To: to, NoLogin: able == 0}
	if f, _, waits := s.formOfVisitor(c); waits && to == "/resume" {
		page.Kept = say(c, "signin.kept", "page", say(c, f.title))
	}
	if able > 1 {
		page.Name = &web.Field{Name: "name", Label: say(c, "signin.name"), Hint: say(c, "signin.name_hint"),
			Value: problem.Clip(c.FormValue("name"), 100), Autocomplete: "username", Required: true}
		if wrong != "" && status == http.StatusForbidden {
			wrong = say(c, "signin.wrong")
		}
	}
	page.Password = passwordField(c, "password", "signin.password", currentPassword, wrong)
	return s.show(c, status, "signin", web.View{Title: say(c, "signin.title"), Page: page})
}

// signIn begins a session, or asks for a code.
func (s *Server) signIn(c echo.Context) error {
	to := localPath(c.FormValue("to"))
	pass, err := s.bridge.Login.SignIn(c.Request().Context(), c.FormValue("name"), c.FormValue("password"))
	if said, status := signInProblem(c, err); said != "" {
		return s.showSignIn(c, status, to, said)
	}
	if err != nil {
		return err
	}
	return s.letIn(c, pass, to)
}

// letIn hands over what a right password gives, and leads on.
func (s *Server) letIn(c echo.Context, pass login.Pass, to string) error {
	if pass.Half != "" {
		s.site.BeginHalf(c, pass.Half)
		return s.goTo(c, "/signin/code?"+url.Values{"to": {to}}.Encode())
	}
	s.site.BeginSession(c, pass.Session)
	return s.goTo(c, to)
}

// codePage asks for the code of who has given the password.
func (s *Server) codePage(c echo.Context) error {
	to := localPath(c.QueryParam("to"))
	_, err := s.bridge.Login.UserOfHalf(c.Request().Context(), s.site.Half(c.Request()))
	if errors.Is(err, login.ErrHalfOver) {
		return s.goTo(c, "/signin?"+url.Values{"to": {to}}.Encode())
	}
	if err != nil {
		return err
	}
	return s.showCodeForm(c, http.StatusOK, to, "")
}

// showCodeForm shows the form of the code, with what is wrong with it.
func (s *Server) showCodeForm(c echo.Context, status int, to, wrong string) error {
	code := codeField(c, "signin.code_hint", wrong)
	page := web.SignIn{To: to, Code: &code}
	return s.show(c, status, "signin", web.View{Title: say(c, "signin.code_title"), Page: page})
}

// codeField is an input of a code, with what is wrong with it.
func codeField(c echo.Context, hint, wrong string) web.Field {
	return web.Field{Name: "code", Label: say(c, "signin.code"), Hint: say(c, hint), Autocomplete: "one-time-code",
		Mode: "numeric", Mono: true, Required: true, Error: wrong}
}

// sendCode begins a session with the code.
func (s *Server) sendCode(c echo.Context) error {
	r, to := c.Request(), localPath(c.FormValue("to"))
	token, err := s.bridge.Login.SendCode(r.Context(), s.site.Half(r), c.FormValue("code"))
	if errors.Is(err, login.ErrHalfOver) {
		return s.showSignIn(c, http.StatusUnauthorized, to, say(c, "signin.half_over"))
	}
	if said, status := signInProblem(c, err); said != "" {
		return s.showCodeForm(c, status, to, said)
	}
	if err != nil {
		return err
	}
	return s.letIn(c, login.Pass{Session: token}, to)
}

// signInProblem is what a person is told whose password or code was not taken; "" if the error
// is another one. Programs are told when to try again.
func signInProblem(c echo.Context, err error) (text string, status int) {
	_, soon := errors.AsType[*login.TooSoon](err)
	if !soon && !errors.Is(err, login.ErrWrongPassword) && !errors.Is(err, login.ErrWrongCode) {
		return "", 0
	}
	if soon {
		c.Response().Header().Set(echo.HeaderRetryAfter, failure.RetryAfter(err))
	}
	d := failure.Explain(err)
	return locale.Text(lang(c), "http."+d.Code, map[string]string{"seconds": failure.RetryAfter(err)}), d.Status
}

// signOut ends this session.
func (s *Server) signOut(c echo.Context) error {
	p, _ := visit.Person(c)
	if err := s.bridge.Login.SignOut(c.Request().Context(), p); err != nil {
		return err
	}
	s.site.EndSession(c)
	return s.goTo(c, "/signin")
}

// SetupPath is where a set-up link leads, below the panel's own URL.
func SetupPath(token string) string { return "/setup/" + token }

// setupPage is where a set-up link leads. Only sending the form uses the link
// up, so whoever just looks at links, as messengers do, does no harm.
func (s *Server) setupPage(c echo.Context) error {
	return s.showSetup(c, http.StatusOK, "", "")
}

// showSetup shows the form of a set-up link, with what is wrong with each field.
func (s *Server) showSetup(c echo.Context, status int, wrong, wrongAgain string) error {
	user, err := s.bridge.Login.UserOfLink(c.Request().Context(), c.Param("token"))
	if err != nil {
		return err
	}
	page := web.Setup{
		Action:   SetupPath(c.Param("token")),
		Name:     user.Name,
		Text:     say(c, "setup.text_"+string(user.Role), "name", user.Name),
		Password: passwordField(c, "password", "setup.password", newPassword, wrong),
		Again:    passwordField(c, "again", "setup.again", newPassword, wrongAgain),
	}
	page.Password.Hint = say(c, "setup.hint", "min", itoa(login.MinPassword))
	return s.show(c, status, "setup", web.View{Title: say(c, "setup.title"), Page: page})
}

// setup sets the password with a set-up link and signs in.
func (s *Server) setup(c echo.Context) error {
	password := c.FormValue("password")
	if wrong := wrongPassword(c); len(wrong) > 0 {
		return s.showSetup(c, http.StatusUnprocessableEntity, wrong["password"], wrong["again"])
	}
	pass, err := s.bridge.Login.UseLink(c.Request().Context(), c.Param("token"), password)
	if err != nil {
		return err
	}
	return s.letIn(c, pass, "/")
}

// wrongPassword is all that is wrong with a new password and its repetition, by field.
func wrongPassword(c echo.Context) map[string]string {
	wrong := map[string]string{}
	password := c.FormValue("password")
	if bad := login.CheckPassword(password); bad.Code != "" {
		wrong["password"] = locale.Problem(lang(c), bad.Code, bad.Args)
	}
	if password != c.FormValue("again") {
		wrong["again"] = say(c, "setup.differ")
	}
	return wrong
}
