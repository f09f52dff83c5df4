package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/cli"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// TestMain lets the scripts run the real program: `ineed-insales` in a script
// is this test binary, started again as main.
func TestMain(m *testing.M) {
	// A connector in this process has its programs run by this process's own executable.
	if len(os.Args) == 2 && os.Args[1] == cli.WireBox {
		main()
	}
	testscript.Main(m, map[string]func(){"ineed-insales": main})
}

// scriptCompany is the company of the scripts.
const scriptCompany = "2"

// TestScripts runs testdata/scripts. A script finds a sandbox shop at $SHOP, a
// sandbox chat at $CHAT and an address nobody listens on in $ADDR; its socket
// and database are where the connector puts them by itself, below $WORK.
//
// Its own commands: `exits CODE COMMAND…` asserts the exit code exactly;
// `until REGEXP COMMAND…` runs the command until it succeeds with this in its
// output; `post ANSWER ORDER [NAME=VALUE…]` sends a signed order as the chat
// does and asserts the answer's status in its body; `expand FILE…` puts the values
// of $NAMES into files; `examples WORDS…` runs every example in the help of these commands.
func TestScripts(t *testing.T) {
	t.Parallel() // beside TestKill
	testscript.Run(t, testscript.Params{
		Dir: "testdata/scripts", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			shop := httptest.NewServer(insalestest.New(insalestest.Config{}))
			chat := httptest.NewServer(ineedchattest.New(ineedchattest.Config{Secret: ineedchattest.DefaultSecret,
				AcceptUnknown: true}))
			env.Defer(shop.Close)
			env.Defer(chat.Close)
			env.Setenv("SHOP", shop.URL)
			env.Setenv("SHOPHOST", strings.TrimPrefix(shop.URL, "http://"))
			env.Setenv("CHAT", chat.URL)
			env.Setenv("ADDR", mustFreeAddr(t))
			env.Setenv("SECRET", ineedchattest.DefaultSecret)
			env.Setenv("TOKEN", ineedchattest.DefaultToken)
			env.Setenv("KEY", insalestest.DefaultKeyID)
			env.Setenv("PASSWORD", insalestest.DefaultPassword)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"examples": scriptExamples, "exits": scriptExits, "until": scriptUntil, "post": scriptPost, "expand": scriptExpand,
		},
	})
}

// exitCode runs a command and gives its exit code, -1 if it could not be run.
func exitCode(ts *testscript.TestScript, args []string) int {
	var exit *exec.ExitError
	switch err := ts.Exec(args[0], args[1:]...); {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		ts.Logf("%v", err)
		return -1
	}
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitCode(ts, args[1:]); got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

func scriptUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP COMMAND…")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if exitCode(ts, args[1:]) == 0 && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Since(start) > time.Minute {
			ts.Fatalf("never printed %s\n%s%s", args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
		}
	}
}

func scriptPost(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: post ANSWER ORDER [payment=TYPE] [test=true]")
	}
	spec := ineedchattest.OrderSpec{Company: scriptCompany, ID: args[1], Number: "N" + args[1]}
	for _, a := range args[2:] {
		switch name, value, _ := strings.Cut(a, "="); name {
		case "payment":
			spec.Payment = value
		case "test":
			spec.Test = value == "true"
		default:
			ts.Fatalf("post knows no %s", name)
		}
	}
	s := ineedchattest.Sender{URL: "http://" + ts.Getenv("ADDR"), Company: scriptCompany, Secret: ts.Getenv("SECRET")}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	a, err := s.Send(ctx, spec.Body())
	ts.Check(err)
	if want := fmt.Sprintf("%q", args[0]); !strings.Contains(string(a.Body), want) {
		ts.Fatalf("answer %d %s, want %s", a.Status, a.Body, want)
	}
}

func scriptExpand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: expand FILE…")
	}
	for _, name := range args {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(os.Expand(ts.ReadFile(name), ts.Getenv)), 0o600))
	}
}

// scriptExamples reads the examples from the help of each command, given by its words with
// dots between them, and runs them in a shell: with `!` in front they must be refused with 1,
// because of how things stand, and never with 2.
func scriptExamples(ts *testscript.TestScript, neg bool, args []string) {
	want := 0
	if neg {
		want = 1
	}
	for _, words := range args {
		ts.Check(ts.Exec("ineed-insales", append(strings.Split(words, "."), "--help")...))
		_, lines, found := strings.Cut(ts.ReadFile("stdout"), "   Examples:\n")
		lines, _, _ = strings.Cut(lines, "\n\n")
		if !found {
			ts.Fatalf("%s: no examples", words)
		}
		for line := range strings.Lines(lines) {
			line = strings.TrimSpace(line)
			if got := exitCode(ts, []string{"bash", "-c", line}); got != want {
				ts.Fatalf("%s: exit code %d, want %d\n%s%s", line, got, want, ts.ReadFile("stdout"),
					ts.ReadFile("stderr"))
			}
		}
	}
}
