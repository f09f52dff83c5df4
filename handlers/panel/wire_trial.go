package panel

import (
	"bytes"
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	jsonexp "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// Bounds of what a trial shows.
const (
	bodiesToChoose = 10 // of each kind
	shownOfChosen  = 4 << 10
	shownEnvelopes = 3
	shownLines     = 20
	shownOfJSON    = 16 << 10
	shownErrors    = 20
)

// A chosenBody is a message on which a format is tried.
type chosenBody struct {
	name, title string
	received    storage.Received
}

// bodies are the messages that can be chosen: the newest unread ones, then the newest
// refused ones that are kept whole.
func (s *Server) bodies(c echo.Context, desk *order.Desk) ([]chosenBody, error) {
	ctx := c.Request().Context()
	unread, _, err := desk.Unread(ctx, "", bodiesToChoose)
	if err != nil {
		return nil, err
	}
	var list []chosenBody
	for _, r := range unread {
		list = append(list, chosenBody{unreadName(r.Seq), s.bodyTitle(c, r), r})
	}
	refused, _, err := desk.Refusals(ctx, "", bodiesToChoose)
	for _, r := range refused {
		if readable(r) {
			received := ofRefusal(desk.ID(), r)
			list = append(list, chosenBody{refusedName(r.Seq), s.bodyTitle(c, received), received})
		}
	}
	return list, err
}

// bodyTitle is what a message is called among those to choose from.
func (s *Server) bodyTitle(c echo.Context, r storage.Received) string {
	id := "wire.body_unread"
	if r.Refusal != 0 {
		id = "wire.body_refused"
	}
	return join(", ", say(c, id, "time", s.when(c, r.At)),
		say(c, "received.bytes", "n", itoa(max(len(r.Body), len(r.Query)))))
}

// message is the message as a program takes it; false if it cannot be read.
func (b chosenBody) message() (v any, is bool) {
	r := b.received
	v, err := wire.Body{ContentType: r.ContentType, Text: r.Body, Query: r.Query}.Input()
	return v, err == nil
}

// survey is what stands in the message; nothing if it cannot be read.
func (b chosenBody) survey(f *wireForm, hide []string) survey {
	message, is := b.message()
	if !is {
		return survey{}
	}
	return surveyOf(message, f.fields["items"], hide)
}

// view is the message as a person sees it: with its fields by their names, whatever it
// came as. It is nil of one that is pasted.
func (b chosenBody) view(c echo.Context, hide []string) *web.WireBody {
	if b.name == textBody {
		return nil
	}
	r := b.received
	query, _ := shownText(visible(r.Query), shownOfChosen, hide)
	out := &web.WireBody{Facts: facts(c, "received",
		fact{"kind", visible(r.ContentType), ""}, fact{"query", query, ""})}
	text, cut := visible(string(r.Body)), false
	if message, is := b.message(); is {
		text = strings.TrimSuffix(pretty(message), "\n")
	}
	if out.Text, cut = shownText(text, shownOfChosen, hide); cut {
		out.Cut = say(c, "wire.body_cut", "n", itoa(len(r.Body)))
	}
	return out
}

// tryForm tries the format on the chosen message, shows what comes of it, and gives the
// first order as the table's rows show it.
func (s *Server) tryForm(
	c echo.Context, page *web.Wire, desk *order.Desk, f *wireForm, chosen chosenBody, hide []string,
) (*triedOrder, error) {
	page.Chosen = chosen.view(c, hide)
	nothing := func(id string) (*triedOrder, error) {
		page.Trial.Note = web.Note{Kind: web.NoteInfo, Text: say(c, id)}
		return nil, nil
	}
	in, is := f.trial()
	switch {
	case f.kind == storage.PresetLearn:
		return nothing("wire.learns")
	case !is:
		return nothing("wire.no_program")
	case len(chosen.received.Body) == 0 && chosen.received.Query == "":
		return nothing("wire.no_body")
	}
	r := chosen.received
	in.Body, in.ContentType, in.Query, in.Unread = string(r.Body), r.ContentType, r.Query, r.Seq
	out, err := s.tryWire(c.Request().Context(), desk.ID(), in)
	if errors.Is(err, storage.ErrNotFound) { // it was read meanwhile
		return nothing("wire.no_body")
	}
	if notRun(err) {
		return nothing("wire.not_run")
	}
	if err != nil {
		return nil, err
	}
	f.addFaults(c, page, out.Errors, len(out.Envelopes))
	var tried *triedOrder
	for i, envelope := range out.Envelopes[:min(len(out.Envelopes), shownEnvelopes)] {
		order, err := s.readOrder(desk.ID(), envelope)
		if err != nil {
			order = nil // its errors stand above, or it is no order
		}
		page.Trial.Orders = append(page.Trial.Orders, s.wireOrder(c, envelope, order, hide))
		if i == 0 {
			tried = triedOf(envelope)
		}
		if order == nil || page.Trial.Result != nil {
			continue
		}
		p, err := desk.PreviewBody(c.Request().Context(), order)
		if err != nil {
			return nil, err
		}
		page.Trial.Result = s.previewResult(c, p)
		boundResult(page.Trial.Result, hide)
	}
	if more := len(out.Envelopes) - shownEnvelopes; more > 0 {
		page.Trial.More = say(c, "wire.more_orders", "n", itoa(more))
	}
	return tried, nil
}

// notRun reports that no program can be run now, which is the connector's own fault.
func notRun(err error) bool {
	_, is := errors.AsType[*failure.NotReady](err)
	return is
}

// addFaults says what has come of a trial, and puts what is wrong at the inputs.
func (f *wireForm) addFaults(c echo.Context, page *web.Wire, faults []api.FieldError, envelopes int) {
	note := &page.Trial.Note
	switch {
	case len(faults) > 0:
		*note = web.Note{Kind: web.NoteBad, Text: say(c, "wire.fails")}
	case envelopes == 0:
		*note = web.Note{Kind: web.NoteInfo, Text: say(c, "wire.ignored")}
	default:
		*note = web.Note{Kind: web.NoteGood, Text: say(c, "wire.works")}
	}
	for _, e := range faults[:min(len(faults), shownErrors)] {
		text := wireError(c, e.Rule, e.Args)
		name, at := "", ""
		switch field, where := orderField(e.Field); {
		case field != "":
			name, at, text = fieldName(c, field), inputOf(field), fieldError(c, e.Rule, e.Args)
			if where != "" {
				text = say(c, "wire.line", "n", where, "text", text)
			}
		case e.Field == "receive" && f.kind == kindProgram:
			at = "receive"
		}
		page.Trial.Errors = append(page.Trial.Errors, web.Fact{Name: name, Value: text})
		if at != "" && f.wrong[at] == "" {
			f.wrong[at] = text
		}
	}
}

// errorPlace takes the name of a field as errors give it apart: of the table, of an
// envelope, or of one of several; and of a line of it.
var errorPlace = regexp.MustCompile(`^(?:fields\.|(?:envelopes\[\d+\]\.)?data\.)(.+)$`)

// errorLine finds the number of a line.
var errorLine = regexp.MustCompile(`^items\[(\d+)\]`)

// orderField is the field of an order that an error is about, as tables name it, and the
// number of the line, from 1; "" if it is about none.
func orderField(field string) (name, line string) {
	m := errorPlace.FindStringSubmatch(field)
	if m == nil {
		return "", ""
	}
	name = m[1]
	if at := errorLine.FindStringSubmatch(name); at != nil {
		name, line = "items"+name[len(at[0]):], lineNumber(at[1])
	}
	if !slices.ContainsFunc(wire.Fields(), func(f wire.Field) bool { return f.Name == name }) {
		return "", ""
	}
	return name, line
}

// lineNumber is the number of a line as people count, from 1.
func lineNumber(index string) string {
	n, err := strconv.Atoi(index)
	if err != nil {
		return ""
	}
	return itoa(n + 1)
}

// lineField is the name of a field within its line, if it is one of a line.
func lineField(field string) (string, bool) { return strings.CutPrefix(field, "items.") }

// wireOrder is one envelope for people. The order is nil if it is none, or not valid.
func (s *Server) wireOrder(c echo.Context, envelope []byte, order *ineedchat.Order, hide []string) web.WireOrder {
	var head struct {
		Type string `json:"type"`
	}
	_ = jsonexp.Unmarshal(envelope, &head) // one that is no JSON has no title
	out := web.WireOrder{Title: cmp.Or(typeName(c, head.Type), visible(head.Type))}
	out.JSON, _ = shownText(laidOut(envelope), shownOfJSON, hide)
	if order == nil {
		return out
	}
	out.Facts = append(facts(c, "order", fact{"chat_number", cmp.Or(order.Number, order.ID), ""}),
		s.customerFacts(c, order)...)
	out.Lines, out.Totals = orderLines(c, order, nil), totalFacts(c, order)
	if more := len(out.Lines) - shownLines; more > 0 {
		out.Lines, out.More = out.Lines[:shownLines], say(c, "wire.more_lines", "n", itoa(more))
	}
	return out
}

// typeName is what a type of message is called; "" if it has no name.
func typeName(c echo.Context, kind string) string {
	if text := say(c, "wire.type_"+kind); text != "panel.wire.type_"+kind {
		return text
	}
	return ""
}

// boundResult keeps the request to the shop short, and without secrets.
func boundResult(r *web.PreviewResult, hide []string) {
	r.Lines = r.Lines[:min(len(r.Lines), shownLines)]
	r.Request, _ = shownText(r.Request, shownOfJSON, hide)
}

// A triedOrder is the first envelope of a trial, taken apart as far as rows show it.
type triedOrder struct {
	data, line map[string]jsontext.Value
}

// triedOf takes an envelope apart.
func triedOf(envelope []byte) *triedOrder {
	var e struct {
		Data map[string]jsontext.Value `json:"data"`
	}
	if jsonexp.Unmarshal(envelope, &e) != nil {
		return nil
	}
	out := &triedOrder{data: e.Data}
	d := jsontext.NewDecoder(bytes.NewReader(e.Data["items"]))
	if t, err := d.ReadToken(); err == nil && t.Kind() == '[' {
		_ = jsonexp.UnmarshalDecode(d, &out.line) // an empty list has no line
	}
	return out
}

// value is what stands in a field of the order, as far as it is a text or a number.
func (t *triedOrder) value(field string) string {
	if t == nil || field == "items" {
		return ""
	}
	at := t.data
	if name, is := lineField(field); is {
		at, field = t.line, name
	}
	steps := strings.Split(field, ".")
	for _, step := range steps[:len(steps)-1] {
		var inner map[string]jsontext.Value
		if jsonexp.Unmarshal(at[step], &inner) != nil {
			return ""
		}
		at = inner
	}
	raw := at[steps[len(steps)-1]]
	if len(raw) == 0 || raw.Kind() == '{' || raw.Kind() == '[' {
		return ""
	}
	var text string
	if jsonexp.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	return (&placer{}).shown(text, false)
}
