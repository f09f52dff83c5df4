package panel

import (
	"cmp"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// The catalog's section of a company's settings: what is set, how it stands,
// and what can be done now.

// The catalog is a section of the company's settings, and beside the fields shows how
// the catalog stands: whether a run runs and how long it may take, what the guard
// withholds, with the button that lets it happen, which products lack something, and
// the last runs. The page renews itself while something is under way.

// remarksShown is how many products that lack something stand in the section.
const remarksShown = 10

// runsShown is how many of the last runs stand in the section.
const runsShown = 6

// catalogSection shows the section as the form has it.
func (s *Server) catalogSection(c echo.Context, one storage.Company, form *settingsForm,
	known *shopLists) (web.Catalog, error) {
	syncer, err := s.bridge.Syncer(one.ID)
	if err != nil {
		return web.Catalog{}, err
	}
	ctx := c.Request().Context()
	v, err := syncer.View(ctx)
	if err != nil {
		return web.Catalog{}, err
	}
	runs, _, err := syncer.Runs(ctx, "", runsShown)
	if err != nil {
		return web.Catalog{}, err
	}
	out := web.Catalog{
		Shop: strings.TrimPrefix(one.Shop.URL, "https://"), Enabled: one.Catalog.Enabled, State: catalogBadge(c, one),
		Price: priceField(c, form, known), Error: cmp.Or(form.wrong["catalog"], form.wrong["chat.wire.catalog"]), NotOn: form.notOn["catalog_enable"],
		Interval: web.Field{Name: "catalog_interval", Label: say(c, "catalog.interval"),
			Hint: say(c, "catalog.interval_hint"), Value: form.interval,
			Error: form.wrong["catalog.interval"], Mode: "decimal", Autocomplete: "off"},
	}
	if path := company.FeedPath(one); path != "" {
		out.Feed = &web.Copyable{ID: "catalog-feed", Label: say(c, "catalog.feed"), Hint: say(c, "catalog.feed_hint"),
			Value: s.site.Root(c.Request()) + path}
	}
	out.Live = v.Running != nil || one.Catalog.Enabled && one.CatalogFault == nil && !v.NextAt.After(time.Now())
	out.Notes = append(catalogNotes(c, one, v.Catalog), remarkNotes(c, one, v.Remarks)...)
	if v.Running != nil {
		out.State = web.Badge{Kind: web.NoteInfo, Text: say(c, "catalog.runs_now")}
		out.Progress = runProgress(c, *v.Running, v.Left)
	}
	if v.Guard != nil {
		out.Confirm = &web.Button{Name: "catalog-confirm", Title: say(c, "catalog.confirm")}
	}
	if one.Catalog.Enabled && v.Running == nil {
		out.Acts = []web.Button{{Name: "catalog-sync", Title: say(c, "catalog.sync")}}
		if !v.FullAt.IsZero() {
			out.Acts = append(out.Acts, web.Button{Name: "catalog-full", Title: say(c, "catalog.full")})
		}
	}
	if one.Catalog.Enabled || !v.SuccessAt.IsZero() {
		out.Facts = s.catalogFacts(c, one, v)
	}
	for _, r := range runs {
		out.Runs = append(out.Runs, s.runLine(c, r))
	}
	return out, nil
}

// guardQuestion says what will happen once a person lets the guard's catalog through.
func guardQuestion(c echo.Context, g storage.Guard) string {
	if g.Products() == 0 && g.Categories == 0 {
		return say(c, "catalog.unread_question", "unread", itoa(g.Unread))
	}
	return say(c, "catalog.confirm_question",
		"removed", itoa(g.Removed), "held", itoa(g.Held), "categories", itoa(g.Categories))
}

// priceField chooses among the shop's prices, or takes what is typed where the
// shop does not tell them.
func priceField(c echo.Context, form *settingsForm, known *shopLists) web.Field {
	f := web.Field{Name: "catalog_price", Label: say(c, "catalog.price"), Hint: say(c, "catalog.price_hint"),
		Value: form.price, Error: form.wrong["catalog.price"], Autocomplete: "off"}
	if len(known.prices) == 0 {
		f.Hint, f.Mono = say(c, "catalog.price_typed"), true
		return f
	}
	found := false
	option := func(field, title string) {
		chosen := field == form.price
		found = found || chosen
		f.Options = append(f.Options, web.Option{Value: field, Title: priceTitle(c, field, title), Selected: chosen})
	}
	for _, p := range known.prices {
		option(p.Field, p.Title)
	}
	if !found { // it is stored, or somebody has sent it: it stays in sight
		option(form.price, "")
	}
	return f
}

// priceTitle is the shop's name of a price, or ours if the shop has not named
// it.
func priceTitle(c echo.Context, field, title string) string {
	if field == catalog.MainPrice {
		return cmp.Or(title, locale.Text(lang(c), "price.main", nil))
	}
	return cmp.Or(title, locale.Text(lang(c), "price.extra", map[string]string{"field": field}))
}

// catalogBadge says whether a company's catalog is kept up to date.
func catalogBadge(c echo.Context, one storage.Company) web.Badge {
	switch {
	case one.Catalog.Enabled && (one.Sealed || one.CatalogFault != nil):
		return web.Badge{Kind: web.NoteBad, Text: say(c, "catalog.stopped")}
	case one.Catalog.Enabled:
		return web.Badge{Kind: web.NoteGood, Text: say(c, "catalog.on")}
	}
	return web.Badge{Text: say(c, "catalog.off")}
}

// catalogNotes is what a person should know of a company's catalog. Each note
// leads to where it is mended.
func catalogNotes(c echo.Context, one storage.Company, k storage.Catalog) []web.Note {
	if !one.Catalog.Enabled {
		return nil
	}
	var list []web.Note
	if p := k.Problem; p != nil {
		list = append(list, mendNote(c, web.NoteWarn, p, companyTo(one.ID, catalogField(p.Code))))
	}
	if k.Guard != nil {
		p := catalog.GuardProblem(*k.Guard)
		list = append(list, web.Note{Kind: web.NoteBad, Text: tell(c, &p),
			To: companyTo(one.ID, "#catalog"), Link: say(c, "overview.look")})
	}
	return list
}

// remarkNotes names the products that the chat does not have, or does not have
// whole.
func remarkNotes(c echo.Context, one storage.Company, remarks []storage.ProductRemark) []web.Note {
	if !one.Catalog.Enabled {
		return nil
	}
	var list []web.Note
	for i, r := range remarks {
		if i == remarksShown {
			more := say(c, "catalog.more_remarks", "n", itoa(len(remarks)-i))
			return append(list, web.Note{Kind: web.NoteInfo, Text: more})
		}
		kind := web.NoteInfo
		if r.Whole {
			kind = web.NoteWarn
		}
		text := say(c, "catalog.remark", "title", r.Title, "id", itoa64(r.ID), "why", tell(c, &r.Problem))
		list = append(list, web.Note{Kind: kind, Text: text})
	}
	return list
}

// catalogField is the place of the settings that mends a problem of the catalog.
func catalogField(code string) string {
	switch code {
	case problem.ChatFailing:
		return "#chat"
	case problem.PriceMissing:
		return "#catalog"
	}
	return "#shop"
}

// catalogFacts is how the catalog stands, in a few figures.
func (s *Server) catalogFacts(c echo.Context, one storage.Company, v catalog.View) []web.Fact {
	waiting := ""
	var next web.Moment
	if v.Census.Waiting > 0 {
		waiting = locale.Number(v.Census.Waiting)
	}
	if one.Catalog.Enabled && v.Running == nil && v.NextAt.After(time.Now()) {
		next = s.momentOf(v.NextAt, say(c, "time.in", "time", away(c, time.Until(v.NextAt))))
	}
	return facts(c, "catalog",
		timed("fresh", s.freshness(c, v.Catalog)),
		fact{"products", locale.Number(v.Census.Visible), ""},
		fact{"waiting", waiting, ""},
		timed("next", next),
	)
}

// freshness is how old the catalog is that INEED.CHAT has.
func (s *Server) freshness(c echo.Context, k storage.Catalog) web.Moment {
	if k.SuccessAt.IsZero() {
		return web.Moment{Text: say(c, "overview.never")}
	}
	return s.agoMoment(c, k.SuccessAt)
}

// runProgress is how far a run has come.
func runProgress(c echo.Context, r storage.CatalogRun, left time.Duration) *web.Progress {
	p := &web.Progress{Text: say(c, "phase."+string(r.Phase)), Value: r.Seen, Max: r.Expected}
	if r.Phase == storage.PhaseReading {
		p.Text = say(c, "catalog.read", "n", locale.Number(r.Seen))
		if r.Expected > 0 {
			p.Value = min(r.Seen, r.Expected)
			p.Text = say(c, "catalog.read_of", "n", locale.Number(p.Value), "all", locale.Number(r.Expected))
		}
	}
	if left >= time.Second {
		p.Text += " " + say(c, "catalog.left", "time", away(c, left))
	}
	return p
}

// runLine is a run of the catalog in one line.
func (s *Server) runLine(c echo.Context, r storage.CatalogRun) web.Run {
	out := web.Run{Time: s.when(c, r.BeganAt), Stamp: s.stamp(r.BeganAt),
		Cause: say(c, "cause_of."+string(r.Cause)), Seen: locale.Number(r.Seen)}
	if r.Full {
		out.Cause = say(c, "catalog.whole", "cause", out.Cause)
	}
	if r.EndedAt.IsZero() {
		out.Outcome = say(c, "catalog.runs_now")
		return out
	}
	out.Took = length(c, r.EndedAt.Sub(r.BeganAt))
	out.Outcome = say(c, "outcome."+r.Outcome)
	out.Counts = runCounts(c, r)
	if r.Problem != nil {
		out.Problem = tell(c, r.Problem)
	}
	return out
}

// runCounts is what a run has done, in counts of products.
func runCounts(c echo.Context, r storage.CatalogRun) string {
	var list []string
	for _, count := range []struct {
		id string
		n  int
	}{
		{"changed", r.Changed}, {"removed", r.Removed}, {"withheld", r.Withheld},
		{"refused", r.Refused}, {"skipped", r.Skipped}, {"main_price", r.MainPrice},
	} {
		if count.n > 0 {
			list = append(list, say(c, "counted."+count.id, "n", locale.Number(count.n)))
		}
	}
	if len(list) == 0 && r.Outcome == storage.RunDone {
		return say(c, "counted.nothing")
	}
	return strings.Join(list, ", ")
}

// syncCatalogPage begins a run at once.
func (s *Server) syncCatalogPage(c echo.Context) error {
	syncer, err := s.syncer(c)
	if err != nil {
		return err
	}
	if _, err := syncer.Sync(c.Request().Context(), c.FormValue("full") == "true"); err != nil {
		return err
	}
	return s.goTo(c, companyTo(syncer.ID(), "?done=catalog_sync#catalog"))
}

// confirmGuardPage lets happen, this once, what the guard withholds.
func (s *Server) confirmGuardPage(c echo.Context) error {
	syncer, err := s.syncer(c)
	if err != nil {
		return err
	}
	if _, err := syncer.ConfirmGuard(c.Request().Context(), visit.By(c)); err != nil {
		return err
	}
	return s.goTo(c, companyTo(syncer.ID(), "?done=catalog_confirm#catalog"))
}
