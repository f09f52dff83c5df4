package bridge_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// A reversal is one assumption the other way round.
type reversal struct {
	name string // of the switch
	turn func(*insalestest.Switches)

	// rows are those that say otherwise: one, unless says tells why one behaviour
	// shows in more of them.
	rows []string
	says string

	// untried are the rows that this shop gives nothing to try with, beside those that
	// need more than one company.
	untried []string

	// left tells that orders cannot be removed from this shop, which then are named.
	left bool
}

// reversals are all switches that are about an assumption, each alone.
var reversals = []reversal{
	{name: "NoAccountID", turn: func(s *insalestest.Switches) { s.NoAccountID = true }, rows: []string{"account"}},
	{name: "NoDate", turn: func(s *insalestest.Switches) { s.NoDate = true }, rows: []string{"clock"}},
	{name: "NoUsage", turn: func(s *insalestest.Switches) { s.NoUsage = true }, rows: []string{"limit_headers"}},
	{name: "NewDeliveryType", turn: func(s *insalestest.Switches) { s.NewDeliveryType = true },
		rows: []string{"delivery_types"}},
	{name: "NewPaymentType", turn: func(s *insalestest.Switches) { s.NewPaymentType = true },
		rows: []string{"payment_types"}},
	{name: "LinksOneSided", turn: func(s *insalestest.Switches) { s.LinksOneSided = true }, rows: []string{"links"}},
	{name: "AllObligatory", turn: func(s *insalestest.Switches) { s.AllObligatory = true },
		rows: []string{"obligatory_fields"}},
	{name: "NoCustomStatuses", turn: func(s *insalestest.Switches) { s.NoCustomStatuses = true },
		rows: []string{"custom_statuses"}, untried: []string{"status_alone"}},
	{name: "NoPriceKinds", turn: func(s *insalestest.Switches) { s.NoPriceKinds = true },
		rows: []string{"price_kinds"}},
	{name: "ShowCosts", turn: func(s *insalestest.Switches) { s.ShowCosts = true },
		rows: []string{"cost_price_hidden"}},
	{name: "PageMax", turn: func(s *insalestest.Switches) { s.PageMax = 3 }, rows: []string{"page_size"}},
	{name: "CountAll", turn: func(s *insalestest.Switches) { s.CountAll = true }, rows: []string{"count_matches"}},
	{name: "MissingStatus", turn: func(s *insalestest.Switches) { s.MissingStatus = 410 },
		rows: []string{"missing_is_404"}},
	{name: "FeedUnsorted", turn: func(s *insalestest.Switches) { s.FeedUnsorted = true }, rows: []string{"feed_order"}},
	{name: "FractionTimes", turn: func(s *insalestest.Switches) { s.FractionTimes = true },
		rows: []string{"feed_time"}},
	{name: "FeedExclusive", turn: func(s *insalestest.Switches) { s.FeedExclusive = true },
		rows: []string{"feed_inclusive"}},
	{name: "IgnoreFromID", turn: func(s *insalestest.Switches) { s.IgnoreFromID = true },
		rows: []string{"feed_from_id"}},
	{name: "Trash", turn: func(s *insalestest.Switches) { s.Trash = insalestest.TrashAlways },
		rows: []string{"with_deleted"}},
	{name: "Trash", turn: func(s *insalestest.Switches) { s.Trash = insalestest.TrashNever },
		rows: []string{"with_deleted"}},
	{name: "CreatedIs200", turn: func(s *insalestest.Switches) { s.CreatedIs200 = true },
		rows: []string{"order_created"}},
	{name: "DropMarker", turn: func(s *insalestest.Switches) { s.DropMarker = true }, rows: []string{"marker_kept"}},
	{name: "HideManagerComment", turn: func(s *insalestest.Switches) { s.HideManagerComment = true },
		rows: []string{"marker_kept"}},
	{name: "IgnoreSalePrice", turn: func(s *insalestest.Switches) { s.IgnoreSalePrice = true },
		rows: []string{"prices_kept"}},
	{name: "IgnoreDeliveryPrice", turn: func(s *insalestest.Switches) { s.IgnoreDeliveryPrice = true },
		rows: []string{"delivery_price_kept"}},
	{name: "RoundPrices", turn: func(s *insalestest.Switches) { s.RoundPrices = true },
		rows: []string{"prices_kept", "delivery_price_kept"}, says: "a shop without kopecks has none in any price"},
	{name: "ChangeComment", turn: func(s *insalestest.Switches) { s.ChangeComment = true },
		rows: []string{"comment_kept"}},
	{name: "MaskPhone", turn: func(s *insalestest.Switches) { s.MaskPhone = true }, rows: []string{"client_kept"}},
	{name: "NoReserve", turn: func(s *insalestest.Switches) { s.NoReserve = true }, rows: []string{"stock_reserved"}},
	{name: "FeedDelay", turn: func(s *insalestest.Switches) { s.FeedDelay = 40 * time.Second },
		rows: []string{"feed_delay"}},
	{name: "Idempotent", turn: func(s *insalestest.Switches) { s.Idempotent = true },
		rows: []string{"idempotent_create"}, untried: []string{"client_merged"}},
	{name: "MergeClients", turn: func(s *insalestest.Switches) { s.MergeClients = true },
		rows: []string{"client_merged"}},
	{name: "EmptyUpdates", turn: func(s *insalestest.Switches) { s.EmptyUpdates = true },
		rows: []string{"change_answered"}},
	{name: "IgnorePaid", turn: func(s *insalestest.Switches) { s.IgnorePaid = true }, rows: []string{"paid_alone"}},
	{name: "StatusApart", turn: func(s *insalestest.Switches) { s.StatusApart = true }, rows: []string{"status_alone"}},
	{name: "IgnoreFulfillment", turn: func(s *insalestest.Switches) { s.IgnoreFulfillment = true },
		rows: []string{"fulfillment_alone"}},
	{name: "RefusalIs400", turn: func(s *insalestest.Switches) { s.RefusalIs400 = true },
		rows: []string{"refusal_is_422"}},
	{name: "NoHooks", turn: func(s *insalestest.Switches) { s.NoHooks = true }, rows: []string{"hook_delivered"}},
	{name: "XMLOnly", turn: func(s *insalestest.Switches) { s.XMLOnly = true }, rows: []string{"hook_delivered"}},
	{name: "PickupNeedsAddress", turn: func(s *insalestest.Switches) { s.PickupNeedsAddress = true },
		rows: []string{"pickup_without_address"}},
	{name: "RefuseEmoji", turn: func(s *insalestest.Switches) { s.RefuseEmoji = true }, rows: []string{"emoji_kept"}},
	{name: "StripEmoji", turn: func(s *insalestest.Switches) { s.StripEmoji = true }, rows: []string{"emoji_kept"}},
	{name: "RefuseControl", turn: func(s *insalestest.Switches) { s.RefuseControl = true },
		rows: []string{"control_character"}},
	{name: "NoDelete", turn: func(s *insalestest.Switches) { s.NoDelete = true }, rows: []string{"order_removed"}},
	{name: "NoArchive", turn: func(s *insalestest.Switches) { s.NoDelete, s.NoArchive = true, true },
		rows: []string{"order_removed", "removed_shown"}, says: "an order that cannot be removed is shown as any other",
		untried: []string{"with_deleted"}, left: true},
	{name: "DeleteHard", turn: func(s *insalestest.Switches) { s.DeleteHard = true }, rows: []string{"removed_shown"},
		untried: []string{"with_deleted"}},
	{name: "KeepReserved", turn: func(s *insalestest.Switches) { s.KeepReserved = true },
		rows: []string{"stock_returned"}},
}

