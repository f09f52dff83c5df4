package insales

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestOthers: what the shop counts beyond ours was sent by somebody else, if we
// were there when the window began.
func TestOthers(t *testing.T) {
	type step func(*testing.T, *Window)
	answers := func(used ...int) step {
		return func(t *testing.T, w *Window) {
			for _, n := range used {
				now(t, w, Reading).spent(says(200, n))
			}
		}
	}
	sleep := func(d time.Duration) step { return func(*testing.T, *Window) { time.Sleep(d) } }
	lost := func(t *testing.T, w *Window) { now(t, w, Reading).spent(nil) }
	together := func(used ...int) step { // asked at the same time, answered in this order
		return func(t *testing.T, w *Window) {
			var list []*Permit
			for range used {
				list = append(list, now(t, w, Sending))
			}
			for i, p := range list {
				p.spent(says(200, used[i]))
			}
		}
	}
	flies := func(t *testing.T, w *Window) { now(t, w, Sending) }
	tests := map[string]struct {
		steps []step
		want  int
		known bool
	}{
		"nothing asked":               {nil, 0, false},
		"alone from the beginning":    {[]step{answers(1, 2, 3)}, 0, true},
		"begun before us":             {[]step{answers(101, 102)}, 0, false},
		"begun before us, then new":   {[]step{answers(101, 102, 1, 2)}, 0, true},
		"others from the beginning":   {[]step{answers(1, 2, 30, 31)}, 27, true},
		"others in the next":          {[]step{answers(101), sleep(WindowLength), answers(40, 41)}, 39, true},
		"nothing in the next yet":     {[]step{answers(1, 50), sleep(WindowLength)}, 0, true},
		"others began the new one":    {[]step{answers(101, 26)}, 25, true},
		"answered in another order":   {[]step{answers(1), together(5, 3, 2, 4)}, 0, true},
		"the first in another order":  {[]step{together(3, 2, 1)}, 0, true},
		"the last answer is out":      {[]step{answers(1), flies, flies, answers(4)}, 0, true},
		"a lost answer counts as our": {[]step{answers(1), lost, lost, answers(4)}, 0, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := NewWindow()
				for _, s := range test.steps {
					s(t, w)
				}
				if n, known := w.Others(); n != test.want || known != test.known {
					t.Errorf("%d %v, want %d %v", n, known, test.want, test.known)
				}
			})
		})
	}
}
