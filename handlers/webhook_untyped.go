package handlers

import (
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
)

// maxProven is how much is read of a body that is too large to be taken, only to
// know whether its sender is the chat. A larger body is not read at all.
const maxProven = 4 << 20

// reasonUnproven is why a webhook was not believed whose body nobody has read.
const reasonUnproven = "unproven"

// takeUntyped sees to a webhook that does not fit the contract by its size or its type, which
// is seen before anybody asks who has sent it. Of a company whose chat has a wire of its own
// any type is taken. Else it is refused; but what the chat itself has sent must not vanish,
// so the body is read on, a part at a time, until the sender is proven, and its beginning is
// kept. The answer is the same error whoever sent it, unless it was the chat: then it may be
// taken, or the chat has used up its quota.
//
// A token proves the sender before the body is read. A signature proves it only
// behind the last byte, so a body of more than maxProven is never proven; that
// there was one is shown, as one that may be anybody's.
func (s *Server) takeUntyped(c echo.Context, cl *claim, head []byte, cause error) (answer, error) {
	if !cl.shows() {
		if s.bridge.Office.Listening(cl.company) {
			s.ask(cl)
			s.hearUntyped(c, cl, head, cause)
		}
		return answer{}, cause
	}
	s.ask(cl)
	r := c.Request()
	early, plausible := cl.early(), cl.plausible()
	if !early && !plausible {
		s.noteUntyped(cl, cause)
		s.hearUntyped(c, cl, head, cause)
		return answer{}, cause
	}
	most := int64(maxProven)
	if early {
		cl.proven = true
		visit.Proven(c)
		most = ineedchat.MaxBody // no more than that is kept
	}
	if !early && r.ContentLength > maxProven {
		s.disbelieve(cl, &ineedchat.AuthError{Reason: reasonUnproven})
		return answer{}, cause
	}
	u := &unreadBody{most: most}
	_, _ = io.MultiWriter(u, cl).Write(head)      // neither fails
	if !errors.Is(cause, failure.ErrIncomplete) { // else there is nothing left
		err := u.readOn(io.TeeReader(r.Body, cl))
		if err != nil && !errors.Is(err, failure.ErrTooLarge) {
			return answer{}, cause
		}
	}
	cl.proven = early || u.size <= maxProven && cl.verify() == nil
	switch {
	case u.size > maxProven && !early:
		s.disbelieve(cl, &ineedchat.AuthError{Reason: reasonUnproven})
		return answer{}, cause
	case !cl.proven:
		s.noteUntyped(cl, cause)
		s.hearUntyped(c, cl, u.head, cause)
		return answer{}, cause
	case !s.quotas.allow(cl.company, len(u.head)):
		return answer{}, failure.ErrTooMany
	case errors.Is(cause, failure.ErrMediaType) && u.size > ineedchat.MaxBody && cl.door.Chat.Wire.Translates():
		cause = failure.ErrTooLarge // any type would have been taken
	case errors.Is(cause, failure.ErrMediaType) && cl.door.Chat.Wire.Translates() &&
		plainCoding(r.Header):
		a, err := s.takeWire(c, cl, u.head)
		if err == nil {
			s.bridge.Office.Believed(cl.company, cl.heard(a.heard))
		}
		return a, err
	}
	s.keepRefused(c, cl.company, u.head, max(u.size, r.ContentLength), cause)
	s.bridge.Office.Proven(cl.company, cl.heard(order.HeardRefused))
	return answer{}, cause
}

// hearUntyped remembers a webhook of a type or size that the contract does not have and that
// did not prove its sender. While somebody listens, its beginning is read for that.
func (s *Server) hearUntyped(c echo.Context, cl *claim, head []byte, cause error) {
	if !cl.door.Known {
		return
	}
	if s.bridge.Office.Listening(cl.company) && len(head) < order.UnprovenBody &&
		!errors.Is(cause, failure.ErrIncomplete) {
		// What came is enough, also if the sender is cut off.
		rest, _ := io.ReadAll(io.LimitReader(c.Request().Body, order.UnprovenBody-int64(len(head))))
		head = append(head, rest...)
	}
	s.hear(c, cl, failure.Explain(cause).Code, head)
}

// noteUntyped notes that a webhook of a type that only a wire of its own would take was not
// believed, of a company that has one.
func (s *Server) noteUntyped(cl *claim, cause error) {
	if !errors.Is(cause, failure.ErrMediaType) || !cl.door.Chat.Wire.Translates() {
		return
	}
	if e, is := errors.AsType[*ineedchat.AuthError](cl.verify()); is {
		cl.likely = ineedchat.ValidToken(cl.token) || ineedchat.ValidToken(cl.query) || cl.plausible()
		s.disbelieve(cl, e)
	}
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
