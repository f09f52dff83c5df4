package insales

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-faster/jx"
	"github.com/shopspring/decimal"

	"ineed-insales/internal/legible"
)

// PageSize is how many orders a page of the feed has: the most that other
// clients ask for (inferred; what lies above is not known).
const PageSize = 250

// SmallestPage is how few rows a page is asked for at least. That a shop accepts
// fewer is not known: a client that was seen asks for no fewer (inferred). Nor is any
// shop taken to have a bound of its own that lies below it.
const SmallestPage = 10

// The most that is read of one answer, far above what a shop would send.
const (
	maxRows      = 4 * PageSize // of a page: some servers give more than was asked for
	maxLines     = 5000         // of an order: we create at most 500, a bundle makes more
	maxPageLines = 50_000       // of a page; one of ten orders always fits
)

// An Order is an order as the shop shows it. Only ID, UpdatedAt and
// ManagerComment are sure to be there; whatever else could not be read is zero.
type Order struct {
	ID             int64
	UpdatedAt      time.Time
	ManagerComment string

	// CommentHidden tells that the shop shows no manager's comment at all, although it
	// shows an order: its name does not stand there, as a right of the key may have it
	// (inferred from cost prices; nobody has seen it). Null is an empty comment.
	CommentHidden bool

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
	DeliveryID        int64
	Outlet            bool // a pick-up point of a carrier was chosen
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

// An Unreadable is an order whose id, time or comment could not be read, that
// says two things under one name, or that is larger than any order can be.
type Unreadable struct {
	ID     int64 // 0 if that is what could not be read
	Marked bool  // Config.Marker stands somewhere in its bytes
	Reason string
}

var orderFields = []string{
	"id", "updated_at", "manager_comment", "number", "account_id", "created_at",
	"fulfillment_status", "financial_status", "custom_status", "archived",
	"total_price", "full_delivery_price", "delivery_price", "delivery_date",
	"client", "shipping_address", "order_lines", "delivery_variant_id", "delivery_info",
}

// decodeOrder reads an order from JSON, field by field. It fails only if the
// bytes are no object, if id, updated_at or manager_comment cannot be read (an order
// with its number and lines may lack the last one altogether), or
// if a name that is read stands there twice with two values.
func decodeOrder(raw []byte) (Order, error) {
	m, err := parse(raw, orderFields...)
	if err != nil {
		return Order{}, fmt.Errorf("decode order: %w", err)
	}
	return m.order()
}

func (m fields) order() (Order, error) {
	o := Order{ManagerComment: m.text("manager_comment")}
	var ok bool
	if o.ID, ok = m.integer("id"); !ok || o.ID <= 0 {
		return o, errors.New("decode order: no id")
	}
	if err := m.once(); err != nil {
		return o, fmt.Errorf("decode order: %w", err)
	}
	if o.UpdatedAt, ok = m.time("updated_at"); !ok {
		return o, errors.New("decode order: no updated_at")
	}
	o.CommentHidden = !m.has("manager_comment") && m.has("number") && m.has("order_lines")
	comment := m.raw["manager_comment"].Type()
	if comment != jx.String && comment != jx.Null && !o.CommentHidden {
		return o, errors.New("decode order: no manager_comment")
	}
	o.Offset = zoneOffset(m.text("updated_at"))
	o.Number = legible.Line(m.text("number"))
	o.AccountID, _ = m.integer("account_id")
	o.CreatedAt, _ = m.time("created_at")
	o.FulfillmentStatus = m.text("fulfillment_status")
	o.FinancialStatus = m.text("financial_status")
	custom := m.object("custom_status", "permalink", "title")
	o.CustomStatus, o.CustomTitle = custom.text("permalink"), legible.Line(custom.typed("title"))
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
	if o.Phone = m.object("client", "phone").text("phone"); o.Phone == "" {
		o.Phone = m.object("shipping_address", "phone").text("phone")
	}
	o.DeliveryID, _ = m.integer("delivery_variant_id")
	outlet := m.object("delivery_info", "outlet").object("outlet", "id", "external_id")
	o.Outlet = outlet.text("id") != "" || outlet.text("external_id") != ""
	lines := m.objects("order_lines", maxLines, "variant_id", "bundle_id", "quantity", "sale_price")
	for _, part := range append(lines, custom) {
		if err := part.once(); err != nil {
			return o, fmt.Errorf("decode order: %w", err)
		}
	}
	for _, l := range lines {
		o.Lines = append(o.Lines, decodeLine(l))
	}
	return o, nil
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

	asked int // for so many
	lines int // of all orders
}

// Full reports whether as many rows came as were asked for.
func (p Page) Full() bool { return p.Len >= cmp.Or(p.asked, PageSize) }

// Cut reports whether there may be another page behind it. A shop may silently give
// fewer rows than it was asked for, so only a page of very few is surely the last.
func (p Page) Cut() bool { return p.Full() || p.Len >= SmallestPage }

// Orders reads a page of so many of the change feed: orders changed at since
// or later (without those at since whose id is not above fromID), trashed ones
// too, by time and id (documented). If the error is ErrTooLarge, a smaller page
// may be had.
func (c *Client) Orders(ctx context.Context, p *Permit, since time.Time, fromID int64, perPage int) (Page, error) {
	q := url.Values{
		"updated_since": {feedTime(since)},
		"with_deleted":  {withTrash},
		"page":          {"1"},
		"per_page":      {strconv.Itoa(perPage)},
	}
	if fromID > 0 {
		q.Set("from_id", strconv.FormatInt(fromID, 10))
	}
	page := Page{asked: perPage}
	err := c.do(ctx, p, call{op: "orders", method: http.MethodGet,
		path: "orders", query: q, most: maxFeed, out: func(r io.Reader) error {
			return page.decode(r, c.cfg.Marker)
		}})
	return page, err
}

// decode reads the list one order at a time, so that the page never stands in
// memory as it came.
func (p *Page) decode(r io.Reader, marker string) error {
	err := split(r, maxOrder, func(raw []byte) error {
		if p.Len++; p.Len > maxRows {
			return ErrTooLarge
		}
		m, err := parse(raw, orderFields...)
		if err != nil && !errors.Is(err, errNoObject) {
			return err // it is no JSON, so what follows cannot be trusted
		}
		o, err := m.order()
		if err != nil {
			marked := marker != "" && bytes.Contains(raw, []byte(marker))
			p.Unreadable = append(p.Unreadable, Unreadable{ID: o.ID, Marked: marked, Reason: err.Error()})
			return nil
		}
		p.Orders = append(p.Orders, o)
		if p.lines += len(o.Lines); p.lines > maxPageLines {
			return ErrTooLarge
		}
		return nil
	}, func(head []byte) io.Writer { return p.tooLarge(head, marker) })
	if err != nil {
		return fmt.Errorf("decode orders: %w", err)
	}
	return nil
}

// tooLarge notes an order of which only the beginning is kept, and gives what
// looks for the marker in the rest of it.
func (p *Page) tooLarge(head []byte, marker string) io.Writer {
	p.Len++
	u := &Unreadable{ID: idIn(head), Reason: "decode order: " + ErrTooLarge.Error()}
	p.Unreadable = append(p.Unreadable, *u)
	n := len(p.Unreadable) - 1
	search := &search{text: []byte(marker), found: func() { p.Unreadable[n].Marked = true }}
	_, _ = search.Write(head)
	return search
}

// idIn gives the id of an order whose text is torn; 0 if it does not stand in
// what there is.
func idIn(head []byte) (id int64) {
	d := jx.DecodeBytes(head)
	_ = object(d, func(d *jx.Decoder, key []byte) (err error) {
		if string(key) == "id" && id == 0 {
			id, err = integer(d)
			return err
		}
		return d.Skip()
	})
	return id
}

// A search looks for a text in what flows by.
type search struct {
	text  []byte
	found func()
	last  []byte // what may be the beginning of the text
}

func (s *search) Write(p []byte) (int, error) {
	if len(s.text) == 0 {
		return len(p), nil
	}
	edge := append(s.last, p[:min(len(p), len(s.text)-1)]...)
	if bytes.Contains(edge, s.text) || bytes.Contains(p, s.text) {
		s.found()
	}
	if len(p) < len(s.text) {
		s.last = bytes.Clone(edge[max(0, len(edge)-len(s.text)+1):])
		return len(p), nil
	}
	s.last = bytes.Clone(p[len(p)-len(s.text)+1:])
	return len(p), nil
}

// CountOrders counts the orders that are not in the trash and were changed at since
// or later. That it takes the filters of the list is inferred from clients.
func (c *Client) CountOrders(ctx context.Context, p *Permit, since time.Time) (int64, error) {
	return c.count(ctx, p, Orders, url.Values{"updated_since": {feedTime(since)}})
}

// Order reads one order by its id; 404 means that it was deleted for good.
func (c *Client) Order(ctx context.Context, p *Permit, id int64) (Order, error) {
	var o Order
	err := c.do(ctx, p, call{op: "order", method: http.MethodGet, path: "orders/" + strconv.FormatInt(id, 10),
		most: maxOrder, out: orderInto(&o)})
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
// is compared with what was asked. It has no comment: a line shows one, but no client
// was ever seen writing it, and InSales is strict about keys in at least one nested list.
type NewLine struct {
	VariantID int64       `json:"variant_id"`
	Quantity  json.Number `json:"quantity"`
	SalePrice json.Number `json:"sale_price"`
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
	Consent bool `json:"consent_to_personal_data,omitempty"`
}

// A NewAddress is where the order goes; for pickup it holds name, phone and what the
// customer wrote. Entrance and floor stand in its text: an address shows them, but no
// client was ever seen writing them as keys.
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
	Zip      string `json:"zip,omitempty"`
}

// CreateOrder creates an order. There is no idempotency key: if the error may
// have reached the shop and is not a plain refusal, the order may exist. The
// answer comes as it was, too; the request is left out.
func (c *Client) CreateOrder(ctx context.Context, p *Permit, o NewOrder) (Order, Exchange, error) {
	var created Order
	var answer kept
	err := c.do(ctx, p, call{op: "order_create", method: http.MethodPost, path: "orders",
		in: map[string]NewOrder{"order": o}, most: maxOrder, out: orderInto(&created), kept: &answer})
	return created, c.exchange(nil, &answer), err
}

// SetPaid marks an order paid (inferred: other clients do it so). Any 2xx is success:
// some updates are answered without a body. It gives the financial_status that the
// answer shows, "" if it shows no order.
func (c *Client) SetPaid(ctx context.Context, p *Permit, id int64) (Exchange, string, error) {
	var answer kept
	var shows Order
	in := json.RawMessage(`{"order":{"financial_status":"paid"}}`)
	err := c.do(ctx, p, call{op: "order_paid", method: http.MethodPut,
		path: "orders/" + strconv.FormatInt(id, 10), in: in, kept: &answer,
		most: maxOrder, out: func(body io.Reader) error {
			_ = orderInto(&shows)(body)
			answer.rest(body)
			return nil
		}})
	return c.exchange(in, &answer), shows.FinancialStatus, err
}

// orderInto decodes one order; some clients met it wrapped in its own name.
func orderInto(o *Order) func(io.Reader) error {
	return func(r io.Reader) error {
		text, err := document(r)
		if err != nil {
			return err
		}
		wrapped, err := parse(text, "order")
		if err != nil {
			return fmt.Errorf("decode order: %w", err)
		}
		if inner := wrapped.raw["order"]; inner.Type() == jx.Object && wrapped.once() == nil {
			text = inner
		}
		*o, err = decodeOrder(text)
		return err
	}
}
