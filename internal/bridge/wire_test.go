package bridge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"ineed-insales/internal/bridge"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// A chat with a wire of its own posts whatever it likes to an address with a token.
const wireToken = "token-of-the-wire-0123456789abcdefghij"

// wired are settings of a company whose chat has a wire.
func wired(w storage.Wire) func(*world) {
	return func(world *world) {
		world.chat = ineedchattest.New(ineedchattest.Config{Token: chatToken, AcceptUnknown: true, // nothing is signed
			OnRequest: func(r *http.Request, p ineedchattest.Phase) error {
				return world.point("chat " + string(p) + " " + r.Method)
			}})
		world.settings = func() storage.Company {
			c := settings()
			c.Chat.Auth, c.Chat.Secrets, c.Chat.Wire = storage.AuthPath, []storage.Secret{wireToken}, &w
			c.Orders.Payments["default"] = 5000001
			return c
		}
	}
}

// readsForms reads Botobot's orders, whose articles are the variants' ids here; readsAll
// reads the contract's and a JSON of somebody's own, too, and knows what is no order.
var (
	lineFields = map[string]string{"items": ".goods", "items.variant_id": ".article", "items.quantity": ".count",
		"items.price": ".price"}
	readsForms = storage.Wire{Preset: "botobot", Fields: lineFields}
	readsAll   = storage.Wire{Receive: `if .noise then empty
		elif .data then {type, test, data}
		elif .order then {type: "order.created", data: {id: .order.no, customer: {phone: .order.tel},
			delivery: {type_id: "pickup"}, items: [.order.rows[] | {variant_id: .v, quantity: (.n | quantity),
			price: (.rub | money)}]}}
		else {type: "order.created", data: {id, customer: {phone: .mobile}, delivery: {type_id: .delivery},
			items: [.goods[] | {variant_id: .article, quantity: .count, price: .price}]}} end`}
	readsOwn = storage.Wire{Receive: `{type: "order.created", data: {id: .order.no, customer: {phone: .order.tel},
		delivery: {type_id: "pickup"}, items: [.order.rows[] | {variant_id: .v, quantity: (.n | quantity),
		price: (.rub | money)}]}}`}
	learns = storage.Wire{Preset: storage.PresetLearn}
)

// A posting is one body of a chat.
type posting struct{ kind, body string }

// asForm, asOwn and asContract are one order in three formats.
func asForm(id string) posting {
	return posting{"application/x-www-form-urlencoded", url.Values{"id": {id}, "mobile": {"+7 999 123-45-67"},
		"recipient": {"Анна"}, "delivery": {"pickup"}, "goods[0][article]": {"500000001"}, "goods[0][count]": {"1"},
		"goods[0][price]": {"990"}}.Encode()}
}

func asOwn(id string) posting {
	return posting{"application/json", `{"order": {"no": "` + id + `", "tel": "+7 999 123-45-67",
		"rows": [{"v": "500000001", "n": 1, "rub": "990,00 ₽"}]}}`}
}

func asContract(id string) posting {
	return posting{"application/json", string(anOrder(id).Body())}
}

func (p posting) send(w *world) (status int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		"http://connector.test/webhooks/ineedchat/"+company+"/"+wireToken, strings.NewReader(p.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", p.kind)
	res, err := (&http.Client{Transport: w.net.client}).Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// replay reads what is unread, and gives what came of it.
func (w *world) replay() (out struct {
	Orders, Duplicates, Ignored int
	StillUnread                 int `json:"still_unread"`
}, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		"http://connector.test/api/v1/companies/"+company+"/wire/replay", strings.NewReader("{}"))
	if err != nil {
		return out, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+apiToken)
	res, err := (&http.Client{Transport: w.net.client}).Do(req)
	if err != nil {
		return out, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return out, fmt.Errorf("replay: %s", res.Status)
	}
	return out, json.NewDecoder(res.Body).Decode(&out)
}

// rewire gives the company another wire, if that can be saved now.
func rewire(b *bridge.Bridge, wire storage.Wire) error {
	c, err := b.Company(context.Background(), company)
	if err == nil {
		c.Chat.Wire = &wire
		_, err = b.SaveCompany(context.Background(), c)
	}
	return err
}

// TestWireJourney: a body that nobody could read is an order in the shop, once there is a
// program; and the next one is at once.
func TestWireJourney(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, wired(learns))
		if status, err := asForm("A-1").send(w); status != http.StatusAccepted {
			t.Fatal(status, err)
		}
		time.Sleep(time.Hour)
		must(t, rewire(w.proc.bridge, readsForms))
		if out, err := w.replay(); err != nil || out.Orders != 1 || out.StillUnread != 0 {
			t.Fatalf("%+v %v", out, err)
		}
		w.untilState(2*time.Second, "A-1", storage.StateSent)
		if status, err := asForm("A-2").send(w); status != http.StatusAccepted {
			t.Fatal(status, err)
		}
		w.untilState(2*time.Second, "A-2", storage.StateSent)
		if o := w.get("A-1"); time.Since(o.AcceptedAt) < time.Hour || len(w.live("A-1")) != 1 ||
			len(w.live("A-2")) != 1 {
			t.Errorf("came at %v", o.AcceptedAt)
		}
		for _, status := range []int{http.StatusOK, http.StatusOK} {
			if got, err := asForm("A-1").send(w); got != status {
				t.Error(got, err)
			}
		}
	})
}

