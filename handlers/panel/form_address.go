package panel

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/storage"
)

// A form that could not be carried out leaves its own address in the bar, and whoever
// presses Enter there, or comes back to it from signing in, asks for it as for a page. So
// the address of every form leads to the page that has the form: the nearest one above it.

// formRoutes gives the address of every form of the panel that is no page itself a way to
// its page. It is called when all routes are there.
func (s *Server) formRoutes(e *echo.Echo) {
	s.homes = map[string]string{}
	pages := map[string]bool{}
	var forms []string
	for _, r := range e.Routes() {
		switch {
		case !ofPanel(r.Path):
		case r.Method == http.MethodGet:
			pages[r.Path] = true
		case r.Method == http.MethodPost:
			forms = append(forms, r.Path)
		}
	}
	slices.Sort(forms)
	for _, form := range forms {
		if pages[form] {
			continue
		}
		home := above(form)
		for !pages[home] {
			home = above(home)
		}
		s.homes[form] = home
		if pages[above(form)+"/:order"] { // an order may have this id, and else orderPage leads on
			continue
		}
		e.GET(form, func(c echo.Context) error { return s.goTo(c, s.formPage(c)) }, s.private)
	}
}

// above is a path without its last segment.
func above(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

// formPage is the page that has the form which is sent to the present address.
func (s *Server) formPage(c echo.Context) string {
	home := s.homes[c.Path()]
	if home == "" {
		home = c.Path()
	}
	segments := strings.SplitAfter(c.Request().URL.EscapedPath(), "/")
	if strings.Contains(home, ":") {
		home = strings.Join(segments[:strings.Count(home, "/")+1], "")
		home = strings.TrimSuffix(home, "/")
	}
	if query := c.Request().URL.RawQuery; query != "" {
		home += "?" + query
	}
	return home
}

// noOrder answers who asked for an order that is not there, at what may be the address of a
// form.
func (s *Server) noOrder(c echo.Context, err error) error {
	home := s.homes[above(c.Path())+"/"+visit.Param(c, "order")]
	if home == "" || !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return s.goTo(c, above(c.Request().URL.EscapedPath()))
}

// ofPanel reports whether a route is one of the panel, and not of those who are no people.
func ofPanel(route string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(route, "/"), "/")
	return !slices.Contains([]string{"api", "webhooks", "feeds", "healthz", "readyz", "metrics", "assets"}, first)
}
