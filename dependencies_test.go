package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// bill runs the program that says of what this one is made.
func bill(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"-C", ".ci", "run", "./bill"}, args...)...)
	var wrong strings.Builder
	cmd.Stderr = &wrong
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("bill %v: %v\n%s", args, err, wrong.String())
	}
	return string(text)
}

// TestNotice: the licences that are handed on are those of what is linked.
func TestNotice(t *testing.T) {
	if bill(t, "notice") != read(t, "NOTICE") {
		t.Error("NOTICE is not of what is linked: make notice, and look what has changed")
	}
}

// TestDependencies: each requirement of the program and of CI stands on its page with the
// version that is used, when that was released, its licence and a reason.
func TestDependencies(t *testing.T) {
	wrong := dependenciesDiffer(read(t, "docs/dependencies.md"), bill(t, "table"))
	for _, w := range wrong {
		t.Error(w)
	}
	// A check that cannot fail checks nothing.
	const page = "| `a.example/b` | v1.2.3 | 2026-01-02 | MIT | it is needed |\n"
	for table, want := range map[string]int{
		"a.example/b\tv1.2.3\t2026-01-02\tMIT\n": 0,
		"a.example/b\tv1.2.3\t\tMIT\n":           0, // the proxy has not told the day
		"a.example/b\tv1.2.4\t2026-01-02\tMIT\n": 1,
		"a.example/b\tv1.2.3\t2026-01-03\tMIT\n": 0, // nor does each tell the same
		"a.example/b\tv1.2.3\t2026-01-04\tMIT\n": 1,
		"a.example/b\tv1.2.3\t2026-01-02\tISC\n": 1,
		"":                                       1,
		"a.example/b\tv1.2.3\t2026-01-02\tMIT\na.example/c\tv1\t2026-01-02\tMIT\n": 1,
	} {
		if got := dependenciesDiffer(page, table); len(got) != want {
			t.Errorf("%q: %q, want %d", table, got, want)
		}
	}
	bare := strings.Replace(page, "it is needed", "", 1)
	if got := dependenciesDiffer(bare, "a.example/b\tv1.2.3\t\tMIT\n"); len(got) != 1 {
		t.Errorf("without a reason: %q", got)
	}
}

// dependenciesDiffer says how a page differs from the table of what is required.
func dependenciesDiffer(page, table string) []string {
	row := regexp.MustCompile("(?m)^\\| `(\\S+)` \\| (\\S+) \\| (\\S+) \\| (.+?) \\| (.*?) ?\\|$")
	var wrong []string
	told := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(page, -1) {
		if told[m[1]] = m[2:5]; len(strings.Fields(m[5])) < 2 {
			wrong = append(wrong, m[1]+" has no reason")
		}
	}
	for line := range strings.Lines(table) {
		is := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		has, ok := told[is[0]]
		delete(told, is[0])
		if ok && sameRelease(has[1], is[2]) {
			is[2] = has[1]
		}
		if !slices.Equal(has, is[1:]) {
			wrong = append(wrong, "docs/dependencies.md says of "+is[0]+" "+strings.Join(has, " ")+", and it is "+
				strings.Join(is[1:], " "))
		}
	}
	for module := range told {
		wrong = append(wrong, "docs/dependencies.md names "+module+", which nothing requires")
	}
	return wrong
}

// sameRelease: proxies date a version that has no date of its own, of a module in a folder
// say, each by its own look at the repository; some give none.
func sameRelease(told, is string) bool {
	a, err := time.Parse(time.DateOnly, told)
	b, wrong := time.Parse(time.DateOnly, is)
	return is == "" || err == nil && wrong == nil && a.Sub(b).Abs() <= 24*time.Hour
}

// TestImageHasTheRepository: no file of the repository is kept from the image's build. What
// lacks there would be a change, and the image would say that it is of a changed source.
func TestImageHasTheRepository(t *testing.T) {
	var patterns []string
	for line := range strings.Lines(read(t, ".dockerignore")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ".git/") {
			anywhere, is := strings.CutPrefix(line, "**/")
			if !is {
				anywhere = "/" + line
			}
			patterns = append(patterns, "-x", anywhere)
		}
	}
	if _, err := os.Stat(".git"); err != nil {
		t.Skip("no repository")
	}
	text, err := exec.Command("git", append([]string{"ls-files", "-c", "-i"}, patterns...)...).CombinedOutput()
	if err != nil || len(text) > 0 {
		t.Errorf("kept from the image: %s %v", text, err)
	}
}
