package outcome

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/storage"
)

// Whose fault it is, in one table. Each history is a row of what happens: a
// letter fails, +x: x is created, =x: x is proven absent, ?x: the shop judges x,
// !: the company has another trouble. Then stands how many absences of each are
// its own, and after which of the failures everything failed.
func TestBlame(t *testing.T) {
	for _, tt := range []struct {
		name, what, own, everything string
	}{
		{"one alone", "a =a a =a a =a", "a:3", ""},
		{"one among others", "a +x =a a +y +z =a", "a:2", ""},
		{"nobody has seen it fail", "=a =a", "a:0", ""},
		{"proven once", "a =a =a =a", "a:1", ""},
		{"two alone are half each", "a b =a =b a b =a =b", "a:1 b:1", "b a b"},
		{"three alone are half each", "a b c =a =b =c a b c =a =b =c", "a:1 b:1 c:1", "b c a b c"},
		{"four alone are the shop", "a b c d =a =b =c =d a b c d =a =b =c =d", "a:0 b:0 c:0 d:0", "b c d a b c d"},
		{"two, and others are created", "a b +x =a =b a b +y =a =b", "a:2 b:2", "b"},
		{"three, and others are created", "a b c +x =a =b =c", "a:1 b:1 c:1", "b c"},
		{"four, and others are created", "a b c d +x =a =b a b c d +y =a =b", "a:1 b:1", "b c d b c d"},
		{"created behind the proof is not counted again", "a =a +x +y a =a", "a:2", ""},
		{"known to fail by itself it says nothing of the shop", "a b +x a b a b =a =b", "a:1 b:1", "b"},
		{"nor does it explain another's failure", "a +x a b", "", ""},
		{"but two others do", "a +x a b c", "", "c"},
		{"a judged one breaks the row", "a ?x b =a =b", "a:1 b:1", ""},
		{"another trouble explains all", "a b ! =a =b a ! =a", "a:0 b:0", "b a"},
		{"itself created it is forgotten", "a +a a =a", "a:1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b Blame
			key := func(id string) storage.OrderKey { return storage.OrderKey{Company: "2", ID: id} }
			own, now := map[string]int{}, time.Now()
			var everything []string
			for what := range strings.FieldsSeq(tt.what) {
				now = now.Add(time.Second)
				switch what[0] {
				case '+':
					b.Created(key(what[1:]), now)
				case '=':
					own[what[1:]] += b.OwnAbsences(key(what[1:]))
				case '?':
					b.Refused()
				case '!':
					b.Excuse()
				default:
					if b.Failed(key(what), now) {
						everything = append(everything, what)
					}
				}
			}
			for pair := range strings.FieldsSeq(tt.own) {
				id, n, _ := strings.Cut(pair, ":")
				if strconv.Itoa(own[id]) != n {
					t.Errorf("%d absences of %s are its own, want %s", own[id], id, n)
				}
			}
			if got := strings.Join(everything, " "); got != tt.everything {
				t.Errorf("everything failed at %q, want %q", got, tt.everything)
			}
		})
	}
}

// What has failed long ago is forgotten once others are created.
func TestBlameForgets(t *testing.T) {
	var b Blame
	now := time.Now()
	for i := range 1000 {
		b.Failed(storage.OrderKey{Company: "2", ID: strconv.Itoa(i)}, now)
	}
	b.Created(storage.OrderKey{Company: "2", ID: "x"}, now.Add(blameFor/2))
	if b.Known() != 1000 || b.failing() != 0 {
		t.Errorf("%d known, %d failing", b.Known(), b.failing())
	}
	b.Created(storage.OrderKey{Company: "2", ID: "y"}, now.Add(2*blameFor))
	if b.Known() != 0 {
		t.Errorf("%d known", b.Known())
	}
}
