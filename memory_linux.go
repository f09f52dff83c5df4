package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// releaseProgram gives back the memory in which the program's code stands: much
// of it is needed to start and never again. What is needed comes back, page by
// page, from the system's cache of files, which holds it once for all
// containers of the image.
func releaseProgram() {
	path, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil || !strings.Contains(mode, "x") || !strings.HasSuffix(line, " "+path+"\n") {
			continue
		}
		// Nothing can be lost: code is as it stands in the file, however the
		// program was linked. A refusal only costs memory.
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED)
	}
}
