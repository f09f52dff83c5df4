// Package doctor looks at the machine on which the connector runs or is to run: settings, the
// data folder, its disk, the key, the socket and the database. It looks from the process
// of the command line, so that it can say what is wrong also when no connector starts.
//
// What only a running connector knows, such as whether shops can be reached, is package
// reach's; where none runs, [Away] lists what is not checked then. All findings have the same
// form, and their words are package locale's. The package changes nothing but a file that it
// makes in the data folder and removes again, and never shows a secret.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"ineed-insales/internal/bridge/reach"
	"ineed-insales/internal/config"
	"ineed-insales/storage"
)

// looksFor is how long the database is looked through for damage.
const looksFor = 20 * time.Second

// Machine looks at everything that can be seen without asking a running connector. The error
// is that of reading the settings.
func Machine(ctx context.Context, cfg config.Config, wrong error) []reach.Finding {
	k, d := key(ctx, &cfg), database(ctx, &cfg)
	if k.Reason == "wrong" && d.Result == reach.Problem { // which is why the key does not fit
		k.Result, k.Reason = reach.Unchecked, "unknown"
	}
	return append(settings(wrong), folder(&cfg), disk(&cfg), k, d, socket(ctx, &cfg))
}

// Away is what cannot be known without a running connector.
func Away() []reach.Finding {
	var list []reach.Finding
	for _, name := range []string{"ready", "machine", "sides", "clock", "public"} {
		list = append(list, reach.Finding{Name: name, Result: reach.Unchecked, Reason: "away"})
	}
	return list
}

// Running corrects what was found by what a connector proves that has the database open: its
// key is the right one, wherever its own settings say that it is.
func Running(list []reach.Finding) []reach.Finding {
	for i, f := range list {
		if f.Name == "key" && (f.Reason == "missing" || f.Reason == "wrong") {
			list[i].Result, list[i].Reason = reach.Unchecked, "running"
		}
	}
	return list
}

// settings is one finding for each mistake, or one that there is none.
func settings(wrong error) []reach.Finding {
	var problems config.Problems
	switch {
	case wrong == nil:
		return []reach.Finding{{Name: "settings", Result: reach.OK}}
	case !errors.As(wrong, &problems):
		problems = config.Problems{wrong.Error()}
	}
	var list []reach.Finding
	for _, text := range problems {
		list = append(list, reach.Finding{Name: "settings", Result: reach.Problem, Reason: "wrong",
			Args: map[string]string{"text": text}})
	}
	return list
}

// folder is whether files can be made in the data folder.
func folder(cfg *config.Config) reach.Finding {
	f := reach.Finding{Name: "folder", Result: reach.OK, Args: map[string]string{"path": cfg.Folder()}}
	fi, err := os.Stat(cfg.Folder())
	if errors.Is(err, fs.ErrNotExist) {
		f.Result, f.Reason = reach.Warning, "missing"
		return f
	}
	if err == nil && !fi.IsDir() {
		err = fmt.Errorf("%s is no folder", cfg.Folder())
	}
	if err == nil {
		err = cfg.PrepareFolder()
	}
	if err != nil {
		f.Result, f.Reason = reach.Problem, "unwritable"
		f.Args["text"] = err.Error()
	}
	return f
}

// How much room the disk should have: less than tight is a problem at once, less than little
// soon.
const (
	tight  = 64 << 20
	little = 1 << 30
)

// disk is how much room is left: in the data folder, or where the first start makes it.
func disk(cfg *config.Config) reach.Finding {
	free, total, known := storage.Room(madeIn(cfg.DB))
	f := reach.Finding{Name: "disk", Result: reach.OK, Args: map[string]string{"path": cfg.Folder()}}
	if !known {
		f.Result, f.Reason = reach.Unchecked, "unknown"
		return f
	}
	f.Args["free"], f.Args["total"] = mebibytes(free), mebibytes(total)
	switch {
	case free < tight:
		f.Result, f.Reason = reach.Problem, "full"
	case free < little:
		f.Result, f.Reason = reach.Warning, "low"
	}
	return f
}

