package bridge_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// TestPeopleHearOfTheDisk: also what cannot be stored is told, once when it
// begins and once when it is over; what lasts for a moment is not; and no order
// is answered with 202 meanwhile.
func TestPeopleHearOfTheDisk(t *testing.T) {
	for name, test := range map[string]struct{ file, code string }{
		"database": {"", problem.StoreLost},
		"log":      {"-wal", problem.StoreLost},
		"lock":     {".lock", problem.StoreNoLock},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p people
				w := newWorld(t, withPeople(&p))
				p.save(webhookChannel())
				watchStore(w)
				file := w.db() + test.file
				take := func() { rename(t, file, file+".away") }
				giveBack := func() { rename(t, file+".away", file) }

				take()
				time.Sleep(20 * time.Second)
				giveBack()
				time.Sleep(5 * time.Minute)
				p.hears(0, "")

				take()
				if err := w.proc.bridge.Ready(); err == nil {
					t.Error("ready without its file")
				}
				a, err := w.sender().Send(t.Context(), anOrder("1").Body())
				taken := test.code == problem.StoreNoLock
				if err != nil || (a.Status == http.StatusAccepted) != taken ||
					!taken && a.Status != http.StatusServiceUnavailable {
					t.Errorf("%v %d", err, a.Status)
				}
				p.hears(3*time.Minute, "started "+test.code)
				time.Sleep(3 * time.Hour)
				p.hears(0, "started "+test.code)
				giveBack()
				p.hears(2*time.Minute, "started "+test.code+", over "+test.code)
				if !taken {
					w.accept(anOrder("1"))
				}
				w.untilState(10*time.Minute, "1", storage.StateSent)
				if n := len(w.shop.Orders()); n != 1 {
					t.Errorf("%d orders in the shop", n)
				}
			})
		})
	}
}

// TestOutcomeWithoutFile: an order that is being sent when the file goes away is
// in the shop once when it is back.
func TestOutcomeWithoutFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		watchStore(w)
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, AnswerDelay: 20 * time.Second, Times: 1})
		w.accept(anOrder("1"))
		time.Sleep(10 * time.Second)
		rename(t, w.db(), w.db()+".away")
		time.Sleep(10 * time.Minute)
		rename(t, w.db()+".away", w.db())
		w.untilState(20*time.Minute, "1", storage.StateSent)
		if n := len(w.shop.Orders()); n != 1 {
			t.Errorf("%d orders in the shop", n)
		}
	})
}

// watchStore lets the store of a world look after its files.
func watchStore(w *world) {
	ctx, stop := context.WithCancel(w.t.Context())
	w.t.Cleanup(stop)
	go func() { _ = w.proc.store.Watch(ctx) }()
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestEraseReachesTheFile: after an order was erased its customer is nowhere in
// the database's files.
func TestEraseReachesTheFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for _, id := range []string{"1", "2", "3"} {
			w.accept(anOrder(id))
			w.untilState(time.Minute, id, storage.StateSent)
		}
		files := func() string {
			var all strings.Builder
			for _, suffix := range []string{"", "-wal"} {
				text, err := os.ReadFile(w.db() + suffix)
				if err != nil {
					t.Fatal(err)
				}
				all.Write(text)
			}
			return all.String()
		}
		name := "9990000000" // the phone, which is not packed
		if !strings.Contains(files(), name) {
			t.Fatalf("%q is not there", name)
		}
		for _, id := range []string{"1", "2", "3"} {
			if _, err := w.desk().Erase(t.Context(), storage.OrderKey{Company: company, ID: id}, "test"); err != nil {
				t.Fatal(err)
			}
		}
		if strings.Contains(files(), name) {
			t.Errorf("%q is there still", name)
		}
	})
}
