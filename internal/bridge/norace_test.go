//go:build !race

package bridge_test

const underRace = false

// crashStride is the step from one death to the next in the longer matrices:
// all of them without the race detector.
const crashStride = 1

// leftOut leaves nothing out without the race detector.
func leftOut(int) bool { return false }
