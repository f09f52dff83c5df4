package panel

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// mappings fills the lists of pairs. Each has what was typed or stored, then
// what INEED.CHAT has used and nobody has mapped, and one empty line.
func (f *settingsForm) mappings(c echo.Context, page *web.Manage, known *shopLists, wanted map[string][]string) {
	page.Payments = f.choices(c, "payments", f.payments,
		paymentOptions(c, known), known.used.Payments, wanted["payments"])
	page.Deliveries = f.choices(c, "deliveries", f.deliveries,
		deliveryOptions(c, known), known.used.Deliveries, wanted["deliveries"])
	page.Statuses = f.statusLines(c, known)
	page.Fields = f.fieldLines(c)
	for _, system := range []string{"new", "accepted", "approved", "dispatched", "delivered", "declined", "returned"} {
		page.Defaults = append(page.Defaults, web.Fact{
			Name:  say(c, "insales_status."+system),
			Value: statusWord(c, check.DefaultStatuses()[system]),
		})
	}
}

// paymentOptions are the shop's payment methods to choose from.
func paymentOptions(c echo.Context, known *shopLists) []web.Option {
	var list []web.Option
	for _, p := range known.payments {
		title := join(" · ", p.Title, numbered(p.ID), kindOf(lang(c), p.Type))
		if strings.Trim(p.Margin, "0.") != "" {
			title = join(" · ", title, "+"+price(p.Margin)+" %")
		}
		list = append(list, web.Option{Value: itoa64(p.ID), Title: title})
	}
	return list
}

// deliveryOptions are the shop's delivery methods. Those that we do not support
// are shown, but cannot be chosen.
func deliveryOptions(c echo.Context, known *shopLists) []web.Option {
	var list []web.Option
	for _, d := range known.deliveries {
		price := ""
		if d.Price != "" && !d.Pickup {
			price = roubles(c, d.Price)
		}
		title := join(" · ", d.Title, price, numbered(d.ID), kindOf(lang(c), d.Type))
		if d.Problem != nil {
			title = join(" – ", title, say(c, "manage.unsupported"))
		}
		list = append(list, web.Option{Value: itoa64(d.ID), Title: title, Disabled: d.Problem != nil})
	}
	return list
}

// join puts what is not empty together.
func join(with string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), with)
}

// choices is a list whose right sides are chosen from a list of the shop, or
// typed where the shop's list does not have them.
func (f *settingsForm) choices(c echo.Context, list string, lines []pairForm, options []web.Option,
	used []storage.Use, wanted []string) web.Mapping {
	m := web.Mapping{Name: list, Title: say(c, list+".title"), Hint: say(c, list+".hint"),
		Left: say(c, "manage.left"), Right: say(c, "manage.right"), Other: say(c, "manage.other"),
		Error: f.wrong["orders."+list], FreeText: len(options) == 0}
	uses := map[string]storage.Use{}
	for _, u := range used {
		uses[u.Type] = u
		m.Known = append(m.Known, web.Option{Value: u.Type, Title: u.Title})
	}
	have := map[string]bool{}
	lines = slices.DeleteFunc(slices.Clone(lines), func(l pairForm) bool { return l == pairForm{} })
	for _, l := range lines {
		have[l.from] = true
	}
	for _, name := range append(slices.Clone(wanted), typesOf(used)...) {
		if !have[name] {
			have[name] = true
			lines = append(lines, pairForm{from: name})
		}
	}
	anchored := map[string]bool{}
	for i, l := range append(lines, pairForm{}) {
		row := web.MapLine{N: i, From: l.from, Other: l.other, Error: f.wrong[line(list, i)]}
		if l.from != "" && !anchored[l.from] { // the same may have been typed twice
			anchored[l.from] = true
			row.Anchor = list + "-" + l.from
		}
		waiting := ""
		if u, ok := uses[l.from]; ok {
			waiting = itoa(u.Orders)
			row.Hint = say(c, "manage.used", "title", cmp.Or(u.Title, u.Type), "orders", waiting)
		}
		if l.id == "" && l.from != "" && row.Error == "" && l.other == "" {
			row.Missing, row.Hint = say(c, "manage.unmapped", "n", waiting), ""
		}
		choose(c, &row, options, l.id)
		m.Lines = append(m.Lines, row)
	}
	return m
}

