package panel

import (
	"slices"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/web"
)

// themeCookie remembers the theme that a person chose for this browser.
const themeCookie = "ineed_theme"

// asSystem is the theme that the browser's system has.
const asSystem = "system"

// theme is the theme that was chosen; "" = the system's.
func theme(c echo.Context) string {
	cookie, err := c.Cookie(themeCookie)
	if err != nil || cookie.Value != "light" && cookie.Value != "dark" {
		return ""
	}
	return cookie.Value
}

// themes are the themes to choose from.
func themes(c echo.Context) []web.Option {
	now := theme(c)
	return []web.Option{
		{Value: asSystem, Title: say(c, "theme.system"), Selected: now == ""},
		{Value: "light", Title: say(c, "theme.light"), Selected: now == "light"},
		{Value: "dark", Title: say(c, "theme.dark"), Selected: now == "dark"},
	}
}

// setTheme remembers a theme for this browser.
func (s *Server) setTheme(c echo.Context) error {
	chosen := c.FormValue("theme")
	if !slices.ContainsFunc(themes(c), func(o web.Option) bool { return o.Value == chosen }) {
		return failure.ErrIncomplete
	}
	s.site.SetCookie(c, themeCookie, chosen, 365*24*60*60)
	return s.goTo(c, "/access?done=theme")
}
