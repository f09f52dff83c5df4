package handlers

import (
	"database/sql"
	"testing"
	"time"
)

// fill adds n orders of company 2 with bodies and two events each.
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
			report_due_at, report_since, report_tries, report_problem, phone, final)
		SELECT '2', printf('7f1c2a90-1f7e-4a57-9b2b-%012d', i), 0, 'A-' || i,
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
			printf('9%09d', i * 7919 % 1000000000), i % 2 FROM n`,
		"INSERT INTO bodies (order_seq, n, body) SELECT seq, 1, ?2 FROM orders WHERE ?1 > 0",
		`INSERT INTO events (order_seq, n, at, kind, args)
		SELECT seq, 1, accepted_at, 'received', '{}' FROM orders WHERE ?1 > 0`,
		`INSERT INTO events (order_seq, n, at, kind, args)
		SELECT seq, 2, accepted_at, 'intent', '{"attempt":"1"}' FROM orders WHERE ?1 > 0`,
	} {
		if _, err := db.Exec(query, n, exampleOrder(b)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPage is each page with 100,000 orders in the database: 50 ms are the
// most that one should take.
func BenchmarkPage(b *testing.B) {
	p := newAdmin(b)
	p.company(nil)
	fill(b, p.file, 100_000)
	for name, page := range map[string]string{
		"overview": "/", "companies": "/companies", "manage": "/companies/2", "journal": "/journal",
		"preview": "/companies/2/preview",
		"orders":  "/companies/2/orders", "attention": "/companies/2/orders?state=attention",
		"cause":   "/companies/2/orders?state=attention&problem=too_old",
		"noticed": "/companies/2/orders?state=noticed", "sent": "/companies/2/orders?state=sent",
		"deep":          "/companies/2/orders?cursor=5000",
		"search-number": "/companies/2/orders?q=A-7777", "search-phone": "/companies/2/orders?q=8+900+000-79-19",
		"search-nothing": "/companies/2/orders?q=nowhere",
		"search-all":     "/companies/2/orders?q=a",
		"order":          "/companies/2/orders/7f1c2a90-1f7e-4a57-9b2b-000000050000",
		"received":       "/companies/2/received", "wire": "/companies/2/wire",
		"signin": "/signin", "notify": "/notify",
	} {
		b.Run(name, func(b *testing.B) {
			p.get(page)       // lists of the shop are read once
			best := time.Hour // of several, since others may be at work on this machine
			for b.Loop() {
				begin := time.Now()
				p.get(page)
				best = min(best, time.Since(begin))
			}
			b.ReportMetric(float64(best.Microseconds())/1000, "best-ms")
		})
	}
}
