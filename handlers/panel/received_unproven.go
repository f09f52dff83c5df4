package panel

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/locale"
)

// What proves nothing stands last on the page and folded: anybody can send it. It is shown
// because a chat that is being connected sends it, too, with a wrong token or signature,
// and then the person sees that it arrives, and why it is not believed.

// unprovenOnPage is how much of it is shown; the rest is in the API.
const unprovenOnPage = 20

// listenHours is for how long a person listens who presses the button.
const listenHours = 24

// unproven is what came to the company's address and did not prove its sender.
func (s *Server) unproven(c echo.Context, desk *order.Desk, shown *shownBodies) *web.Unproven {
	list, until := desk.Unproven()
	to := companyTo(desk.ID(), "/received")
	out := &web.Unproven{Text: say(c, "received.deaf"), Open: !until.IsZero()}
	act := web.Button{To: to, Name: "listen", Value: itoa(listenHours), Title: say(c, "received.listen")}
	if out.Open {
		out.Text = say(c, "received.listens", "until", s.when(c, until))
		act.Value, act.Title = "0", say(c, "received.listen_end")
	}
	out.Acts = []web.Button{act}
	if len(list) > 0 {
		out.Acts = append(out.Acts, web.Button{To: to, Name: "forget", Value: "true", Title: say(c, "received.forget")})
	}
	for i, u := range list[:min(len(list), unprovenOnPage)] {
		item := web.Delivery{ID: "unproven-" + itoa(i), Time: s.when(c, u.At), Stamp: s.stamp(u.At),
			Reason: locale.Text(lang(c), "refusal."+u.Reason, nil),
			Facts: facts(c, "received",
				fact{"method", visible(u.Method), ""},
				fact{"kind", visible(u.ContentType), ""},
				fact{"headers", visible(strings.Join(u.Headers, ", ")), ""},
				fact{"size", say(c, "received.bytes", "n", itoa64(u.Size)), ""},
			)}
		if len(u.Body) > 0 {
			cut := false
			if item.Text, cut = shown.body(u.Body); cut || u.Size > int64(len(u.Body)) {
				item.Cut = say(c, "wire.body_cut", "n", itoa64(u.Size))
			}
		}
		out.Items = append(out.Items, item)
	}
	return out
}

// listen has the bodies of what proves nothing kept for a while, or no longer, or forgets
// all of it.
func (s *Server) listen(c echo.Context, desk *order.Desk) error {
	if c.FormValue("forget") != "" {
		desk.ForgetUnproven()
		return s.goTo(c, companyTo(desk.ID(), "/received?done=forgotten#unproven"))
	}
	hours, err := strconv.Atoi(c.FormValue("listen"))
	if err != nil || hours < 0 || hours > listenHours {
		return echo.ErrNotFound
	}
	desk.Listen(time.Duration(hours) * time.Hour)
	return s.goTo(c, companyTo(desk.ID(), "/received#unproven"))
}
