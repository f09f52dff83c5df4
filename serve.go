package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"ineed-insales/handlers"
	"ineed-insales/handlers/panel"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/cli"
	"ineed-insales/internal/config"
	"ineed-insales/internal/gate"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/internal/systemd"
	"ineed-insales/storage"
)

// stopTimeout is how long a stop may take: a container gets ten seconds by default.
const stopTimeout = 8 * time.Second

// A connector is what serve runs: the store, who works on it, and who answers.
type connector struct {
	cfg    config.Config
	log    *slog.Logger
	store  *storage.Store
	bridge *bridge.Bridge
	server *handlers.Server
	warned *recent              // the last warnings, for the panel
	box    *wire.Box            // where programs run that translate a chat's bodies
	shown  *prometheus.Registry // what /metrics shows
}

// serve runs the connector until ctx ends: open, wire, run, close. ready is told
// the main listen address once it takes requests.
func serve(ctx context.Context, cfg config.Config, stderr io.Writer, ready func(net.Addr)) error {
	stderr = &whole{w: stderr}
	warned := &recent{}
	c := &connector{cfg: cfg, log: warned.keep(newLogger(cfg, stderr)), warned: warned, box: wire.NewBox(boxProcess)}
	defer c.box.Close()
	cfg.Explain(c.log, thisBuild().Version)
	commits := newCommitHistogram()
	if err := c.open(ctx, commits); err != nil {
		return err
	}
	setup, err := c.wire(ctx, commits)
	if err != nil {
		return errors.Join(cfg.Remedy(err), c.store.Close())
	}
	err = c.run(ctx, func(addr net.Addr) {
		if setup != "" {
			link := setupLink(c.server, addr, setup)
			c.log.Warn("the panel has no password yet: open this link within an hour and set one", "link", link)
			if !logsText(cfg, stderr) { // who looks into a log of JSON by eye finds it, too
				fmt.Fprintf(stderr, "Set the password of the panel within an hour: %s\n", link)
			}
		}
		ready(addr)
	})
	err = errors.Join(err, c.store.Close())
	if err == nil {
		c.log.Info("stopped")
	}
	return err
}

// open opens the store with its key. From then on the lock of the database says
// that no other serve runs, so that what a killed one has left can be removed.
func (c *connector) open(ctx context.Context, commits prometheus.Observer) error {
	if err := c.cfg.PrepareFolder(); err != nil {
		return err
	}
	key, err := c.cfg.OpenKey()
	if err != nil {
		return err
	}
	c.store, err = storage.Open(ctx, storage.Config{Path: c.cfg.DB, SecretKey: key, Log: c.log,
		Describe: bridge.DescribeOrder, ObserveCommit: func(d time.Duration) { commits.Observe(d.Seconds()) }})
	if err != nil {
		return c.cfg.Remedy(err)
	}
	c.cfg.WarnOfKey(c.log)
	c.cfg.TidyFolder(time.Now())
	return nil
}

// wire makes the bridge and the server on the open store. It gives the token of a
// set-up link if the panel has no password yet.
func (c *connector) wire(ctx context.Context, commits prometheus.Collector) (setup string, err error) {
	c.bridge, err = bridge.New(ctx, bridge.Config{
		Store: c.store, Log: c.log, Version: thisBuild().Version, Grace: stopTimeout,
		ChatURL: c.cfg.ChatURL, PublicURL: c.cfg.PublicURL, PollInterval: c.cfg.Poll,
		AllowPrivateNetworks: c.cfg.Private, Proxy: c.cfg.Proxy, Message: panel.Messages(c.cfg.PublicURL),
		Wire: c.box, TimeZone: c.cfg.TimeZone, PingURL: c.cfg.PingURL, Keep: keep(c.cfg),
		Backups: bridge.Backups{Folder: c.cfg.BackupFolder(), Copies: c.cfg.BackupKeep, Name: c.cfg.BackupName()},
	})
	if err != nil {
		return "", err
	}
	if why := c.bridge.OutOfReach(); why != "" {
		c.log.Warn("INEED.CHAT and InSales may not reach CONNECTOR_PUBLIC_URL: set it to an https address that is "+
			"open to the internet", "url", c.cfg.PublicURL, "why", why)
	}
	c.shown = newRegistry(commits, c.bridge)
	c.server = handlers.New(handlers.Config{
		Bridge: c.bridge, Log: c.log, Version: thisBuild().Version,
		Gatherer: c.shown, SeparateMetrics: c.cfg.MetricsAddr != "",
		APIToken: c.cfg.APIToken, PublicURL: c.cfg.PublicURL, TrustedProxies: c.cfg.TrustedProxies,
		TimeZone: c.cfg.TimeZone, Wire: c.box, System: c.system(),
	})
	c.shown.MustRegister(c.server.Collectors()...)
	return c.bridge.Login.SetUp(ctx, c.cfg.AdminPassword)
}

// system is what the panel's system page shows of the program.
func (c *connector) system() panel.System {
	build := thisBuild()
	out := panel.System{Version: build.Version, Revision: build.Revision, Date: build.Date, Warnings: c.warned.last,
		Support: func(ctx context.Context, w io.Writer) error { return cli.Support(ctx, build, c.cfg, w) }}
	for _, s := range c.cfg.Settings() {
		out.Settings = append(out.Settings, panel.Setting{Name: s.Name, Value: s.Value, Source: s.Source, File: s.File})
	}
	return out
}

