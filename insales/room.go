package insales

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// How much of an answer may be read without a place in the room, and how long an
// answer may keep its place.
const (
	freeBytes = 128 << 10
	placeTime = 30 * time.Second
)

// A Room has a few places for large answers. All clients of a process share it,
// so that the memory for what shops answer does not grow with their number: the
// first 128 KiB of an answer are free, whoever reads on takes a place or waits
// for one in turn. A shop whose answer trickles loses its place after half a
// minute, and its answer with it; so a few bad shops delay the others a little,
// and never keep them out.
//
// The zero Room and nil have room for everybody.
type Room struct{ places chan struct{} }

// NewRoom makes a room with so many places.
func NewRoom(places int) *Room { return &Room{places: make(chan struct{}, places)} }

// errSlow is a cause of its own, so that it can be told from our own stop.
var errSlow = fmt.Errorf("%w for as slowly as it comes", ErrTooLarge)

type leaseKey struct{}

// Hold has the large answers that are read within the context keep their place
// until release is called: what was made of them still stands in memory. Within
// it one call follows the other.
func (r *Room) Hold(ctx context.Context) (held context.Context, release func()) {
	l := &lease{room: r, ctx: ctx}
	return context.WithValue(ctx, leaseKey{}, l), l.release
}

// A lease is a place in the room, or the right to take one.
type lease struct {
	room *Room
	ctx  context.Context

	mu     sync.Mutex
	taken  bool
	timer  *time.Timer
	cancel context.CancelCauseFunc // of the request whose answer is read
}

// leaseOf gives the lease that the caller holds, or one of the call's own with
// the way to release it.
func (c *Client) leaseOf(ctx context.Context) (l *lease, release func()) {
	if l, ok := ctx.Value(leaseKey{}).(*lease); ok {
		return l, l.finished
	}
	l = &lease{room: c.cfg.Room, ctx: ctx}
	return l, l.release
}

// reads makes the request known whose answer is read under the lease.
func (l *lease) reads(ctx context.Context, cancel context.CancelCauseFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ctx, l.cancel = ctx, cancel
	if l.taken {
		l.hurry()
	}
}

// take takes a place, once. It waits for one no longer than the request may
// take.
func (l *lease) take() error {
	if l == nil || l.room == nil || l.room.places == nil {
		return nil
	}
	l.mu.Lock()
	taken, ctx := l.taken, l.ctx
	l.mu.Unlock()
	if taken {
		return nil
	}
	select {
	case l.room.places <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken = true
	l.hurry()
	return nil
}

// hurry ends the request if its answer keeps the place for too long.
func (l *lease) hurry() {
	if cancel := l.cancel; cancel != nil {
		l.timer = time.AfterFunc(placeTime, func() { cancel(errSlow) })
	}
}

// cause tells that an answer was ended by us for its slowness, where the
// transport only says that it was ended.
func (l *lease) cause(err error) error {
	if err == nil || l == nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx != nil && context.Cause(l.ctx) == errSlow {
		return errSlow
	}
	return err
}

// finished says that the answer was read; its place stays.
func (l *lease) finished() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.timer, l.cancel = nil, nil
}

// release gives the place back.
func (l *lease) release() {
	l.finished()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken {
		<-l.room.places
		l.taken = false
	}
}
