package panel

import (
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/locale"
)

// Times and durations as people say them.

// when is a time as people write it, in the panel's zone; "" for none.
func (s *Server) when(c echo.Context, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(s.timeZone)
	now := time.Now().In(s.timeZone)
	switch day := now.AddDate(0, 0, -1); {
	case sameDay(t, now):
		return say(c, "time.today", "at", t.Format("15:04"))
	case sameDay(t, day):
		return say(c, "time.yesterday", "at", t.Format("15:04"))
	}
	return t.Format("02.01.2006, 15:04")
}

// stamp is a time for machines, in the panel's zone.
func (s *Server) stamp(t time.Time) string { return t.In(s.timeZone).Format(time.RFC3339) }

// moment is a time as people write it, and for machines; nothing for none.
func (s *Server) moment(c echo.Context, t time.Time) web.Moment { return s.momentOf(t, s.when(c, t)) }

// agoMoment is how long ago something was, and when.
func (s *Server) agoMoment(c echo.Context, t time.Time) web.Moment { return s.momentOf(t, ago(c, t)) }

// sinceMoment is how long something has lasted, and since when.
func (s *Server) sinceMoment(c echo.Context, t time.Time) web.Moment {
	m := s.momentOf(t, lasting(c, time.Since(t)))
	m.Since = true
	return m
}

// momentOf is a time in words of ours; nothing for none.
func (s *Server) momentOf(t time.Time, text string) web.Moment {
	if t.IsZero() {
		return web.Moment{}
	}
	return web.Moment{Text: text, Stamp: s.stamp(t)}
}

// day is the day of a time as people say it: today, yesterday, 12 October.
func (s *Server) day(c echo.Context, t time.Time) string {
	t = t.In(s.timeZone)
	now := time.Now().In(s.timeZone)
	switch {
	case sameDay(t, now):
		return say(c, "day.today")
	case sameDay(t, now.AddDate(0, 0, -1)):
		return say(c, "day.yesterday")
	}
	day := say(c, "day.month"+itoa(int(t.Month())), "day", itoa(t.Day()))
	if t.Year() != now.Year() {
		day += " " + itoa(t.Year())
	}
	return day
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// lasting is a duration as a sentence has it, in its largest unit: ждёт 21 минуту.
func lasting(c echo.Context, d time.Duration) string { return lastingIn(lang(c), d) }

// inUnits is a duration in its largest unit.
func inUnits(d time.Duration) (unit string, n int) {
	switch {
	case d < time.Second:
		return "moment", 0
	case d < time.Minute:
		return "seconds", int(d.Seconds())
	case d < time.Hour:
		return "minutes", int(d.Minutes())
	case d < 48*time.Hour:
		return "hours", int(d.Hours())
	}
	return "days", int(d.Hours() / 24)
}

// ago is how long ago something was.
func ago(c echo.Context, t time.Time) string {
	if time.Since(t) < 5*time.Second {
		return say(c, "time.just_now")
	}
	return say(c, "time.ago", "time", away(c, time.Since(t)))
}

// away is how far away a time is: минуту, 21 минуту.
func away(c echo.Context, d time.Duration) string {
	if unit, n := inUnits(d); n == 1 {
		return say(c, "time.one."+unit)
	}
	return lasting(c, d)
}

// length is a duration that stands alone: 21 минута.
func length(c echo.Context, d time.Duration) string {
	unit, n := inUnits(d)
	return say(c, "length."+unit, "n", itoa(n))
}

// lastingIn is a duration in words of a language.
func lastingIn(lang string, d time.Duration) string {
	id, n := inUnits(d)
	return locale.Text(lang, "panel.time."+id, map[string]string{"n": itoa(n)})
}
