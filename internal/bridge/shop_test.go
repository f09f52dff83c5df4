package bridge_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// reconfigured makes a world whose shop has its own ways.
func reconfigured(t *testing.T, change func(*insalestest.Switches)) *world {
	w := newWorld(t)
	w.shop.Reconfigure(change)
	return w
}

// A shop that refuses emoji gets the order once more without; one that refuses
// it then, too, is a matter for a person.
func TestShopThatRefusesEmoji(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := reconfigured(t, func(c *insalestest.Switches) { c.RefuseEmoji = true })
		o := anOrder("A-1")
		o.Name, o.Comment = "Иван 🎉", "Позвоните 📞"
		w.accept(o)
		w.untilState(time.Second, "A-1", storage.StateSent)
		if got := w.live("A-1"); len(got) != 1 || got[0].Comment != "Позвоните" || got[0].Name != "Иван" {
			t.Errorf("%+v", got)
		}
		if codes := fmt.Sprint(w.notices("A-1")); codes != "["+problem.NoticeEmojiRemoved+"]" {
			t.Error(codes)
		}
		o = anOrder("A-2")
		o.Comment, o.Items = "📞", []ineedchattest.Item{{VariantID: "42"}}
		w.accept(o)
		w.untilState(time.Second, "A-2", storage.StateAttention)
		if n := w.get("A-2").Attempt; n != 2 {
			t.Errorf("%d attempts", n)
		}
	})
}

// What the shop demands of its checkout is filled where a setting says how.
func TestShopThatDemandsFields(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := reconfigured(t, func(c *insalestest.Switches) { c.EnforceFields = true })
		w.shop.AddField(insalestest.Field{ID: 77, Destiny: insalestest.DestinyOrder, Title: "Откуда",
			Type: "Field::TextField", Obligatory: true})
		w.shop.AddField(insalestest.Field{ID: 78, Destiny: insalestest.DestinyClient, Title: "Почта",
			SystemName: "email", Type: "Field::TextField", Obligatory: true})
		w.accept(anOrder("A-1"))
		w.untilState(time.Second, "A-1", storage.StateAttention)
		if p := w.get("A-1").Problem; p.Code != problem.ShopRefused || p.Args["message"] == "" {
			t.Errorf("%+v", p)
		}
		c := settings()
		c.Orders.Fields = map[string]string{"77": "чат, заказ {id}", "email": "{id}@example.test"}
		w.save(c)
		if _, err := w.desk().Retry(t.Context(), w.key("A-1"), "test"); err != nil {
			t.Fatal(err)
		}
		w.untilState(time.Second, "A-1", storage.StateSent)
	})
}

// A bundle is answered as its parts; that is no difference, a line that the
// shop drops for lack of stock is.
func TestBundlesAndStock(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := reconfigured(t, func(c *insalestest.Switches) { c.Overstock = insalestest.OverstockDrop })
		w.shop.AddVariant(insalestest.Variant{ID: 500000099, ProductID: 300000099, Title: "Набор",
			Price:  decimal.RequireFromString("1900"),
			Bundle: []insalestest.Component{{VariantID: 500000001, Quantity: 1}, {VariantID: 500000004, Quantity: 1}}})
		bundle := anOrder("bundle")
		bundle.Items = []ineedchattest.Item{{VariantID: "500000099", Price: "1900.00", Quantity: "2"},
			{VariantID: "500000003", Price: "49.90"}}
		w.accept(bundle)
		w.untilState(time.Second, "bundle", storage.StateSent)
		if n := len(w.live("bundle")[0].Lines); n < 3 {
			t.Fatalf("the bundle was not split: %d lines", n)
		}
		if codes := w.notices("bundle"); len(codes) != 0 {
			t.Errorf("a split bundle is %v", codes)
		}
		much := anOrder("much")
		much.Items = []ineedchattest.Item{{VariantID: "500000006", Price: "450.00", Quantity: "1000"},
			{VariantID: "500000003", Price: "49.90"}}
		w.accept(much)
		w.untilState(time.Second, "much", storage.StateSent)
		if codes := fmt.Sprint(w.notices("much")); codes != fmt.Sprintf("[%s %s]", problem.NoticeLinesDiffer,
			problem.NoticeTotalDiffers) {
			t.Errorf("a dropped line is %s", codes)
		}
		if _, err := w.desk().Accept(t.Context(), w.key("much"), "", "test"); err != nil {
			t.Error(err)
		}
		if codes := w.notices("much"); len(codes) != 0 {
			t.Errorf("ticked off, and yet %v", codes)
		}
	})
}

