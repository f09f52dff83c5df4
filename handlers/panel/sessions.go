package panel

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/storage"
)

// sessions are the browsers in which a user has signed in, each with the button that
// ends it. Below the path, /end ends one and /end-all those that are not the one which
// looks.
func (s *Server) sessions(c echo.Context, user int64, path string) (web.Sessions, error) {
	list, err := s.bridge.Login.Sessions(c.Request().Context(), user)
	if err != nil {
		return web.Sessions{}, err
	}
	p, _ := visit.Person(c)
	var out web.Sessions
	others := 0
	for _, one := range list {
		row := web.Session{Agent: agentName(c, one.Agent), Address: one.Address, Since: s.moment(c, one.CreatedAt),
			Last: s.moment(c, one.SeenAt), Current: one.ID == p.Session,
			End: web.Button{To: path + "/end", Name: "session", Value: itoa64(one.ID), Title: say(c, "sessions.end"),
				Look: "small"}}
		if row.Current {
			row.End.To, row.End.Title = "/signout", say(c, "signout")
		} else {
			others++
		}
		out.Rows = append(out.Rows, row)
	}
	if others > 0 {
		title := "sessions.end_all"
		if user == p.ID {
			title = "sessions.end_others"
		}
		out.EndAll = &web.Button{To: path + "/end-all", Title: say(c, title)}
	}
	return out, nil
}

// endSessionOf ends the session of a user that the form names, and goes back.
func (s *Server) endSessionOf(c echo.Context, user int64, back string) error {
	id, err := strconv.ParseInt(c.FormValue("session"), 10, 64)
	if err != nil {
		return echo.ErrNotFound
	}
	if err := s.bridge.Login.EndSession(c.Request().Context(), user, id); err != nil {
		return err
	}
	return s.goTo(c, back+"?done=session")
}

// endOtherSessionsOf ends all sessions of a user but the one that asks for it, and goes back.
func (s *Server) endOtherSessionsOf(c echo.Context, user int64, back string) error {
	p, _ := visit.Person(c)
	if err := s.bridge.Login.EndSessions(c.Request().Context(), user, p.Session); err != nil {
		return err
	}
	return s.goTo(c, back+"?done=sessions")
}

// agentName is a browser and where it runs, in the fewest words that tell one from
// another. Browsers claim to be each other, so the order counts.
func agentName(c echo.Context, agent string) string {
	name := firstPart(agent, "YaBrowser/", "Yandex", "Edg", "Edge", "OPR/", "Opera",
		"SamsungBrowser/", "Samsung Internet", "Firefox/", "Firefox", "FxiOS/", "Firefox",
		"CriOS/", "Chrome", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := firstPart(agent, "iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows",
		"Mac OS X", "macOS", "CrOS", "ChromeOS", "Linux", "Linux")
	if name == "" && system == "" {
		return say(c, "sessions.unknown")
	}
	return join(", ", name, system)
}

// firstPart gives the name behind the first of the parts that a text has; "" if it has
// none. Parts and names stand in turn.
func firstPart(text string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.Contains(text, pairs[i]) {
			return pairs[i+1]
		}
	}
	return ""
}

// userState says whether a user can sign in, or waits for a link to be used.
func (s *Server) userState(c echo.Context, u storage.User) web.Badge {
	switch {
	case len(u.Password) > 0:
		return web.Badge{Kind: web.NoteGood, Text: say(c, "people.able")}
	case len(u.Setup) == 0:
		return web.Badge{Kind: web.NoteBad, Text: say(c, "people.unable")}
	case time.Now().After(u.SetupUntil):
		return web.Badge{Kind: web.NoteBad, Text: say(c, "people.late")}
	}
	until := s.momentOf(u.SetupUntil, s.until(u.SetupUntil))
	return web.Badge{Kind: web.NoteWarn, Text: say(c, "people.invited", "until", until.Text), When: until}
}

// until is a time to come.
func (s *Server) until(t time.Time) string { return t.In(s.timeZone).Format("02.01.2006, 15:04") }
