package company

import (
	"context"
	"sync"
	"time"
)

// Idle is how long a task sleeps when nothing waits for it; it is woken before
// that when something does. So it only bounds what a clock that was set could
// make it miss.
const Idle = 15 * time.Minute

// A Task is a loop that works for one company: it runs its step, waits for as
// long as the step said or until it is woken, and runs it again. Several workers
// run the step side by side if one slow request must not hold up the others.
type Task struct {
	name    string
	step    func(context.Context) time.Duration
	workers int // 0 = 1
	ring    chan struct{}
}

// Register adds a task to those of the company. All are registered before launch.
func (c *Company) Register(name string, workers int, step func(context.Context) time.Duration) *Task {
	t := &Task{name: name, step: step, workers: max(workers, 1), ring: make(chan struct{}, 1)}
	c.tasks = append(c.tasks, t)
	return t
}

// Launch starts the tasks; they end with ctx or when the company is dismissed.
func (c *Company) Launch(ctx context.Context, wg *sync.WaitGroup) {
	ctx, c.stop = context.WithCancel(ctx)
	for _, t := range c.tasks {
		for range t.workers {
			wg.Go(func() { Loop(ctx, t.ring, t.step) })
		}
	}
}

// Dismiss ends the tasks.
func (c *Company) Dismiss() {
	if c.stop != nil {
		c.stop()
	}
}

// Wake makes a task run its step soon. Several wakes before that are one.
func (t *Task) Wake() { Wake(t.ring) }

// WakeAll lets every task look whether there is something to do.
func (c *Company) WakeAll() {
	for _, t := range c.tasks {
		t.Wake()
	}
}

// Loop is the one loop of all tasks.
func Loop(ctx context.Context, ring <-chan struct{}, step func(context.Context) time.Duration) {
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

// Wake rings once.
func Wake(ring chan struct{}) {
	select {
	case ring <- struct{}{}:
	default:
	}
}
