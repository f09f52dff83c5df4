package storage

import (
	"context"
	"time"
)

// A Status is the document that INEED.CHAT is told about an order, without its
// revision. Two equal documents are one report.
type Status struct {
	Status            string `json:"status"`
	StatusTitle       string `json:"status_title,omitempty"`
	PaymentStatus     string `json:"payment_status"`
	Total             string `json:"total,omitempty"`
	OrderNumber       string `json:"order_number,omitempty"`
	CustomStatus      string `json:"custom_status,omitempty"`
	FulfillmentStatus string `json:"fulfillment_status,omitempty"`
	FinancialStatus   string `json:"financial_status,omitempty"`

	// ChangedAt is the shop's time of the change that made this document. It
	// takes no part in comparing two documents.
	ChangedAt time.Time `json:"changed_at"`
}

// Same reports whether both documents tell the chat the same.
func (s Status) Same(t Status) bool {
	s.ChangedAt, t.ChangedAt = time.Time{}, time.Time{}
	return s == t
}

// Seen orders two reads of one order in the shop: first by the shop's
// updated_at, then by the number of the read that showed it.
type Seen struct {
	UpdatedAt time.Time
	Read      int64
}

// After reports whether s is newer than t.
func (s Seen) After(t Seen) bool {
	if c := s.UpdatedAt.Compare(t.UpdatedAt); c != 0 {
		return c > 0
	}
	return s.Read > t.Read
}

// A Report is the work of telling the chat the newest Status.
type Report struct {
	DueAt   time.Time // not before; our clock
	Since   time.Time // when the first attempt for this revision failed; zero = none has
	Tries   int       // failed attempts for this revision
	Problem *Problem  // parked: not tried again before the status changes or a person says so
}

// ReleaseReports lets the company's reports that are parked for a problem of the given
// code be told again at once, as if they had never failed.
func (tx *Tx) ReleaseReports(company, code string, now time.Time) error {
	_, err := tx.exec(`UPDATE orders SET report_problem = '', report_due_at = ?, report_since = 0, report_tries = 0
		WHERE company = ? AND (notices <> '' OR report_problem <> '')
			AND report_problem <> '' AND report_problem ->> 'code' = ?`, ms(now), company, code)
	return err
}

// A SeenStatus is a status that orders have in the shop, and in how many.
type SeenStatus struct {
	Custom      string // permalink, may be empty
	Title       string // the shop's own word for it
	Fulfillment string // what the shop itself takes it for, may be empty
	Orders      int
}

// SeenStatuses gives the statuses in which the company's latest orders were
// last seen in the shop, the most frequent first.
func (s *Store) SeenStatuses(ctx context.Context, company string) ([]SeenStatus, error) {
	rows, err := s.query(ctx, `SELECT coalesce(status ->> '$.custom_status', '') AS custom,
			max(coalesce(status ->> '$.status_title', '')),
			coalesce(status ->> '$.fulfillment_status', '') AS fulfillment, count(*) FROM
		(SELECT status FROM orders WHERE company = ?1 AND status <> '' ORDER BY seq DESC LIMIT ?2)
		GROUP BY custom, fulfillment ORDER BY count(*) DESC, custom, fulfillment`, company, usesOf)
	return collect(rows, err, func(r scanner) (seen SeenStatus, err error) {
		err = r.Scan(&seen.Custom, &seen.Title, &seen.Fulfillment, &seen.Orders)
		return seen, err
	})
}
