package notify

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxAPI is where MAX's bot API is. (documented: dev.max.ru/docs-api; it was
// platform-api.max.ru until July 2026. Its certificate is of the Russian Ministry of Digital
// Development, which a machine must have been told to trust.)
const MaxAPI = "https://platform-api2.max.ru"

// maxMaxText is how long a message may be, in characters. (documented)
const maxMaxText = 4000

// A Max sends by a bot of the messenger MAX. All that is known of its API stands in this
// file, from dev.max.ru/docs-api and the vendor's own client (max-bot-api-client-go); nobody
// of us has seen it answer.
type Max struct {
	Base  string // of the bot API; "" = MaxAPI
	Token string // of the bot
	Chat  string // id of a dialogue, group or channel

	// Transport carries the request, through a proxy if need be.
	Transport http.RoundTripper
}

// Send posts the message into the chat.
func (m Max) Send(ctx context.Context, msg Message) error {
	text := msg.Subject + "\n\n" + msg.body()
	if utf8.RuneCountInString(text) > maxMaxText {
		text = string([]rune(text)[:maxMaxText-1]) + "…"
	}
	// The chat stands in the query, the text in the body. (documented)
	query := url.Values{"chat_id": {m.Chat}, "disable_link_preview": {"true"}}
	res, err := post(ctx, m.Transport, m.method("/messages", query), m.header(), map[string]any{"text": text})
	if err != nil || res.status == http.StatusOK {
		return err
	}
	return maxError(res)
}

// Chats gives the chats that the bot can write to: the groups and channels that it is in, and
// the dialogues of which it has heard lately.
func (m Max) Chats(ctx context.Context) ([]Chat, error) {
	// Without a marker nothing that the bot has heard counts as read. (documented) A bot that
	// has a webhook hears nothing here, and some say so by an error: then the groups are all.
	heard, _ := get(ctx, m.Transport, m.method("/updates", url.Values{"limit": {strconv.Itoa(mostUpdates)},
		"timeout": {"0"}}), m.header())
	var updates struct {
		Updates []struct {
			Type    string  `json:"update_type"`
			ChatID  int64   `json:"chat_id"` // of bot_started and bot_added
			User    maxUser `json:"user"`
			Message struct {
				Sender    maxUser `json:"sender"`
				Recipient struct {
					ChatID int64  `json:"chat_id"`
					Type   string `json:"chat_type"` // dialog, chat or channel
				} `json:"recipient"`
			} `json:"message"`
		} `json:"updates"`
	}
	if heard.status == http.StatusOK && tolerant(heard.body, &updates) != nil {
		updates.Updates = nil
	}
	res, err := get(ctx, m.Transport, m.method("/chats", url.Values{"count": {"100"}}), m.header())
	if err != nil {
		return nil, err
	}
	var groups struct {
		Chats []struct {
			ID     int64   `json:"chat_id"`
			Type   string  `json:"type"`
			Status string  `json:"status"` // active, removed, left, closed
			Title  string  `json:"title"`
			With   maxUser `json:"dialog_with_user"`
		} `json:"chats"`
	}
	if res.status != http.StatusOK || tolerant(res.body, &groups) != nil {
		return nil, maxError(res)
	}
	var list []Chat
	for _, u := range slices.Backward(updates.Updates) {
		switch to := u.Message.Recipient; {
		case u.Type == "bot_started" && u.ChatID != 0:
			list = addChat(list, Chat{strconv.FormatInt(u.ChatID, 10), u.User.called(), "private"})
		case u.Type == "message_created" && to.Type == "dialog" && to.ChatID != 0:
			list = addChat(list, Chat{strconv.FormatInt(to.ChatID, 10), u.Message.Sender.called(), "private"})
		}
	}
	for _, c := range groups.Chats {
		kind := map[string]string{"dialog": "private", "chat": "group", "channel": "channel"}[c.Type]
		if c.ID != 0 && (c.Status == "" || c.Status == "active") {
			list = addChat(list, Chat{strconv.FormatInt(c.ID, 10), cmp.Or(c.Title, c.With.called()), kind})
		}
	}
	return list, nil
}

// A maxUser is a person or a bot.
type maxUser struct {
	Name  string `json:"name"`
	First string `json:"first_name"`
	Last  string `json:"last_name"`
}

func (u maxUser) called() string { return cmp.Or(u.Name, strings.TrimSpace(u.First+" "+u.Last)) }

// method is the URL of a method with its query.
func (m Max) method(path string, query url.Values) string {
	return strings.TrimRight(cmp.Or(m.Base, MaxAPI), "/") + path + "?" + query.Encode()
}

// header has the token, as it is: in the query it is not taken any more. (documented)
func (m Max) header() http.Header { return http.Header{"Authorization": {m.Token}} }

// maxError makes an Error of an answer that is no success: {"code", "message"}. (documented:
// 401 is a token that is not valid, 403 a bot that was stopped or has no access to the chat,
// 404 something that is not there, 429 too many requests. The codes verify.token,
// chat.not.found and chat.denied are in the vendor's tests and in others' programs; a code
// that is not known leaves what the status says.)
func maxError(res answer) *Error {
	var said struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	if tolerant(res.body, &said) != nil {
		said.Code, said.Message = "", ""
	}
	e := &Error{Status: res.status, Words: clip(said.Message), RetryAfter: res.retryAfter}
	switch {
	case res.status == http.StatusUnauthorized || said.Code == "verify.token":
		e.Reason = ReasonToken
	case res.status == http.StatusForbidden:
		e.Reason = ReasonBlocked
	case res.status == http.StatusNotFound || said.Code == "chat.not.found":
		e.Reason = ReasonChat
	}
	return e
}
