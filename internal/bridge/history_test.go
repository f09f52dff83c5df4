package bridge_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// A deed is one thing that happens in a random history.
type deed struct {
	What  string
	Order int           // which order it is about
	N     int           // how often, which, how deep
	Wait  time.Duration // what passes afterwards
}

func (d deed) String() string { return fmt.Sprintf("%s(%d,%d)+%v", d.What, d.Order, d.N, d.Wait) }

func genDeed() *rapid.Generator[deed] {
	return rapid.Custom(func(t *rapid.T) deed {
		return deed{
			What: rapid.SampledFrom([]string{
				"send", "send", "send", "send", "createFault", "createFault", "feedFault", "chatFault",
				"retry", "cancel", "status", "status", "paid", "restart", "crash", "crash",
				"revoke", "allow", "down", "up", "alike", "busy",
				"pay", "pay", "revokeOrder", "payFault", "second", "trash", "restore", "mishap", "rotate",
				"poison",
				"blind", "blind",
			}).Draw(t, "what"),
			Order: rapid.IntRange(0, 5).Draw(t, "order"),
			N:     rapid.IntRange(0, 11).Draw(t, "n"),
			Wait: rapid.SampledFrom([]time.Duration{0, 10 * time.Millisecond, 300 * time.Millisecond,
				3 * time.Second, 30 * time.Second, 2 * time.Minute, 7 * time.Minute}).Draw(t, "wait"),
		}
	})
}

// A history is a world to which random things happen.
type history struct {
	*world
	accepted map[int]bool
	poisoned map[int]bool   // the shop cannot digest it
	cancels  map[int]bool   // a person or the chat wished it
	pays     map[int]bool   // the chat said so
	deleted  map[int64]bool // in the shop, for good
	hidden   bool           // the shop shows no manager's comment, so that no marker can be seen
	fuse     atomic.Int64   // points until the plug is pulled; 0 = not at all
}

func TestRandomHistories(t *testing.T) {
	t.Parallel()
	histories(t, false)
}

// Where no marker can be seen, whatever was made since may be the order: a person
// decides. No order is lost, and none is made twice by itself.
func TestRandomHistoriesWithoutComments(t *testing.T) {
	t.Parallel()
	histories(t, true)
}

func histories(t *testing.T, hidden bool) {
	rapid.Check(t, func(rt *rapid.T) {
		liveThrough(rt, t, func(h *history) { h.concealed(hidden) }, nil)
	})
}

// liveThrough draws a history and lets it happen to a world that is prepared for it. When
// the oracle finds a fault it tells the deeds, and what else is behind about.
func liveThrough(rt *rapid.T, t *testing.T, prepare func(*history), about any) {
	deeds := rapid.SliceOfN(genDeed(), 1, 40).Draw(rt, "deeds")
	if faults := happen(t, deeds, prepare); len(faults) > 0 {
		rt.Fatalf("%s\nafter %v %v", strings.Join(faults, "\n"), deeds, about)
	}
}

// happen lets a history happen, and gives what the oracle says of its end.
func happen(t *testing.T, deeds []deed, prepare func(*history)) (faults []string) {
	synctest.Test(t, func(t *testing.T) {
		h := &history{accepted: map[int]bool{}, cancels: map[int]bool{}, pays: map[int]bool{},
			poisoned: map[int]bool{}}
		h.world = newWorld(t, func(w *world) {
			w.tap = func(string) bool { return h.fuse.Load() == 0 || h.fuse.Add(-1) != 0 }
			hooked(w)
		})
		prepare(h)
		h.watchMoves()
		h.shop.Fault(undigested)
		for _, d := range deeds {
			h.do(d)
			time.Sleep(d.Wait)
			h.revive()
		}
		h.rest()
		faults = h.judge()
	})
	return faults
}

// concealed makes the shop show no manager's comment.
func (h *history) concealed(hidden bool) {
	h.hidden = hidden
	h.turn(func(c *insalestest.Switches) { c.HideManagerComment = hidden })
}

// Histories that were found by the random ones, each with what was wrong. What happens at the
// same moment happens in another order each time, so each is lived through some times.
func TestFoundHistories(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for what, deeds := range map[string][]deed{
		"the first answers are dated in the future, so that the first reading shows nothing of what was made": {
			{What: "crash", Order: 3}, {What: "createFault", N: 1, Wait: 300 * ms},
			{What: "blind", Order: 4, N: 8, Wait: 10 * ms},
			{What: "send", Order: 5, Wait: 10 * ms}, {What: "send", Order: 1}, {What: "send", Order: 3, Wait: 7 * time.Minute},
		},
	} {
		for _, hidden := range []bool{false, true, true, true, true} {
			for _, fault := range happen(t, deeds, func(h *history) { h.concealed(hidden) }) {
				t.Errorf("%s: hidden %v: %s", what, hidden, fault)
			}
		}
	}
}

