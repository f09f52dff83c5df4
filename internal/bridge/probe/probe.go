// Package probe tries at a merchant's own shop what InSales documents nowhere,
// before the first order depends on it.
//
// A Prober works for one company. A person starts it; it never runs by itself. It
// takes the assumptions of the program (assumption.go) one after the other, asks the
// shop what shows whether they hold (read_step.go), and, if the person allows it,
// lives an order's whole life there (order_step.go, hook_step.go). What came of it
// is a storage.Probe: one item with a verdict for each assumption, without secrets
// and without anything about a person. What the program acts on is given to the
// company as storage.Probed (learn.go).
//
// Whatever is made in the shop was written into the store before, and is removed
// when the probe ends, when the process comes back after a death, or when a person
// asks for it (removal.go). An order of the probe carries a marker of its own kind,
// which no desk takes for an order of the chat.
//
// The package changes nothing of a real order, client or product, takes no payment,
// uses no more than a bounded number of requests of the least important kind, and
// stands back while orders are on their way.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"sync"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/legible"
	"ineed-insales/storage"
)

// A Config says what a prober works with beside its company.
type Config struct {
	// Busy reports whether orders of the company are on their way to the shop: the
	// probe waits for them.
	Busy func() bool

	// Neighbours gives the clients of other companies that use the same shop with
	// another key.
	Neighbours func() []*insales.Client
}

// A Contact is what the person who starts a probe types for the client of its
// orders: their own name, phone and e-mail. What is empty is not sent. It is kept in
// memory only, and only while the probe runs.
type Contact struct{ Name, Phone, Email string }

// maxContact bounds each part of a Contact, in bytes.
const maxContact = 200

// tidy gives the contact in letters that a shop can show. What no shop would take is a
// problem.Invalid that names the field.
func (c Contact) tidy() (Contact, error) {
	var bad problem.Invalid
	for _, f := range []struct {
		name  string
		value *string
	}{{"name", &c.Name}, {"phone", &c.Phone}, {"email", &c.Email}} {
		*f.value = legible.Line(*f.value)
		if len(*f.value) > maxContact {
			bad.Add("contact."+f.name, problem.FieldTooLong, "max", strconv.Itoa(maxContact))
		}
	}
	if c.Phone != "" && len(digitsOf(c.Phone)) < 5 {
		bad.Add("contact.phone", problem.FieldPhone)
	}
	if a, err := mail.ParseAddress(c.Email); c.Email != "" && (err != nil || a.Address != c.Email) {
		bad.Add("contact.email", problem.FieldEmail)
	}
	return c, bad.Err()
}

// A Prober probes the shop of one company.
type Prober struct {
	company *company.Company
	cfg     Config
	task    *company.Task

	mu      sync.Mutex      // guards what follows; nothing is sent and no transaction begins while it is held
	asked   *request        // what a person has asked for and has not begun
	running *run            // what runs now
	cleanAt time.Time       // when removal is tried next; zero = at once
	woken   bool            // what an earlier life of the process has left was looked at
	cleaned []chan struct{} // closed after the next removal, for those who wait for it
}

// A request is what a person has asked for.
type request struct {
	writes  bool
	contact Contact
	entry   storage.Entry // of the journal; stored with the begin of the probe
}

// New makes the prober of a company and registers its task.
func New(c *company.Company, cfg Config) *Prober {
	p := &Prober{company: c, cfg: cfg}
	p.task = c.Register("probe", 1, p.due)
	return p
}

// Start asks for a probe, which begins soon. It is refused while one runs, and if
// there is nothing to probe with: no key that can be read, or, for writing, no
// payment and delivery that are mapped. Who has asked stands in the journal as soon as
// it begins.
func (p *Prober) Start(ctx context.Context, writes bool, contact Contact) error {
	c := p.company.Settings()
	switch {
	case c.Sealed:
		return &problem.Refused{Problem: storage.Problem{Code: problem.SecretsSealed}}
	case writes && (len(c.Orders.Payments) == 0 || len(c.Orders.Deliveries) == 0):
		return &problem.Refused{Problem: storage.Problem{Code: problem.ProbeNoMaps}}
	}
	contact, err := contact.tidy()
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked != nil || p.running != nil {
		return &problem.Refused{Problem: storage.Problem{Code: problem.ProbeRuns}}
	}
	p.asked = &request{writes, contact, company.OfCompany(ctx, storage.EntryProbed, p.company.ID,
		storage.Change{Field: "probe.write", New: strconv.FormatBool(writes)})}
	p.task.Wake()
	return nil
}

