package bridge_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

func (w *world) key(id string) storage.OrderKey { return storage.OrderKey{Company: company, ID: id} }

// refusedFor gives the code of a refusal, "" if err is none.
func refusedFor(err error) string {
	var no *problem.Refused
	if !errors.As(err, &no) {
		return ""
	}
	return no.Problem.Code
}

// The same id with another phone, other lines or another sum is shown to a
// person, who makes an order of its own of it or ticks it off.
func TestAnotherOrderUnderOneID(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		o := anOrder("A-1")
		w.accept(o)
		w.untilState(time.Second, "A-1", storage.StateSent)
		same, phone, lines := o, o, o
		same.Comment, same.Phone = "позвоните", "8 (999) 000-00-00" // the default one in another notation
		phone.Phone = "+79991112233"
		lines.Items = []ineedchattest.Item{{VariantID: "500000004", Price: "990.00"}}
		for _, o := range []ineedchattest.OrderSpec{o, same, phone, phone, lines, lines} {
			if code := w.post(o.Body()); code != http.StatusOK {
				t.Errorf("answered %d", code)
			}
		}
		if got := w.get("A-1"); len(got.Notices) != 2 || got.Notices[1].Args["body"] != "3" {
			t.Fatalf("notices %+v", got.Notices)
		}
		ctx, d := t.Context(), w.desk()
		if _, err := d.AcceptBody(ctx, w.key("A-1"), 4, "test"); refusedFor(err) != problem.RefusedNoBody {
			t.Error(err)
		}
		made, err := d.AcceptBody(ctx, w.key("A-1"), 3, "test")
		if err != nil || made.Key.ID != "A-1~3" {
			t.Fatal(made.Key, err)
		}
		if _, err := d.AcceptBody(ctx, w.key("A-1"), 3, "test"); err == nil {
			t.Error("made twice")
		}
		w.untilState(time.Second, "A-1~3", storage.StateSent)
		if _, err := d.Accept(ctx, w.key("A-1"), problem.NoticeAnotherOrder, "test"); err != nil {
			t.Error(err)
		}
		if n := w.get("A-1").Notices; len(n) != 0 {
			t.Errorf("notices %+v", n)
		}
		list := w.live("A-1~3")
		if len(list) != 1 || list[0].Lines[0].VariantID != 500000004 || len(w.live("A-1")) != 1 {
			t.Fatalf("shop: %+v", list)
		}
		if err := w.shop.SetStatus(list[0].ID, "otgruzhen"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if _, ok := w.chat.Status(company, "A-1~3"); ok {
			t.Error("the chat was told of an order it does not know")
		}
		// Nothing of that is forgotten with the database.
		w.forget("A-1~3")
		if err := d.Reread(ctx, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.until(time.Minute, "adopted", func() bool { return w.knows("A-1~3") })
	})
}

// At most five bodies are kept with an order, whatever comes; one more notice
// says how many the others are.
func TestManyBodiesUnderOneID(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 12 {
			o := anOrder("A-1")
			o.Phone = fmt.Sprintf("+7999000%04d", i)
			w.post(o.Body())
		}
		n := w.get("A-1").Notices
		if len(n) != storage.MaxBodies || n[len(n)-1].Code != problem.NoticeMoreBodies ||
			n[len(n)-1].Args["more"] != "7" {
			t.Errorf("%d notices: %v", len(n), n)
		}
	})
}

// A person says which order of the shop it is.
func TestLink(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		bad := anOrder("A-1")
		bad.Payment = "crypto"
		w.accept(bad)
		w.untilState(time.Second, "A-1", storage.StateAttention)
		byHand, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
			Lines: []insalestest.PlacedLine{{VariantID: 500000004}}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, d := t.Context(), w.desk()
		taken := w.live("first")[0].ID
		foreign, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
			Lines:          []insalestest.PlacedLine{{VariantID: 500000004}},
			ManagerComment: "[ineed:1001:aaaaaaaaaaaaaaaa]"})
		if err != nil {
			t.Fatal(err)
		}
		for named, want := range map[translate.ShopOrder]string{
			{ID: 1}: problem.RefusedNotInShop, {ID: taken}: problem.RefusedLinked,
			{ID: foreign.ID}: problem.RefusedLinked,
			{ID: byHand.ID, Host: "other-shop.myinsales.ru"}: problem.RefusedOtherShop,
		} {
			if _, err := d.Link(ctx, w.key("A-1"), named, "test"); refusedFor(err) != want {
				t.Errorf("%v: %v, want %s", named, err, want)
			}
		}
		at, ok := translate.ParseShopOrder(settings().Shop.URL + "/admin2/orders/" + strconv.FormatInt(byHand.ID, 10))
		if !ok {
			t.Fatal(at)
		}
		o, err := d.Link(ctx, w.key("A-1"), at, "test")
		if err != nil || o.State != storage.StateSent || o.InSalesID != byHand.ID {
			t.Fatal(o, err)
		}
		if _, err := d.Link(ctx, w.key("A-1"), translate.ShopOrder{ID: byHand.ID},
			"test"); refusedFor(err) != problem.RefusedLink {
			t.Error(err)
		}
		if err := w.shop.SetStatus(byHand.ID, "otgruzhen"); err != nil {
			t.Fatal(err)
		}
		w.until(3*time.Minute, "the chat knows",
			func() bool { r, _ := w.chat.Status(company, "A-1"); return r.Status == "delivering" })
		if n := len(w.shop.Orders()); n != 3 {
			t.Errorf("%d orders in the shop", n)
		}
	})
}

