package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/storage"
)

// Restoring is the one command that touches the database, and it does so only while no
// server has it open. Nothing is touched before the backup has shown to be whole and
// its key to fit. The database that was there is moved aside and kept for a month, so
// that a restore of the wrong file can be taken back by hand.

// restoreCommand puts a backup in the place of the database.
func (p *program) restoreCommand() *cli.Command {
	return &cli.Command{
		Name: "restore", ArgsUsage: "FILE",
		Usage: "put a backup, from a file or standard input (-), in the place of the database" +
			" while no connector runs",
		Description: "What was there is kept beside it. The backup's secret key has to be there.",
		Action:      p.restore,
	}
}

// restore checks what it was given, has the store do the work, and says of each failure
// what a person can do about it.
func (p *program) restore(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd)
	if err != nil {
		return err
	}
	cfg, _, err := p.load(cmd)
	if err != nil {
		return err
	}
	backup, log, err := p.openBackup(ctx, args[0])
	if err != nil {
		return err
	}
	defer backup.Close()
	var its io.Reader // nil if there is none
	if log != nil {
		defer log.Close()
		its = log
	}
	if err := cfg.PrepareFolder(); err != nil {
		return err
	}
	key, err := cfg.StoredKey()
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("put the secret key of the backup to %s first, or set CONNECTOR_SECRET_KEY", cfg.KeyPath())
	}
	if err != nil {
		return err
	}
	from := bufio.NewReader(backup)
	if _, err := from.Peek(1); err == io.EOF {
		return usagef("the backup is empty: give a file, or < FILE (and with docker run its -i)")
	}
	kept, err := storage.Restore(ctx, storage.Config{Path: cfg.DB, SecretKey: key}, from, its, time.Now())
	switch {
	case errors.Is(err, storage.ErrLocked):
		return fmt.Errorf("a connector, or another restore, uses the database %s: stop it first", cfg.DB)
	case errors.Is(err, fs.ErrPermission):
		return cfg.Remedy(err)
	case errors.Is(err, storage.ErrNoLog):
		return fmt.Errorf("%w: make one with `ineed-insales backup`, or give the file by its name, with its -wal"+
			" beside it; one that was copied while nothing ran is put in the database's place by hand", err)
	case errors.Is(err, storage.ErrWrongKey):
		return fmt.Errorf("%w: put the key of the backup to %s, or set CONNECTOR_SECRET_KEY", err, cfg.KeyPath())
	case errors.Is(err, storage.ErrBackupTooNew):
		return fmt.Errorf("%w: restore it with that version", err)
	case err != nil:
		return err
	}
	fmt.Fprintf(p.Stdout, "%s is the backup now; start the connector.\n", cfg.DB)
	if kept != "" {
		fmt.Fprintf(p.Stdout, "What was there before is kept as %s, for a month: it holds customers' data.\n", kept)
	}
	return nil
}

// openBackup opens what a command names, with the log beside it if it is a copy
// of a database in use.
func (p *program) openBackup(ctx context.Context, name string) (backup, log io.ReadCloser, err error) {
	if name == "-" {
		return io.NopCloser(&patient{ctx, p.Stdin}), nil, nil
	}
	if backup, err = os.Open(name); err != nil {
		return nil, nil, err
	}
	if fi, err := os.Stat(name + "-wal"); err != nil || fi.Size() == 0 {
		return backup, nil, nil
	}
	if log, err = os.Open(name + "-wal"); err != nil {
		return nil, nil, errors.Join(err, backup.Close())
	}
	return backup, log, nil
}

// A patient reads until its context ends, also while nothing comes.
type patient struct {
	ctx context.Context
	r   io.Reader
}

// Read reads into memory of its own, because it may be left behind.
func (p *patient) Read(b []byte) (int, error) {
	type got struct {
		text []byte
		err  error
	}
	c := make(chan got, 1)
	go func() {
		text := make([]byte, len(b))
		n, err := p.r.Read(text)
		c <- got{text[:n], err}
	}()
	select {
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	case g := <-c:
		return copy(b, g.text), g.err
	}
}