// undigested is what the shop does with a poisoned order, whatever else is wrong.
var undigested = insalestest.Rule{Op: insalestest.OpOrderCreate, Status: 500, Contains: poison}

// watchMoves has the database itself record every change of an order's state.
func (h *history) watchMoves() {
	h.withDB(func(db *sql.DB) error {
		_, err := db.Exec(`CREATE TABLE moves (was TEXT, now TEXT) STRICT;
			CREATE TRIGGER moved AFTER UPDATE OF state ON orders WHEN old.state <> new.state
			BEGIN INSERT INTO moves VALUES (old.state, new.state); END;
			CREATE TRIGGER born AFTER INSERT ON orders BEGIN INSERT INTO moves VALUES ('', new.state); END`)
		return err
	})
}

// withDB works on the database beside the connector.
func (w *world) withDB(f func(*sql.DB) error) {
	db, err := sql.Open("sqlite", "file:"+w.db()+"?_pragma=busy_timeout(5000)")
	if err == nil {
		err = f(db)
	}
	if err != nil {
		w.t.Error(err)
	}
	_ = db.Close()
}

func (h *history) id(n int) string { return fmt.Sprintf("H-%d", n) }

func (h *history) key(n int) storage.OrderKey {
	return storage.OrderKey{Company: company, ID: h.id(n)}
}

// do lets one thing happen. What cannot happen now, does not.
func (h *history) do(d deed) {
	switch d.What {
	case "send":
		h.send(d.Order)
	case "poison": // two of them at most: more may be the shop's trouble for a day
		if n := d.Order % 2; !h.accepted[n] {
			h.poisoned[n] = true
			h.send(n)
		}
	case "createFault":
		h.shop.Fault(createFault(d.N))
	case "feedFault":
		rules := []insalestest.Rule{{Status: 502}, {Action: insalestest.Torn}, {Action: insalestest.HTML},
			{Latency: 70 * time.Second}}
		r := rules[d.N%len(rules)]
		r.Op, r.Times = insalestest.OpOrders, 1+d.N
		h.shop.Fault(r)
	case "blind":
		h.blind(d)
	case "chatFault":
		rules := []ineedchattest.Rule{{Status: 500}, {Status: 404}, {Status: 429}, {Action: ineedchattest.ResetAfter},
			{Action: ineedchattest.ResetBefore}}
		r := rules[d.N%len(rules)]
		r.Times = 1 + d.N/4
		h.chat.Fault(r)
	case "retry":
		if h.hidden { // a person who sends a look-alike once more has decided that it is another order
			return
		}
		_, _ = h.desk().Retry(context.Background(), h.key(d.Order), "test")
	case "pay":
		if h.message("paid_"+h.id(d.Order), anOrder(h.id(d.Order)).PaidBody(time.Now())) {
			h.pays[d.Order] = true
		}
	case "revokeOrder":
		h.message("cancel_"+h.id(d.Order), anOrder(h.id(d.Order)).CancelledBody(time.Now(), ""))
		h.cancels[d.Order] = true // stored before it is answered, so a lost answer proves nothing
	case "second":
		o := anOrder(h.id(d.Order))
		o.Phone = "+79997654321"
		if h.accepted[d.Order] {
			h.message("second_"+o.ID, o.Body())
		}
	case "cancel":
		if h.hidden && h.undecided(d.Order) { // who cancels it then has decided that the shop's order is another one
			return
		}
		// A wish whose answer is lost may have been stored all the same.
		err := h.cancel(context.Background(), h.key(d.Order))
		if refusedFor(err) == "" && !errors.Is(err, storage.ErrNotFound) {
			h.cancels[d.Order] = true
		}
	default:
		h.doOutside(d)
	}
}

// undecided reports whether an order waits for a person because it may be in the shop.
func (h *history) undecided(n int) bool {
	o, err := h.proc.store.Order(context.Background(), h.key(n))
	return err == nil && o.State == storage.StateAttention && o.Problem != nil &&
		(o.Problem.Code == problem.LookAlike || o.Problem.Code == problem.NotProven)
}

