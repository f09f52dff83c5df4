//go:build unix

package wire

import (
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// maxMemory is what a box's process may have of its own.
const maxMemory = 192 << 20

// confine bounds the memory of this process. Whoever asks for more is ended by the
// runtime. Nothing is written to disk when it is.
func confine() error {
	debug.FreeOSMemory() // what the start of this program has left
	debug.SetMemoryLimit(maxMemory / 3)
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return err
	}
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: maxMemory, Max: maxMemory})
}
