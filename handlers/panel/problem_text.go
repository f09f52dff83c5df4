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

// Problems, statuses and kinds in the words of whoever reads.

// tell is a problem in words; "" for none.
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

// kindOf is the kind of a payment or delivery method in words. A kind that we do
// not know is shown without the name of its family.
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