func TestParseShopOrder(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]translate.ShopOrder{
		"70000001": {ID: 70000001}, " 70000001 ": {ID: 70000001}, "/admin2/orders/7": {ID: 7},
		"https://Shop.myinsales.ru/admin2/orders/70000001": {ID: 70000001, Host: "shop.myinsales.ru"},
		"https://key:password@shop.ru:443/admin2/orders/7": {ID: 7, Host: "shop.ru"}, // no secret in a host
		"shop.ru/admin2/orders/70000001/":                  {ID: 70000001, Host: "shop.ru"},
		"https://shop.ru:8443/admin/orders/7.json?x=1#y":   {ID: 7, Host: "shop.ru:8443"},
		"": {}, "x": {}, "-1": {}, "0": {}, "https://shop.ru/admin2/products/7": {}, "7 7": {},
		"99999999999999999999": {}, "https://shop.ru/?/orders/7": {},
	} {
		if got, ok := translate.ParseShopOrder(text); ok != (want.ID > 0) || ok && got != want {
			t.Errorf("%q: %v %v", text, got, ok)
		}
	}
}

// After the settings were mended, all orders with one problem go at once.
func TestRetryAll(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 230 {
			o := anOrder(fmt.Sprintf("R-%d", i))
			o.Payment = "crypto"
			w.accept(o)
		}
		other := anOrder("other")
		other.Delivery = "drone"
		w.accept(other)
		w.untilState(10*time.Second, "other", storage.StateAttention)
		c := settings()
		c.Orders.Payments["crypto"] = 5000002
		w.save(c)
		if n, err := w.desk().Mapped(t.Context()); err != nil || n != 230 {
			t.Error(n, err)
		}
		n, err := w.desk().RetryAll(t.Context(), problem.PaymentUnmapped, "test")
		if err != nil || n.Sent != 230 || n.Waiting != 0 {
			t.Fatal(n, err)
		}
		done, err := w.proc.bridge.Journal(t.Context(), storage.JournalFilter{Kind: storage.EntryRetried})
		if err != nil || len(done.Entries) != 1 || done.Entries[0].Orders != 230 || done.Entries[0].Actor != "test" {
			t.Errorf("%v %+v", err, done)
		}
		w.until(20*time.Second, "all created", func() bool { return len(w.shop.Orders()) == 230 })
		if s := w.get("other").State; s != storage.StateAttention {
			t.Errorf("the other is %s", s)
		}
	})
}

// Erased data are nowhere in the database; the key and the statuses stay.
func TestErase(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		o := anOrder("A-1")
		o.Name, o.Phone, o.Email, o.Comment = "Пелагея Онуфриева", "+79995556677", "pelageya@example.test",
			"код домофона 4711"
		w.accept(o)
		w.untilState(time.Second, "A-1", storage.StateSent)
		refused := anOrder("A-2")
		refused.Name, refused.Items = o.Name, []ineedchattest.Item{{VariantID: "42"}}
		w.accept(refused)
		w.untilState(time.Second, "A-2", storage.StateAttention)
		ctx, d := t.Context(), w.desk()
		if kept := w.exchanges("A-1"); !strings.Contains(kept[storage.EventIntent], `"phone":"+79995556677"`) ||
			!strings.Contains(kept[storage.EventAnswered], "Пелагея") {
			t.Errorf("what was sent and answered is not kept: %v", kept)
		}
		if _, err := d.Erase(ctx, w.key("A-2"), "test"); refusedFor(err) != problem.RefusedErase {
			t.Error(err)
		}
		if _, err := d.Cancel(ctx, w.key("A-2"), "test"); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"A-1", "A-2"} {
			if _, err := d.Erase(ctx, w.key(id), "test"); err != nil {
				t.Error(err)
			}
		}
		if kept := w.exchanges("A-1"); len(kept) > 0 {
			t.Errorf("outlived their person: %v", kept)
		}
		if _, err := d.Retry(ctx, w.key("A-2"), "test"); refusedFor(err) != problem.RefusedErased {
			t.Errorf("an erased order can be sent: %v", err)
		}
		w.post(o.Body()) // the chat repeats itself
		if all := w.everything(); strings.Contains(all, "Пелагея") || strings.Contains(all, "5556677") ||
			strings.Contains(all, "4711") || strings.Contains(all, "pelageya") {
			t.Error("personal data are still there")
		}
		if err := w.shop.SetStatus(w.live("A-1")[0].ID, "otgruzhen"); err != nil {
			t.Fatal(err)
		}
		w.until(3*time.Minute, "the chat knows",
			func() bool { r, _ := w.chat.Status(company, "A-1"); return r.Status == "delivering" })
	})
}

