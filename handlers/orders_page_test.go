package handlers

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// takes has the company accept an order and gives its key. Its workers do not
// run, so it stays as it is.
func (p *admin) takes(secret, id string, change ...string) storage.OrderKey {
	p.t.Helper()
	body := strings.NewReplacer(change...).Replace(fresh(id))
	if res := p.send(secret, body); res.Code != 202 && res.Code != 200 {
		p.t.Fatalf("%s: %d %s", id, res.Code, res.Body)
	}
	return storage.OrderKey{Company: "2", ID: id}
}

// stuck puts an order into attention.
func (p *admin) stuck(key storage.OrderKey, problem storage.Problem) {
	p.t.Helper()
	p.change(key, func(o *storage.Order) { o.State, o.Problem = storage.StateAttention, &problem })
}

// happened adds to the history of an order.
func (p *admin) happened(key storage.OrderKey, events ...storage.Event) {
	p.t.Helper()
	err := p.store.Update(p.t.Context(), func(tx *storage.Tx) error {
		o, err := tx.Order(key)
		for i := 0; i < len(events) && err == nil; i++ {
			events[i].At = time.Now()
			err = tx.AddEvent(&o, events[i])
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// secret makes a new secret of company 2 and gives it.
func (p *admin) secret() string {
	p.t.Helper()
	secret, err := p.bridge.RotateSecret(p.t.Context(), "2")
	if err != nil {
		p.t.Fatal(err)
	}
	return secret.Reveal()
}

func unmapped(kind string) storage.Problem {
	return storage.Problem{Code: "payment_unmapped", Args: map[string]string{"type": kind}}
}

func TestOrdersPage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	has(t, p.get("/companies/2/orders"), "Заказов ещё не было")
	secret := p.secret()
	for i, kind := range []string{"card", "card", "sbp"} {
		p.stuck(p.takes(secret, fmt.Sprint("a", i), `"phone":"+79990000000"`,
			fmt.Sprintf(`"phone":"+7999000000%d"`, i)), unmapped(kind))
	}
	p.takes(secret, "b1", `"name":"Иван"`, `"name":"Алёна Ёжикова"`, `"type_id":"cash"`, `"type_id":"cash","title":"Картой"`)
	p.change(p.takes(secret, "c1"), func(o *storage.Order) {
		o.State, o.InSalesID, o.InSalesNumber, o.AccountID = storage.StateSent, 70000001, "2001", 1
		o.Status = &storage.Status{Status: "delivering", StatusTitle: "Едет", PaymentStatus: "paid"}
		o.Notices = []storage.Problem{{Code: "phone_as_typed"}}
	})

	text := p.get("/companies/2/orders")
	has(t, text, "Способ оплаты «card» не сопоставлен", "2 заказа", "Способ оплаты «sbp» не сопоставлен",
		"/companies/2#payments-card", "Отправить ещё раз",
		"Требуют внимания <span class=\"num\">3</span>", "С замечаниями <span class=\"num\">1</span>", ">2001</a>",
		"Едет", `<a class="count" href="/orders?state=attention">3<`)
	if strings.Index(text, "не сопоставлен") > strings.Index(text, `<table`) {
		t.Error("what needs a person does not come first")
	}
	// The row that mends it is there, though no order list of the shop names it.
	has(t, p.get("/companies/2"), `id="payments-card"`, `id="payments-sbp"`, "Выберите, что это в InSales.")
	has(t, p.get("/"), "3 заказа требуют внимания.")
	has(t, p.get("/orders"), "Отправить ещё раз", ">c1<", "Всего 5 заказов на 4\u00a0950\u00a0₽.", `<div class="small soft">Картой</div>`)

	rows := func(query string) string {
		_, list, _ := strings.Cut(p.get("/companies/2/orders?"+query), "<tbody>")
		var ids []string
		for part := range strings.SplitSeq(list, `/companies/2/orders/`) {
			if id, _, ok := strings.Cut(part, `"`); ok && len(id) == 2 {
				ids = append(ids, id)
			}
		}
		return strings.Join(ids, " ")
	}
	for query, want := range map[string]string{
		"":                         "c1 b1 a2 a1 a0",
		"state=attention":          "a2 a1 a0",
		"state=new":                "b1",
		"state=noticed":            "c1",
		"state=nonsense":           "c1 b1 a2 a1 a0",
		"q=2001":                   "c1",
		"q=B1":                     "b1",
		"q=8%20999%20000-00-02":    "a2",
		"q=%2B7(999)0000002":       "a2",
		"q=nobody":                 "",
		"q=ЁЖИК":                   "b1",
		"q=ежикова+алена":          "b1",
		"q=ива&state=attention":    "a2 a1 a0",
		"problem=payment_unmapped": "a2 a1 a0",
		"state=attention&problem=payment_unmapped&type=sbp": "a2",
		"pay=paid":                    "c1",
		"pay=unpaid":                  "b1 a2 a1 a0",
		"pay=unpaid&state=new":        "b1",
		"pay=nonsense":                "c1 b1 a2 a1 a0",
		"from=today":                  "c1 b1 a2 a1 a0",
		"to=2020-01-01":               "",
		"from=2020-01-01&to=nonsense": "c1 b1 a2 a1 a0",
		"sort=oldest":                 "a0 a1 a2 b1 c1",
		"sort=waiting":                "a0 a1 a2 b1",
	} {
		if got := rows(query); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}

	// The way from a cause to its orders leads to those of its type alone.
	has(t, text, `href="/orders?company=2&amp;problem=payment_unmapped&amp;state=attention&amp;type=sbp"`)

	// Mended, and only those of that type are sent again.
	res := p.sure("/companies/2/orders/retry", url.Values{"problem": {"payment_unmapped"}, "type": {"card"}})
	if res.Code != 303 || res.Header().Get("Location") != "/companies/2/orders?sent=2&waiting=0" {
		t.Fatal(res.Code, res.Body)
	}
	if got := rows("state=attention"); got != "a2" {
		t.Errorf("after the retry: %q", got)
	}
}

// Many orders that disappear from the shop at a time wait for one word.
func TestOrdersGone(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	secret := p.secret()
	one, err := p.bridge.Company(t.Context(), "2")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 21 {
		p.change(p.takes(secret, fmt.Sprint("g", i)), func(o *storage.Order) {
			o.State, o.InSalesID, o.AccountID, o.GoneAt = storage.StateSent, int64(i+1), one.AccountID,
				time.Now().Add(-time.Hour)
			o.Status = &storage.Status{Status: "new", PaymentStatus: "pending"}
		})
	}
	has(t, p.get("/companies/2/orders"), "Заказы пропали из InSales", "21 заказ", "Они отменены",
		`action="/companies/2/orders/gone"`)
	has(t, p.get("/"), "много заказов")
	res := p.sure("/companies/2/orders/gone", nil)
	if res.Code != 303 || res.Header().Get("Location") != "/companies/2/orders?done=gone" {
		t.Fatal(res.Code, res.Body)
	}
	if text := p.get("/companies/2/orders?done=gone"); strings.Contains(text, "Заказы пропали") ||
		!strings.Contains(text, "узнает об отмене") {
		t.Error(text)
	}
	if res := p.sure("/companies/2/orders/gone", nil); res.Code != 409 {
		t.Error(res.Code)
	}
	has(t, p.get("/journal"), "пропавшие из InSales заказы")
}

func TestOrdersPaging(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	secret := p.secret()
	for i := range 52 {
		p.takes(secret, fmt.Sprint("n", 100+i))
	}
	text := p.get("/companies/2/orders?state=new")
	leads := func(text, rel string) string {
		for link := range strings.SplitSeq(text, `<a class="button" href="`) {
			if to, rest, _ := strings.Cut(link, `"`); strings.HasPrefix(rest, ` rel="`+rel+`"`) {
				return strings.ReplaceAll(to, "&amp;", "&")
			}
		}
		return ""
	}
	if next := leads(text, "next"); !strings.HasPrefix(next, "/orders?company=2&cursor=") || leads(text, "prev") != "" ||
		strings.Count(text, "<tr><td class=\"key\">") != 50 || strings.Contains(text, ">n101<") {
		t.Fatalf("%q, %d rows", next, strings.Count(text, "<tr><td class=\"key\">"))
	}
	has(t, text, "Всего 52 заказа на 51\u00a0480\u00a0₽.")
	last := p.get(leads(text, "next"))
	has(t, last, ">n101<", ">n100<", "Всего 52 заказа на 51\u00a0480\u00a0₽.", `href="/orders?company=2&amp;state=new">В начало`)
	hasNot(t, last, ">n102<")
	first := p.get(leads(last, "prev"))
	has(t, first, ">n151<", ">n102<")
	hasNot(t, first, "В начало", ">n101<")
	if code := p.page("/companies/2/orders?cursor=x", p.cookie).Code; code != 404 {
		t.Error(code)
	}
}

// TestOrdersOfAllCompanies: the list is of all companies, what was asked for is kept when a
// company is chosen, and the companies that need somebody come first.
func TestOrdersOfAllCompanies(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	for _, id := range []string{"10", "3"} {
		if res := p.post("/companies", url.Values{"id": {id}, "name": {"Магазин " + id}, "shop_url": {p.at},
			"key_id": {insalestest.DefaultKeyID}, "key_password": {insalestest.DefaultPassword}}); res.Code != 201 {
			t.Fatal(res.Code, res.Body)
		}
	}
	secret := p.secret()
	p.takes(secret, "a1")
	err := p.store.Update(t.Context(), func(tx *storage.Tx) error {
		var err error
		for _, one := range []storage.Order{
			{Key: storage.OrderKey{Company: "3", ID: "b1"}, State: storage.StateAttention, Problem: &storage.Problem{Code: "too_old"}},
			{Key: storage.OrderKey{Company: "10", ID: "c1"}, State: storage.StateSent},
			{Key: storage.OrderKey{Company: "10", ID: "c2"}, State: storage.StateNew},
			{Key: storage.OrderKey{Company: "forgotten", ID: "d1"}, State: storage.StateNew},
		} {
			one.AcceptedAt = time.Now()
			_, wrong := tx.AddOrder(&one, storage.Event{Kind: storage.EventReceived})
			if one.Key.Company != "forgotten" {
				err = errors.Join(err, wrong)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text := p.get("/orders")
	has(t, text, ">a1<", ">b1<", ">c2<", "Магазин 10</div>", `<option value="10">Магазин 10 (2)</option>`,
		"Всего 4 заказа на 990\u00a0₽. Сумма известна не у всех: она есть у 1 заказа.",
		`<a href="/orders?company=3">Магазин 3 <span class="num">1</span></a>`, "Выгрузить в Excel")
	hasNot(t, text, ">d1<", "Отправить ещё раз")
	if strings.Index(text, `<option value="3"`) > strings.Index(text, `<option value="10"`) {
		t.Error("10 stands before 3")
	}
	text = p.get("/orders?state=new&q=2&company=10")
	has(t, text, ">c2<", `<option value="10" selected>Магазин 10 (1)</option>`, `<option value="3">Магазин 3 (0)</option>`,
		`name="state" value="new"`, `value="2"`, `href="/orders?company=10&amp;q=2"`)
	hasNot(t, text, ">c1<", ">a1<", `type="hidden" name="company"`)
	if code := p.page("/orders?company=none", p.cookie).Code; code != 404 {
		t.Error(code)
	}
	csv := p.page("/orders.csv?state=new", p.cookie)
	if text := csv.Body.String(); strings.Count(text, "\r\n") != 3 || !strings.Contains(text, ";Магазин 10\r\n") ||
		!strings.Contains(csv.Header().Get("Content-Disposition"), `"orders-20`) {
		t.Errorf("%q %v", text, csv.Header())
	}
}

func TestOrderPage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	secret := p.secret()
	key := p.takes(secret, "a1", `"id":"a1"`,
		`"id":"a1","number":"A-1","url":"javascript:alert(1)","comment":"<script>alert(1)</script>"`)
	p.stuck(key, unmapped("cash"))
	text := p.get("/companies/2/orders/a1")
	has(t, text, "Заказ A-1", "требует внимания", "не сопоставлен со способом оплаты InSales",
		"/companies/2#payments-cash", "Отправить ещё раз", "Отменить отправку",
		"Заказ принят из INEED.CHAT", "Заказ уже есть в InSales?", "&lt;script&gt;")
	hasNot(t, text, "javascript:", "<script>alert", "Стереть данные")
	has(t, p.get("/companies/2/orders/a1/preview"), "Что уйдёт в InSales", "[ineed:a1:")

	act := func(action string, values url.Values, want int) string {
		t.Helper()
		res := p.sure("/companies/2/orders/a1/"+action, values)
		if res.Code != want {
			t.Fatalf("%s: %d, want %d: %s", action, res.Code, want, res.Body)
		}
		return res.Body.String()
	}
	has(t, act("link", url.Values{"insales_id": {"the one"}}, 422), `id="insales_id-error"`)
	has(t, act("link", url.Values{"insales_id": {"99"}}, 409), "В магазине InSales нет заказа 99")
	act("retry", nil, 303)
	has(t, act("retry", nil, 409), "Отправить заказ ещё раз сейчас нельзя")
	act("cancel", nil, 303)
	has(t, p.get("/companies/2/orders/a1?done=cancel"), "Отправка отменена.", "отменён",
		"Администратор: отправка отменена")
	act("erase", nil, 303)
	text = p.get("/companies/2/orders/a1")
	has(t, text, "Личные данные покупателя стёрты")
	hasNot(t, text, "alert", "79990000000")
	for _, gone := range []string{"9990000000", "иван"} {
		hasNot(t, p.get("/companies/2/orders?q="+gone), ">A-1<")
	}
	if code := p.page("/companies/2/orders/nothing", p.cookie).Code; code != 404 {
		t.Error(code)
	}
}

func TestOrderBodies(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	secret := p.secret()
	key := p.takes(secret, "a1")
	p.takes(secret, "a1", "+79990000000", "+79990000009")
	text := p.get("/companies/2/orders/a1")
	has(t, text, "Принять второй как отдельный заказ", "Понятно, убрать замечание")
	res := p.sure("/companies/2/orders/a1/accept", url.Values{"body": {"2"}})
	if res.Code != 303 || res.Header().Get("Location") != "/companies/2/orders/a1~2?done=accept" {
		t.Fatal(res.Code, res.Header(), res.Body)
	}
	p.change(key, func(o *storage.Order) {
		o.Notices = []storage.Problem{{Code: "phone_as_typed"}, {Code: "email_left_out"}}
	})
	if res := p.post("/companies/2/orders/a1/accept", url.Values{"code": {"phone_as_typed"}}); res.Code != 303 {
		t.Fatal(res.Code, res.Body)
	}
	text = p.get("/companies/2/orders/a1")
	has(t, text, "Почта покупателя")
	hasNot(t, text, "Телефон покупателя не похож")
}

func TestTestOrderPage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.takes(p.secret(), "a1", `"type":"order.created"`, `"type":"order.created","test":true`)
	has(t, p.get("/companies/2/orders"), `/companies/2/orders/a1?test=true"`)
	has(t, p.get("/companies/2/orders/a1?test=true"), "тестовый", `/companies/2/orders/a1/erase?test=true`)
	if res := p.sure("/companies/2/orders/a1/erase?test=true", nil); res.Code != 303 ||
		res.Header().Get("Location") != "/companies/2/orders/a1?test=true&done=erase" {
		t.Error(res.Code, res.Header())
	}
}

func TestExport(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	secret := p.secret()
	p.takes(secret, "a1", `"name":"Иван"`, `"name":"=HYPERLINK(\"http://evil.example\")"`)
	p.takes(secret, "-23")
	p.stuck(p.takes(secret, "a3", `"name":"Иван"`, `"name":"Анна; \"Аня\"\nиз Тюмени"`), unmapped("card"))
	res := p.page("/companies/2/orders.csv", p.cookie)
	text, ok := strings.CutPrefix(res.Body.String(), "\ufeff")
	if res.Code != 200 || !ok || !strings.HasPrefix(res.Header().Get("Content-Type"), "text/csv") ||
		!strings.Contains(res.Header().Get("Content-Disposition"), `filename="orders-2-20`) {
		t.Fatal(res.Code, res.Header())
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatal(err, rows)
	}
	if rows[0][0] != "Номер" || rows[1][5] != "Анна; \"Аня\" из Тюмени" ||
		rows[1][4] != "Способ оплаты «card» не сопоставлен" || rows[2][1] != "'-23" ||
		rows[3][5] != `'=HYPERLINK("http://evil.example")` || rows[3][6] != "79990000000" ||
		strings.Contains(rows[3][7], ".") {
		t.Errorf("%q", rows)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r\n") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	if text := p.page("/companies/2/orders.csv?state=attention", p.cookie).Body.String(); strings.Count(text,
		"требует внимания") != 1 || strings.Contains(text, "HYPERLINK") {
		t.Errorf("the filter does not count: %q", text)
	}
	if res := p.page("/companies/2/orders.csv", "X: 1"); res.Code != 303 {
		t.Errorf("without a session: %d", res.Code)
	}
}

// TestExportIsWhole: a list of many parts comes whole, and one that cannot be read to its end
// is a download that fails, not a file that ends early.
func TestExportIsWhole(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.takes(p.secret(), "a0")
	const more = 450 // of which 200 are read at a time
	err := p.store.Update(t.Context(), func(tx *storage.Tx) error {
		first, err := tx.Order(storage.OrderKey{Company: "2", ID: "a0"})
		if err == nil {
			first.Body, err = tx.Body(&first)
		}
		for i := range more {
			one := first
			one.Key.ID = "b" + strconv.Itoa(i)
			_, wrong := tx.AddOrder(&one, storage.Event{At: first.AcceptedAt, Kind: "accepted"})
			err = errors.Join(err, wrong)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := p.page("/companies/2/orders.csv", p.cookie).Body.String(); strings.Count(text, "\r\n") != more+2 {
		t.Errorf("%d lines of %d", strings.Count(text, "\r\n"), more+2)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "GET", "/companies/2/orders.csv", nil)
	name, value, _ := strings.Cut(p.cookie, ": ")
	r.Header.Set(name, value)
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("a list that could not be read to its end: %v", v)
		}
	}()
	p.server.Public().ServeHTTP(&hangUp{httptest.NewRecorder(), cancel}, r)
	t.Error("ended as if it were whole")
}

// A hangUp ends the request with its first part.
type hangUp struct {
	*httptest.ResponseRecorder
	cancel func()
}

func (h *hangUp) Write(b []byte) (int, error) {
	h.cancel()
	return h.ResponseRecorder.Write(b)
}

// A time that is pointed at is in the zone of what stands there.
func TestOrdersInTheirZone(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.takes(p.secret(), "1")
	p.server = New(Config{Bridge: p.bridge, TimeZone: time.FixedZone("", 5*3600)})
	has(t, p.get("/orders"), ` &#43;05:00">`)
	has(t, p.get("/access"), `&#43;05:00">`)
}
