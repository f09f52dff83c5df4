package handlers

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/probe"
	"ineed-insales/internal/ineedchat"
)

// sourceShop is the label of everything that a shop sends.
const sourceShop = "insales"

// maxHook is how much of a hook of a shop is read, far above an order of
// some hundred lines.
const maxHook = 2 << 20

// What a hook of a shop is counted as, beside statusOK for an order of ours.
const (
	hookUnknown    = "unknown"    // not one of our orders
	hookUnreadable = "unreadable" // no order's id in it
)

// receiveHook takes a hook of a shop. It carries no signature, only the token in
// its path, so whoever does not have the token is told that there is nothing here.
// Everybody else is answered 200 at once, whatever was sent: a hook is only a hint,
// and the shop might give up a hook that fails.
func (s *Server) receiveHook(c echo.Context) error {
	start := time.Now()
	if taken, err := s.probeHook(c, start); taken {
		return err
	}
	var tokens []string // an unknown company has none, and is answered like a wrong token
	desk, err := s.desk(c)
	if err == nil {
		tokens = desk.HookTokens()
	}
	if err := ineedchat.VerifyToken(tokens, visit.Param(c, "token")); err != nil {
		s.metrics.refusedFor(sourceShop, err, false, time.Since(start))
		return echo.ErrNotFound
	}
	visit.Proven(c)
	// A body that is cut off or too large may still name its order. What stands
	// behind that is read as well, within bounds, so that the shop can send it.
	body := io.LimitReader(c.Request().Body, maxHook)
	result := hookUnreadable
	if id, ok := insales.HookedOrder(body); ok {
		result = s.noteHook(c.Request().Context(), desk, id)
	}
	_, _ = io.Copy(io.Discard, body)
	s.metrics.answered(sourceShop, result, time.Since(start))
	return c.NoContent(http.StatusOK)
}

// probeHook takes a webhook that a running probe waits for at an address of its own.
func (s *Server) probeHook(c echo.Context, start time.Time) (taken bool, err error) {
	token := visit.Param(c, "token")
	prober, err := s.prober(c)
	if err != nil || !prober.HookToken(token) {
		return false, nil
	}
	visit.Proven(c)
	body, _ := io.ReadAll(io.LimitReader(c.Request().Body, probe.MaxBody)) // what came of a torn one tells enough
	prober.Hooked(token, probe.Call{At: start, From: c.RealIP(), Header: c.Request().Header.Clone(), Body: body})
	s.metrics.answered(sourceShop, hookUnknown, time.Since(start))
	return true, c.NoContent(http.StatusOK)
}

// noteHook marks the order that a hook is about.
func (s *Server) noteHook(ctx context.Context, desk *order.Desk, id int64) (result string) {
	known, err := desk.Hooked(ctx, id)
	switch {
	case err != nil:
		if ctx.Err() == nil { // else the sender has hung up
			s.log.LogAttrs(ctx, slog.LevelWarn, "webhook of the shop not noted: the next read will see it",
				slog.String("company", desk.ID()), slog.Any("err", err))
		}
		return resultFailed
	case known:
		return statusOK
	}
	return hookUnknown
}
