//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"syscall"
)

// owner is whose file it is, by numbers.
func owner(fi fs.FileInfo) string {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("%d:%d", st.Uid, st.Gid)
	}
	return "-"
}
