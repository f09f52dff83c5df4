package handlers

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
	"ineed-insales/storage/storagetest"
)

// companies are the ids of the companies of which there are orders: half of them are of the first.
var companies = []string{"2", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25",
	"26", "27", "28"}

// fill adds n orders of 20 companies with bodies and two events each.
func fill(b *testing.B, path string, n int) {
	b.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for _, query := range []string{
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
		INSERT INTO orders (company, chat_id, test, number, state, attempt, absences,
			accepted_at, age_from, due_at, intent_at,
			cancel_by, problem, notices, dismissed, duplicates, account_id, insales_id, insales_number, sent_at,
			seen_updated_at, seen_read, status, revision, acked_revision, reported,
			report_due_at, report_since, report_tries, report_problem, phone, final, customer, total, paid)
		SELECT CASE i % 2 WHEN 1 THEN '2' ELSE 10 + i / 2 % 19 END, printf('7f1c2a90-1f7e-4a57-9b2b-%012d', i), 0, 'A-' || i,
			CASE WHEN i % 500 = 0 THEN 'attention' WHEN i % 1000 = 1 THEN 'new' ELSE 'sent' END, 1, 0,
			unixepoch() * 1000 - (?1 - i) * 5000, 0, 0, 0, '',
			CASE WHEN i % 500 = 0 THEN json_object(
				'code', CASE i % 3 WHEN 0 THEN 'payment_unmapped' WHEN 1 THEN 'too_old' ELSE 'shop_refused' END,
				'args', json_object('type', 'card', 'hours', '24', 'message', 'x')) ELSE '' END,
			CASE WHEN i % 300 = 7 THEN '[{"code":"phone_as_typed"}]' ELSE '' END, '', 0, 100001,
			CASE WHEN i % 500 = 0 OR i % 1000 = 1 THEN 0 ELSE 70000000 + i END, '' || (2000 + i),
			unixepoch() * 1000 - (?1 - i) * 5000 + 400, 1, i,
			'{"status":"delivering","status_title":"Отгружен","payment_status":"paid","total":"1990.00",' ||
			'"order_number":"2001","custom_status":"otgruzhen",' ||
			'"fulfillment_status":"dispatched","financial_status":"paid",' ||
			'"changed_at":"2026-11-23T12:00:00Z"}', i + 1, i + 1, 'delivering', 0, 0, 0, '',
			printf('9%09d', i * 7919 % 1000000000), i % 2,
			('["Иванов","Смирнов","Кузнецов","Попов","Васильев","Петров","Соколов","Михайлов","Новиков","Фёдоров","Морозов",' ||
			'"Волков","Алексеев","Лебедев","Семёнов","Егоров","Павлов","Козлов","Степанов"]' ->> (i % 19)) || ' ' ||
			('["Иван","Пётр","Алексей","Сергей","Дмитрий","Андрей","Максим","Артём","Илья","Никита","Егор"]' ->> (i / 19 % 11)) ||
			CASE WHEN i % 50000 = 17 THEN ' Шестаков-Редкий' ELSE '' END, i % 9000 * 100, 0 FROM n`,
		"INSERT INTO bodies (order_seq, n, body) SELECT seq, 1, ?2 FROM orders WHERE ?1 > 0",
		`INSERT INTO events (order_seq, n, at, kind, args)
		SELECT seq, 1, accepted_at, 'received', '{}' FROM orders WHERE ?1 > 0`,
		`INSERT INTO events (order_seq, n, at, kind, args)
		SELECT seq, 2, accepted_at, 'intent', '{"attempt":"1"}' FROM orders WHERE ?1 > 0`,
		"INSERT INTO order_counts SELECT company, state, count(*) FROM orders WHERE ?1 > 0 GROUP BY company, state",
		`INSERT INTO order_hours SELECT c.value, accepted_at / 3600000, count(*), 0, 0
		FROM orders, json_each('["2",""]') c WHERE ?1 > 0 GROUP BY 1, 2`,
		`INSERT INTO order_ways SELECT c.value, accepted_at / 3600000,
			(SELECT min(ms) FROM way_steps WHERE ms >= sent_at - accepted_at), count(*), max(sent_at - accepted_at)
		FROM orders, json_each('["2",""]') c WHERE ?1 > 0 AND sent_at > accepted_at GROUP BY 1, 2, 3`,
	} {
		if _, err := db.Exec(query, n, exampleOrder(b)); err != nil {
			b.Fatal(err)
		}
	}
}

// indexed waits until all orders are indexed for the search, which a start begins with.
func indexed(b *testing.B, path string, orders int) {
	b.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for blocks := 0; blocks < orders/2048-1; time.Sleep(time.Second) {
		if err := db.QueryRow("SELECT coalesce(max(block), 0) FROM search_grams").Scan(&blocks); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPage is each page, and a scrape, with few and with many orders in the
// database: 50 ms are the most that one should take, and many should take little
// more than few. PAGE_ORDERS adds a size.
func BenchmarkPage(b *testing.B) {
	sizes := []int{1000, 100_000}
	if n, err := strconv.Atoi(os.Getenv("PAGE_ORDERS")); err == nil && n > 0 {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("orders=%d", n), func(b *testing.B) { benchmarkPages(b, n) })
	}
}

// day is that of so many days ago.
func day(ago int) string { return time.Now().AddDate(0, 0, -ago).Format(time.DateOnly) }

func benchmarkPages(b *testing.B, orders int) {
	path := filepath.Join(b.TempDir(), "connector.db")
	if err := storagetest.Write(path); err != nil {
		b.Fatal(err)
	}
	fill(b, path, orders)
	p := newAdmin(b, func(c *storage.Config) { c.Path = path })
	p.company(nil)
	for _, id := range companies[1:] {
		if res := p.post("/companies", url.Values{"id": {id}, "name": {"Магазин " + id}, "shop_url": {p.at},
			"key_id": {insalestest.DefaultKeyID}, "key_password": {insalestest.DefaultPassword}}); res.Code != 201 {
			b.Fatal(res.Code, res.Body)
		}
	}
	indexed(b, path, orders)
	measure := func(name string, get func()) {
		b.Run(name, func(b *testing.B) {
			get()             // lists of the shop are read once
			best := time.Hour // of several, since others may be at work on this machine
			for b.Loop() {
				begin := time.Now()
				get()
				best = min(best, time.Since(begin))
			}
			b.ReportMetric(float64(best.Microseconds())/1000, "best-ms")
		})
	}
	for name, page := range map[string]string{
		"overview": "/", "companies": "/companies", "manage": "/companies/2", "journal": "/journal",
		"preview": "/companies/2/preview",
		"orders":  "/companies/2/orders", "attention": "/companies/2/orders?state=attention",
		"cause":   "/companies/2/orders?state=attention&problem=too_old",
		"noticed": "/companies/2/orders?state=noticed", "sent": "/companies/2/orders?state=sent",
		"deep": fmt.Sprintf("/companies/2/orders?cursor=%d", orders/20),
		"all":  "/orders", "all-oldest": "/orders?sort=oldest", "all-waiting": "/orders?sort=waiting",
		"all-unpaid": "/orders?pay=unpaid", "all-paid": "/orders?pay=paid", "all-today": "/orders?from=today",
		"all-days": "/orders?from=" + day(2) + "&to=" + day(1), "company-days": "/orders?company=12&from=" + day(3),
		"all-old-days": "/orders?to=" + day(orders/20_000),
		"company":      "/orders?company=12", "company-unpaid": "/orders?company=12&pay=unpaid",
		"all-attention": "/orders?state=attention", "all-cause": "/orders?problem=too_old",
		"all-last": fmt.Sprintf("/orders?cursor=%d", 30), "all-back": fmt.Sprintf("/orders?cursor=-%d", 30),
		"unpaid-last": fmt.Sprintf("/orders?pay=unpaid&cursor=%d", 3000),
		"name-common": "/orders?q=" + url.QueryEscape("фёдоров"), "name-two": "/orders?q=" + url.QueryEscape("иван егоров"),
		"name-rare": "/orders?q=" + url.QueryEscape("шестаков-редкий"), "name-none": "/orders?q=" + url.QueryEscape("ковтун"),
		"name-part": "/orders?q=" + url.QueryEscape("сем"), "name-short": "/orders?q=" + url.QueryEscape("ли"),
		"name-company":   "/orders?company=12&q=" + url.QueryEscape("семенов"),
		"name-unpaid":    "/orders?pay=unpaid&q=" + url.QueryEscape("семенов"),
		"name-last":      fmt.Sprintf("/orders?q=%s&cursor=%d", url.QueryEscape("егоров"), 3000),
		"search-number":  fmt.Sprintf("/companies/2/orders?q=A-%d", orders*7/9|1),
		"search-phone":   "/companies/2/orders?q=8+900+000-79-19",
		"search-nothing": "/companies/2/orders?q=nowhere",
		"search-all":     "/companies/2/orders?q=a", "search-two": "/companies/2/orders?q=zz",
		"search-waiting": "/companies/2/orders?state=attention&q=A-50",
		"search-id":      fmt.Sprintf("/companies/2/orders?q=%012d", orders/2|1),
		"order":          fmt.Sprintf("/companies/2/orders/7f1c2a90-1f7e-4a57-9b2b-%012d", orders/2|1),
		"received":       "/companies/2/received", "wire": "/companies/2/wire",
		"signin": "/signin", "notify": "/notify",
	} {
		measure(name, func() { p.get(page) })
	}
	measure("metrics", func() {
		res := request(b, p.server.Public(), "GET", "/metrics", "", "RemoteAddr: 127.0.0.1:1")
		if res.Code != http.StatusOK {
			b.Fatalf("a scrape: %d", res.Code)
		}
	})
}
