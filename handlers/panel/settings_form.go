package panel

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// Between the settings as they are stored and the page stands the form as it was typed:
// texts throughout, hours and days instead of durations, lists of pairs instead of
// maps. What is understood becomes settings (settings); what is not keeps its text and
// gets an error at its field (wrong), and so does what the bridge finds fault with
// (place). So a person sees what he has typed, mends one field and sends again. The
// one thing that does not come back is a password (secret_drafts.go).

// A settingsForm is the settings of a company as a person has typed them. What
// cannot be understood stays as it was typed, and has its error beside it.
type settingsForm struct {
	version                        string // of the settings that the person saw
	name, shopURL, keyID, password string
	chatURL, chatToken, auth       string
	maxAge, eraseAfter             string // hours; days, "" = for ever
	price, interval                string // of the catalog; minutes
	payments, deliveries           []pairForm
	statuses, fields               []pairForm
	wrong                          map[string]string     // by field, or list and line: "payments.0"
	notOn                          map[string]*web.NotOn // by the button that was pressed
	now                            *settingsForm         // the settings that were stored meanwhile; nil = none were
}

// A pairForm is one line of a list of pairs. Its right side is chosen (id) or
// typed (other).
type pairForm struct{ from, id, other string }

// mostPairs is how many lines one list has at most.
const mostPairs = 500

// formOf fills the form from stored settings.
func formOf(one storage.Company) *settingsForm {
	f := &settingsForm{
		version: strconv.FormatInt(one.Version, 10), name: one.Name,
		shopURL: one.Shop.URL, keyID: one.Shop.KeyID, chatURL: one.Chat.URL, auth: one.Chat.Auth,
		maxAge: number(one.Orders.MaxAge.Hours()), price: one.Catalog.Price,
		interval: number(one.Catalog.Interval.Minutes()),
		payments: idPairs(one.Orders.Payments), deliveries: idPairs(one.Orders.Deliveries),
		statuses: textPairs(one.Orders.Statuses), fields: textPairs(one.Orders.Fields), wrong: map[string]string{},
	}
	if after := one.Orders.EraseAfter; after != 0 {
		f.eraseAfter = number(after.Hours() / 24)
	}
	return f
}

// number is a number as short as it can be written.
func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// idPairs and textPairs are the lines of a stored map, sorted by their left sides,
// so that the page looks the same each time.
func idPairs(m map[string]int64) []pairForm {
	var list []pairForm
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, pairForm{from: k, id: strconv.FormatInt(m[k], 10)})
	}
	return list
}

func textPairs(m map[string]string) []pairForm {
	var list []pairForm
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, pairForm{from: k, id: m[k]})
	}
	return list
}

// readSettings takes what a person has sent.
func (s *Server) readSettings(c echo.Context) *settingsForm {
	id, password := s.typedKey(c)
	return &settingsForm{
		version: c.FormValue("version"), name: c.FormValue("name"),
		shopURL: c.FormValue("shop_url"), keyID: id, password: password,
		chatURL: c.FormValue("chat_url"), chatToken: c.FormValue("chat_token"), auth: c.FormValue("chat_auth"),
		maxAge: c.FormValue("max_age"), eraseAfter: trimmed(c, "erase_after"),
		price: trimmed(c, "catalog_price"), interval: c.FormValue("catalog_interval"),
		payments: readPairs(c, "payments"), deliveries: readPairs(c, "deliveries"),
		statuses: readPairs(c, "statuses"), fields: readPairs(c, "fields"), wrong: map[string]string{},
	}
}

// readPairs takes the lines of a list, up to the first that was not sent.
func readPairs(c echo.Context, list string) []pairForm {
	var out []pairForm
	for i := range mostPairs {
		at := fmt.Sprintf("%s.%d.", list, i)
		if !c.Request().Form.Has(at + "from") {
			break
		}
		out = append(out, pairForm{from: trimmed(c, at+"from"), id: trimmed(c, at+"id"), other: trimmed(c, at+"other")})
	}
	return out
}

// trimmed is a value of the form without blanks around it.
func trimmed(c echo.Context, name string) string { return strings.TrimSpace(c.FormValue(name)) }

// settings gives the company with what was typed. If something could not be
// understood, wrong says so, and nothing may be stored.
func (f *settingsForm) settings(c echo.Context, one storage.Company) storage.Company {
	one = one.Clone()
	one.Name = f.name
	one.Shop = storage.Shop{URL: f.shopURL, KeyID: f.keyID, Password: storage.Secret(f.password)}
	one.Chat.URL, one.Chat.Auth = strings.TrimSpace(f.chatURL), f.auth
	one.Chat.Token = storage.Secret(strings.TrimSpace(f.chatToken))
	one.Orders.MaxAge = f.duration("orders.max_age", f.maxAge, time.Hour, say(c, "manage.max_age_range"))
	one.Orders.EraseAfter = 0
	if f.eraseAfter != "" {
		outside := say(c, "manage.erase_after_range")
		one.Orders.EraseAfter = f.duration("orders.erase_after", f.eraseAfter, 24*time.Hour, outside)
	}
	one.Catalog.Interval = f.duration("catalog.interval", f.interval, time.Minute, say(c, "catalog.interval_range"))
	one.Catalog.Price = f.price
	one.Orders.Payments = f.ids(c, "payments", f.payments)
	one.Orders.Deliveries = f.ids(c, "deliveries", f.deliveries)
	one.Orders.Statuses = f.texts(c, "statuses", f.statuses)
	one.Orders.Fields = f.texts(c, "fields", f.fields)
	return one
}

