// Command ineed-insales connects INEED.CHAT with InSales: orders go one way,
// their statuses come back.
//
// `ineed-insales` (or `ineed-insales serve`) is the connector; `demo` shows it
// at work between two sandboxes; the other commands talk to a running serve
// over its unix socket.
package main

import (
	"context"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"ineed-insales/internal/cli"
	"ineed-insales/internal/config"
	"ineed-insales/internal/demo"
	"ineed-insales/internal/ineedchat/wire"
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
	return cli.Run(ctx, args, cli.Config{
		Version: version(), Environ: environ, Stdin: stdin, Stdout: stdout, Stderr: stderr,
		Terminal: onTerminal(stdout),
		Serve: func(ctx context.Context, cfg config.Config) error {
			return serve(ctx, cfg, stderr, func(net.Addr) {})
		},
		WireBox: func() error { return wire.Serve(stdin, stdout) },
		Demo: func(ctx context.Context, as cli.Demo) error {
			log := io.Discard
			if as.Log {
				log = stderr
			}
			return demo.Run(ctx, demo.Config{Language: as.Language, Once: as.Once, Out: stdout,
				Terminal: onTerminal(stdout), Log: log, Serve: serve})
		},
	})
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