// blind makes the shop's list of orders lie for as long as it is asked so often,
// or the shop's clock.
func (h *history) blind(d deed) {
	op := insalestest.OpOrders
	rules := []insalestest.Rule{
		{Op: op, List: insalestest.NoRows}, {Op: op, List: insalestest.FirstHalf},
		{Op: op, List: insalestest.EverySecond},
		{Op: op, List: insalestest.WithoutFirst}, {Op: op, List: insalestest.Backwards},
		{Op: op, Status: 200, Body: "{}"},
		{Op: op, Ignore: []string{"updated_since", "from_id"}}, {Op: op, Ignore: []string{"with_deleted"}},
		{Header: http.Header{"Date": {"Thu, 01 Jan 2099 00:00:00 GMT"}}},
		{Header: http.Header{"Date": {"Thu, 01 Jan 1970 00:00:00 GMT"}}},
		{Op: op, List: insalestest.NoRows}, {Op: op, List: insalestest.NoRows},
	}
	r := rules[d.N%len(rules)]
	r.Times = 1 + d.N*(1+d.Order)
	h.shop.Fault(r)
}

// createFault spoils the next creates in one of the ways that are known.
func createFault(n int) insalestest.Rule {
	rules := []insalestest.Rule{
		{Action: insalestest.ResetBefore}, {Action: insalestest.ResetAfter}, {Action: insalestest.Torn},
		{Action: insalestest.HTML}, {Action: insalestest.HTML, Commits: true}, {Status: 500},
		{Status: 502, Commits: true},
		{Status: 504, CommitDelay: 49 * time.Second}, {CommitDelay: 20 * time.Second}, {AnswerDelay: 90 * time.Second},
		{Status: 422}, {Action: insalestest.ResetAfter, LateVisible: 40 * time.Second},
	}
	r := rules[n%len(rules)]
	r.Op, r.Times = insalestest.OpOrderCreate, 1+n%3
	return r
}

// doOutside lets things happen to the peers and the process.
func (h *history) doOutside(d deed) {
	switch d.What {
	case "status", "paid":
		for _, o := range h.live(h.id(d.Order)) {
			statuses := []string{"novyy", "v-obrabotke", "soglasovan", "otgruzhen", "dostavlen", "otmenen", "vozvrat"}
			if d.What == "paid" {
				_ = h.shop.SetPaid(o.ID)
			} else {
				_ = h.shop.SetStatus(o.ID, statuses[d.N%len(statuses)])
			}
		}
	case "trash", "restore":
		for _, o := range h.live(h.id(d.Order)) {
			if d.What == "trash" {
				_ = h.shop.Trash(o.ID)
			} else {
				_ = h.shop.Restore(o.ID)
			}
		}
	case "mishap":
		tricks := []insalestest.Trick{insalestest.Lose, insalestest.Twice, insalestest.Late, insalestest.Overtake,
			insalestest.TornBody,
			insalestest.HalfBody, insalestest.AsXML}
		h.courier.Fault(insalestest.Mishap{Trick: tricks[d.N%len(tricks)], Times: 1 + d.N,
			Delay: time.Duration(d.N) * time.Minute})
	case "rotate":
		_ = h.proc.bridge.RotateHookToken(context.Background(), company)
	case "restart":
		h.stop()
		_ = h.tryStart()
	case "crash":
		h.fuse.Store(int64(1 + d.N))
	case "revoke":
		h.shop.RevokeKey(insalestest.DefaultKeyID)
	case "allow":
		h.shop.AddKey(insalestest.DefaultKeyID, insalestest.DefaultPassword)
	case "down", "up":
		h.net.setDown("shop.test", d.What == "down")
		h.proc.rt.CloseIdleConnections()
	case "alike":
		_, _ = h.shop.PlaceOrder(insalestest.Placement{Phone: "+79990000000",
			Lines: []insalestest.PlacedLine{{VariantID: 500000001}}})
	case "payFault":
		rules := []insalestest.Rule{{Status: 500}, {Status: 403}, {Action: insalestest.ResetAfter},
			{Action: insalestest.ResetBefore}, {Latency: 70 * time.Second}}
		r := rules[d.N%len(rules)]
		r.Op, r.Times = insalestest.OpOrderUpdate, 1+d.N/2
		h.shop.Fault(r)
	case "busy":
		h.shop.Use(insalestest.DefaultKeyID, 40*d.N)
	}
}

func (h *history) send(n int) {
	o := anOrder(h.id(n))
	if h.poisoned[n] {
		o.Comment = poison
	}
	if h.message("msg_"+h.id(n), o.Body()) {
		h.accepted[n] = true
	}
}

// message sends a webhook once and tells whether it was taken.
func (w *world) message(id string, body []byte) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	a, err := w.sender().SendWithID(ctx, id, body)
	return err == nil && (a.Status == http.StatusAccepted || a.Status == http.StatusOK)
}

