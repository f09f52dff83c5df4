package panel

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
)

// Pages and what they refer to are sent in gzip to whoever takes it.
//
// A page that is packed tells by its length how much of it repeats. Somebody who can have a
// signed-in browser ask for pages with guesses in their addresses, and who sees on the wire
// how long the answers are, could find out so, letter by letter, what a page keeps from him
// (BREACH): our pages repeat parts of their address, and some hold a token. So what another
// site has the browser ask for is never packed; browsers say whose wish it is, through
// redirects, too (Sec-Fetch-Site). Such a page asks for its changes under the same address,
// again and again, and says with that whose wish it was. Over https one that does not say so gets pages as they
// are. Over http whoever sees the wire can read the page itself. Files are the same for
// everybody and hold no secret.

// packs reports whether the page that this request asks for may be packed.
func (s *Server) packs(r *http.Request) bool {
	if !visit.TakesGzip(r.Header) || foreign(r) {
		return false
	}
	return r.Header.Get(fetchSite) != "" || !s.site.Secure(r)
}

// What the browser says of who has it ask, and what a page that another site wanted says
// when it asks for its changes (panel.js).
const (
	fetchSite     = "Sec-Fetch-Site"
	foreignHeader = "X-Foreign"
)

// foreign reports whether another site has the browser ask for a page.
func foreign(r *http.Request) bool {
	switch r.Header.Get(fetchSite) {
	case "same-origin", "none", "":
		return r.Header.Get(foreignHeader) != ""
	}
	return true
}

// sendPage answers with a page.
func (s *Server) sendPage(c echo.Context, status int, body []byte) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if !s.packs(c.Request()) {
		c.Response().WriteHeader(status)
		_, err := c.Response().Write(body)
		return err
	}
	h.Set(echo.HeaderContentEncoding, "gzip")
	c.Response().WriteHeader(status)
	w, _ := s.packers.Get().(*gzip.Writer)
	if w == nil {
		w, _ = gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level is known to be one
	}
	defer s.packers.Put(w)
	w.Reset(c.Response())
	_, err := w.Write(body)
	return errors.Join(err, w.Close())
}
