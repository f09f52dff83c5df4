package handlers

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// statusUnread is how a delivery is counted that no program could read. Its sender is
// answered as if it had been accepted.
const statusUnread = "unread"

// wireTime is how long a delivery may take to be read and stored. It does not end when the
// sender hangs up: many chats do so as soon as they have sent.
const wireTime = 10 * time.Second

// takeWire takes an authentic delivery of a company whose chat has a wire of its own. What
// its program cannot read is kept: the sender did nothing wrong, and may never try again.
func (s *Server) takeWire(c echo.Context, cl *claim, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), wireTime)
	defer cancel()
	kind := strings.ToValidUTF8(c.Request().Header.Get(echo.HeaderContentType), "\uFFFD")
	r := storage.Received{At: time.Now(), ContentType: clip(kind, longestType), Query: queryOf(c.Request()),
		Headers: headersOf(c.Request().Header), Body: body}
	desk, err := s.bridge.Desk(cl.company)
	if err != nil {
		return answer{}, &ineedchat.AuthError{Reason: ineedchat.RefusalNoSecret} // deleted since it was asked for
	}
	read, err := s.readDelivery(ctx, cl.company, s.programs.of(cl.door.Chat.Wire), r)
	if err != nil {
		read.errors = wrongWire("", ruleWireBusy, "")
	}
	if len(read.errors) > 0 {
		r.Failure, r.OrderID = read.unread(), read.orderID
		if err := desk.KeepUnread(ctx, r); err != nil {
			return answer{}, deletedSince(err)
		}
		return answer{Status: statusAccepted, counted: statusUnread, heard: order.HeardUnread}, nil
	}
	r.Wire = read.wire
	list, err := desk.AcceptTranslated(ctx, r, read.events)
	if err != nil {
		return answer{}, deletedSince(err)
	}
	return answerOf(read.events, list), nil
}

// deletedSince is the error of a company that was deleted after its chat was believed.
func deletedSince(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return &ineedchat.AuthError{Reason: ineedchat.RefusalNoSecret}
	}
	return err
}

// answerOf is the answer to a delivery that became these events: it was accepted if one of
// them was news. It names the first order.
func answerOf(events []order.Translated, list []order.Accepted) answer {
	if len(list) == 0 {
		return answer{Status: statusIgnored, heard: order.HeardOther}
	}
	a := answer{Status: statusDuplicate, OrderID: events[0].ID(), heard: order.HeardOrder}
	for _, one := range list {
		if !one.Duplicate {
			a.Status = statusAccepted
		}
	}
	if id := list[0].InSalesID; a.Status == statusDuplicate && id != 0 {
		a.InSalesOrderID = strconv.FormatInt(id, 10)
	}
	return a
}

// Bounds of what is kept of a delivery's headers, which programs see, too.
const (
	mostHeaders   = 64
	longestHeader = 1 << 10 // bytes of one value
	allHeaders    = 8 << 10 // bytes of all names and values
)

// headersOf are the headers of a delivery without those that prove who has sent it.
func headersOf(h http.Header) map[string]string {
	out, left := map[string]string{}, allHeaders
	for _, key := range slices.Sorted(maps.Keys(h)) {
		name := strings.ToLower(key)
		switch name {
		case "authorization", "proxy-authorization", "cookie", strings.ToLower(ineedchat.HeaderSignature):
			continue
		}
		value := strings.ToValidUTF8(strings.Join(h[key], ", "), "\uFFFD")
		if len(value) > longestHeader {
			value = strings.ToValidUTF8(value[:longestHeader], "")
		}
		if left -= len(name) + len(value); left < 0 || len(out) == mostHeaders {
			break
		}
		out[name] = value
	}
	return out
}

// queryOf is the query of a delivery's URL without our token.
func queryOf(r *http.Request) string {
	var kept []string
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if part != "" && (err != nil || plain != tokenParam) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// receiveQuery takes a delivery that comes as the query of a GET, which some chats send. It
// is one only where the company's chat has a wire of its own and a token proves it; to
// everybody else a GET is what it is at any other URL of a webhook: see notPosted. A
// signature says nothing of a query.
func (s *Server) receiveQuery(c echo.Context) error {
	cl := claimed(c)
	c.Response().Header().Set(echo.HeaderAllow, "OPTIONS, POST")
	if queryOf(c.Request()) == "" {
		return echo.ErrMethodNotAllowed
	}
	start := time.Now()
	s.ask(cl)
	if !cl.early() || !cl.door.Chat.Wire.Translates() {
		return echo.ErrMethodNotAllowed
	}
	c.Response().Header().Del(echo.HeaderAllow)
	cl.proven = true
	visit.Proven(c)
	var a answer
	err := failure.ErrTooMany
	if s.quotas.allow(cl.company, len(c.Request().URL.RawQuery)) {
		if a, err = s.takeWire(c, cl, nil); err == nil {
			s.bridge.Office.Believed(cl.company, cl.heard(a.heard))
		}
	}
	return s.answer(c, cl, a, err, time.Since(start))
}
