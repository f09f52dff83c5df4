package panel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// What a company's chat has sent and what became nothing is shown for two readers: the
// merchant, who sees when it was and why it was refused, and whoever has to mend the
// sender, for whom the webhook can be copied as a text. What is copied goes to others,
// so secrets that a body repeats are masked, and signs that nobody sees are written
// out. The customer's data stays in it: without it the fault could not be found.

const (
	receivedOnPage = 20
	shownOfBody    = 32 << 10  // bytes; the rest is in the API
	shownOfAll     = 256 << 10 // bytes of all bodies of one page
	shownAtLeast   = 1 << 10   // bytes of each
)

// shownBodies are the bodies of one page. They share its room.
type shownBodies struct {
	hide []string // secrets that must not be seen
	used int      // bytes
}

// body is a body as it is shown, without secrets, and whether it is cut.
func (s *shownBodies) body(raw []byte) (text string, cut bool) {
	text, cut = shownText(visible(laidOut(raw)), max(min(shownOfBody, shownOfAll-s.used), shownAtLeast), s.hide)
	s.used += len(text)
	return text, cut
}

// shownText is a text without secrets, cut to so many bytes. A secret that the cut goes
// through is masked, too.
func shownText(text string, most int, hide []string) (string, bool) {
	cut := len(text) > most
	if near := most + 2*longestSecret; len(text) > near {
		text = text[:near]
	}
	if text = masked(text, hide); len(text) > most {
		text, cut = text[:most], true
	}
	if cut {
		text = strings.ToValidUTF8(text, "") + "…"
	}
	return text, cut
}

// longestSecret bounds the secrets that a person may enter, in bytes.
const longestSecret = 2 << 10

// receivedPage lists what the company's chat has sent and what became nothing,
// the newest first. Whoever opens its first page has looked at what was refused, so that
// trouble is over; what is unread stays one.
func (s *Server) receivedPage(c echo.Context) error { return s.showReceived(c, http.StatusOK) }

// showReceived shows the page, with notes on top.
func (s *Server) showReceived(c echo.Context, status int, notes ...web.Note) error {
	ctx := c.Request().Context()
	one, err := s.bridge.Company(ctx, visit.Param(c, "company"))
	if err != nil {
		return err
	}
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	var page web.Received
	shown := &shownBodies{hide: secretsOf(one)}
	cursor := c.QueryParam("cursor")
	if cursor == "" {
		if err := s.addUnread(c, &page, desk, shown); err != nil {
			return err
		}
	}
	if c.QueryParam("unread") == "" {
		if err := s.addRefused(c, &page, desk, cursor, shown); err != nil {
			return err
		}
	}
	if cursor == "" && c.QueryParam("unread") == "" && isOwner(c) {
		page.Unproven = s.unproven(c, desk, shown)
	}
	view := web.View{Title: say(c, "received.title"), Section: "companies", Page: page,
		Notes: append(notes, s.unbelievedNotes(c, one.ID)...), Trail: companyTrail(c, one)}
	return s.show(c, status, "received", view)
}

