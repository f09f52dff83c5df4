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
)

// What is refused can be anybody's and any number, so it is no reason for a line
// of the log each: of each company there is one a minute, which counts what came
// since the one before.
const noiseEvery = time.Minute

// longestWords bounds what a line of the log quotes of an error, in characters:
// one that lists what is wrong with five hundred lines of an order is long.
const longestWords = 300

// noise counts what was refused and not logged yet, by companies that exist; ""
// stands for all others.
type noise struct {
	mu sync.Mutex
	of map[string]*unheard
}

// An unheard is what was not logged of one company.
type unheard struct {
	next    time.Time // no line before
	reasons map[string]int
}

// add counts one more, and gives what is to be logged now, if anything.
func (n *noise) add(company, reason string, now time.Time) (count int, reasons string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.of == nil {
		n.of = map[string]*unheard{}
	}
	u, ok := n.of[company]
	if !ok {
		u = &unheard{reasons: map[string]int{}}
		n.of[company] = u
	}
	u.reasons[reason]++
	if now.Before(u.next) {
		return 0, ""
	}
	u.next = now.Add(noiseEvery)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(u.reasons)) {
		count += u.reasons[name]
		list = append(list, fmt.Sprintf("%s %d", name, u.reasons[name]))
	}
	clear(u.reasons)
	return count, strings.Join(list, ", ")
}

// logRefused tells the operator what the sender is not told. An unknown company
// may be anybody's probing, so it is only for debugging, and its name is not
// repeated: it is whatever somebody has put into an address.
func (s *Server) logRefused(c echo.Context, cl *claim, err error) {
	if failure.Explain(err).Status >= http.StatusInternalServerError {
		return // fail logs it
	}
	level, company := slog.LevelWarn, cl.company
	if !cl.door.Known {
		level, company = slog.LevelDebug, ""
	}
	count, reasons := s.noise.add(company, reasonOf(err), time.Now())
	if count == 0 {
		return
	}
	s.log.LogAttrs(c.Request().Context(), level, "webhooks refused",
		slog.String("source", sourceChat), slog.String("company", company),
		slog.Int("count", count), slog.String("reasons", reasons), slog.String("last", clip(err.Error(), longestWords)))
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
