package bridge_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// hooked is a world whose shop can reach the connector.
func hooked(w *world) {
	w.config = func(c *bridge.Config) { c.PublicURL = "http://connector.test" }
}

// ourHooks gives the addresses of the webhooks registered in the shop.
func (w *world) hooks() (list []string) {
	for _, h := range w.shop.Hooks() {
		list = append(list, h.Topic+" "+h.Format+" "+h.Address)
	}
	return list
}

func (w *world) untilHooks(n int) {
	w.t.Helper()
	w.until(2*time.Minute, fmt.Sprintf("%d webhooks, now %v", n, w.hooks()),
		func() bool { return len(w.shop.Hooks()) == n })
}

// tells reports whether the chat knows the order's status.
func (w *world) tells(id, status string) func() bool {
	return func() bool { r, ok := w.chat.Status(company, id); return ok && r.Status == status }
}

func (w *world) company() storage.Company {
	w.t.Helper()
	c, err := w.proc.bridge.Company(w.t.Context(), company)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// With its webhook a status is known at once, without it within a poll; the
// webhook may come twice, late, torn, out of order or as XML.
func TestHookMakesItInstant(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		mishap insalestest.Mishap
		most   time.Duration
	}{
		{"as it should be", insalestest.Mishap{Times: -1}, 100 * time.Millisecond},
		{"twice", insalestest.Mishap{Trick: insalestest.Twice, Delay: time.Second}, 100 * time.Millisecond},
		{"torn", insalestest.Mishap{Trick: insalestest.TornBody}, 100 * time.Millisecond},
		{"half", insalestest.Mishap{Trick: insalestest.HalfBody}, 100 * time.Millisecond},
		{"XML", insalestest.Mishap{Trick: insalestest.AsXML}, 100 * time.Millisecond},
		{"late", insalestest.Mishap{Trick: insalestest.Late, Delay: 10 * time.Second}, 11 * time.Second},
		{"lost", insalestest.Mishap{Trick: insalestest.Lose}, 2*time.Minute + time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked)
				w.first()
				w.untilHooks(2)
				time.Sleep(5 * time.Minute)
				w.courier.Fault(tt.mishap)
				if err := w.shop.SetStatus(w.live("first")[0].ID, "otgruzhen"); err != nil {
					t.Fatal(err)
				}
				took := w.until(tt.most, "the chat knows", w.tells("first", "delivering"))
				t.Logf("took %v", took)
				time.Sleep(10 * time.Minute)
				n := 0
				for _, r := range w.chat.Reports() {
					if r.Status == "delivering" {
						n++
					}
				}
				if n != 1 {
					t.Errorf("reported %d times", n)
				}
			})
		})
	}
}

// Webhooks are registered when order sync is enabled, renewed when they are
// lost, changed or rotated, and removed when it is disabled or the company
// deleted; others are never touched.
func TestHookRegistration(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.first()
		w.untilHooks(2)
		for _, h := range w.hooks() {
			if !strings.Contains(h, " json http://connector.test/webhooks/insales/2/") {
				t.Errorf("registered %s", h)
			}
		}
		// Foreign ones, and strays of ours: another token, another format, twice.
		foreign := w.shop.AddHook(insalestest.Hook{Topic: insalestest.TopicOrderUpdate,
			Address: "https://erp.example.test/hook", Format: insalestest.FormatXML})
		other := w.shop.AddHook(insalestest.Hook{Topic: insalestest.TopicOrderUpdate,
			Address: "https://old.example.test/webhooks/insales/2/x", Format: insalestest.FormatJSON})
		w.shop.AddHook(insalestest.Hook{Topic: insalestest.TopicOrderUpdate,
			Address: "http://connector.test/webhooks/insales/2/stray", Format: insalestest.FormatXML})
		neighbour := w.shop.AddHook(insalestest.Hook{Topic: insalestest.TopicOrderUpdate,
			Address: "http://connector.test/webhooks/insales/22/x", Format: insalestest.FormatJSON})
		before := w.hooks()[:2]
		w.restart()
		w.untilHooks(5)
		if p := w.company().HookFault; p == nil || p.Code != problem.OtherConnector ||
			p.Args["host"] != "old.example.test" {
			t.Errorf("the other connector: %+v", p)
		}
		if now := fmt.Sprint(w.hooks()[:2]); now != fmt.Sprint(before) {
			t.Errorf("registered anew: %s, before %v", now, before)
		}
		w.shop.DropHook(other)
		if err := w.proc.bridge.RotateHookToken(t.Context(), company); err != nil {
			t.Fatal(err)
		}
		w.until(time.Minute, "the new address", func() bool {
			return len(w.shop.Hooks()) == 4 &&
				!strings.Contains(fmt.Sprint(w.hooks()), before[0])
		})
		if p := w.company().HookFault; p != nil {
			t.Errorf("%+v", p)
		}
		c := settings()
		c.Orders.Enabled = false
		w.save(c)
		w.untilHooks(2)
		c.Orders.Enabled = true
		w.save(c)
		w.untilHooks(4)
		w.restart()
		time.Sleep(time.Minute)
		if err := w.proc.bridge.DeleteCompany(t.Context(), company); err != nil {
			t.Fatal(err)
		}
		if list := w.shop.Hooks(); len(list) != 2 || list[0].ID != foreign || list[1].ID != neighbour {
			t.Errorf("left in the shop: %+v", list)
		}
	})
}

