package storage

import "time"

// A LookAlike is an order in the shop without our marker, made while an order
// of ours was on its way.
type LookAlike struct {
	InSalesID   int64
	Number      string
	CreatedAt   time.Time // the shop's
	Fingerprint string    // of phone and lines
}

const lookAlikeColumns = "insales_id, number, created_at, fingerprint"

// AddLookAlike remembers l; the same order again changes nothing.
func (tx *Tx) AddLookAlike(company string, l LookAlike) error {
	if err := tx.needCompany(company); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO look_alikes (company, `+lookAlikeColumns+`)
		VALUES (?, `+marksOf(lookAlikeColumns)+`) ON CONFLICT DO NOTHING`, company, l.InSalesID, l.Number,
		ms(l.CreatedAt), l.Fingerprint)
	return err
}

// LookAlikes gives those of the company that no order is mapped to, and that no
// probe has made.
func (tx *Tx) LookAlikes(company string, account int64) ([]LookAlike, error) {
	rows, err := tx.query("SELECT "+lookAlikeColumns+` FROM look_alikes l WHERE company = ?1 AND NOT EXISTS
		(SELECT 1 FROM orders o
			WHERE o.company = ?1 AND o.account_id = ?2 AND o.insales_id = l.insales_id AND o.insales_id <> 0)
		AND NOT EXISTS (SELECT 1 FROM probe_things t
			WHERE t.company = ?1 AND t.kind = 'order' AND t.insales_id = l.insales_id)
		ORDER BY insales_id`, company, account)
	return collect(rows, err, func(r scanner) (l LookAlike, err error) {
		var created int64
		err = r.Scan(&l.InSalesID, &l.Number, &created, &l.Fingerprint)
		l.CreatedAt = fromMS(created)
		return l, err
	})
}

// ClearLookAlikes forgets them, once no order of the company is on its way.
func (tx *Tx) ClearLookAlikes(company string) error {
	_, err := tx.exec("DELETE FROM look_alikes WHERE company = ?", company)
	return err
}
