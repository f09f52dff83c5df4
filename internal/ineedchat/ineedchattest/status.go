package ineedchattest

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// A Report is one status that was received.
type Report struct {
	Company string    `json:"-"`
	At      time.Time `json:"-"` // of its arrival
	// WebhookID is the signature's id, "" without one.
	WebhookID string `json:"-"`
	// Answer is the code the chat chose; a fault may have hidden it.
	Answer int `json:"-"`

	Version       string    `json:"version"`
	OrderID       string    `json:"order_id"`
	Status        string    `json:"status"`
	StatusTitle   string    `json:"status_title"`
	PaymentStatus string    `json:"payment_status"`
	ChangedAt     time.Time `json:"changed_at"`
	Revision      int64     `json:"revision"`
	Total         string    `json:"total"`
	Comment       string    `json:"comment"`
	InSales       InSales   `json:"insales"`
}

// InSales is the order in the shop's own terms.
type InSales struct {
	OrderID           string `json:"order_id"`
	OrderNumber       string `json:"order_number"`
	CustomStatus      string `json:"custom_status"`
	FulfillmentStatus string `json:"fulfillment_status"`
	FinancialStatus   string `json:"financial_status"`
}

var (
	statuses        = []string{"new", "accepted", "assembling", "delivering", "completed", "cancelled", "returned"}
	paymentStatuses = []string{"pending", "paid"}
	statusFields    = []string{
		"version", "order_id", "status", "status_title", "payment_status", "changed_at", "revision",
		"total", "comment", "insales",
	}
	insalesFields = []string{"order_id", "order_number", "custom_status", "fulfillment_status", "financial_status"}
	validID       = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)
)

// putStatus serves PUT /v1/companies/{company}/orders/{order}/status.
func (c *Chat) putStatus(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // from memory
	if !c.authorized(r, body) {
		reply(w, http.StatusUnauthorized, map[string]string{"status": "unauthorized"})
		return
	}
	if c.isSuspended(r.PathValue("company")) {
		reply(w, http.StatusForbidden, map[string]string{"status": "suspended"})
		return
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		c.violate(r, "content type %q", media)
		reply(w, http.StatusUnsupportedMediaType, map[string]string{"status": "unsupported"})
		return
	}
	report := Report{Company: r.PathValue("company"), At: time.Now(), WebhookID: r.Header.Get("webhook-id")}
	if err := json.Unmarshal(body, &report); err != nil {
		c.violate(r, "%v", err)
		reply(w, http.StatusBadRequest, map[string]string{"status": "invalid", "message": err.Error()})
		return
	}
	c.strangers(r, body)
	if bad := report.faults(r.PathValue("order")); len(bad) > 0 {
		c.violate(r, "%s", strings.Join(bad, ", "))
		reply(w, http.StatusUnprocessableEntity, map[string]any{"status": "invalid", "errors": bad})
		return
	}
	status, text := c.take(r, report)
	reply(w, status, map[string]string{"status": text})
}

// authorized checks the token, and the signature if there is a secret.
func (c *Chat) authorized(r *http.Request, body []byte) bool {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	c.mu.Lock()
	right, retired := subtle.ConstantTimeCompare([]byte(token), []byte(c.token)) == 1, c.retired[token]
	c.mu.Unlock()
	if !right {
		if !retired {
			c.violate(r, "wrong or missing token")
		}
		return false
	}
	if c.verify == nil {
		return true
	}
	if err := c.verify.Verify(body, r.Header); err != nil {
		c.violate(r, "signature: %v", err)
		return false
	}
	return true
}

func (c *Chat) isSuspended(company string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.suspended[company]
}

// strangers records fields that the contract does not have. They are ignored
// otherwise.
func (c *Chat) strangers(r *http.Request, body []byte) {
	var doc map[string]json.RawMessage
	if json.Unmarshal(body, &doc) != nil {
		return
	}
	for name := range doc {
		if !slices.Contains(statusFields, name) {
			c.violate(r, "unknown field %s", name)
		}
	}
	var inner map[string]json.RawMessage
	if !bytes.HasPrefix(doc["insales"], []byte("{")) || json.Unmarshal(doc["insales"], &inner) != nil {
		return
	}
	for name := range inner {
		if !slices.Contains(insalesFields, name) {
			c.violate(r, "unknown field insales.%s", name)
		}
	}
}

// faults lists what makes a report unusable.
func (p Report) faults(order string) []string {
	var bad []string
	check := func(good bool, field string) {
		if !good {
			bad = append(bad, field)
		}
	}
	check(p.Version == "1", "version")
	check(p.OrderID == order && validID.MatchString(order), "order_id")
	check(validID.MatchString(p.Company), "company")
	check(slices.Contains(statuses, p.Status), "status")
	check(slices.Contains(paymentStatuses, p.PaymentStatus), "payment_status")
	check(!p.ChangedAt.IsZero(), "changed_at")
	check(p.Revision > 0, "revision")
	if p.Total != "" {
		total, err := decimal.NewFromString(p.Total)
		check(err == nil && len(p.Total) <= 20 && total.Exponent() >= -3, "total")
	}
	return bad
}

// take stores a report if it is newer than what the chat has. The same revision
// under the same webhook-id is a retry whose answer was lost.
func (c *Chat) take(r *http.Request, p Report) (int, string) {
	if back := c.goesBack(p); back != 0 {
		c.violate(r, "revision goes back from %d to %d", back, p.Revision)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k := orderKey{p.Company, p.OrderID}
	o := c.orders[k]
	text := "ok"
	switch {
	case o != nil && p.Revision <= o.overtaken:
		p.Answer, text = http.StatusConflict, "stale"
	case o == nil && (!c.conf.AcceptUnknown || c.forgotten[k]):
		p.Answer, text = http.StatusNotFound, "unknown"
	case o == nil:
		o = &orderState{}
		c.orders[k] = o
		fallthrough
	case !o.reported || p.Revision > o.last.Revision:
		p.Answer = http.StatusOK
		o.last, o.webhookID, o.reported = p, p.WebhookID, true
	case p.Revision == o.last.Revision && p.WebhookID != "" && p.WebhookID == o.webhookID:
		p.Answer = http.StatusOK
	default:
		p.Answer, text = http.StatusConflict, "stale"
	}
	c.reports = append(c.reports, p)
	return p.Answer, text
}

// goesBack returns the known revision if the report's is older.
func (c *Chat) goesBack(p Report) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.orders[orderKey{p.Company, p.OrderID}]
	if o == nil || !o.reported || p.Revision >= o.last.Revision {
		return 0
	}
	return o.last.Revision
}
