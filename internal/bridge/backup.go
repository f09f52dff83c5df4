package bridge

import (
	"context"
	"errors"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// How long whoever asks for a copy waits for another that is being made, and how often it is
// looked whether that is done: the copy of the night mostly takes less.
const (
	backupPatience = 5 * time.Second
	backupLook     = 100 * time.Millisecond
)

// Backup copies the database while it is in use. The copy is to be closed. One
// is made at a time, and there has to be room for it beside the database; else
// it is refused. Who fetches one stands in the journal.
func (b *Bridge) Backup(ctx context.Context) (*storage.Backup, error) {
	copied, err := b.store.Backup(ctx)
	patient, stop := context.WithTimeout(ctx, backupPatience)
	defer stop()
	for errors.Is(err, storage.ErrBackupRuns) && patient.Err() == nil {
		select {
		case <-patient.Done():
		case <-time.After(backupLook):
			copied, err = b.store.Backup(ctx)
		}
	}
	if err != nil {
		b.cfg.Log.Warn("no backup made", "err", err)
	}
	switch {
	case errors.Is(err, storage.ErrBackupRuns):
		return nil, problem.Refuse(problem.RefusedBackupRuns)
	case errors.Is(err, storage.ErrNoRoom):
		return nil, problem.Refuse(problem.RefusedNoRoom)
	case err != nil:
		return nil, err
	}
	b.cfg.Log.Info("backup made", "bytes", copied.Size)
	entry := company.Entry(ctx, storage.EntryBackup)
	if err := b.store.Update(ctx, func(tx *storage.Tx) error { return tx.AddEntry(entry) }); err != nil {
		b.cfg.Log.Warn("that a backup was fetched is not in the journal", "err", err) // a full disk is one more reason for it
	}
	return copied, nil
}