// TestPeopleHearOfUnread: what nobody can read is told once, however much it is, and is over
// when it is read; also what is refused is forgotten after a week, read or not.
func TestPeopleHearOfUnread(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var p people
		w := newWorld(t, wired(learns), withPeople(&p))
		p.save(webhookChannel())
		for i := range 5 {
			if status, err := asForm(fmt.Sprintf("A-%d", i)).send(w); status != http.StatusAccepted {
				t.Fatal(status, err)
			}
		}
		p.hears(5*time.Minute, "started wire_unread")
		w.restart()
		time.Sleep(48 * time.Hour)
		p.hears(0, "started wire_unread")
		must(t, rewire(w.proc.bridge, readsForms))
		if _, err := w.replay(); err != nil {
			t.Fatal(err)
		}
		p.hears(5*time.Minute, "started wire_unread, over wire_unread")
	})
}

// TestWireCrashMatrix kills the connector at each point from the first body, which nobody
// can read, over the change of the program and the replay to the order in the shop.
func TestWireCrashMatrix(t *testing.T) {
	t.Parallel()
	for n, more := int64(1), true; more; n++ {
		ok := t.Run(fmt.Sprintf("point %d", n), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				j := newWiredJourney(t, n)
				j.armed.Store(true)
				j.post(asForm("A-1"))
				j.post(posting{"application/json", `{"noise": 1}`})
				j.persist("rewired once", func() error { return rewire(j.proc.bridge, readsForms) })
				j.persist("replayed once", func() error { _, err := j.replay(); return err })
				j.persist("rewired", func() error { return rewire(j.proc.bridge, readsAll) })
				j.post(asOwn("A-2"))
				j.persist("nothing is unread", func() error {
					out, err := j.replay()
					if err == nil && out.StillUnread > 0 {
						err = fmt.Errorf("%d unread", out.StillUnread)
					}
					return err
				})
				for _, id := range []string{"A-1", "A-2"} {
					j.wait(id+" in the shop", func() bool { return !j.crashed.Load() && j.settledIn(id) })
				}
				j.armed.Store(false)
				time.Sleep(5 * time.Minute)
				for _, id := range []string{"A-1", "A-2"} {
					if n := len(j.live(id)); n != 1 {
						t.Errorf("%d orders %s in the shop; points %v", n, id, j.names)
					}
				}
				if more = j.points.Load() >= n; more {
					t.Logf("plug pulled at %q", j.names[n-1])
				}
			})
		})
		if !ok || !more && n < 20 {
			t.Errorf("ended at point %d", n)
			return
		}
	}
}

func newWiredJourney(t *testing.T, pullAt int64) *journey {
	j := &journey{pullAt: pullAt}
	j.world = newWorld(t, func(w *world) {
		wired(learns)(w)
		w.tap = func(name string) bool { return j.pass(w, name) }
	})
	return j
}

// post has a body delivered, whatever dies meanwhile.
func (j *journey) post(p posting) {
	j.t.Helper()
	j.persist("taken: "+p.body, func() error {
		status, err := p.send(j.world)
		if err == nil && status/100 != 2 {
			err = fmt.Errorf("answered %d", status)
		}
		return err
	})
}

// persist does something again and again until it succeeds, whatever dies meanwhile.
func (j *journey) persist(what string, do func() error) {
	j.t.Helper()
	j.wait(what, func() bool { return do() == nil })
}

// A wireDeed is one thing that happens in a history of three formats.
type wireDeed struct {
	What string
	N    int
	Wait time.Duration
}

func (d wireDeed) String() string { return fmt.Sprintf("%s(%d)+%v", d.What, d.N, d.Wait) }

