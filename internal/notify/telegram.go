package notify

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ineed-insales/internal/retryafter"
)

// TelegramAPI is where the bot API is, unless one runs a server of one's own.
const TelegramAPI = "https://api.telegram.org"

// maxTelegram is how long a message may be, in characters.
const maxTelegram = 4096

// A Telegram sends by a bot.
type Telegram struct {
	Base  string // of the bot API; "" = TelegramAPI
	Token string // of the bot
	Chat  string // id of a chat, or @name of a channel

	// Transport carries the request, through a proxy if need be.
	Transport http.RoundTripper
}

// Send posts the message into the chat. The bot's token is part of the URL, so
// no error may hold it.
func (t Telegram) Send(ctx context.Context, m Message) error {
	text := m.Subject + "\n\n" + m.body()
	if utf8.RuneCountInString(text) > maxTelegram {
		text = string([]rune(text)[:maxTelegram-1]) + "…"
	}
	res, err := post(ctx, t.Transport, t.method("sendMessage"), http.Header{}, map[string]any{
		"chat_id": t.Chat, "text": text, "link_preview_options": map[string]bool{"is_disabled": true},
	})
	if err != nil {
		return err
	}
	var said struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
		Parameters  struct {
			RetryAfter int            `json:"retry_after"`        // seconds
			MovedTo    jsontext.Value `json:"migrate_to_chat_id"` // a number of up to 52 bits
		} `json:"parameters"`
	}
	err = tolerant(res.body, &said)
	if err == nil && said.OK && res.status == http.StatusOK {
		return nil
	}
	out := &Error{
		Status: res.status, Words: clip(said.Description), Reason: telegramReason(res.status, said.Description),
		RetryAfter: retryafter.Seconds(said.Parameters.RetryAfter),
	}
	if id, err := strconv.ParseInt(strings.Trim(string(said.Parameters.MovedTo), `"`), 10, 64); err == nil && id != 0 {
		out.MovedTo, out.Reason = strconv.FormatInt(id, 10), ""
	}
	return out
}

// method is the URL of a method of the bot API.
func (t Telegram) method(name string) string {
	return strings.TrimRight(cmp.Or(t.Base, TelegramAPI), "/") + "/bot" + t.Token + "/" + name
}

// mostUpdates is how many of the last things that happened to a bot are looked through.
const mostUpdates = 100

// Chats gives the chats that the bot has heard of lately, the newest first: it hears of one
// when somebody writes to it or adds it. What it has heard is left for others who ask. While
// a webhook of the bot is set, Telegram tells it to nobody else, with status 409.
func (t Telegram) Chats(ctx context.Context) ([]Chat, error) {
	res, err := get(ctx, t.Transport, t.method("getUpdates")+"?limit="+strconv.Itoa(mostUpdates), http.Header{})
	if err != nil {
		return nil, err
	}
	type chat struct {
		ID    int64  `json:"id"`
		Type  string `json:"type"` // private, group, supergroup or channel
		Title string `json:"title"`
		First string `json:"first_name"`
		Last  string `json:"last_name"`
	}
	type about struct {
		Chat chat `json:"chat"`
	}
	var said struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
		Result      []struct {
			Message *about `json:"message"`
			Post    *about `json:"channel_post"`
			Member  *about `json:"my_chat_member"`
		} `json:"result"`
	}
	if err := tolerant(res.body, &said); err != nil || !said.OK || res.status != http.StatusOK {
		return nil, &Error{Status: res.status, Words: clip(said.Description),
			Reason: telegramReason(res.status, said.Description)}
	}
	var list []Chat
	for _, update := range slices.Backward(said.Result) {
		of := cmp.Or(update.Message, update.Post, update.Member)
		if of == nil || of.Chat.ID == 0 {
			continue
		}
		c := of.Chat
		kind := strings.TrimPrefix(c.Type, "super")
		list = addChat(list, Chat{strconv.FormatInt(c.ID, 10), cmp.Or(c.Title, c.First+" "+c.Last), kind})
	}
	return list, nil
}

// mostChats is how many chats are shown to choose from.
const mostChats = 20

// addChat adds a chat unless it is there, or there are enough.
func addChat(list []Chat, c Chat) []Chat {
	known := slices.ContainsFunc(list, func(one Chat) bool { return one.ID == c.ID })
	if known || len(list) == mostChats {
		return list
	}
	c.Title = clip(c.Title)
	return append(list, c)
}

// tolerant decodes what another service says, whatever else it says.
func tolerant(body []byte, v any) error {
	return json.Unmarshal(body, v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// telegramReason tells what a refusal means. Telegram documents that the codes
// are like those of HTTP and that the texts may change, so a text that says
// nothing known leaves what its code says.
func telegramReason(status int, description string) string {
	text := strings.ToLower(description)
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
	}
	switch status {
	case http.StatusUnauthorized, http.StatusNotFound: // a token that is not one leads nowhere
		return ReasonToken
	case http.StatusForbidden:
		switch {
		case has("kicked", "not a member", "was deleted"):
			return ReasonKicked
		case has("rights"):
			return ReasonRights
		}
		return ReasonBlocked // also a bot that was never started, and who is deactivated
	case http.StatusBadRequest:
		switch {
		case has("rights", "chat_write_forbidden", "restricted"):
			return ReasonRights
		case has("chat not found", "chat_id", "peer_id", "deactivated"):
			return ReasonChat
		}
	}
	return ""
}
