package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"

	"ineed-insales/handlers/panel"
	"ineed-insales/internal/config"
	"ineed-insales/storage"
)

// newLogger writes text to people and JSON to machines. In both, times are UTC and
// durations are text with their unit, such as 1.5s: a bare number of nanoseconds says
// nothing to anybody.
func newLogger(cfg config.Config, w io.Writer) *slog.Logger {
	if logsText(cfg, w) {
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: cfg.LogLevel, NoColor: !onTerminal(w),
			TimeFormat: time.TimeOnly, ReplaceAttr: readable}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: cfg.LogLevel, ReplaceAttr: readable}))
}

// readable makes text of what a log would write as a bare number.
func readable(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindTime:
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	case slog.KindDuration:
		a.Value = slog.StringValue(a.Value.Duration().Round(time.Microsecond).String())
	}
	return a
}

// How much of the log is kept for the panel.
const (
	keptLines = 50
	keptBytes = 600 // of one line
)

// A recent keeps the last warnings and errors of the log in memory, for the panel's system
// page. Like the log it holds no secret and nothing of a customer; of the set-up link of the
// panel, which is one, it keeps that there was one.
type recent struct {
	mu    sync.Mutex
	lines []panel.LogLine // the newest last
}

// keep gives a log that r hears as well.
func (r *recent) keep(log *slog.Logger) *slog.Logger {
	heard := slog.NewTextHandler(r, &slog.HandlerOptions{Level: slog.LevelWarn,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch {
			case len(groups) == 0 && a.Key == slog.TimeKey:
				return slog.Attr{}
			case a.Key == "link":
				a.Value = slog.StringValue(storage.Masked)
			}
			return readable(groups, a)
		}})
	return slog.New(slog.NewMultiHandler(log.Handler(), heard))
}

// Write takes one line.
func (r *recent) Write(p []byte) (int, error) {
	text := strings.TrimSuffix(string(p), "\n")
	if len(text) > keptBytes {
		text = strings.ToValidUTF8(text[:keptBytes], "") + "…"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, panel.LogLine{At: time.Now(), Text: text})
	r.lines = r.lines[max(0, len(r.lines)-keptLines):]
	return len(p), nil
}

// last gives what is kept, the newest first.
func (r *recent) last() []panel.LogLine {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.lines)
	slices.Reverse(list)
	return list
}

// logsText reports whether the log is for people. Settings that are no good have none of
// the two formats, and are taken for the default.
func logsText(cfg config.Config, w io.Writer) bool {
	return cfg.LogFormat == "text" || cfg.LogFormat != "json" && onTerminal(w)
}

// logEnd logs why the connector has ended, unless the log is for people: whatever reads
// JSON gets one line of it, at any level.
func logEnd(cfg config.Config, w io.Writer, err error) (told bool) {
	if logsText(cfg, w) {
		return false
	}
	cfg.LogLevel = min(cfg.LogLevel, slog.LevelError)
	log := newLogger(cfg, w)
	if bad, ok := errors.AsType[config.Problems](err); ok {
		log.Error("ineed-insales does not start", "err", "settings that cannot be used", "settings", []string(bad))
		return true
	}
	log.Error("ineed-insales ends", "err", err)
	return true
}

// A whole writer takes one write at a time: the log and a plain line beside it share an output.
type whole struct {
	mu sync.Mutex
	w  io.Writer
}

func (w *whole) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(p)
}

// onTerminal reports whether a person reads what is written to w.
func onTerminal(w io.Writer) bool {
	if shared, ok := w.(*whole); ok {
		w = shared.w
	}
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
