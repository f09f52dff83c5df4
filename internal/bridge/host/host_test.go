package host

import (
	"fmt"
	"testing"
	"time"

	"ineed-insales/storage"
)

func code(p *storage.Problem) string {
	if p == nil {
		return ""
	}
	return fmt.Sprint(p.Code, p.Args)
}

func TestDiskLow(t *testing.T) {
	const mib = 1 << 20
	disk := func(free, size uint64, need int64) storage.Disk {
		return storage.Disk{DiskFree: free * mib, DiskSize: size * mib, DiskKnown: true, CopyNeeds: need * mib}
	}
	for _, test := range []struct {
		d    storage.Disk
		want string
	}{
		{storage.Disk{}, ""}, // a disk that says nothing of itself
		{disk(10000, 20000, 40), ""},
		{disk(256, 20000, 40), ""},
		{disk(255, 20000, 40), "disk_lowmap[free:255 need:256]"},
		{disk(100, 1000, 40), ""}, // a small disk: the tenth part is enough
		{disk(99, 1000, 40), "disk_lowmap[free:99 need:100]"},
		{disk(6000, 20000, 6000), ""}, // a large database has to fit in once more
		{disk(5999, 20000, 6000), "disk_lowmap[free:5999 need:6000]"},
		{disk(0, 20000, 40), "disk_lowmap[free:0 need:256]"},
	} {
		if got := code(diskLow(test.d)); got != test.want {
			t.Errorf("%+v: %q, want %q", test.d, got, test.want)
		}
	}
}

func TestClockOff(t *testing.T) {
	const s = time.Second
	for _, test := range []struct {
		ahead []time.Duration
		want  string
	}{
		{nil, ""},
		{[]time.Duration{119 * s}, ""},
		{[]time.Duration{120 * s}, "clock_slowmap[seconds:120]"},
		{[]time.Duration{-120 * s}, "clock_fastmap[seconds:120]"},
		{[]time.Duration{400 * s, 130 * s}, "clock_slowmap[seconds:130]"},
		{[]time.Duration{-400 * s, -130 * s, -500 * s}, "clock_fastmap[seconds:130]"},
		{[]time.Duration{400 * s, 1 * s}, ""},    // that peer's clock is off, not ours
		{[]time.Duration{400 * s, 0}, ""},        //
		{[]time.Duration{400 * s, -400 * s}, ""}, // nobody knows whose
		{[]time.Duration{-400 * s, 400 * s}, ""},
	} {
		if got := code(clockOff(test.ahead)); got != test.want {
			t.Errorf("%v: %q, want %q", test.ahead, got, test.want)
		}
	}
}

func TestRestarts(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		minutes []int // before now
		want    string
	}{
		{nil, ""},
		{[]int{20, 10}, ""},
		{[]int{20, 10, 0}, "restartsmap[n:3]"},
		{[]int{60, 20, 10}, ""},
		{[]int{59, 20, 10}, "restartsmap[n:3]"},
		{[]int{50, 40, 30, 20, 10}, "restartsmap[n:5]"},
		{[]int{20, 10, -1}, ""}, // the clock was set back
	} {
		var crashed []time.Time
		for _, m := range test.minutes {
			crashed = append(crashed, now.Add(-time.Duration(m)*time.Minute))
		}
		if got := code(restarts(crashed, now)); got != test.want {
			t.Errorf("%v: %q, want %q", test.minutes, got, test.want)
		}
	}
}