// notAssumed are the switches that are about nothing which a probe looks at.
var notAssumed = []string{"EnforceFields", "Blocked", "PaidTill", "Overstock", "ShowTrash", "StrictKeys", "EncodeHTML",
	"ShareWindow"}

// Each assumption has its switch, and each switch its place in the table.
func TestEachAssumptionHasASwitch(t *testing.T) {
	t.Parallel()
	known := slices.Clone(notAssumed)
	for _, s := range reversals {
		known = append(known, s.name)
	}
	for f := range reflect.TypeFor[insalestest.Switches]().Fields() {
		if !slices.Contains(known, f.Name) {
			t.Errorf("no row for the switch %s", f.Name)
		}
	}
}

// With each switch turned alone a probe ends, says so in the row that it is about and
// in no other, and leaves nothing behind but what the shop does not let go.
func TestProbeFindsEachSwitch(t *testing.T) {
	t.Parallel()
	for _, s := range reversals {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) { s.found(t) })
		})
	}
}

func (s reversal) found(t *testing.T) {
	w := newWorld(t, hooked)
	w.accept(anOrder("G-1"))
	w.untilState(time.Minute, "G-1", storage.StateSent)
	w.untilHooks(2)
	hooks, orders := len(w.shop.Hooks()), w.open()
	w.turn(s.turn)
	got, left := w.probed(true)
	if got.State != storage.ProbeDone {
		t.Errorf("the probe is %s", got.State)
	}
	for _, i := range got.Items {
		want := storage.ProbeAsAssumed
		switch {
		case slices.Contains(s.rows, i.Name):
			want = storage.ProbeOtherwise
		case i.Name == "shared_window" || slices.Contains(s.untried, i.Name):
			want = storage.ProbeNotTried
		}
		if i.Verdict != want {
			t.Errorf("%s is %s (%s %v), want %s\n%s\n%s", i.Name, i.Verdict, i.Reason, i.Args, want, i.Sent, i.Answered)
		}
	}
	var stay []int64
	for _, id := range w.open() {
		if !slices.Contains(orders, id) {
			stay = append(stay, id)
		}
	}
	var named []int64
	for _, l := range left {
		if l.URL == "" && l.What != storage.ProbeHook {
			t.Errorf("%+v is left without an address", l)
		}
		if l.What == storage.ProbeOrder {
			named = append(named, l.ID)
		}
	}
	switch {
	case !s.left && (len(stay) > 0 || len(left) > 0 || len(w.shop.Clients()) > 1 || len(w.shop.Hooks()) != hooks):
		t.Errorf("left %v %+v, clients %v, hooks %v", stay, left, w.shop.Clients(), w.shop.Hooks())
	case s.left && (len(stay) == 0 || !slices.Equal(stay, named)):
		t.Errorf("left %v, named %v", stay, named)
	}
}

