//go:build unix

package config

import (
	"fmt"
	"io/fs"
	"syscall"
)

// Owner is whose file it is, by numbers.
func Owner(fi fs.FileInfo) string {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("%d:%d", st.Uid, st.Gid)
	}
	return "-"
}
