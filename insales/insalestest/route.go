package insalestest

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// An Op names one kind of request, for fault rules and the request log.
type Op string

// The operations of the sandbox.
const (
	OpAccount     Op = "account"
	OpOrders      Op = "orders"
	OpOrdersCount Op = "orders_count"
	OpOrder       Op = "order"
	OpOrderCreate Op = "order_create"
	OpOrderUpdate Op = "order_update"
	OpOrderDelete Op = "order_delete"
	OpDeliveries  Op = "delivery_variants"
	OpDelivery    Op = "delivery_variant"
	OpGateways    Op = "payment_gateways"
	OpGateway     Op = "payment_gateway"
	OpStatuses    Op = "custom_statuses"
	OpStatus      Op = "custom_status"
	OpFields      Op = "fields"
	OpUnknown     Op = "unknown" // 404
)

// The sections of the shop's rights, for [Shop.Forbid].
const (
	SectionAccount    = "account"
	SectionOrders     = "orders"
	SectionDeliveries = "delivery_variants"
	SectionGateways   = "payment_gateways"
	SectionStatuses   = "custom_statuses"
	SectionFields     = "fields"
)

// A route is one operation: its right and what serves it, with the lock held.
type route struct {
	op      Op
	section string
	serve   func(*Shop, *call) answer
}

// routes is the whole surface; * stands for an id.
var routes = map[string]route{
	"GET account":             {OpAccount, SectionAccount, (*Shop).showAccount},
	"GET orders":              {OpOrders, SectionOrders, (*Shop).listOrders},
	"POST orders":             {OpOrderCreate, SectionOrders, (*Shop).createOrder},
	"GET orders/count":        {OpOrdersCount, SectionOrders, (*Shop).countOrders},
	"GET orders/*":            {OpOrder, SectionOrders, (*Shop).showOrder},
	"PUT orders/*":            {OpOrderUpdate, SectionOrders, (*Shop).updateOrder},
	"DELETE orders/*":         {OpOrderDelete, SectionOrders, (*Shop).deleteOrder},
	"GET delivery_variants":   {OpDeliveries, SectionDeliveries, (*Shop).listDeliveries},
	"GET delivery_variants/*": {OpDelivery, SectionDeliveries, (*Shop).showDelivery},
	"GET payment_gateways":    {OpGateways, SectionGateways, (*Shop).listGateways},
	"GET payment_gateways/*":  {OpGateway, SectionGateways, (*Shop).showGateway},
	"GET custom_statuses":     {OpStatuses, SectionStatuses, (*Shop).listStatuses},
	"GET custom_statuses/*":   {OpStatus, SectionStatuses, (*Shop).showStatus},
	"GET fields":              {OpFields, SectionFields, (*Shop).listFields},
}

// findRoute takes /admin/{resource}.json apart. Other formats, which the real
// shop has, do not exist here.
func findRoute(method, path string) (r route, op Op, id string) {
	rest, isAdmin := strings.CutPrefix(path, "/admin/")
	rest, isJSON := strings.CutSuffix(rest, ".json")
	if !isAdmin || !isJSON {
		return route{}, OpUnknown, ""
	}
	resource, id, nested := strings.Cut(rest, "/")
	pattern := method + " " + resource
	switch {
	case nested && id == "count":
		pattern, id = pattern+"/count", ""
	case nested:
		pattern += "/*"
	}
	r, found := routes[pattern]
	if !found {
		return route{}, OpUnknown, ""
	}
	return r, r.op, id
}

// Forbid takes the right to sections away from all keys: they get 403.
func (s *Shop) Forbid(sections ...string) { s.setRights(sections, true) }

// Allow gives the right to sections back.
func (s *Shop) Allow(sections ...string) { s.setRights(sections, false) }

func (s *Shop) setRights(sections []string, forbidden bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range sections {
		s.forbidden[name] = forbidden
	}
}

// A Request is one line of the request log.
type Request struct {
	Op     Op
	Method string
	Path   string
	Query  string
	KeyID  string
	Body   string
	At     time.Time // shop time
	Status int       // 0 = not answered, or the connection was aborted
}

// maxLog bounds the log; older requests are forgotten.
const maxLog = 10_000

// requestLog remembers requests in the order of their arrival.
type requestLog struct {
	mu    sync.Mutex
	list  []*Request
	count map[Op]int
}

func (l *requestLog) add(c *call, at time.Time) *Request {
	keyID, _, _ := c.http.BasicAuth()
	e := &Request{
		Op: c.op, Method: c.http.Method, Path: c.http.URL.Path, Query: c.http.URL.RawQuery,
		KeyID: keyID, Body: string(c.body), At: at,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == maxLog {
		l.list = append([]*Request(nil), l.list[maxLog/2:]...)
	}
	l.list = append(l.list, e)
	if l.count == nil {
		l.count = map[Op]int{}
	}
	l.count[c.op]++
	return e
}

func (l *requestLog) finish(e *Request, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Status = status
}

// Requests returns the latest requests, oldest first, also those that were
// refused or aborted.
func (s *Shop) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	list := make([]Request, len(s.log.list))
	for i, e := range s.log.list {
		list[i] = *e
	}
	return list
}

// Count tells how many requests of one kind have arrived ever.
func (s *Shop) Count(op Op) int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.count[op]
}

// showAccount has the names and types of a real answer of 2013.
func (s *Shop) showAccount(*call) answer {
	return ok(object{
		"blocked": false, "city": "Москва", "contact_phone": nil, "country": "RU",
		"enable_cart_discounts": false, "enable_client_discounts": false,
		"enable_group_discounts": false, "enable_order_discounts": false,
		"hide_items_out_of_stock": false, "id": s.accountID, "inviter_id": nil,
		"notification_email": nil, "organization": nil,
		"paid_till":              s.now().AddDate(0, 1, 0).Format(time.DateOnly),
		"sms_notification_phone": nil, "state": "г Москва",
		"subdomain": strings.Split(s.conf.Host, ".")[0],
		"email":     "shop@example.test", "icq": nil, "phone": "+79000000001",
		"title": s.conf.Title, "minimum_items_price": nil,
		"stock_currency_exchange_rate": "30.0", "client_cookies_whitelist": nil,
		"main_host": s.conf.Host, "main_host_protocol": "http", // although the API redirects to https
		"next_order_number": s.orders.nextNumber, "time_zone": "Moscow",
		"owner": object{
			"created_at": "2013-02-18 00:20:01 +0400", "email": "owner@example.test",
			"id": int64(12345), "name": "Тест",
		},
	})
}

// plainText is the answer to a wrong key; its exact bytes are inferred.
func plainText(status int, text string) answer {
	return answer{
		status: status, body: []byte(text),
		header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}},
	}
}
