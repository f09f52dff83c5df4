package bridge

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// The gauges of each company. There are as many series as companies, so each may be named.
var (
	descEnabled = company.Desc("company_enabled", "1 if this part of a company is switched on.", "company", "sync")
	descPaused  = company.Desc("company_paused", "1 while a company takes orders and sends none.", "company")
	descProblem = company.Desc("company_problem",
		"1 while a company has the problem; the causes of single orders are not among them.", "company", "kind")
	descPlan = company.Desc("plan_end_timestamp_seconds",
		"When the day ends until which the shop is paid for, as the shop says.", "company")
	descOrders  = company.Desc("orders", "Orders by state.", "company", "state")
	descWaiting = company.Desc("orders_waiting", "Orders that are not in the shop yet and need nobody.", "company")
	descOldest  = company.Desc("orders_oldest_pending_seconds",
		"Age of the oldest order that waits to be sent; 0 if none does, or is not to be sent now.", "company")
	descUnknown = company.Desc("orders_unknown",
		"Orders whose create has an unknown outcome at this moment.", "company")
	descPending = company.Desc("statuses_pending",
		"Statuses that INEED.CHAT has not acknowledged yet.", "company")
	descWindow = company.Desc("insales_window_used_ratio",
		"Used share of the InSales request window.", "company")
	descLastPoll = company.Desc("poll_last_success_timestamp_seconds",
		"When the shop's change feed was last read, in this life of the connector or before.", "company")
	descLag = company.Desc("change_feed_lag_seconds",
		"Every change that the shop made longer ago than this was read.", "company")
	descUnread = company.Desc("webhooks_unread",
		"Deliveries of a chat with a wire of its own that no program could read yet.", "company")
)

func companyGauges() []*prometheus.Desc {
	return []*prometheus.Desc{
		descEnabled, descPaused, descProblem, descPlan, descOrders, descWaiting, descOldest, descUnknown, descPending,
		descWindow, descLastPoll, descLag, descUnread,
	}
}

// collectCompany tells how one company stands. What cannot be read is left out.
func (s scraped) collectCompany(ctx context.Context, m *member, gauge gaugeFunc) error {
	c, shop := m.Snapshot()
	gauge(descEnabled, oneIf(c.Orders.Enabled), c.ID, "orders")
	gauge(descEnabled, oneIf(c.Catalog.Enabled), c.ID, "catalog")
	gauge(descPaused, oneIf(c.Orders.Paused), c.ID)
	gauge(descWindow, shop.Window().Used(), c.ID)
	gauge(descUnknown, float64(m.desk.Unknown()), c.ID)
	if day, err := time.Parse(time.DateOnly, c.Learnt.PaidTill); err == nil {
		gauge(descPlan, seconds(day.AddDate(0, 0, 1)), c.ID)
	}
	errs := []error{s.collectOrders(ctx, c, gauge), s.collectFeed(ctx, m, c, gauge)}
	unread, err := s.store.UnreadCount(ctx, c.ID)
	if err == nil {
		gauge(descUnread, float64(unread.N), c.ID)
	}
	codes, err2 := s.Alerts.CompanyProblems(ctx, m.desk)
	for _, code := range codes {
		gauge(descProblem, 1, c.ID, code)
	}
	if c.Catalog.Enabled {
		errs = append(errs, m.syncer.Collect(ctx, gauge))
	}
	return errors.Join(append(errs, err, err2)...)
}

// collectOrders counts a company's orders. Those of a company that is paused or off are to
// wait, so they have no age that could be an alarm.
func (s scraped) collectOrders(ctx context.Context, c storage.Company, gauge gaugeFunc) error {
	census, err := s.store.Census(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, state := range storage.States() {
		gauge(descOrders, float64(census.States[state]), c.ID, string(state))
	}
	gauge(descWaiting, float64(census.States[storage.StateNew]+census.States[storage.StateSending]), c.ID)
	age := 0.0
	if c.Orders.Enabled && !c.Orders.Paused && !census.OldestPending.IsZero() {
		age = max(time.Since(census.OldestPending).Seconds(), 0)
	}
	gauge(descOldest, age, c.ID)
	gauge(descPending, float64(census.ReportsPending), c.ID)
	return nil
}

// collectFeed tells how far a company's feed was read, while it is to be read: else its age
// would be an alarm.
func (s scraped) collectFeed(ctx context.Context, m *member, c storage.Company, gauge gaugeFunc) error {
	if !c.Orders.Enabled {
		return nil
	}
	polled, err := m.desk.PolledAt(ctx)
	if err != nil || polled.IsZero() {
		return err
	}
	gauge(descLastPoll, seconds(polled), c.ID)
	lag, known, err := m.desk.Lag(ctx, time.Now())
	if known {
		gauge(descLag, lag.Seconds(), c.ID)
	}
	return err
}
