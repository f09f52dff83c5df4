// Package reach looks whether both sides of every company can be reached from here, and we
// ourselves at our public URL, for the administrator who asks the doctor.
//
// A [Scout] asks each shop and each chat once for anything, with no key and no data of
// anybody, and says how far that came: the name, the certificate, an answer. Whether a shop
// gives what orders need is package check's to say. The clocks of those who answer are
// compared with ours. To see whether the public URL leads to us, the scout asks it for an
// echo that nobody else can give: it names a number that only this process knows, and gets
// another one.
//
// Every question has a time-out, all together have one, and few are asked at a time. Nothing
// here is stored, and nothing goes out by another way than orders do.
package reach

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Result is what was found of one thing.
type Result string

// The results. A problem keeps something from working, a warning may.
const (
	OK        Result = "ok"
	Warning   Result = "warning"
	Problem   Result = "problem"
	Unchecked Result = "unchecked"
)

// A Finding is what was found of one thing. Its words are package locale's: doctor.NAME, and
// doctor.NAME.REASON where there is a reason.
type Finding struct {
	Name   string
	Args   map[string]string // which one it is, and figures
	Result Result
	Reason string // why it is not simply ok; "" = nothing more to say
}

// A Side is a shop or a chat of a company.
type Side struct {
	Company   string
	Name      string // shop or chat
	URL       string // "" = none is set
	Transport http.RoundTripper
}

// How long may be waited: for one answer, and for all of them.
const (
	patience = 10 * time.Second
	longest  = 40 * time.Second
)

// atOnce is how many are asked at a time.
const atOnce = 8

// A Config says what a Scout works with.
type Config struct {
	PublicURL string            // at which others reach us; "" = none
	Sides     func() []Side     // of all companies, now
	Transport http.RoundTripper // to the public URL, which the administrator has named
	UserAgent string
}

// A Scout looks whether others can be reached. It may be used concurrently.
type Scout struct {
	cfg Config

	mu      sync.Mutex
	pending map[string]string // the answers to echoes that are under way, by what is asked
}

// New makes a scout.
func New(cfg Config) *Scout { return &Scout{cfg: cfg, pending: map[string]string{}} }

// Look asks both sides of every company, and ourselves. The findings come in the order of
// the companies, with those of the clock and of the public URL at the end.
func (s *Scout) Look(ctx context.Context) []Finding {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	sides := s.cfg.Sides()
	answers := make([]answer, len(sides)+1)
	places := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, side := range sides {
		wg.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			answers[i] = s.ask(ctx, side)
		})
	}
	wg.Go(func() { answers[len(sides)] = s.askOurselves(ctx) })
	wg.Wait()
	var list []Finding
	for _, a := range answers[:len(sides)] {
		list = append(list, a.findings...)
	}
	list = append(list, clock(answers[:len(sides)]))
	return append(list, answers[len(sides)].findings...)
}

// Answer gives what is to be answered to whoever asks for an echo; false if nobody of ours
// has asked for that one.
func (s *Scout) Answer(asked string) (answer string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer, ok = s.pending[asked]
	return answer, ok
}

// expect has an echo answered until done is called.
func (s *Scout) expect() (asked, answer string, done func()) {
	asked, answer = rand.Text(), rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending[asked] = answer
	return asked, answer, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.pending, asked)
	}
}

// How far the clocks may be apart. Signatures of webhooks are refused from five minutes on.
const (
	clockOdd = 30 * time.Second
	clockOff = 4 * time.Minute
)

// clock compares our clock with those that have told theirs. One of them may be wrong; what
// most of them say counts.
func clock(answers []answer) Finding {
	var ahead []time.Duration
	for _, a := range answers {
		if a.told {
			ahead = append(ahead, a.ahead)
		}
	}
	if len(ahead) == 0 {
		return Finding{Name: "clock", Result: Unchecked, Reason: "nobody"}
	}
	slices.Sort(ahead)
	off := ahead[len(ahead)/2].Round(time.Second)
	f := Finding{Name: "clock", Result: OK, Args: map[string]string{"offset": off.Abs().String()}}
	switch {
	case off.Abs() >= clockOff:
		f.Result, f.Reason = Problem, "off"
	case off.Abs() >= clockOdd:
		f.Result, f.Reason = Warning, "off"
	}
	return f
}

// echoURL is where an echo is asked for.
func (s *Scout) echoURL(asked string) string {
	return strings.TrimRight(s.cfg.PublicURL, "/") + "/webhooks/echo/" + asked
}
