package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// headAsGet answers HEAD as GET, but at the URLs of webhooks, where a GET may bring an
// order. The request is copied, because net/http looks
// at its own request to know that the body must be left out. The function stands
// before Echo, which chooses the route by the request that it is given.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead && !strings.HasPrefix(r.URL.Path, "/webhooks/") {
			r = r.WithContext(context.WithValue(r.Context(), headKey{}, true))
			r.Method = http.MethodGet
		}
		next.ServeHTTP(w, r)
	})
}

type headKey struct{}

// isHead reports whether a request that is answered as GET came as HEAD, so that a long
// body need not be made for nobody.
func isHead(r *http.Request) bool { return r.Context().Value(headKey{}) != nil }

// logAccess gives the request its id and logs it once it is answered. It logs
// the route, never the path: a path may hold a token.
func (s *Server) logAccess(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		// An id that a proxy gave is kept if it is harmless in a log.
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !ineedchat.ValidID(id) {
			id = rand.Text()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		r := c.Request()
		from := storage.Origin{Request: id, Webhook: ineedchat.WebhookID(r.Header)}
		c.SetRequest(r.WithContext(storage.From(r.Context(), from)))
		if err := next(c); err != nil {
			c.Error(err) // now, so that the status is known below
		}
		s.log.LogAttrs(c.Request().Context(), slog.LevelDebug, "request",
			slog.String("method", c.Request().Method), slog.String("route", c.Path()),
			about(c, "company"), about(c, "order"), slog.Int("status", c.Response().Status),
			slog.Duration("took", time.Since(start)), slog.String("by", storage.ActorKind(visit.By(c))),
			slog.String("request_id", id))
		return nil
	}
}

// about is what a part of the path names, for the log; nothing if the path has no such
// part. Anybody may have put anything there.
func about(c echo.Context, name string) slog.Attr {
	if text := visit.Param(c, name); text != "" {
		return slog.String(name, clip(text, longestWords))
	}
	return slog.Attr{}
}

// recoverPanic makes an error of a panic: one bad request must not end the
// process that holds everybody's orders.
func recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v) // net/http's own way to drop a connection
			default:
				err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			}
		}()
		return next(c)
	}
}