func genWireDeed() *rapid.Generator[wireDeed] {
	return rapid.Custom(func(t *rapid.T) wireDeed {
		return wireDeed{
			What: rapid.SampledFrom([]string{"form", "form", "own", "own", "contract", "contract", "noise", "junk",
				"wire",
				"wire", "replay", "replay", "drop", "restart", "crash", "crash"}).Draw(t, "what"),
			N: rapid.IntRange(0, 7).Draw(t, "n"),
			Wait: rapid.SampledFrom([]time.Duration{0, 10 * time.Millisecond, 3 * time.Second, time.Minute}).
				Draw(t, "wait"),
		}
	})
}

// TestWireHistories: whatever a chat posts, in three formats, and however often the program
// changes and dies meanwhile, each delivery that was taken is an order, a repetition,
// ignored, refused for all to see, or unread; and each order stands in the shop once.
func TestWireHistories(t *testing.T) {
	t.Parallel()
	wires := []storage.Wire{learns, readsForms, readsOwn, readsAll, {Receive: "error(.)"},
		{Preset: storage.PresetContract},
		{Receive: `{type: "order.created", data: {id: "№"}}`},
		{Receive: "null | error"}} // none that would not end: no time passes here while it runs
	rapid.Check(t, func(rt *rapid.T) {
		deeds := rapid.SliceOfN(genWireDeed(), 1, 30).Draw(rt, "deeds")
		var faults []string
		synctest.Test(t, func(t *testing.T) {
			var fuse atomic.Int64
			w := newWorld(t, wired(learns), func(w *world) {
				w.tap = func(string) bool { return fuse.Load() == 0 || fuse.Add(-1) != 0 }
			})
			taken, junk := map[string]bool{}, 0
			dropped := map[string]bool{}
			post := func(id string, p posting) {
				if status, err := p.send(w); err == nil && status/100 == 2 && id != "" {
					taken[id] = true
				} else if err == nil && status/100 == 2 {
					junk++
				}
			}
			for _, d := range deeds {
				id := fmt.Sprintf("W-%d", d.N)
				switch d.What {
				case "form":
					post(id, asForm(id))
				case "own":
					post(id, asOwn(id))
				case "contract":
					post(id, asContract(id))
				case "noise":
					post("", posting{"application/json", `{"noise": true}`})
				case "junk":
					post("", posting{"text/plain", "%zz"})
				case "wire":
					_ = rewire(w.proc.bridge, wires[d.N])
				case "replay":
					_, _ = w.replay()
				case "drop":
					if list, _, err := w.desk().Unread(context.Background(), "", 200); err == nil && d.N < len(list) {
						_ = w.desk().DropUnread(context.Background(), list[d.N].Seq)
						dropped[list[d.N].OrderID] = true
						for i := range 8 { // an order that is set aside may have been read by nobody
							if strings.Contains(string(list[d.N].Body), fmt.Sprintf("W-%d", i)) {
								dropped[fmt.Sprintf("W-%d", i)] = true
							}
						}
					}
				case "restart":
					w.stop()
					_ = w.tryStart()
				case "crash":
					fuse.Store(int64(1 + d.N))
				}
				time.Sleep(d.Wait)
				for w.crashed.Load() {
					fuse.Store(0)
					w.stop()
					_ = w.tryStart()
				}
			}
			fuse.Store(0)
			for w.crashed.Load() {
				w.stop()
				_ = w.tryStart()
			}
			faults = wireFaults(w, taken, dropped)
		})
		if len(faults) > 0 {
			rt.Fatalf("%s\nafter %v", strings.Join(faults, "\n"), deeds)
		}
	})
}

// wireFaults is the oracle: it gives the company a program that reads everything, and looks
// for each order that was taken.
func wireFaults(w *world, taken, dropped map[string]bool) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if err := rewire(w.proc.bridge, readsAll); err != nil {
		fault("the last program: %v", err)
	}
	out, err := w.replay()
	if err != nil {
		fault("%v", err)
	}
	left, _, err := w.desk().Unread(context.Background(), "", 200)
	if err != nil || len(left) != out.StillUnread {
		fault("%d unread, and said to be %d: %v", len(left), out.StillUnread, err)
	}
	for _, r := range left {
		if string(r.Body) != "%zz" {
			fault("still unread: %q, %+v", r.Body, r.Failure)
		}
	}
	time.Sleep(3 * time.Hour)
	for id := range taken {
		o, err := w.proc.store.Order(context.Background(), storage.OrderKey{Company: company, ID: id})
		switch {
		case err != nil && dropped[id]:
		case err != nil:
			fault("%s was taken and is nowhere: %v", id, err)
		case o.State != storage.StateSent || len(w.live(id)) != 1:
			fault("%s is %s (%+v), %d in the shop", id, o.State, o.Problem, len(w.live(id)))
		}
	}
	slices.Sort(faults)
	return faults
}
