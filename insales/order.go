package insales

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/internal/legible"
)

// PageSize is how many orders a page of the feed has: the most that other
// clients ask for (inferred; what lies above is not known).
const PageSize = 250

// The most that is read of one answer, far above what a shop would send.
const (
	maxRows  = 4 * PageSize // of a page: some servers give more than was asked for
	maxLines = 5000         // of an order: we create at most 500, a bundle makes more
)

// An Order is an order as the shop shows it. Only ID, UpdatedAt and
// ManagerComment are sure to be there; whatever else could not be read is zero.
type Order struct {
	ID             int64
	UpdatedAt      time.Time
	ManagerComment string

	Number            string
	AccountID         int64
	CreatedAt         time.Time
	Offset            time.Duration // of the shop's clock from UTC, as updated_at says
	FulfillmentStatus string
	FinancialStatus   string
	CustomStatus      string // permalink
	CustomTitle       string // the shop's own word for it
	Archived          bool
	Total             decimal.NullDecimal
	DeliveryPrice     decimal.NullDecimal // before what a discount takes off it
	DeliveryDate      string              // YYYY-MM-DD, "" for none
	Phone             string
	Lines             []Line
}

// A Line is one line of an order. A bundle is split into several, so a variant
// may stand in more than one.
type Line struct {
	VariantID int64
	Quantity  decimal.Decimal
	SalePrice decimal.Decimal
	BundleID  int64 // of the bundle that it is a part of; 0 for none
}

// An Unreadable is an order whose id, time or comment could not be read.
type Unreadable struct {
	ID     int64 // 0 if that is what could not be read
	Raw    []byte
	Reason string
}

// Contains reports whether text stands anywhere in the order's bytes.
func (u Unreadable) Contains(text string) bool { return bytes.Contains(u.Raw, []byte(text)) }

// DecodeOrder reads an order from JSON, field by field. It fails only if the
// bytes are no object or id, updated_at or manager_comment cannot be read.
func DecodeOrder(raw []byte) (Order, error) {
	var m fields
	if err := json.Unmarshal(raw, &m); err != nil {
		return Order{}, fmt.Errorf("decode order: %w", err)
	}
	o := Order{ManagerComment: m.text("manager_comment")}
	var ok bool
	if o.ID, ok = m.integer("id"); !ok || o.ID <= 0 {
		return o, errors.New("decode order: no id")
	}
	if o.UpdatedAt, ok = m.time("updated_at"); !ok {
		return o, errors.New("decode order: no updated_at")
	}
	if !readable(m["manager_comment"]) {
		return o, errors.New("decode order: no manager_comment")
	}
	o.Offset = zoneOffset(m.text("updated_at"))
	o.Number = legible.Line(m.text("number"))
	o.AccountID, _ = m.integer("account_id")
	o.CreatedAt, _ = m.time("created_at")
	o.FulfillmentStatus = m.text("fulfillment_status")
	o.FinancialStatus = m.text("financial_status")
	custom := m.object("custom_status")
	o.CustomStatus, o.CustomTitle = custom.text("permalink"), legible.Line(custom.text("title"))
	o.Archived = m.boolean("archived")
	if total, ok := m.amount("total_price"); ok {
		o.Total = decimal.NewNullDecimal(total)
	}
	if price, ok := m.amount("full_delivery_price"); ok {
		o.DeliveryPrice = decimal.NewNullDecimal(price)
	} else if price, ok := m.amount("delivery_price"); ok {
		o.DeliveryPrice = decimal.NewNullDecimal(price)
	}
	o.DeliveryDate = m.text("delivery_date")
	if o.Phone = m.object("client").text("phone"); o.Phone == "" {
		o.Phone = m.object("shipping_address").text("phone")
	}
	for _, l := range m.objects("order_lines", maxLines) {
		o.Lines = append(o.Lines, decodeLine(l))
	}
	return o, nil
}

// readable reports whether a comment is text or plainly empty.
func readable(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return string(raw) == "null" || len(raw) > 0 && raw[0] == '"'
}

func decodeLine(m fields) Line {
	var l Line
	l.VariantID, _ = m.integer("variant_id")
	l.BundleID, _ = m.integer("bundle_id")
	l.Quantity, _ = m.amount("quantity")
	l.SalePrice, _ = m.amount("sale_price")
	return l
}

// A Page is a page of the change feed, in the order of the feed.
type Page struct {
	Orders     []Order
	Unreadable []Unreadable
	Len        int // of the page as it came, readable or not
}

// Full reports whether there may be another page behind it.
func (p Page) Full() bool { return p.Len >= PageSize }

// Orders reads a page of the change feed: orders changed at since or later
// (without those at since whose id is not above fromID), trashed ones too, by
// time and id (documented).
func (c *Client) Orders(ctx context.Context, p *Permit, since time.Time, fromID int64) (Page, error) {
	q := url.Values{
		"updated_since": {feedTime(since)},
		"with_deleted":  {"1"},
		"page":          {"1"},
		"per_page":      {strconv.Itoa(PageSize)},
	}
	if fromID > 0 {
		q.Set("from_id", strconv.FormatInt(fromID, 10))
	}
	var page Page
	err := c.do(ctx, p, call{op: "orders", method: http.MethodGet, path: "orders", query: q, out: page.decode})
	return page, err
}

