package bridge_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// tightChat is a chat behind a proxy that lets only small batches through.
func tightChat(limit int) func(*world) {
	return func(w *world) {
		w.chat = ineedchattest.New(ineedchattest.Config{Token: chatToken, Secret: chatSecret, AcceptUnknown: true,
			BatchLimit: limit,
			OnRequest: func(r *http.Request, p ineedchattest.Phase) error {
				return w.point("chat " + string(p) + " " + r.Method)
			}})
	}
}

// A batch that is too large is halved until it fits.
func TestCatalogBatchTooLarge(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(200), tightChat(20_000))
		run := w.ran(1, 10*time.Minute)
		w.same()
		if run.Refused != 0 || run.Outcome != storage.RunDone || run.Parked > 0 {
			t.Errorf("%+v", run)
		}
		for _, id := range w.some(20) {
			w.rename(id, "Новое имя")
		}
		w.hide(w.available(3))
		w.ran(2, 6*time.Minute)
		w.same()
	})
}

// One product that is too large alone is set aside; all others arrive.
func TestCatalogProductTooLarge(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60), tightChat(6_000))
		big := w.some(1)[0]
		w.edit(big, func(p *insalestest.Product) {
			p.Description = strings.Repeat("<p>Очень длинное описание.</p>", 200)
		})
		time.Sleep(6 * time.Hour)
		if !w.chat.Catalog(company).Complete {
			t.Error("no full sync has ended")
		}
		list := w.differences()
		if len(list) != 1 || !strings.HasPrefix(list[0], "product ") || !strings.Contains(list[0], id64(big)) {
			t.Errorf("%d differences: %v", len(list), list[:min(len(list), 5)])
		}
		tooLarge := 0
		for _, b := range w.batches(0) {
			if b.Answer == http.StatusRequestEntityTooLarge {
				tooLarge++
			}
		}
		if tooLarge > 60 {
			t.Errorf("%d batches were too large", tooLarge)
		}
		w.edit(big, func(p *insalestest.Product) { p.Description = "<p>Короче.</p>" })
		w.becomesSame(6 * time.Minute)
	})
}

// A batch that is refused as a whole sets its products aside, whichever it is,
// and the sync goes on; they come a little later.
func TestCatalogBatchRefused(t *testing.T) {
	t.Parallel()
	for status, batches := range map[int]int{400: 2, 422: 5} {
		for after := range batches {
			t.Run(fmt.Sprintf("%d after %d", status, after), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t, withCatalog(330), func(w *world) {
						w.chat.Fault(ineedchattest.Rule{Path: batchPath, Status: status, After: after, Times: 1,
							Body: `{"message":"так нельзя"}`})
					})
					run := w.ran(1, 10*time.Minute)
					if p := run.Problem; p == nil || p.Code != problem.NoticeBatchRefused ||
						p.Args["message"] != "так нельзя" {
						t.Errorf("%+v", run)
					}
					if !w.chat.Catalog(company).Complete {
						t.Error("the full sync has not ended")
					}
					w.becomesSame(75 * time.Minute) // categories that come late are in their products within an hour
					if after > 0 && run.Refused > 0 {
						t.Errorf("what the chat had not refused alone was set aside: %+v", run)
					}
					if full := syncsOf(w.batches(0), "full"); len(full) != 1 {
						t.Errorf("full syncs %v", full)
					}
				})
			})
		}
	}
}

// A chat that has lost its catalog gets it whole but for the one product that
// it cannot take, though it refuses that with all that comes with it.
func TestCatalogPoisonInResync(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(250))
		w.ran(1, 10*time.Minute)
		time.Sleep(2 * time.Hour)
		w.net.serve("chat.test", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || strings.Contains(string(body), `"Отрава"`) {
				rw.WriteHeader(http.StatusUnprocessableEntity)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			w.chat.ServeHTTP(rw, r)
		}))
		ids := w.some(2)
		w.chat.ForgetCatalog(company)
		w.rename(ids[0], "Другое имя")
		w.rename(ids[1], "Отрава")
		w.must(w.shop.SetProductUpdatedAt(ids[1], time.Now().Add(-time.Hour))) // found by the complete reading
		w.sync(false)                                                          // 409
		time.Sleep(10 * time.Minute)
		list := w.differences()
		if len(list) != 1 || list[0] != "product missing: "+id64(ids[1]) {
			t.Errorf("%d differences: %v", len(list), list[:min(len(list), 5)])
		}
		if !w.catalog().Complete {
			t.Errorf("%+v", w.catalog())
		}
		w.rename(ids[1], "Не отрава")
		w.becomesSame(6 * time.Minute)
	})
}

// The same with differences: changed products, removed ones and categories.
func TestCatalogDifferencesRefused(t *testing.T) {
	t.Parallel()
	for after := range 2 {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(60))
				w.ran(1, 10*time.Minute)
				ids := w.some(6)
				for _, id := range ids[:3] {
					w.rename(id, "Другое имя")
				}
				w.hide(ids[3:])
				w.shop.AddCollection(insalestest.Collection{ID: 77, Title: "Новинки"})
				w.edit(ids[0], func(p *insalestest.Product) { p.CollectionIDs = []int64{77} })
				w.chat.Fault(ineedchattest.Rule{Path: batchPath, Status: 422, After: after, Times: 1})
				w.ran(2, 6*time.Minute)
				w.becomesSame(75 * time.Minute)
			})
		})
	}
}

// A chat that refuses every batch for a day hears of little else than the
// tries, and has everything soon after it has come to its senses.
func TestCatalogEverythingRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60), func(w *world) {
			w.chat.Fault(ineedchattest.Rule{Path: batchPath, Status: 422})
		})
		time.Sleep(24 * time.Hour)
		if n := w.shop.Count(insalestest.OpProducts); n > 400 {
			t.Errorf("%d pages were read", n)
		}
		w.chat.ClearFaults()
		w.becomesSame(25 * time.Hour)
	})
}
