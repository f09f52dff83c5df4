package panel

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/probe"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// The page of a probe says first what only reading does and what an order of the probe
// would leave in the shop for a moment, and asks for a tick before it. Then it shows
// what was found, what is otherwise first, because only that asks something of a
// person. While a probe runs the page renews itself, and has nothing on it that can
// be typed into or unfolded, so that nobody loses their place.

// verdicts are the groups of what was found, in the order in which people read them,
// with their looks.
var verdicts = []struct {
	verdict, kind, mark string
	folded              bool
}{
	{storage.ProbeOtherwise, web.NoteWarn, "!", false},
	{storage.ProbeUnknown, "", "?", false},
	{storage.ProbeAsAssumed, web.NoteGood, "✓", true},
	{storage.ProbeNotTried, "", "–", true},
}

// A probeForm is what a person has typed to begin a probe.
type probeForm struct {
	writes  bool
	contact probe.Contact
	bad     *problem.Invalid // what is wrong with the contact; nil = nothing
}

// prober gives what tries the shop of the company that a path names.
func (s *Server) prober(c echo.Context) (*probe.Prober, error) {
	return s.bridge.Prober(visit.Param(c, "company"))
}

// probePage shows what a probe would do, and what the last one has found.
func (s *Server) probePage(c echo.Context) error {
	prober, err := s.prober(c)
	if err != nil {
		return err
	}
	return s.showProbe(c, http.StatusOK, prober, probeForm{}, nil)
}

// startProbePage begins a probe. What is typed for the client of its orders counts
// only with the tick.
func (s *Server) startProbePage(c echo.Context) error {
	prober, err := s.prober(c)
	if err != nil {
		return err
	}
	f := probeForm{writes: c.FormValue("write") == "true", contact: probe.Contact{
		Name: c.FormValue("name"), Phone: c.FormValue("phone"), Email: c.FormValue("email")}}
	contact := f.contact
	if !f.writes {
		contact = probe.Contact{}
	}
	err = prober.Start(c.Request().Context(), f.writes, contact)
	if r, is := errors.AsType[*problem.Refused](err); is {
		return s.showProbe(c, http.StatusConflict, prober, f, &r.Problem)
	}
	if bad, is := errors.AsType[*problem.Invalid](err); is {
		f.bad = bad
		return s.showProbe(c, http.StatusUnprocessableEntity, prober, f, nil)
	}
	if err != nil {
		return err
	}
	return s.goTo(c, companyTo(visit.Param(c, "company"), "/probe"))
}

// cleanProbePage has what probes have left in the shop removed now.
func (s *Server) cleanProbePage(c echo.Context) error {
	prober, err := s.prober(c)
	if err != nil {
		return err
	}
	err = prober.Clean(c.Request().Context())
	if r, is := errors.AsType[*problem.Refused](err); is {
		return s.showProbe(c, http.StatusConflict, prober, probeForm{}, &r.Problem)
	}
	if err != nil {
		return err
	}
	return s.goTo(c, companyTo(visit.Param(c, "company"), "/probe")+"?done=probe_clean")
}

// showProbe shows the page with what was typed, and with what kept it from being done.
func (s *Server) showProbe(c echo.Context, status int, prober *probe.Prober, f probeForm,
	refused *storage.Problem) error {
	ctx := c.Request().Context()
	one, err := s.bridge.Company(ctx, visit.Param(c, "company"))
	if err != nil {
		return err
	}
	last, left, err := prober.State(ctx)
	found := err == nil
	if err != nil && !errors.Is(err, probe.ErrNever) {
		return err
	}
	page := web.Probe{Running: found && last.State == storage.ProbeRunning, Here: companyTo(one.ID, "/probe"),
		Start: say(c, "probe.start"), Write: f.writes}
	page.Live = page.Running
	if found {
		page.Start = say(c, "probe.again")
		page.Last = s.probeResult(c, last)
	}
	for _, l := range left {
		page.Live = page.Live || l.ID == 0 // the connector still looks for it
		page.Left = append(page.Left, probeLeft(c, l))
	}
	if len(one.Orders.Payments) == 0 || len(one.Orders.Deliveries) == 0 {
		page.NoMaps = &web.Note{Kind: web.NoteInfo, Text: say(c, "probe.no_maps"), To: companyTo(one.ID, "#orders"),
			Link: say(c, "mend")}
	}
	page.Fields = probeFields(c, f)
	view := web.View{Title: say(c, "probe.title"), Section: "companies", Page: page, Trail: companyTrail(c, one)}
	if refused != nil {
		view.Notes = append(view.Notes, web.Note{Kind: web.NoteBad, Text: tell(c, refused)})
	}
	return s.show(c, status, "probe", view)
}

