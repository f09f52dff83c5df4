package handlers

import (
	"crypto/rand"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge"
)

// A form that is sent after the session has ended is kept until its sender has
// signed in again, who then says whether it is to be sent after all. Only of a
// browser that has signed in before is one kept, or even read.
//
// It is bound to the browser by a cookie, not to a link: else whoever is not
// signed in could make a form and have the admin send it. It never stands in a
// page, secrets included.
const (
	formCookie  = "ineed_form"
	formLife    = 30 * time.Minute
	mostForms   = 20
	largestForm = 64 << 10
	allForms    = 512 << 10
)

// A typedForm is one that waits for its sender.
type typedForm struct {
	path   string // where it was sent, with its query
	title  string // id of the text that says which form it is
	values string // as they stand in a body: much smaller than taken apart
	until  time.Time
}

func (f typedForm) size() int { return len(f.path) + len(f.values) }

// typedForms are all that wait.
type typedForms struct {
	mu   sync.Mutex
	of   map[string]typedForm
	size int
}

// keep gives a name for a form. Those that end first make room.
func (t *typedForms) keep(f typedForm, now time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[string]typedForm{}
	}
	for name, other := range t.of {
		if now.After(other.until) {
			t.remove(name)
		}
	}
	for len(t.of) > 0 && (len(t.of) >= mostForms || t.size+f.size() > allForms) {
		ends := func(a, b string) int { return t.of[a].until.Compare(t.of[b].until) }
		t.remove(slices.MinFunc(slices.Collect(maps.Keys(t.of)), ends))
	}
	name := rand.Text()
	t.of[name] = f
	t.size += f.size()
	return name
}

func (t *typedForms) remove(name string) {
	t.size -= t.of[name].size()
	delete(t.of, name)
}

// get gives a form by its name.
func (t *typedForms) get(name string, now time.Time) (typedForm, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, ok := t.of[name]
	return f, ok && now.Before(f.until)
}

func (t *typedForms) drop(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(name)
}

// typed is private for a page whose form holds what a person has typed: it is
// not lost if the session has ended meanwhile. The title says which form it is.
func (s *Server) typed(title string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		signedIn := s.private(next)
		return func(c echo.Context) error {
			r := c.Request()
			if !errors.Is(s.site.SignedIn(c), bridge.ErrSignedOut) || !fromBrowser(r) || s.site.Browser(r) == "" {
				return signedIn(c)
			}
			visit.Proven(c)
			s.asPage(c, largestForm)
			if err := readForm(c); err != nil {
				return err
			}
			now := time.Now()
			f := typedForm{path: r.URL.RequestURI(), title: title, values: r.PostForm.Encode(), until: now.Add(formLife)}
			name := s.forms.keep(f, now)
			s.site.SetCookie(c, formCookie, name, int(formLife.Seconds()))
			return s.goTo(c, "/signin?to=%2Fresume")
		}
	}
}

// fromBrowser reports whether one has sent the form from a page.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get(echo.HeaderOrigin) != "" || r.Header.Get("Sec-Fetch-Site") == "same-origin"
}

// waitingForm is the form that this browser's sender left.
func (s *Server) waitingForm(c echo.Context) (typedForm, string, bool) {
	cookie, err := c.Cookie(formCookie)
	if err != nil {
		return typedForm{}, "", false
	}
	f, ok := s.forms.get(cookie.Value, time.Now())
	return f, cookie.Value, ok
}

// resumePage asks whether a form is to be sent after all.
func (s *Server) resumePage(c echo.Context) error {
	f, _, ok := s.waitingForm(c)
	if !ok {
		return s.goTo(c, "/")
	}
	page := web.Resume{Text: say(c, "resume.text", "page", say(c, f.title)), Send: say(c, "resume.send"), Drop: say(c, "resume.drop")}
	return s.show(c, http.StatusOK, "resume", web.View{Title: say(c, "resume.title"), Page: page})
}

// resume sends the form as if it came now, or forgets it.
func (s *Server) resume(c echo.Context) error {
	f, name, ok := s.waitingForm(c)
	s.forms.drop(name)
	s.site.SetCookie(c, formCookie, "", -1)
	if !ok {
		return s.goTo(c, "/")
	}
	if c.FormValue("do") != "send" {
		path, _, _ := strings.Cut(f.path, "?")
		return s.goTo(c, backFrom(path))
	}
	to, err := url.Parse(f.path)
	if err != nil {
		return err
	}
	r := c.Request().Clone(c.Request().Context())
	r.URL, r.RequestURI = to, f.path
	r.Form, r.PostForm = nil, nil
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(f.values)), int64(len(f.values))
	r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationForm)
	r.Header.Set(echo.HeaderContentLength, strconv.Itoa(len(f.values)))
	s.public.ServeHTTP(c.Response(), r)
	return nil
}

// backFrom is the page that has the form which is sent to a path.
func backFrom(path string) string {
	switch {
	case path == "/companies":
		return "/companies/new"
	case strings.HasPrefix(path, "/notify/"):
		return "/notify"
	}
	return path
}
