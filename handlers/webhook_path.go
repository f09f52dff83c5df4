package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/panel"
)

// tidyWebhookPaths takes webhooks at URLs that a person has typed or pasted not
// quite right: with a slash or a blank behind, with a slash doubled, or with more
// behind it. A chat may never try again after a 404, and nobody would ever see
// that. The function stands before Echo, which chooses the route by the path.
func tidyWebhookPaths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tidy := tidyPath(r.URL.EscapedPath()); tidy != "" {
			u := *r.URL
			if plain, err := url.PathUnescape(tidy); err == nil {
				u.Path, u.RawPath = plain, tidy
				copied := *r
				copied.URL = &u
				r = &copied
			}
		}
		next.ServeHTTP(w, r)
	})
}

// tidyPath is the escaped path of a webhook as it was meant; "" if the path is right
// already, or is that of something else. Whatever stands behind the company is one
// token, even with slashes in it, so that the webhook is judged and counted for
// that company.
func tidyPath(escaped string) string {
	tidy := escaped
	for strings.Contains(tidy, "//") {
		tidy = strings.ReplaceAll(tidy, "//", "/")
	}
	below, ok := strings.CutPrefix(tidy, "/webhooks/")
	if !ok {
		return ""
	}
	for before := ""; before != below; {
		before = below
		below = strings.TrimRight(below, "/")
		for _, blank := range []string{"%20", "%09", "%0A", "%0a", "%0D", "%0d"} {
			below = strings.TrimSuffix(below, blank)
		}
	}
	parts := strings.SplitN(below, "/", 3)
	if len(parts) == 3 {
		parts[2] = strings.ReplaceAll(parts[2], "/", "%2F")
	}
	if tidy = "/webhooks/" + strings.Join(parts, "/"); tidy == escaped {
		return ""
	}
	return tidy
}

// notPosted tells whoever comes to the URL of a webhook with another method what
// that URL is for. Most often it is a person who wants to see whether it is there.
func notPosted(c echo.Context, err error) error {
	if !errors.Is(err, echo.ErrMethodNotAllowed) || !strings.HasPrefix(c.Path(), "/webhooks/") {
		return err
	}
	if panel.AcceptsPage(c) {
		panel.ForPerson(c)
	}
	if strings.HasPrefix(c.Path(), "/webhooks/insales/") {
		return failure.ErrPostChanges
	}
	return failure.ErrPostOrders
}