// addRefused puts a page of the company's refused webhooks on the page, and notes that
// they were looked at.
func (s *Server) addRefused(
	c echo.Context, page *web.Received, desk *order.Desk, cursor string, shown *shownBodies,
) error {
	ctx := c.Request().Context()
	list, next, err := desk.Refusals(ctx, cursor, receivedOnPage)
	if errors.Is(err, storage.ErrCursor) {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	count, err := desk.RefusalCount(ctx)
	if err != nil {
		return err
	}
	for i, r := range list {
		item := s.received(c, desk.ID(), r, shown)
		item.New = cursor == "" && i < count.Unseen
		page.Refused = append(page.Refused, item)
	}
	if next != "" {
		page.Next = companyTo(desk.ID(), "/received?"+url.Values{"cursor": {next}}.Encode())
	}
	if len(list) > 0 {
		page.Erase = &web.Button{To: companyTo(desk.ID(), "/received/erase"), Title: say(c, "received.erase"),
			Look: "danger"}
	}
	if cursor == "" && count.Unseen > 0 && len(list) > 0 {
		return desk.SawRefusals(ctx, list[0].Seq)
	}
	return nil
}

// eraseReceivedPage forgets what is kept.
func (s *Server) eraseReceivedPage(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	if err := desk.EraseRefusals(c.Request().Context()); err != nil {
		return err
	}
	return s.goTo(c, companyTo(desk.ID(), "/received?done=received_erased"))
}

// received is one webhook as a person sees it, and as it is copied for whoever
// has to mend the sender.
func (s *Server) received(c echo.Context, company string, r storage.Refusal, shown *shownBodies) web.Delivery {
	size := max(r.Size, int64(len(r.Body)))
	out := web.Delivery{
		ID: itoa64(r.Seq), Time: s.when(c, r.At), Stamp: s.stamp(r.At),
		Reason: failure.RefusalText(lang(c), r),
		State:  web.Badge{Kind: web.NoteBad, Text: say(c, "received.answered", "status", itoa(r.Status))},
		Facts: facts(c, "received",
			fact{"order", r.OrderID, ""},
			fact{"kind", visible(r.ContentType), ""},
			fact{"size", say(c, "received.bytes", "n", itoa64(size)), ""},
		),
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s  POST /webhooks/ineedchat/%s\nContent-Type: %s\n→ %d %s\n",
		s.stamp(r.At), company, visible(r.ContentType), r.Status, r.Reason)
	for _, e := range r.Errors {
		out.Errors = append(out.Errors, web.Fact{Name: e.Field, Value: ruleText(c, e.Rule)})
		fmt.Fprintf(&text, "  %s: %s\n", e.Field, e.Rule)
	}
	body, cut := shown.body(r.Body)
	out.Text = masked(text.String(), shown.hide) + "\n" + body
	if cut || size > int64(len(r.Body)) {
		out.Cut = say(c, "received.cut", "n", itoa64(size))
	}
	if readable(r) {
		name := refusedName(r.Seq)
		out.Format = wireTo(company, name)
		out.Acts = []web.Button{againButton(c, company, name)}
	}
	return out
}

// deepest is how deep a body may be nested to be laid out. Each level costs two
// blanks a line, and a body that is deeper is no order.
const deepest = 32

// laidOut is a body as it came, or with a line for each member if it is JSON.
func laidOut(body []byte) string {
	level, most := 0, 0
	for _, b := range body {
		switch b {
		case '{', '[':
			level++
		case '}', ']':
			level--
		}
		most = max(most, level)
	}
	text := bytes.TrimPrefix(body, []byte("\ufeff"))
	if most > deepest || !json.Valid(text) {
		return string(body)
	}
	return strings.TrimSuffix(pretty(json.RawMessage(text)), "\n")
}

// ruleText is what a field should have been. A rule that has no words is shown
// by its name.
func ruleText(c echo.Context, rule string) string {
	if text := say(c, "rule."+rule); text != "panel.rule."+rule {
		return text
	}
	return rule
}

// visible writes out the characters of a text that cannot be seen: control
// characters, and those that change how others are read.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\n' || r == '\t' || r == '\r' || unicode.IsPrint(r) || unicode.IsSpace(r) && !unicode.IsControl(r) {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "\\u%04x", r)
	}
	return b.String()
}

// secretsOf are the secrets of a company that a body might repeat.
func secretsOf(one storage.Company) []string {
	list := []string{one.Chat.Token.Reveal(), one.Shop.Password.Reveal(), one.Hooks.Token.Reveal()}
	for _, secret := range one.Chat.Secrets {
		list = append(list, secret.Reveal())
	}
	return list
}

// secretMember finds a member of a JSON object, or a field of a form or of one in parts,
// whose name says that it holds a secret.
var secretMember = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(secretMembers) })

const secretMembers = `(?i)` +
	`("[^"\n]*(?:token|secret|passw|api[_-]?key|authorization|signature)[^"\n]*"\s*:\s*")((?:[^"\\]|\\.)*)` +
	`|(\b[\w.\[\]%-]*(?:token|secret|passw|api[_-]?key|signature)[\w.\[\]%-]*=)([^&\s"]+)` +
	`|(\bname="[^"\n]*(?:token|secret|passw|api[_-]?key|signature)[^"\n]*"[^\n]*\n(?:[^\s][^\n]*\n)*\r?\n)([^\r\n]+)`

// shortestMasked is the length from which on a secret is looked for. A shorter
// one is part of many words, and hiding it there would only tell what it is.
const shortestMasked = 8

// masked hides secrets in a text that is shown: the company's own, and whatever
// is called a secret. The longest is hidden first, because one may be part of
// another.
func masked(text string, secrets []string) string {
	secrets = slices.Clone(secrets)
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range secrets {
		if len(secret) >= shortestMasked {
			text = strings.ReplaceAll(text, secret, storage.Masked)
			text = strings.ReplaceAll(text, url.QueryEscape(secret), storage.Masked)
		}
	}
	return secretMember().ReplaceAllString(text, "${1}${3}${5}"+storage.Masked)
}

// unbelievedNotes tells of webhooks that were not believed lately, each kind in
// its own words. See order.Unbelieved for what each is worth.
func (s *Server) unbelievedNotes(c echo.Context, company string) []web.Note {
	u := s.bridge.Office.Unbelieved(company)
	var list []web.Note
	add := func(kind, id string, d order.Disbelief) {
		if d.Count == 0 {
			return
		}
		reason := locale.Text(lang(c), "refusal."+d.Reason, nil)
		if d.Skew != 0 {
			reason = say(c, "overview.skew", "time", lasting(c, d.Skew.Abs()))
		}
		at := s.agoMoment(c, d.At)
		text := say(c, id, "n", itoa(d.Count), "time", at.Text, "why", reason)
		list = append(list, web.Note{Kind: kind, Text: text, When: at, To: companyTo(company, "#chat"), Link: say(c, "mend")})
	}
	add(web.NoteBad, "overview.refused", u.Signed)
	add(web.NoteInfo, "overview.unsigned", u.Unsigned)
	return list
}
