package upkeep

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// When copies are made, and which of them stay.
const (
	night         = 3 // o'clock
	afterStart    = time.Minute
	copyRetry     = time.Hour       // after a try that has failed
	copyPause     = 5 * time.Minute // while somebody fetches a copy
	copyFor       = time.Hour       // of one try
	lookEvery     = time.Hour       // the clock may have been set, or a copy been taken away
	defaultCopies = 7

	tooOld     = 36 * time.Hour // a night was missed, and half a day of tries
	startGrace = 15 * time.Minute

	copySuffix = ".db"
	copyTime   = "20060102T150405Z"
)

// A Copy is one copy of the database in the folder.
type Copy struct {
	At   time.Time
	Size int64
	Path string
}

// Why the last try to make a copy has failed.
const (
	FailureRoom   = "no_room" // on the disk of the folder
	FailureFolder = "folder"  // it is not there, or not ours to write
	FailureOther  = "failed"  // the log says what
)

// Copies is how the copies of each night stand.
type Copies struct {
	On      bool
	Folder  string
	Last    Copy // that is good; its time is zero if there is none
	Kept    int
	NextAt  time.Time // when the next one is due; zero = not known yet
	Failure string    // why the last try has failed; "" = it did not
	TooOld  bool      // the last good one is so old that somebody has to see to it
}

// Copies tells how the copies stand.
func (k *Keeper) Copies() Copies {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.copies
	c.Folder = k.cfg.Folder
	now := time.Now()
	c.TooOld = c.On && !k.began.IsZero() && now.Sub(k.began) > startGrace && now.Sub(c.Last.At) > tooOld
	return c
}

// Problem is what is wrong with the copies; nil if there is nothing, or none are made. After
// a start there is time to make the one of a night that was missed.
func (k *Keeper) Problem() *storage.Problem {
	c := k.Copies()
	if !c.TooOld {
		return nil
	}
	args := map[string]string{}
	if !c.Last.At.IsZero() {
		args["hours"] = strconv.Itoa(int(time.Since(c.Last.At).Hours()))
	}
	return &storage.Problem{Code: problem.BackupOld, Args: args}
}

// copyDue is the step of the loop that makes copies: one is due if there is none since the
// last night began.
func (k *Keeper) copyDue(ctx context.Context) time.Duration {
	now := time.Now()
	if wait := k.notBefore().Sub(now); wait > 0 {
		return min(wait, lookEvery)
	}
	err := k.look(now)
	if err == nil && k.Copies().Last.At.Before(lastNight(now, k.cfg.TimeZone)) {
		err = k.copy(ctx, now)
		switch {
		case ctx.Err() != nil:
			return 0
		case errors.Is(err, storage.ErrBackupRuns): // somebody fetches one
			return copyPause
		}
		err = errors.Join(err, k.look(time.Now()))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	next := nextNight(now, k.cfg.TimeZone)
	k.copies.Failure, k.retryAt = failureOf(err), time.Time{}
	if err != nil {
		k.cfg.Log.Error("no nightly copy of the database was made", "err", err, "folder", k.cfg.Folder,
			"do", remedies[k.copies.Failure])
		next = now.Add(copyRetry)
		k.retryAt = next
	}
	k.copies.NextAt = next
	return min(max(time.Until(next), time.Second), lookEvery)
}

// remedies is what a person can do about a failure.
var remedies = map[string]string{
	FailureRoom: "make room there, or name a folder on another disk in CONNECTOR_BACKUP_DIR;" +
		" the copies that are there stay",
	FailureFolder: "make the folder, and let it belong to the user that the connector runs as;" +
		" or name another one in CONNECTOR_BACKUP_DIR",
	FailureOther: "it is tried again each hour",
}

// notBefore is when the next try may be made at the earliest.
func (k *Keeper) notBefore() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	if at := k.began.Add(afterStart); at.After(k.retryAt) {
		return at
	}
	if time.Until(k.retryAt) > copyRetry { // the clock was set back
		return time.Time{}
	}
	return k.retryAt
}