// decode reads the list one order at a time, so that the page never stands in
// memory twice.
func (p *Page) decode(r io.Reader) error {
	d := json.NewDecoder(r)
	t, err := d.Token()
	if err != nil {
		return fmt.Errorf("decode orders: %w", err)
	}
	if t != json.Delim('[') {
		return errors.New("decode orders: not a list")
	}
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return fmt.Errorf("decode orders: %w", err)
		}
		if p.Len++; p.Len > maxRows {
			return errors.New("decode orders: far more than were asked for")
		}
		o, err := DecodeOrder(raw)
		if err != nil {
			p.Unreadable = append(p.Unreadable, Unreadable{ID: o.ID, Raw: raw, Reason: err.Error()})
			continue
		}
		p.Orders = append(p.Orders, o)
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("decode orders: %w", err)
	}
	return ended(d)
}

// Order reads one order by its id; 404 means that it was deleted for good.
func (c *Client) Order(ctx context.Context, p *Permit, id int64) (Order, error) {
	var o Order
	err := c.do(ctx, p, call{op: "order", method: http.MethodGet, path: "orders/" + strconv.FormatInt(id, 10), out: orderInto(&o)})
	return o, err
}

// A NewOrder is a create request. Empty fields are not sent.
type NewOrder struct {
	Lines            []NewLine    `json:"order_lines_attributes"`
	Client           NewClient    `json:"client"`
	ShippingAddress  NewAddress   `json:"shipping_address_attributes"`
	DeliveryID       int64        `json:"delivery_variant_id"`
	PaymentID        int64        `json:"payment_gateway_id"`
	DeliveryPrice    *json.Number `json:"delivery_price,omitempty"`
	DeliveryDate     string       `json:"delivery_date,omitempty"` // YYYY-MM-DD in the shop's zone
	DeliveryFromHour *int         `json:"delivery_from_hour,omitempty"`
	DeliveryFromMin  *int         `json:"delivery_from_minutes,omitempty"`
	DeliveryToHour   *int         `json:"delivery_to_hour,omitempty"`
	DeliveryToMin    *int         `json:"delivery_to_minutes,omitempty"`
	Fields           []NewField   `json:"fields_values_attributes,omitempty"`
	FinancialStatus  string       `json:"financial_status,omitempty"`
	Comment          string       `json:"comment,omitempty"`
	ManagerComment   string       `json:"manager_comment"`
}

// A NewField fills one of the shop's own checkout fields.
type NewField struct {
	ID    int64  `json:"field_id"`
	Value string `json:"value"`
}

// A NewLine asks for one line. That sale_price sticks is inferred; the answer
// is compared with what was asked.
type NewLine struct {
	VariantID int64       `json:"variant_id"`
	Quantity  json.Number `json:"quantity"`
	SalePrice json.Number `json:"sale_price"`
	Comment   string      `json:"comment,omitempty"`
}

// A NewClient is the customer. Whether InSales finds an existing one by phone
// or e-mail is not documented.
type NewClient struct {
	Name    string `json:"name"`
	Surname string `json:"surname,omitempty"`
	Middle  string `json:"middlename,omitempty"`
	Email   string `json:"email,omitempty"`
	Phone   string `json:"phone,omitempty"`

	// Consent is commonly sent by other clients; shops that demand it refuse
	// orders without (inferred).
	Consent bool `json:"consent_to_personal_data"`
}

// A NewAddress is where the order goes; for pickup it holds name and phone only.
type NewAddress struct {
	Name     string `json:"name,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Country  string `json:"country,omitempty"`
	Locality string `json:"full_locality_name,omitempty"`
	City     string `json:"city,omitempty"`
	Address  string `json:"address,omitempty"`
	Street   string `json:"street,omitempty"`
	House    string `json:"house,omitempty"`
	Flat     string `json:"flat,omitempty"`
	Entrance string `json:"entrance,omitempty"`
	Floor    string `json:"floor,omitempty"`
	Zip      string `json:"zip,omitempty"`
}

// CreateOrder creates an order. There is no idempotency key: if the error may
// have reached the shop and is not a plain refusal, the order may exist. The
// answer comes as it was, too, within the bounds of an [Exchange].
func (c *Client) CreateOrder(ctx context.Context, p *Permit, o NewOrder) (Order, []byte, error) {
	var created Order
	var answer kept
	err := c.do(ctx, p, call{op: "order_create", method: http.MethodPost, path: "orders",
		in: map[string]NewOrder{"order": o}, out: orderInto(&created), kept: &answer})
	return created, c.shown(&answer), err
}

// SetPaid marks an order paid (inferred: other clients do it so). Any 2xx is
// success: some updates are answered without a body.
func (c *Client) SetPaid(ctx context.Context, p *Permit, id int64) (Exchange, error) {
	var answer kept
	in := json.RawMessage(`{"order":{"financial_status":"paid"}}`)
	err := c.do(ctx, p, call{op: "order_paid", method: http.MethodPut, path: "orders/" + strconv.FormatInt(id, 10), in: in, kept: &answer,
		out: func(body io.Reader) error { answer.rest(body); return nil }})
	return Exchange{in, c.shown(&answer)}, err
}

// orderInto decodes one order; some clients met it wrapped in its own name.
func orderInto(o *Order) func(io.Reader) error {
	return func(r io.Reader) error {
		var raw json.RawMessage
		if err := jsonInto(&raw)(r); err != nil {
			return err
		}
		var wrapped struct{ Order json.RawMessage }
		if json.Unmarshal(raw, &wrapped) == nil && len(wrapped.Order) > 0 && strings.HasPrefix(string(wrapped.Order), "{") {
			raw = wrapped.Order
		}
		var err error
		*o, err = DecodeOrder(raw)
		return err
	}
}
