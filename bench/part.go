package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A figure names one value that a benchmark of Go reports.
type figure struct{ benchmark, unit string }

// A comparison is a ratio of two values of benchmarks, or one that a benchmark reports
// itself or that stands to a known number.
type comparison struct {
	what  string
	this  figure
	that  figure  // no benchmark = known
	known float64 // 0 = 1
}

// A suite is benchmarks of one package that run in one go; several times in turn, and the
// medians count, where the machine says more than the program.
type suite struct {
	pkg, pattern, time string
	times              int
	env                []string
	comparisons        []comparison
}

// A part is the answer to a comparison.
type part struct {
	what   string
	ratio  float64
	detail string
	err    error
}

// suites are what is worth comparing within the program.
func suites() []suite {
	const webhook, page = "BenchmarkWebhook/", "BenchmarkPage/"
	pages := []comparison{}
	for _, name := range []string{
		"overview", "orders", "attention", "search-phone", "search-number", "order", "metrics",
	} {
		pages = append(pages, comparison{
			what: "page " + name + ": 100,000 orders / 1,000 orders",
			this: figure{page + "orders=100000/" + name, "best-ms"},
			that: figure{page + "orders=1000/" + name, "best-ms"},
		})
	}
	return []suite{
		{"./handlers", "^BenchmarkWebhook$/^(group|single)$/^connections=(1|64)$", "1s", 3, nil, []comparison{
			{what: "orders/s over 64 connections: shared commits / one commit an order",
				this: figure{webhook + "group/connections=64", "orders/s"},
				that: figure{webhook + "single/connections=64", "orders/s"}},
			{what: "orders/s over 1 connection: shared commits / one commit an order",
				this: figure{webhook + "group/connections=1", "orders/s"},
				that: figure{webhook + "single/connections=1", "orders/s"}},
			{what: "orders/s with shared commits: 64 connections / 1",
				this: figure{webhook + "group/connections=64", "orders/s"},
				that: figure{webhook + "group/connections=1", "orders/s"}},
		}},
		{"./handlers", "^BenchmarkStranger$", "1s", 1, nil, []comparison{
			{what: "time of a forged webhook: a company that exists / one that does not",
				this: figure{"BenchmarkStranger/forged", "known/unknown"}},
		}},
		{"./internal/bridge", "^BenchmarkAcceptedToCreated$", "50x", 1, nil, []comparison{
			{what: "from 202 to the order in the shop: what we add / the shop's own 20 ms",
				this: figure{"BenchmarkAcceptedToCreated", "overhead-ms/op"}, known: 20},
		}},
		{"./internal/bridge", "^BenchmarkHookToAcknowledged$/^peers_take_20ms$", "10x", 1, nil, []comparison{
			{what: "from a change in the shop to the chat's answer: all / what peers of 20 ms take",
				this: figure{"BenchmarkHookToAcknowledged/peers_take_20ms", "total/needed"}},
		}},
		{"./internal/bridge", "^BenchmarkOrderInFile$", "1x", 1, nil, []comparison{
			{what: "an order in the file, with its history / its webhook of 3 KB",
				this: figure{"BenchmarkOrderInFile", "B/order"}, known: 3 << 10},
		}},
		{"./handlers", "^BenchmarkFeed$", "1x", 1, []string{"FEED_OFFERS=20000"}, []comparison{
			{what: "offers/s of the catalog feed: in gzip / as it is",
				this: figure{"BenchmarkFeed/gzip/offers=20000", "offers/s"},
				that: figure{"BenchmarkFeed/identity/offers=20000", "offers/s"}},
		}},
		{"./handlers", "^BenchmarkPage$/^orders=(1000|100000)$", "20x", 1, nil, pages},
		{".", "^BenchmarkCatalog$", "1x", 1, nil, []comparison{
			{what: "CPU of a catalog: 100,000 products / 100 times 1,000 products",
				this:  figure{"BenchmarkCatalog/products=100000", "cpu-s"},
				that:  figure{"BenchmarkCatalog/products=1000", "cpu-s"},
				known: 100},
			{what: "memory of a catalog: 100,000 products / 1,000 products",
				this: figure{"BenchmarkCatalog/products=100000", "MiB"},
				that: figure{"BenchmarkCatalog/products=1000", "MiB"}},
		}},
	}
}

// measureParts runs the suites and compares.
func (b *bench) measureParts(ctx context.Context) []part {
	var list []part
	for _, s := range suites() {
		b.say("%s of %s", strings.NewReplacer("^", "", "$", "").Replace(s.pattern), s.pkg)
		var text strings.Builder
		var err error
		for range s.times {
			var out []byte
			out, err = run(ctx, b.root, s.env,
				"go", "test", "-run", "^$", "-bench", s.pattern, "-benchtime", s.time, s.pkg)
			if err != nil {
				break
			}
			text.Write(out)
		}
		values := readBenchmarks(text.String())
		for _, c := range s.comparisons {
			p := part{what: c.what, err: err}
			if err == nil {
				p.ratio, p.detail, p.err = c.of(values)
			}
			list = append(list, p)
		}
	}
	return list
}

// of makes the comparison with what was read.
func (c comparison) of(values map[figure]float64) (ratio float64, detail string, err error) {
	this, ok := values[c.this]
	if !ok {
		return 0, "", fmt.Errorf("nothing reports %s of %s", c.this.unit, c.this.benchmark)
	}
	if c.that.benchmark == "" && c.known == 0 {
		return this, "", nil
	}
	that := 1.0
	detail = fmt.Sprintf("%.4g %s", this, c.this.unit)
	if c.that.benchmark != "" {
		if that, ok = values[c.that]; !ok {
			return 0, "", fmt.Errorf("nothing reports %s of %s", c.that.unit, c.that.benchmark)
		}
		detail = fmt.Sprintf("%.4g and %.4g %s", this, that, c.this.unit)
	}
	if c.known != 0 {
		that *= c.known
	}
	if that == 0 {
		return 0, "", errors.New("there is nothing to compare with")
	}
	return this / that, detail, nil
}

// readBenchmarks reads what go test -bench prints: a name with the number of threads
// behind it, how many runs, and values with their units. Of what comes several times it
// gives the median.
func readBenchmarks(text string) map[figure]float64 {
	all := map[figure][]float64{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := fields[0]
		if i := strings.LastIndexByte(name, '-'); i >= 0 {
			if _, err := strconv.Atoi(name[i+1:]); err == nil {
				name = name[:i]
			}
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				f := figure{name, fields[i+1]}
				all[f] = append(all[f], value)
			}
		}
	}
	values := map[figure]float64{}
	for f, list := range all {
		slices.Sort(list)
		values[f] = list[len(list)/2]
	}
	return values
}
