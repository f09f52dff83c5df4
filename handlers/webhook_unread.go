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

// maxProven is how much is read of a body that is too large to be taken, only to
// know whether its sender is the chat. A larger body is not read at all.
const maxProven = 4 << 20

// reasonUnproven is why a webhook was not believed whose body nobody has read.
const reasonUnproven = "unproven"

// keepUnread sees to a webhook that was refused for its size or its type before
// anybody asked who had sent it. What the chat itself has sent must not vanish, so
// the body is read on, a part at a time, until the sender is proven, and its
// beginning is kept. The webhook is answered with the error that is returned. That
// is the same error whoever sent it, unless it was the chat and the chat has used
// up its quota.
//
// A token proves the sender before the body is read. A signature proves it only
// behind the last byte, so a body of more than maxProven is never proven; that
// there was one is shown, as one that may be anybody's.
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
		s.disbelieve(cl, &ineedchat.AuthError{Reason: reasonUnproven})
		return cause
	}
	u := &unreadBody{most: most}
	_, _ = io.MultiWriter(u, cl.proof).Write(head) // neither fails
	if !errors.Is(cause, failure.ErrIncomplete) {  // else there is nothing left
		err := u.readOn(io.TeeReader(r.Body, cl.proof))
		if err != nil && !errors.Is(err, failure.ErrTooLarge) {
			return cause
		}
	}
	switch {
	case u.size > maxProven && !early:
		s.disbelieve(cl, &ineedchat.AuthError{Reason: reasonUnproven})
		return cause
	case !early && cl.verify() != nil:
		return cause
	case !s.quotas.allow(cl.company, len(u.head)):
		return failure.ErrTooMany
	}
	s.keepRefused(c, cl.company, u.head, max(u.size, r.ContentLength), cause)
	return cause
}

// An unreadBody is a body that was refused: its beginning, and how much there was.
type unreadBody struct {
	head []byte // at most ineedchat.MaxBody
	size int64
	most int64 // that is read
}

// Write takes the next part.
func (u *unreadBody) Write(part []byte) (int, error) {
	if room := ineedchat.MaxBody - len(u.head); room > 0 {
		u.head = append(u.head, part[:min(room, len(part))]...)
	}
	u.size += int64(len(part))
	return len(part), nil
}

// readOn reads what is left, and fails with failure.ErrTooLarge if that is too much.
func (u *unreadBody) readOn(r io.Reader) error {
	_, err := io.Copy(u, io.LimitReader(r, u.most+1-u.size))
	if err == nil && u.size > u.most {
		return failure.ErrTooLarge
	}
	return err
}

// kept reports whether a webhook that got this answer is kept: the sender cannot
// make it good by trying again.
func kept(status int) bool {
	return status/100 == 4 && status != http.StatusUnauthorized && status != http.StatusTooManyRequests
}