// revive begins a new life after a crash.
func (h *history) revive() {
	for h.crashed.Load() {
		h.fuse.Store(0)
		h.stop()
		_ = h.tryStart()
	}
}

// rest mends everything and waits until nothing should move any more.
func (h *history) rest() {
	h.fuse.Store(0)
	h.revive()
	h.shop.ClearFaults()
	h.shop.Fault(undigested)
	h.chat.ClearFaults()
	h.courier.ClearFaults()
	h.net.setDown("shop.test", false)
	h.shop.AddKey(insalestest.DefaultKeyID, insalestest.DefaultPassword)
	time.Sleep(3 * time.Hour)
}

// judge is the oracle: what must be true at rest, whatever has happened.
func (h *history) judge() (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for n := range 6 {
		id, live := h.id(n), h.live(h.id(n))
		o, err := h.proc.store.Order(context.Background(), h.key(n))
		if err != nil {
			if h.accepted[n] {
				fault("%s was answered 202 and is lost", id)
			}
			if len(live) > 0 {
				fault("%s is in the shop and was never accepted", id)
			}
			continue
		}
		switch o.State {
		case storage.StateSent:
			if h.poisoned[n] && bytes.Contains(o.Body, []byte(poison)) {
				fault("%s cannot be digested and is sent", id)
			}
			if len(live) == 0 && h.deleted[o.InSalesID] {
				continue
			}
			if len(live) != 1 || live[0].ID != o.InSalesID {
				fault("%s is sent as %d, and the shop has %d of it", id, o.InSalesID, len(live))
				continue
			}
			r, ok := h.chat.Status(company, id)
			want := chatWord(live[0].Fulfillment)
			if live[0].Archived && !final(want) { // then it is cancelled, or as final as it was
				want = map[bool]string{true: r.Status, false: "cancelled"}[final(r.Status)]
			}
			if !ok || r.Status != want || r.PaymentStatus != live[0].Financial {
				fault("%s is %s, %s in the shop and the chat knows %+v", id, live[0].Fulfillment, live[0].Financial, r)
			}
			if h.pays[n] && live[0].Financial != "paid" && !slices.ContainsFunc(o.Notices, func(p storage.Problem) bool {
				return p.Code == problem.NoticePaymentNotTaken && p.Args["reason"] == "ignored"
			}) {
				fault("%s is paid and the shop does not know it: %+v", id, o.Payment)
			}
		case storage.StateAttention:
			if h.hidden && len(live) == 1 && o.Problem != nil && (o.Problem.Code == problem.LookAlike ||
				o.Problem.Code == problem.NotProven) {
				continue
			}
			if o.Problem == nil || len(live) != 0 {
				fault("%s is in attention with problem %v and %d times in the shop", id, o.Problem, len(live))
			}
		case storage.StateCancelled:
			if !h.cancels[n] || len(live) != 0 {
				fault("%s is cancelled, by a person: %v, %d times in the shop", id, h.cancels[n], len(live))
			}
		case storage.StateExpected:
			if h.accepted[n] || len(live) != 0 {
				fault("%s came and is still awaited", id)
			}
		default:
			// Where no create has succeeded that could tell whose fault it is, the poisoned one
			// is tried on, as the only one, and people know that nothing gets through.
			trouble := h.desk().Settings().Problem
			if h.hidden && h.poisoned[n] && len(live) == 0 && trouble != nil && trouble.Code == problem.UnknownOutcomes {
				continue
			}
			fault("%s is %s at rest: %+v", id, o.State, o.Problem)
		}
	}
	return append(faults, h.badMoves()...)
}

// final tells that a status of the chat needs no more watching.
func final(s string) bool { return s == "completed" || s == "cancelled" || s == "returned" }

// badMoves gives the changes of state that the table does not know.
func (h *history) badMoves() (faults []string) {
	allowed := order.Moves()
	h.withDB(func(db *sql.DB) error {
		rows, err := db.Query("SELECT DISTINCT was, now FROM moves")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var was, now string
			if err := rows.Scan(&was, &now); err != nil {
				return err
			}
			if !allowed[[2]storage.State{storage.State(was), storage.State(now)}] {
				faults = append(faults, fmt.Sprintf("the table knows no way from %q to %q", was, now))
			}
		}
		return rows.Err()
	})
	return faults
}

func chatWord(fulfillment string) string {
	return map[string]string{"new": "new", "accepted": "accepted", "approved": "assembling", "dispatched": "delivering",
		"delivered": "completed", "declined": "cancelled", "returned": "returned"}[fulfillment]
}
