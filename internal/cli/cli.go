// Package cli is the command line: what each command is called, takes and prints.
//
// Most commands are clients of the running server's JSON API over its unix socket,
// so that they work inside the container without a token: company, order, catalog,
// check, notify, admin, token, backup. Others work on files while no server runs (restore),
// or ask what there is to see of the machine (config, version, healthcheck, support).
// The two commands that run a server, serve and demo, are only parsed here;
// [Config] has what they do.
//
// [Run] tells every error as one text on standard error, or, of a server whose log is
// JSON, as a line of that, and turns it into an exit code: 2 for a command line or
// settings that cannot be used, 1 for what went wrong.
// What others have written reaches a terminal as signs that it shows and never as
// signs that it obeys. Nothing here decides anything about orders or products, and
// nothing opens the database but restore.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/urfave/cli/v3"

	"ineed-insales/internal/api"
	"ineed-insales/internal/config"
	"ineed-insales/internal/locale"
	"ineed-insales/internal/version"
)

// Exit codes.
const (
	ExitDone   = 0
	ExitFailed = 1
	exitUsage  = 2
)

// A Config is what the command line works with.
type Config struct {
	Build          version.Info
	Environ        []string // settings, as os.Environ gives them
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Terminal       bool // a person reads what is written to Stdout

	// What the two commands do that run a server, and the hidden one that a server runs.
	// Ended tells the log the error with which the first one has ended, unless that log is
	// for people: they are told here, as of every command.
	Serve   func(context.Context, config.Config) error
	Ended   func(config.Config, error) (told bool)
	Demo    func(context.Context, Demo) error
	WireBox func() error
}

// A Demo is how somebody wants the demo.
type Demo struct {
	Once     bool   // it ends after the story
	Language string // of the story: one of package locale
	Log      bool   // the connector's log is shown too
}

// Run runs one command line, tells its error, and gives the exit code.
func Run(ctx context.Context, args []string, c Config) int {
	p := &program{Config: c}
	err := p.root().Run(ctx, args)
	if err == nil {
		return ExitDone
	}
	if end, ok := errors.AsType[*ended](err); !ok || !p.Ended(end.cfg, end.error) {
		fmt.Fprintln(screen{p.Stderr}, "ineed-insales:", err)
	}
	var usage usageError
	var bad config.Problems
	var topic cli.ExitCoder // of a help topic that is not there
	if errors.As(err, &usage) || errors.As(err, &bad) || errors.As(err, &topic) {
		return exitUsage
	}
	return ExitFailed
}

// An ended is why a server could not begin or go on, with the settings by which it logs.
type ended struct {
	error
	cfg config.Config
}

// Unwrap gives what has happened.
func (e *ended) Unwrap() error { return e.error }

// A usageError is a command line that cannot be understood.
type usageError struct{ error }

// usagef makes a usageError that says what to do.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// A program is one run of the command line.
type program struct {
	Config
	loaded *config.Config // what it works with; nil = what the environment and the flags say
}

// root is the command line.
func (p *program) root() *cli.Command {
	root := &cli.Command{
		Name:                            "ineed-insales",
		Usage:                           "connects INEED.CHAT with InSales",
		Flags:                           configFlags(),
		Action:                          p.serve,
		HideVersion:                     true,
		Description:                     lesson(""),
		ConfigureShellCompletionCommand: p.teachCompletion,
		EnableShellCompletion:           true,
		Suggest:                         true,
		Reader:                          p.Stdin,
		Writer:                          p.Stdout,
		ErrWriter:                       p.Stderr,
		ExitErrHandler:                  func(context.Context, *cli.Command, error) {},
		OnUsageError: func(_ context.Context, _ *cli.Command, err error, _ bool) error {
			return usageError{err}
		},
		Commands: p.withUsage([]*cli.Command{
			{Name: "serve", Usage: "run the connector (the default)", Action: p.serve},
			p.demoCommand(),
			{Name: "healthcheck", Usage: "ask the running connector whether it is alive", Action: p.healthcheck},
			{Name: "version", Usage: "print the version, its revision and date, and the tables that it knows",
				Flags: []cli.Flag{jsonFlag()}, Action: p.version},
			{Name: "config", Usage: "show every setting with its value and source", Flags: []cli.Flag{jsonFlag()},
				Action: p.settings},
			p.checkCommand(),
			p.probeCommand(),
			p.companyCommand(),
			p.orderCommand(),
			p.catalogCommand(),
			p.notifyCommand(),
			p.adminCommand(),
			p.tokenCommand(),
			p.backupCommand(),
			p.restoreCommand(),
			p.wireCommand(),
			p.supportCommand(),
			p.doctorCommand(),
			{Name: WireBox, Hidden: true, Action: func(context.Context, *cli.Command) error { return p.WireBox() }},
		}),
	}
	teach(root.Commands, "")
	return root
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
	if p.loaded != nil {
		return *p.loaded, p.loaded.Settings(), nil
	}
	flags := map[string]string{}
	for _, f := range config.Flags() {
		if cmd.IsSet(f.Name) {
			flags[f.Name] = cmd.String(f.Name)
		}
	}
	return config.Load(p.Environ, flags)
}

