package insales

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
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
	return (h.Address == address || letters && weburl.Tidy(h.Address) == address) && h.Topic == topic && h.Format == hookJSON
}

// Hooks lists the webhooks of this key; those of other keys and apps are not
// shown (inferred).
func (c *Client) Hooks(ctx context.Context, p *Permit) ([]Hook, error) {
	var list []Hook
	err := c.do(ctx, p, call{op: "webhooks", method: http.MethodGet, path: "webhooks", out: each(func(m fields) {
		list = append(list, decodeHook(m))
	})})
	return list, err
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
	err := c.do(ctx, p, call{op: "webhook_create", method: http.MethodPost, path: "webhooks", in: in, out: jsonInto(&m)})
	return decodeHook(m), err
}

// DeleteHook removes a webhook. What it is answered with is not documented: any
// 2xx will do.
func (c *Client) DeleteHook(ctx context.Context, p *Permit, id int64) error {
	return c.do(ctx, p, call{op: "webhook_delete", method: http.MethodDelete, path: "webhooks/" + strconv.FormatInt(id, 10),
		out: func(io.Reader) error { return nil }})
}

// maxHookDepth is how deep an XML body may nest before its order's id.
const maxHookDepth = 16

// HookedOrder gives the id of the order that the body of a webhook is about. It
// reads no further than that, so a torn body will do. The body is the bare
// order, in JSON or in XML (documented); wrapped JSON is taken too.
func HookedOrder(body []byte) (id int64, ok bool) {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\ufeff")), " \t\r\n")
	if bytes.HasPrefix(body, []byte("<")) {
		return hookedXML(body)
	}
	return hookedJSON(json.NewDecoder(bytes.NewReader(body)))
}

func hookedJSON(d *json.Decoder) (int64, bool) {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return 0, false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return 0, false
		}
		if name == "order" {
			return hookedJSON(d)
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return 0, false
		}
		if name == "id" {
			return positive(fields{"id": value}.text("id"))
		}
	}
	return 0, false
}

// hookedXML knows no document types and no entities: encoding/xml expands none,
// and what declares some is refused.
func hookedXML(body []byte) (int64, bool) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return 0, false
		}
		switch t := token.(type) {
		case xml.Directive:
			return 0, false
		case xml.StartElement:
			if depth++; depth > maxHookDepth {
				return 0, false
			}
			if depth == 2 && t.Name.Local == "id" {
				text, err := d.Token()
				digits, isText := text.(xml.CharData)
				if err != nil || !isText {
					return 0, false
				}
				return positive(string(digits))
			}
		case xml.EndElement:
			depth--
		}
	}
}

func positive(text string) (int64, bool) {
	id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || id <= 0 {
		return 0, false
	}
	return id, true
}
