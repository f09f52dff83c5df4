package panel

import (
	"maps"
	"regexp"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// How things look on pages: times, problems and states in the words of whoever
// reads.

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

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// lasting is a duration as people say it, in its largest unit.
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

// ago is how long something is past.
func ago(c echo.Context, t time.Time) string {
	if time.Since(t) < 5*time.Second {
		return say(c, "time.just_now")
	}
	return say(c, "time.ago", "time", lasting(c, time.Since(t)))
}

// told is a problem in words; "" for none.
func tell(c echo.Context, p *storage.Problem) string {
	if p == nil {
		return ""
	}
	return locale.Problem(lang(c), p.Code, legibleArgs(lang(c), p.Args))
}

// sumLike is a sum as it stands in arguments.
var sumLike = regexp.MustCompile(`^-?[0-9]+\.[0-9]{1,2}$`)

// legibleArgs gives arguments as people write them: sums, days and kinds of
// methods.
func legibleArgs(lang string, args map[string]string) map[string]string {
	out := maps.Clone(args)
	for name, v := range out {
		switch name {
		case "price": // its text has the currency
			if sumLike.MatchString(v) {
				out[name] = strings.TrimSuffix(roublesIn(lang, v), "\u00a0₽")
				continue
			}
		case "asked", "created", "amount", "total", "computed":
			if sumLike.MatchString(v) {
				out[name] = roublesIn(lang, v)
				continue
			}
		case "kind", "type":
			out[name] = kindOf(lang, v)
			continue
		}
		if day, err := time.Parse(time.DateOnly, v); err == nil {
			out[name] = day.Format("02.01.2006")
		}
	}
	return out
}

// statusWord is a status of an order as people say it; "" for none.
func statusWord(c echo.Context, status string) string {
	if status == "" {
		return ""
	}
	if text := locale.Text(lang(c), "status."+status, nil); text != "status."+status {
		return text
	}
	return status
}

// kindOf is the kind of a payment or delivery method in words; one that is not
// known, without the name of its family.
func kindOf(lang, kind string) string {
	family, last, found := strings.Cut(kind, "::")
	if !found {
		return kind
	}
	id := "kind." + family + "." + last
	if text := locale.Text(lang, id, nil); text != id {
		return text
	}
	return last
}

// price is a sum without the digits that say nothing.
func price(text string) string {
	for _, zeros := range []string{".00", ".0"} {
		text = strings.TrimSuffix(text, zeros)
	}
	return text
}

// roubles is a sum as people write it: 3 180 ₽, and in Russian 0,50 ₽; "" for
// none.
func roubles(c echo.Context, text string) string { return roublesIn(lang(c), text) }

func roublesIn(lang, text string) string {
	if text == "" {
		return ""
	}
	whole, rest, _ := strings.Cut(price(text), ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "\u00a0" + whole[i:]
	}
	if rest != "" {
		if len(rest) == 1 {
			rest += "0"
		}
		whole += map[string]string{locale.Russian: ",", locale.English: "."}[lang] + rest
	}
	return whole + "\u00a0₽"
}
