package insales

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"ineed-insales/internal/weburl"
)

// The topics of webhooks that are of use to us (documented).
const (
	TopicOrderUpdate  = "orders/update"
	TopicOrderDestroy = "orders/destroy"
)

// hookJSON is the format of the webhooks that we ask for; without it the shop
// sends XML (documented).
const hookJSON = "json"

// A Hook is a webhook that is registered in the shop.
type Hook struct {
	ID      int64
	Address string
	Topic   string
	Format  string
}

// Ours reports whether the hook is one that CreateHook would make. An address
// in its one form stays as it was registered (inferred), except that a shop may
// show a Cyrillic host in letters.
func (h Hook) Ours(address, topic string) bool {
	letters := strings.ContainsFunc(h.Address, func(r rune) bool { return r > unicode.MaxASCII })
	return (h.Address == address || letters && weburl.Tidy(h.Address) == address) && h.Topic == topic &&
		h.Format == hookJSON
}

// Hooks lists the webhooks of this key; those of other keys and apps are not
// shown (inferred).
func (c *Client) Hooks(ctx context.Context, p *Permit) ([]Hook, error) {
	var list []Hook
	err := c.do(ctx, p, call{op: "webhooks", method: http.MethodGet,
		path: "webhooks", most: maxDictionary, out: each(maxEntries, maxSmall, hookFields, func(m fields) {
			list = append(list, decodeHook(m))
		})})
	return list, err
}

var hookFields = []string{"id", "address", "topic", "format_type"}

// Hook reads one webhook by its id; 404 means that it is gone.
func (c *Client) Hook(ctx context.Context, p *Permit, id int64) (Hook, error) {
	var m fields
	err := c.do(ctx, p, call{op: "webhook", method: http.MethodGet, path: "webhooks/" + strconv.FormatInt(id, 10),
		most: maxSmall, out: jsonInto(&m, hookFields...)})
	return decodeHook(m), err
}

func decodeHook(m fields) Hook {
	id, _ := m.integer("id")
	return Hook{ID: id, Address: m.text("address"), Topic: m.text("topic"), Format: m.text("format_type")}
}

// CreateHook registers a webhook. The shop refuses a second one with the same
// address and topic (documented since 2026).
func (c *Client) CreateHook(ctx context.Context, p *Permit, address, topic string) (Hook, error) {
	in := map[string]map[string]string{"webhook": {"address": address, "topic": topic, "format_type": hookJSON}}
	var m fields
	err := c.do(ctx, p, call{op: "webhook_create", method: http.MethodPost, path: "webhooks", in: in,
		most: maxSmall, out: jsonInto(&m, hookFields...)})
	return decodeHook(m), err
}

// DeleteHook removes a webhook. What it is answered with is not documented: any
// 2xx will do.
func (c *Client) DeleteHook(ctx context.Context, p *Permit, id int64) error {
	return c.do(ctx, p, call{op: "webhook_delete", method: http.MethodDelete,
		path: "webhooks/" + strconv.FormatInt(id, 10),
		out:  func(io.Reader) error { return nil }})
}
