package migrations

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "add new files to the list; what stands there stays")

const list = "../testdata/storage/migrations.sha256"

// TestFilesStayAsTheyWere: a file that was on main is never changed, renamed or removed:
// somebody's database has taken that step. A mistake is mended by the next file.
func TestFilesStayAsTheyWere(t *testing.T) {
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("%s: %q", list, line)
		}
		known[name] = sum
	}
	files, err := fs.Glob(FS, "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, name := range files {
		body, err := fs.ReadFile(FS, name)
		if err != nil {
			t.Fatal(err)
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(body))
		switch was, ok := known[name]; {
		case !ok && *update:
			text = fmt.Appendf(text, "%s  %s\n", sum, name)
		case !ok:
			t.Errorf("%s is not in %s: go test ./migrations -update", name, list)
		case was != sum:
			t.Errorf("%s was changed: take it back, and put what it lacks into the next file", name)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("%s is not there any more", name)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(list, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
