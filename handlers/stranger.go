package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/gate"
	"ineed-insales/internal/ineedchat"
)

// maxOpenForm bounds the forms that everybody may send: a password twice, and
// where to go.
const maxOpenForm = 4 << 10

// promising lets a webhook's body be read only if its headers or its path hold
// something that could prove who sent it. All others are judged as if it were
// empty, and answered without waiting for it. The company is not looked at: which
// there are must not be told by what is read.
func promising(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		token := ineedchat.ValidToken(param(c, "token")) || ineedchat.ValidToken(ineedchat.BearerToken(r.Header))
		if !token && !ineedchat.Signed(r.Header) {
			r.Body = http.NoBody
		}
		return next(c)
	}
}

// proven notes that the request has shown who sends it: its connection and its
// body are no stranger's any more.
func proven(c echo.Context) { gate.Proven(c.Request().Context()) }

// readForm reads the form of a page, if one was sent. Without it net/http makes
// empty fields of one that is too large or cut off.
func readForm(c echo.Context) error {
	err := c.Request().ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	if errors.Is(err, gate.ErrCrowded) {
		return err
	}
	if err != nil {
		return errors.Join(errIncomplete, err)
	}
	return nil
}

// leavesUnread reports whether a request with this answer may have a body that
// nobody has read. The server would wait for its rest before it answers.
func leavesUnread(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusMisdirectedRequest,
		http.StatusServiceUnavailable:
		return true
	}
	return false
}
