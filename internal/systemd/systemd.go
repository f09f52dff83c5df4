// Package systemd tells the service manager that started the program how it is doing: that
// it is ready, that it is still alive, that it is stopping (sd_notify(3), for units of
// Type=notify).
//
// Where nobody wants to know, which is wherever NOTIFY_SOCKET is not set, it does nothing.
// It never fails the program: that the manager could not be told is for the log.
package systemd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"
)

// What the manager can be told.
const (
	ready    = "READY=1"
	stopping = "STOPPING=1"
	watchdog = "WATCHDOG=1"
)

// tellTimeout is how long the manager may take to take a word.
const tellTimeout = time.Second

// Run tells the manager that the program is ready and, as often as its unit wants to hear it
// (WatchdogSec), that it is alive; when ctx ends, that it is stopping. It asks alive each
// time, and says nothing if that fails, so that the manager starts the program anew.
func Run(ctx context.Context, log *slog.Logger, alive func(context.Context) error) {
	if os.Getenv("NOTIFY_SOCKET") == "" {
		return
	}
	say := func(state string) {
		if err := tell(state); err != nil {
			log.Warn("systemd could not be told", "state", state, "err", err)
		}
	}
	say(ready)
	defer say(stopping)
	every := interval() / 2
	if every <= 0 {
		<-ctx.Done()
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked, cancel := context.WithTimeout(ctx, every)
		err := alive(asked)
		cancel()
		switch {
		case err == nil:
			say(watchdog)
		case ctx.Err() == nil:
			log.Error("systemd is not told that the program is alive, because it does not answer", "err", err)
		}
	}
}

// tell sends a state to the manager. A name that begins with @ is an abstract one.
func tell(state string) error {
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: os.Getenv("NOTIFY_SOCKET"), Net: "unixgram"})
	if err != nil {
		return err
	}
	_ = c.SetWriteDeadline(time.Now().Add(tellTimeout))
	_, err = c.Write([]byte(state))
	return errors.Join(err, c.Close())
}

// interval is how long the manager waits for the next word before it acts; 0 = it does not
// wait for one, or for one of another process.
func interval() time.Duration {
	if pid := os.Getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	n, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || n < 0 || n > int64(time.Hour/time.Microsecond)*24 {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}
