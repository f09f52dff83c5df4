package storage

import (
	"context"
	"time"
)

// An Admin is the one account of the panel.
type Admin struct {
	Password   []byte    // bcrypt; empty = none, a set-up link sets one
	Setup      []byte    // SHA-256 of the set-up link's token; empty = none
	SetupUntil time.Time // when the link ends
}

// Admin gives the account, or ErrNotFound before the first start.
func (s *Store) Admin(ctx context.Context) (Admin, error) {
	return scanAdmin(s.queryRow(ctx, selectAdmin))
}

// Admin gives the account, or ErrNotFound before the first start.
func (tx *Tx) Admin() (Admin, error) {
	return scanAdmin(tx.queryRow(selectAdmin))
}

const (
	adminColumns = "password, setup, setup_until"
	selectAdmin  = "SELECT " + adminColumns + " FROM admin"
)

func scanAdmin(row scanner) (Admin, error) {
	var a Admin
	var until int64
	err := row.Scan(&a.Password, &a.Setup, &until)
	a.SetupUntil = fromMS(until)
	return a, err
}

// PutAdmin stores the account.
func (tx *Tx) PutAdmin(a Admin) error {
	_, err := tx.exec(`INSERT INTO admin (id, `+adminColumns+`) VALUES (1, `+marksOf(adminColumns)+`)
		ON CONFLICT (id) DO UPDATE SET (`+adminColumns+`) = (`+excludedOf(adminColumns)+`)`,
		blob(a.Password), blob(a.Setup), ms(a.SetupUntil))
	return err
}
