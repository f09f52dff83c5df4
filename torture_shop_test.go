//go:build torture && linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
)

// marker is what tells an order of ours in the shop: the chat's id in it.
var marker = regexp.MustCompile(`\[ineed:([^:\]]+):`)

// A tortureShop is a sandbox shop behind a hostile wire, with its managers.
type tortureShop struct {
	*insalestest.Shop
	courier *insalestest.Courier
	wire    *hostile
	url     string
	poison  func(id string) poison

	emptyUntil atomic.Int64 // unix milliseconds: the feed is plainly empty

	mu   sync.Mutex
	last int64          // the highest order id that was met
	lied map[int64]bool // orders whose updated_at is in the future
}

// openShop opens a shop that nothing is wrong with yet.
func (x *torture) openShop(name string, products int) *tortureShop {
	s := &tortureShop{poison: x.poisonNow,
		last: insalestest.DefaultFirstOrderID - 1, lied: map[int64]bool{},
		courier: &insalestest.Courier{Client: &http.Client{Timeout: 5 * time.Second}}}
	s.Shop = insalestest.New(insalestest.Config{Limit: 6000, Deliver: s.courier.Deliver,
		Catalog: insalestest.Catalog{Products: products, Seed: x.seed}})
	s.wire = &hostile{inner: s.Shop, dice: x.dice("shop " + name), tally: &x.tally, before: s.first}
	s.url = x.listen(s.wire)
	x.background(func(ctx context.Context) { s.courier.Run(ctx) })
	return s
}

// first answers what is poisoned, and the empty feed.
func (s *tortureShop) first(x *exchange) bool {
	switch {
	case x.r.Method == http.MethodPost && x.r.URL.Path == "/admin/orders.json":
		return s.refuseCreate(x)
	case x.r.Method == http.MethodPut && bytes.Contains(x.body, []byte("financial_status")):
		return s.refusePayment(x)
	case x.r.URL.Path == "/admin/orders.json" && time.Now().UnixMilli() < s.emptyUntil.Load():
		a := x.carryOut()
		if a.Code == http.StatusOK {
			x.h.tally.add("empty_feed")
			x.sendAs(a, []byte("[]"))
			return true
		}
	}
	return false
}

func (s *tortureShop) refuseCreate(x *exchange) bool {
	found := marker.FindSubmatch(x.body)
	if found == nil {
		return false
	}
	switch p := s.poison(string(found[1])); {
	case p == poisonRefused:
		x.h.tally.add("poison_422")
		x.say(http.StatusUnprocessableEntity, "application/json", `{"errors":{"base":["Заказ отклонён"]}}`)
	case p == poisonFails:
		x.h.tally.add("poison_500")
		x.say(http.StatusInternalServerError, "text/html", htmlPage)
	case p == poisonHangs:
		x.h.tally.add("poison_never")
		for s.poison(string(found[1])) != "" && x.r.Context().Err() == nil {
			sleep(x.r.Context(), 100*time.Millisecond)
		}
		x.reset()
	default:
		return false
	}
	return true
}

func (s *tortureShop) refusePayment(x *exchange) bool {
	text, _ := strings.CutPrefix(x.r.URL.Path, "/admin/orders/")
	id, err := strconv.ParseInt(strings.TrimSuffix(text, ".json"), 10, 64)
	if err != nil {
		return false
	}
	o, _ := s.Order(id)
	found := marker.FindStringSubmatch(o.ManagerComment)
	if found == nil || s.poison(found[1]) != poisonPayment {
		return false
	}
	x.h.tally.add("poison_payment")
	x.say(http.StatusInternalServerError, "text/html", htmlPage)
	return true
}

// some gives an order of the shop, mostly one of the latest.
func (s *tortureShop) some(dice *dice) (insalestest.OrderView, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if _, there := s.Order(s.last + 1); !there {
			break
		}
		s.last++
	}
	n := s.last - insalestest.DefaultFirstOrderID + 1
	if n < 1 {
		return insalestest.OrderView{}, false
	}
	back := dice.Int64N(n)
	if dice.IntN(4) > 0 {
		back %= 30
	}
	return s.Order(s.last - back)
}

