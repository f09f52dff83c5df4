package panel

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/login"
)

// accessPage is the page of the password and the sessions.
func (s *Server) accessPage(c echo.Context) error { return s.showAccess(c, http.StatusOK, nil) }

// showAccess shows the form of another password, with what is wrong by field.
func (s *Server) showAccess(c echo.Context, status int, wrong map[string]string) error {
	p, _ := visit.Person(c)
	sessions, err := s.sessions(c, p.ID, "/access")
	if err != nil {
		return err
	}
	factor, err := s.bridge.Login.Factor(c.Request().Context(), p)
	if err != nil {
		return err
	}
	page := web.Access{
		Code:     codeState(c, factor),
		Tabs:     accessTabs(c, "access"),
		Name:     p.Name,
		Sessions: sessions,
		Themes:   themes(c),
		Old:      passwordField(c, "old", "access.old", currentPassword, wrong["old"]),
		Password: passwordField(c, "password", "access.password", newPassword, wrong["password"]),
		Again:    passwordField(c, "again", "access.again", newPassword, wrong["again"]),
	}
	page.Password.Hint = say(c, "setup.hint", "min", itoa(login.MinPassword))
	return s.show(c, status, "access", web.View{Title: say(c, "access.title"), Section: "access", Page: page})
}

// changePassword sets another password and ends all other sessions.
func (s *Server) changePassword(c echo.Context) error {
	if wrong := wrongPassword(c); len(wrong) > 0 {
		return s.showAccess(c, http.StatusUnprocessableEntity, wrong)
	}
	p, _ := visit.Person(c)
	token, err := s.bridge.Login.ChangePassword(c.Request().Context(), p, c.FormValue("old"), c.FormValue("password"))
	if said, status := signInProblem(c, err); said != "" {
		return s.showAccess(c, status, map[string]string{"old": said})
	}
	if err != nil {
		return err
	}
	s.site.BeginSession(c, token)
	return s.goTo(c, "/access?done=password")
}

// endSession ends one of one's own sessions.
func (s *Server) endSession(c echo.Context) error {
	p, _ := visit.Person(c)
	return s.endSessionOf(c, p.ID, "/access")
}

// endSessions ends all of one's own sessions but this one.
func (s *Server) endSessions(c echo.Context) error {
	p, _ := visit.Person(c)
	return s.endOtherSessionsOf(c, p.ID, "/access")
}
