//go:build torture && linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

// A disk is the one that the connector's data lie on: one of its own, in
// memory, that can be filled up.
type disk struct {
	dir     string
	mounted bool
	why     error        // it is not mounted
	until   atomic.Int64 // unix milliseconds: when it was last full
}

// mountDisk mounts a disk of the given size at dir. That takes root; without it
// the folder is used as it is and nothing can be filled.
func mountDisk(dir string, size int64) *disk {
	d := &disk{dir: dir}
	d.why = syscall.Mount("torture", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size))
	d.mounted = d.why == nil
	return d
}

func (d *disk) unmount() error {
	if !d.mounted {
		return nil
	}
	return syscall.Unmount(d.dir, syscall.MNT_DETACH)
}

// wasFull reports whether the disk is full, or was so within the given time.
func (d *disk) wasFull(ago time.Duration) bool {
	return time.Now().Add(-ago).UnixMilli() < d.until.Load()
}

// torment fills the disk for a few seconds, again and again until ctx ends.
func (d *disk) torment(ctx context.Context, dice *dice, tally *tally) error {
	for ctx.Err() == nil {
		sleep(ctx, 5*time.Second+dice.upTo(25*time.Second))
		if ctx.Err() != nil {
			return nil
		}
		tally.add("disk_full")
		err := d.fill(ctx, dice.upTo(6*time.Second))
		if err != nil {
			return err
		}
	}
	return nil
}

// fill takes all that is free of the disk until the time is over.
func (d *disk) fill(ctx context.Context, most time.Duration) error {
	name := filepath.Join(d.dir, "filler")
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(name)
		d.until.Store(time.Now().UnixMilli())
	}()
	chunk := make([]byte, 1<<20)
	for until := time.Now().Add(most); ctx.Err() == nil && time.Now().Before(until); {
		d.until.Store(time.Now().Add(time.Second).UnixMilli())
		_, err := f.Write(chunk)
		switch {
		case err == nil:
		case !errors.Is(err, syscall.ENOSPC):
			return err
		case len(chunk) > 512:
			chunk = chunk[:len(chunk)/2]
		default: // what the connector gives back is taken at once
			sleep(ctx, 20*time.Millisecond)
		}
	}
	return nil
}
