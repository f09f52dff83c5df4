package insales

import (
	"bufio"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Many shops stand behind a protection against attacks, which answers in their
// stead when it takes us for a robot. Its 403 is no missing right and its 404 no
// missing order. InSales' own answers are told from it by what is documented: the
// API answers with JSON, and with its count of requests in the header of each
// answer. What the protections write is inferred from their pages.

// shieldHead is how much of a page is looked at.
const shieldHead = 8 << 10

// shields are protections by a word of theirs that stands in their pages, in the
// header Server or in the name of a header or cookie.
var shields = []struct{ word, name string }{
	{"ddos-guard", "DDoS-Guard"}, {"__ddg", "DDoS-Guard"}, {"qrator", "Qrator"}, {"variti", "Variti"},
	{"stormwall", "StormWall"},
	{"servicepipe", "Servicepipe"}, {"killbot", "KillBot"}, {"incapsula", "Imperva"}, {"imperva", "Imperva"},
	{"sucuri", "Sucuri"},
	{"cloudflare", "Cloudflare"}, {"cf-mitigated", "Cloudflare"},
}

// challenges are words by which a page says that it wants to see a person.
var challenges = []string{
	"captcha", "challenge", "just a moment", "attention required", "checking your browser", "verify you are human",
	"you have been blocked",
	"not a robot", "не робот", "проверка браузера", "проверяем браузер", "проверка безопасности", "доступ ограничен",
	"доступ заблокирован", "запрос заблокирован",
}

// A shield is what has answered in the shop's stead.
type shield struct {
	page bool   // it is a page for people, not the API's
	shut bool   // it is certainly a protection
	name string // of the protection, if it is one that we know
}

// shieldOf judges an answer by its code, its header and the beginning of its body.
func shieldOf(resp *http.Response, body []byte) shield {
	text := strings.ToLower(strings.TrimLeft(strings.ToValidUTF8(string(body[:min(len(body), shieldHead)]), ""),
		"\ufeff \t\r\n"))
	page := strings.HasPrefix(text, "<") && !strings.HasPrefix(text, "<?xml")
	told := resp.Header.Get("Cf-Mitigated") != "" || resp.StatusCode == http.StatusForbidden &&
		strings.HasPrefix(text, "error code: 1")
	if !page && !told {
		return shield{}
	}
	s := shield{page: true, name: shieldName(resp.Header, text)}
	asks := told || slices.ContainsFunc(challenges, func(word string) bool { return strings.Contains(text, word) })
	_, _, own := usage(resp.Header)
	switch resp.StatusCode {
	case http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusTeapot,
		http.StatusUnavailableForLegalReasons:
		s.shut = !own || s.name != "" // a right that is missing is told in JSON
	default: // the API's gateway has pages of its own
		s.shut = asks && (!own || s.name != "") && resp.StatusCode/100 != 3
	}
	s.page = s.shut || !own
	return s
}

// shieldName looks for a protection that is known.
func shieldName(h http.Header, text string) string {
	places := []string{text, strings.ToLower(h.Get("Server"))}
	for name, values := range h {
		places = append(places, strings.ToLower(name))
		if name == "Set-Cookie" {
			places = append(places, strings.ToLower(strings.Join(values, " ")))
		}
	}
	for _, s := range shields {
		if slices.ContainsFunc(places, func(place string) bool { return strings.Contains(place, s.word) }) {
			return s.name
		}
	}
	return ""
}

// peek looks at an answer that says of itself that it is a page, although its
// code says that all is well.
func peek(resp *http.Response, answer io.Reader) (io.Reader, shield) {
	if !strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "html") {
		return answer, shield{}
	}
	r := bufio.NewReaderSize(answer, shieldHead)
	head, _ := r.Peek(shieldHead) // a torn page says less, that is all
	return r, shieldOf(resp, head)
}
