package panel

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/legible"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// orderEvent is one entry of the history.
func (s *Server) orderEvent(c echo.Context, e storage.Event) (out web.OrderEvent, err error) {
	args, at := s.atTime(c, legibleArgs(lang(c), e.Args))
	out.When = at
	if by := args["by"]; by != "" {
		args["by"] = actorName(c, by)
	}
	if came, err := time.Parse(time.RFC3339, args["came"]); err == nil {
		out.When = s.moment(c, came)
		args["came"] = out.When.Text
	}
	out.Time, out.Stamp = e.At.In(s.timeZone).Format("15:04:05"), s.stamp(e.At)
	out.Text = locale.Event(lang(c), e.Kind, args)
	for _, name := range []string{"message", "insales_id"} {
		if v := e.Args[name]; v != "" && !strings.Contains(out.Text, v) {
			out.Args = append(out.Args, web.Fact{Name: say(c, "event."+name), Value: v})
		}
	}
	request, answer, err := e.Texts()
	out.Request, out.Answer = spread(request), spread(answer)
	return out, err
}

// spread is a text as it came, with a line for each member if it is JSON. What
// cannot be seen in it is written out or left out.
func spread(text string) string {
	if json.Valid([]byte(text)) {
		return pretty(json.RawMessage(text))
	}
	return legible.Text(text)
}
