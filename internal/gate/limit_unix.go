//go:build unix

package gate

import "syscall"

// descriptors is how many this process may have. Go has raised the limit to the
// highest that it may raise it to.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 2 * places
	}
	return int(min(uint64(limit.Cur), 1<<20))
}
