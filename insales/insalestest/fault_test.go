package insalestest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

// faulty runs f with a shop and a visitor in a bubble.
func faulty(t *testing.T, f func(t *testing.T, shop *insalestest.Shop, v *visitor)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{})
		f(t, shop, visit(t, shop))
	})
}

func create(ctx context.Context, v *visitor) (reply, error) {
	return v.try(ctx, "POST", "/admin/orders.json", smallOrder)
}

func TestFaultResets(t *testing.T) {
	faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
		shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetBefore, Times: 1})
		after := shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1})
		_, err := create(t.Context(), v)
		if !errors.Is(err, io.EOF) {
			t.Errorf("before: %v, want EOF", err)
		}
		equal(t, "orders after the first", len(shop.Orders()), 0)
		equal(t, "usage", shop.Usage(v.keyID), 0)
		if _, err = create(t.Context(), v); !errors.Is(err, io.EOF) {
			t.Errorf("after: %v, want EOF", err)
		}
		equal(t, "orders after the second", len(shop.Orders()), 1)
		equal(t, "hits", after.Hits(), 1)
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		log := shop.Requests()
		equal(t, "log", []int{log[0].Status, log[1].Status, log[2].Status}, []int{0, 0, 201})
	})
}

func TestFaultTorn(t *testing.T) {
	faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
		shop.Fault(insalestest.Rule{Action: insalestest.Torn})
		got, err := create(t.Context(), v)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error %v, want an unexpected EOF", err)
		}
		equal(t, "status", got.status, 201)
		if len(got.body) == 0 || json.Valid(got.body) {
			t.Errorf("body of %d bytes is valid", len(got.body))
		}
		equal(t, "orders", len(shop.Orders()), 1)
	})
}

func TestFaultHTML(t *testing.T) {
	faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
		f := shop.Fault(insalestest.Rule{Action: insalestest.HTML})
		got, err := create(t.Context(), v)
		if err != nil || got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Errorf("%v %v %v", err, got.status, got.header)
		}
		equal(t, "orders", len(shop.Orders()), 0)
		f.Clear()
		shop.Fault(insalestest.Rule{Action: insalestest.HTML, Commits: true})
		if got, err = create(t.Context(), v); err != nil || got.status != 200 {
			t.Errorf("%v %v", err, got.status)
		}
		equal(t, "orders", len(shop.Orders()), 1)
	})
}

