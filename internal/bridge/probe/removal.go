package probe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// Everything that a probe makes is a row before it is a request, and the row ends
// only when the thing is certainly not in the shop any more. So whatever dies in
// between, the next life of the process finds the row: by its id if the answer had
// come, else by its token, in the feed of orders or the list of webhooks. What is not
// found there counts as never made only after the time within which a request may
// still take effect.

const (
	removeEvery = 20 * time.Second // between looks for what may have been made
	certain     = 2 * time.Minute  // after that a request has taken effect or never will
	removeTime  = 2 * time.Minute  // for one removal of all
	mostPages   = 8                // of the feed, for an order whose id is not known
)

// intend writes a thing down before it is made.
func (p *Prober) intend(ctx context.Context, t storage.ProbeThing) (storage.ProbeThing, error) {
	err := p.company.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) (err error) {
		t.Seq, err = tx.AddProbeThing(p.company.ID, t)
		return err
	})
	return t, err
}

// learned keeps what was learnt of a thing.
func (p *Prober) learned(ctx context.Context, t storage.ProbeThing) error {
	return p.company.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error { return tx.SetProbeThing(t) })
}

// ended notes that a thing is not in the shop.
func (p *Prober) ended(ctx context.Context, t storage.ProbeThing) error {
	return p.company.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		return tx.EndProbeThing(t.Seq, time.Now())
	})
}

// An asker sends a trial.
type asker func(context.Context, insales.Trial) (insales.Reply, error)

// askShop sends a trial as soon as the window admits it.
func askShop(ctx context.Context, shop *insales.Client, t insales.Trial) (insales.Reply, error) {
	return company.Ask(ctx, shop, insales.Catalog,
		func(ctx context.Context, p *insales.Permit) (insales.Reply, error) { return shop.Try(ctx, p, t) })
}

// remove removes what this and earlier probes have left, at the end of a run. The
// run's own end does not end it.
func (r *run) remove(ctx context.Context) { r.prober.clean(ctx) }

// clean removes what is left in the shop, and says when to look again.
func (p *Prober) clean(ctx context.Context) {
	settings, shop := p.company.Snapshot()
	next := time.Now().Add(24 * 365 * time.Hour) // when somebody asks
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.cleanAt = next
		for _, done := range p.cleaned {
			close(done)
		}
		p.cleaned = nil
	}()
	if settings.Sealed {
		return
	}
	limited, cancel := context.WithTimeout(ctx, removeTime)
	defer cancel()
	ask := func(ctx context.Context, t insales.Trial) (insales.Reply, error) { return askShop(ctx, shop, t) }
	things, err := p.company.Store.ProbeThings(ctx, p.company.ID)
	if err == nil && len(things) == 0 {
		return
	}
	account := int64(0)
	if err == nil {
		account, err = accountOf(limited, ask, settings.AccountID)
	}
	if err != nil {
		next = time.Now().Add(removeEvery)
		p.company.Log.Warn("what a probe has made was not removed", "err", err)
		return
	}
	// Orders before their clients: who has orders is not removed, and which client an
	// order has brought may show only now.
	for _, kind := range []string{storage.ProbeHook, storage.ProbeOrder, storage.ProbeClient} {
		again, err := p.cleanKind(limited, ask, account, kind)
		if err != nil || again {
			next = time.Now().Add(removeEvery)
		}
		if err != nil {
			p.company.Log.Warn("what a probe has made was not removed", "what", kind, "err", err)
			return
		}
	}
}

// accountOf asks which account is behind the settings now. They may lead to another
// shop than when the thing was made, and its id may be somebody's order there. A key
// that may not see the account cannot tell; then the one holds that the company is
// bound to.
func accountOf(ctx context.Context, ask asker, bound int64) (int64, error) {
	reply, err := ask(ctx, insales.Trial{Name: "account", Method: http.MethodGet, Path: "account"})
	if err != nil {
		return 0, err
	}
	if reply.Status == http.StatusForbidden || reply.Status/100 == 2 && read(reply.Body).id("id") == 0 {
		return bound, nil
	}
	if reply.Status/100 != 2 {
		return 0, &insales.Error{Op: "account", Status: reply.Status, Reached: true}
	}
	return read(reply.Body).id("id"), nil
}

// cleanKind removes the things of a kind that are in this account's shop. again tells
// that there may be one that does not show yet.
func (p *Prober) cleanKind(ctx context.Context, ask asker, account int64, kind string) (again bool, err error) {
	things, err := p.company.Store.ProbeThings(ctx, p.company.ID)
	if err != nil {
		return false, err
	}
	for _, t := range things {
		if t.Kind != kind || t.AccountID != 0 && t.AccountID != account {
			continue // what is in another shop is nothing to this one
		}
		removed, _, err := p.removeThing(ctx, ask, t)
		if err != nil {
			return false, err
		}
		again = again || !removed && t.InSalesID == 0
	}
	return again, nil
}

