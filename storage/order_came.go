package storage

import "time"

// Of orders that change the database itself keeps count, by triggers. Those that come are
// counted here, once for each commit, which many of one company share under load. A trigger
// would run for each, and let SQLite keep what every page was like before it.

// A standing is what order_counts has a row for.
type standing struct {
	company string
	state   State
}

// A companyHour is what order_hours has a row for.
type companyHour struct {
	company string
	hour    int64
}

// An hourly is what came in such an hour.
type hourly struct{ orders, priced, total int64 }

// came is what a transaction has added.
type came struct {
	states map[standing]int
	hours  map[companyHour]hourly
}

func newCame() came { return came{map[standing]int{}, map[companyHour]hourly{}} }

// forget begins anew, for the next transaction.
func (c came) forget() {
	clear(c.states)
	clear(c.hours)
}

// add counts an order that was added. One whose payment came first counts in its hour when it
// comes itself.
func (c came) add(o *Order) {
	c.states[standing{o.Key.Company, o.State}]++
	if o.Key.Test || o.State == StateExpected {
		return
	}
	for _, company := range []string{o.Key.Company, ""} { // '' are all together
		at := companyHour{company, ms(o.AcceptedAt) / hourMS}
		h := c.hours[at]
		h.orders, h.total = h.orders+1, h.total+o.Total
		if o.Total > 0 {
			h.priced++
		}
		c.hours[at] = h
	}
}

// countCame writes what the transaction has added into the rows that count it.
func (tx *Tx) countCame() error {
	for of, n := range tx.came.states {
		_, err := tx.exec("INSERT INTO order_counts VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + ?3",
			of.company, of.state, n)
		if err != nil {
			return err
		}
	}
	for of, h := range tx.came.hours {
		_, err := tx.exec(`INSERT INTO order_hours VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
			orders = orders + excluded.orders, priced = priced + excluded.priced, total = total + excluded.total`,
			of.company, of.hour, h.orders, h.priced, h.total)
		if err != nil {
			return err
		}
	}
	return nil
}

// countBrought counts the way of an order that had gone it before it was added.
func (tx *Tx) countBrought(o *Order) error {
	took := ms(o.SentAt) - ms(o.AcceptedAt)
	if took <= 0 || o.Key.Test {
		return nil
	}
	for _, company := range []string{o.Key.Company, ""} {
		_, err := tx.exec(`INSERT INTO order_ways SELECT ?1, ?2, min(ms), 1, ?3 FROM way_steps WHERE ms >= ?3
			ON CONFLICT DO UPDATE SET n = n + 1, slowest = max(slowest, excluded.slowest)`,
			company, ms(o.AcceptedAt)/hourMS, took)
		if err != nil {
			return err
		}
	}
	return nil
}

// PruneHours forgets what came in the hours before a time, and how long it took, and tells
// how many rows these were: at most limit of each kind.
func (tx *Tx) PruneHours(before time.Time, limit int) (int64, error) {
	hours, err := tx.exec(`DELETE FROM order_hours WHERE (company, hour) IN (SELECT h.company, h.hour
		FROM (SELECT '' AS id UNION SELECT company FROM order_counts) c
		CROSS JOIN order_hours h ON h.company = c.id AND h.hour < ? LIMIT ?)`, ms(before)/hourMS, limit)
	if err != nil {
		return 0, err
	}
	ways, err := tx.exec(`DELETE FROM order_ways WHERE (company, hour, within) IN (SELECT w.company, w.hour, w.within
		FROM (SELECT '' AS id UNION SELECT company FROM order_counts) c
		CROSS JOIN order_ways w ON w.company = c.id AND w.hour < ? LIMIT ?)`, ms(before)/hourMS, limit)
	return max(hours, ways), err
}