// manage changes orders as the shop's managers do, until ctx ends.
func (s *tortureShop) manage(ctx context.Context, dice *dice, pace time.Duration) {
	statuses := []string{"v-obrabotke", "soglasovan", "otgruzhen", "dostavlen", "otmenen", "vozvrat", "novyy"}
	for ctx.Err() == nil {
		sleep(ctx, dice.upTo(2*pace))
		o, there := s.some(dice)
		switch {
		case !there:
		case dice.IntN(5) == 0:
			_ = s.SetPaid(o.ID)
		default:
			_ = s.SetStatus(o.ID, statuses[dice.IntN(len(statuses))])
		}
	}
}

// lie lets the shop's clock and the times of its orders be wrong for a while,
// again and again until ctx ends.
func (s *tortureShop) lie(ctx context.Context, dice *dice, tally *tally) {
	for ctx.Err() == nil {
		sleep(ctx, dice.upTo(8*time.Second))
		if dice.IntN(2) == 0 {
			offs := []int64{-86400 * 365, -86400, -3600, -300, 20, 300, 3600, 86400, 86400 * 365 * 70}
			s.wire.skew.Store(offs[dice.IntN(len(offs))])
			tally.add("date_lies")
			sleep(ctx, dice.upTo(4*time.Second))
			s.wire.skew.Store(0)
			continue
		}
		o, there := s.some(dice)
		if !there {
			continue
		}
		ahead := []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 70 * 365 * 24 * time.Hour}[dice.IntN(4)]
		tally.add("updated_at_lies")
		s.mu.Lock()
		s.lied[o.ID] = true
		s.mu.Unlock()
		_ = s.SetUpdatedAt(o.ID, time.Now().Add(ahead))
		sleep(ctx, dice.upTo(6*time.Second))
		_ = s.SetStatus(o.ID, "otgruzhen") // right again
	}
}

// hide lets the feed be plainly empty for a while, as one whose index is being
// rebuilt, again and again until ctx ends.
func (s *tortureShop) hide(ctx context.Context, dice *dice) {
	for ctx.Err() == nil {
		sleep(ctx, dice.upTo(90*time.Second))
		if _, there := s.some(dice); there { // an empty shop may be empty
			s.emptyUntil.Store(time.Now().Add(20*time.Second + dice.upTo(110*time.Second)).UnixMilli())
		}
		sleep(ctx, dice.upTo(3*time.Minute))
	}
}

// mishaps lets the courier lose, repeat, delay and tear webhooks from now on.
func (s *tortureShop) mishaps(dice *dice) {
	tricks := []insalestest.Trick{insalestest.Lose, insalestest.Twice, insalestest.Late, insalestest.TornBody,
		insalestest.HalfBody, insalestest.AsXML}
	for _, trick := range tricks {
		s.courier.Fault(insalestest.Mishap{Trick: trick, After: dice.IntN(20), Times: 40,
			Delay: dice.upTo(20 * time.Second)})
	}
}

// befriend ends all that is wrong with the shop. What was given a wrong time
// gets the right one.
func (s *tortureShop) befriend() {
	s.wire.weather.Store(0)
	s.wire.skew.Store(0)
	s.emptyUntil.Store(0)
	s.courier.ClearFaults()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.lied {
		_ = s.Touch(id)
	}
}

// markers gives the shop's orders by what their markers say.
func (s *tortureShop) markers(company string, into map[orderRef][]shopOrder) {
	for _, o := range s.Orders() {
		if found := marker.FindStringSubmatch(o.ManagerComment); found != nil {
			ref := orderRef{company, found[1]}
			into[ref] = append(into[ref], shopOrder{ID: o.ID, Number: fmt.Sprint(o.Number), Fulfillment: o.Fulfillment,
				Custom: o.CustomStatus, Financial: o.Financial})
		}
	}
}

// trade changes prices and hides products until ctx ends.
func (s *tortureShop) trade(ctx context.Context, dice *dice, products int) {
	for ctx.Err() == nil {
		sleep(ctx, dice.upTo(2*time.Second))
		id := insalestest.FirstCatalogProduct + dice.Int64N(int64(products))
		price := decimal.New(1+dice.Int64N(10_000_000), -2)
		if dice.IntN(10) == 0 {
			_ = s.EditProduct(id, func(p *insalestest.Product) { p.Hidden = !p.Hidden })
			continue
		}
		_ = s.EditProducts([]int64{id}, func(_ *insalestest.Product, list []insalestest.Variant) {
			for i := range list {
				list[i].Price = price
			}
		})
	}
}