func TestFaultStatus(t *testing.T) {
	faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
		shop.Fault(insalestest.Rule{Status: 504, Times: 1})
		shop.Fault(insalestest.Rule{Status: 423, Times: 1, Body: `{"error":"tariff"}`})
		shop.Fault(insalestest.Rule{
			Status: 503, Times: 1, Header: http.Header{"API-Usage-Limit": {"501/500"}, "Retry-After": {"5"}},
		})
		shop.Fault(insalestest.Rule{Op: insalestest.OpOrderUpdate, Status: 200, Commits: true})
		got := v.ask(t, "GET", "/admin/account.json", "", 504)
		equal(t, "a gateway counts nothing", got.header.Get("API-Usage-Limit"), "")
		got = v.ask(t, "GET", "/admin/account.json", "", 423)
		equal(t, "the shop does", got.header.Get("API-Usage-Limit"), "1/500")
		got = v.ask(t, "GET", "/admin/account.json", "", 503)
		equal(t, "made-up header", got.header.Get("API-Usage-Limit"), "501/500")
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		got = v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"financial_status":"paid"}}`, 200)
		equal(t, "empty answer", string(got.body), "")
		equal(t, "done", shop.Orders()[0].Financial, "paid")
	})
}

func TestFaultMatching(t *testing.T) {
	faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
		shop.Fault(insalestest.Rule{Method: "GET", Path: "/admin/orders", After: 1, Times: 1, Status: 500})
		v.ask(t, "GET", "/admin/account.json", "", 200)
		v.ask(t, "GET", "/admin/orders.json", "", 200)
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		v.ask(t, "GET", "/admin/orders/count.json", "", 500)
		v.ask(t, "GET", "/admin/orders.json", "", 200)
		shop.Fault(insalestest.Rule{Status: 500})
		v.ask(t, "GET", "/admin/orders.json", "", 500)
		shop.ClearFaults()
		v.ask(t, "GET", "/admin/orders.json", "", 200)
	})
}

func TestFaultLatency(t *testing.T) {
	faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
		shop.Fault(insalestest.Rule{Latency: 20 * time.Second, Times: 2})
		shop.Fault(insalestest.Rule{AnswerDelay: 20 * time.Second, Times: 1})
		start := time.Now()
		v.ask(t, "GET", "/admin/account.json", "", 200)
		equal(t, "took", time.Since(start), 20*time.Second)

		short := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, err := create(ctx, v)
			return err
		}
		if err := short(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("latency: %v", err)
		}
		time.Sleep(time.Minute)
		equal(t, "never heard", len(shop.Orders()), 0)
		if err := short(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("answer delay: %v", err)
		}
		equal(t, "done before the answer", len(shop.Orders()), 1)
	})
}

func TestFaultCommitDelay(t *testing.T) {
	cases := []struct {
		name string
		rule insalestest.Rule
	}{
		{"504", insalestest.Rule{Status: 504}},
		{"reset", insalestest.Rule{Action: insalestest.ResetBefore}},
		{"the client gives up", insalestest.Rule{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
				c.rule.CommitDelay = 49 * time.Second
				shop.Fault(c.rule)
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				got, err := create(ctx, v)
				if (err == nil) != (c.rule.Status == 504) {
					t.Errorf("%d %v", got.status, err)
				}
				time.Sleep(48*time.Second - time.Since(start))
				equal(t, "orders", len(shop.Orders()), 0)
				time.Sleep(2 * time.Second)
				equal(t, "orders", len(shop.Orders()), 1)
				equal(t, "created", shop.Orders()[0].CreatedAt, start.Add(49*time.Second).Truncate(time.Second))
			})
		})
	}
}

func TestFaultCommitDelayWithPatience(t *testing.T) {
	faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
		shop.Fault(insalestest.Rule{CommitDelay: 30 * time.Second})
		start := time.Now()
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		equal(t, "took", time.Since(start), 30*time.Second)
	})
}

func TestFaultLateVisible(t *testing.T) {
	faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
		shop.Fault(
			insalestest.Rule{Op: insalestest.OpOrderCreate, LateVisible: time.Minute, Action: insalestest.ResetAfter})
		start := time.Now()
		_, _ = create(t.Context(), v)
		time.Sleep(59 * time.Second)
		v.ask(t, "GET", "/admin/orders/70000001.json", "", 404)
		equal(t, "feed", v.ask(t, "GET", since(start, ""), "", 200).ids(t), []int64{})
		time.Sleep(time.Second)
		got := v.ask(t, "GET", "/admin/orders/70000001.json", "", 200).object(t)
		equal(t, "original time", got["updated_at"], any("2000-01-01T03:00:00.000+03:00"))
		equal(t, "feed", v.ask(t, "GET", since(start, ""), "", 200).ids(t), []int64{70000001})
	})
}

func TestConcurrentUse(t *testing.T) {
	shop := insalestest.New(insalestest.Config{Limit: 100_000})
	v := visit(t, shop)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 10 {
				if got, err := create(t.Context(), v); err != nil || got.status != 201 {
					t.Errorf("%d %v", got.status, err)
				}
				_, _ = v.try(t.Context(), "GET", "/admin/orders.json", "")
				f := shop.Fault(insalestest.Rule{Path: "/none"})
				_ = shop.Touch(insalestest.DefaultFirstOrderID)
				shop.Orders()
				shop.Requests()
				f.Clear()
			}
		})
	}
	group.Wait()
	equal(t, "orders", len(shop.Orders()), 80)
}
