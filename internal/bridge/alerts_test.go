package bridge_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// shows is a series that must be at least so much for an alert to fire; the value of one that
// is a time is its age in seconds, with a minus before what is to come.
type shows struct {
	alert, series string
	least         float64
}

// alarming is each alert with what happens in the world before its series has the value that
// the rule in deploy/prometheus/alerts.yml fires at.
func alarming() map[string]struct {
	options []func(*world)
	happens func(*world)
	shows   []shows
} {
	type scene = struct {
		options []func(*world)
		happens func(*world)
		shows   []shows
	}
	chatDown := func(w *world) { w.chat.Fault(ineedchattest.Rule{Status: http.StatusInternalServerError}) }
	return map[string]scene{
		"the shop is down": {nil, func(w *world) {
			w.many(1)
			w.shop.Fault(insalestest.Rule{Status: http.StatusBadGateway})
			w.accept(anOrder("A-1"))
			time.Sleep(time.Hour)
		}, []shows{{"CompanyStopped", `company_problem{company="2",kind="shop_failing"}`, 1},
			{"ShopNotRead", `poll_last_success_timestamp_seconds{company="2"}`, 900 + 3*120},
			{"OrdersLate", `orders_oldest_pending_seconds{company="2"}`, 900}}},
		"a payment is not mapped": {nil, func(w *world) {
			o := anOrder("A-1")
			o.Payment = "barter"
			w.accept(o)
			time.Sleep(time.Minute)
		}, []shows{{"OrdersNeedAttention", `orders{company="2",state="attention"}`, 1}}},
		"the chat is down": {nil, func(w *world) {
			w.many(1)
			chatDown(w)
			must(w.t, w.shop.SetStatus(w.live("G-0")[0].ID, "otgruzhen"))
			time.Sleep(40 * time.Minute)
		}, []shows{{"StatusesLate", `statuses_pending{company="2"}`, 1}}},
		"many orders are gone": {nil, func(w *world) {
			w.many(25)
			for _, o := range w.shop.Orders() {
				must(w.t, w.shop.Trash(o.ID))
			}
			time.Sleep(3 * time.Hour)
		}, []shows{{"OrdersGone", `company_problem{company="2",kind="orders_gone"}`, 1}}},
		"the catalog finds no way": {[]func(*world){withCatalog(20)}, func(w *world) {
			w.ran(1, 10*time.Minute)
			w.becomesSame(10 * time.Minute)
			chatDown(w)
			w.hide(w.some(1))
			time.Sleep(4 * time.Hour)
		}, []shows{{"CatalogNotInStep", `catalog_last_success_timestamp_seconds{company="2"}`, 7200 + 3*300}}},
		"the catalog never came": {[]func(*world){withCatalog(20), chatDown}, func(*world) {
			time.Sleep(time.Hour)
		}, []shows{{"CatalogNeverCame", `company_enabled{company="2",sync="catalog"}`, 1},
			{"CatalogNeverCame", `catalog_last_success_timestamp_seconds{company="2"}`, absent}}},
		"half of the products vanish": {[]func(*world){withCatalog(100)}, func(w *world) {
			w.ran(1, 10*time.Minute)
			w.becomesSame(10 * time.Minute)
			w.hide(w.some(60))
			time.Sleep(time.Hour)
		}, []shows{{"CatalogWithheld", `catalog_guard_blocked{company="2"}`, 1}}},
		"a feed that is not there yet": {[]func(*world){withCatalog(20)}, func(w *world) {
			c := w.company()
			c.Chat.Wire = &storage.Wire{Catalog: storage.CatalogFeed}
			w.shop.Fault(insalestest.Rule{Status: http.StatusBadGateway})
			w.save(c)
			w.fetch("http://connector.test/feeds/2/" + w.company().FeedAddress.Token.Reveal() + "/catalog.yml")
		}, []shows{{"CatalogFeedFails", `feed_requests_total{code="503",company="2"}`, 1}}},
		"the chat sends nonsense": {nil, func(w *world) {
			w.signed(chatSecret, `{"type":"order.created","version":"1","company_id":"2","data":{}}`, 1)
		}, []shows{{"DeliveriesRefused", `company_problem{company="2",kind="deliveries_refused"}`, 1}}},
		"the chat has a wrong secret": {nil, func(w *world) {
			w.signed("whsec_"+strings.Repeat("QUFB", 11), `{"type":"ping","version":"1","company_id":"2"}`, 3)
		}, []shows{{"ChatNotBelieved", `company_problem{company="2",kind="hooks_refused"}`, 1}}},
		"the chat runs wild": {nil, func(w *world) {
			w.signed(chatSecret, `{"type":"ping","version":"1","company_id":"2","data":"`+strings.Repeat("x", 240<<10)+`"}`,
				260)
		}, []shows{{"ChatTooFast", `webhooks_refused_total{reason="too_many",sender="proven"}`, 1}}},
		"the chat has a wire of its own": {[]func(*world){wired(learns)}, func(w *world) {
			if status, err := asOwn("A-1").send(w); err != nil || status/100 != 2 {
				w.t.Fatal(status, err)
			}
		}, []shows{{"DeliveriesUnread", `webhooks_unread{company="2"}`, 1}}},
		"our secrets cannot be read": {nil, func(w *world) {
			w.stop()
			w.withDB(func(db *sql.DB) error {
				_, err := db.Exec("UPDATE companies SET chat_secrets = x'00'")
				return err
			})
			w.start()
			w.signed(chatSecret, `{"type":"ping","version":"1","company_id":"2"}`, 1)
		}, []shows{{"WebhooksFailed", `webhooks_failed_total{reason="sealed"}`, 1}}},
		"a row is damaged": {nil, func(w *world) {
			w.many(1)
			w.withDB(func(db *sql.DB) error {
				_, err := db.Exec("UPDATE orders SET notices = 'nonsense'")
				return err
			})
			w.fetch("http://connector.test/api/v1/companies/2/orders")
		}, []shows{{"ConnectorErrors", `http_requests_total{code="500",part="api"}`, 1}}},
		"the plan ends": {nil, func(w *world) {
			w.paidTill(3)
			w.check()
		}, []shows{{"PlanEnds", `plan_end_timestamp_seconds{company="2"}`, -7 * 86400}}},
		"the database is gone": {nil, func(w *world) {
			rename(w.t, w.db(), w.db()+".away")
			w.t.Cleanup(func() { _ = os.Rename(w.db()+".away", w.db()) })
		}, []shows{{"ConnectorNotReady", "ready", 0},
			{"DatabaseFailing", `machine_problem{kind="store_lost"}`, 1}}},
		"the clock is off": {[]func(*world){func(w *world) {
			w.shop = insalestest.New(insalestest.Config{Skew: -10 * time.Minute, Deliver: w.courier.Deliver})
		}}, func(*world) { time.Sleep(5 * time.Minute) },
			[]shows{{"ClockOff", `machine_problem{kind="clock_fast"}`, 1}}},
		"crashes": {nil, func(w *world) {
			for range 4 {
				w.proc.bridge.Host.Begin(w.t.Context())
			}
			time.Sleep(time.Minute)
		}, []shows{{"ConnectorCrashes", `machine_problem{kind="restarts"}`, 1}}},
	}
}

