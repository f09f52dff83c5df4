package handlers

import (
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/ineedchat"
)

// maxProven is how much of a body is read to know whether its sender is the chat,
// although it is too large to be taken. What is larger is not read at all.
const maxProven = 4 << 20

// reasonUnproven is why a webhook was not believed that nobody has looked into.
const reasonUnproven = "unproven"

// keepUnread sees to a webhook that was refused for its size or its type, before
// anybody asked who had sent it: one of the chat's own must not be nowhere. It is
// read on, a part at a time, until the sender is proven; of what is too large the
// beginning is kept. It gives the error that the webhook is answered with, which
// is the same whoever sent it, unless it is the chat and has used up its quota.
//
// A token proves the sender before the body. A signature proves it behind the
// last byte only, so one over more than maxProven is never proven; that there was
// one is shown, as of somebody who may be anybody.
func (s *Server) keepUnread(c echo.Context, cl *claim, head []byte, cause error) error {
	if !cl.shows() {
		return cause
	}
	s.ask(cl)
	r := c.Request()
	early, plausible := cl.early(), cl.proof.Plausible()
	if !early && !plausible {
		return cause
	}
	most := int64(maxProven)
	if early {
		visit.Proven(c)
		most = ineedchat.MaxBody // no more than that is kept
	}
	if !early && r.ContentLength > maxProven {
		s.disbelieve(cl, &ineedchat.AuthError{Reason: reasonUnproven}, false)
		return cause
	}
	u := &unread{most: most}
	_, _ = io.MultiWriter(u, cl.proof).Write(head) // neither fails
	if !errors.Is(cause, failure.ErrIncomplete) {  // else there is nothing left
		err := u.readOn(io.TeeReader(r.Body, cl.proof))
		if err != nil && !errors.Is(err, failure.ErrTooLarge) {
			return cause
		}
	}
	switch {
	case u.size > maxProven && !early:
		s.disbelieve(cl, &ineedchat.AuthError{Reason: reasonUnproven}, false)
		return cause
	case !early && cl.verify() != nil:
		return cause
	case !s.rates.allow(cl.company, len(u.head)):
		return failure.ErrTooMany
	}
	s.keepRefused(c, cl.company, u.head, max(u.size, r.ContentLength), cause)
	return cause
}

// An unread is a body that was refused: its beginning, and how much there was.
type unread struct {
	head []byte // at most ineedchat.MaxBody
	size int64
	most int64 // that is read
}

// Write takes the next part.
func (u *unread) Write(part []byte) (int, error) {
	if room := ineedchat.MaxBody - len(u.head); room > 0 {
		u.head = append(u.head, part[:min(room, len(part))]...)
	}
	u.size += int64(len(part))
	return len(part), nil
}

// readOn reads what is left, and fails with failure.ErrTooLarge if that is too much.
func (u *unread) readOn(r io.Reader) error {
	_, err := io.Copy(u, io.LimitReader(r, u.most+1-u.size))
	if err == nil && u.size > u.most {
		return failure.ErrTooLarge
	}
	return err
}

// kept reports whether a webhook with this answer is kept: what the sender cannot
// make good by trying again.
func kept(status int) bool {
	return status/100 == 4 && status != http.StatusUnauthorized && status != http.StatusTooManyRequests
}
