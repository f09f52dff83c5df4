package bridge_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// refuse sends authentic webhooks that cannot become an order.
func (w *world) refuse(n int) {
	w.t.Helper()
	for i := range n {
		body := strings.Replace(string(anOrder(fmt.Sprint("bad-", i)).Body()), `"currency":"RUB"`, `"currency":7`, 1)
		if a, err := w.sender().Send(w.t.Context(), []byte(body)); err != nil ||
			a.Status != http.StatusUnprocessableEntity {
			w.t.Fatalf("%d %s %v", a.Status, a.Body, err)
		}
	}
}

// TestPeopleHearOfRefusedOrders: what the chat delivers in vain is told once,
// however much it is, and is over when an order comes through or somebody has
// looked; a restart forgets nothing of it.
func TestPeopleHearOfRefusedOrders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		w.refuse(12)
		heard := "started deliveries_refused"
		p.hears(5*time.Minute, heard)
		w.refuse(3)
		w.restart()
		time.Sleep(3 * time.Hour)
		p.hears(0, heard)
		c, err := w.desk().RefusalCount(t.Context())
		if err != nil || c.Fresh != 15 || c.Unseen != 15 {
			t.Errorf("%+v %v", c, err)
		}
		w.accept(anOrder("good"))
		heard += ", over deliveries_refused"
		p.hears(2*time.Minute, heard)
		if c, _ := w.desk().RefusalCount(t.Context()); c.Fresh != 0 || c.Unseen != 15 {
			t.Errorf("an order came through: %+v", c)
		}

		// One that is lost among many is told, too, although the next is fine.
		time.Sleep(2 * time.Hour)
		w.refuse(1)
		w.accept(anOrder("next"))
		heard += ", started deliveries_refused, over deliveries_refused"
		p.hears(10*time.Minute, heard)

		// What a person has seen is not told any more.
		time.Sleep(2 * time.Hour)
		w.refuse(2)
		heard += ", started deliveries_refused"
		p.hears(5*time.Minute, heard)
		list, _, err := w.desk().Refusals(t.Context(), "", 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.desk().SawRefusals(t.Context(), list[0].Seq); err != nil {
			t.Fatal(err)
		}
		p.hears(5*time.Minute, heard+", over deliveries_refused")
		time.Sleep(2 * time.Hour)
		w.refuse(1)
		list, _, _ = w.desk().Refusals(t.Context(), "", 1)
		if err := w.desk().SawRefusals(t.Context(), list[0].Seq); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		p.hears(0, heard+", over deliveries_refused")
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, text := range p.texts {
			if strings.Contains(text, "Тюмень") || strings.Contains(text, "+7") {
				t.Errorf("a customer's in %s", text)
			}
		}
	})
}

// TestStrangersAlarmNobody: what shows no signature of the right form, and no body
// that names the company, is no reason for a message, however often it comes; it
// neither hides nor ends what a chat with a wrong secret causes.
func TestStrangersAlarmNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p))
		p.save(webhookChannel())
		whole := string(anOrder("1").Body())
		post := func(path, body string, headers ...string) {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), "POST", w.sender().URL+"/webhooks/ineedchat/"+path,
				strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			for i := 0; i < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			res, err := w.sender().Client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s %v: %d", path, headers, res.StatusCode)
			}
		}
		now := fmt.Sprint(time.Now().Unix())
		signature := "v1," + strings.Repeat("A", 43) + "="
		strangers := func() {
			for range 5 {
				post(company, whole)
				post(company, `{}`)
				post(company, whole, "webhook-signature", "x")
				post(company, whole, "webhook-id", "m", "webhook-timestamp", now, "webhook-signature", "v1,short")
				post(company, whole, "webhook-id", "m", "webhook-timestamp", "1", "webhook-signature", signature)
				post(company, `{"type":"order.created","version":"1","company_id":"other"}`, "webhook-id", "m",
					"webhook-timestamp", now, "webhook-signature", signature)
				post(company, "not JSON", "webhook-id", "m", "webhook-timestamp", now, "webhook-signature", signature)
				post(company+"/short", whole)
				post(company, whole, "Authorization", "Basic dXNlcjpwYXNzd29yZA==")
				post("nobody", whole, "webhook-id", "m", "webhook-timestamp", now, "webhook-signature", signature)
			}
		}
		strangers()
		time.Sleep(30 * time.Minute)
		p.hears(0, "")
		u := w.proc.bridge.Office.Unbelieved(company)
		if u.Signed.Count != 0 || u.Unsigned.Count != 45 {
			t.Errorf("%+v", u)
		}
		if u := w.proc.bridge.Office.Unbelieved("nobody"); u != (order.Unbelieved{}) {
			t.Errorf("of a company that is not there: %+v", u)
		}

		now = fmt.Sprint(time.Now().Unix())
		for range 3 { // the chat signs, but with another secret; or the company wants a token
			post(company, whole, "webhook-id", "m", "webhook-timestamp", now, "webhook-signature", signature)
		}
		p.hears(5*time.Minute, "started hooks_refused")
		strangers()
		time.Sleep(30 * time.Minute)
		p.hears(0, "started hooks_refused")
		w.accept(anOrder("1"))
		p.hears(5*time.Minute, "started hooks_refused, over hooks_refused")
		if u := w.proc.bridge.Office.Unbelieved(company); u != (order.Unbelieved{}) {
			t.Errorf("%+v", u)
		}
		post(company+"/a-token-of-more-than-32-characters-for-the-path", whole)
		post(company, whole, "Authorization", "Bearer a-token-of-more-than-32-characters-in-a-header")
		if u := w.proc.bridge.Office.Unbelieved(company); u.Signed.Count != 2 {
			t.Errorf("a chat that is set up for another mode: %+v", u)
		}
	})
}