// copy makes one copy, and then removes those that are too many.
func (k *Keeper) copy(ctx context.Context, now time.Time) error {
	if err := os.Mkdir(k.cfg.Folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	k.tidy()
	ctx, cancel := context.WithTimeout(ctx, copyFor)
	defer cancel()
	path := filepath.Join(k.cfg.Folder, k.cfg.Name+"-"+now.UTC().Format(copyTime)+copySuffix)
	begin := time.Now()
	size, err := k.cfg.Store.SaveBackup(ctx, path)
	if err != nil {
		return err
	}
	k.cfg.Log.Info("nightly copy of the database made", "file", path, "bytes", size,
		"took", time.Since(begin).Round(time.Millisecond).String())
	list, err := k.list()
	if err != nil {
		return err
	}
	for _, old := range tooMany(list, k.cfg.Copies, now) {
		if err := os.Remove(old.Path); err != nil {
			k.cfg.Log.Warn("an old copy of the database stays", "err", err)
		}
	}
	return nil
}

// tooMany gives the copies that have to go so that n stay: the oldest, and before them those
// that say they are of a time to come. It is pure.
func tooMany(newestFirst []Copy, n int, now time.Time) []Copy {
	list := slices.Clone(newestFirst)
	later := func(c Copy) int {
		if c.At.After(now) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b Copy) int { return cmp.Compare(later(a), later(b)) })
	return list[min(n, len(list)):]
}

// look sees which copies there are. A clock that was ahead once has left copies of a time to
// come; they do not count as the last one.
func (k *Keeper) look(now time.Time) error {
	list, err := k.list()
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // it is made with the first copy
	}
	last := Copy{}
	if i := slices.IndexFunc(list, func(c Copy) bool { return !c.At.After(now) }); i >= 0 {
		last = list[i]
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.copies.Last, k.copies.Kept = last, len(list)
	return err
}

// list gives the copies in the folder that are ours, the newest first.
func (k *Keeper) list() ([]Copy, error) {
	entries, err := os.ReadDir(k.cfg.Folder)
	var list []Copy
	for _, e := range entries {
		at, ours := k.timeOf(e.Name())
		if !ours || !e.Type().IsRegular() {
			continue
		}
		if fi, err := e.Info(); err == nil {
			list = append(list, Copy{At: at, Size: fi.Size(), Path: filepath.Join(k.cfg.Folder, e.Name())})
		}
	}
	slices.SortStableFunc(list, func(a, b Copy) int { return b.At.Compare(a.At) })
	return list, err
}

// timeOf is when the copy of this name was made, if it is one of ours.
func (k *Keeper) timeOf(name string) (at time.Time, ours bool) {
	text, ours := strings.CutPrefix(name, k.cfg.Name+"-")
	if ours {
		text, ours = strings.CutSuffix(text, copySuffix)
	}
	if !ours {
		return at, false
	}
	at, err := time.Parse(copyTime, text)
	return at, err == nil
}

// tidy removes what a kill has left of a copy, with what SQLite makes beside it. The lock of
// the database says that nobody else makes ours.
func (k *Keeper) tidy() {
	entries, _ := os.ReadDir(k.cfg.Folder)
	for _, e := range entries {
		whole, beside, partly := strings.Cut(e.Name(), storage.PartOf(""))
		_, ours := k.timeOf(whole)
		if ours && partly && slices.Contains([]string{"", "-journal", "-wal", "-shm", "-schema"}, beside) &&
			e.Type().IsRegular() {
			_ = os.Remove(filepath.Join(k.cfg.Folder, e.Name()))
		}
	}
}

func failureOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, storage.ErrNoRoom):
		return FailureRoom
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR),
		errors.Is(err, syscall.EROFS):
		return FailureFolder
	}
	return FailureOther
}

// lastNight is when the last night's copy was due.
func lastNight(now time.Time, zone *time.Location) time.Time {
	at := nightOf(now, 0, zone)
	if at.After(now) {
		at = nightOf(now, -1, zone)
	}
	return at
}

// nextNight is when the next copy is due.
func nextNight(now time.Time, zone *time.Location) time.Time {
	at := nightOf(now, 0, zone)
	if !at.After(now) {
		at = nightOf(now, 1, zone)
	}
	return at
}

// nightOf is the hour of the copy on the day that is so many days from today.
func nightOf(now time.Time, days int, zone *time.Location) time.Time {
	local := now.In(zone)
	return time.Date(local.Year(), local.Month(), local.Day()+days, night, 0, 0, 0, zone)
}
