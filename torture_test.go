//go:build torture && linux

package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat/ineedchattest"
)

// catalogCompany is the one whose catalog is synced too.
const (
	catalogCompany  = "2"
	catalogProducts = 300
)

// ingredients are what the connector is tormented with; beside them the faults
// of the wire have names of their own, and "wire" stands for all of those.
// TORTURE_WITHOUT leaves some out, TORTURE_ONLY takes some alone.
var ingredients = []string{"kill", "term", "wire", "empty_feed", "clock", "skew", "poison", "settings", "companies",
	"people", "managers", "hooks", "catalog", "backup", "disk", "strangers", "guess"}

// TestTorture lets the built program live between hostile peers for as long as
// TORTURE says, then lets all become friendly and asks the oracle. TORTURE_SEED
// repeats what the peers decide; when it happens is up to the machine.
func TestTorture(t *testing.T) {
	x := newTorture(t)
	x.setUp()
	x.torment()
	e := x.settle()
	x.figures(e)
	of := map[string]int{} // faults by kind: of each some are shown
	for _, fault := range e.judge() {
		kind, _, _ := strings.Cut(fault, ":")
		if of[kind]++; of[kind] <= 12 {
			t.Error(fault)
		}
	}
	for _, kind := range sortedNames(of) {
		t.Errorf("%s: %d in all", kind, of[kind])
	}
}

// A torture is one run of it.
type torture struct {
	t    *testing.T
	ctx  context.Context // ends with the test
	work string          // on a disk that is not tormented
	seed uint64
	span time.Duration
	only map[string]bool
	not  map[string]bool

	begin    time.Time
	hostile  atomic.Bool
	friendly atomic.Bool // all have become so: most poison has lost its power
	disk     *disk
	lives    *lives
	chat     *ineedchattest.Chat
	wires    []*hostile
	sender   *http.Client
	before   usage
	tally    tally
	orders   sync.WaitGroup // under way

	mu         sync.Mutex
	regulars   []*tenant
	tenants    map[string]*tenant
	deleted    map[string]bool
	tried      map[orderRef]bool
	claims     map[orderRef]*claim
	accepted   []orderRef
	complaints map[string]int
	backups    []backupCheck
	longest    time.Duration // that a message has waited to be taken
}

func newTorture(t *testing.T) *torture {
	x := &torture{
		t: t, ctx: t.Context(), work: shortDir(t), begin: time.Now(),
		span: 5 * time.Minute, seed: uint64(time.Now().UnixNano()),
		only: words("TORTURE_ONLY"), not: words("TORTURE_WITHOUT"),
		tenants: map[string]*tenant{}, deleted: map[string]bool{}, tried: map[orderRef]bool{},
		claims: map[orderRef]*claim{}, complaints: map[string]int{},
		sender: &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}},
	}
	var err error
	if text := os.Getenv("TORTURE"); text != "" {
		if x.span, err = time.ParseDuration(text); err != nil || x.span <= 0 {
			t.Fatalf("TORTURE=%s: give a duration such as 90s or 2h", text)
		}
	}
	if text := os.Getenv("TORTURE_SEED"); text != "" {
		if x.seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	for name := range x.only {
		if !slices.Contains(ingredients, name) && peerFaults[name] == nil {
			t.Fatalf("TORTURE_ONLY=%s: there are %v and %v", name, ingredients, sortedNames(peerFaults))
		}
	}
	t.Logf("TORTURE_SEED=%d TORTURE=%v", x.seed, x.span)
	return x
}

func words(name string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.FieldsFunc(os.Getenv(name), func(r rune) bool { return r == ',' || r == ' ' }) {
		set[w] = true
	}
	return set
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// on reports whether an ingredient is part of this run.
func (x *torture) on(name string) bool {
	return !x.not[name] && (len(x.only) == 0 || x.only[name])
}

// wireFaults are the names of the faults of the wire that are part of this run.
func (x *torture) wireFaults() (names []string) {
	for _, name := range sortedNames(peerFaults) {
		if (x.on("wire") || x.only[name]) && !x.not[name] {
			names = append(names, name)
		}
	}
	return names
}

// A dice decides for one actor. Its decisions follow from the seed alone.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func (x *torture) dice(actor string) *dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(actor))
	return &dice{r: rand.New(rand.NewPCG(x.seed, h.Sum64()))}
}

