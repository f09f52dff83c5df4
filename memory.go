package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// giveBack gives the system what memory is free, and the program's own pages.
func giveBack() {
	debug.FreeOSMemory()
	releaseProgram()
}

// spareAgain looks each minute, until ctx ends, whether much was done and is over, and gives
// back then what that has taken. By themselves the collector would keep room for as much
// again, and the system the pages of code that nobody needs now.
func spareAgain(ctx context.Context) {
	minutes := time.NewTicker(time.Minute)
	defer minutes.Stop()
	u := use{before: allocated()} // the start is a burst, too, and what it has begun has ended only now
	for {
		select {
		case <-ctx.Done():
			return
		case <-minutes.C:
		}
		if u.over(allocated()) {
			giveBack()
		}
	}
}

// A use is how much memory was asked for, in bytes since the start. Most of it is free again.
type use struct {
	before uint64 // by the last look
	given  uint64 // when memory was given back last
}

// Bounds of a use, in bytes.
const (
	quiet = 8 << 20 // less is asked for in a minute without much to do
	much  = 4 << 20 // less is not worth giving back
)

// over reports whether much was asked for since memory was given back, and little in the
// minute since the last look. What it reports is done.
func (u *use) over(allocated uint64) bool {
	still := allocated-u.before < quiet
	u.before = allocated
	if !still || allocated-u.given < much {
		return false
	}
	u.given = allocated
	return true
}

// allocated is how many bytes Go's part of the program has asked for since the start.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
