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
// run the step side by side if one slow request must not hold up the others. Those
// of them that have nothing to do wait together, and one of them looks when it is time:
// a step that finds work for more than one wakes the next.
type Task struct {
	name    string
	step    func(context.Context) time.Duration
	workers int // 0 = 1
	ring    chan struct{}

	mu    sync.Mutex  // guards what follows
	alarm *time.Timer // rings when a worker has to look
	at    time.Time   // when it does; zero = a worker has begun to look since it was set
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
		t.alarm = time.NewTimer(0)
		for range t.workers {
			wg.Go(func() { t.work(ctx) })
		}
	}
}

// Dismiss ends the tasks.
func (c *Company) Dismiss() {
	if c.stop != nil {
		c.stop()
	}
}

// work is one worker of the task.
func (t *Task) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.alarm.C:
		case <-t.ring:
		}
		if ctx.Err() != nil {
			return
		}
		t.begin()
		t.again(t.step(ctx))
	}
}

// begin forgets when the next look was to be: the step that begins will tell.
func (t *Task) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = time.Time{}
}

// again has a worker look after a while. Where steps have run side by side the earliest
// of what they have told counts, since nobody knows which of them has looked last.
func (t *Task) again(wait time.Duration) {
	wait = max(wait, 0)
	at := time.Now().Add(wait)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at.IsZero() || at.Before(t.at) {
		t.at = at
		t.alarm.Reset(wait)
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

// Loop is the loop of a task of no company, which has one worker. A nil ring wakes it never.
func Loop(ctx context.Context, ring chan struct{}, step func(context.Context) time.Duration) {
	t := &Task{step: step, ring: ring, alarm: time.NewTimer(0)}
	t.work(ctx)
}

// Wake rings once.
func Wake(ring chan struct{}) {
	select {
	case ring <- struct{}{}:
	default:
	}
}
