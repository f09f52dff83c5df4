package panel

import (
	"slices"
	"strings"
	"time"

	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// The weekly message is read like a note, in a messenger as in a mail: what came, what needs
// somebody now, how the catalog stands. Of one company it says the causes; of several each
// has a paragraph, and that only the kinds, so that all of it fits into a message.

// mostCauses is how many causes of one company the message names.
const mostCauses = 8

// weekText puts the weekly message into words.
func weekText(lang string, w storage.Week) (subject, text string) {
	say := saysOf(lang)
	name := locale.Text(lang, "message.connector", nil)
	var parts []string
	if len(w.Companies) == 1 && w.More == 0 {
		one := w.Companies[0]
		name = weekName(one)
		now := weekCauses(lang, slices.Concat(one.Alarms, w.Alarms))
		parts = []string{cameText(lang, one.Came), join(" ", now, weekOff(lang, one)), weekCatalog(lang, one)}
	} else {
		parts = []string{cameText(lang, w.Whole), weekKinds(lang, w.Alarms)}
		calm := len(w.Alarms) == 0
		for _, one := range w.Companies {
			calm = calm && len(one.Alarms) == 0
			said := join(" ", cameText(lang, one.Came), weekKinds(lang, one.Alarms), weekOff(lang, one),
				weekCatalog(lang, one))
			parts = append(parts, weekName(one)+"\n"+said)
		}
		if w.More > 0 {
			parts = append(parts, say("more", "n", itoa(w.More)))
		} else if calm {
			parts = slices.Insert(parts, 1, say("calm"))
		}
	}
	subject = say("subject", "company", name, "from", w.First.Format("02.01"), "to", w.Last.Format("02.01"))
	return subject, join("\n\n", parts...)
}

// saysOf gives the texts of the weekly message in a language.
func saysOf(lang string) func(id string, args ...string) string {
	return func(id string, args ...string) string { return locale.Text(lang, "message.week_"+id, pairs(args)) }
}

// weekName is how a company is called.
func weekName(one storage.CompanyWeek) string {
	return nameOf(storage.Company{ID: one.ID, Name: one.Name})
}

// cameText says what came, and how soon it was in the shop.
func cameText(lang string, p storage.Came) string {
	say := saysOf(lang)
	if p.Orders == 0 {
		return say("none")
	}
	list := []string{say("orders", "n", itoa(p.Orders))}
	if p.Priced > 0 {
		sum := roublesIn(lang, inRoubles(p.Total))
		list[0] = say("orders_sum", "n", itoa(p.Orders), "sum", sum)
	}
	if p.Priced > 0 && p.Priced < p.Orders {
		list = append(list, locale.Text(lang, "panel.chart.priced", map[string]string{"n": itoa(p.Priced)}))
	}
	way := func(d time.Duration) string { return lastingIn(lang, wholeUnits(d)) }
	switch p.Arrived {
	case 0:
		list = append(list, locale.Text(lang, "panel.chart.none_arrived", nil))
	case 1:
		list = append(list, say("arrived_one", "slow", way(p.Slow)))
	default:
		list = append(list, say("arrived", "n", itoa(p.Arrived), "half", way(p.Median), "slow", way(p.Slow)))
	}
	return join(" ", list...)
}

// weekCauses says what is wrong now, cause by cause.
func weekCauses(lang string, alarms []storage.Alarm) string {
	say := saysOf(lang)
	if len(alarms) == 0 {
		return say("calm")
	}
	lines := []string{say("now")}
	for _, a := range alarms[:min(len(alarms), mostCauses)] {
		lines = append(lines, "– "+alarmText(lang, a))
	}
	if more := len(alarms) - mostCauses; more > 0 {
		lines = append(lines, "– "+say("more_causes", "n", itoa(more)))
	}
	return strings.Join(lines, "\n")
}

// weekKinds says in one sentence what kinds of things are wrong now; "" if nothing is.
func weekKinds(lang string, alarms []storage.Alarm) string {
	var list []string
	for _, a := range alarms {
		if title := locale.Text(lang, "message.title."+a.Kind, nil); !slices.Contains(list, title) {
			list = append(list, title)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return saysOf(lang)("kinds", "list", strings.Join(list, ", "))
}

// weekOff says that no orders are sent because the settings say so.
func weekOff(lang string, one storage.CompanyWeek) string {
	switch {
	case one.Off:
		return locale.Text(lang, "panel.sync.off", nil) + "."
	case one.Paused:
		return locale.Text(lang, "panel.sync.paused", nil) + "."
	}
	return ""
}

// weekCatalog says whether the chat has the catalog as the shop has it; "" if it is not to.
func weekCatalog(lang string, one storage.CompanyWeek) string {
	say, at := saysOf(lang), one.CatalogAt.Format("02.01, 15:04")
	switch {
	case !one.Catalog:
		return ""
	case one.CatalogAt.IsZero():
		return say("catalog_never")
	case one.InStep:
		return say("catalog_fresh", "at", at)
	}
	return say("catalog_late", "at", at)
}
