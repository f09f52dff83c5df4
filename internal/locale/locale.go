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
// and what both lack is shown as the code itself. Nothing here panics once the
// program has started, whatever the arguments are.
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

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// The languages there are.
const (
	Russian = "ru" // the default
	English = "en"
)

//go:embed ru.json en.json
var files embed.FS

var texts = load()

var reader = newParser()

// A catalog is all texts with one localizer per language.
type catalog struct {
	ids        map[string][]string
	localizers map[string]*i18n.Localizer
}

// load reads the embedded files. They are part of the program, so a broken one
// is a broken build: it panics at start and in every test.
func load() catalog {
	bundle := i18n.NewBundle(language.Russian)
	c := catalog{ids: map[string][]string{}, localizers: map[string]*i18n.Localizer{}}
	for _, lang := range []string{Russian, English} {
		text, err := files.ReadFile(lang + ".json")
		if err != nil {
			panic(err)
		}
		messages, err := bundle.ParseMessageBytes(language.MustParse(lang), text, json.Unmarshal)
		if err != nil {
			panic(fmt.Errorf("%s.json: %w", lang, err))
		}
		for _, m := range messages {
			c.ids[lang] = append(c.ids[lang], m.ID)
		}
		slices.Sort(c.ids[lang])
		// Only one tag each: go-i18n then falls back to the bundle's Russian.
		c.localizers[lang] = i18n.NewLocalizer(bundle, lang)
	}
	return c
}

// IDs lists the ids of all texts of a language, sorted.
func IDs(lang string) []string { return slices.Clone(texts.ids[lang]) }

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

// lookup reports whether id has a text, in lang or else in Russian. An error
// beside a text means only that the text came from the other language.
func lookup(lang, id string, args map[string]string) (string, bool) {
	l, ok := texts.localizers[lang]
	if !ok {
		l = texts.localizers[Russian]
	}
	if args == nil {
		args = map[string]string{} // of the nil one a template knows no keys
	}
	text, err := l.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: args, TemplateParser: reader})
	return text, err == nil || text != ""
}
