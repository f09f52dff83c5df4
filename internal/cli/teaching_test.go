package cli

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/config"
)

// each calls f for every command that people see, with its words.
func each(list []*cli.Command, above string, f func(words string, c *cli.Command)) {
	for _, c := range list {
		if c.Hidden || c.Name == "help" {
			continue
		}
		words := strings.TrimSpace(above + " " + c.Name)
		f(words, c)
		each(c.Commands, words, f)
	}
}

// leaf reports whether a command does something by itself.
func leaf(c *cli.Command) bool {
	return !slices.ContainsFunc(c.Commands, func(below *cli.Command) bool { return below.Name != "help" })
}

// tree is the command line as it is after the library has set it up.
func tree(t *testing.T) []*cli.Command {
	t.Helper()
	var out bytes.Buffer
	root := (&program{Config: Config{Stdout: &out, Stderr: &out, Stdin: strings.NewReader("")}}).root()
	if err := root.Run(t.Context(), []string{"ineed-insales", "--help"}); err != nil {
		t.Fatal(err)
	}
	return root.Commands
}

// commandLine is what an example gives the program, and what it reads.
func commandLine(t *testing.T, example string) (args []string, stdin string) {
	t.Helper()
	at := strings.Index(example, "ineed-insales")
	for _, word := range strings.Fields(strings.TrimSuffix(example[at:], ")")) {
		if word == ">" {
			break
		}
		if len(args) > 0 && args[len(args)-1] == "<" {
			text, err := os.ReadFile(word)
			if err != nil {
				t.Fatal(err)
			}
			return args[:len(args)-1], string(text)
		}
		args = append(args, word)
	}
	return args, ""
}

// runs gives the exit code of a command line, against a server that has nothing to say.
func runs(t *testing.T, socket string, args []string, stdin string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	args = slices.Concat(args[:1], []string{"--socket", socket}, args[1:])
	code := Run(t.Context(), args, Config{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &out,
		Serve: func(context.Context, config.Config) error { return nil },
		Demo:  func(context.Context, Demo) error { return nil }})
	return code, out.String()
}

// TestEveryCommandTeaches: each help has examples that the command understands, and says
// what each exit code means; what lists or shows has --json.
func TestEveryCommandTeaches(t *testing.T) {
	// Those that do something, and those whose output is for a shell or a file.
	acts := regexp.MustCompile(`^(serve|demo|healthcheck|backup|restore|completion.*|company (set|pause|resume|` +
		`confirm-account|delete|rotate-secret)|order (retry|cancel|link|accept|refresh|report|erase|confirm-gone|reread)|` +
		`catalog confirm|admin reset-code|notify (set|test)|wire (listen|drop)|token revoke)$`)
	socket := filepath.Join(shortDir(t), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("{}"))
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	t.Chdir(t.TempDir())
	for _, name := range []string{"company.json", "webhook.json", "telegram.json", "connector-backup.db"} {
		if err := os.WriteFile(name, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{"": true}
	each(tree(t), "", func(words string, c *cli.Command) {
		seen[words] = true
		lines := examples()[words]
		if len(lines) == 0 || !strings.Contains(c.Description, lines[0]) ||
			!strings.Contains(c.Description, "Exit codes:") {
			t.Errorf("%s: its help has no examples or exit codes: %q", words, c.Description)
		}
		json := slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return f.Names()[0] == "json" })
		if leaf(c) && !json && !acts.MatchString(words) {
			t.Errorf("%s shows something and has no --json", words)
		}
		for _, example := range lines {
			args, stdin := commandLine(t, example)
			if leaf(c) && !slices.Equal(args[1:1+len(strings.Fields(words))], strings.Fields(words)) {
				t.Errorf("%s: the example %q is another command's", words, example)
			}
			if code, out := runs(t, socket, args, stdin); code == exitUsage {
				t.Errorf("%s: %q is not understood: %s", words, example, out)
			}
		}
	})
	for words := range examples() {
		if !seen[words] {
			t.Errorf("examples of %q, which is no command", words)
		}
	}
	for words := range failures() {
		if !seen[words] {
			t.Errorf("exit code of %q, which is no command", words)
		}
	}
}

// TestExitCodes: every command ends with 2 for a flag or an argument that it does not know,
// with 1 if it needs a server and there is none, and with 0 for its help.
func TestExitCodes(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "s")
	t.Chdir(t.TempDir())
	for _, name := range []string{"company.json", "webhook.json", "telegram.json", "connector-backup.db"} {
		if err := os.WriteFile(name, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	alone := regexp.MustCompile(`^(serve|demo|version|config|doctor|completion .*)$`)
	variable := regexp.MustCompile(`^completion`) // the library takes what it does not need
	each(tree(t), "", func(words string, c *cli.Command) {
		line := append([]string{"ineed-insales"}, strings.Fields(words)...)
		for _, test := range []struct {
			more []string
			want int
		}{{[]string{"--help"}, ExitDone}, {[]string{"--bogus"}, exitUsage}, {[]string{"1", "2", "3", "4", "5"}, exitUsage}} {
			if variable.MatchString(words) && test.more[0] == "1" {
				continue
			}
			if code, out := runs(t, nowhere, append(slices.Clone(line), test.more...), ""); code != test.want {
				t.Errorf("%s %v: %d, want %d: %s", words, test.more, code, test.want, out)
			}
		}
		want, more := ExitFailed, examples()[words]
		switch {
		case !leaf(c):
			if code, out := runs(t, nowhere, line, ""); code != exitUsage {
				t.Errorf("%s alone: %d, want %d: %s", words, code, exitUsage, out)
			}
			return
		case alone.MatchString(words):
			want = ExitDone
		case words == "healthcheck":
			return // it asks an address, where somebody may be
		}
		args, stdin := commandLine(t, more[0])
		if code, out := runs(t, nowhere, args, stdin); code != want {
			t.Errorf("%s without a server: %d, want %d: %s", words, code, want, out)
		}
	})
}

// shortDir is a folder whose name leaves room for a unix socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cli")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
