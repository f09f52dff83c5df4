package probe

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/shopspring/decimal"

	"ineed-insales/insales"
)

// A document is a JSON object as the shop has written it. What a field is not, it
// gives as nothing: the probe looks at what may be of any form.
type document map[string]any

// read reads one object; nil if it is none.
func read(text []byte) document {
	var d document
	err := json.Unmarshal(text, &d, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil
	}
	if inner := d.object("order"); inner != nil && len(d) == 1 {
		return inner // some clients met it wrapped in its own name
	}
	return d
}

func (d document) has(name string) bool { _, found := d[name]; return found }

// text gives a string, or a number or boolean as text.
func (d document) text(name string) string {
	switch v := d[name].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (d document) id(name string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(d.text(name)), 10, 64)
	return n
}

func (d document) truth(name string) bool { s := d.text(name); return s == "true" || s == "1" }

func (d document) amount(name string) (decimal.Decimal, bool) {
	s := strings.TrimSpace(d.text(name))
	if s == "" || len(s) > 32 {
		return decimal.Decimal{}, false
	}
	v, err := decimal.NewFromString(s)
	return v, err == nil
}

func (d document) object(name string) document {
	o, _ := d[name].(map[string]any)
	return o
}

func (d document) objects(name string) []document {
	list, _ := d[name].([]any)
	var out []document
	for _, v := range list {
		if o, ok := v.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// time reads a time as the shop writes it; whole tells that it has no fraction of a
// second.
func (d document) time(name string) (t time.Time, whole, ok bool) {
	s := d.text(name)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 -07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, t.Nanosecond() == 0, true
		}
	}
	return time.Time{}, false, false
}

// An exchange is a request and its answer as they are kept and shown: without
// secrets, and without anything about a person.
type exchange struct {
	sent     string
	answered string
	took     time.Duration
	broken   bool // the shop, or what stands in front of it, had a fault of its own
}

// How much of an exchange is kept.
const (
	maxSent     = 1500 // bytes
	maxAnswered = 2500
	maxElement  = 800 // of one element of a list
)

// shownHeaders are those of an answer that say something about the shop.
var shownHeaders = []string{"Date", "Content-Type", "API-Usage-Limit", "Retry-After", "Content-Encoding", "Etag"}

// exchangeOf shows a trial and its answer. Only the probe's own documents are shown
// with their bodies, and of these without what is about the person; of all else what
// came is told by code, type and size.
func exchangeOf(t insales.Trial, reply insales.Reply, own bool, person Contact) exchange {
	var sent, answered strings.Builder
	fmt.Fprintf(&sent, "%s /admin/%s.json", t.Method, t.Path)
	if len(t.Query) > 0 {
		fmt.Fprintf(&sent, "?%s", t.Query.Encode())
	}
	if len(reply.Sent) > 0 {
		fmt.Fprintf(&sent, "\n%s", clip(masked(reply.Sent, person), maxSent))
	}
	if reply.Status == 0 {
		return exchange{sent: sent.String(), took: reply.Took}
	}
	fmt.Fprintf(&answered, "%d %s", reply.Status, http.StatusText(reply.Status))
	for _, name := range shownHeaders {
		if v := reply.Header.Get(name); v != "" {
			fmt.Fprintf(&answered, "\n%s: %s", name, clip(printable(v), 200))
		}
	}
	switch {
	case own || reply.Status/100 != 2 && isJSON(reply.Body):
		fmt.Fprintf(&answered, "\n%s", clip(masked(reply.Body, person), maxAnswered))
	case len(reply.Body) > 0 && t.Each == nil:
		fmt.Fprintf(&answered, "\n[%d bytes]", len(reply.Body))
	}
	return exchange{sent.String(), answered.String(), reply.Took, reply.Status >= http.StatusInternalServerError}
}

func isJSON(body []byte) bool { return jsontext.Value(body).IsValid() }

// elementOf shows an element of a list: of an order or a client only what says
// nothing about the person.
func elementOf(path string, d document, element []byte) string {
	if !strings.HasPrefix(path, "orders") && !strings.HasPrefix(path, "clients") {
		return masked(element, Contact{})
	}
	few := document{}
	for _, name := range []string{"id", "created_at", "updated_at", "archived", "fulfillment_status",
		"financial_status"} {
		if d.has(name) {
			few[name] = d[name]
		}
	}
	text, err := json.Marshal(few, json.Deterministic(true))
	if err != nil {
		return ""
	}
	return string(text)
}

// personal are the names of fields that may be about a person, wherever they stand.
var personal = map[string]bool{
	"name": true, "surname": true, "middlename": true, "phone": true, "email": true, "full_name": true,
	"contact_name": true, "ip_addr": true, "cookies": true, "address": true, "street": true, "house": true,
	"flat": true, "zip": true, "user": true, "user_name": true, "full_delivery_address": true, "key": true,
	"responsible_user_id": true, "password": true, "token": true,
}

func isPersonal(name string) bool {
	return personal[name] || strings.Contains(name, "phone") || strings.Contains(name, "email")
}

const hidden = "•••"

// masked gives a JSON document without what is about a person: the fields that may
// be, and whatever contains what the person has typed. What is no JSON is told by
// its size only.
func masked(body []byte, person Contact) string {
	var v any
	err := json.Unmarshal(body, &v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return fmt.Sprintf("[%d bytes]", len(body))
	}
	out, err := json.Marshal(mask(v, secretsOf(person)), json.Deterministic(true))
	if err != nil {
		return fmt.Sprintf("[%d bytes]", len(body))
	}
	return string(out)
}

func mask(v any, secrets []string) any {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			if text, is := field.(string); is && text != "" && isPersonal(name) {
				v[name] = hidden
				continue
			}
			if strings.HasSuffix(name, "_url") || name == "url" {
				v[name] = hidden
				continue
			}
			v[name] = mask(field, secrets)
		}
		return v
	case []any:
		for i := range v {
			v[i] = mask(v[i], secrets)
		}
		return v
	case string:
		for _, s := range secrets {
			if contains(v, s) {
				return hidden
			}
		}
	}
	return v
}

// secretsOf gives what of a person's must not be shown, as it may be written.
func secretsOf(p Contact) []string {
	var list []string
	for _, s := range []string{p.Name, p.Email} {
		if len([]rune(s)) >= 3 {
			list = append(list, strings.ToLower(s))
		}
	}
	if digits := digitsOf(p.Phone); len(digits) >= 7 {
		list = append(list, digits[len(digits)-7:])
	}
	return list
}

// contains reports whether a text has a secret in it, a phone in whatever spelling.
func contains(text, secret string) bool {
	return strings.Contains(strings.ToLower(text), secret) || strings.Contains(digitsOf(text), secret)
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// clip cuts a text to so many bytes, not within a letter.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// idsOf lists the ids of documents, for people.
func idsOf(list []document) string {
	ids := make([]string, len(list))
	for i, d := range list {
		ids[i] = d.text("id")
	}
	return strings.Join(ids, ", ")
}
