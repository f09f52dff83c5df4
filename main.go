// Command ineed-insales connects INEED.CHAT with InSales: orders go one way,
// their statuses come back.
//
// `ineed-insales` (or `ineed-insales serve`) is the connector; `demo` shows it
// at work between two sandboxes; the other commands talk to a running serve
// over its unix socket.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/config"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(context.Background(), os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program. It ends when ctx does or on SIGINT and SIGTERM; a
// second signal ends it at once.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from then on a signal has its default effect
	p := &program{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	err := p.root().Run(ctx, args)
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(screen{stderr}, "ineed-insales:", err)
	var usage usageError
	var bad config.Problems
	var topic cli.ExitCoder // of a help topic that is not there
	if errors.As(err, &usage) || errors.As(err, &bad) || errors.As(err, &topic) {
		return exitUsage
	}
	return exitFailed
}

// A usageError is a command line that cannot be understood.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// A program is one run of the command line.
type program struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// root is the command line.
func (p *program) root() *cli.Command {
	return &cli.Command{
		Name:                  "ineed-insales",
		Usage:                 "connects INEED.CHAT with InSales",
		Flags:                 configFlags(),
		Action:                p.serve,
		HideVersion:           true,
		EnableShellCompletion: true,
		Suggest:               true,
		Reader:                p.stdin,
		Writer:                p.stdout,
		ErrWriter:             p.stderr,
		ExitErrHandler:        func(context.Context, *cli.Command, error) {},
		OnUsageError: func(_ context.Context, _ *cli.Command, err error, _ bool) error {
			return usageError{err}
		},
		Commands: p.withUsage([]*cli.Command{
			{Name: "serve", Usage: "run the connector (the default)", Action: p.serve},
			p.demoCommand(),
			{Name: "healthcheck", Usage: "ask the running connector whether it is alive", Action: p.healthcheck},
			{Name: "version", Usage: "print the version", Action: p.version},
			{Name: "config", Usage: "show every setting with its value and source", Flags: []cli.Flag{jsonFlag()},
				Action: p.settings},
			p.checkCommand(),
			p.companyCommand(),
			p.orderCommand(),
			p.catalogCommand(),
			p.notifyCommand(),
			p.adminCommand(),
			p.backupCommand(),
			p.restoreCommand(),
			p.supportCommand(),
		}),
	}
}

// withUsage makes all bad command lines usage errors: urfave/cli does not hand
// OnUsageError down to subcommands.
func (p *program) withUsage(list []*cli.Command) []*cli.Command {
	for _, c := range list {
		c.OnUsageError = func(_ context.Context, _ *cli.Command, err error, _ bool) error { return usageError{err} }
		p.withUsage(c.Commands)
	}
	return list
}

// configFlags has a flag for each variable. Their values are read by
// config.Load, together with the environment.
func configFlags() []cli.Flag {
	var list []cli.Flag
	for _, f := range config.Flags() {
		list = append(list, &cli.StringFlag{Name: f.Name, Usage: f.Usage, HideDefault: true})
	}
	return list
}

// load reads the configuration with the flags of cmd and its parents.
func (p *program) load(cmd *cli.Command) (config.Config, []config.Setting, error) {
	flags := map[string]string{}
	for _, f := range config.Flags() {
		if cmd.IsSet(f.Name) {
			flags[f.Name] = cmd.String(f.Name)
		}
	}
	return config.Load(p.environ, flags)
}

func (p *program) serve(ctx context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return usagef("unknown command %q; see ineed-insales --help", cmd.Args().First())
	}
	cfg, _, err := p.load(cmd)
	if err != nil {
		return err
	}
	err = serve(ctx, cfg, p.stderr, func(net.Addr) {})
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped before it was ready, which is no failure
	}
	return err
}

// healthcheck asks the listen address of this configuration.
func (p *program) healthcheck(ctx context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	cfg, _, err := p.load(cmd)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("not alive: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not alive: status %d", resp.StatusCode)
	}
	fmt.Fprintln(p.stdout, "alive")
	return nil
}

// programVersion is set by the linker in releases: -X main.programVersion=…
var programVersion = ""

// version names this build.
func version() string {
	if programVersion != "" {
		return programVersion
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return "dev-" + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return "dev"
}

func (p *program) version(_ context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "ineed-insales %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS,
		runtime.GOARCH)
	return err
}

// settings shows the settings also when something is wrong with them.
func (p *program) settings(_ context.Context, cmd *cli.Command) error {
	if _, err := arguments(cmd); err != nil {
		return err
	}
	if cmd.Bool("json") {
		_, settings, problem := p.load(cmd)
		text, err := json.Marshal(settings)
		if err == nil {
			err = p.indent(text)
		}
		return errors.Join(err, problem)
	}
	return p.printSettings(cmd)
}

// printSettings prints every setting, secrets masked.
func (p *program) printSettings(cmd *cli.Command) error {
	_, settings, problem := p.load(cmd)
	w := p.table()
	fmt.Fprintln(w, "NAME\tVALUE\tSOURCE")
	for _, s := range settings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.Value, s.Source)
	}
	return errors.Join(w.Flush(), problem)
}

func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print JSON"} }
