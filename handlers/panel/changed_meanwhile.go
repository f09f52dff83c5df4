package panel

import (
	"cmp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// Where two people, or one in two tabs, change the settings of a company, the later form is
// not stored over what the other has saved. It comes back with what was typed, and beside
// each field that is otherwise in the settings by now stands what is in them. It carries the
// version of these settings then: who saves it once more means it. Secrets are not compared,
// and never shown.

// changed turns the form to the settings as they are now.
func (f *settingsForm) changed(c echo.Context, now storage.Company, done string) {
	f.now = formOf(now)
	f.version = f.now.version
	f.wrong[""] = done + say(c, "manage.changed")
}

// markChanged marks what the page has otherwise than the settings, if they have changed.
func (f *settingsForm) markChanged(c echo.Context, page *web.Manage) {
	if f.now == nil {
		return
	}
	markField(c, &page.Name, f.name, f.now.name)
	markField(c, &page.ShopURL, f.shopURL, f.now.shopURL)
	markField(c, &page.KeyID, f.keyID, f.now.keyID)
	markField(c, &page.ChatURL, f.chatURL, f.now.chatURL)
	markField(c, &page.Auth, f.auth, f.now.auth)
	markField(c, &page.MaxAge, f.maxAge, f.now.maxAge)
	markField(c, &page.EraseAfter, f.eraseAfter, f.now.eraseAfter)
	markField(c, &page.Catalog.Price, f.price, f.now.price)
	markField(c, &page.Catalog.Interval, f.interval, f.now.interval)
	markLines(c, &page.Payments, f.payments, f.now.payments)
	markLines(c, &page.Deliveries, f.deliveries, f.now.deliveries)
	markLines(c, &page.Statuses, f.statuses, f.now.statuses)
	markLines(c, &page.Fields, f.fields, f.now.fields)
}

// markField says at a field what the settings have there, if that is not what was typed.
func markField(c echo.Context, field *web.Field, mine, now string) {
	if strings.TrimSpace(mine) != strings.TrimSpace(now) {
		field.Now = say(c, "now", "value", titleOf(c, field.Options, now))
	}
}

// titleOf is how a page calls a value: as the option that stands for it, if there is one.
func titleOf(c echo.Context, options []web.Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Title
		}
	}
	return cmp.Or(strings.TrimSpace(value), say(c, "now_empty"))
}

// markLines does that for a list of pairs, and names those that were added meanwhile.
func markLines(c echo.Context, m *web.Mapping, mine, now []pairForm) {
	typed, stored := rightSides(mine), rightSides(now)
	var options []web.Option
	shown := map[string]bool{"": true}
	for i := range m.Lines {
		l := &m.Lines[i]
		options = l.Options
		if !shown[l.From] && typed[l.From] != stored[l.From] {
			l.Now = say(c, "now", "value", titleOf(c, l.Options, stored[l.From]))
		}
		shown[l.From] = true
	}
	var others []string
	for _, p := range now {
		if !shown[p.from] {
			others = append(others, p.from+" → "+titleOf(c, options, cmp.Or(p.other, p.id)))
		}
	}
	if len(others) > 0 {
		m.Now = say(c, "now_others", "list", strings.Join(others, "; "))
	}
}

// rightSides are the right sides of pairs by their left ones.
func rightSides(lines []pairForm) map[string]string {
	m := map[string]string{}
	for _, l := range lines {
		text := cmp.Or(l.other, l.id)
		if id, ok := typedID(text); ok {
			text = itoa64(id)
		}
		m[l.from] = text
	}
	return m
}

// changed turns the form of a format to the settings as they are now.
func (f *wireForm) changed(c echo.Context, now storage.Company) {
	f.now = formOfWire(now)
	f.version = f.now.version
	f.wrong[""] = say(c, "manage.changed")
}

// markChanged marks what the page has otherwise than the settings, if they have changed,
// and unfolds that.
func (f *wireForm) markChanged(c echo.Context, page *web.Wire) {
	if f.now == nil {
		return
	}
	markField(c, &page.Kind, f.kind, f.now.kind)
	for _, field := range wire.Fields() {
		for _, rows := range [][]web.WireRow{page.Rows, page.Rare} {
			if i := slices.IndexFunc(rows, func(r web.WireRow) bool { return r.Name == inputOf(field.Name) }); i >= 0 {
				markField(c, &rows[i].Field, f.fields[field.Name], f.now.fields[field.Name])
				page.Table = page.Table || rows[i].Now != ""
			}
		}
	}
	page.RareOut = page.RareOut || slices.ContainsFunc(page.Rare, func(r web.WireRow) bool { return r.Now != "" })
	texts := map[*web.WireText][2]string{&page.Receive: {f.receive, f.now.receive},
		&page.Report: {f.report, f.now.report}, &page.Answer: {f.answer, f.now.answer}}
	for text, of := range texts {
		if strings.TrimSpace(of[0]) != strings.TrimSpace(of[1]) {
			text.Now = say(c, "now", "value", titleOf(c, nil, of[1]))
		}
	}
	page.Program = page.Program || page.Receive.Now != ""
	markField(c, &page.Auth, f.auth, f.now.auth)
	mine, now := signatureFields(f.hmac), signatureFields(f.now.hmac)
	for i := range page.Signature {
		in := &page.Signature[i]
		markField(c, in, mine[in.Name], now[in.Name])
		page.Signed = page.Signed || in.Now != ""
	}
	markField(c, &page.Status, f.status, f.now.status)
	markField(c, &page.Catalog, f.catalog, f.now.catalog)
	page.More = page.More || cmp.Or(page.Status.Now, page.Catalog.Now, page.Answer.Now, page.Report.Now) != ""
}

// signatureFields are the values of a signature's inputs, by their names; none of them is
// secret.
func signatureFields(h storage.HMAC) map[string]string {
	return map[string]string{"header": h.Header, "algorithm": cmp.Or(h.Algorithm, "sha256"),
		"encoding": cmp.Or(h.Encoding, "hex"), "prefix": h.Prefix, "over": cmp.Or(h.Over, wire.OverBody),
		"timestamp_header": h.TimestampHeader}
}
