package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit in which Linux tells CPU time.
const tick = 10 * time.Millisecond

// ownGroup puts a program into a group of its own, so that it can be ended with all it
// has started, and lets it end with us.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// usage is what a process has used of the CPU so far, user and system, and how many
// bytes it has resident.
func usage(pid int) (cpu time.Duration, resident int64, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	// The name, in brackets, may hold anything; what follows begins with the third field.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 22 {
		return 0, 0, fmt.Errorf("/proc/%d/stat has only %d fields", pid, len(fields))
	}
	var values [3]int64
	for i, field := range []string{fields[11], fields[12], fields[21]} { // utime, stime, rss
		if values[i], err = strconv.ParseInt(field, 10, 64); err != nil {
			return 0, 0, err
		}
	}
	return time.Duration(values[0]+values[1]) * tick, values[2] * int64(os.Getpagesize()), nil
}
