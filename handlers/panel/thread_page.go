package panel

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/bridge/thread"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// A company that has not run yet is not told how it does, but what to do: its steps stand
// where its figures will. What is done and what is next is package thread's to say; here each
// step gets its words and the one button that it needs.

// threadPage shows the steps of a company, also when they are done.
func (s *Server) threadPage(c echo.Context) error {
	one, err := s.bridge.Company(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	return s.showThread(c, http.StatusOK, one, nil)
}

// showThread shows them, with what is wrong at the step whose button was pressed.
func (s *Server) showThread(c echo.Context, status int, one storage.Company, wrong []string) error {
	o, err := s.bridge.Overview(c.Request().Context(), one.ID)
	if err != nil {
		return err
	}
	steps, err := s.thread(c, o, s.shopLists(c.Request().Context(), one))
	if err != nil {
		return err
	}
	for i := range steps.Steps {
		if steps.Steps[i].Name == c.FormValue("do") {
			steps.Steps[i].Errors = wrong
		}
	}
	view := web.View{Title: say(c, "thread.title"), Section: "companies", Page: steps, Trail: companyTrail(c, one)}
	return s.show(c, status, "thread", view)
}

// changeThread does what a step's button says.
func (s *Server) changeThread(c echo.Context) error {
	ctx := c.Request().Context()
	one, err := s.bridge.Company(ctx, visit.Param(c, "company"))
	if err != nil {
		return err
	}
	next := one.Clone()
	switch c.FormValue("do") {
	case string(thread.OwnSync):
		next.Orders.OwnSyncOff = true
	case string(thread.Mapping):
		form := formOf(one)
		form.payments = append(form.payments, readPairs(c, "payments")...)
		form.deliveries = append(form.deliveries, readPairs(c, "deliveries")...)
		next.Orders.Payments = form.ids(c, "payments", form.payments)
		next.Orders.Deliveries = form.ids(c, "deliveries", form.deliveries)
	case string(thread.Enable):
		next.Orders.Enabled = true
	default:
		return echo.NewHTTPError(http.StatusBadRequest)
	}
	saved, err := s.bridge.SaveCompany(ctx, next)
	if bad, ok := errors.AsType[*problem.Invalid](err); ok {
		if saved.Stored {
			one = saved.Company
		}
		texts := slices.Sorted(maps.Values(fieldErrors(c, bad)))
		return s.showThread(c, http.StatusUnprocessableEntity, one, slices.Compact(texts))
	}
	if err != nil {
		return err
	}
	if next.Orders.Enabled && !one.Orders.Enabled {
		return s.goTo(c, "/?done=enabled")
	}
	to, err := s.startOf(ctx, one.ID)
	if err != nil {
		return err
	}
	return s.goTo(c, to)
}

// startOf is where a company's steps are seen: the overview, if it is the only company.
func (s *Server) startOf(ctx context.Context, id string) (string, error) {
	list, err := s.bridge.Companies(ctx)
	if err != nil || len(list) > 1 {
		return companyTo(id, "/start"), err
	}
	return "/", nil
}

// thread gives the steps of a company in words. Without lists its shop was not asked.
func (s *Server) thread(c echo.Context, o bridge.Overview, known *shopLists) (web.Thread, error) {
	out := web.Thread{ID: o.Company.ID}
	var before storage.Uses
	if known != nil {
		before = known.used
	}
	facts, err := s.bridge.FirstSteps(c.Request().Context(), o, before)
	if err != nil {
		return out, err
	}
	if known != nil {
		facts.NoShop = known.problem
	}
	for i, step := range thread.Of(facts) {
		name, state := string(step.Name), string(step.State)
		w := web.ThreadStep{Name: name, State: state, Mark: itoa(i + 1), Main: step.State == thread.Next,
			Title: say(c, "thread."+name), Told: say(c, "thread.state_"+state),
			Text: say(c, "thread."+name+"_text", "n", itoa(facts.Waiting))}
		if step.State == thread.Done {
			w.Mark, w.Text = "✓", say(c, "thread."+name+"_done")
		} else {
			s.threadAct(c, &w, step, facts, known)
		}
		out.Live = out.Live || step.Name == thread.Chat && step.State == thread.Next
		out.Steps = append(out.Steps, w)
	}
	return out, nil
}

// threadAct gives a step that is not done what to press.
func (s *Server) threadAct(
	c echo.Context, w *web.ThreadStep, step thread.Step, facts thread.Facts, known *shopLists,
) {
	id := facts.Company.ID
	to := func(below string) *web.Link {
		return &web.Link{To: companyTo(id, below), Title: say(c, "thread."+w.Name+"_go")}
	}
	button := func() *web.Button {
		b := &web.Button{To: companyTo(id, "/start#step-"+w.Name), Name: "do", Value: w.Name, Title: say(c, "thread."+w.Name+"_go")}
		if w.Main {
			b.Look = "primary"
		}
		return b
	}
	switch step.Name {
	case thread.Key:
		if facts.NoShop != nil {
			w.Text = tell(c, facts.NoShop)
		}
		w.Go = to("#shop")
	case thread.OwnSync, thread.Enable:
		w.Act = button()
	case thread.Chat:
		w.Go = to("/letter")
	case thread.Mapping:
		if w.Lists = mappingStep(c, facts, known); len(w.Lists) == 0 {
			w.Go = to("#orders")
		} else {
			w.Text = say(c, "thread.mapping_now")
		}
	case thread.Trial:
		w.Go = to("/preview")
	case thread.Probe:
		w.Go = to("/probe")
	}
}

// mappingStep are the words of the chat that nobody has mapped, each with what it probably
// means chosen. It is empty if there are none, or nothing to choose from.
func mappingStep(c echo.Context, facts thread.Facts, known *shopLists) []web.Mapping {
	if known == nil || known.problem != nil {
		return nil
	}
	var payments, deliveries []thread.Choice
	for _, p := range known.payments {
		payments = append(payments, thread.Choice{ID: p.ID, Title: p.Title})
	}
	for _, d := range known.deliveries {
		if d.Problem == nil {
			deliveries = append(deliveries, thread.Choice{ID: d.ID, Title: d.Title, Pickup: d.Pickup})
		}
	}
	var list []web.Mapping
	for _, m := range []struct {
		name    string
		words   []storage.Use
		choices []thread.Choice
		options []web.Option
	}{
		{"payments", facts.UnmappedPayments(), payments, paymentOptions(c, known)},
		{"deliveries", facts.UnmappedDeliveries(), deliveries, deliveryOptions(c, known)},
	} {
		if len(m.words) == 0 || len(m.options) == 0 {
			continue
		}
		out := web.Mapping{Name: m.name, Title: say(c, m.name+".title"), Left: say(c, "manage.left"),
			Right: say(c, "manage.right")}
		for i, u := range m.words {
			row := web.MapLine{N: i, From: u.Type, Title: cmp.Or(u.Title, u.Type)}
			guess := ""
			if id := thread.Guess(u, m.choices); id != 0 {
				guess = itoa64(id)
			}
			choose(c, &row, m.options, guess)
			out.Lines = append(out.Lines, row)
		}
		list = append(list, out)
	}
	return list
}

// letterPage shows what the developer of a company's chat needs to know, without the secret.
func (s *Server) letterPage(c echo.Context) error {
	one, err := s.bridge.Company(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	page := s.letterOf(c, one)
	view := web.View{Title: say(c, "letter.title"), Section: "companies", Page: page, Trail: companyTrail(c, one)}
	return s.show(c, http.StatusOK, "letter", view)
}

// letterOf is the letter without the secret, with where a new one is made.
func (s *Server) letterOf(c echo.Context, one storage.Company) web.Letter {
	letter := s.letter(c, one, storage.Chat{})
	letter.To, letter.Link = companyTo(one.ID, "#hooks"), say(c, "letter.no_secret")
	return letter
}

// letter is what the developer of a company's chat needs to know. What was made just now is
// in it.
func (s *Server) letter(c echo.Context, one storage.Company, made storage.Chat) web.Letter {
	secret, token := say(c, "letter.apart_secret"), say(c, "letter.apart_token")
	if len(made.Secrets) > 0 {
		secret = made.Secrets[0].Reveal()
	}
	if made.Token != "" {
		token = made.Token.Reveal()
	}
	url := s.webhookURL(c, one).Value
	if one.Chat.Auth == storage.AuthPath && len(made.Secrets) > 0 {
		url = url[:len(url)-len(storage.Masked)] + secret
	}
	args := map[string]string{"url": url, "company": one.ID, "secret": secret, "token": token,
		"chat": s.chatURL(one), "spec": s.site.Root(c.Request()) + "/api/openapi.yaml"}
	text := func(id string) string { return locale.Text(lang(c), "panel.letter."+id, args) }
	list := []string{text("head"), text("auth_" + one.Chat.Auth), text("example"), text("curl_" + one.Chat.Auth)}
	if one.Chat.Wire.Translates() { // then nothing that the contract says of messages is true
		list = []string{text("head_own"), text("auth_" + one.Chat.Auth), text("curl_hmac")}
	}
	if _, own := company.WireOf(one.Chat.Wire).ReportProgram(); !own {
		list = append(list, text("status"))
	}
	return web.Letter{Text: strings.Join(list, "\n\n")}
}

// chatURL is where a company's chat is told of statuses.
func (s *Server) chatURL(one storage.Company) string {
	if one.Chat.URL != "" {
		return one.Chat.URL
	}
	return s.bridge.ChatURL()
}
