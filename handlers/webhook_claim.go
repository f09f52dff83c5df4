package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// refusalWrongRoute is why a webhook is not believed that has a token in its path
// although its company wants none there.
const refusalWrongRoute ineedchat.Refusal = "wrong_route"

// A claim is what a webhook says about its sender, and how that is judged. The
// claim of an unknown company is judged like that of a known one, by secrets that
// nobody has, so that neither the answer nor the time it takes tells which
// companies there are.
type claim struct {
	company string // that the path names
	token   string // in the path; "" = none
	query   string // the token as ?token=, for chats that cannot be told a path; "" = none
	header  http.Header

	// What is known of that company, once somebody asks.
	door    bridge.Door
	secrets []string
	proof   *ineedchat.Proof // takes the raw body
	signed  *wire.Signature  // likewise, of a chat that signs in its own way; nil = this one does not

	proven bool // the sender is the company's own chat
	likely bool // the body was read, and may be one of the company's own chat: see looksLikely
}

// promising lets a webhook's body be read only if its headers or its path hold
// something that could prove who sent it. Every other webhook is judged as if its
// body were empty, and is answered without waiting for the body. The company is
// not looked at, because what is read must not tell which companies there are.
//
// While a person listens to what comes to a company's address, every body to that address
// is read: that person wants to see it.
func (s *Server) promising(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		token := ineedchat.ValidToken(visit.Param(c, "token")) || ineedchat.ValidToken(queryToken(r)) ||
			ineedchat.ValidToken(ineedchat.BearerToken(r.Header))
		if !token && !ineedchat.Signed(r.Header) && !wire.LooksSigned(r.Header) &&
			!s.bridge.Office.Listening(visit.Param(c, "company")) {
			r.Body = http.NoBody
		}
		return next(c)
	}
}

// claimed is what a webhook claims by its path and headers.
func claimed(c echo.Context) *claim {
	return &claim{company: visit.Param(c, "company"), token: visit.Param(c, "token"),
		query: queryToken(c.Request()), header: c.Request().Header}
}

// tokenParam is where a token stands in the query of a webhook's URL.
const tokenParam = "token"

func queryToken(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return r.URL.Query().Get(tokenParam)
}

// shows reports whether there is anything that could prove the sender.
func (cl *claim) shows() bool {
	return cl.token != "" || cl.query != "" || cl.header.Get(echo.HeaderAuthorization) != "" ||
		cl.header.Get(ineedchat.HeaderSignature) != "" || wire.LooksSigned(cl.header)
}

// ask looks the company up and begins to judge, before the body is read.
func (s *Server) ask(cl *claim) {
	cl.door = s.bridge.Door(cl.company)
	for _, secret := range cl.door.Chat.Secrets {
		cl.secrets = append(cl.secrets, secret.Reveal())
	}
	cl.proof = ineedchat.NewProof(cl.secrets, cl.header)
	if cl.door.Known && cl.door.Chat.Auth == storage.AuthHMAC {
		cl.signed = wire.HMAC(cl.door.Chat.HMAC).Signature(cl.secrets, cl.header)
	}
}

// Write gives the next part of the body to whatever proves by it. It never fails.
func (cl *claim) Write(part []byte) (int, error) {
	if cl.signed != nil {
		_, _ = cl.signed.Write(part) // it never fails
	}
	return cl.proof.Write(part)
}

// plausible reports whether the headers have the form of a signature.
func (cl *claim) plausible() bool {
	return cl.proof.Plausible() || cl.signed != nil && cl.signed.Plausible()
}

// verify judges the claim, once the whole body was written to its proof. Our own
// trouble with the secrets is an error that must not look like the sender's.
func (cl *claim) verify() error {
	// The other modes are worked out all the same, so that the mode cannot be
	// told by the time it takes.
	bySignature, byToken := cl.proof.Verify(), cl.byToken()
	switch {
	case cl.door.Sealed:
		return storage.ErrSealed
	case !cl.door.Known:
		return &ineedchat.AuthError{Reason: ineedchat.RefusalNoSecret}
	case cl.door.Chat.Auth != storage.AuthPath && cl.token != "":
		return &ineedchat.AuthError{Reason: refusalWrongRoute}
	case cl.door.Chat.Auth == storage.AuthSignature:
		return bySignature
	case cl.signed != nil:
		return cl.signed.Verify(time.Now())
	}
	return byToken
}

