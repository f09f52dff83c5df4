package storage

import "context"

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
	rows, err := s.query(ctx, `SELECT coalesce(status ->> '$.custom_status', '') AS custom, max(coalesce(status ->> '$.status_title', '')),
			coalesce(status ->> '$.fulfillment_status', '') AS fulfillment, count(*) FROM
		(SELECT status FROM orders WHERE company = ?1 AND status <> '' ORDER BY seq DESC LIMIT ?2)
		GROUP BY custom, fulfillment ORDER BY count(*) DESC, custom, fulfillment`, company, usesOf)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []SeenStatus
	for rows.Next() {
		var seen SeenStatus
		if err := rows.Scan(&seen.Custom, &seen.Title, &seen.Fulfillment, &seen.Orders); err != nil {
			return nil, err
		}
		list = append(list, seen)
	}
	return list, rows.Err()
}
