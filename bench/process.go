package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// A process is a program that serves until it is ended. Its output is a file beside
// its data.
type process struct {
	cmd   *exec.Cmd
	log   string
	ended chan struct{} // closed when it is over
	err   error         // how it ended; read after ended
}

// startProcess starts a program in a folder. The environment is no more than what it needs, so
// that nothing of the caller's changes what is measured.
func startProcess(dir string, env, command []string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}, env...)
	cmd.SysProcAttr = ownGroup()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: log.Name(), ended: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// ready waits until a GET of the URL is answered with 200.
func (p *process) ready(ctx context.Context, url string) error {
	ctx, stop := context.WithTimeoutCause(ctx, time.Minute, errors.New("it did not become ready within a minute"))
	defer stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(r); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("it ended before it was ready: %v", p.err)
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// end asks the program to end, and makes it after ten seconds.
func (p *process) end() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		killGroup(p.cmd)
		<-p.ended
	}
}

// complaint is an error with the last of what the program has said.
func (p *process) complaint(err error) error {
	text, _ := os.ReadFile(p.log)
	return fmt.Errorf("%w; it said: %s", err, tail(text))
}

// tail is the end of a text, short enough for an error.
func tail(text []byte) string {
	const most = 600
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return string(text)
}

// run runs a command to its end. When the context ends, so does it, with all that it
// has started.
func run(ctx context.Context, dir string, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { killGroup(cmd); return nil }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("%s: the time was up", name)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s: %w", name, ctx.Err())
	case len(out) > 0 && err != nil:
		return nil, fmt.Errorf("%s: %w: %s", name, err, tail(out))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// freeAddress is an address of this machine at which nobody listens now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
