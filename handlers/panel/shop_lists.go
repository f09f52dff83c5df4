package panel

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// Where a setting names something of the shop, a person chooses it from the shop's own
// list. The lists are read all at once when the page is opened and kept for some
// minutes; a page without them still works, with ids that can be typed. They are only
// to choose from: a list may be old, and what is saved is checked against the shop. What
// orders have used is never old: whoever looks for the word of an order that has just come
// finds it.

// How long lists of a shop are good enough to choose from, and how long a person
// waits for them.
const (
	listsLife  = 10 * time.Minute
	missedLife = 5 * time.Second // of one that could not be read whole
	listsWait  = 5 * time.Second
)

// A shopLists is what a person chooses from: lists of the shop, and what INEED.CHAT
// has used.
type shopLists struct {
	at         time.Time
	shop       storage.Shop // that they were read from
	payments   []check.PaymentChoice
	deliveries []check.DeliveryChoice
	statuses   []check.StatusChoice
	prices     []check.PriceChoice // empty if the shop does not tell them
	used       storage.Uses        // by the orders until this moment
	seen       []storage.SeenStatus
	problem    *storage.Problem // why some could not be read; nil = all were
}

// A shopListsCache keeps lists by company. Its keys are ids of companies that
// exist, so it is bounded.
type shopListsCache struct {
	mu sync.Mutex
	of map[string]*shopLists
}

func (k *shopListsCache) get(company string) (*shopLists, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.of[company]
	return v, ok
}

func (k *shopListsCache) put(company string, v *shopLists) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil {
		k.of = map[string]*shopLists{}
	}
	k.of[company] = v
}

func (k *shopListsCache) drop(company string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.of, company)
}

// shopLists gives what there is to choose from for a company. What cannot be read is
// empty, and problem says why.
func (s *Server) shopLists(ctx context.Context, c storage.Company) *shopLists {
	v := *s.keptLists(ctx, c)
	if inspector, err := s.bridge.Inspector(c.ID); err == nil {
		if used, err := inspector.Uses(ctx, v.used); err == nil {
			v.used = used
			s.lists.put(c.ID, &v)
		}
	}
	return &v
}

// keptLists gives the lists of a company's shop. They are kept for a while, so
// that pages do not wait for the shop each time, nor use up its requests.
func (s *Server) keptLists(ctx context.Context, c storage.Company) *shopLists {
	if v, ok := s.lists.get(c.ID); ok && v.shop == c.Shop && time.Since(v.at) < listsLife {
		return v
	}
	person := ctx
	ctx, cancel := context.WithTimeout(ctx, listsWait)
	defer cancel()
	v := &shopLists{at: time.Now(), shop: c.Shop}
	inspector, err := s.bridge.Inspector(c.ID)
	if err == nil {
		err = v.read(ctx, inspector)
	}
	if err != nil {
		v.problem = listProblem(err)
		v.at = v.at.Add(missedLife - listsLife) // it may be there the next time
	}
	if person.Err() == nil { // else nobody waited until they were read
		s.lists.put(c.ID, v)
	}
	return v
}

// read reads all lists at a time, and gives the error of the first that is needed
// and could not be read.
func (v *shopLists) read(ctx context.Context, shop *check.Inspector) error {
	var errs [3]error
	var all sync.WaitGroup
	all.Go(func() { v.payments, _, errs[0] = shop.Payments(ctx) })
	all.Go(func() { v.deliveries, _, errs[1] = shop.Deliveries(ctx) })
	all.Go(func() { v.statuses, v.seen, errs[2] = shop.Statuses(ctx) })
	all.Go(func() { v.prices, _ = shop.Prices(ctx) }) // without them one can be typed
	all.Wait()
	return cmp.Or(errs[:]...)
}

// listProblem is why a list could not be read.
func listProblem(err error) *storage.Problem {
	if refused, ok := errors.AsType[*problem.Refused](err); ok {
		return &refused.Problem
	}
	if errors.Is(err, storage.ErrSealed) {
		return &storage.Problem{Code: problem.SecretsSealed}
	}
	return &storage.Problem{Code: problem.ShopUnreachable}
}
