package panel

import (
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/api"
	"ineed-insales/internal/locale"
)

// keyPerson is where an echo.Context keeps that a person looks at the answer.
const keyPerson = "person"

// ForPerson notes that a person looks at the answer, so that an error is a page.
func ForPerson(c echo.Context) { c.Set(keyPerson, true) }

// WantsPage reports whether an error is for a person who looks at the panel: at
// one of its pages, whatever the method, or at a path that does not exist.
func WantsPage(c echo.Context) bool {
	person, _ := c.Get(keyPerson).(bool)
	return person || ofPanel(c.Path()) && AcceptsPage(c)
}

// AcceptsPage reports whether whoever asks can show a page, as browsers can.
func AcceptsPage(c echo.Context) bool {
	return strings.Contains(c.Request().Header.Get(echo.HeaderAccept), echo.MIMETextHTML)
}

// ShowFailure answers a person with what went wrong. Whoever is signed in has the menu
// there, too, and so the way on.
func (s *Server) ShowFailure(c echo.Context, d api.Failure) error {
	s.panelHeaders(c)
	if visit.By(c) == "" {
		_, _ = s.site.SignedIn(c) // notes who it is, if it is anybody
	}
	title, text := say(c, "message.title"), d.Detail
	if t := locale.Text(lang(c), "http."+d.Code, d.Args); t != "http."+d.Code {
		text = t
	}
	if t := locale.Problem(lang(c), d.Code, d.Args); t != d.Code {
		text = t
	}
	id := "message." + d.Code
	if t := say(c, id+"_title"); t != "panel."+id+"_title" {
		title, text = t, say(c, id, "request", c.Response().Header().Get(echo.HeaderXRequestID))
	}
	m := web.Message{Text: text, To: "/", Link: say(c, "message.home")}
	return s.show(c, d.Status, "message", web.View{Title: title, Page: m})
}
