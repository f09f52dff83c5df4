package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"
)

// fastest is how many orders a second there are enough for; a server that takes more
// has a shorter load.
const fastest = 16_000

// Figures are what one load has shown of a server, or the medians of several.
type figures struct {
	rate     float64       // orders a second
	p50, p99 time.Duration // from the request to its answer
	cpu      time.Duration // for an order, of the server alone
	resident int64         // bytes, at the end
	other    map[int]int   // answers that were not 2xx, by code
}

// An outcome is what there is to tell of a server: its figures, or why there are none.
type outcome struct {
	figures
	err error
}

// measure measures each server once a round. One that fails is not tried again. When the
// time is up, what was measured until then counts.
func (b *bench) measure(ctx context.Context, servers []server, launches []launch, why []error) []outcome {
	rounds, list := make([][]figures, len(servers)), make([]outcome, len(servers))
	for i := range servers {
		list[i].err = why[i]
	}
	for turn := range b.rounds * len(servers) {
		i := turn % len(servers)
		if list[i].err != nil || ctx.Err() != nil {
			continue
		}
		b.say("round %d: %s", turn/len(servers)+1, servers[i].name)
		f, err := b.once(ctx, servers[i], launches[i])
		switch {
		case ctx.Err() != nil:
			b.say("the time was up")
		case err != nil:
			list[i].err = err
		default:
			rounds[i] = append(rounds[i], f)
		}
	}
	for i := range list {
		switch {
		case list[i].err != nil:
		case len(rounds[i]) == 0:
			list[i].err = errors.New("the time was up")
		default:
			list[i].figures = medians(rounds[i])
		}
	}
	return list
}

// A running is a server that is ready to be measured.
type running struct {
	server
	*process
	addr string
}

// begin starts a server on a new database in a folder and warms it up for a second.
func (b *bench) begin(ctx context.Context, s server, start launch, dir string) (*running, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	env, command := start(dir, addr)
	p, err := startProcess(dir, env, command)
	if err != nil {
		return nil, err
	}
	if err = p.ready(ctx, "http://"+addr+s.ready); err == nil && s.prepare != nil {
		err = s.prepare(ctx, dir, b.companies)
	}
	if err == nil {
		_, err = load(ctx, addr, b.orders.make(fastest, addr, s.path), b.connections, time.Second)
	}
	if err != nil {
		p.end()
		return nil, p.complaint(err)
	}
	return &running{s, p, addr}, nil
}

// once puts a server under load. What it puts off until after its answers is counted
// too: the CPU is read when it has had a second of rest.
func (b *bench) once(ctx context.Context, s server, start launch) (f figures, err error) {
	dir, err := os.MkdirTemp(b.work, "server-")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	p, err := b.begin(ctx, s, start, dir)
	if err != nil {
		return f, err
	}
	defer p.end()
	requests := b.orders.make(int(b.duration.Seconds()*fastest), p.addr, s.path)
	before, _, err := usage(p.cmd.Process.Pid)
	if err != nil {
		return f, err
	}
	l, err := load(ctx, p.addr, requests, b.connections, b.duration)
	if err == nil && len(l.waited) == 0 {
		err = errors.New("it took no order")
	}
	if err != nil {
		return f, p.complaint(err)
	}
	time.Sleep(time.Second)
	after, resident, err := usage(p.cmd.Process.Pid)
	n := len(l.waited)
	return figures{
		rate: float64(n) / l.took.Seconds(), p50: l.waited[n/2], p99: l.waited[n*99/100],
		cpu: (after - before) / time.Duration(n), resident: resident, other: l.other,
	}, err
}

// last gives each server so many orders, as fast as it takes them, and tells what it has
// resident after them.
func (b *bench) last(ctx context.Context, servers []server, launches []launch, why []error) {
	for i, s := range servers {
		err := why[i]
		if err == nil {
			err = b.lastOne(ctx, s, launches[i])
		}
		if err != nil {
			fmt.Printf("%s: not run: %v\n", s.name, err)
		}
	}
}

func (b *bench) lastOne(ctx context.Context, s server, start launch) error {
	dir, err := os.MkdirTemp(b.work, "server-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := b.begin(ctx, s, start, dir)
	if err != nil {
		return err
	}
	defer p.end()
	taken, took, other := 0, time.Duration(0), map[int]int{}
	for taken < b.long && ctx.Err() == nil {
		requests := b.orders.make(min(fastest, b.long-taken), p.addr, s.path)
		l, err := load(ctx, p.addr, requests, b.connections, time.Minute)
		if err != nil && ctx.Err() != nil {
			b.say("the time was up")
			break
		}
		if err == nil && len(l.waited) == 0 {
			err = fmt.Errorf("of %d orders it took none, and answered %s", len(requests), codes(l.other))
		}
		if err != nil {
			return p.complaint(err)
		}
		taken, took = taken+len(l.waited), took+l.took
		for code, n := range maps.All(l.other) {
			other[code] += n
		}
	}
	cpu, resident, err := usage(p.cmd.Process.Pid)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d orders, %.0f a second, %.3f ms of CPU an order, resident %.0f MiB, not 2xx %s\n", s.name, taken,
		float64(taken)/took.Seconds(), cpu.Seconds()*1000/float64(taken), float64(resident)/(1<<20), codes(other))
	return nil
}

// medians are the medians of each figure. Answers that were not 2xx are added up.
func medians(rounds []figures) figures {
	sum := figures{
		rate:     median(rounds, func(f figures) float64 { return f.rate }),
		p50:      median(rounds, func(f figures) time.Duration { return f.p50 }),
		p99:      median(rounds, func(f figures) time.Duration { return f.p99 }),
		cpu:      median(rounds, func(f figures) time.Duration { return f.cpu }),
		resident: median(rounds, func(f figures) int64 { return f.resident }),
		other:    map[int]int{},
	}
	for _, f := range rounds {
		for code, n := range maps.All(f.other) {
			sum.other[code] += n
		}
	}
	return sum
}

// median is the one in the middle; of an even number the greater of two.
func median[T cmp.Ordered](rounds []figures, of func(figures) T) T {
	list := make([]T, 0, len(rounds))
	for _, f := range rounds {
		list = append(list, of(f))
	}
	slices.Sort(list)
	return list[len(list)/2]
}
