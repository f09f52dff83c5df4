//go:build unix && !race

package wire

import (
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// maxMemory is what a box's process may have of its own; above softMemory it tidies up.
const (
	maxMemory  = 192 << 20
	softMemory = 20 << 20
)

// confined tells that there is a bound of memory.
const confined = true

// confine bounds the memory of this process. Whoever asks for more is ended by the
// runtime. Nothing is written to disk when it is.
func confine() error {
	debug.FreeOSMemory() // what the start of this program has left
	// What a job leaves behind is small beside this, and it is quiet between two jobs.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(softMemory)
	// Where all processes together have too little memory, it is this one that goes. Only
	// Linux knows that.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return err
	}
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: maxMemory, Max: maxMemory})
}