// Int64N gives a number below n.
func (d *dice) Int64N(n int64) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.Int64N(n)
}

// IntN gives a number below n.
func (d *dice) IntN(n int) int { return int(d.Int64N(int64(n))) }

// upTo gives a time below most.
func (d *dice) upTo(most time.Duration) time.Duration {
	return time.Duration(d.Int64N(int64(max(most, 1))))
}

// poisonOf gives one order in twenty its poison.
func (x *torture) poisonOf(id string) poison {
	n, err := strconv.Atoi(strings.TrimPrefix(id, "T"))
	if err != nil || n%20 != 7 || !x.on("poison") {
		return ""
	}
	return []poison{poisonFails, poisonRefused, poisonReport, poisonPayment, poisonHangs}[n/20%5]
}

// poisonNow is the poison that an order still has.
func (x *torture) poisonNow(id string) poison {
	p := x.poisonOf(id)
	if x.friendly.Load() && p != poisonRefused && x.span < longTorture {
		return ""
	}
	return p
}

func (p poison) stopsCreate() bool { return p == poisonFails || p == poisonRefused || p == poisonHangs }

// setUp builds the program, opens its friendly peers, makes its companies and
// counts what it holds when little happens.
func (x *torture) setUp() {
	t := x.t
	data := shortDir(t)
	x.disk = mountDisk(data, 192<<20+int64(x.span/time.Minute)*(8<<20))
	t.Cleanup(func() {
		if err := x.disk.unmount(); err != nil {
			t.Error(err)
		}
	})
	log, err := os.Create(filepath.Join(x.work, "log"))
	if err != nil {
		t.Fatal(err)
	}
	x.chat = ineedchattest.New(ineedchattest.Config{})
	wire := &hostile{inner: x.chat, dice: x.dice("chat"), tally: &x.tally, before: x.chatFirst, prompt: true}
	x.wires = append(x.wires, wire)
	addr := mustFreeAddr(t)
	x.lives = &lives{x: x, binary: filepath.Join(x.work, "ineed-insales"), dir: data, addr: addr, log: log}
	x.lives.env = []string{
		"CONNECTOR_ADDR=" + addr, "CONNECTOR_DB=" + filepath.Join(data, "connector.db"),
		"CONNECTOR_CHAT_URL=" + x.listen(wire),
		"CONNECTOR_PUBLIC_URL=http://" + addr, "CONNECTOR_POLL_INTERVAL=1s", "CONNECTOR_ALLOW_PRIVATE_NETWORKS=true",
		"CONNECTOR_LOG_FORMAT=json", "CONNECTOR_ADMIN_PASSWORD=torture-" + freshSecret()[6:30],
	}
	build := exec.Command("go", "build", "-o", x.lives.binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if err := x.lives.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.lives.end(syscall.SIGKILL) })
	x.background(x.lives.watch)
	ready, cancel := context.WithTimeout(x.ctx, time.Minute)
	defer cancel()
	for _, id := range []string{"2", "3", "4"} {
		c := x.newTenant(id, map[string]int{catalogCompany: catalogProducts}[id])
		x.regulars = append(x.regulars, c)
		if !x.save(ready, c, false, freshSecret()) {
			t.Fatalf("company %s could not be set up:\n%s", id, read(t, log.Name()))
		}
		x.order(x.ctx, c, x.dice("first "+id))
	}
	sleep(x.ctx, 3*time.Second)
	if x.before, err = x.lives.holds(); err != nil {
		t.Fatal(err)
	}
}

// listen serves a peer on loopback until the test ends.
func (x *torture) listen(h http.Handler) (url string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		x.t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }()
	x.t.Cleanup(func() { _ = srv.Close() })
	return "http://" + l.Addr().String()
}

