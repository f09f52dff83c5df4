package panel

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// What a company's chat posts is given its format here, on a message that has come: it is
// tried as it is typed, and nothing is stored before «Сохранить» is pressed. One form holds
// everything, and all of its buttons send it whole, so that nothing which was typed is lost
// by pressing another one. What is unread is read with the format that is stored: first it
// is counted what would come of it, and then a person has it done.
//
// The page stays small whatever came: of a message, of what it becomes and of the places
// in it only so much is shown.

// wireTo is the path of the page with a message chosen.
func wireTo(company, body string) string {
	to := companyTo(company, "/wire")
	if body != "" {
		to += "?" + url.Values{"body": {body}}.Encode()
	}
	return to
}

// wirePage shows the format as it is stored, tried on a message.
func (s *Server) wirePage(c echo.Context) error {
	one, err := s.bridge.Company(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	f := formOfWire(one)
	f.body = c.QueryParam("body")
	return s.showWire(c, http.StatusOK, one, f, nil)
}

// changeWire does what a button of the page says.
func (s *Server) changeWire(c echo.Context) error {
	one, err := s.bridge.Company(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	f := s.readWire(c)
	switch do := c.FormValue("do"); do {
	case "save":
		return s.saveWire(c, one, f)
	case "count", "replay":
		return s.replayPage(c, one, f, do == "count")
	}
	return s.showWire(c, http.StatusOK, one, f, nil)
}

// saveWire stores what was typed, unless somebody has saved since the person saw the
// settings. A secret that is made for another way of proof is shown, this once.
func (s *Server) saveWire(c echo.Context, one storage.Company, f *wireForm) error {
	ctx := c.Request().Context()
	if f.version != strconv.FormatInt(one.Version, 10) {
		f.changed(c, one)
		return s.showWire(c, http.StatusConflict, one, f, nil)
	}
	next := f.settings(c, one)
	var made storage.Chat
	switch {
	case f.auth == storage.AuthHMAC && f.phrase != "":
		if next.Chat.Secrets = []storage.Secret{storage.Secret(f.phrase)}; one.Chat.Auth == storage.AuthHMAC {
			next.Chat.Secrets = append(next.Chat.Secrets, one.Chat.Secrets[:min(1, len(one.Chat.Secrets))]...)
		}
	case next.Chat.Auth != one.Chat.Auth:
		made.Secrets = []storage.Secret{newSecret(next.Chat.Auth)}
		next.Chat.Secrets = made.Secrets
	}
	if len(f.wrong) > 0 { // what else is wrong is told with it
		bad, err := s.bridge.Faults(ctx, next)
		if err != nil {
			return err
		}
		return s.wireNotSaved(c, one, f, bad)
	}
	saved, err := s.bridge.SaveCompany(ctx, next)
	if bad, is := errors.AsType[*problem.Invalid](err); is {
		return s.wireNotSaved(c, one, f, bad)
	}
	if no, is := errors.AsType[*problem.Refused](err); is {
		if f.wrong[""] = tell(c, &no.Problem); no.Problem.Code == problem.RefusedCompanyExists {
			if one, err = s.bridge.Company(ctx, one.ID); err != nil {
				return err
			}
			f.changed(c, one)
		}
		return s.showWire(c, http.StatusConflict, one, f, nil)
	}
	if err != nil {
		return err
	}
	if len(made.Secrets) > 0 {
		back := web.Link{To: companyTo(one.ID, "/wire"), Title: say(c, "wire.back")}
		return s.showMade(c, saved.Company, made, companyTrail(c, one), back)
	}
	return s.goTo(c, companyTo(one.ID, "/wire?"+url.Values{"body": {f.body}, "done": {"wire_saved"}}.Encode()))
}

// wireNotSaved shows what is wrong, each fault at its input.
func (s *Server) wireNotSaved(c echo.Context, one storage.Company, f *wireForm, bad *problem.Invalid) error {
	f.place(c, bad)
	f.wrong[""] = join(" ", say(c, "manage.not_saved"), f.wrong[""])
	return s.showWire(c, http.StatusUnprocessableEntity, one, f, nil)
}

// replayPage reads what is unread with the stored format, or counts what would come of it.
func (s *Server) replayPage(c echo.Context, one storage.Company, f *wireForm, dry bool) error {
	ctx := c.Request().Context()
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	out, err := s.replay(ctx, desk, dry)
	if notRun(err) {
		f.wrong[""] = say(c, "wire.not_run")
		return s.showWire(c, http.StatusServiceUnavailable, one, f, nil)
	}
	if err != nil {
		return err
	}
	done := &web.Replayed{Note: web.Note{Kind: web.NoteInfo}}
	id := "wire.would"
	switch {
	case !dry:
		id, done.Note.Kind = "wire.read", web.NoteGood
		if out.Orders+out.Duplicates > 0 {
			done.Note.To, done.Note.Link = companyTo(one.ID, "/orders"), say(c, "orders.title")
		}
	case out.Orders+out.Duplicates+out.Ignored > 0:
		done.Do = say(c, "wire.replay_now")
	}
	done.Note.Text = say(c, id, "orders", itoa(out.Orders), "duplicates", itoa(out.Duplicates),
		"ignored", itoa(out.Ignored), "unread", itoa(out.StillUnread))
	if out.More {
		done.Note.Text += " " + say(c, "wire.more_time")
	}
	if e := out.FirstError; e != nil {
		done.Why = &web.Note{Kind: web.NoteWarn, Text: say(c, "wire.first", "why", faultText(c, *e)),
			To: wireTo(one.ID, unreadName(out.FirstUnread)), Link: say(c, "wire.first_link")}
	}
	if other, err := s.bridge.Differs(ctx, f.settings(c, one)); err != nil {
		return err
	} else if other {
		done.Note.Text += " " + say(c, "wire.not_stored")
	}
	f.wrong = map[string]string{} // nothing is about to be stored
	return s.showWire(c, http.StatusOK, one, f, done)
}

// showWire shows the page as the form has it.
func (s *Server) showWire(c echo.Context, status int, one storage.Company, f *wireForm, done *web.Replayed) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	page := web.Wire{Here: companyTo(one.ID, "/wire"), Received: companyTo(one.ID, "/received"), Version: f.version,
		Replayed: done, Draft: s.drafts.keep(f.phrase, time.Now())}
	chosen, err := s.chooseBody(c, &page, desk, f)
	if err != nil {
		return err
	}
	hide := secretsOf(one)
	tried, err := s.tryForm(c, &page, desk, f, chosen, hide)
	if err != nil {
		return err
	}
	f.formatFields(c, &page)
	f.rows(c, &page, chosen.survey(f, hide), tried)
	f.accessFields(c, &page, one.Chat.Auth == storage.AuthHMAC || f.phrase != "")
	f.markChanged(c, &page)
	page.Addresses = s.webhookURLs(c, one)
	count, err := desk.UnreadCount(c.Request().Context())
	if err != nil {
		return err
	}
	if count.N > 0 {
		page.Waiting = say(c, "wire.waiting", "n", itoa(count.N), "time", lasting(c, time.Since(count.Oldest)))
	}
	v := web.View{Title: say(c, "wire.title"), Section: "companies", Page: page, Trail: companyTrail(c, one)}
	if text := f.wrong[""]; text != "" {
		v.Notes = []web.Note{{Kind: web.NoteBad, Text: text}}
	}
	return s.show(c, status, "wire", v)
}

// formatFields are the inputs that say how messages are read.
func (f *wireForm) formatFields(c echo.Context, page *web.Wire) {
	page.Kind = web.Field{Name: "kind", Label: say(c, "wire.kind"), Hint: say(c, "wire.kind_hint"),
		Error: f.wrong["kind"]}
	kinds := slices.Concat([]string{storage.PresetContract, storage.PresetLearn}, wire.Presets(),
		[]string{kindFields, kindProgram})
	if f.kind != "" && !slices.Contains(kinds, f.kind) { // what is stored stays, though it has no name
		page.Kind.Options = append(page.Kind.Options, web.Option{Value: f.kind, Title: f.kind, Selected: true})
	}
	for _, kind := range kinds {
		page.Kind.Options = append(page.Kind.Options,
			web.Option{Value: kind, Title: say(c, "wire.kind_"+kind), Selected: kind == f.kind})
	}
	page.Preset, _ = wire.Preset(f.kind)
	page.Receive = web.WireText{Name: "receive", Label: say(c, "wire.receive"), Hint: say(c, "wire.receive_hint"),
		Value: f.receive, Error: f.wrong["receive"], Rows: 12}
	page.Program = f.kind == kindProgram || page.Receive.Error != ""
	page.Text = web.WireText{Name: "text", Label: say(c, "wire.pasted"), Hint: say(c, "wire.pasted_hint"),
		Value: f.text, Error: f.wrong["text"], Rows: 8}
	page.Type = web.Field{Name: "type", Label: say(c, "received.kind"), Value: f.textType, Autocomplete: "off",
		Mono: true, Hint: say(c, "wire.type_hint"), List: []web.Option{{Value: "application/json"},
			{Value: "application/x-www-form-urlencoded"}}}
	page.TextOpen = f.body == textBody || page.Text.Error != ""
}

// mainFields are the fields that most orders have; the others are folded.
var mainFields = []string{"id", "number", "items", "items.variant_id", "items.sku", "items.title", "items.quantity",
	"items.price", "customer.name", "customer.phone", "customer.email", "delivery.type_id", "delivery.address.text",
	"delivery_total", "payment.type_id", "payment.paid", "total", "comment"}

// neededFields are the fields that an order must have, and how: "" in each case, else
// with which other field it is one of a pair.
var neededFields = map[string]string{"id": "", "items": "", "items.quantity": "", "items.price": "",
	"items.variant_id": "items.sku", "items.sku": "items.variant_id", "customer.name": "customer.phone",
	"customer.phone": "customer.name"}

// rows are the fields of the table.
func (f *wireForm) rows(c echo.Context, page *web.Wire, there survey, tried *triedOrder) {
	row := func(field string) web.WireRow {
		_, inLine := lineField(field)
		name := inputOf(field)
		out := web.WireRow{ListID: "paths-whole", Field: web.Field{Name: name, Label: fieldName(c, field),
			Value: f.fields[field], Error: f.wrong[name]}}
		switch {
		case field == "items":
			out.ListID = "paths-list"
		case inLine:
			out.ListID = "paths-line"
		}
		if other, needed := neededFields[field]; needed {
			out.Needed = say(c, "wire.needed")
			if other != "" {
				out.Needed = say(c, "wire.needed_or", "other", fieldName(c, other))
			}
		}
		found, made := there.at(c, out.Value, inLine), tried.value(field)
		switch {
		case made != "" && found != "" && made != found:
			out.Found = say(c, "wire.found_made", "found", found, "made", made)
		case cmp.Or(made, found) != "":
			out.Found = say(c, "wire.found", "found", cmp.Or(made, found))
		}
		if out.Value != "" || out.Error != "" {
			page.Table = true
			page.RareOut = page.RareOut || !slices.Contains(mainFields, field)
		}
		return out
	}
	page.Table = page.Table || f.kind == kindFields
	for _, field := range mainFields {
		page.Rows = append(page.Rows, row(field))
	}
	for _, field := range wire.Fields() {
		if !slices.Contains(mainFields, field.Name) {
			page.Rare = append(page.Rare, row(field.Name))
		}
	}
	page.Paths = there.lists(c)
}

// fieldName is what a field of an order is called.
func fieldName(c echo.Context, field string) string { return say(c, "field."+field) }

// webhookURLs are where the chat posts a company's orders: where a token stands in the
// URL, both ways in which it may.
func (s *Server) webhookURLs(c echo.Context, one storage.Company) []web.Copyable {
	first := s.webhookURL(c, one)
	list := []web.Copyable{first}
	if one.Chat.Auth == storage.AuthPath {
		list = append(list, queryURL(c, first, storage.Masked))
	}
	return list
}

// chooseBody offers the messages on which the format can be tried and gives the chosen
// one: the newest unread one unless another is named.
func (s *Server) chooseBody(c echo.Context, page *web.Wire, desk *order.Desk, f *wireForm) (chosenBody, error) {
	list, err := s.bodies(c, desk)
	if err != nil {
		return chosenBody{}, err
	}
	out := chosenBody{name: f.body}
	named := slices.IndexFunc(list, func(b chosenBody) bool { return b.name == f.body })
	switch {
	case f.body == textBody:
	case named >= 0:
		out = list[named]
	case f.body != "":
		out.received, err = s.delivery(c, desk, f.body)
		if errors.Is(err, storage.ErrNotFound) { // it was read, or set aside
			out, err = chosenBody{}, nil
			break
		}
		out.title = s.bodyTitle(c, out.received)
		list = append(list, out)
	}
	if err != nil {
		return out, err
	}
	switch {
	case out.name == "" && len(list) > 0:
		out = list[0]
	case out.name == "" || out.name == textBody:
		out = chosenBody{name: textBody}
		out.received = storage.Received{Company: desk.ID(), At: time.Now(), ContentType: f.textType,
			Body: []byte(f.text)}
	}
	f.body = out.name
	page.Body = web.Field{Name: "body", Label: say(c, "wire.body"), Hint: say(c, "wire.body_hint")}
	for _, b := range append(list, chosenBody{name: textBody, title: say(c, "wire.paste")}) {
		page.Body.Options = append(page.Body.Options,
			web.Option{Value: b.name, Title: b.title, Selected: b.name == out.name})
	}
	return out, nil
}
