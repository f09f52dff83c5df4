package storage

import "syscall"

// room is how many bytes a folder's file system has for us and in all, if that
// is known. Some network folders say that they have none at all.
func room(dir string) (free, total uint64, known bool) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Bsize <= 0 || fs.Blocks == 0 {
		return 0, 0, false
	}
	return fs.Bavail * uint64(fs.Bsize), fs.Blocks * uint64(fs.Bsize), true
}
