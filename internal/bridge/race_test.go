//go:build race

package bridge_test

import "flag"

const underRace = true

// The race detector makes a history ten times slower: fewer of them then. All
// of them run without it.
func init() {
	if err := flag.Set("rapid.checks", "10"); err != nil {
		panic(err)
	}
}

// crashStride leaves out most deaths of the longer matrices.
const crashStride = 13

// leftOut tells that the n-th row of a long table is not for the race detector,
// which learns nothing from the twentieth of its kind.
func leftOut(n int) bool { return n%crashStride != 0 }