// TestManyBodies: however many different orders come under one id, none
// disappears: five are kept with the order, the others among the refusals, and
// the order says how many they are.
func TestManyBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		body := func(n int) []byte {
			o := anOrder("one")
			o.Items = []ineedchattest.Item{{Price: fmt.Sprint(100 + n)}}
			return o.Body()
		}
		more := func() string {
			for _, p := range w.get("one").Notices {
				if p.Code == problem.NoticeMoreBodies {
					return p.Args["more"]
				}
			}
			return ""
		}
		for n := range 8 {
			for range 2 { // each is repeated, as chats do
				w.post(body(n))
			}
			want := ""
			if n >= storage.MaxBodies {
				want = fmt.Sprint(n - storage.MaxBodies + 1)
			}
			if got := more(); got != want {
				t.Errorf("after body %d the order says %q more, want %q", n+1, got, want)
			}
		}
		list, _, err := w.desk().Refusals(t.Context(), "", 10)
		if err != nil || len(list) != 3 {
			t.Fatalf("%d are kept, %v", len(list), err)
		}
		for i, n := range []int{7, 6, 5} {
			if r := list[i]; string(r.Body) != string(body(n)) || r.Reason != order.ReasonManyBodies ||
				r.Status != http.StatusOK || r.OrderID != "one" {
				t.Errorf("%d: %+v", n, r)
			}
		}
		if c, err := w.desk().RefusalCount(t.Context()); err != nil || c.Unseen != 3 {
			t.Errorf("%+v %v", c, err)
		}
		_, events, err := w.desk().Order(t.Context(), w.key("one"))
		told := 0
		for _, e := range events {
			if e.Args["code"] == problem.NoticeMoreBodies {
				told++
			}
		}
		if err != nil || told != 1 {
			t.Errorf("the history tells it %d times, %v", told, err)
		}

		// They are of the same person, and go with the order's.
		w.untilState(time.Minute, "one", storage.StateSent)
		if _, err := w.desk().Erase(t.Context(), w.key("one"), "test"); err != nil {
			t.Fatal(err)
		}
		if list, _, err := w.desk().Refusals(t.Context(), "", 10); err != nil || len(list) != 0 {
			t.Errorf("%d are kept, %v", len(list), err)
		}
	})
}

// TestOrdersOfDots: an id of dots only that is no path of its own is an order like
// any other, and its status gets to the chat; the two that are one are refused.
func TestOrdersOfDots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := []string{"...", "....", strings.Repeat(".", 64), ".a", "-", ":"}
		for _, id := range ids {
			w.accept(anOrder(id))
			w.untilState(time.Minute, id, storage.StateSent)
		}
		for _, id := range ids {
			w.until(10*time.Minute, "the chat knows of "+id,
				func() bool { o := w.get(id); return !o.PendingReport() && o.Reported != "" })
		}
		for _, id := range []string{".", ".."} {
			if a, err := w.sender().Send(context.Background(), anOrder(id).Body()); err != nil ||
				a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %v", id, a.Status, err)
			}
		}
		list, _, err := w.desk().Refusals(t.Context(), "", 10)
		if err != nil || len(list) != 2 || !slices.Contains([]string{"data.id"}, list[0].Errors[0].Field) {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// TestRefusalsGoAfterAWeek: what was refused is forgotten, and not that it was.
func TestRefusalsGoAfterAWeek(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.refuse(2)
		time.Sleep(6 * 24 * time.Hour)
		w.refuse(1)
		if list, _, err := w.desk().Refusals(t.Context(), "", 10); err != nil || len(list) != 3 {
			t.Errorf("within the week: %d, %v", len(list), err)
		}
		time.Sleep(26 * time.Hour)
		list, _, err := w.desk().Refusals(t.Context(), "", 10)
		c, err2 := w.desk().RefusalCount(t.Context())
		if err != nil || err2 != nil || len(list) != 1 || c.Unseen != 3 {
			t.Errorf("%d kept, %+v %v %v", len(list), c, err, err2)
		}
	})
}
