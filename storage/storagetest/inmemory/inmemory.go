// Package inmemory runs tests that keep databases in less time than their machine's disk
// and Go's collector of garbage would let them. It knows nothing of databases, so that
// package storage can use it, too.
package inmemory

import (
	"os"
	"runtime/debug"
	"testing"
)

// garbage is how much there may be for each byte in use, in percent: GOGC. Tests keep little
// and throw away much.
const garbage = 400

// Main runs a package's tests with their folders in memory, where the machine has room
// for them there: a commit waits for the disk, which is most of the tests' time, and not
// what they test. Benchmarks have the disk. Garbage is collected a quarter as often as usual,
// unless GOGC says how often.
func Main(m *testing.M) int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	return inFolder(m)
}
