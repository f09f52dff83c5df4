package alert

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/notify"
	"ineed-insales/storage"
)

// Nobody knows the id of a chat by heart. A bot hears of a chat when somebody writes to it
// there or adds it, and so its messenger can be asked: a person writes to the bot, asks here,
// and chooses by the title. What is heard is shown to who asks, and neither kept nor logged.

// FindChats asks the bot of a channel that is being set up for the chats that it knows. A
// secret that was not typed again is the stored one, under the same conditions as when the
// channel is saved. It is *Invalid where the settings cannot be used, *Refused with the
// reason where the messenger does not tell, or tells of none.
func (c *Center) FindChats(ctx context.Context, ch storage.Channel) ([]Chat, error) {
	if ch.Kind != storage.ChannelTelegram && ch.Kind != storage.ChannelMax {
		return nil, storage.ErrNotFound
	}
	old, err := c.shared.Store.Channel(ctx, ch.Kind)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	ch.To = cmp.Or(ch.To, "0") // what is looked for is not needed
	bad := &problem.Invalid{}
	c.tidyChannel(&ch, old, bad)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	transport, err := c.transportOf(ch)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	var list []Chat
	if ch.Kind == storage.ChannelMax {
		list, err = notify.Max{Base: ch.Address, Token: ch.Secret.Reveal(), Transport: transport}.Chats(ctx)
	} else {
		list, err = notify.Telegram{Base: ch.Address, Token: ch.Secret.Reveal(), Transport: transport}.Chats(ctx)
	}
	if e, ok := errors.AsType[*notify.Error](err); ok && e.Status == http.StatusConflict {
		return nil, problem.Refuse(problem.BotHeard, "service", ch.Kind)
	}
	if err != nil {
		return nil, &problem.Refused{Problem: *notDelivered(err, ch)}
	}
	if len(list) == 0 {
		return nil, problem.Refuse(problem.BotUnmet, "service", ch.Kind)
	}
	return list, nil
}

// A Chat is where a bot can write to.
type Chat = notify.Chat

// BotAPI is where the bots of a kind of channel are asked, unless a channel says otherwise.
func BotAPI(kind string) string {
	if kind == storage.ChannelMax {
		return notify.MaxAPI
	}
	return notify.TelegramAPI
}

// baseOf is where the bot API of a channel is.
func baseOf(ch storage.Channel) string { return cmp.Or(ch.Address, BotAPI(ch.Kind)) }