// Clean asks that what probes have left in the shop is removed now, and waits for
// that as long as a person does. Who has asked stands in the journal.
func (p *Prober) Clean(ctx context.Context) error {
	done, err := p.askRemoval()
	if err != nil {
		return err
	}
	err = p.company.Update(ctx, func(tx *storage.Tx) error {
		return tx.AddEntry(company.OfCompany(ctx, storage.EntryCleaned, p.company.ID))
	})
	if err != nil {
		return err
	}
	p.task.Wake()
	ctx, cancel := context.WithTimeout(ctx, company.PersonWaits)
	defer cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// askRemoval lets the next step of the task remove what is left, and gives what is
// closed after that.
func (p *Prober) askRemoval() (<-chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked != nil || p.running != nil {
		return nil, &problem.Refused{Problem: storage.Problem{Code: problem.ProbeRuns}}
	}
	done := make(chan struct{})
	p.cleaned = append(p.cleaned, done)
	p.cleanAt = time.Time{}
	return done, nil
}

// Offered reports whether people should be told that a probe can be had: the shop has
// answered, payments and deliveries are mapped, and no probe has ended yet.
func Offered(c storage.Company) bool {
	answered := c.AccountID != 0 || c.Learnt.PaidTill != ""
	return answered && len(c.Orders.Payments) > 0 && len(c.Orders.Deliveries) > 0 && c.Learnt.Probed == nil
}

// A Left is something of a probe that is still in the shop.
type Left struct {
	What string // storage.ProbeOrder, ProbeClient or ProbeHook
	ID   int64  // 0 = it is not known whether it was made
	URL  string // where a person finds it in the shop's admin; "" if that is not known
}

// ErrNever tells that a shop was never probed. It is a storage.ErrNotFound.
var ErrNever = fmt.Errorf("never probed: %w", storage.ErrNotFound)

// State gives the last probe, or the one that runs, and what of all probes is still
// in the shop. It fails with ErrNever if there was none.
func (p *Prober) State(ctx context.Context) (storage.Probe, []Left, error) {
	last, err := p.company.Store.Probe(ctx, p.company.ID)
	p.mu.Lock()
	if p.running != nil {
		last, err = p.running.snapshot(), nil
		last.State, last.EndedAt = storage.ProbeRunning, time.Time{} // until it is stored
	} else if p.asked != nil {
		last, err = storage.Probe{Company: p.company.ID, State: storage.ProbeRunning, Writes: p.asked.writes,
			BeganAt: time.Now(), Version: p.company.Config.Version}, nil
	}
	p.mu.Unlock()
	if errors.Is(err, storage.ErrNotFound) {
		err = ErrNever
	}
	if err != nil {
		return storage.Probe{}, nil, err
	}
	things, err := p.company.Store.ProbeThings(ctx, p.company.ID)
	if err != nil || last.State == storage.ProbeRunning {
		return last, nil, err // what a probe has made is not left before it ends
	}
	return last, leftOf(p.company.Settings().Shop.URL, things), nil
}

func leftOf(shop string, things []storage.ProbeThing) []Left {
	var list []Left
	for _, t := range things {
		l := Left{What: t.Kind, ID: t.InSalesID}
		switch {
		case t.InSalesID == 0:
		case t.Kind == storage.ProbeOrder:
			l.URL = insales.AdminURL(shop, t.InSalesID)
		case t.Kind == storage.ProbeClient:
			l.URL = insales.ClientURL(shop, t.InSalesID)
		}
		list = append(list, l)
	}
	return list
}

// Changed lets what could not be removed be tried again: the key may be another one.
func (p *Prober) Changed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cleanAt = time.Time{}
}

// due is the step of the task: it removes what is left, and begins what was asked for.
func (p *Prober) due(ctx context.Context) time.Duration {
	p.mu.Lock()
	asked, woken, cleanAt := p.asked, p.woken, p.cleanAt
	p.mu.Unlock()
	if !woken {
		if err := p.endEarlier(ctx); err != nil {
			p.company.Log.Error("probe of an earlier life not ended", "err", err)
			return removeEvery
		}
		p.mu.Lock()
		p.woken = true
		p.mu.Unlock()
	}
	if !time.Now().Before(cleanAt) {
		p.clean(ctx)
	}
	if asked != nil && ctx.Err() == nil {
		p.execute(ctx, *asked)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(min(time.Until(p.cleanAt), company.Idle), 0)
}

// endEarlier ends the probe that ran when the process died.
func (p *Prober) endEarlier(ctx context.Context) error {
	last, err := p.company.Store.Probe(ctx, p.company.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && last.State != storage.ProbeRunning {
		return nil
	}
	if err != nil {
		return err
	}
	last.State, last.EndedAt = storage.ProbeInterrupted, time.Now()
	return p.store(ctx, last)
}

// store stores a probe together with what the journal is to say of it.
func (p *Prober) store(ctx context.Context, s storage.Probe, entries ...storage.Entry) error {
	err := p.company.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		for _, e := range entries {
			if err := tx.AddEntry(e); err != nil {
				return err
			}
		}
		return tx.PutProbe(s)
	})
	if errors.Is(err, storage.ErrNotFound) {
		return nil // the company is deleted
	}
	return err
}

// execute runs one probe from its begin to its end.
func (p *Prober) execute(ctx context.Context, asked request) {
	settings, shop := p.company.Snapshot()
	r := newRun(p, settings, shop, asked)
	p.mu.Lock()
	p.asked, p.running = nil, r
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.running = nil
	}()
	if err := p.store(ctx, r.snapshot(), asked.entry); err != nil {
		p.company.Log.Error("probe not begun", "err", err)
		return
	}
	r.all(ctx)
	p.learn(ctx, r)
	if err := p.store(ctx, r.snapshot()); err != nil {
		p.company.Log.Error("probe not stored", "err", err)
	}
	p.company.Log.Info("probe ended", "writes", asked.writes, "requests", r.requests,
		"otherwise", slices.Sorted(r.namesOf(storage.ProbeOtherwise)))
}

// busy reports whether orders are on their way.
func (p *Prober) busy() bool { return p.cfg.Busy != nil && p.cfg.Busy() }