// everything is all texts of the database.
func (w *world) everything() string {
	var all strings.Builder
	w.withDB(func(db *sql.DB) error {
		for _, table := range []string{"orders", "bodies", "events", "refusals", "look_alikes", "companies", "journal"} {
			rows, err := db.Query("SELECT * FROM " + table)
			if err != nil {
				return err
			}
			names, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				vals := make([]sql.RawBytes, len(names))
				into := make([]any, len(names))
				for i := range vals {
					into[i] = &vals[i]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				for _, v := range vals {
					all.Write(v)
					all.WriteByte('\n')
				}
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	return all.String()
}

// A preview is the very request that is sent then.
func TestPreview(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		c := settings()
		c.Orders.Paused = true
		w.save(c)
		o := anOrder("A-1")
		o.Discount, o.Items = "100", []ineedchattest.Item{{Quantity: "3"}}
		w.accept(o)
		p, err := w.desk().Preview(t.Context(), w.key("A-1"))
		if err != nil || p.Problem != nil || len(p.Notices) != 1 || p.Notices[0].Code != problem.NoticeDiscountRest {
			t.Fatalf("%+v %v", p, err)
		}
		time.Sleep(time.Minute)
		if n := len(w.shop.Orders()); n != 0 {
			t.Fatalf("%d orders were sent", n)
		}
		w.save(settings())
		w.untilState(time.Second, "A-1", storage.StateSent)
		got := w.live("A-1")[0]
		if got.ManagerComment != p.Request.ManagerComment || got.Lines[0].SalePrice != "956.67" ||
			got.Total != "2870.01" {
			t.Errorf("%+v", got)
		}
		if codes := w.notices("A-1"); len(codes) != 1 {
			t.Errorf("rounding is no difference, yet %v", codes)
		}
	})
}

// Another account is confirmed: a new ledger begins.
func TestConfirmAccount(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		ctx, b := t.Context(), w.proc.bridge
		if _, err := b.ConfirmAccount(ctx, company, "test"); refusedFor(err) != problem.RefusedSameAccount {
			t.Error(err)
		}
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetBefore, Times: 1})
		w.accept(anOrder("A-1"))
		w.untilState(time.Second, "A-1", storage.StateSending)
		w.shop.SetAccountID(424242)
		w.accept(anOrder("A-2"))
		w.until(3*time.Minute, "alarm", func() bool { return w.problem() == problem.AccountChanged })
		if _, err := b.ConfirmAccount(ctx, company, "test"); err != nil {
			t.Fatal(err)
		}
		if s := w.get("A-1"); s.State != storage.StateAttention || s.Problem.Code != problem.AccountLeft {
			t.Errorf("the order that was on its way: %s %+v", s.State, s.Problem)
		}
		if o := w.get("A-2"); o.State == storage.StateSent && o.AccountID != 424242 {
			t.Errorf("%+v", o)
		}
		w.accept(anOrder("A-3"))
		w.untilState(10*time.Second, "A-3", storage.StateSent)
		if o := w.get("A-3"); o.AccountID != 424242 {
			t.Errorf("mapped in account %d", o.AccountID)
		}
		if err := w.shop.SetStatus(w.get("first").InSalesID, "otgruzhen"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if r, _ := w.chat.Status(company, "first"); r.Status != "new" {
			t.Errorf("an order of the old account was reported: %+v", r)
		}
		if p := w.problem(); p != "" {
			t.Errorf("alarm %q stands", p)
		}
	})
}
