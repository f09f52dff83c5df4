package notify

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
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
	url := strings.TrimRight(cmp.Or(t.Base, TelegramAPI), "/") + "/bot" + t.Token + "/sendMessage"
	res, err := post(ctx, t.Transport, url, http.Header{}, map[string]any{
		"chat_id": t.Chat, "text": text, "link_preview_options": map[string]bool{"is_disabled": true},
	})
	if err != nil {
		return err
	}
	var said struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
		Parameters  struct {
			RetryAfter int `json:"retry_after"` // seconds
		} `json:"parameters"`
	}
	if json.Unmarshal(res.body, &said, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) == nil && said.OK && res.status == http.StatusOK {
		return nil
	}
	return &Error{Status: res.status, Words: clip(said.Description), RetryAfter: time.Duration(max(said.Parameters.RetryAfter, 0)) * time.Second}
}