// serve runs the connector until ctx ends.
func (p *program) serve(ctx context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return usagef("unknown command %q; see ineed-insales --help", cmd.Args().First())
	}
	cfg, _, err := p.load(cmd)
	if err == nil {
		err = p.Serve(ctx, cfg)
	}
	if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped before it was ready, which is no failure
	}
	return &ended{err, cfg}
}

// demoCommand shows the connector at work between a sandbox shop and a sandbox
// chat.
func (p *program) demoCommand() *cli.Command {
	return &cli.Command{
		Name: "demo", Usage: "show the connector at work between a sandbox shop and a sandbox chat",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "once", Usage: "end after the story: 0 if all of it came true, else 1"},
			&cli.StringFlag{Name: "lang", Value: locale.Russian, Usage: "language of the story: ru or en"},
			&cli.BoolFlag{Name: "log", Usage: "show the connector's log too"},
		},
		Action: p.demo,
	}
}

// demo shows the demo as the flags ask for it.
func (p *program) demo(ctx context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return usagef("demo takes no arguments")
	}
	d := Demo{Once: cmd.Bool("once"), Language: cmd.String("lang"), Log: cmd.Bool("log")}
	if d.Language != locale.Russian && d.Language != locale.English {
		return usagef("--lang %q is not there: use ru or en", d.Language)
	}
	return p.Demo(ctx, d)
}

// needSubcommand is the action of a command that does nothing by itself.
func needSubcommand(_ context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return usagef("unknown command %q; see ineed-insales %s --help", cmd.Args().First(), cmd.Name)
	}
	return usagef("say what to do; see ineed-insales %s --help", cmd.Name)
}

// arguments gives exactly the arguments that a command names in its usage.
func arguments(cmd *cli.Command) ([]string, error) {
	names := strings.Fields(cmd.ArgsUsage)
	if cmd.Args().Len() != len(names) {
		return nil, usagef("usage: %s", strings.TrimSpace(cmd.FullName()+" "+cmd.ArgsUsage))
	}
	return cmd.Args().Slice(), nil
}

// server is the running server of this configuration. What is wrong with other
// settings than its socket does not matter to a client.
func (p *program) server(cmd *cli.Command) api.Client {
	cfg, _, _ := p.load(cmd)
	return api.Client{Socket: cfg.Socket}
}

// get decodes what stands at a path of the running server's API.
func (p *program) get(ctx context.Context, cmd *cli.Command, path string, out any) error {
	return p.call(ctx, cmd, http.MethodGet, path, nil, out)
}

// post posts in, if it is not nil, and decodes the answer.
func (p *program) post(ctx context.Context, cmd *cli.Command, path string, in, out any) error {
	if in == nil {
		return p.call(ctx, cmd, http.MethodPost, path, nil, out)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return p.call(ctx, cmd, http.MethodPost, path, body, out)
}

// call sends one request to the running server and decodes its answer.
func (p *program) call(ctx context.Context, cmd *cli.Command, method, path string, body []byte, out any) error {
	return p.server(cmd).Call(ctx, method, path, body, out)
}