// background runs f until the test ends, which waits for it.
func (x *torture) background(f func(context.Context)) {
	ctx, cancel := context.WithCancel(x.ctx)
	done := make(chan struct{})
	go func() { defer close(done); f(ctx) }()
	x.t.Cleanup(func() { cancel(); <-done })
}

// newTenant makes a company with a shop of its own.
func (x *torture) newTenant(id string, products int) *tenant {
	c := &tenant{id: id, shop: x.openShop(id, products)}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.tenants[id] = c
	x.wires = append(x.wires, c.shop.wire)
	if x.hostile.Load() {
		c.shop.wire.names = x.wireFaults()
	}
	return c
}

// torment makes everything hostile for as long as is asked for.
func (x *torture) torment() {
	for _, w := range x.wires {
		w.names = x.wireFaults()
	}
	x.hostile.Store(true)
	ctx, cancel := context.WithTimeout(x.ctx, x.span)
	defer cancel()
	// The last life goes through the end of it, so that what leaks is seen.
	mortal, done := context.WithTimeout(ctx, x.span*3/4)
	defer done()
	var all sync.WaitGroup
	actor := func(name, part string, f func(ctx context.Context, d *dice)) {
		if x.on(part) {
			all.Go(func() { f(ctx, x.dice(name)) })
		}
	}
	if x.on("kill") || x.on("term") {
		all.Go(func() { x.lives.reap(mortal, x.dice("reaper"), 7*time.Second, x.on("kill"), x.on("term")) })
	}
	all.Go(func() { x.blow(ctx, x.dice("weather")) })
	for _, c := range x.regulars {
		all.Go(func() { x.customers(ctx, c, x.dice("customers "+c.id), 500*time.Millisecond) })
		actor("managers "+c.id, "managers", func(ctx context.Context, d *dice) {
			c.shop.manage(ctx, d, 400*time.Millisecond)
		})
		actor("clock "+c.id, "clock", func(ctx context.Context, d *dice) { c.shop.lie(ctx, d, &x.tally) })
		actor("feed "+c.id, "empty_feed", c.shop.hide)
		actor("settings "+c.id, "settings", func(ctx context.Context, d *dice) { x.administer(ctx, c, d) })
		if x.on("hooks") {
			c.shop.mishaps(x.dice("courier " + c.id))
		}
	}
	actor("trade", "catalog", func(ctx context.Context, d *dice) { x.regulars[0].shop.trade(ctx, d, catalogProducts) })
	actor("companies", "companies", x.comeAndGo)
	actor("people", "people", x.decide)
	actor("backups", "backup", func(ctx context.Context, d *dice) {
		x.saveCopies(ctx, d, max(6*time.Second, x.span/60))
	})
	actor("strangers", "strangers", x.bother)
	if x.disk.mounted {
		actor("disk", "disk", func(ctx context.Context, d *dice) {
			if err := x.disk.torment(ctx, d, &x.tally); err != nil {
				x.complain("fill the disk: %v", err)
			}
		})
	} else if x.on("disk") {
		x.t.Logf("NOT RUN: the full disk, because none could be mounted (it takes root): %v", x.disk.why)
	}
	all.Wait()
	x.hostile.Store(false)
}

// blow changes the weather until ctx ends: how much goes wrong at each peer.
func (x *torture) blow(ctx context.Context, dice *dice) {
	for ctx.Err() == nil {
		x.mu.Lock()
		for _, w := range x.wires {
			w.weather.Store([]int64{0, 0, 5, 15, 40, 95}[dice.IntN(6)])
		}
		x.mu.Unlock()
		sleep(ctx, time.Second+dice.upTo(9*time.Second))
	}
}

// complain records what should not have happened, and shows it once.
func (x *torture) complain(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.complaints[text]++; x.complaints[text] == 1 && len(x.complaints) < 100 {
		x.t.Logf("%s: %s", x.elapsed(), text)
	}
}

func (x *torture) elapsed() string { return time.Since(x.begin).Round(100 * time.Millisecond).String() }

// gone reports whether a file is not there.
func gone(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}
