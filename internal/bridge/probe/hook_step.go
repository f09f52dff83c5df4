package probe

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order/hook"
	"ineed-insales/storage"
)

const (
	hookWait = 15 * time.Second // for the first call after the changes
	hookMore = time.Second      // for further ones, once one has come
)

// A Call is a webhook that has come in at the probe's own address.
type Call struct {
	At     time.Time
	From   string // the address it came from
	Header http.Header
	Body   []byte
}

// A listener collects the calls of one probe.
type listener struct {
	token string
	mu    sync.Mutex
	calls []Call
	came  chan struct{}
}

// MaxBody is how much of the body of a Call is of use: an order of the probe has one
// line. At most mostCalls of them are kept.
const (
	MaxBody   = 64 << 10
	mostCalls = 20
)

func (l *listener) take(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) < mostCalls {
		l.calls = append(l.calls, c)
	}
	select {
	case l.came <- struct{}{}:
	default:
	}
}

// HookToken reports whether the last segment of a webhook's address is the running
// probe's. Who asks for it before anything is read lets no stranger in.
func (p *Prober) HookToken(token string) bool { return p.listenerOf(token) != nil }

func (p *Prober) listenerOf(token string) *listener {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil || p.running.listener.Load() == nil {
		return nil
	}
	l := p.running.listener.Load()
	if subtle.ConstantTimeCompare([]byte(l.token), []byte(token)) == 1 {
		return l
	}
	return nil
}

// Hooked takes a webhook at the probe's own address; false if no probe waits for it.
func (p *Prober) Hooked(token string, c Call) bool {
	l := p.listenerOf(token)
	if l != nil {
		l.take(c)
	}
	return l != nil
}

// listen registers a webhook at an address of its own; nil if there is none that the
// shop could reach, or no right to register one.
func (r *run) listen(ctx context.Context) (*listener, error) {
	public := r.prober.company.Config.PublicURL
	if public == "" {
		r.says("hook_delivered", untried(reasonNoURL), exchange{})
		return nil, nil
	}
	l := &listener{token: hook.ProbePrefix + r.token, came: make(chan struct{}, 1)}
	r.listener.Store(l)
	thing, err := r.prober.intend(ctx, storage.ProbeThing{AccountID: r.settings.AccountID, Kind: storage.ProbeHook,
		Token: l.token, MadeAt: time.Now().Add(r.lists.ahead)})
	if err != nil {
		return nil, err
	}
	address := hook.ProbeURL(public, r.settings.ID, l.token)
	t := insales.Trial{Name: "webhook_create", Method: http.MethodPost, Path: "webhooks",
		In: map[string]map[string]string{"webhook": {"address": address, "topic": insales.TopicOrderUpdate,
			"format_type": "json"}}}
	reply, err := r.ask(ctx, t)
	e := exchangeOf(t, reply, false, r.asked.contact)
	if err != nil {
		return nil, err
	}
	if reply.Status/100 != 2 {
		r.says("hook_delivered", untried(reasonNoRight), e)
		if reply.Status/100 == 4 {
			err = r.prober.ended(ctx, thing)
		}
		return nil, err
	}
	thing.InSalesID = read(reply.Body).id("id")
	return l, r.prober.learned(ctx, thing)
}

// heard waits for the webhook of the changes and judges it.
func (r *run) heard(ctx context.Context, l *listener) error {
	if l == nil {
		return nil
	}
	begun := time.Now()
	wait := time.After(hookWait)
loop:
	for {
		select {
		case <-l.came:
			break loop
		case <-wait:
			break loop
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	l.mu.Lock()
	came := len(l.calls) > 0
	l.mu.Unlock()
	if came {
		if err := pause(ctx, hookMore); err != nil {
			return err
		}
	}
	l.mu.Lock()
	calls := append([]Call(nil), l.calls...)
	l.mu.Unlock()
	r.hookVerdict(calls, begun)
	things, err := r.prober.company.Store.ProbeThings(ctx, r.settings.ID)
	if err != nil {
		return err
	}
	for _, t := range things {
		if t.Kind == storage.ProbeHook {
			if _, _, err := r.prober.removeThing(ctx, r.askFreely, t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) hookVerdict(calls []Call, begun time.Time) {
	var e exchange
	if len(calls) == 0 && !r.changed {
		r.says("hook_delivered", unknown(reasonNothingToTry), e)
		return
	}
	if len(calls) == 0 {
		r.says("hook_delivered", otherwise(reasonNotCame, "seconds", strconv.Itoa(int(hookWait.Seconds()))), e)
		return
	}
	first := calls[0]
	froms := map[string]bool{}
	for _, c := range calls {
		froms[c.From] = true
	}
	var text strings.Builder
	for _, name := range []string{"Content-Type", "User-Agent", "Content-Length"} {
		if v := first.Header.Get(name); v != "" {
			text.WriteString(name + ": " + clip(printable(v), 200) + "\n")
		}
	}
	e.answered = text.String() + clip(masked(first.Body, r.asked.contact), maxAnswered)
	e.took = max(first.At.Sub(begun), 0)
	ours := read(first.Body).id("id") == r.order.thing.InSalesID
	r.says("hook_delivered", when(ours, reasonNoField, "field", "id", "calls", strconv.Itoa(len(calls)),
		"addresses", strconv.Itoa(len(froms)), "content_type", clip(first.Header.Get("Content-Type"), 60)), e)
}
