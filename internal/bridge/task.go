package bridge

import (
	"context"
	"sync"
	"time"
)

// idle is how long a task sleeps when nothing waits for it; it is woken before
// that when something does. So it only bounds what a clock that was set could
// make it miss.
const idle = 15 * time.Minute

// A task is a loop that works for one company: it runs its step, waits for as
// long as the step said or until it is woken, and runs it again. Several workers
// run the step side by side if one slow request must not hold up the others.
type task struct {
	name    string
	step    func(context.Context) time.Duration
	workers int // 0 = 1
	ring    chan struct{}
}

// register adds a task to those of the company. All are registered before launch.
func (h *handle) register(name string, workers int, step func(context.Context) time.Duration) *task {
	t := &task{name: name, step: step, workers: max(workers, 1), ring: make(chan struct{}, 1)}
	h.tasks = append(h.tasks, t)
	return t
}

// launch starts the tasks; they end with ctx or when the company is dismissed.
func (h *handle) launch(ctx context.Context, wg *sync.WaitGroup) {
	ctx, h.stop = context.WithCancel(ctx)
	for _, t := range h.tasks {
		for range t.workers {
			wg.Go(func() { loop(ctx, t.ring, t.step) })
		}
	}
}

// dismiss ends the tasks.
func (h *handle) dismiss() {
	if h.stop != nil {
		h.stop()
	}
}

// wake makes a task run its step soon. Several wakes before that are one.
func (t *task) wake() { wake(t.ring) }

// wakeAll lets every task look whether there is something to do.
func (h *handle) wakeAll() {
	for _, t := range h.tasks {
		t.wake()
	}
}

// loop is the one loop of all tasks.
func loop(ctx context.Context, ring <-chan struct{}, step func(context.Context) time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-ring:
		}
		if ctx.Err() != nil {
			return
		}
		timer.Reset(max(step(ctx), 0))
	}
}

// wake rings once.
func wake(ring chan struct{}) {
	select {
	case ring <- struct{}{}:
	default:
	}
}