// However the public address is written, webhooks are registered at its one
// form; those of ours that stand there in another one are replaced, not doubled.
func TestHooksOfAnotherSpelling(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ public, others, want string }{
		{"http://connector.test:80", "http://connector.test:80 http://CONNECTOR.test http://connector.test.",
			"http://connector.test"},
		{"HTTP://Connector.Test./in/", "http://connector.test.:80/in https://connector.test/in",
			"http://connector.test/in"},
		{"https://заказы.пример.рф:443", "https://Заказы.пример.рф. https://xn--80aatcn8h.xn--e1afmkfd.xn--p1ai:443",
			"https://xn--80aatcn8h.xn--e1afmkfd.xn--p1ai"},
	} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, func(w *world) { w.config = func(c *bridge.Config) { c.PublicURL = tt.public } })
			w.first()
			w.untilHooks(2)
			right := fmt.Sprint(w.hooks())
			path := "/webhooks/insales/2/" + w.company().Hooks.Token.Reveal()
			if want := tt.want + path; strings.Count(right, " "+want) != 2 {
				t.Fatalf("%s: %s, want %s", tt.public, right, want)
			}
			// The same webhooks, as another version or a person has left them.
			for _, h := range w.shop.Hooks() {
				w.shop.DropHook(h.ID)
			}
			for other := range strings.FieldsSeq(tt.others) {
				for _, topic := range []string{insalestest.TopicOrderUpdate, insalestest.TopicOrderDestroy} {
					w.shop.AddHook(insalestest.Hook{Topic: topic, Address: other + path,
						Format: insalestest.FormatJSON})
				}
			}
			w.restart()
			w.untilHooks(2)
			left := w.shop.Hooks()
			for _, h := range left {
				// which is its one form in letters
				if h.Address != tt.want+path && !strings.Contains(h.Address, "аказы") {
					t.Errorf("%s: left at %s", tt.public, h.Address)
				}
			}
			if p := w.company().HookFault; p != nil {
				t.Errorf("%s: %+v", tt.public, p)
			}
			w.restart()
			time.Sleep(25 * time.Hour)
			if now := w.shop.Hooks(); fmt.Sprint(now) != fmt.Sprint(left) {
				t.Errorf("%s: registered again: %v, before %v", tt.public, now, left)
			}
		})
	}
}

// An address that was rotated away stays valid for a day.
func TestRotatedHookToken(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.first()
		old := w.company().Hooks.Token.Reveal()
		if err := w.proc.bridge.RotateHookToken(t.Context(), company); err != nil {
			t.Fatal(err)
		}
		try := func(token string) int {
			body := fmt.Sprintf(`{"id":%d}`, w.live("first")[0].ID)
			r, err := http.NewRequest(http.MethodPost, "http://connector.test/webhooks/insales/2/"+token,
				strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			res, err := w.net.client.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			return res.StatusCode
		}
		for _, tt := range []struct {
			token string
			want  int
		}{{w.company().Hooks.Token.Reveal(), 200}, {old, 200}, {"x", 404}, {strings.Repeat("x", 43), 404}} {
			if got := try(tt.token); got != tt.want {
				t.Errorf("%.4s…: %d, want %d", tt.token, got, tt.want)
			}
		}
		time.Sleep(24*time.Hour + time.Minute)
		if got := try(old); got != http.StatusNotFound {
			t.Errorf("the old token after a day: %d", got)
		}
	})
}

// Without the right or without an address polling does the work, and the
// company shows why.
func TestHooksNotPossible(t *testing.T) {
	t.Parallel()
	for code, prepare := range map[string]func(*world){
		problem.HooksNoURL:   func(*world) {},
		problem.HooksNoRight: func(w *world) { hooked(w); w.shop.Forbid(insalestest.SectionWebhooks) },
		problem.HooksFailing: func(w *world) {
			hooked(w)
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpHooks, Status: 500})
		},
	} {
		t.Run(code, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, prepare)
				w.first()
				w.until(time.Minute, "the note",
					func() bool { p := w.company().HookFault; return p != nil && p.Code == code })
				if err := w.shop.SetStatus(w.live("first")[0].ID, "otgruzhen"); err != nil {
					t.Fatal(err)
				}
				w.until(3*time.Minute, "the chat knows", w.tells("first", "delivering"))
				if w.problem() != "" {
					t.Errorf("problem %s", w.problem())
				}
				w.shop.Allow(insalestest.SectionWebhooks)
				w.shop.ClearFaults()
				if code != problem.HooksNoURL {
					w.until(2*time.Hour, "registered in the end",
						func() bool { return len(w.shop.Hooks()) == 2 && w.company().HookFault == nil })
				}
			})
		})
	}
}

// A burst of creates that each fire webhooks costs ticks, not a request each,
// and a status still gets through at once.
func TestHooksOfABurst(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.first()
		w.untilHooks(2)
		time.Sleep(6 * time.Minute)
		start := time.Now()
		for i := range 400 {
			w.accept(anOrder(fmt.Sprintf("B-%d", i)))
		}
		w.until(30*time.Second, "400 created", func() bool { return len(w.shop.Orders()) == 401 })
		w.until(10*time.Second, "all webhooks posted", func() bool { return w.courier.Waiting() == 0 })
		time.Sleep(30 * time.Second)
		if err := w.shop.SetStatus(w.live("B-7")[0].ID, "otgruzhen"); err != nil {
			t.Fatal(err)
		}
		took := w.until(3*time.Second, "the chat knows", w.tells("B-7", "delivering"))
		t.Logf("took %v", took)
		time.Sleep(time.Until(start.Add(4*time.Minute + 50*time.Second)))
		used := w.shop.Usage(insalestest.DefaultKeyID)
		if t.Logf("%d requests of the window are used", used); used > 450 {
			t.Errorf("%d requests of the window are used", used)
		}
		for i := range 400 {
			if o := w.get(fmt.Sprintf("B-%d", i)); !o.TouchedAt.IsZero() {
				t.Errorf("%s is still marked", o.Key)
			}
		}
	})
}
