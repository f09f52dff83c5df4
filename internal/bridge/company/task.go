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

// A Task works for one company: it runs its step, waits for as long as the step said or
// until it is woken, and runs it again. Several workers run the step side by side if one
// slow request must not hold up the others: a step that finds work for more than one wakes
// the next. A worker begins when somebody has to look, and ends when nothing more is to be
// looked at: a task that waits is a timer and keeps no stack, of which there would be some
// twenty for each company.
type Task struct {
	name    string
	step    func(context.Context) time.Duration
	workers int // 0 = 1

	mu    sync.Mutex // guards what follows
	ctx   context.Context
	wg    *sync.WaitGroup
	due   bool        // a worker has to look
	busy  int         // workers that run the step
	alarm *time.Timer // wakes the task when it is time to look
	at    time.Time   // when it does; zero = a worker has begun to look since it was set
}

// Register adds a task to those of the company. All are registered before launch.
func (c *Company) Register(name string, workers int, step func(context.Context) time.Duration) *Task {
	t := &Task{name: name, step: step, workers: max(workers, 1)}
	c.tasks = append(c.tasks, t)
	return t
}

// Launch starts the tasks; they end with ctx or when the company is dismissed, and wg waits
// for them.
func (c *Company) Launch(ctx context.Context, wg *sync.WaitGroup) {
	ctx, c.stop = context.WithCancel(ctx)
	for _, t := range c.tasks {
		t.launch(ctx, wg)
	}
	wg.Go(func() { // as long as this waits, workers may begin
		<-ctx.Done()
		for _, t := range c.tasks {
			t.end()
		}
	})
}

// Dismiss ends the tasks.
func (c *Company) Dismiss() {
	if c.stop != nil {
		c.stop()
	}
}

// launch lets the task look for the first time.
func (t *Task) launch(ctx context.Context, wg *sync.WaitGroup) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ctx, t.wg = ctx, wg
	t.alarm = time.AfterFunc(0, t.Wake)
}

// end is for a task whose context is done: once it has returned, no worker begins.
func (t *Task) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.alarm.Stop()
}

// Wake makes a task run its step soon. Several wakes before that are one.
func (t *Task) Wake() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due = true
	if t.ctx != nil && t.busy < t.workers && t.begin() {
		t.busy++
		t.wg.Go(t.work)
	}
}

// work is one worker, from the first look to where nobody has to look.
func (t *Task) work() {
	for look := true; look; {
		look = t.again(t.step(t.ctx))
	}
}

// begin reports whether a worker has to look, which it then does, and forgets when the next
// look was to be: the step that begins will tell. The caller holds the lock.
func (t *Task) begin() bool {
	if !t.due || t.ctx.Err() != nil {
		return false
	}
	t.due, t.at = false, time.Time{}
	return true
}

// again has a worker look after a while, and reports whether the one that has come back from
// its step has to look at once; else it ends. Where steps have run side by side the earliest
// of what they have told counts, since nobody knows which of them has looked last.
func (t *Task) again(wait time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch at := time.Now().Add(wait); {
	case wait <= 0:
		t.due = true
	case t.at.IsZero() || at.Before(t.at):
		t.at = at
		t.alarm.Reset(wait)
	}
	if t.begin() {
		return true
	}
	t.busy--
	return false
}

// WakeAll lets every task look whether there is something to do.
func (c *Company) WakeAll() {
	for _, t := range c.tasks {
		t.Wake()
	}
}

// Loop is the loop of a task of no company, which has one worker. A nil ring wakes it never.
func Loop(ctx context.Context, ring chan struct{}, step func(context.Context) time.Duration) {
	alarm := time.NewTimer(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-alarm.C:
		case <-ring:
		}
		if ctx.Err() != nil {
			return
		}
		alarm.Reset(max(step(ctx), 0))
	}
}

// Wake rings once.
func Wake(ring chan struct{}) {
	select {
	case ring <- struct{}{}:
	default:
	}
}
