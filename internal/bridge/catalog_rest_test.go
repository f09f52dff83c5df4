package bridge_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// decimals are prices and stocks; the first is none, the last no price.
var decimals = []decimal.Decimal{
	{}, decimal.New(99, 0), decimal.New(99, 0), decimal.New(1990, -1), decimal.New(15, 0), decimal.New(7, 0),
	decimal.New(123456, -2), decimal.New(-3, 0),
}

// shopFault spoils requests of the catalog in one of the ways that are known.
func shopFault(of, n int) insalestest.Rule {
	rules := []insalestest.Rule{
		{Status: 500}, {Status: 502}, {Status: 504}, {Status: 504, PerPageOver: 20}, {Action: insalestest.ResetBefore},
		{Action: insalestest.ResetAfter},
		{Action: insalestest.Torn}, {Action: insalestest.Half}, {Action: insalestest.HTML}, {Latency: 70 * time.Second},
		{Status: 429, Header: http.Header{"Retry-After": {"60"}}},
		{Status: 200, Body: "[]", Op: insalestest.OpProducts},
	}
	r := rules[of%len(rules)]
	r.Times = 1 + n%4
	if r.Op == "" {
		r.Op = []insalestest.Op{insalestest.OpProducts, insalestest.OpCollections, insalestest.OpProduct,
			insalestest.OpProductsCount, insalestest.OpAccount, ""}[n%6]
	}
	return r
}

// chatFault spoils batches.
func chatFault(of, n int) ineedchattest.Rule {
	rules := []ineedchattest.Rule{
		{Status: 500}, {Status: 500, Commits: true}, {Status: 503, Header: http.Header{"Retry-After": {"120"}}},
		{Status: 429},
		{Action: ineedchattest.ResetBefore}, {Action: ineedchattest.ResetAfter}, {Action: ineedchattest.Torn},
		{Status: 413}, {Status: 422}, {Status: 400},
		{Status: 404}, {Latency: 20 * time.Second},
	}
	r := rules[of%len(rules)]
	r.Path, r.Times, r.After = batchPath, 1+n/3, n%3
	return r
}

// revive begins a new life after a crash.
func (m *stockMonth) revive() {
	for m.crashed.Load() {
		m.fuse.Store(0)
		m.stop()
		_ = m.tryStart()
	}
}

// lost tells of many products that the shop shows all the time and the chat,
// which had them, does not.
func (m *stockMonth) lost() string {
	now, gone := map[int64]time.Time{}, 0
	if m.fed {
		return "" // nobody sees the feed before it was fetched
	}
	have := m.chat.Catalog(company).Products
	for p := range m.shop.Products() {
		since, steady := m.steady[p.ID]
		_, shown := have[id64(p.ID)]
		switch {
		case !p.Shown():
		case shown && !steady:
			now[p.ID] = time.Now()
		case shown:
			now[p.ID] = since
		case steady:
			gone++
		}
	}
	all := len(m.steady)
	m.steady = now
	if gone > 5 && gone*100 > all*30 {
		return fmt.Sprintf("%d of %d products are gone from the chat", gone, all)
	}
	return ""
}

// rest mends everything, lets a complete reading pass and tells what is wrong
// then.
func (m *stockMonth) rest(interval time.Duration) (faults []string) {
	m.fuse.Store(0)
	m.revive()
	m.shop.ClearFaults()
	m.chat.ClearFaults()
	m.refused.Store(0)
	m.net.setDown("chat.test", false)
	m.save(m.settings())
	m.sees.price = 0
	for _, id := range m.some(1) {
		m.rename(id, "Последнее имя") // a chat that has lost everything says so when it is told something
	}
	time.Sleep(25*time.Hour + 2*interval)
	for range 3 { // what is withheld is meant
		if m.catalog().Guard == nil {
			break
		}
		_, _ = m.syncer().ConfirmGuard(m.t.Context(), "test")
		time.Sleep(2*time.Hour + 2*interval)
	}
	apart := m.differences
	if m.fed {
		apart = m.feedDifferences
	}
	if list := apart(); len(list) > 0 {
		faults = append(faults, fmt.Sprintf("%d differences: %v", len(list), list[:min(len(list), 8)]))
	}
	v := m.catalog()
	if v.Guard != nil || v.Problem != nil || !v.Complete || v.Census.Held+v.Census.Lost+v.Census.Waiting > 0 {
		faults = append(faults, fmt.Sprintf("at rest: guard %+v, problem %+v, census %+v, complete %v", v.Guard,
			v.Problem, v.Census, v.Complete))
	}
	if r := m.runs()[0]; !r.EndedAt.IsZero() && r.Changed+r.Removed+r.Refused > 0 {
		faults = append(faults, fmt.Sprintf("the last run was not idle: %+v", r))
	}
	return append(faults, m.chat.Violations()...)
}
