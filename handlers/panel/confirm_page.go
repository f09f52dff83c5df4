package panel

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
)

// What cannot be undone is asked about on a page of its own, so that it needs no script: it
// says what will happen and to what, has the button that confirms it, and the way back. A
// route asks by a middleware behind the one that lets people in, and the act itself knows
// nothing of it:
//
//	e.POST(path, s.act, s.private, s.asks(s.aboutAct))
//
// aboutAct gives the question, or none if this form needs none, say because of the button
// that was pressed. The page sends the same form again, with what confirms it. A secret that
// was typed into it does not stand in that page (secret_drafts.go).

// The values of a form that confirm it: that it is meant, what was typed for that, and where
// the way back leads.
const (
	confirmSure = "confirm"
	confirmWord = "confirm_word"
	confirmBack = "confirm_back"

	// What stands before the name of an input whose secret is kept under a name.
	keptPrefix = "kept."
)

// A question is what a person is asked before something is done that cannot be undone.
type question struct {
	section string      // of the menu
	trail   []web.Crumb // with the page on which the button stands
	title   string      // what will be done, and to what
	text    []string    // what comes of it, and what stays; an empty one is left out
	do      string      // what the button says that confirms it
	gentle  bool        // it makes something, and takes nothing away

	// What has to be typed, and how its input is called; "" = nothing has to be.
	word, label string
}

// asks shows the question about what a form would do, and does it once it is confirmed. It
// stands behind private or typed.
func (s *Server) asks(about func(echo.Context) (*question, error)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			q, err := about(c)
			switch {
			case err != nil:
				return err
			case q == nil:
				return next(c)
			case c.FormValue(confirmSure) == "":
				return s.showQuestion(c, http.StatusOK, q, "")
			case q.word != "" && !sameWords(c.FormValue(confirmWord), q.word):
				wrong := say(c, "confirm.other_word", "word", q.word)
				return s.showQuestion(c, http.StatusUnprocessableEntity, q, wrong)
			case !s.fillKept(c.Request().Form):
				return s.goTo(c, s.backOf(c)) // it was asked too long ago
			}
			return next(c)
		}
	}
}

// sameWords reports whether a person has typed what was asked for, however it is spaced.
func sameWords(typed, word string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(typed), " "), strings.Join(strings.Fields(word), " "))
}

// showQuestion asks. Wrong is what is wrong with what was typed.
func (s *Server) showQuestion(c echo.Context, status int, q *question, wrong string) error {
	page := web.Confirm{Action: c.Request().URL.RequestURI(), Do: q.do, Look: "danger", Back: s.backOf(c)}
	if q.gentle {
		page.Look = "primary"
	}
	for _, text := range q.text {
		if text != "" {
			page.Text = append(page.Text, text)
		}
	}
	if q.word != "" {
		page.Word = &web.Field{Name: confirmWord, Label: q.label, Value: c.FormValue(confirmWord),
			Error: wrong, Autocomplete: "off", Required: true}
	}
	page.Values = append(s.carried(c.Request().PostForm),
		web.Value{Name: confirmSure, Value: "yes"}, web.Value{Name: confirmBack, Value: page.Back})
	return s.show(c, status, "confirm", web.View{Title: q.title, Section: q.section, Trail: q.trail, Page: page})
}

// backOf is where a person goes who does not mean it: the page that has the button.
func (s *Server) backOf(c echo.Context) string {
	if back := c.FormValue(confirmBack); back != "" {
		return localPath(back)
	}
	if from := s.comingFrom(c.Request()); from != "/" {
		return from
	}
	return s.formPage(c)
}

// carried are the values of a form as the page of its question holds them.
func (s *Server) carried(form url.Values) []web.Value {
	var list []web.Value
	for name, values := range form {
		for _, value := range values {
			switch {
			case name == confirmSure || name == confirmWord || name == confirmBack:
			case value != "" && secretInput(name, value):
				list = append(list, web.Value{Name: keptPrefix + name, Value: s.drafts.keep(value, time.Now())})
			default:
				list = append(list, web.Value{Name: name, Value: value})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b web.Value) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// secretInput reports whether what was typed into an input must not stand in a page: a
// password, a token, or a URL with one in it.
func secretInput(name, value string) bool {
	switch name {
	case "key_password", "chat_token", "phrase", "password", "again", "old":
		return true
	}
	_, _, password := splitKey(value)
	return password != ""
}

// fillKept puts the secrets back that the page of the question did not hold. It fails if one
// is not kept any more.
func (s *Server) fillKept(form url.Values) bool {
	for kept := range form {
		name, is := strings.CutPrefix(kept, keptPrefix)
		if !is || form.Get(kept) == "" {
			continue
		}
		secret := s.drafts.secret("", form.Get(kept), time.Now())
		if secret == "" {
			return false
		}
		form.Set(name, secret)
	}
	return true
}
