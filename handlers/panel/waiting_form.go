package panel

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
	"ineed-insales/internal/bridge/login"
)

// A form that is sent after the session has ended waits until its sender has signed
// in again, and then says whether the form is to be sent after all. A form is kept,
// and even read, only if its browser has signed in before.
//
// The form is bound to the browser by a cookie, not to a link: otherwise somebody
// who is not signed in could make a form and have the admin send it. What was typed
// into it, secrets included, never stands in a page.
const (
	formCookie  = "ineed_form"
	formLife    = 30 * time.Minute
	mostForms   = 20
	largestForm = 64 << 10
	allForms    = 512 << 10
)

// A waitingForm is a form that waits for its sender.
type waitingForm struct {
	path   string // where it was sent, with its query
	title  string // id of the text that says which form it is
	values string // as they stand in a body: much smaller than taken apart
	until  time.Time
}

func (f waitingForm) size() int { return len(f.path) + len(f.values) }

// waitingForms are all forms that wait.
type waitingForms struct {
	mu   sync.Mutex
	of   map[string]waitingForm // by name
	size int                    // of all of them, in bytes; at most allForms
}

// keep keeps a form and gives its name. Forms that would end first make room for
// it.
func (w *waitingForms) keep(f waitingForm, now time.Time) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of == nil {
		w.of = map[string]waitingForm{}
	}
	for name, other := range w.of {
		if now.After(other.until) {
			w.remove(name)
		}
	}
	for len(w.of) > 0 && (len(w.of) >= mostForms || w.size+f.size() > allForms) {
		ends := func(a, b string) int { return w.of[a].until.Compare(w.of[b].until) }
		w.remove(slices.MinFunc(slices.Collect(maps.Keys(w.of)), ends))
	}
	name := rand.Text()
	w.of[name] = f
	w.size += f.size()
	return name
}

func (w *waitingForms) remove(name string) {
	w.size -= w.of[name].size()
	delete(w.of, name)
}

// get gives a form by its name.
func (w *waitingForms) get(name string, now time.Time) (waitingForm, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, ok := w.of[name]
	return f, ok && now.Before(f.until)
}

func (w *waitingForms) drop(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remove(name)
}

// typed is private for a page whose form holds what a person has typed. If the
// session has ended meanwhile, the form waits. The title says which form it is.
func (s *Server) typed(title string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		signedIn := s.private(next)
		return func(c echo.Context) error {
			r := c.Request()
			_, err := s.site.SignedIn(c)
			if !errors.Is(err, login.ErrSignedOut) || !fromBrowser(r) || s.site.Browser(r) == "" {
				return signedIn(c)
			}
			visit.Proven(c)
			s.asPage(c, largestForm)
			if err := readForm(c); err != nil {
				return err
			}
			now := time.Now()
			f := waitingForm{path: r.URL.RequestURI(), title: title, values: r.PostForm.Encode(),
				until: now.Add(formLife)}
			name := s.forms.keep(f, now)
			s.site.SetCookie(c, formCookie, name, int(formLife.Seconds()))
			return s.goTo(c, "/signin?to=%2Fresume")
		}
	}
}

// fromBrowser reports whether a browser has sent the form from a page of ours.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get(echo.HeaderOrigin) != "" || r.Header.Get("Sec-Fetch-Site") == "same-origin"
}

// formOfVisitor is the form that waits for whoever uses this browser.
func (s *Server) formOfVisitor(c echo.Context) (waitingForm, string, bool) {
	cookie, err := c.Cookie(formCookie)
	if err != nil {
		return waitingForm{}, "", false
	}
	f, ok := s.forms.get(cookie.Value, time.Now())
	return f, cookie.Value, ok
}

// resumePage asks whether a form is to be sent after all.
func (s *Server) resumePage(c echo.Context) error {
	f, _, ok := s.formOfVisitor(c)
	if !ok {
		return s.goTo(c, "/")
	}
	page := web.Resume{Text: say(c, "resume.text", "page", say(c, f.title)),
		Send: say(c, "resume.send"), Drop: say(c, "resume.drop")}
	return s.show(c, http.StatusOK, "resume", web.View{Title: say(c, "resume.title"), Page: page})
}

// resume sends the form as if it came now, or forgets it.
func (s *Server) resume(c echo.Context) error {
	f, name, ok := s.formOfVisitor(c)
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
	s.engine.ServeHTTP(c.Response(), r)
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