// absent is the value of a series that must not be there.
const absent = -1e12

// elsewhere are alerts whose series takes the firing value in a test of another package:
// those of a full disk and of the copies in that of package host, a channel that is stuck in
// TestStuckAlertCanFire, and what only the whole program shows in TestProgramAlertsCanFire.
func elsewhere() []string {
	return []string{"DiskFull", "DiskLow", "BackupOld", "NotificationsStuck", "ConnectorDown", "CommitsSlow"}
}

// TestAlertsCanFire provokes the condition of each alert on a running world, and sees the
// series that its rule looks at take the value at which it fires.
func TestAlertsCanFire(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("../../deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	provoked := elsewhere()
	for name, scene := range alarming() {
		for _, s := range scene.shows {
			provoked = append(provoked, s.alert)
			base, _, _ := strings.Cut(s.series, "{")
			at := strings.Index(string(rules), "alert: "+s.alert+"\n")
			if at < 0 || !strings.Contains(strings.SplitN(string(rules[at+7:]), "- alert:", 2)[0], "ineed_insales_"+base) {
				t.Errorf("the rule %s is not about %s", s.alert, base)
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, scene.options...)
				w.judgedLater = true
				scene.happens(w)
				series := w.scrape()
				for _, s := range scene.shows {
					w.expectAlarming(s, series)
				}
			})
		})
	}
	for _, m := range regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllStringSubmatch(string(rules), -1) {
		if !slices.Contains(provoked, m[1]) {
			t.Errorf("nobody provokes %s", m[1])
		}
	}
}

// expectAlarming judges one series.
func (w *world) expectAlarming(s shows, series map[string]float64) {
	w.t.Helper()
	v, there := series[s.series]
	if strings.Contains(s.series, "timestamp") {
		v = float64(time.Now().Unix()) - v
	}
	switch {
	case s.least == absent:
		if there {
			w.t.Errorf("%s: %s is there", s.alert, s.series)
		}
	case !there || v < s.least || s.least == 0 && v != 0:
		w.t.Errorf("%s: %s is %v (%v), want %v", s.alert, s.series, v, there, s.least)
	}
}

// fetch asks the connector for something, with the API's token.
func (w *world) fetch(url string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiToken)
	res, err := (&http.Client{Transport: w.net.client}).Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
}

// signed posts a body n times, signed with a secret.
func (w *world) signed(secret, body string, n int) {
	w.t.Helper()
	s := w.sender()
	s.Secret = secret
	for i := range n {
		if _, err := s.Send(w.t.Context(), bytes.Replace([]byte(body), []byte(`"1"`), fmt.Appendf(nil, `"1","n":%d`, i),
			1)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestStuckAlertCanFire: a notification that no channel takes is counted as waiting.
func TestStuckAlertCanFire(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		p.answer(http.StatusInternalServerError)
		w.shop.Fault(insalestest.Rule{Status: http.StatusBadGateway})
		time.Sleep(3 * time.Hour)
		got := w.scrape()
		if got[`notifications_waiting{kind="webhook"}`] < 1 || got[`notifications_failed_total{kind="webhook"}`] < 2 ||
			got[`notifications_waiting{kind="email"}`] != 0 {
			t.Errorf("waiting %v, failed %v", got[`notifications_waiting{kind="webhook"}`],
				got[`notifications_failed_total{kind="webhook"}`])
		}
	})
}
