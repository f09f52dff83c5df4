package panel

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/bridge/alert"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// All channels stand on one page, each as a form of its own, since what a person mends
// is one of them. When a form comes back with an error the others are shown as they are
// stored. A secret is never shown, not even one that was just typed: the page has a
// name for it instead (secret_drafts.go).

// notifyPage shows how people are told that something is wrong.
func (s *Server) notifyPage(c echo.Context) error { return s.showNotify(c, http.StatusOK, nil) }

// A channelForm is what was typed for one channel, with what is wrong with it.
type channelForm struct {
	storage.Channel
	drafts map[string]string // of secrets, by field
	wrong  map[string]string
	chats  []alert.Chat // to choose from
}

// channelFields are the inputs of each kind, in their order.
func channelFields(kind string) []string {
	switch kind {
	case storage.ChannelEmail:
		return []string{"address", "security", "user", "secret", "from", "to"}
	case storage.ChannelTelegram:
		return []string{"secret", "to", "address", "proxy"}
	case storage.ChannelMax:
		return []string{"secret", "to", "address"}
	}
	return []string{"address", "secret"}
}

// showNotify shows all channels as they are stored, but one as it was typed.
func (s *Server) showNotify(c echo.Context, status int, typed *channelForm) error {
	list, err := s.bridge.Alerts.Channels(c.Request().Context())
	if err != nil {
		return err
	}
	var page web.Notify
	for _, v := range list {
		form := channelForm{Channel: v.Channel}
		if typed != nil && typed.Kind == v.Kind {
			form = *typed
		}
		card := web.Channel{
			Kind: v.Kind, Title: say(c, "notify."+v.Kind), Text: say(c, "notify."+v.Kind+"_text"),
			Enabled: v.Enabled, State: web.Badge{Text: say(c, "notify.off")},
			Error: form.wrong[""], Drafts: form.drafts, Find: isBot(v.Kind), Weekly: form.Weekly,
		}
		if v.Enabled {
			card.State = web.Badge{Kind: web.NoteGood, Text: say(c, "notify.on")}
			card.Notes = s.channelNotes(c, v)
		}
		for _, name := range channelFields(v.Kind) {
			card.Fields = append(card.Fields, channelField(c, v.Channel, form, name))
		}
		page.Channels = append(page.Channels, card)
	}
	return s.show(c, status, "notify", web.View{Title: say(c, "notify.title"), Section: "notify", Page: page})
}

// isBot reports whether a kind of channel is a bot, which can be asked where it can write to.
func isBot(kind string) bool { return kind == storage.ChannelTelegram || kind == storage.ChannelMax }

// channelNotes tells how a channel works.
func (s *Server) channelNotes(c echo.Context, v alert.ChannelView) []web.Note {
	var list []web.Note
	if v.Problem != nil {
		at := s.moment(c, v.FailedAt)
		text := say(c, "notify.failed", "time", at.Text, "why", tell(c, v.Problem))
		list = append(list, web.Note{Kind: web.NoteBad, Text: text, When: at})
	}
	for _, r := range v.Refused {
		id := "notify.refused"
		if r.Status/100 == 4 {
			id = "notify.refused_now"
		}
		at := s.moment(c, r.At)
		text := say(c, id, "address", r.Address, "status", itoa(r.Status), "message", r.Words, "time", at.Text)
		list = append(list, web.Note{Kind: web.NoteWarn, Text: text, When: at})
	}
	if v.Waiting > 0 {
		list = append(list, web.Note{Kind: web.NoteWarn, Text: say(c, "notify.waiting", "n", itoa(v.Waiting))})
	}
	if !v.SentAt.IsZero() {
		at := s.moment(c, v.SentAt)
		list = append(list, web.Note{Kind: web.NoteInfo, Text: say(c, "notify.sent", "time", at.Text), When: at})
	}
	return list
}

