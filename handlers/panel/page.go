package panel

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/gate"
	"ineed-insales/internal/locale"
)

// keyPerson is where an echo.Context keeps that a person looks at the answer.
const keyPerson = "person"

// langCookie remembers the language that a person chose.
const langCookie = "ineed_lang"

// contentPolicy allows what the pages have and nothing else.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// newPages makes the pages below a path prefix.
func newPages(base string) *web.Pages {
	words := map[string]web.Words{}
	for _, lang := range []string{locale.Russian, locale.English} {
		words[lang] = func(id string, args ...string) string { return locale.Text(lang, "panel."+id, pairs(args)) }
	}
	return web.New(web.Config{Base: base, Words: words})
}

// pairs makes a map of names and values in turn.
func pairs(args []string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
	}
	return m
}

// asPage makes a request one for a page: errors are shown, forms are bounded.
func (s *Server) asPage(c echo.Context, most int64) {
	ForPerson(c)
	s.panelHeaders(c)
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, most)
}

// open is for pages that everybody may see.
func (s *Server) open(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.asPage(c, maxOpenForm)
		s.site.Acting(c, "")
		if err := s.site.Check(c.Request()); err != nil {
			return err
		}
		if err := readForm(c); err != nil {
			return err
		}
		return next(c)
	}
}

// private is for pages of the signed-in admin. Others are sent to sign in, and
// from there to where they wanted to go.
func (s *Server) private(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.asPage(c, maxForm)
		r := c.Request()
		err := s.site.SignedIn(c)
		if errors.Is(err, bridge.ErrSignedOut) {
			to := "/signin"
			if back := s.comingFrom(r); back != "/" {
				to += "?" + url.Values{"to": {back}}.Encode()
			}
			return s.goTo(c, to)
		}
		if err != nil {
			return err
		}
		s.site.Acting(c, visit.ByAdmin)
		if err := readForm(c); err != nil {
			return err
		}
		return next(c)
	}
}

// comingFrom is the page that a person was on, or wanted to see: of a form that
// was sent the page that has it.
func (s *Server) comingFrom(r *http.Request) string {
	if r.Method == http.MethodGet {
		return localPath(r.URL.RequestURI())
	}
	return localPath(s.site.Referer(r))
}

// maxForm bounds what a page may send: the settings of a company with room.
const maxForm = 1 << 20

// maxOpenForm bounds the forms that everybody may send: a password twice, and
// where to go.
const maxOpenForm = 4 << 10

// readForm reads the form of a page, if one was sent. Without it net/http makes
// empty fields of one that is too large or cut off.
func readForm(c echo.Context) error {
	err := c.Request().ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return failure.ErrTooLarge
	}
	if errors.Is(err, gate.ErrCrowded) {
		return err
	}
	if err != nil {
		return errors.Join(failure.ErrIncomplete, err)
	}
	return nil
}

// panelHeaders are the same for all pages. The referrer stays within the panel:
// without any, browsers would not tell us the origin of a form either.
func (s *Server) panelHeaders(c echo.Context) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	if s.site.Secure(c.Request()) { // else browsers ignore it, and say so each time
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set(echo.HeaderCacheControl, "no-store")
}

// goTo sends the browser to another page of the panel.
func (s *Server) goTo(c echo.Context, to string) error {
	return c.Redirect(http.StatusSeeOther, s.site.Base()+to)
}

// lang is the language of a person: what was chosen, else Russian.
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
	v.Lang, v.Here = lang(c), r.URL.RequestURI()
	if r.Method != http.MethodGet { // the same page is seen by its address
		v.Here = r.URL.Path
	}
	for code, title := range map[string]string{locale.Russian: "Русский", locale.English: "English"} {
		if code != v.Lang {
			to := "/language/" + code + "?" + url.Values{"to": {v.Here}}.Encode()
			v.Switch = append(v.Switch, web.Switch{Lang: code, Title: title, To: to})
		}
	}
	v.SignedIn = visit.By(c) == visit.ByAdmin
	if v.SignedIn {
		// That it cannot be counted is no reason to show no page.
		v.Waiting, _ = s.bridge.Waiting(r.Context())
		v.Unseen, _ = s.bridge.Unseen(r.Context())
	}
	if done := c.QueryParam("done"); done != "" {
		if text := say(c, "done."+done); text != "panel.done."+done {
			v.Notes = append([]web.Note{{Kind: web.NoteGood, Text: text}}, v.Notes...)
		}
	}
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	c.Response().WriteHeader(status)
	return s.pages.Render(c.Response(), page, v)
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

// getAsset answers with a file that pages refer to, for as long as a browser
// likes to keep it: another content has another name.
func (s *Server) getAsset(c echo.Context) error {
	a, ok := s.pages.Asset(c.Param("name"))
	if !ok {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	return c.Blob(http.StatusOK, a.Type, a.Body)
}

// ForPerson notes that a person looks at the answer, so that an error is a page.
func ForPerson(c echo.Context) { c.Set(keyPerson, true) }

// WantsPage reports whether an error is for a person who looks at the panel: at
// one of its pages, or at a path that does not exist.
func WantsPage(c echo.Context) bool {
	person, _ := c.Get(keyPerson).(bool)
	return person || c.Path() == "" && AcceptsPage(c)
}

// AcceptsPage reports whether whoever asks can show a page, as browsers can.
func AcceptsPage(c echo.Context) bool {
	return strings.Contains(c.Request().Header.Get(echo.HeaderAccept), echo.MIMETextHTML)
}

// ShowFailure answers a person with what went wrong.
func (s *Server) ShowFailure(c echo.Context, d api.Failure) error {
	s.panelHeaders(c)
	text := d.Detail
	if t := locale.Text(lang(c), "http."+d.Code, d.Args); t != "http."+d.Code {
		text = t
	}
	if t := locale.Problem(lang(c), d.Code, d.Args); t != d.Code {
		text = t
	}
	m := web.Message{Text: text, To: "/", Link: say(c, "message.home")}
	return s.show(c, d.Status, "message", web.View{Title: say(c, "message.title"), Page: m})
}
