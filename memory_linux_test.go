package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// What is given back of the program is no longer resident, and the program runs on.
func TestReleaseProgram(t *testing.T) {
	before := residentFile(t)
	releaseProgram()
	if after := residentFile(t); after > before*3/4 {
		t.Errorf("%d KiB of files are resident, before %d", after, before)
	}
}

func residentFile(t *testing.T) (kib int) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "RssFile:")
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib
}
