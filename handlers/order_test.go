package handlers

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

func TestOrders(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	for _, id := range []string{"A-1", "A-2", "B:3"} {
		if res := w.send(secret, fresh(id)); res.Code != 202 {
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
	test := strings.Replace(fresh("A-1"), `"version"`, `"test":true,"version"`, 1)
	if res := w.send(secret, test); res.Code != 202 {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	lists := []struct {
		query, want string // ids, T for test orders
	}{
		{"", "A-1T B:3 A-2 A-1"},
		{"?state=new", "B:3 A-2 A-1"},
		{"?test=true", "A-1T"},
		{"?test=false&q=A-", "A-2 A-1"},
		{"?problem=payment_unmapped", ""},
		{"?limit=2", "A-1T B:3"},
	}
	for _, list := range lists {
		code, body := w.api("GET", "/companies/2/orders"+list.query, "")
		if got := ids(body); code != 200 || got != list.want {
			t.Errorf("%q: %d %q, want %q", list.query, code, got, list.want)
		}
	}
	_, first := w.api("GET", "/companies/2/orders?limit=2", "")
	next, _ := at(first, "next").(string)
	if code, body := w.api("GET", "/companies/2/orders?limit=2&cursor="+next, ""); code != 200 ||
		ids(body) != "A-2 A-1" || at(body, "next") != nil {
		t.Errorf("second page: %d %v", code, body)
	}
}

// TestOrdersOfAll: one list of the orders of all companies, with the filters and the pages of that of one.
func TestOrdersOfAll(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	if res := p.post("/companies", url.Values{"id": {"3"}, "name": {"Магазин 3"}, "shop_url": {p.at},
		"key_id": {insalestest.DefaultKeyID}, "key_password": {insalestest.DefaultPassword}}); res.Code != 201 {
		t.Fatal(res.Code, res.Body)
	}
	begin := time.Now().UTC().Truncate(time.Second)
	err := p.store.Update(t.Context(), func(tx *storage.Tx) error {
		_, err := tx.AddOrder(&storage.Order{Key: storage.OrderKey{Company: "3", ID: "B-1"}, State: storage.StateNew,
			AcceptedAt: begin.Add(-48 * time.Hour), Total: 12305, Customer: "Анна Ёлкина"},
			storage.Event{Kind: storage.EventReceived})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	secret := p.secret()
	for _, id := range []string{"A-1", "A-2"} {
		p.takes(secret, id)
	}
	p.change(p.takes(secret, "A-3", `"name":"Иван"`, `"name":"Пётр Ёлкин"`), func(o *storage.Order) {
		o.State, o.InSalesID, o.AccountID, o.Paid = storage.StateSent, 70000001, 1, true
		o.Notices = []storage.Problem{{Code: "phone_as_typed"}}
	})
	p.stuck(storage.OrderKey{Company: "2", ID: "A-2"}, unmapped("cash"))
	day := begin.Add(-24 * time.Hour).Format(time.RFC3339)
	for query, want := range map[string]string{
		"": "A-3 A-2 A-1 B-1", "?company=3": "B-1", "?company=2&sort=oldest": "A-1 A-2 A-3", "?sort=waiting": "B-1 A-1 A-2",
		"?q=" + url.QueryEscape("елкин"): "A-3 B-1", "?q=" + url.QueryEscape("ёлк пет"): "A-3", "?paid=true": "A-3",
		"?paid=false": "A-2 A-1 B-1", "?noticed=true": "A-3", "?noticed=false": "A-3 A-2 A-1 B-1",
		"?from=" + day: "A-3 A-2 A-1", "?to=" + day: "B-1", "?problem=payment_unmapped&type=cash": "A-2", "?type=card": "",
		"?state=new": "A-1 B-1", "?test=true": "",
	} {
		if code, body := p.api("GET", "/orders"+query, ""); code != 200 || ids(body) != want {
			t.Errorf("%q: %d %q, want %q", query, code, ids(body), want)
		}
	}
	_, first := p.api("GET", "/orders?limit=3", "")
	next, _ := at(first, "next").(string)
	code, body := p.api("GET", "/orders?limit=3&cursor="+next, "")
	if code != 200 || ids(first)+" "+ids(body) != "A-3 A-2 A-1 B-1" || at(body, "next") != nil {
		t.Errorf("second page: %d %v", code, body)
	}
	for path, want := range map[string]any{"items.0.company": "3", "items.0.total": "123.05", "next": nil} {
		if got := at(body, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	if text := fmt.Sprint(first, body); strings.Contains(text, "лкин") || strings.Contains(text, "7999") {
		t.Errorf("personal data: %s", text)
	}
}

// ids names the orders of a list.
func ids(list map[string]any) string {
	var names []string
	items, _ := list["items"].([]any)
	for _, item := range items {
		name := fmt.Sprint(at(item, "id"))
		if at(item, "test") == true {
			name += "T"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestOrderQueriesRefused(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	for query, field := range map[string]string{
		"?limit=0": "limit", "?limit=201": "limit", "?limit=x": "limit", "?state=gone": "state", "?test=1": "test",
		"?cursor=x": "cursor", "?sort=newest": "sort", "?from=today": "from", "?to=2026-11-29": "to", "?paid=no": "paid",
		"?noticed=2": "noticed",
	} {
		if code, body := w.api("GET", "/orders"+query, ""); code != 422 || at(body, "errors.0.field") != field {
			t.Errorf("of all %s: %d %v", query, code, body)
		}
		if code, body := w.api("GET", "/companies/2/orders"+query, ""); code != 422 ||
			at(body, "errors.0.field") != field {
			t.Errorf("%s: %d %v", query, code, body)
		}
	}
	for _, path := range []string{"/companies/2/orders/none", "/companies/9/orders/1", "/companies/9/orders", "/orders?company=9"} {
		if code, body := w.api("GET", path, ""); code != 404 {
			t.Errorf("%s: %d %v", path, code, body)
		}
	}
}

func TestOneOrder(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	w.send(secret, fresh("B:3"))
	code, body := w.api("GET", "/companies/2/orders/B%3A3", "")
	if code != 200 {
		t.Fatalf("%d %v", code, body)
	}
	for path, want := range map[string]any{
		"id": "B:3", "state": "new", "test": false, "insales_id": nil, "problem": nil, "attempts": 0.0,
		"actions.0": "cancel", "actions.1": "link", "actions.2": "preview", "actions.3": nil,
		"events.0.kind": "received", "events.0.message": "Accepted from INEED.CHAT",
	} {
		if got := at(body, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	if text := at(body, "accepted_at").(string); !strings.HasSuffix(text, "Z") {
		t.Errorf("accepted_at %s is not UTC", text)
	}
	if _, ok := at(body, "notices").([]any); !ok {
		t.Errorf("notices are %v, want a list", at(body, "notices"))
	}
	if code, _ := w.api("GET", "/companies/2/orders/B:3?test=true", ""); code != 404 {
		t.Errorf("the test order of that id: %d", code)
	}
}

func TestActions(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	w.send(secret, fresh("1"))
	steps := []struct {
		action string
		code   int
		state  string
	}{
		{"retry", 409, ""},
		{"cancel", 200, "cancelled"},
		{"cancel", 409, ""},
		{"retry", 200, "new"},
	}
	for _, step := range steps {
		code, body := w.api("POST", "/companies/2/orders/1/"+step.action, "")
		if code != step.code {
			t.Fatalf("%s: %d %v", step.action, code, body)
		}
		if code == 200 && at(body, "state") != step.state {
			t.Errorf("%s: state %v, want %s", step.action, at(body, "state"), step.state)
		}
		if code == 409 && (at(body, "code") != "cannot_"+step.action || at(body, "detail") == "") {
			t.Errorf("%s: %v", step.action, body)
		}
	}
	if code, _ := w.api("POST", "/companies/2/orders/none/retry", ""); code != 404 {
		t.Errorf("an unknown order: %d", code)
	}

	res := request(t, w.server.Local(), "POST", "/api/v1/companies/2/orders/1/cancel", "")
	if res.Code != 200 {
		t.Fatalf("over the socket: %d %s", res.Code, res.Body)
	}
	_, body := w.api("GET", "/companies/2/orders/1", "")
	for path, want := range map[string]any{"events.1.args.by": "api", "events.3.args.by": "cli",
		"events.3.message": "Command on the server: sending was cancelled"} {
		if got := at(body, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
}

func TestShowSentOrder(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	due := time.Date(2026, 11, 23, 15, 0, 0, 0, time.FixedZone("", 3*3600))
	o := storage.Order{
		Key: storage.OrderKey{Company: "2", ID: "1"}, State: storage.StateSent, InSalesID: 70000001,
		InSalesNumber: "2001",
		Status:        &storage.Status{Status: "accepted"}, Revision: 2, AckedRevision: 1, Reported: "new",
		Report:  storage.Report{DueAt: due},
		Notices: []storage.Problem{{Code: "created_anyway"}},
	}
	got := showOrder(w.desk(), &o)
	if *got.InSalesID != 70000001 || !strings.Contains(got.InSalesURL, "70000001") || got.Status != "accepted" ||
		got.ReportedStatus != "new" {
		t.Errorf("%+v", got)
	}
	if got.NextAttemptAt.Format(time.RFC3339) != "2026-11-23T12:00:00Z" {
		t.Errorf("next attempt %v", got.NextAttemptAt)
	}
	if len(got.Notices) != 1 || got.Notices[0].Message == "" || got.Notices[0].Message == "created_anyway" {
		t.Errorf("notices %v", got.Notices)
	}
	o.Report.Problem = &storage.Problem{Code: "report_expired"}
	if got := showOrder(w.desk(), &o); got.NextAttemptAt != nil || got.ReportProblem == nil {
		t.Errorf("parked: %+v", got)
	}
}

// TestBodies: what was sent and answered is given only to who asks for it.
func TestBodies(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.happened(p.takes(p.secret(), "1"),
		storage.Event{Kind: storage.EventReported, Request: storage.Pack([]byte(`{"a":1}`)),
			Answer: storage.Pack([]byte("<p>"))})
	for query, want := range map[string][2]any{"": {nil, nil}, "?bodies=false": {nil, nil},
		"?bodies=true": {`{"a":1}`, "<p>"}} {
		code, body := p.api("GET", "/companies/2/orders/1"+query, "")
		if code != 200 || at(body, "events.1.request") != want[0] || at(body, "events.1.answer") != want[1] {
			t.Errorf("%s: %d %v", query, code, body)
		}
	}
	if code, _ := p.api("GET", "/companies/2/orders/1?bodies=all", ""); code != 422 {
		t.Errorf("%d", code)
	}
}

func TestReread(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	past := func(d time.Duration) string { return time.Now().Add(-d).Format(time.RFC3339) }
	for _, tt := range []struct {
		company, body string
		want          int
		field         string
	}{
		{"2", `{"since":"` + past(time.Hour) + `"}`, 202, ""},
		{"2", `{"since":"` + past(-time.Hour) + `"}`, 422, "since"},
		{"2", `{"since":"` + past(9000*time.Hour) + `"}`, 422, "since"},
		{"2", `{"since":"yesterday"}`, 422, "since"},
		{"2", `{"from":"yesterday"}`, 422, "from"},
		{"9", `{"since":"` + past(time.Hour) + `"}`, 404, ""},
	} {
		code, body := w.api("POST", "/companies/"+tt.company+"/orders/reread", tt.body)
		if field, _ := at(body, "errors.0.field").(string); code != tt.want || field != tt.field {
			t.Errorf("%s: %d %v", tt.body, code, body)
		}
	}
}
