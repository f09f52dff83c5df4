package panel

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
)

// The keys that lead through the panel are those of panel.js, and this page names them. Whoever
// dictates or whose hands press keys by chance switches them off (WCAG 2.1.4).

// keysCookie remembers that this browser wants no keys.
const keysCookie = "ineed_keys"

// keysPath is where the keys are named.
const keysPath = "/access/keys"

// keysOff is the value of that cookie.
const keysOff = "off"

// keysOn reports whether the keys work in this browser.
func keysOn(c echo.Context) bool {
	cookie, err := c.Cookie(keysCookie)
	return err != nil || cookie.Value != keysOff
}

// keysPage names the keys, and switches them.
func (s *Server) keysPage(c echo.Context) error {
	page := web.Keys{Title: say(c, "keys.switch_off"), Off: keysOff}
	if !keysOn(c) {
		page = web.Keys{Title: say(c, "keys.switch_on"), Note: say(c, "keys.off")}
	}
	for _, keys := range [][]string{{"/"}, {"g", "o"}, {"g", "h"}, {"?"}} {
		last := keys[len(keys)-1]
		id := map[string]string{"/": "search", "o": "orders", "h": "overview", "?": "list"}[last]
		page.Rows = append(page.Rows, web.KeyRow{Keys: keys, Text: say(c, "keys."+id)})
	}
	return s.show(c, http.StatusOK, "keys", web.View{Title: say(c, "keys.title"), Section: "access", Page: page,
		Trail: []web.Crumb{{Title: say(c, "access.title"), To: "/access"}}})
}

// switchKeys remembers for this browser whether the keys work.
func (s *Server) switchKeys(c echo.Context) error {
	done := "keys_on"
	if c.FormValue("keys") == keysOff {
		s.site.SetCookie(c, keysCookie, keysOff, 365*24*60*60)
		done = "keys_off"
	} else {
		s.site.SetCookie(c, keysCookie, "", -1)
	}
	return s.goTo(c, keysPath+"?done="+done)
}

// keysOf is where the keys are named, for pages on which they work; "" for others.
func keysOf(c echo.Context) string {
	if _, signedIn := visit.Person(c); signedIn && keysOn(c) {
		return keysPath
	}
	return ""
}