// probeFields are the fields of the client for whom the probe's orders are made.
func probeFields(c echo.Context, f probeForm) []web.Field {
	typed, wrong := f.contact, map[string]string{}
	if f.bad != nil {
		for _, w := range f.bad.Fields {
			wrong[w.Field] = tell(c, &w.Problem)
		}
	}
	field := func(name, value, kind, autocomplete string) web.Field {
		return web.Field{Name: name, Label: say(c, "probe."+name), Value: value, Type: kind,
			Autocomplete: autocomplete, Error: wrong["contact."+name]}
	}
	return []web.Field{
		field("name", typed.Name, "", "name"),
		field("phone", typed.Phone, "tel", "tel"),
		field("email", typed.Email, "email", "email"),
	}
}

// probeLeft is something that is still in the shop, with where it is.
func probeLeft(c echo.Context, l probe.Left) web.Link {
	id := ""
	if l.ID != 0 {
		id = itoa64(l.ID)
	}
	return web.Link{To: l.URL, Title: say(c, "probe.left."+l.What, "id", id)}
}

// probeResult is what the last probe, or the one that runs, has found.
func (s *Server) probeResult(c echo.Context, p storage.Probe) *web.ProbeResult {
	out := &web.ProbeResult{State: web.Badge{Kind: web.NoteGood, Text: say(c, "probe.state."+p.State)}}
	how, lasted := say(c, "probe.reads_only"), ""
	if p.Writes {
		how = say(c, "probe.with_order")
	}
	if !p.EndedAt.IsZero() {
		lasted = length(c, p.EndedAt.Sub(p.BeganAt))
	}
	out.Facts = facts(c, "probe",
		timed("began", s.moment(c, p.BeganAt)),
		fact{"lasted", lasted, ""},
		fact{"how", how, ""},
		fact{"version", p.Version, ""},
	)
	differs, running := 0, p.State == storage.ProbeRunning
	for _, v := range verdicts {
		group := web.ProbeGroup{Title: say(c, "probe.group."+v.verdict), Kind: v.kind, Mark: v.mark,
			Folded: v.folded && !running}
		for _, i := range p.Items {
			if i.Verdict == v.verdict {
				group.Items = append(group.Items, probeItem(c, i, running))
			}
		}
		if len(group.Items) > 0 {
			out.Groups = append(out.Groups, group)
		}
		if v.verdict == storage.ProbeOtherwise {
			differs = len(group.Items)
		}
	}
	switch {
	case running:
		all := len(probe.Assumptions())
		text := say(c, "probe.running", "n", itoa(len(p.Items)), "all", itoa(all))
		out.State.Kind, out.Progress = web.NoteInfo, &web.Progress{Text: text, Value: len(p.Items), Max: all}
		return out
	case p.State == storage.ProbeInterrupted:
		out.State.Kind = web.NoteWarn
		out.Notes = append(out.Notes, web.Note{Kind: web.NoteWarn, Text: say(c, "probe.interrupted")})
	case differs == 0:
		out.Notes = append(out.Notes, web.Note{Kind: web.NoteGood, Text: say(c, "probe.good")})
	}
	if differs > 0 {
		out.Notes = append(out.Notes,
			web.Note{Kind: web.NoteWarn, Text: say(c, "probe.differs", "n", itoa(differs))})
	}
	return out
}

// probeItem is one assumption in words. What the connector does is told only where it
// has to do something; the exchange, once the page stands still.
func probeItem(c echo.Context, i storage.ProbeItem, running bool) web.ProbeItem {
	out := web.ProbeItem{
		Title:  locale.Text(lang(c), "probe."+i.Name, nil),
		Detail: locale.ProbeDetail(lang(c), i.Reason, i.Args),
	}
	if !running {
		out.Sent, out.Answered = i.Sent, i.Answered
	}
	if i.Verdict == storage.ProbeOtherwise {
		out.Does = say(c, "probe.does", "text", locale.Text(lang(c), "probe.if_not."+i.Name, nil))
	}
	if i.Took >= time.Millisecond {
		out.Took = say(c, "probe.took", "ms", strconv.FormatInt(i.Took.Milliseconds(), 10))
	}
	return out
}
