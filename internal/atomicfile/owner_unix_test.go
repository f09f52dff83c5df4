//go:build unix

package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestOwnerStays: what root puts in a place, or copies, is still its user's.
func TestOwnerStays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
	path, made, copied := filepath.Join(dir, "a"), filepath.Join(dir, "made"), filepath.Join(dir, "b")
	write(t, path, "old", 0o640)
	if err := os.Chown(path, 65532, 65533); err != nil {
		t.Fatal(err)
	}
	if err := second(path, copied, filepath.Join(dir, "partly"), onlyFAT); err != nil {
		t.Fatal(err)
	}
	if err := Write(made, strings.NewReader("new")); err != nil {
		t.Fatal(err)
	}
	if err := Place(made, path); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, copied} {
		fi, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if st := fi.Sys().(*syscall.Stat_t); st.Uid != 65532 || st.Gid != 65533 || fi.Mode() != 0o640 {
			t.Errorf("%s: %d:%d %v", name, st.Uid, st.Gid, fi.Mode())
		}
	}
}
