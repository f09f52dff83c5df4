//go:build torture && linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"ineed-insales/internal/api"
)

// What one life may hold of descriptors, as a small container sets it.
const maxDescriptors = 256

// Lives is the real program as a process, again and again on one database.
type lives struct {
	x      *torture
	binary string
	dir    string // of its data
	addr   string
	env    []string
	log    *os.File

	mu    sync.Mutex
	cmd   *exec.Cmd // the present life; nil between two
	ended chan error
	born  time.Time

	kills, stops, deaths atomic.Int64
	memory               atomic.Int64 // the most of its own that was seen
}

func (l *lives) socket() string { return filepath.Join(l.dir, "connector.sock") }

// start begins a life, without waiting until it is ready.
func (l *lives) start() error {
	script := fmt.Sprintf("ulimit -n %d; exec %q serve", maxDescriptors, l.binary)
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Env, cmd.Stdout, cmd.Stderr = l.env, l.log, l.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cmd, l.ended, l.born = cmd, ended, time.Now()
	return nil
}

// pid is that of the present life; 0 between two.
func (l *lives) pid() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cmd == nil {
		return 0
	}
	return l.cmd.Process.Pid
}

// end ends the present life with a signal and judges how it went.
func (l *lives) end(signal syscall.Signal) {
	l.mu.Lock()
	cmd, ended, age := l.cmd, l.ended, time.Since(l.born)
	l.mu.Unlock()
	if cmd == nil {
		return
	}
	select {
	case err := <-ended:
		l.buried(err)
		return
	default:
	}
	_ = cmd.Process.Signal(signal)
	var err error
	select {
	case err = <-ended:
	case <-time.After(time.Minute):
		l.x.complain("a SIGTERM did not end it within a minute")
		_ = cmd.Process.Kill()
		err = <-ended
	}
	l.mu.Lock()
	l.cmd = nil
	l.mu.Unlock()
	if signal == syscall.SIGKILL {
		l.kills.Add(1)
		return
	}
	l.stops.Add(1)
	// Before the program has begun, a signal ends it as any other.
	if err != nil && age > 3*time.Second && !l.x.disk.wasFull(time.Minute) {
		l.x.complain("a stop by SIGTERM ended with %v", err)
	}
}

// buried records a life that ended by itself, which it may only do while its
// disk is full, and begins the next.
func (l *lives) buried(err error) {
	l.mu.Lock()
	l.cmd = nil
	l.mu.Unlock()
	l.deaths.Add(1)
	if !l.x.disk.wasFull(time.Minute) {
		l.x.complain("it ended by itself: %v", err)
	}
}

// revive keeps a life going until ctx ends: one that ended by itself is
// followed by the next, as its supervisor would do.
func (l *lives) revive() {
	l.mu.Lock()
	cmd, ended := l.cmd, l.ended
	l.mu.Unlock()
	if cmd != nil {
		select {
		case err := <-ended:
			l.buried(err)
		default:
			return
		}
	}
	if err := l.start(); err != nil {
		l.x.complain("start: %v", err)
	}
}

// reap ends lives at random instants until ctx ends, and leaves one running.
func (l *lives) reap(ctx context.Context, dice *dice, mean time.Duration, kill, term bool) {
	for ctx.Err() == nil {
		// Half of the time soon after a start, half of the time in full work.
		pause := dice.upTo(2 * mean)
		if dice.IntN(2) == 0 {
			pause = dice.upTo(mean / 4)
		}
		for until := time.Now().Add(pause); ctx.Err() == nil && time.Now().Before(until); {
			sleep(ctx, min(time.Until(until), 200*time.Millisecond))
			l.revive()
		}
		if ctx.Err() != nil {
			return
		}
		switch {
		case kill && (!term || dice.IntN(3) > 0):
			l.end(syscall.SIGKILL)
		case term:
			l.end(syscall.SIGTERM)
		default:
			continue
		}
		sleep(ctx, dice.upTo(time.Second))
		l.revive()
	}
}

// watch looks at the memory of its own that each life has, until ctx ends.
func (l *lives) watch(ctx context.Context) {
	told := int64(memoryBound)
	for ctx.Err() == nil {
		if n := rssAnon(l.pid()); n > l.memory.Load() {
			l.memory.Store(n)
			if n > told*9/8 {
				told = n
				l.x.t.Logf("%s: %.1f MiB of its own, after %s", l.x.elapsed(), float64(n)/(1<<20), l.x.tally.recent())
			}
		}
		sleep(ctx, 20*time.Millisecond)
	}
}

// rssAnon is the memory that is a process's own, without the program's code
// and the files that it has open; 0 if there is no such process.
func rssAnon(pid int) int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, is := strings.CutPrefix(lines.Text(), "RssAnon:"); is {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// holds counts what the present life has open and running.
func (l *lives) holds() (usage, error) {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", l.pid()))
	if err != nil {
		return usage{}, err
	}
	server := api.Client{Socket: l.socket()}
	resp, err := server.Send(context.Background(), 10*time.Second, http.MethodGet, "/metrics", nil)
	if err != nil {
		return usage{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return usage{}, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, is := strings.CutPrefix(line, "go_goroutines "); is {
			n, err := strconv.Atoi(strings.TrimSpace(rest))
			return usage{len(list), n}, err
		}
	}
	return usage{}, errors.New("the metrics have no go_goroutines")
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
