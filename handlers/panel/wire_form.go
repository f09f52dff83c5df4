package panel

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// The page has one choice of how messages are read where the settings have three places,
// of which the program wins over the table and the table over the preset. What is stored
// is what is chosen: a preset with the table's fields over it, the table alone, or the
// program, under which preset and table stay.

// The choices beside the names of the shipped formats.
const (
	kindFields  = "fields"
	kindProgram = "program"
)

// textBody is the name of the body that a person pastes.
const textBody = "text"

// longestPasted is how much of a message can be pasted, in bytes: the page gives it back.
const longestPasted = 64 << 10

// A wireForm is the page as a person has filled it in.
type wireForm struct {
	version, kind  string
	fields         map[string]string // what is typed, by field
	receive        string
	report         string
	body           string // which message is chosen, see Server.delivery; "" = the usual one
	text, textType string
	auth, phrase   string
	hmac           storage.HMAC
	status, answer string
	catalog        string
	wrong          map[string]string // by the input's name
	now            *wireForm         // the settings that were stored meanwhile; nil = none were
}

// kindOfWire is the choice that stored settings stand for.
func kindOfWire(w *storage.Wire) string {
	switch {
	case w == nil:
		return storage.PresetContract
	case w.Receive != "":
		return kindProgram
	case slices.Contains(wire.Presets(), w.Preset):
		return w.Preset
	case len(w.Fields) > 0:
		return kindFields
	}
	return cmp.Or(w.Preset, storage.PresetContract)
}

// formOfWire fills the form from stored settings.
func formOfWire(one storage.Company) *wireForm {
	f := &wireForm{version: strconv.FormatInt(one.Version, 10), kind: kindOfWire(one.Chat.Wire),
		fields: map[string]string{}, auth: one.Chat.Auth, hmac: one.Chat.HMAC, catalog: storage.CatalogPush,
		wrong: map[string]string{}}
	w := one.Chat.Wire
	if w == nil {
		return f
	}
	f.fields, f.receive, f.report = maps.Clone(w.Fields), w.Receive, w.Report
	f.catalog = cmp.Or(w.Catalog, storage.CatalogPush)
	if a := w.Answer; a != nil {
		f.status, f.answer = itoa(a.Status), a.Body
	}
	return f
}

// inputOf is the name of a field's input, and its id.
func inputOf(field string) string { return "f-" + strings.ReplaceAll(field, ".", "-") }

// readWire takes what a person has sent. A pasted message is a text as browsers send it.
func (s *Server) readWire(c echo.Context) *wireForm {
	lines := func(name string) string { return strings.ReplaceAll(c.FormValue(name), "\r\n", "\n") }
	f := &wireForm{version: c.FormValue("version"), kind: c.FormValue("kind"), fields: map[string]string{},
		receive: lines("receive"), report: lines("report"), body: c.FormValue("body"), text: lines("text"),
		textType: trimmed(c, "type"),
		auth:     c.FormValue("auth"), phrase: s.drafts.secret(trimmed(c, "phrase"), c.FormValue("draft"), time.Now()),
		hmac: storage.HMAC{Header: trimmed(c, "header"), Algorithm: c.FormValue("algorithm"),
			Encoding: c.FormValue("encoding"), Prefix: c.FormValue("prefix"), Over: c.FormValue("over"),
			TimestampHeader: trimmed(c, "timestamp_header")},
		status: trimmed(c, "status"), answer: lines("answer"), catalog: c.FormValue("catalog"),
		wrong: map[string]string{}}
	for _, field := range wire.Fields() {
		if v := trimmed(c, inputOf(field.Name)); v != "" {
			f.fields[field.Name] = v
		}
	}
	if c.FormValue("do") == "paste" {
		f.body = textBody
	}
	if len(f.text) > longestPasted {
		f.text = strings.ToValidUTF8(f.text[:longestPasted], "")
		f.wrong["text"] = say(c, "wire.text_long", "max", itoa(longestPasted>>10))
	}
	return f
}

// trial is the wire that the form stands for; false if there is none to be tried yet.
func (f *wireForm) trial() (in api.WireTrial, is bool) {
	switch f.kind {
	case storage.PresetLearn:
		return in, false
	case kindFields:
		in.Fields = f.fields
		return in, len(f.fields) > 0
	case kindProgram:
		in.Receive = f.receive
		return in, strings.TrimSpace(f.receive) != ""
	}
	in.Preset = cmp.Or(f.kind, storage.PresetContract)
	if in.Preset != storage.PresetContract {
		in.Fields = f.fields
	}
	return in, true
}

