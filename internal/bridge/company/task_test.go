package company

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// launch runs a task of some workers until the test ends.
func launch(t *testing.T, workers int, step func(context.Context) time.Duration) *Task {
	t.Helper()
	c := &Company{}
	task := c.Register("test", workers, step)
	var wg sync.WaitGroup
	c.Launch(t.Context(), &wg)
	t.Cleanup(wg.Wait)
	return task
}

// Workers that have nothing to do wait together: an hour of minutes is sixty looks and that
// of the start, however many they are. A wake is one more, and what it finds counts from then.
func TestWorkersWaitTogether(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		synctest.Test(t, func(t *testing.T) {
			var looks atomic.Int64
			task := launch(t, workers, func(context.Context) time.Duration { looks.Add(1); return time.Minute })
			time.Sleep(time.Hour + time.Second)
			if n := looks.Load(); n != 61 {
				t.Errorf("%d workers looked %d times", workers, n)
			}
			task.Wake()
			synctest.Wait()
			if n := looks.Load(); n != 62 {
				t.Errorf("%d workers, woken: %d looks", workers, n)
			}
			time.Sleep(time.Minute + time.Second)
			if n := looks.Load(); n != 63 && n != 64 {
				t.Errorf("%d workers, a minute after the wake: %d looks", workers, n)
			}
		})
	}
}

// However long a step takes, other workers look when it is time, and whoever comes back from
// work looks at once.
func TestSlowStepHoldsUpNoLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var mu sync.Mutex
		var at []time.Duration // when steps began
		task := launch(t, 3, func(context.Context) time.Duration {
			mu.Lock()
			at = append(at, time.Since(begin))
			n := len(at)
			mu.Unlock()
			if n == 1 { // it finds work for an hour, and leaves the rest to the others
				time.Sleep(time.Hour)
				return 0
			}
			return 25 * time.Minute
		})
		synctest.Wait()
		task.Wake() // as a step does that has found work
		time.Sleep(time.Hour + time.Second)
		want := []time.Duration{0, 0, 25 * time.Minute, 50 * time.Minute, time.Hour}
		mu.Lock()
		defer mu.Unlock()
		if len(at) != len(want) {
			t.Fatalf("looks at %v", at)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("looks at %v, want %v", at, want)
			}
		}
	})
}

// Of looks side by side the earliest wait counts, whichever ends last: a row that only one of
// them has seen is not slept over.
func TestEarliestWaitCounts(t *testing.T) {
	for _, first := range []time.Duration{time.Second, time.Hour} { // what the look says that ends first
		synctest.Test(t, func(t *testing.T) {
			other := time.Hour + time.Second - first
			begin := time.Now()
			var looks atomic.Int64
			var third atomic.Int64
			task := launch(t, 2, func(context.Context) time.Duration {
				switch looks.Add(1) {
				case 1:
					time.Sleep(10 * time.Millisecond)
					return first
				case 2:
					time.Sleep(20 * time.Millisecond)
					return other
				}
				third.CompareAndSwap(0, int64(time.Since(begin)))
				return time.Hour
			})
			synctest.Wait()
			task.Wake()
			time.Sleep(2 * time.Second)
			if at := time.Duration(third.Load()); at == 0 || at > time.Second+20*time.Millisecond {
				t.Errorf("%v first: looked at %v", first, at)
			}
		})
	}
}

// A step that always has more to do runs again at once, and a loop without a ring is one, too.
func TestLoopWithoutRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		looks := 0
		Loop(ctx, nil, func(context.Context) time.Duration {
			if looks++; looks == 5 {
				stop()
			}
			return -time.Second
		})
		if looks != 5 {
			t.Errorf("%d looks", looks)
		}
	})
}
