package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// releaseProgram gives back the memory in which the program's code and its
// constants stand: much of both is needed to start and never again. What is
// needed comes back, page by page, from the system's cache of files, which holds
// it once for all containers of the image.
func releaseProgram() {
	path, err := os.Executable()
	if err != nil {
		return
	}
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	var from, to uintptr
	for line := range strings.Lines(string(smaps)) {
		var begin, end uintptr
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &begin, &end, &mode); err == nil { // a mapping's first line
			from, to = begin, end
			if strings.Contains(mode, "w") || !strings.HasSuffix(line, " "+path+"\n") {
				to = from
			}
			continue
		}
		// Where no page was ever written to, as one is when a program is linked as
		// it starts, all is as it stands in the file. A refusal only costs memory.
		if kib, ok := strings.CutPrefix(line, "Anonymous:"); ok && to > from && strings.TrimSpace(kib) == "0 kB" {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED)
		}
	}
}