// Whether two keys share a window shows only where two companies use one shop.
func TestProbeFindsASharedWindow(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t)
			w.shop.AddKey("other", "other")
			c := settings()
			c.ID, c.Shop.KeyID, c.Shop.Password = "3", "other", "other"
			w.save(c)
			w.turn(func(s *insalestest.Switches) { s.ShareWindow = shared })
			got, _ := w.probed(false)
			want := map[bool]string{false: storage.ProbeAsAssumed, true: storage.ProbeOtherwise}[shared]
			if i, _ := got.Item("shared_window"); i.Verdict != want {
				t.Errorf("shared %v: %s (%s %v)", shared, i.Verdict, i.Reason, i.Args)
			}
			if list := verdicts(got, storage.ProbeOtherwise); shared != (len(list) > 0) {
				t.Errorf("shared %v: otherwise %q", shared, list)
			}
		})
	}
}

// open gives the ids of the orders in the shop that are not in the trash.
func (w *world) open() (ids []int64) {
	for _, o := range w.shop.Orders() {
		if !o.Archived {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// TestProbeWithSwitches probes a shop that does several things otherwise: whatever they
// are, the probe ends, and leaves nothing behind but what it names.
func TestProbeWithSwitches(t *testing.T) {
	months(t, 10)
	rapid.Check(t, func(rt *rapid.T) {
		thrown := rapid.SliceOfNDistinct(rapid.IntRange(0, len(reversals)-1), 2, 7, rapid.ID[int]).Draw(rt, "switches")
		var names, faults []string
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, hooked)
			w.accept(anOrder("G-1"))
			w.untilState(time.Minute, "G-1", storage.StateSent)
			w.untilHooks(2)
			hooks, orders, clients := len(w.shop.Hooks()), w.open(), len(w.shop.Clients())
			w.turn(func(s *insalestest.Switches) {
				for _, n := range thrown {
					reversals[n].turn(s)
					names = append(names, reversals[n].name)
				}
			})
			got, left := w.probed(true)
			named := len(left)
			if got.State != storage.ProbeDone {
				faults = append(faults, "the probe is "+got.State)
			}
			stay := len(w.open()) - len(orders)
			if stay < 0 || stay > named || named == 0 && len(w.shop.Clients()) != clients || len(w.shop.Hooks()) != hooks {
				faults = append(faults, fmt.Sprintf("%d orders stay, %d are named, %d clients, %d hooks", stay, named,
					len(w.shop.Clients()), len(w.shop.Hooks())))
			}
		})
		if len(faults) > 0 {
			rt.Fatalf("%v: %v", names, faults)
		}
	})
}
