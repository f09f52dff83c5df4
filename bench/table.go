package main

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// printMachine says on what the figures were made.
func printMachine(w io.Writer, b *bench) {
	fmt.Fprintf(w, "%s, %s, %s/%s, %d cores\n", time.Now().Format(time.DateOnly),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	fmt.Fprintf(w, "Signed orders of 3 KB over %d connections from this machine, %s each; medians of %d rounds.\n",
		b.connections, b.duration, b.rounds)
	fmt.Fprint(w, "In brackets: the first row divided by the one it stands in.\n\n")
}

// printServers prints what each server makes of the load, and what each does not do.
func printServers(w io.Writer, servers []server, list []outcome) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "server\torders/s\tp50 ms\tp99 ms\tCPU ms an order\tresident MiB\tnot 2xx\t\n")
	for i, s := range servers {
		if list[i].err != nil {
			continue
		}
		fmt.Fprintf(t, "%s\t", s.name)
		for _, of := range []func(figures) (text string, value float64){
			func(f figures) (string, float64) { return fmt.Sprintf("%.0f", f.rate), f.rate },
			func(f figures) (string, float64) { return milliseconds(f.p50), f.p50.Seconds() },
			func(f figures) (string, float64) { return milliseconds(f.p99), f.p99.Seconds() },
			func(f figures) (string, float64) { return fmt.Sprintf("%.3f", f.cpu.Seconds()*1000), f.cpu.Seconds() },
			func(f figures) (string, float64) {
				return fmt.Sprintf("%.0f", float64(f.resident)/(1<<20)), float64(f.resident)
			},
		} {
			text, value := of(list[i].figures)
			_, first := of(list[0].figures)
			fmt.Fprintf(t, "%s %s\t", text, ratio(first, value))
		}
		fmt.Fprintf(t, "%s\t\n", codes(list[i].other))
	}
	_ = t.Flush()
	for i, s := range servers {
		if list[i].err != nil {
			fmt.Fprintf(w, "%s: not run: %v\n", s.name, list[i].err)
		}
	}
	fmt.Fprint(w, "\nWhat they do and do not do, beside ours:\n")
	for _, s := range servers {
		if s.lacks != "" {
			fmt.Fprintf(w, "%s: %s\n", s.name, s.lacks)
		}
	}
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1000) }

// ratio is how much ours is of another's, in brackets.
func ratio(ours, other float64) string {
	if ours == 0 || other == 0 {
		return "(-)"
	}
	return fmt.Sprintf("(%.2f)", ours/other)
}

// codes tells answers by their code: 0 is good news.
func codes(of map[int]int) string {
	var list []string
	for _, code := range slices.Sorted(maps.Keys(of)) {
		list = append(list, fmt.Sprintf("%d × %d", of[code], code))
	}
	if len(list) == 0 {
		return "0"
	}
	return strings.Join(list, ", ")
}

// printParts prints what parts of the program cost beside others.
func printParts(w io.Writer, list []part) {
	fmt.Fprint(w, "\nParts of the program, one beside another:\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range list {
		if p.err != nil {
			fmt.Fprintf(t, "%s\tnot run: %v\n", p.what, p.err)
			continue
		}
		fmt.Fprintf(t, "%s\t%.2f\t%s\n", p.what, p.ratio, p.detail)
	}
	_ = t.Flush()
}