// keep is for how long is kept what nobody needs any more.
func keep(cfg config.Config) *bridge.Keep {
	return &bridge.Keep{History: cfg.KeepHistory.Duration(), Refused: cfg.KeepRefused.Duration(),
		Unread: cfg.KeepUnread.Duration(), Runs: cfg.KeepRuns.Duration(), Journal: cfg.KeepJournal.Duration()}
}

// boxProcess is this program as the process of a wire.Box, without our environment.
func boxProcess() *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	cmd := exec.Command(self, cli.WireBox)
	cmd.Env = []string{}
	return cmd
}

// memoryLimit is what Go's part of the memory is kept below while it can be: of
// the 64 MiB that the README gives the container, SQLite takes some ten.
const memoryLimit = 40 << 20

// run serves on all addresses and works for the companies until ctx ends or one of
// them fails.
func (c *connector) run(ctx context.Context, ready func(net.Addr)) error {
	listeners, err := listen(c.cfg, c.log, c.server)
	if err != nil {
		return err
	}
	c.bridge.Host.Begin(ctx)
	defer c.bridge.Host.End(ctx)
	asked := ctx // ends when somebody asks for it
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.bridge.Run(ctx) })
	g.Go(func() error { return c.store.Watch(ctx) })
	for _, l := range listeners {
		g.Go(func() error { return l.serve(ctx, c.log) })
	}
	c.log.Info("ready", "addr", listeners[0].Addr().String(), "socket", c.cfg.Socket)
	spareMemory()
	g.Go(func() error {
		spareAgain(ctx)
		return nil
	})
	ready(listeners[0].Addr())
	defer context.AfterFunc(asked, func() { c.log.Info("stopping", "why", context.Cause(asked).Error()) })()
	g.Go(func() error {
		systemd.Run(ctx, c.log, c.alive)
		return nil
	})
	return g.Wait()
}

// alive asks the program, as its command line would, whether it answers.
func (c *connector) alive(ctx context.Context) error {
	_, err := api.Client{Socket: c.cfg.Socket}.Text(ctx, "/healthz")
	return err
}

// spareMemory keeps the memory small from now on. Packages read their tables at
// start and leave as much garbage as this program ever needs; the collector would
// take that for its measure.
func spareMemory() {
	giveBack()
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// setupLink is where to set the panel's password. Without a public URL it is
// this machine's own address, which others reach by another name.
func setupLink(server *handlers.Server, addr net.Addr, token string) string {
	if link := server.SetupURL(token); link != "" {
		return link
	}
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err != nil || ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + panel.SetupPath(token)
}

// A listener is an open address, what it serves and who is let in.
type listener struct {
	net.Listener
	handler http.Handler
	gate    *gate.Gate
}

// How many connections may be open to addresses that few have reason to come to.
const (
	socketPlaces  = 32
	metricsPlaces = 16
)

// listen opens all addresses, or none.
func listen(cfg config.Config, log *slog.Logger, server *handlers.Server) ([]listener, error) {
	var list []listener
	open := func(l net.Listener, err error, h http.Handler, places int) error {
		if err == nil {
			g := gate.New(gate.Config{Places: places, Trusted: cfg.TrustedProxies, Log: log})
			list = append(list, listener{g.Listen(l), h, g})
		}
		return err
	}
	l, err := net.Listen("tcp", cfg.Addr)
	err = open(l, err, server.Public(), 0)
	if err == nil {
		l, err = listenSocket(cfg.Socket)
		err = open(l, err, server.Local(), socketPlaces)
	}
	if err == nil && cfg.MetricsAddr != "" {
		l, err = net.Listen("tcp", cfg.MetricsAddr)
		err = open(l, err, server.Metrics(), metricsPlaces)
	}
	if err != nil {
		for _, l := range list {
			err = errors.Join(err, l.Close())
		}
		return nil, fmt.Errorf("listen: %w", err)
	}
	return list, nil
}

// listenSocket opens the command line's socket for this user alone. The lock
// on the database says that no other serve runs, so one that lies there is left
// from a process that was killed. The socket is made in a folder that nobody
// else can enter, and moved when its mode is right.
func listenSocket(path string) (net.Listener, error) {
	if fi, err := os.Lstat(path); err == nil && fi.Mode()&fs.ModeSocket == 0 {
		return nil, fmt.Errorf("%s exists and is no socket: set CONNECTOR_SOCKET to another path", path)
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// serve answers requests until ctx ends; then it lets those under way finish.
func (l listener) serve(ctx context.Context, log *slog.Logger) error {
	srv := l.gate.Server(l.handler)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l.Listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		log.Warn("requests cut off by the stop", "err", err)
		_ = srv.Close()
	}
	<-done
	return nil
}

// newCommitHistogram measures how long commits take.
func newCommitHistogram() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: "ineed_insales", Name: "store_commit_duration_seconds", Help: "Duration of database commits.",
		Buckets:                     []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .5, 1, 5},
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100})
}

// newRegistry holds everything that /metrics shows.
func newRegistry(commits prometheus.Collector, b *bridge.Bridge) *prometheus.Registry {
	r := prometheus.NewRegistry()
	info := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "ineed_insales", Name: "build_info",
		Help:        "1, with the version, revision and date of the build, and the tables that it knows, as labels.",
		ConstLabels: thisBuild().Labels()})
	info.Set(1)
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		info, commits)
	r.MustRegister(b.Collectors()...)
	return r
}
