package inmemory

import (
	"flag"
	"fmt"
	"os"
	"syscall"
	"testing"
)

// memory is a folder that lies in memory, and enough what it must have free.
const (
	memory = "/dev/shm"
	enough = 2 << 30
)

// inFolder runs the tests with their folders in memory, if there is enough of it.
func inFolder(m *testing.M) int {
	flag.Parse()
	var fs syscall.Statfs_t
	if flag.Lookup("test.bench").Value.String() != "" || syscall.Statfs(memory, &fs) != nil ||
		fs.Bavail*uint64(fs.Bsize) < enough {
		return m.Run()
	}
	dir, err := os.MkdirTemp(memory, "ineed-insales-")
	if err != nil {
		return m.Run()
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv("TMPDIR", dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
