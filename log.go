package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"

	"ineed-insales/internal/config"
)

// newLogger writes text to people and JSON to machines. In both, times are UTC and
// durations are text with their unit, such as 1.5s: a bare number of nanoseconds says
// nothing to anybody.
func newLogger(cfg config.Config, w io.Writer) *slog.Logger {
	readable := func(_ []string, a slog.Attr) slog.Attr {
		switch a.Value.Kind() {
		case slog.KindTime:
			a.Value = slog.TimeValue(a.Value.Time().UTC())
		case slog.KindDuration:
			a.Value = slog.StringValue(a.Value.Duration().Round(time.Microsecond).String())
		}
		return a
	}
	if logsText(cfg, w) {
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: cfg.LogLevel, NoColor: !onTerminal(w),
			TimeFormat: time.TimeOnly, ReplaceAttr: readable}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: cfg.LogLevel, ReplaceAttr: readable}))
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

// onTerminal reports whether a person reads what is written to w.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
