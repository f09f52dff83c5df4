package handlers

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/ineedchat"
)

// refusedLogEvery is how often a company may have a line of the log about webhooks
// that were refused. Anybody can send any number of them, so they are no reason
// for a line each: a line counts all that came since the one before.
const refusedLogEvery = time.Minute

// longestWords is how much of an error a line of the log quotes, in characters. An
// error that lists what is wrong with five hundred lines of an order is long.
const longestWords = 300

// A refusedLog counts the webhooks that were refused and not logged yet.
type refusedLog struct {
	mu sync.Mutex
	of map[string]*unlogged // by companies that exist; "" stands for all others
}

// An unlogged counts what was not logged of one company.
type unlogged struct {
	next    time.Time      // the company has no line of the log before
	reasons map[string]int // how often each
}

// add counts one more, and gives what is to be logged now, if anything.
func (l *refusedLog) add(company, reason string, now time.Time) (count int, reasons string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string]*unlogged{}
	}
	u, ok := l.of[company]
	if !ok {
		u = &unlogged{reasons: map[string]int{}}
		l.of[company] = u
	}
	u.reasons[reason]++
	if now.Before(u.next) {
		return 0, ""
	}
	u.next = now.Add(refusedLogEvery)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(u.reasons)) {
		count += u.reasons[name]
		list = append(list, fmt.Sprintf("%s %d", name, u.reasons[name]))
	}
	clear(u.reasons)
	return count, strings.Join(list, ", ")
}

// logRefused tells the operator what the sender is not told. A webhook for an
// unknown company may be anybody's probing, so it is logged only for debugging.
// Its company is not named, because that name is whatever somebody has put into
// the path.
func (s *Server) logRefused(c echo.Context, cl *claim, err error) {
	if failure.Explain(err).Status >= http.StatusInternalServerError {
		return // fail logs it
	}
	level, company := slog.LevelWarn, cl.company
	if !cl.door.Known {
		level, company = slog.LevelDebug, ""
	}
	count, reasons := s.refused.add(company, reasonOf(err), time.Now())
	if count == 0 {
		return
	}
	s.log.LogAttrs(c.Request().Context(), level, "webhooks refused",
		slog.String("source", sourceChat), slog.String("company", company),
		slog.Int("count", count), slog.String("reasons", reasons), slog.String("last", clip(err.Error(), longestWords)),
		slog.String("webhook_id", ineedchat.WebhookID(cl.header)),
		slog.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)))
}

// clip cuts a text to a number of characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