// byToken judges the token that the company's mode asks for, which needs no
// body. The mode is a setting, and never a guess from what was sent: otherwise
// the weakest mode would be open to everybody.
func (cl *claim) byToken() error {
	inPath := ineedchat.VerifyToken(cl.secrets, cmp.Or(cl.token, cl.query))
	inHeader := ineedchat.VerifyToken(cl.secrets, ineedchat.BearerToken(cl.header))
	if cl.door.Chat.Auth == storage.AuthPath {
		return inPath
	}
	return inHeader
}

// early reports whether the sender is proven before a byte of the body was read.
func (cl *claim) early() bool {
	err := cl.byToken()
	auth := cl.door.Chat.Auth
	return err == nil && cl.door.Known && !cl.door.Sealed &&
		(auth == storage.AuthPath || auth == storage.AuthBearer && cl.token == "")
}

// looksLikely reports whether the webhook carries what a chat with the wrong secret
// would send: a body that names the company, and a signature of just now or a
// token of the right form, even if the company's mode is another one. See
// order.Unbelieved for what that is worth.
func (cl *claim) looksLikely(body []byte) bool {
	shown := cl.plausible() || ineedchat.ValidToken(cl.token) || ineedchat.ValidToken(cl.query) ||
		ineedchat.ValidToken(ineedchat.BearerToken(cl.header))
	return shown && ineedchat.Names(body, cl.company)
}

// believe judges a webhook whose body is whole, and remembers what it found.
func (s *Server) believe(c echo.Context, cl *claim, body []byte) error {
	s.ask(cl)
	_, _ = cl.Write(body) // it never fails
	err := cl.verify()
	if e, ok := errors.AsType[*ineedchat.AuthError](err); ok {
		cl.likely = cl.looksLikely(body)
		s.disbelieve(cl, e)
		s.hear(c, cl, string(e.Reason), body)
	}
	if cl.door.Chat.Auth == storage.AuthSignature {
		s.noteClock(cl, err)
	}
	return err
}

// disbelieve notes why a webhook was not believed. A webhook for a company that
// does not exist is noted under no name, which takes the same time.
func (s *Server) disbelieve(cl *claim, e *ineedchat.AuthError) {
	company := cl.company
	if !cl.door.Known {
		company = ""
	}
	// One that was rightly signed, if not in time, is the chat's for sure.
	s.bridge.Office.Disbelieved(company, string(e.Reason), e.Skew, cl.likely || e.Skew != 0)
}

// hear remembers a webhook to a company that there is and that did not prove its sender.
func (s *Server) hear(c echo.Context, cl *claim, reason string, body []byte) {
	if !cl.door.Known {
		return
	}
	r := c.Request()
	u := order.Unproven{At: time.Now(), Method: r.Method, Reason: reason, Body: body,
		ContentType: clip(strings.ToValidUTF8(r.Header.Get(echo.HeaderContentType), "\uFFFD"), longestType),
		Size:        max(r.ContentLength, int64(len(body)))}
	for name := range headersOf(r.Header) {
		u.Headers = append(u.Headers, name)
	}
	slices.Sort(u.Headers)
	s.bridge.Office.Hear(cl.company, u)
}

// signedAt is when the webhook was signed, if its company's chat signs that; only what was
// verified is to be believed.
func (cl *claim) signedAt() time.Time {
	switch {
	case cl.signed != nil:
		return cl.signed.At()
	case cl.door.Chat.Auth == storage.AuthSignature:
		return cl.proof.At()
	}
	return time.Time{}
}

// heard is what is remembered of a webhook that has proven its sender.
func (cl *claim) heard(kind string) order.Heard {
	h := order.Heard{At: time.Now(), Kind: kind}
	if at := cl.signedAt(); !at.IsZero() {
		h.Ahead = new(time.Until(at))
	}
	return h
}

// noteClock notes how far the sender's clock is from ours, if that can be
// trusted: the message was rightly signed, whether or not in time.
func (s *Server) noteClock(cl *claim, err error) {
	e, refused := errors.AsType[*ineedchat.AuthError](err)
	if at := cl.signedAt(); !at.IsZero() && (err == nil || refused && e.Skew != 0) {
		s.bridge.ChatClock(time.Until(at))
	}
}
