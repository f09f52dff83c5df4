package panel

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
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

// journalPage lists sign-ins and changes of settings, the newest first.
func (s *Server) journalPage(c echo.Context) error {
	list, next, err := s.bridge.Journal(c.Request().Context(), c.QueryParam("cursor"), journalOnPage)
	if errors.Is(err, storage.ErrCursor) {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	var page web.Journal
	if next != "" {
		page.Next = "/journal?" + url.Values{"cursor": {next}}.Encode()
	}
	companies, err := s.bridge.Companies(c.Request().Context())
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, one := range companies {
		if one.Name != "" {
			names[one.ID] = say(c, "journal.company", "name", one.Name)
		}
	}
	for _, e := range list {
		e.Company = cmp.Or(names[e.Company], e.Company)
		page.Entries = append(page.Entries, s.journalEntry(c, e))
	}
	return s.show(c, http.StatusOK, "journal", web.View{Title: say(c, "journal.title"), Section: "journal", Page: page})
}

// journalEntry is one entry in words. A secret is never shown, only that it changed.
func (s *Server) journalEntry(c echo.Context, e storage.Entry) web.JournalEntry {
	who := actorName(c, e.Actor)
	out := web.JournalEntry{Time: s.when(c, e.At), Stamp: s.stamp(e.At), Kind: e.Kind,
		What: say(c, "journal."+e.Kind, "company", e.Company), Who: join(", ", who, e.Address)}
	for _, change := range e.Changes {
		changed := web.Changed{Field: settingName(c, change.Field),
			Old: settingValue(c, change.Field, change.Old), New: settingValue(c, change.Field, change.New)}
		switch {
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
	if by == "" {
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
