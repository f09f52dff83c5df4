package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// listUnread answers with one page of what a company's chat has posted and nothing could
// read yet. It holds personal data, as it came.
func (s *Server) listUnread(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	page, err := pageOf(c, desk.Unread, showReceived)
	if err != nil {
		return err
	}
	count, err := desk.UnreadCount(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.UnreadPage{Page: page, Total: count.N, Bytes: count.Bytes,
		OldestAt: stamp(count.Oldest)})
}

// showReceived is a delivery as it came.
func showReceived(r storage.Received) api.Received {
	out := api.Received{Number: r.Seq, At: stamp(r.At), ContentType: r.ContentType, Query: r.Query, Headers: r.Headers,
		Body: strings.ToValidUTF8(string(r.Body), "\uFFFD"), OrderID: r.OrderID, Wire: r.Wire}
	if f := r.Failure; f != nil {
		out.Error = &api.FieldError{Field: f.Field, Rule: f.Rule, Args: f.Args,
			Message: locale.Problem(locale.English, f.Rule, f.Args)}
	}
	return out
}

// dropUnread sets one delivery aside for good.
func (s *Server) dropUnread(c echo.Context) error {
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(c.Param("number"), 10, 64)
	if err != nil {
		return storage.ErrNotFound
	}
	if err := desk.DropUnread(c.Request().Context(), number); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// replayWire reads what is unread of a company with the wire that it has now.
func (s *Server) replayWire(c echo.Context) error {
	var in api.WireReplay
	if err := readStrict(c, &in); err != nil {
		return err
	}
	desk, err := s.desk(c)
	if err != nil {
		return err
	}
	out, err := s.replay(c.Request().Context(), desk, in.DryRun)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

// replayTime is how long one replay goes on: its answer must get through proxies. What is
// left is said to be unread still.
const replayTime = 20 * time.Second

// replay reads what is unread, the oldest first, each delivery in a transaction of its own, and
// says so in the journal. A dry run only counts.
func (s *Server) replay(ctx context.Context, desk *order.Desk, dry bool) (api.WireReplayed, error) {
	out, err := s.replayAll(ctx, desk, dry)
	if !dry {
		err = errors.Join(err, desk.Replayed(ctx, out.Orders))
	}
	return out, err
}

// replayAll is replay without the journal.
func (s *Server) replayAll(ctx context.Context, desk *order.Desk, dry bool) (api.WireReplayed, error) {
	out := api.WireReplayed{DryRun: dry}
	until, behind := time.Now().Add(replayTime), int64(0)
	var known map[storage.OrderKey]bool
	if dry {
		known = map[storage.OrderKey]bool{}
	}
	for time.Now().Before(until) {
		r, err := desk.NextUnread(ctx, behind)
		if errors.Is(err, storage.ErrNotFound) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		behind = r.Seq
		if err := s.readAgain(ctx, desk, r, known, &out); err != nil {
			return out, err
		}
	}
	count, err := desk.UnreadCount(ctx)
	out.StillUnread, out.More = count.N, true
	return out, err
}

// replayOne reads one delivery again that is unread or was refused.
func (s *Server) replayOne(
	ctx context.Context, desk *order.Desk, r storage.Received,
) (out api.WireReplayed, err error) {
	err = s.readAgain(ctx, desk, r, nil, &out)
	return out, errors.Join(err, desk.Replayed(ctx, out.Orders))
}

// readAgain reads a delivery with the wire that its company has now and counts what comes
// of it. Of one that is read by somebody else meanwhile, or dropped, it counts nothing.
// With the orders that there would be by then it is a dry run and changes nothing else.
func (s *Server) readAgain(
	ctx context.Context, desk *order.Desk, r storage.Received, known map[storage.OrderKey]bool, out *api.WireReplayed,
) error {
	read, err := s.readDelivery(ctx, desk.ID(), s.programs.of(desk.Wire()), r)
	if err != nil {
		return err
	}
	if len(read.errors) > 0 {
		if out.StillUnread++; out.FirstError == nil {
			out.FirstError, out.FirstUnread = &read.errors[0], r.Seq
		}
		if known != nil || r.Seq == 0 {
			return nil
		}
		r.Failure, r.OrderID = read.unread(), read.orderID
		return desk.StillUnread(ctx, r)
	}
	var list []order.Accepted
	if known != nil {
		list, err = s.wouldBe(ctx, desk, read.events, known)
	} else {
		r.Wire = read.wire
		list, err = desk.AcceptTranslated(ctx, r, read.events)
	}
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err == nil {
		countReplayed(out, list)
	}
	return err
}

// countReplayed counts one delivery: by its best event, as it would have been answered.
func countReplayed(out *api.WireReplayed, list []order.Accepted) {
	if len(list) == 0 {
		out.Ignored++
		return
	}
	for _, a := range list {
		if a.Duplicate {
			out.Duplicates++
		} else {
			out.Orders++
		}
	}
}

// wouldBe tells what would become of events: of each whether its order is known, or would
// be by the events before.
func (s *Server) wouldBe(ctx context.Context, desk *order.Desk, events []order.Translated,
	known map[storage.OrderKey]bool) ([]order.Accepted, error) {
	list := make([]order.Accepted, len(events))
	for i, e := range events {
		key := storage.OrderKey{Company: desk.ID(), ID: e.ID(), Test: e.Test}
		if !known[key] {
			_, _, err := desk.Order(ctx, key)
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return nil, err
			}
			list[i].Duplicate = err == nil
		} else {
			list[i].Duplicate = true
		}
		known[key] = true
	}
	return list, nil
}
