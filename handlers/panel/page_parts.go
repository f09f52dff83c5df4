package panel

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/storage"
)

// Parts that several pages have.

// A fact is a line of a list of facts before it is put into words. Its name is
// the text of its id, below the id of the list.
type fact struct{ id, value, to string }

// A timeFact is a fact that tells a time.
type timeFact struct {
	fact
	when web.Moment // whose words stand in the value
}

// A factLine is one of both.
type factLine interface{ line() timeFact }

func (f fact) line() timeFact     { return timeFact{fact: f} }
func (f timeFact) line() timeFact { return f }

// timed is a fact that says nothing but a time.
func timed(id string, when web.Moment) timeFact {
	return timeFact{fact{id: id, value: when.Text}, when}
}

// facts puts into words those facts that have a value.
func facts(c echo.Context, list string, all ...factLine) []web.Fact {
	var out []web.Fact
	for _, one := range all {
		if f := one.line(); f.value != "" {
			out = append(out, web.Fact{Name: say(c, list+"."+f.id), Value: f.value, When: f.when, To: f.to})
		}
	}
	return out
}

// mendNote tells of a problem, and leads to where it can be mended.
func mendNote(c echo.Context, kind string, p *storage.Problem, to string) web.Note {
	return web.Note{Kind: kind, Text: tell(c, p), To: to, Link: say(c, "mend")}
}

// companiesTrail leads to the list of companies.
func companiesTrail(c echo.Context) []web.Crumb {
	return []web.Crumb{{Title: say(c, "companies.title"), To: "/companies"}}
}

// companyTrail leads to a company's page.
func companyTrail(c echo.Context, one storage.Company) []web.Crumb {
	return append(companiesTrail(c), web.Crumb{Title: nameOf(one), To: companyTo(one.ID, "")})
}

// ordersTrail leads to a company's list of orders.
func ordersTrail(c echo.Context, company string) []web.Crumb {
	return []web.Crumb{{Title: say(c, "orders.title"), To: ordersTo(company)}}
}

// nameOf is what to call a company.
func nameOf(one storage.Company) string {
	if one.Name != "" {
		return one.Name
	}
	return one.ID
}

func itoa(n int) string { return strconv.Itoa(n) }

func itoa64(n int64) string { return strconv.FormatInt(n, 10) }

// numbered is an id of the shop as people name it.
func numbered(id int64) string { return "№ " + itoa64(id) }