// madeIn is the path itself, or what has to be made first if the folder around it is not there.
func madeIn(path string) string {
	for filepath.Dir(path) != path {
		if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		path = filepath.Dir(path)
	}
	return path
}

func mebibytes(n uint64) string { return strconv.FormatUint(n>>20, 10) }

// key is whether the secret key is there, is the database's, and is its owner's alone.
func key(ctx context.Context, cfg *config.Config) reach.Finding {
	f := reach.Finding{Name: "key", Result: reach.OK, Args: map[string]string{"path": cfg.KeyPath(), "db": cfg.DB}}
	text, err := cfg.StoredKey()
	_, none := os.Stat(cfg.DB)
	switch {
	case errors.Is(err, fs.ErrNotExist) && none != nil:
		f.Result, f.Reason = reach.Unchecked, "new"
	case errors.Is(err, fs.ErrNotExist):
		f.Result, f.Reason = reach.Problem, "missing"
	case err != nil:
		f.Result, f.Reason = reach.Problem, "unreadable"
		f.Args["text"] = err.Error()
	case none == nil && !storage.KeyFits(ctx, cfg.DB, text):
		f.Result, f.Reason = reach.Problem, "wrong"
	default:
		if file, mode, open := cfg.OpenKeyFile(); open {
			f.Result, f.Reason = reach.Warning, "open"
			f.Args["path"], f.Args["mode"] = file, mode.String()
		}
	}
	return f
}

// database is whether the database is whole and one that this program knows.
func database(ctx context.Context, cfg *config.Config) reach.Finding {
	ctx, cancel := context.WithTimeout(ctx, looksFor)
	defer cancel()
	f := reach.Finding{Name: "database", Result: reach.OK, Args: map[string]string{"path": cfg.DB}}
	x, err := storage.Survey(ctx, cfg.DB)
	if x.Schema > 0 {
		f.Args["size"], f.Args["schema"] = mebibytes(uint64(max(x.Bytes, 0))), strconv.FormatInt(x.Schema, 10)
	}
	f.Args["known"] = strconv.FormatInt(storage.SchemaVersion(), 10)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Result, f.Reason = reach.Unchecked, "new"
	case errors.Is(err, storage.ErrTooNew):
		f.Result, f.Reason = reach.Problem, "too_new"
	case err != nil:
		f.Result, f.Reason = reach.Problem, "unreadable"
		f.Args["text"] = cfg.Remedy(err).Error()
	case x.Damage != "":
		f.Result, f.Reason = reach.Problem, "damaged"
		f.Args["text"] = firstLine(x.Damage)
	case !x.Whole:
		f.Result, f.Reason = reach.Unchecked, "late"
	case x.Schema < storage.SchemaVersion():
		f.Result, f.Reason = reach.Warning, "older"
	}
	return f
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// socket is whether a connector answers there, and nobody else may ask it.
func socket(ctx context.Context, cfg *config.Config) reach.Finding {
	f := reach.Finding{Name: "socket", Result: reach.OK, Args: map[string]string{"path": cfg.Socket}}
	fi, err := os.Lstat(cfg.Socket)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Result, f.Reason = reach.Warning, "away"
		return f
	case err != nil:
		f.Result, f.Reason = reach.Problem, "unreadable"
		f.Args["text"] = err.Error()
		return f
	case fi.Mode()&fs.ModeSocket == 0 && runtime.GOOS != "windows": // where sockets have no mode of their own
		f.Result, f.Reason = reach.Problem, "no_socket"
		return f
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", cfg.Socket)
	switch {
	case errors.Is(err, fs.ErrPermission):
		f.Result, f.Reason = reach.Problem, "forbidden"
		f.Args["owner"], f.Args["us"] = config.Owner(fi), fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid())
		return f
	case err != nil:
		f.Result, f.Reason = reach.Warning, "away"
		return f
	}
	conn.Close()
	if mode := fi.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		f.Result, f.Reason = reach.Problem, "open"
		f.Args["mode"], f.Args["path"] = mode.String(), filepath.Clean(cfg.Socket)
	}
	return f
}
