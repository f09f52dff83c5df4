package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ineed-insales/storage"
)

// What is given back of the program's code is no longer resident, and the program
// runs on. How much of it the next lines of code bring back is the system's business.
func TestReleaseProgram(t *testing.T) {
	store, err := storage.Open(t.Context(), storage.Config{Path: filepath.Join(t.TempDir(), "connector.db"),
		SecretKey: bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil { // much code that is not needed any more
		t.Fatal(err)
	}
	before := residentCode(t)
	releaseProgram()
	after := residentCode(t)
	t.Logf("%d KiB of code are resident, before %d", after, before)
	if after >= before {
		t.Error("nothing was given back")
	}
}

// residentCode returns how many KiB of the program's executable mappings are in
// memory.
func residentCode(t *testing.T) (kib int) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	code := false
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case !strings.HasSuffix(fields[0], ":"): // a mapping's first line
			code = strings.Contains(fields[1], "x") && strings.HasSuffix(lines.Text(), " "+path)
		case code && fields[0] == "Rss:":
			var n int
			if _, err := fmt.Sscan(fields[1], &n); err != nil {
				t.Fatal(err)
			}
			kib += n
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return kib
}
