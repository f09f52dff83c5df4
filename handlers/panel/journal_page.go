package panel

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// The journal names settings as their pages do and values as a person would have typed
// them; only what has no words stands as it is stored. It is read by a merchant who
// wants to know what somebody has changed, not by a program.

// journalOnPage is how many entries one page of the journal has.
const journalOnPage = 50

// What an address of the journal says, beside askCompany, askFrom, askTo and askCursor.
const (
	askBy   = "by"
	askKind = "kind"
)

// askedOfJournal is what the address of the journal asks for.
func (s *Server) askedOfJournal(c echo.Context) (view, storage.JournalFilter) {
	v := view{url.Values{}}
	for _, name := range []string{askCompany, askBy, askKind, askFrom, askTo, askCursor} {
		v.set(name, c.QueryParam(name))
	}
	f := storage.JournalFilter{Company: v.get(askCompany), Actor: v.get(askBy), Kind: v.get(askKind),
		From: s.midnight(v.get(askFrom)), To: s.midnight(v.get(askTo)), Cursor: v.get(askCursor), Limit: journalOnPage}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	return v, f
}

// journalPage lists sign-ins, changes of settings, and what was done to orders, the newest first.
func (s *Server) journalPage(c echo.Context) error {
	v, f := s.askedOfJournal(c)
	list, err := s.bridge.Journal(c.Request().Context(), f)
	if errors.Is(err, storage.ErrCursor) {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	names, err := s.companyNames(c)
	if err != nil {
		return err
	}
	page := web.Journal{CSV: v.to("/journal.csv")}
	if page.Filter, err = s.journalFilter(c, v, names); err != nil {
		return err
	}
	for _, e := range list.Entries {
		page.Entries = append(page.Entries, s.journalEntry(c, e, names))
	}
	if all := v.to("/journal"); all != "/journal" {
		page.All = "/journal"
	}
	if list.Next != "" {
		page.Next = v.to("/journal", askCursor, list.Next)
	}
	if list.Prev != "" {
		page.First, page.Prev = v.to("/journal"), v.to("/journal", askCursor, list.Prev)
	}
	return s.show(c, http.StatusOK, "journal", web.View{Title: say(c, "journal.title"), Section: "journal", Page: page})
}

// journalFilter is what the journal can be filtered by: what it has, and days.
func (s *Server) journalFilter(c echo.Context, v view, names map[string]string) ([]web.Field, error) {
	has, err := s.bridge.Journalled(c.Request().Context())
	if err != nil {
		return nil, err
	}
	if len(has.Actors) > 0 && has.Actors[0] == "" {
		has.Actors[0] = storage.ActorStranger
	}
	company := func(id string) string { return cmp.Or(names[id], id) }
	person := func(by string) string { return actorName(c, by) }
	kind := func(kind string) string { // of no company
		return strings.Join(strings.Fields(say(c, "journal."+kind)), " ")
	}
	day := func(ask string) web.Field {
		return web.Field{Name: ask, Label: say(c, "journal."+ask), Type: "date", Value: s.date(v.get(ask))}
	}
	return []web.Field{
		{Name: askCompany, Label: say(c, "orders.company"), Go: true,
			Options: v.among(askCompany, say(c, "orders.all_companies"), has.Companies, company)},
		{Name: askBy, Label: say(c, "journal.who"), Go: true,
			Options: v.among(askBy, say(c, "journal.who_any"), has.Actors, person)},
		{Name: askKind, Label: say(c, "journal.what"), Go: true,
			Options: v.among(askKind, say(c, "journal.what_any"), has.Kinds, kind)},
		day(askFrom), day(askTo),
	}, nil
}

// among are values to choose from, and what is asked for, also if it is none of them: that there is
// none is what the page says then.
func (v view) among(ask, any string, values []string, title func(value string) string) []web.Option {
	chosen := v.get(ask)
	if !slices.Contains(values, chosen) {
		values = append(slices.Clone(values), chosen)
	}
	var list []web.Option
	for _, value := range values {
		if value != "" {
			list = append(list, web.Option{Value: value, Title: title(value), Selected: chosen == value})
		}
	}
	slices.SortStableFunc(list, func(a, b web.Option) int { return byName(a.Title, b.Title) })
	return slices.Insert(list, 0, web.Option{Title: any})
}

// journalEntry is one entry in words. A secret is never shown, only that it changed.
func (s *Server) journalEntry(c echo.Context, e storage.Entry, names map[string]string) web.JournalEntry {
	who, about, n := actorName(c, e.Actor), e.Company, ""
	if name := names[e.Company]; name != "" && name != e.Company {
		about = say(c, "journal.company", "name", name)
	}
	if e.Orders > 0 {
		n = itoa(e.Orders)
	}
	out := web.JournalEntry{Time: s.when(c, e.At), Stamp: s.stamp(e.At), Kind: e.Kind,
		What: say(c, "journal."+e.Kind, "company", about, "n", n), Who: join(", ", who, e.Address)}
	if e.Order.ID != "" {
		out.Order.Title = cmp.Or(e.Number, e.Order.ID)
		if names[e.Company] != "" { // else it was deleted with its orders
			out.Order.To = orderTo(e.Order, "")
		}
	}
	for _, change := range e.Changes {
		changed := web.Changed{Field: settingName(c, change.Field),
			Old: settingValue(c, change.Field, change.Old), New: settingValue(c, change.Field, change.New)}
		since, err := time.Parse(time.RFC3339, change.New)
		switch {
		case change.Field == "order.since" && err == nil:
			changed.New = s.when(c, since)
		case change.Old == "" && (change.New == company.SecretSet ||
			change.New == company.SecretChanged && e.Kind == storage.EntryCreated):
			changed.New = say(c, "journal.secret_set")
		case change.New == company.SecretChanged && change.Old == "":
			changed.New = say(c, "journal.secret")
		case change.New == "":
			changed.New = say(c, "journal.removed")
		}
		out.Changes = append(out.Changes, changed)
	}
	return out
}

// actorName is who did something, in words: a person by name.
func actorName(c echo.Context, by string) string {
	if name, ok := strings.CutPrefix(by, storage.ActorUser); ok {
		return name
	}
	if name, ok := strings.CutPrefix(by, storage.ActorToken); ok {
		return say(c, "journal.token", "name", name)
	}
	if by == "" || by == storage.ActorStranger {
		return say(c, "journal.stranger")
	}
	if text := say(c, "journal.by_"+by); text != "panel.journal.by_"+by {
		return text
	}
	return by
}

// settingName is what a setting is called on its page. A setting that has no
// name there is called by its path in the API.
func settingName(c echo.Context, field string) string {
	if text := say(c, "setting."+field); text != "panel.setting."+field {
		return text
	}
	for _, list := range []string{"orders.payments", "orders.deliveries", "orders.statuses", "orders.fields"} {
		if key, ok := strings.CutPrefix(field, list+"."); ok {
			return say(c, "setting."+list, "key", key)
		}
	}
	if key, ok := strings.CutPrefix(field, "chat.wire.fields."); ok {
		return say(c, "setting.chat.wire.fields", "key", fieldName(c, key))
	}
	return field
}

// lengthOf is a duration in the unit in which somebody would have typed it.
func lengthOf(c echo.Context, d time.Duration) string {
	for _, unit := range []struct {
		id string
		d  time.Duration
	}{{"days", 24 * time.Hour}, {"hours", time.Hour}, {"minutes", time.Minute}} {
		if d >= 2*unit.d && d%unit.d == 0 {
			return say(c, "time."+unit.id, "n", itoa(int(d/unit.d)))
		}
	}
	if d == time.Minute {
		return "1m"
	}
	return d.String()
}

// settingValue is a value as its page shows it; "" for none.
func settingValue(c echo.Context, field, value string) string {
	within := func(list string) bool { return strings.HasPrefix(field, list+".") }
	switch {
	case value == "":
		return ""
	case value == "true", value == "false":
		return say(c, "value."+value)
	case field == "token_right":
		return tokenRight(c, storage.TokenRight(value))
	case field == "role":
		return say(c, "role."+value)
	case field == "chat.auth":
		return say(c, "auth."+value)
	case field == "chat.wire.preset":
		if text := say(c, "wire.kind_"+value); text != "panel.wire.kind_"+value {
			return text
		}
	case field == "chat.wire.catalog":
		return say(c, "wire.catalog_"+value)
	case field == "order.problem":
		return causeTitle(c, storage.Problem{Code: value})
	case field == "catalog.price":
		return priceTitle(c, value, "")
	case field == "notify.email.security":
		return say(c, "notify.security_"+value)
	case within("orders.statuses"):
		return statusWord(c, value)
	case within("orders.payments"), within("orders.deliveries"), field == "account_id":
		return "№ " + value
	case field == "orders.max_age", field == "orders.erase_after", field == "catalog.interval":
		if d, err := time.ParseDuration(value); err == nil {
			return lengthOf(c, d)
		}
	}
	return value
}
