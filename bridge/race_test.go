//go:build race

package bridge_test

import "flag"

const underRace = true

// The race detector makes a history ten times slower: fewer of them then. All
// of them run without it.
func init() {
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
}

// crashStride leaves out most deaths of the longer matrices.
const crashStride = 7
