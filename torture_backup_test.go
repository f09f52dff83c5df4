//go:build torture && linux

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// integrity is what SQLite says of a database file.
func integrity(path string) (text string, err error) {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRow("PRAGMA integrity_check").Scan(&text)
	return text, err
}

// keysIn gives the orders that a database knows.
func keysIn(path string) (keys map[orderRef]bool, err error) {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.Query("SELECT company, chat_id FROM orders")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	keys = map[orderRef]bool{}
	for rows.Next() {
		var ref orderRef
		if err := rows.Scan(&ref.Company, &ref.ID); err != nil {
			return nil, err
		}
		keys[ref] = true
	}
	return keys, rows.Err()
}

// saveCopies makes backups until ctx ends, and checks each that was said to be
// made.
func (x *torture) saveCopies(ctx context.Context, dice *dice, pace time.Duration) {
	for n := 1; ctx.Err() == nil; n++ {
		sleep(ctx, dice.upTo(2*pace))
		if ctx.Err() != nil {
			return
		}
		name := filepath.Join(x.work, fmt.Sprintf("backup-%d.db", n))
		before := x.acceptedSoFar()
		if out, err := x.program(nil, "backup", name); err != nil {
			x.tally.add("backup_failed")
			if _, err := os.Stat(name); err == nil {
				x.backupIs(name, fmt.Sprintf("failed and left a file: %s", out))
			}
			continue
		}
		x.tally.add("backup_made")
		x.backupIs(name, x.checkBackup(name, before))
		_ = os.Remove(name)
	}
}

// checkBackup tells what is wrong with a backup that was begun when the given
// orders had been accepted; "" = nothing.
func (x *torture) checkBackup(name string, before []orderRef) string {
	text, err := integrity(name)
	if err != nil || text != "ok" {
		return fmt.Sprintf("integrity %s %v", text, err)
	}
	keys, err := keysIn(name)
	if err != nil {
		return err.Error()
	}
	for _, ref := range before {
		if !keys[ref] {
			return fmt.Sprintf("lacks %s, which had been accepted", ref)
		}
	}
	place, err := os.MkdirTemp(x.work, "restored")
	if err != nil {
		return err.Error()
	}
	defer os.RemoveAll(place)
	key, err := os.ReadFile(filepath.Join(x.lives.dir, "connector.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(place, "connector.key"), key, 0o600)
	}
	if err != nil {
		return err.Error()
	}
	path := filepath.Join(place, "connector.db")
	if out, err := x.program([]string{"CONNECTOR_DB=" + path}, "restore", name); err != nil {
		return fmt.Sprintf("restore: %v %s", err, out)
	}
	restored, err := keysIn(path)
	if err != nil || len(restored) != len(keys) {
		return fmt.Sprintf("restored are %d of %d orders, %v", len(restored), len(keys), err)
	}
	return ""
}

// program runs a command of the binary beside the one that serves.
func (x *torture) program(env []string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(x.ctx, 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, x.lives.binary, args...)
	cmd.Env = append(append([]string{}, x.lives.env...), env...)
	return cmd.CombinedOutput()
}
