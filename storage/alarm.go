package storage

import (
	"context"
	"time"
)

// An Alarm is something that is wrong, or was lately.
type Alarm struct {
	Company string    `json:"company"`
	Kind    string    `json:"kind"`
	Code    string    `json:"code"` // what is wrong; with company and kind it is the cause
	Problem Problem   `json:"problem"`
	Orders  int       `json:"orders"` // that are concerned; 0 = it is not about orders
	Since   time.Time `json:"since"`
	Told    bool      `json:"told"`    // people know that it is wrong
	ToldAt  time.Time `json:"told_at"` // when they were last told that it began; zero = never
	OverAt  time.Time `json:"over_at"` // zero = it is wrong still
}

// Alarms gives all alarms, those that are over lately included.
func (s *Store) Alarms(ctx context.Context) ([]Alarm, error) {
	rows, err := s.query(ctx, "SELECT company, kind, code, alarm FROM alarms ORDER BY company, kind, code")
	return collect(rows, err, func(r scanner) (a Alarm, err error) {
		var text string
		if err := r.Scan(&a.Company, &a.Kind, &a.Code, &text); err != nil {
			return a, err
		}
		err = fromJSON(column{text, &a})
		return a, err
	})
}

// PutAlarm stores an alarm. It fails with ErrNotFound if it is of a company that
// is not there.
func (tx *Tx) PutAlarm(a Alarm) error {
	if a.Company != "" {
		if err := tx.needCompany(a.Company); err != nil {
			return err
		}
	}
	_, err := tx.exec(`INSERT INTO alarms (company, kind, code, alarm) VALUES (?, ?, ?, ?)
		ON CONFLICT (company, kind, code) DO UPDATE SET alarm = excluded.alarm`, a.Company, a.Kind, a.Code, toJSON(&a))
	return err
}

// DropAlarm forgets an alarm.
func (tx *Tx) DropAlarm(a Alarm) error {
	_, err := tx.exec("DELETE FROM alarms WHERE company = ? AND kind = ? AND code = ?", a.Company, a.Kind, a.Code)
	return err
}

// DropAlarms forgets all.
func (tx *Tx) DropAlarms() error {
	_, err := tx.exec("DELETE FROM alarms")
	return err
}