// A shop that does not keep our prices, rounds them, or has a gateway with a
// margin: a person sees the difference, also if the answer was lost and the
// order is found by its marker.
func TestShopThatPricesByItself(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		o := anOrder("A-1")
		o.Items = []ineedchattest.Item{{Price: "500.40"}}
		w.shop.Reconfigure(func(c *insalestest.Switches) { c.RoundPrices = true })
		w.accept(o)
		w.untilState(time.Second, "A-1", storage.StateSent)
		if codes := fmt.Sprint(w.notices("A-1")); codes != "["+problem.NoticeTotalDiffers+"]" {
			t.Errorf("rounded: %s", codes)
		}
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1})
		o.ID = "A-2"
		w.accept(o)
		w.untilState(time.Minute, "A-2", storage.StateSent)
		if codes := fmt.Sprint(w.notices("A-2")); codes != "["+problem.NoticeTotalDiffers+"]" {
			t.Errorf("rounded, the answer lost: %s", codes)
		}
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1})
		w.accept(anOrder("A-3"))
		w.untilState(time.Minute, "A-3", storage.StateSent)
		if codes := w.notices("A-3"); len(codes) != 0 {
			t.Errorf("as asked, the answer lost: %v", codes)
		}
	})
}

// A weighed line, a discount and a delivery price arrive to the kopeck.
func TestWeightsAndDiscounts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		o := anOrder("A-1")
		o.Delivery, o.DeliveryTotal, o.Discount = "delivery", "300", "150.50"
		o.Address = map[string]string{"city": "Тюмень", "street": "Примерная", "house": "1"}
		o.Items = []ineedchattest.Item{{VariantID: "500000005", Quantity: "0.35", Price: "2400.00"}, {Quantity: "1"}}
		w.accept(o)
		w.untilState(time.Second, "A-1", storage.StateSent)
		got := w.live("A-1")[0]
		if got.Total != "1979.50" || got.Lines[0].Quantity != "0.35" || got.DeliveryPrice != "300.00" {
			t.Errorf("%+v", got)
		}
		if codes := w.notices("A-1"); len(codes) != 0 {
			t.Errorf("%v", codes)
		}
	})
}

// A shop that refuses keys of the address by name gets the order once more without
// them. What they said stands in the address, the history shows both requests, and
// there is one order.
func TestShopThatKnowsFewKeys(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := reconfigured(t, func(c *insalestest.Switches) { c.StrictKeys = true })
		o := anOrder("A-1")
		o.Delivery, o.DeliveryTotal = "delivery", "0"
		o.Address = map[string]string{"text": "у входа", "city": "Тюмень", "street": "Примерная"}
		w.accept(o)
		w.untilState(time.Second, "A-1", storage.StateSent)
		if got := w.live("A-1"); len(got) != 1 || w.get("A-1").Attempt != 2 ||
			got[0].Address != "у входа, Тюмень, Примерная" {
			t.Errorf("%+v after %d attempts", got, w.get("A-1").Attempt)
		}
		if codes := fmt.Sprint(w.notices("A-1")); codes != "["+problem.NoticeKeysLeftOut+"]" {
			t.Error(codes)
		}
	})
}
