package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A loaded is what a server made of a load.
type loaded struct {
	took   time.Duration
	waited []time.Duration // for each answer of 2xx, sorted
	other  map[int]int     // how many answers of each other code
}

// load sends requests over so many connections, each waiting for its answer before the
// next, until none is left or the time is up. Nothing is made or parsed here that could
// be made before, so that the load costs less than what it measures.
func load(
	ctx context.Context, addr string, requests [][]byte, connections int, most time.Duration,
) (loaded, error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	parts, errs := make([]loaded, connections), make([]error, connections)
	begin := time.Now()
	for i := range connections {
		wg.Go(func() {
			parts[i], errs[i] = send(ctx, addr, begin.Add(most), func() []byte {
				if n := next.Add(1); n <= int64(len(requests)) {
					return requests[n-1]
				}
				return nil
			})
		})
	}
	wg.Wait()
	sum := loaded{took: time.Since(begin), other: map[int]int{}}
	for _, part := range parts {
		sum.waited = append(sum.waited, part.waited...)
		for code, n := range maps.All(part.other) {
			sum.other[code] += n
		}
	}
	slices.Sort(sum.waited)
	return sum, errors.Join(errs...)
}

// send is what one connection does of a load.
func send(ctx context.Context, addr string, until time.Time, next func() []byte) (loaded, error) {
	part := loaded{waited: make([]time.Duration, 0, 4096), other: map[int]int{}}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return part, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(until.Add(20 * time.Second)); err != nil {
		return part, err
	}
	answers := bufio.NewReaderSize(conn, 16<<10)
	for begin := time.Now(); begin.Before(until) && ctx.Err() == nil; {
		request := next()
		if request == nil {
			break
		}
		if _, err := conn.Write(request); err != nil {
			return part, err
		}
		code, err := readAnswer(answers)
		if err != nil {
			return part, err
		}
		end := time.Now()
		if code/100 == 2 {
			part.waited = append(part.waited, end.Sub(begin))
		} else {
			part.other[code]++
		}
		begin = end
	}
	return part, ctx.Err()
}

// readAnswer reads an answer to its end and gives its code.
func readAnswer(r *bufio.Reader) (code int, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, fmt.Errorf("no answer of HTTP: %q", line)
	}
	if code, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, err
	}
	length, chunked := 0, false
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		switch {
		case len(name) == 0 && chunked:
			return code, discardChunks(r)
		case len(name) == 0:
			_, err := r.Discard(length)
			return code, err
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		}
	}
}

// discardChunks reads a body that comes in chunks. None of the servers sends a trailer.
func discardChunks(r *bufio.Reader) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 31)
		if err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, r, int64(size)+2); err != nil { // with the end of its line
			return err
		}
		if size == 0 {
			return nil
		}
	}
}