// channelField is one input of a channel. A secret never stands in the page.
func channelField(c echo.Context, stored storage.Channel, form channelForm, name string) web.Field {
	id := form.Kind + "_" + name
	f := web.Field{Name: id, Label: say(c, "notify."+id), Error: form.wrong[name], Autocomplete: "off"}
	if hint := say(c, "notify."+id+"_hint"); hint != "panel.notify."+id+"_hint" {
		f.Hint = hint
	}
	switch name {
	case "address":
		f.Value, f.Mono, f.Mode = form.Address, true, "url"
		if form.drafts[name] != "" { // typed, and a secret
			f.Value, f.Placeholder = "", say(c, "shop.kept")
			break
		}
		f.Placeholder = map[string]string{
			storage.ChannelEmail:    "smtp.example.ru",
			storage.ChannelTelegram: alert.BotAPI(storage.ChannelTelegram),
			storage.ChannelMax:      alert.BotAPI(storage.ChannelMax),
			storage.ChannelWebhook:  "https://",
		}[form.Kind]
	case "security":
		list := []string{"starttls", "tls"}
		if form.Security == "none" { // it stays chosen where it was
			list = append(list, "none")
		}
		for _, v := range list {
			f.Options = append(f.Options,
				web.Option{Value: v, Title: say(c, "notify.security_"+v), Selected: v == form.Security})
		}
	case "user":
		f.Value = form.User
	case "from":
		f.Value, f.Mode = form.From, "email"
	case "to":
		f.Value = form.To
		for _, chat := range form.chats {
			title := chat.Title
			if kind := say(c, "notify.chat_"+chat.Kind); kind != "panel.notify.chat_"+chat.Kind {
				title = kind + " «" + title + "»"
			}
			f.Options = append(f.Options,
				web.Option{Value: chat.ID, Title: title + ", " + chat.ID, Selected: chat.ID == form.To})
		}
	case "proxy":
		f.Value, f.Mono = alert.ShownProxy(form.Channel), true
		if f.Value == "" && form.drafts[name] != "" { // typed, and no URL
			f.Placeholder = say(c, "shop.kept")
		}
	case "secret":
		f.Type, f.Autocomplete = "password", "new-password"
		if stored.Secret != "" || form.drafts[name] != "" {
			f.Placeholder = say(c, "shop.kept")
		}
	}
	return f
}

// saveNotify stores a channel, and tries or switches it off if that is what the
// button says.
func (s *Server) saveNotify(c echo.Context) error {
	ctx, kind, now := c.Request().Context(), visit.Param(c, "kind"), time.Now()
	list, err := s.bridge.Alerts.Channels(ctx)
	if err != nil {
		return err
	}
	form := channelForm{Channel: storage.Channel{Kind: kind}, drafts: map[string]string{}, wrong: map[string]string{}}
	for _, v := range list {
		if v.Kind == kind && c.FormValue("do") == "off" {
			form.Channel = v.Channel
		}
	}
	form.Enabled = c.FormValue("do") != "off"
	if form.Enabled {
		value := func(name string) string { return c.FormValue(kind + "_" + name) }
		form.Lang, form.Weekly = lang(c), value("weekly") != ""
		form.Address, form.Security, form.User = value("address"), value("security"), value("user")
		form.From, form.To = value("from"), value("to")
		if kind == storage.ChannelWebhook {
			form.Address = s.drafts.secret(form.Address, c.FormValue("draft_address"), now)
		}
		form.Secret = storage.Secret(s.drafts.secret(value("secret"), c.FormValue("draft_secret"), now))
		form.Proxy = s.typedProxy(value("proxy"), c.FormValue("draft_proxy"), now)
	}
	if c.FormValue("do") == "find" {
		form.chats, err = s.bridge.Alerts.FindChats(ctx, form.Channel)
	} else {
		err = s.bridge.Alerts.SaveChannel(ctx, form.Channel)
	}
	if refused, ok := errors.AsType[*problem.Refused](err); ok { // by the messenger
		err = &problem.Invalid{Fields: []problem.FieldProblem{{Field: "to", Problem: refused.Problem}}}
	}
	if bad, ok := errors.AsType[*problem.Invalid](err); ok {
		form.wrong = fieldErrors(c, bad)
		if form.wrong[""] = say(c, "manage.not_saved"); c.FormValue("do") == "find" {
			form.wrong[""] = say(c, "notify.not_found")
		}
		if kind == storage.ChannelWebhook && !strings.Contains(form.Address, storage.Masked) {
			form.drafts["address"] = s.drafts.keep(form.Address, now)
		}
		form.drafts["secret"] = s.drafts.keep(form.Secret.Reveal(), now)
		form.drafts["proxy"] = s.drafts.keep(form.Proxy.Reveal(), now)
		return s.showNotify(c, http.StatusUnprocessableEntity, &form)
	}
	if err != nil {
		return err
	}
	if len(form.chats) > 0 {
		form.drafts["secret"] = s.drafts.keep(form.Secret.Reveal(), now)
		form.drafts["proxy"] = s.drafts.keep(form.Proxy.Reveal(), now)
		return s.showNotify(c, http.StatusOK, &form)
	}
	done := map[string]string{"off": "notify_off", "test": "notify_tested"}[c.FormValue("do")]
	if done == "notify_tested" {
		if err := s.bridge.Alerts.TestChannel(ctx, kind); err != nil {
			if _, ok := errors.AsType[*problem.Refused](err); !ok {
				return err
			}
			return s.showNotify(c, http.StatusBadGateway, nil) // the reason stands with the channel
		}
	}
	if done == "" {
		done = "notify_saved"
	}
	return s.goTo(c, "/notify?done="+done)
}

// typedProxy is the proxy that a form says. What is shown of one that was typed before stands
// for it, and so does nothing where it could not be shown.
func (s *Server) typedProxy(typed, draft string, now time.Time) storage.Secret {
	kept := storage.Secret(s.drafts.secret("", draft, now))
	if kept != "" && typed == alert.ShownProxy(storage.Channel{Proxy: kept}) {
		return kept
	}
	return storage.Secret(typed)
}
