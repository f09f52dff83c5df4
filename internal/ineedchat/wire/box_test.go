package wire

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "box" {
		if err := Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// box runs programs in this test's own binary.
func box(t testing.TB) *Box {
	b := NewBox(func() *exec.Cmd {
		cmd := exec.Command(os.Args[0], "box")
		cmd.Env = []string{}
		return cmd
	})
	t.Cleanup(b.Close)
	return b
}

// What a program may ask for and does not get: each ends within its bound and says by
// what, and the next run is served as ever.
func TestHostilePrograms(t *testing.T) {
	if !confined {
		t.Skip("nothing bounds the memory here")
	}
	t.Setenv("WIRE_TEST_SECRET", "secret")
	b := box(t)
	for program, want := range map[string]string{
		`[range(1e9)]`:                           "time memory",
		`def f: f; f`:                            "time",
		`def f: [f]; f`:                          "time memory program",
		`[limit(1e9; repeat("x"))]`:              "time memory",
		`"x" * 2000000000`:                       "memory output program",
		`reduce range(40) as $i ("aaaa"; . + .)`: "memory output time",
		`.a[500000000] = 1`:                      "memory time",
		`[limit(200; repeat(1))] | .[]`:          "output",
		`"x" * 3000000`:                          "output",
		`last(range(1e12))`:                      "time",
		`[range(300000)] | [combinations(3)]`:    "time memory program",
		`until(false; .)`:                        "time",
		`"a" * 100000 | test("(a*)*b")`:          "",
		`input`:                                  "syntax",
		`[inputs]`:                               "syntax",
		`env | length`:                           "",
		`$ENV | length`:                          "",
		`import "x" as x; 1`:                     "syntax",
		`include "/etc/passwd"; 1`:               "syntax",
		`import "/etc/passwd" as $x; 1`:          "syntax",
		`halt`:                                   "program",
		`halt_error`:                             "program",
		`error("x")`:                             "program",
		`input_filename`:                         "syntax",
		`$__prog_args`:                           "syntax",
		`debug`:                                  "syntax",
		`stderr`:                                 "syntax",
		`{} | tojson | fromjson`:                 "",
		`get_search_list`:                        "syntax",
		`.a.b.c = (.a.b.c | tostring)`:           "",
		`[.. | numbers]`:                         "",
		`$token`:                                 "syntax",
		`{a: 1} | .. |= 1`:                       "program",
		`{} | getpath(["a", 1e18])`:              "",
		`[1] | implode`:                          "",
		`now | mktime`:                           "program",
		`"\(1;2)"`:                               "syntax",
		`[splits("a"; "b"; "c")]`:                "syntax program",
		`@sh "\(.)"`:                             "program",
		`ltrimstr(1)`:                            "program",
		`tojson | @base64 | . * 900000 | @base64d`: "",
	} {
		began := time.Now()
		yields, err := b.do(t.Context(), job{Program: program, Input: map[string]any{}})
		got := ""
		var failure *Failure
		var syntax *SyntaxError
		switch {
		case errors.As(err, &failure):
			got = string(failure.Kind)
		case errors.As(err, &syntax):
			got = "syntax"
		case err != nil:
			t.Errorf("%s: %v", program, err)
		}
		if !strings.Contains(" "+want+" ", " "+got+" ") {
			t.Errorf("%s: ends with %q, want %q (%v) %.100s", program, got, want, err, yields)
		}
		if strings.Contains(fmt.Sprintf("%s", yields), "secret") {
			t.Errorf("%s: %s", program, yields)
		}
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("%s: took %v", program, took)
		}
		if yields, err := b.do(t.Context(), job{Program: ".a", Input: map[string]any{"a": 1}}); err != nil ||
			len(yields) != 1 || string(yields[0]) != "1" {
			t.Errorf("after %s: %s %v", program, yields, err)
		}
	}
}

// One company's endless programs let others wait for one of them at most.
func TestCompaniesTakeTurns(t *testing.T) {
	b := box(t)
	at := time.Now().UTC()
	ctx, cancel := context.WithCancel(t.Context())
	var hostile sync.WaitGroup
	var ended atomic.Int64
	for range 20 {
		hostile.Go(func() {
			for ctx.Err() == nil {
				_, _ = b.Translate(ctx, "last(repeat(1))",
					Delivery{Body: Body{Text: []byte("{}")}, Company: "bad", At: at})
				ended.Add(1)
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	for range 5 {
		before := ended.Load()
		_, err := b.Translate(ctx, "empty", Delivery{Body: Body{Text: []byte("{}")}, Company: "good", At: at})
		if n := ended.Load() - before; err != nil || n > 3 {
			t.Errorf("%v after %d of the others", err, n)
		}
	}
	cancel()
	hostile.Wait()
	if len(b.lanes) > 0 {
		t.Errorf("lanes are left: %v", b.lanes)
	}
}

// A process that cannot be started is said to be so, and a cancelled wait ends.
func TestNoBox(t *testing.T) {
	b := NewBox(func() *exec.Cmd { return exec.Command("/nowhere/wire") })
	if _, err := b.do(t.Context(), job{Program: "."}); !errors.Is(err, ErrNoBox) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := box(t).do(ctx, job{Program: "."}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// BenchmarkPreset takes a form of Botobot's from its bytes to envelopes, through a process
// of its own: an order of three lines, one of as many as the contract takes, and the
// greatest body that there may be.
func BenchmarkPreset(b *testing.B) {
	preset, _ := Preset("botobot")
	for name, size := range map[string]int{"3 lines": 3, "500 lines": 500, "256 KiB": 100_000} {
		b.Run(name, func(b *testing.B) {
			form := url.Values{"id": {"1"}, "recipient": {"Анна"}, "mobile": {"89990001122"},
				"delivery": {"pickup"}}.Encode()
			for i := 0; i < size && len(form) < 255<<10 && i*6 < maxFields-10; i++ {
				form += fmt.Sprintf("&goods[%d][article]=FB-%d&goods[%d][count]=2&goods[%d][price]=990.50"+
					"&goods[%d][discount]=0&goods[%d][total]=1981&goods[%d][title]=%s", i, i, i, i, i, i, i,
					url.QueryEscape("Футболка мужская"))
			}
			if size > 500 {
				form += "&comment=" + strings.Repeat("x", 255<<10-len(form))
			}
			box := box(b)
			body := Body{ContentType: "application/x-www-form-urlencoded", Text: []byte(form)}
			b.SetBytes(int64(len(form)))
			for b.Loop() {
				if _, err := box.Translate(b.Context(), preset,
					Delivery{Body: body, Company: "2", At: time.Now().UTC()}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
