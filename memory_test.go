package main

import "testing"

// Memory is given back once after much was done, when a minute has been quiet.
func TestUseOver(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		name    string
		minutes []uint64 // MiB that are asked for in each
		want    string   // "x" in a minute behind which memory is given back
	}{
		{"nothing to do", []uint64{0, 0, 0}, "..."},
		{"a burst", []uint64{1, 200, 1, 0, 0}, "..x.."},
		{"a long one", []uint64{100, 100, 8, 100, 7, 1}, "....x."},
		{"little, but for long", []uint64{3, 3, 3, 3, 3, 3}, ".x.x.x"},
		{"never quiet", []uint64{9, 9, 9, 9, 9}, "....."},
		{"just much", []uint64{3, 1, 0, 3, 0}, ".x..."},
		{"not quite", []uint64{3, 0, 0}, "..."},
		{"two bursts", []uint64{50, 0, 50, 0, 0}, ".x.x."},
	} {
		u, sum, got := use{}, uint64(0), ""
		for _, n := range tt.minutes {
			sum += n * mib
			if u.over(sum) {
				got += "x"
			} else {
				got += "."
			}
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
