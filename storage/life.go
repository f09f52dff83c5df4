package storage

import (
	"context"
	"errors"
	"time"
)

// Lives is what is kept of the starts of the program on this database.
type Lives struct {
	AfterStop  int         `json:"after_stop"`  // starts after a stop, the first one included
	AfterCrash int         `json:"after_crash"` // starts after the process was killed, or the machine
	Crashed    []time.Time `json:"crashed"`     // the last of the latter, the oldest first
	Running    bool        `json:"running"`     // the last life has not ended by a stop
}

// mostCrashes is how many times of crashes are kept.
const mostCrashes = 20

// livesName is where it stands in meta.
const livesName = "lives"

// BeginLife notes a start. If the life before did not end by a stop, it was a crash.
func (tx *Tx) BeginLife(now time.Time) error {
	l, err := scanLives(tx.queryRow("SELECT value FROM meta WHERE name = ?", livesName))
	if err != nil {
		return err
	}
	if l.Running {
		l.AfterCrash++
		l.Crashed = append(l.Crashed, now)
		l.Crashed = l.Crashed[max(len(l.Crashed)-mostCrashes, 0):]
	} else {
		l.AfterStop++
	}
	l.Running = true
	return tx.putLives(l)
}

// EndLife notes a stop.
func (tx *Tx) EndLife() error {
	l, err := scanLives(tx.queryRow("SELECT value FROM meta WHERE name = ?", livesName))
	if err != nil {
		return err
	}
	l.Running = false
	return tx.putLives(l)
}

// Lives gives what is kept of the starts.
func (s *Store) Lives(ctx context.Context) (Lives, error) {
	return scanLives(s.queryRow(ctx, "SELECT value FROM meta WHERE name = ?", livesName))
}

func scanLives(row scanner) (l Lives, err error) {
	var text []byte
	err = row.Scan(&text)
	if errors.Is(err, ErrNotFound) {
		return l, nil
	}
	if err == nil {
		err = fromJSON(column{string(text), &l})
	}
	return l, err
}

func (tx *Tx) putLives(l Lives) error {
	_, err := tx.exec(`INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT DO UPDATE SET value = excluded.value`, livesName, []byte(toJSON(&l)))
	return err
}