// choose offers the options with one selected. An id that none of them has is
// shown as if it had been typed.
func choose(c echo.Context, row *web.MapLine, options []web.Option, id string) {
	row.Options = append([]web.Option{{Title: say(c, "manage.choose")}}, options...)
	found := false
	for i := range row.Options {
		if id != "" && row.Options[i].Value == id {
			// What is stored stays, even if it is not to be chosen any more.
			row.Options[i].Selected, row.Options[i].Disabled, found = true, false, true
		}
	}
	if !found && row.Other == "" {
		row.Other = id
	}
}

// typesOf lists what was used.
func typesOf(used []storage.Use) []string {
	list := make([]string, len(used))
	for i, u := range used {
		list[i] = u.Type
	}
	return list
}

// statusLines lists the shop's own statuses, then the overrides of others, and
// one empty line.
func (f *settingsForm) statusLines(c echo.Context, known *shopLists) web.Mapping {
	m := web.Mapping{Name: "statuses", Title: say(c, "statuses.title"), Hint: say(c, "statuses.hint"),
		Left: say(c, "statuses.left"), Right: say(c, "statuses.right"), Error: f.wrong["orders.statuses"]}
	set := map[string]string{}
	for _, l := range f.statuses {
		if l.from != "" {
			set[l.from] = l.id
		}
	}
	add := func(permalink, title, preset string) {
		i := len(m.Lines)
		row := web.MapLine{N: i, From: permalink, Anchor: "statuses-" + permalink,
			Title: cmp.Or(title, permalink), Options: statusOptions(c, set[permalink], preset)}
		for n, l := range f.statuses {
			if l.from == permalink {
				row.Error = f.wrong[line("statuses", n)]
			}
		}
		m.Lines = append(m.Lines, row)
	}
	listed := map[string]bool{}
	for _, one := range known.statuses {
		listed[one.Permalink] = true
		preset := check.DefaultStatuses()[one.System]
		add(one.Permalink, one.Title, preset)
	}
	for _, one := range known.seen {
		if one.Custom != "" && !listed[one.Custom] {
			listed[one.Custom] = true
			add(one.Custom, one.Title, "")
		}
	}
	for _, permalink := range slices.Sorted(maps.Keys(set)) {
		if !listed[permalink] {
			add(permalink, "", "")
		}
	}
	add("", "", "")
	m.Lines[len(m.Lines)-1].Anchor = ""
	return m
}

// statusOptions are the statuses that the chat knows. The empty option leaves it
// to the default.
func statusOptions(c echo.Context, chosen, preset string) []web.Option {
	first := say(c, "statuses.nothing")
	if preset != "" {
		first = say(c, "statuses.usual", "status", statusWord(c, preset))
	}
	list := []web.Option{{Title: first}}
	for _, status := range ineedchat.Statuses() {
		list = append(list, web.Option{Value: status, Title: statusWord(c, status), Selected: status == chosen})
	}
	return list
}

// fieldLines lists what fills obligatory fields of the checkout.
func (f *settingsForm) fieldLines(c echo.Context) web.Mapping {
	m := web.Mapping{Name: "fields", Title: say(c, "fields.title"), Hint: say(c, "fields.hint"),
		Left: say(c, "fields.left"), Right: say(c, "fields.right"), FreeText: true, Error: f.wrong["orders.fields"]}
	lines := slices.DeleteFunc(slices.Clone(f.fields), func(l pairForm) bool { return l == pairForm{} })
	for i, l := range append(lines, pairForm{}) {
		m.Lines = append(m.Lines,
			web.MapLine{N: i, From: l.from, Other: cmp.Or(l.other, l.id), Error: f.wrong[line("fields", i)]})
	}
	return m
}
