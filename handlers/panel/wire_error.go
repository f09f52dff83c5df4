package panel

import (
	"maps"
	"regexp"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/internal/locale"
)

// What is wrong with a wire, or with what it makes of a body, is found by package wire and
// by jq, which say it in English to whoever writes programs. Here it is said to a person.

// wireError is why a delivery cannot be read, in words: the rule that it breaks, with
// what the arguments say of it.
func wireError(c echo.Context, rule string, args map[string]string) string {
	if reason := args["reason"]; reason != "" {
		args = maps.Clone(args)
		args["reason"] = wireReason(c, reason)
	} else if text := ruleText(c, rule); text != rule {
		return text
	}
	return locale.Problem(lang(c), rule, legibleArgs(lang(c), args))
}

// fieldError is what is wrong with a field of an order, in words. That a program has
// stopped there says less than why.
func fieldError(c echo.Context, rule string, args map[string]string) string {
	if reason := args["reason"]; reason != "" && rule == "wire_program" {
		return wireReason(c, reason)
	}
	return wireError(c, rule, args)
}

// faultText is what is wrong with a delivery, with the field by its name.
func faultText(c echo.Context, e api.FieldError) string {
	field, line := orderField(e.Field)
	if field == "" {
		return wireError(c, e.Rule, e.Args)
	}
	text := fieldError(c, e.Rule, e.Args)
	if line != "" {
		text = say(c, "wire.line", "n", line, "text", text)
	}
	return fieldName(c, field) + ": " + text
}

// wirePlace finds where in a program an error is.
var wirePlace = regexp.MustCompile(`^line (\d+), column (\d+): (.*)$`)

// wireReason is a reason in words. A program may say anything with error(…): that, and
// what jq says seldom, is quoted as it is.
func wireReason(c echo.Context, reason string) string {
	reason = strings.TrimSpace(visible(reason))
	if m := wirePlace.FindStringSubmatch(reason); m != nil {
		return say(c, "jq.place", "line", m[1], "column", m[2], "reason", wireReason(c, m[3]))
	}
	for _, w := range wireWords() {
		if m := w.says.FindStringSubmatch(reason); m != nil {
			args := []string{"what", ""}
			if len(m) > 1 {
				args[1] = m[1]
			}
			return say(c, "jq."+w.id, args...)
		}
	}
	if inner, is := withoutPlace(reason); is {
		return wireReason(c, inner)
	}
	return say(c, "jq.says", "what", reason)
}

// withoutPlace drops the name of a field, or of the function that reads it, with which
// the words of a program begin: the page shows them at that field.
func withoutPlace(reason string) (string, bool) {
	name, rest, found := strings.Cut(reason, ": ")
	if !found {
		return reason, false
	}
	switch name {
	case "money", "kopecks", "quantity", "text", "word", "datetime", "error":
		return rest, true
	}
	for _, f := range wire.Fields() {
		if f.Name == name {
			return rest, true
		}
	}
	return reason, false
}

// A wireWord is a phrase that has words of its own, by the id of these.
type wireWord struct {
	says *regexp.Regexp
	id   string
}

// wireWords are all such phrases.
var wireWords = sync.OnceValue(func() []wireWord {
	return []wireWord{
		{regexp.MustCompile(`^not a whole number$`), "whole"},
		{regexp.MustCompile(`^more than two digits behind the comma$`), "two_digits"},
		{regexp.MustCompile(`^more than three digits behind the comma$`), "three_digits"},
		{regexp.MustCompile(`^not a number of a size that is sold$`), "size"},
		{regexp.MustCompile(`^not a number$`), "number"},
		{regexp.MustCompile(`^neither a (?:number nor a text|text nor a number)$`), "scalar"},
		{regexp.MustCompile(`^no digits$`), "digits"},
		{regexp.MustCompile(`^something behind the number that is no unit$`), "unit"},
		{regexp.MustCompile(`^commas and dots that do not fit together$`), "marks"},
		{regexp.MustCompile(`^a mark before three digits: thousands or kopecks\?$`), "thousands"},
		{regexp.MustCompile(`^thousands that are not of three digits$`), "groups"},
		{regexp.MustCompile(`^a time in a notation that is not known$`), "time"},
		{regexp.MustCompile(`^a number that is no time of this century$`), "century"},
		{regexp.MustCompile(`^a name without letters or digits$`), "letters"},
		{regexp.MustCompile(`^a body of the type "(.*)" is not understood$`), "type"},
		{regexp.MustCompile(`^not JSON: byte (\d+): `), "json_at"},
		{regexp.MustCompile(`^not JSON`), "json"},
		{regexp.MustCompile(`^the encoding "(.*)" is not known$`), "encoding"},
		{regexp.MustCompile(`^the text is not in the encoding "(.*)"$`), "encoded"},
		{regexp.MustCompile(`^more than (\d+) fields$`), "fields"},
		{regexp.MustCompile(`^not a form: a % without two digits of hexadecimal$`), "percent"},
		{regexp.MustCompile(`^a form in parts without a boundary in its type$`), "boundary"},
		{regexp.MustCompile(`^not a form in parts, or a torn one$`), "parts"},
		{regexp.MustCompile(`^the name of a field has more than (\d+) brackets$`), "brackets"},
		{regexp.MustCompile(`^not an object with type and data$`), "envelope"},
		{regexp.MustCompile(`^unexpected EOF$`), "end"},
		{regexp.MustCompile(`^unterminated string literal$`), "quote"},
		{regexp.MustCompile(`^(?:unexpected|invalid) token "?(.*?)"?$`), "token"},
		{regexp.MustCompile(`^function not defined: (.*)$`), "function"},
		{regexp.MustCompile(`^variable not defined: (.*)$`), "variable"},
		{regexp.MustCompile(`^longer than (\d+) bytes$`), "long"},
		{regexp.MustCompile(`^no preset of that name$`), "preset"},
		{regexp.MustCompile(`^no field of an order$`), "field"},
		{regexp.MustCompile(`^it is not said where the lines stand$`), "lines"},
		{regexp.MustCompile(`^the zone of times is not known$`), "zone"},
		{regexp.MustCompile(`^expected an object but got: (.*)$`), "object"},
		{regexp.MustCompile(`^expected an array but got: (.*)$`), "array"},
		{regexp.MustCompile(`^cannot iterate over: (.*)$`), "iterate"},
		{regexp.MustCompile(`^expected a \w+ for (?:object key|indexing an? \w+) but got: (.*)$`), "key"},
		{regexp.MustCompile(`^cannot \w+: (.*)$`), "operation"},
	}
})
