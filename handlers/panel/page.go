package panel

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/locale"
)

// langCookie remembers the language that a person chose.
const langCookie = "ineed_lang"

// newPages makes the pages below a path prefix.
func newPages(base string) *web.Pages {
	words := map[string]web.Words{}
	for _, lang := range []string{locale.Russian, locale.English} {
		words[lang] = func(id string, args ...string) string { return locale.Text(lang, "panel."+id, pairs(args)) }
	}
	return web.New(web.Config{Base: base, Words: words, Number: locale.Number})
}

// pairs makes a map of names and values in turn.
func pairs(args []string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
	}
	return m
}

// goTo sends the browser to another page of the panel.
func (s *Server) goTo(c echo.Context, to string) error {
	return c.Redirect(http.StatusSeeOther, s.site.Base()+to)
}

// lang is the language of a person: the one that was chosen, else Russian.
func lang(c echo.Context) string {
	cookie, err := c.Cookie(langCookie)
	if err == nil && cookie.Value == locale.English {
		return locale.English
	}
	return locale.Russian
}

// say is a text of the panel in the language of whoever looks.
func say(c echo.Context, id string, args ...string) string {
	return locale.Text(lang(c), "panel."+id, pairs(args))
}

// show answers with a page.
func (s *Server) show(c echo.Context, status int, page string, v web.View) error {
	r := c.Request()
	v.Lang, v.Theme, v.Here, v.Foreign = lang(c), theme(c), r.URL.RequestURI(), foreign(r)
	if r.Method != http.MethodGet { // the same page is seen by its address
		v.Here = r.URL.Path
	}
	for code, title := range map[string]string{locale.Russian: "Русский", locale.English: "English"} {
		if code != v.Lang {
			to := "/language/" + code + "?" + url.Values{"to": {v.Here}}.Encode()
			v.Switch = append(v.Switch, web.Switch{Lang: code, Title: title, To: to})
		}
	}
	p, signedIn := visit.Person(c)
	v.SignedIn, v.Owner = signedIn, p.Owner()
	if v.SignedIn {
		// That it cannot be counted is no reason to show no page.
		v.Waiting, _ = s.bridge.Waiting(r.Context())
		v.Unseen, _ = s.bridge.Unseen(r.Context())
	}
	v.Keys = keysOf(c)
	s.within(c, &v)
	if done := c.QueryParam("done"); done != "" {
		if text := say(c, "done."+done); text != "panel.done."+done {
			v.Notes = append([]web.Note{{Kind: web.NoteGood, Text: text}}, v.Notes...)
		}
	}
	body, err := s.pages.Render(page, v)
	if err != nil {
		return err
	}
	return s.sendPage(c, status, body)
}

// localPath is a path of the panel that a browser gave back to us; "/" for
// anything that leads elsewhere.
func localPath(to string) string {
	u, err := url.Parse(to)
	switch {
	case err != nil, u.IsAbs(), u.Host != "",
		!strings.HasPrefix(to, "/"), strings.HasPrefix(to, "//"), strings.ContainsAny(to, "\\\r\n\t"):
		return "/"
	}
	return to
}

// setLanguage remembers a language and goes back.
func (s *Server) setLanguage(c echo.Context) error {
	language := c.Param("lang")
	if language != locale.Russian && language != locale.English {
		return echo.ErrNotFound
	}
	s.site.SetCookie(c, langCookie, language, 365*24*60*60)
	return s.goTo(c, localPath(c.QueryParam("to")))
}

// getAsset answers with a file that pages refer to. A browser may keep it for as
// long as it likes, because a file with other content has another name.
func (s *Server) getAsset(c echo.Context) error {
	a, ok := s.pages.Asset(c.Param("name"))
	if !ok {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if visit.TakesGzip(c.Request().Header) {
		h.Set(echo.HeaderContentEncoding, "gzip")
		return c.Blob(http.StatusOK, a.Type, a.Packed())
	}
	return c.Blob(http.StatusOK, a.Type, a.Body)
}