// duration understands a typed number of units, or notes what is wrong. Which
// numbers make sense is the bridge's to say.
func (f *settingsForm) duration(field, text string, unit time.Duration, problem string) time.Duration {
	n, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	if err != nil || !(n > 0 && n < 1e6) {
		f.wrong[field] = problem
		return 0
	}
	return time.Duration(n * float64(unit)).Round(time.Second)
}

// ids makes the map of a list whose right sides are ids of the shop. A line
// without a right side is one that a person has not decided about yet.
func (f *settingsForm) ids(c echo.Context, list string, lines []pairForm) map[string]int64 {
	m := map[string]int64{}
	for i, l := range lines {
		text := cmp.Or(l.other, l.id)
		if text == "" || !f.leftSide(c, list, i, l.from, m[l.from] != 0) {
			continue
		}
		id, ok := typedID(text)
		if !ok {
			f.wrong[line(list, i)] = tell(c, &storage.Problem{Code: problem.FieldID})
			continue
		}
		m[l.from] = id
	}
	return m
}

// texts makes the map of a list whose right sides are text.
func (f *settingsForm) texts(c echo.Context, list string, lines []pairForm) map[string]string {
	m := map[string]string{}
	for i, l := range lines {
		text := cmp.Or(l.other, l.id)
		if text != "" && f.leftSide(c, list, i, l.from, m[l.from] != "") {
			m[l.from] = text
		}
	}
	return m
}

// leftSide reports whether a line's left side can be used.
func (f *settingsForm) leftSide(c echo.Context, list string, i int, from string, taken bool) bool {
	switch {
	case from == "":
		f.wrong[line(list, i)] = say(c, "manage.left_empty")
	case taken:
		f.wrong[line(list, i)] = say(c, "manage.left_twice")
	default:
		return true
	}
	return false
}

// line is the key of a line in wrong.
func line(list string, i int) string { return list + "." + strconv.Itoa(i) }

// adminID finds the id at the end of a URL of the shop's admin.
var adminID = regexp.MustCompile(`^https?://.*/([0-9]+)(?:/edit)?/?(?:[?#].*)?$`)

// typedID takes an id, or the URL at which a person sees the thing in the
// shop's admin.
func typedID(text string) (int64, bool) {
	if m := adminID.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(text, "№"), 10, 64)
	return id, err == nil && id > 0
}

// place puts errors of the settings at the lines they are about.
func (f *settingsForm) place(errs map[string]string) {
	maps.Copy(f.wrong, errs)
	for list, lines := range map[string][]pairForm{
		"payments": f.payments, "deliveries": f.deliveries, "statuses": f.statuses, "fields": f.fields,
	} {
		for i, l := range lines {
			if text := errs["orders."+list+"."+l.from]; text != "" {
				f.wrong[line(list, i)] = text
			}
		}
	}
}

// switching notes at the button by which something was to be switched on why it was not, and
// no longer at the top of the page. What is about the access as a whole stands only there.
func (f *settingsForm) switching(c echo.Context, bad *problem.Invalid) {
	do := c.FormValue("do")
	if do != "enable" && do != "catalog_enable" {
		return
	}
	no := &web.NotOn{Text: f.wrong[""]}
	for _, e := range bad.Fields {
		if text := f.wrong[e.Field]; text != "" && !slices.Contains(no.Why, text) {
			no.Why = append(no.Why, text)
		}
	}
	f.notOn = map[string]*web.NotOn{do: no}
	for _, whole := range []string{"shop", "catalog", "chat.wire.catalog"} {
		delete(f.wrong, whole)
	}
}

// typedKey is the access key as it stands in its inputs. What a form that came back has kept
// of it gives way to a key that is pasted with the URL now.
func (s *Server) typedKey(c echo.Context) (id, password string) {
	id, password = c.FormValue("key_id"), c.FormValue("key_password")
	draft := c.FormValue("draft")
	if _, _, pasted := splitKey(c.FormValue("shop_url")); pasted == "" || draft == "" || password != "" {
		return id, s.drafts.secret(password, draft, time.Now())
	}
	return "", ""
}

// splitKey takes the key out of a URL that was pasted as the shop's card of the
// access key shows it: a page that comes back must not hold a password.
func splitKey(pasted string) (clean, id, password string) {
	full := strings.TrimSpace(pasted)
	if !strings.Contains(full, "://") {
		full = "https://" + full
	}
	u, err := url.Parse(full)
	if err != nil || u.User == nil {
		return pasted, "", ""
	}
	id = u.User.Username()
	password, _ = u.User.Password()
	u.User = nil
	return u.String(), id, password
}
