package translate

import (
	"fmt"
	"strings"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
)

// managerComment is for the shop's manager: where the order came from and, as
// its last line, the marker. No text of the customer stands here, and no bracket
// of the chat's words, so nobody can write a marker into it. It is not whole if
// something of these was left out.
func managerComment(o *ineedchat.Order, wished, mark string) (text string, whole bool) {
	var b strings.Builder
	b.WriteString("INEED.CHAT")
	number, whole := words(o.Number, 64)
	if number != "" {
		fmt.Fprintf(&b, " № %s", number)
	}
	if t, err := o.CreatedAt.Time(); err == nil {
		fmt.Fprintf(&b, "\n%s", t.Format("02.01.2006 15:04 -07:00"))
	}
	channel, all := words(o.Customer.Channel, 32)
	if channel != "" {
		fmt.Fprintf(&b, "\n%s", channel)
	}
	if wished != "" {
		fmt.Fprintf(&b, "\nдоставка %s", wished)
	}
	at := link(o.URL)
	if at != "" {
		fmt.Fprintf(&b, "\n%s", at)
	}
	b.WriteString("\n" + mark)
	return b.String(), whole && all && (at != "" || o.URL == "")
}

// brackets are what a marker stands in, and what may be taken for it.
var brackets = strings.NewReplacer("[", " ", "]", " ")

// words takes a short text over in one line and without brackets; whole tells
// that nothing of it was lost.
func words(s string, most int) (kept string, whole bool) {
	kept = strings.Join(strings.Fields(brackets.Replace(legible.Line(s))), " ")
	if legible.Blank(kept) {
		kept = ""
	}
	short := problem.Clip(kept, most)
	return short, short == kept && !strings.ContainsAny(s, "[]")
}

// link takes a link over if a manager may follow it. Its brackets are escaped,
// which makes no difference to where it leads.
func link(s string) string {
	s = strings.NewReplacer("[", "%5B", "]", "%5D").Replace(s)
	web := strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
	if !web || len(s) > 500 || strings.Contains(s, " ") {
		return ""
	}
	return s
}
