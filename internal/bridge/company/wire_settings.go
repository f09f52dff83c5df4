package company

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// Bounds of a wire's settings.
const (
	shortestWord = 8       // characters of a secret that a chat has made
	longestWord  = 512     // characters
	maxAnswer    = 4 << 10 // bytes
)

// tidyWire drops what says nothing, and all of a wire that is the contract.
func tidyWire(chat *storage.Chat) {
	h := &chat.HMAC
	for _, text := range []*string{&h.Header, &h.Algorithm, &h.Encoding, &h.Over, &h.TimestampHeader} {
		*text = strings.TrimSpace(*text)
	}
	if chat.Auth == storage.AuthHMAC && h.Over == "" {
		h.Over = wire.OverBody
	}
	w := chat.Wire
	if w == nil {
		return
	}
	w.Preset = strings.TrimSpace(w.Preset)
	if w.Preset == storage.PresetContract {
		w.Preset = ""
	}
	maps.DeleteFunc(w.Fields, func(_, expression string) bool { return strings.TrimSpace(expression) == "" })
	if len(w.Fields) == 0 {
		w.Fields = nil
	}
	if w.Catalog == storage.CatalogPush {
		w.Catalog = ""
	}
	for _, program := range []*string{&w.Receive, &w.Report} {
		if strings.TrimSpace(*program) == "" {
			*program = ""
		}
	}
	if !w.Translates() && w.Report == "" && w.Answer == nil && w.Catalog == "" {
		chat.Wire = nil
	}
}

// WireOf gives the settings of a wire as package wire takes them.
func WireOf(w *storage.Wire) wire.Settings {
	if w == nil {
		return wire.Settings{}
	}
	return wire.Settings{Preset: w.Preset, Fields: w.Fields, Receive: w.Receive, Report: w.Report}
}

func validateHMAC(chat storage.Chat, bad *problem.Invalid) {
	for _, name := range wire.HMAC(chat.HMAC).Invalid() {
		field := "chat.hmac." + name
		switch name {
		case "algorithm":
			bad.Add(field, problem.FieldOneOf, "values", "sha1, sha256, sha512")
		case "encoding":
			bad.Add(field, problem.FieldOneOf, "values", "hex, base64")
		case "over":
			bad.Add(field, problem.FieldOneOf, "values", "body, timestamp.body")
		default:
			bad.Add(field, problem.FieldHeaderName)
		}
	}
	for i, s := range chat.Secrets {
		if !validWord(s.Reveal()) {
			bad.Add("chat.secrets["+strconv.Itoa(i)+"]", problem.FieldWordShort, "min", strconv.Itoa(shortestWord))
		}
	}
}

// validWord reports whether a text can be a secret that a chat has made.
func validWord(s string) bool {
	n := len([]rune(s))
	return n >= shortestWord && n <= longestWord
}

func validateWire(w *storage.Wire, bad *problem.Invalid) {
	if w == nil {
		return
	}
	if _, err := WireOf(w).Program(); err != nil && !errors.Is(err, wire.ErrNoProgram) {
		field, reason := "receive", err.Error()
		if e, is := errors.AsType[*wire.FieldError](err); is {
			if field, reason = e.Field, e.Err.Error(); field != "preset" && field != "receive" {
				field = "fields." + field
			}
		}
		if field == "preset" {
			presets := append([]string{storage.PresetContract, storage.PresetLearn}, wire.Presets()...)
			bad.Add("chat.wire.preset", problem.FieldOneOf, "values", strings.Join(presets, ", "))
		} else {
			bad.Add("chat.wire."+field, problem.FieldWireSyntax, "reason", reason)
		}
	}
	if w.Report != "" {
		if err := wire.CheckReport(w.Report); err != nil {
			bad.Add("chat.wire.report", problem.FieldWireSyntax, "reason", err.Error())
		}
	}
	if a := w.Answer; a != nil {
		if a.Status < 200 || a.Status > 299 {
			bad.Add("chat.wire.answer.status", problem.FieldRange, "min", "200", "max", "299")
		}
		if len(a.Body) > maxAnswer {
			bad.Add("chat.wire.answer.body", problem.FieldTooLong, "max", strconv.Itoa(maxAnswer))
		}
	}
	catalogs := []string{storage.CatalogPush, storage.CatalogFeed, storage.CatalogNone}
	if w.Catalog != "" && !slices.Contains(catalogs, w.Catalog) {
		bad.Add("chat.wire.catalog", problem.FieldOneOf, "values", strings.Join(catalogs, ", "))
	}
}