// ownClient writes down the client of an order, if it came into being with it: it
// has to be removed, too. Whoever was there before is somebody.
func (p *Prober) ownClient(ctx context.Context, t storage.ProbeThing, order document) (storage.ProbeThing, error) {
	c := order.object("client")
	born, _, ok := c.time("created_at")
	if c.id("id") == 0 || !ok || born.Before(t.MadeAt.Add(-5*time.Second)) {
		return storage.ProbeThing{}, nil
	}
	things, err := p.company.Store.ProbeThings(ctx, p.company.ID)
	if err != nil {
		return storage.ProbeThing{}, err
	}
	for _, known := range things {
		if known.Kind == storage.ProbeClient && known.InSalesID == c.id("id") {
			return known, nil
		}
	}
	return p.intend(ctx, storage.ProbeThing{AccountID: t.AccountID, Kind: storage.ProbeClient, Token: t.Token,
		InSalesID: c.id("id"), MadeAt: t.MadeAt})
}

// removeThing removes one thing. It reports whether it is gone for good, and what the
// shop has answered to its removal; 0 if it was certainly never made.
func (p *Prober) removeThing(
	ctx context.Context, ask asker, t storage.ProbeThing,
) (removed bool, status int, err error) {
	if t.InSalesID == 0 {
		if t.InSalesID, err = find(ctx, ask, t); err != nil {
			return false, 0, err
		}
		if t.InSalesID == 0 {
			if time.Since(t.MadeAt) < certain {
				return false, 0, nil
			}
			return true, 0, p.ended(ctx, t)
		}
	}
	t.Tries++
	if err := p.learned(ctx, t); err != nil {
		return false, 0, err
	}
	if t.Kind == storage.ProbeOrder {
		// A cancelled order gives its goods back; whether a deleted one does is not known.
		cancel := insales.Trial{Name: "probe_order_update", Method: http.MethodPut,
			Path: adminAddress(t.Kind, t.InSalesID),
			In:   map[string]map[string]string{"order": {"fulfillment_status": "declined"}}}
		reply, err := ask(ctx, cancel)
		if err == nil {
			_, err = p.ownClient(ctx, t, read(reply.Body))
		}
		if err != nil {
			return false, 0, err
		}
	}
	reply, err := ask(ctx, insales.Trial{Name: "probe_delete", Method: http.MethodDelete,
		Path: adminAddress(t.Kind, t.InSalesID)})
	if err != nil {
		return false, 0, err
	}
	if reply.Status/100 != 2 && reply.Status != http.StatusNotFound {
		if t.Kind != storage.ProbeOrder {
			return false, reply.Status, nil
		}
		if archived, err := archive(ctx, ask, t); err != nil || !archived {
			return false, reply.Status, err
		}
	}
	return true, reply.Status, p.ended(ctx, t)
}

// archive puts an order aside that cannot be deleted.
func archive(ctx context.Context, ask asker, t storage.ProbeThing) (bool, error) {
	reply, err := ask(ctx, insales.Trial{Name: "probe_order_update", Method: http.MethodPut,
		Path: adminAddress(t.Kind, t.InSalesID), In: map[string]map[string]bool{"order": {"archived": true}}})
	return err == nil && reply.Status/100 == 2 && read(reply.Body).truth("archived"), err
}

// find looks in the shop for a thing whose answer has not come; 0 = it is not there.
func find(ctx context.Context, ask asker, t storage.ProbeThing) (id int64, err error) {
	switch t.Kind {
	case storage.ProbeHook:
		_, err = ask(ctx, insales.Trial{Name: "webhooks", Method: http.MethodGet, Path: "webhooks",
			Each: func(element []byte) error {
				if d := read(element); strings.Contains(d.text("address"), t.Token) {
					id = d.id("id")
				}
				return nil
			}})
		return id, err
	case storage.ProbeOrder:
		return findOrder(ctx, ask, t)
	}
	return 0, errors.New("a client is known by its id only")
}

// findOrder walks the feed from the order's time on.
func findOrder(ctx context.Context, ask asker, t storage.ProbeThing) (id int64, err error) {
	since, from := t.MadeAt.Add(-2*time.Minute), int64(0)
	for range mostPages {
		q := url.Values{"updated_since": {since.UTC().Format(time.RFC3339)}, "page": {"1"}, "per_page": {"250"}}
		if from > 0 {
			q.Set("from_id", strconv.FormatInt(from, 10))
		}
		rows := 0
		_, err := ask(ctx, insales.Trial{Name: "orders", Method: http.MethodGet, Path: "orders", Query: q,
			Each: func(element []byte) error {
				rows++
				d := read(element)
				if at, _, ok := d.time("updated_at"); ok {
					since, from = at.Truncate(time.Second), d.id("id")
				}
				if strings.Contains(d.text("manager_comment")+d.text("comment"), marker(t.Token)) {
					id = d.id("id")
				}
				return nil
			}})
		if err != nil || id != 0 || rows < insales.SmallestPage {
			return id, err
		}
	}
	return 0, nil
}
