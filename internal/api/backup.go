package api

import "time"

// A Backups is how the nightly copies of the database stand.
type Backups struct {
	Enabled  bool       `json:"enabled"`
	LastAt   *time.Time `json:"last_at"` // when the last good copy was made; null = there is none
	LastSize int64      `json:"last_size"`
	Kept     int        `json:"kept"`
	NextAt   *time.Time `json:"next_at"` // when the next one is due; null = not known yet
	Failure  string     `json:"failure"` // why the last try has failed: no_room, folder, failed; "" = it did not
	Problem  *Problem   `json:"problem"` // the last good one is too old
}