// settings gives the company with what was typed. If something could not be understood,
// wrong says so, and nothing may be stored.
func (f *wireForm) settings(c echo.Context, one storage.Company) storage.Company {
	one = one.Clone()
	w := one.Chat.Wire
	if w == nil {
		w = &storage.Wire{}
	}
	one.Chat.Wire = w
	switch f.kind {
	case storage.PresetContract, storage.PresetLearn:
		w.Preset, w.Fields, w.Receive = f.kind, nil, ""
	case kindFields:
		if len(f.fields) == 0 {
			f.wrong["kind"] = say(c, "wire.no_fields")
		}
		w.Preset, w.Fields, w.Receive = "", f.fields, ""
	case kindProgram:
		if strings.TrimSpace(f.receive) == "" {
			f.wrong["receive"] = tell(c, &storage.Problem{Code: problem.FieldRequired})
		}
		w.Receive = f.receive
	default:
		w.Preset, w.Fields, w.Receive = f.kind, f.fields, ""
	}
	w.Report, w.Catalog, w.Answer = f.report, f.catalog, nil
	if f.status != "" || f.answer != "" {
		status, err := strconv.Atoi(cmp.Or(f.status, strconv.Itoa(http.StatusOK)))
		if err != nil {
			f.wrong["status"] = tell(c, &storage.Problem{Code: problem.FieldRange,
				Args: map[string]string{"min": "200", "max": "299"}})
		}
		w.Answer = &storage.WireAnswer{Status: status, Body: f.answer}
	}
	one.Chat.Auth = f.auth
	if f.auth == storage.AuthHMAC || f.hmac.Header != "" {
		one.Chat.HMAC = f.hmac
	}
	return one
}

// wireInputs are the inputs of settings whose names differ from these.
var wireInputs = map[string]string{
	"chat.wire.preset": "kind", "chat.wire.receive": "receive", "chat.wire.report": "report",
	"chat.wire.answer.status": "status",
	"chat.wire.answer.body":   "answer", "chat.wire.catalog": "catalog", "chat.auth": "auth",
	"chat.hmac.header": "header", "chat.hmac.algorithm": "algorithm", "chat.hmac.encoding": "encoding",
	"chat.hmac.prefix": "prefix", "chat.hmac.over": "over", "chat.hmac.timestamp_header": "timestamp_header",
	"chat.secrets[0]": "phrase",
}

// place puts errors of the settings at the inputs that they are about; what is about none
// of them stands on top.
func (f *wireForm) place(c echo.Context, bad *problem.Invalid) {
	for _, e := range bad.Fields {
		at := wireInputs[e.Field]
		if field, is := strings.CutPrefix(e.Field, "chat.wire.fields."); is {
			at = inputOf(field)
		}
		text := tell(c, &e.Problem)
		if e.Problem.Code == problem.FieldWireSyntax {
			text = wireError(c, e.Problem.Code, e.Problem.Args)
		}
		if at == "" {
			text = settingName(c, e.Field) + ": " + text
		}
		f.wrong[at] = join(" ", f.wrong[at], text)
	}
}

// accessFields are the inputs of how the chat proves itself and what it is answered.
func (f *wireForm) accessFields(c echo.Context, page *web.Wire, kept bool) {
	field := func(name, value string) web.Field {
		out := web.Field{Name: name, Label: say(c, "wire."+name), Value: value, Error: f.wrong[name],
			Autocomplete: "off", Mono: true}
		if hint := say(c, "wire."+name+"_hint"); hint != "panel.wire."+name+"_hint" {
			out.Hint = hint
		}
		return out
	}
	choose := func(name, value, titles string, values ...string) web.Field {
		out := field(name, value)
		for _, v := range values {
			title := v
			if titles != "" {
				title = say(c, titles+v)
			}
			out.Options = append(out.Options, web.Option{Value: v, Title: title, Selected: v == value})
		}
		return out
	}
	h := f.hmac
	page.Auth = choose("auth", f.auth, "auth.", storage.AuthSignature, storage.AuthBearer, storage.AuthPath,
		storage.AuthHMAC)
	phrase := field("phrase", "")
	phrase.Type, phrase.Autocomplete = "password", "new-password"
	if kept {
		phrase.Placeholder = say(c, "shop.kept")
	}
	page.Signature = []web.Field{field("header", h.Header), phrase,
		choose("algorithm", cmp.Or(h.Algorithm, "sha256"), "", "sha1", "sha256", "sha512"),
		choose("encoding", cmp.Or(h.Encoding, "hex"), "", "hex", "base64"), field("prefix", h.Prefix),
		choose("over", cmp.Or(h.Over, wire.OverBody), "wire.over_", wire.OverBody, "timestamp.body"),
		field("timestamp_header", h.TimestampHeader)}
	page.Signed = f.auth == storage.AuthHMAC ||
		slices.ContainsFunc(page.Signature, func(in web.Field) bool { return in.Error != "" })
	page.Status = field("status", f.status)
	page.Status.Mode, page.Status.Placeholder = "numeric", "202"
	page.Catalog = choose("catalog", f.catalog, "wire.catalog_", storage.CatalogPush, storage.CatalogFeed,
		storage.CatalogNone)
	page.Answer = web.WireText{Name: "answer", Label: say(c, "wire.answer"), Hint: say(c, "wire.answer_hint"),
		Value: f.answer, Error: f.wrong["answer"], Rows: 3}
	page.Report = web.WireText{Name: "report", Label: say(c, "wire.report"), Hint: say(c, "wire.report_hint"),
		Value: f.report, Error: f.wrong["report"], Rows: 6}
	page.More = page.Report.Error != "" || page.Status.Error != "" || page.Answer.Error != "" ||
		page.Catalog.Error != ""
}
