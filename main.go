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
	"syscall"

	"ineed-insales/internal/cli"
	"ineed-insales/internal/config"
	"ineed-insales/internal/demo"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/internal/version"
	"ineed-insales/storage"
)

func main() {
	os.Exit(run(context.Background(), os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program. It ends when ctx does or on a signal that asks for an end; a
// second signal ends it at once.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, endSignals()...)
	defer stop()
	context.AfterFunc(ctx, stop) // from then on a signal has its default effect
	return cli.Run(ctx, args, cli.Config{
		Build: thisBuild(), Environ: environ, Stdin: stdin, Stdout: stdout, Stderr: stderr,
		Terminal: onTerminal(stdout),
		Serve: func(ctx context.Context, cfg config.Config) error {
			return serve(ctx, cfg, stderr, func(net.Addr) {})
		},
		Ended:   func(cfg config.Config, err error) bool { return logEnd(cfg, stderr, err) },
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

// endSignals are the signals that ask for a clean end. SIGHUP is one of them, because there
// is nothing to read again: settings come from the environment and from flags, which do not
// change while a process lives, and all else is set in the panel. Who starts the program
// with nohup wants it to outlive the terminal, and it does.
func endSignals() []os.Signal {
	list := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		list = append(list, syscall.SIGHUP)
	}
	return list
}

// programVersion is set by the linker in releases: -X main.programVersion=…
var programVersion = ""

// thisBuild says which build this is.
func thisBuild() version.Info { return version.Of(programVersion, storage.SchemaVersion()) }
