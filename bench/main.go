// Command bench prints one table of ratios: what the connector makes of a load beside
// what people would use instead, and what parts of it cost beside others. It is run by
// make bench.
//
// The servers run on this machine, one at a time, in turn, each on a new database, and
// get the same signed orders. What is compared is the median of the rounds, so that what
// else the machine does befalls all of them. What cannot be installed here is told and
// left out. It ends within its time, ends only what it has started, and leaves nothing
// behind but the packages of npm, in the user's cache.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A bench is one run of the command.
type bench struct {
	rounds      int
	duration    time.Duration // of each load
	connections int
	installing  time.Duration // the most that installing may take
	companies   int           // that send the orders
	long        int           // orders for each server, one after another, instead of rounds
	only        string        // part of the names of the peers that are wanted
	programs    programs      // builds of ours
	orders      *orders
	root, peers string // of the checkout
	cache, work string // folders for what is kept, and what is not

	npm     sync.Once
	modules string
	npmErr  error
}

// Programs are builds of ours by name, as they are given with -program NAME=PATH.
type programs []server

func (p *programs) String() string { return "" }

func (p *programs) Set(text string) error {
	name, path, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("say NAME=PATH")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	*p = append(*p, connector(name, path))
	return nil
}

func main() {
	b := &bench{}
	flag.IntVar(&b.rounds, "rounds", 3, "`rounds` in which each server is measured once")
	flag.DurationVar(&b.duration, "duration", 5*time.Second, "of each load")
	flag.IntVar(&b.connections, "connections", 64, "at a time")
	flag.IntVar(&b.companies, "companies", 16, "that send; each may send 10,000 orders at once, and then 100 a second")
	flag.IntVar(&b.long, "long", 0, "so many `orders` for each server instead of rounds, to see its memory then")
	flag.DurationVar(&b.installing, "installing", 20*time.Minute, "the most that installing the peers may take, once")
	flag.StringVar(&b.only, "only", "", "only peers with this in their `name` (none = no peer), and no parts")
	flag.Var(&b.programs, "program", "a build of ours instead of this checkout, as `NAME=PATH`; again for another")
	limit := flag.Duration("limit", 10*time.Minute, "the most that it may take, without installing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := b.main(ctx, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) main(ctx context.Context, limit time.Duration) (err error) {
	if b.peers, err = filepath.Abs("peers"); err != nil {
		return err
	}
	b.root = filepath.Dir(filepath.Dir(b.peers))
	example := filepath.Join(b.root, "testdata/ineedchat/order_created.json")
	if b.orders, err = newOrders(example, b.companies); err != nil {
		return fmt.Errorf("is this the folder bench of a checkout? %w", err)
	}
	if b.work, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.work)
	if b.cache, err = os.UserCacheDir(); err != nil {
		b.cache = b.work
	}
	b.cache = filepath.Join(b.cache, "ineed-insales-bench")

	if len(b.programs) == 0 {
		b.programs = programs{connector("ours", "")}
	}
	servers := slices.Concat(b.programs, b.wanted(peers()))
	launches := make([]launch, len(servers))
	why := make([]error, len(servers))
	for i, s := range servers {
		if launches[i], why[i] = s.install(ctx, b); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	timed, stop := context.WithTimeout(ctx, limit)
	defer stop()
	if b.long > 0 {
		b.last(timed, servers, launches, why)
		return ctx.Err()
	}
	printMachine(os.Stdout, b)
	printServers(os.Stdout, servers, b.measure(timed, servers, launches, why))
	if b.only == "" {
		printParts(os.Stdout, b.measureParts(timed))
	}
	return ctx.Err()
}

func (b *bench) wanted(all []server) []server {
	return slices.DeleteFunc(all, func(s server) bool {
		return !strings.Contains(strings.ToLower(s.name), strings.ToLower(b.only))
	})
}

// say tells what is going on, beside the table.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// digest is a name for what was made of these.
func digest(of ...[]byte) string {
	h := sha256.New()
	for _, text := range of {
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
