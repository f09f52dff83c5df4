// Package locale is every text that a person reads, in Russian and in English,
// kept in the embedded files ru.json and en.json under ids such as
// "problem.payment_unmapped" or "state.new".
//
// The rest of the program speaks in codes with arguments; only here do they
// become sentences. The Russian ones are for the owner of a shop: what is
// wrong, where it is, and what to do about it. The English ones are for the
// JSON API and say the same in fewer words.
//
// No text is ever missing at run time: what English lacks is said in Russian,
// and what both lack is shown as the code itself. Nothing here panics, whatever
// the arguments are. The texts of a language take up memory from the first of them
// that is asked for: a connector of whose panel nobody has need keeps none.
//
// Texts count by the plural rules of their language (Unicode CLDR):
//
//	{{count .n `заказ` `заказа` `заказов`}}      3 заказа
//	{{count .n `order` `orders`}}                3 orders
//	{{plural .n `Ждёт` `Ждут` `Ждут`}}           the word only
//
// Russian brings three forms (for 1, 2, 5), English two. The number is written as people
// write it: 12 345. Other functions help where texts meet: inner, small, big, sentence.
//
// The package is a leaf: it imports nothing of ours and knows no types.
package locale

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/template"
)

// The languages there are.
const (
	Russian = "ru" // the default
	English = "en"
)

//go:embed ru.json en.json
var files embed.FS

// A catalog is all texts of a language, by their ids.
type catalog struct {
	texts  map[string]string
	parsed sync.Map // by id: the *template.Template of each text with arguments that was said
}

// catalogs are read when somebody asks for the first text of a language.
var catalogs = map[string]func() *catalog{
	Russian: sync.OnceValue(func() *catalog { return load(Russian) }),
	English: sync.OnceValue(func() *catalog { return load(English) }),
}

// load reads an embedded file. It is part of the program, so a broken one is a broken
// build: it panics in every test that asks for a text.
func load(lang string) *catalog {
	c := &catalog{}
	text, err := files.ReadFile(lang + ".json")
	if err == nil {
		err = json.Unmarshal(text, &c.texts)
	}
	if err != nil {
		panic(fmt.Errorf("%s.json: %w", lang, err))
	}
	return c
}

// say gives the text of an id with its arguments put in; "" if there is none.
func (c *catalog) say(id string, args map[string]string) string {
	text := c.texts[id]
	if !strings.Contains(text, "{{") {
		return text
	}
	parsed, ok := c.parsed.Load(id)
	if !ok {
		t, err := template.New(id).Option("missingkey=zero").Funcs(functions).Parse(text)
		if err != nil {
			return ""
		}
		parsed, _ = c.parsed.LoadOrStore(id, t)
	}
	if args == nil {
		args = map[string]string{} // of the nil one a template knows no keys
	}
	var b strings.Builder
	if err := parsed.(*template.Template).Execute(&b, args); err != nil {
		return ""
	}
	return b.String()
}

// of gives the texts of a language; an unknown one is Russian.
func of(lang string) *catalog {
	read, ok := catalogs[lang]
	if !ok {
		read = catalogs[Russian]
	}
	return read()
}

// IDs lists the ids of all texts of a language, sorted.
func IDs(lang string) []string { return slices.Sorted(maps.Keys(of(lang).texts)) }

// Text gives the text of an id with its arguments put in. An unknown language
// is Russian, an unknown id is its own text, and a missing argument is empty.
func Text(lang, id string, args map[string]string) string {
	if text, ok := lookup(lang, id, args); ok {
		return text
	}
	return id
}

// Problem gives the words of a problem code, a notice or a refusal; an unknown
// code is its own text. Arguments that are codes themselves are put into words
// first, see [words].
func Problem(lang, code string, args map[string]string) string {
	if text, ok := lookup(lang, "problem."+code, words(lang, args)); ok {
		return text
	}
	return code
}

// Event gives the words of one entry of an order's history. If its arguments
// name a problem ("code"), that problem's words belong to the text.
func Event(lang, kind string, args map[string]string) string {
	if text, ok := lookup(lang, "event."+kind, words(lang, args)); ok {
		return text
	}
	return kind
}

// Check names a thing that was checked, in words.
func Check(lang, name string, args map[string]string) string {
	if text, ok := lookup(lang, "check."+name, words(lang, args)); ok {
		return text
	}
	return name
}

// Doctor names a thing that the doctor has looked at, and says what was found and what to do;
// the second is "" without a reason.
func Doctor(lang, name, reason string, args map[string]string) (title, message string) {
	title, ok := lookup(lang, "doctor."+name, args)
	if !ok {
		title = name
	}
	if reason == "" {
		return title, ""
	}
	told := words(lang, args)
	for _, id := range []string{"doctor." + name + "." + reason, "doctor.reason." + reason} {
		if message, ok = lookup(lang, id, told); ok {
			return title, message
		}
	}
	return title, reason
}

// ProbeDetail gives the words for why an assumption has the verdict that it has; ""
// without a reason.
func ProbeDetail(lang, reason string, args map[string]string) string {
	if reason == "" {
		return ""
	}
	if text, ok := lookup(lang, "probe.reason."+reason, args); ok {
		return text
	}
	return Problem(lang, reason, args)
}

// coded are the arguments that are codes, with what the ids of their texts begin with.
var coded = map[string]string{"state": "state.", "action": "action.", "operation": "operation.",
	"status": "status.", "reason": "reason.", "right": "right.", "paid": "payment.",
	"shop_status": "panel.insales_status.", "by": "panel.journal.by_", "service": "service.", "refusal": "refusal."}

// words replaces the arguments that are codes (a state, an action, a reason) by
// their texts and adds "because", the words of the problem that "code" or
// "parked" names, and "cause", the same in a few words, if there are such. A value
// that is no code of ours stays as it is.
func words(lang string, args map[string]string) map[string]string {
	told := maps.Clone(args)
	for name, prefix := range coded {
		if text, ok := lookup(lang, prefix+args[name], nil); ok {
			told[name] = text
		}
	}
	if code := cmp.Or(args["code"], args["parked"]); code != "" {
		// told has no "because" yet: a problem inside a problem has no further one.
		text, ok := lookup(lang, "problem."+code, told)
		if !ok {
			text = code
		}
		told["because"] = text
		if text, ok := lookup(lang, "panel.cause."+code, told); ok {
			told["cause"] = text
		}
	}
	return told
}

// lookup reports whether id has a text, in lang or else in Russian.
func lookup(lang, id string, args map[string]string) (string, bool) {
	text := of(lang).say(id, args)
	if text == "" {
		text = of(Russian).say(id, args)
	}
	return text, text != ""
}
