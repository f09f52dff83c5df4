package order

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order/outcome"
	"ineed-insales/storage"
)

// Of two reads the one of the later change wins, and within one time of the
// shop, which counts in seconds, the one that was asked for later.
func TestStatusSeenOrder(t *testing.T) {
	at := func(second int, read int64) storage.Seen {
		return storage.Seen{UpdatedAt: time.Date(2026, 11, 23, 12, 0, second, 0, time.UTC), Read: read}
	}
	ordered := []storage.Seen{{}, {Read: 1}, at(0, 0), at(0, 1), at(0, 2), at(1, 0), at(1, 1), at(2, 0)}
	for i, a := range ordered {
		for j, b := range ordered {
			b.UpdatedAt = b.UpdatedAt.In(time.FixedZone("", 3*60*60)) // the same moment elsewhere
			if a.After(b) != (i > j) {
				t.Errorf("%v after %v: %v", a, b, a.After(b))
			}
		}
	}
}

// An observation is one body of the shop as the reader met it.
type observation struct {
	second int
	read   int64
	status string // of the shop
}

// Whatever the order of the answers, an older state never overwrites a newer
// one, an unchanged one is no news, and a way there and back is two.
func TestStatusNeverGoesBack(t *testing.T) {
	store := openStore(t)
	for name, tt := range map[string]struct {
		bodies []observation
		want   string
		news   int // how often the revision grew
	}{
		"in order": {[]observation{{1, 1, "new"}, {2, 2, "approved"}, {3, 3, "dispatched"}},
			"delivering", 3},
		"backwards": {[]observation{{3, 3, "dispatched"}, {2, 2, "approved"}, {1, 1, "new"}},
			"delivering", 1},
		"a late answer":           {[]observation{{2, 2, "approved"}, {2, 1, "new"}}, "assembling", 1},
		"two within a second":     {[]observation{{2, 1, "new"}, {2, 2, "approved"}}, "assembling", 2},
		"unchanged":               {[]observation{{1, 1, "new"}, {1, 2, "new"}, {1, 3, "new"}}, "new", 1},
		"touched":                 {[]observation{{1, 1, "new"}, {5, 2, "new"}, {4, 3, "approved"}}, "new", 1},
		"there and back":          {[]observation{{1, 1, "new"}, {2, 2, "approved"}, {3, 3, "new"}}, "new", 3},
		"an older read, later on": {[]observation{{1, 9, "new"}, {2, 3, "approved"}}, "assembling", 2},
	} {
		t.Run(name, func(t *testing.T) {
			o := addOrder(t, store, storage.Order{Key: storage.OrderKey{Company: "2", ID: name},
				State: storage.StateSent})
			news, revision := 0, int64(0)
			for _, b := range tt.bodies {
				err := store.Update(t.Context(), func(tx *storage.Tx) (err error) {
					if o, err = tx.Order(o.Key); err != nil {
						return err
					}
					return (&observed{}).takeNewer(tx, storage.Company{ID: "2"}, &o,
						insales.Order{FulfillmentStatus: b.status,
							UpdatedAt: time.Date(2026, 11, 23, 12, 0, b.second, 0, time.UTC)}, b.read)
				})
				if err != nil {
					t.Fatal(err)
				}
				if o.Revision < revision {
					t.Fatalf("the revision went from %d to %d", revision, o.Revision)
				}
				if o.Revision > revision {
					news, revision = news+1, o.Revision
				}
			}
			kept, err := store.Order(t.Context(), o.Key)
			if err != nil || kept.Status == nil || kept.Status.Status != tt.want || news != tt.news ||
				kept.Revision != revision {
				t.Errorf("%+v after %d news, want %s after %d (%v)", kept.Status, news, tt.want, tt.news, err)
			}
		})
	}
}

// Acknowledgements may come in any order, and may be of a revision that has
// been replaced meanwhile.
func TestAcknowledge(t *testing.T) {
	store, due := openStore(t), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const taken, stale = outcome.Acknowledged, outcome.Stale
	type ack struct {
		revision int64
		status   string
		answer   outcome.Report
	}
	for name, tt := range map[string]struct {
		revision int64
		acks     []ack
		acked    int64
		reported string
		pending  bool // a report with its delays
		notices  string
	}{
		"the newest": {3, []ack{{3, "delivering", taken}}, 3, "delivering", false, ""},
		"the newest again": {3, []ack{{3, "delivering", taken}, {3, "delivering", taken}}, 3, "delivering",
			false, ""},
		"an older one": {3, []ack{{2, "new", taken}}, 2, "new", true, ""},
		"the older behind it": {3, []ack{{3, "delivering", taken}, {2, "new", taken}}, 3, "delivering", false,
			""},
		"one after the other": {3, []ack{{1, "new", taken}, {2, "assembling", taken}, {3, "delivering", taken}},
			3, "delivering", false, ""},
		"stale":                  {3, []ack{{3, "delivering", stale}}, 3, "delivering", false, "report_conflict"},
		"stale, of an older one": {3, []ack{{2, "new", stale}}, 2, "new", true, "report_conflict"},
		"stale twice": {3, []ack{{2, "new", stale}, {3, "delivering", stale}}, 3, "delivering", false,
			"report_conflict"},
		"stale, acknowledged later": {3, []ack{{3, "delivering", taken}, {3, "delivering", stale}}, 3, "delivering",
			false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := addOrder(t, store, storage.Order{Key: storage.OrderKey{Company: "2", ID: name},
				State:    storage.StateSent,
				Revision: tt.revision, Status: &storage.Status{Status: "delivering"},
				Report: storage.Report{DueAt: due, Since: due, Tries: 4}})
			for _, a := range tt.acks {
				sent := o
				sent.Revision, sent.Status = a.revision, &storage.Status{Status: a.status}
				err := store.Update(t.Context(), func(tx *storage.Tx) error {
					fresh, err := tx.Order(o.Key)
					return errors.Join(err, acknowledge(tx, &fresh, &sent, telling{}, a.answer))
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			kept, err := store.Order(t.Context(), o.Key)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(kept.AckedRevision, kept.Reported, kept.Report.Tries == 4,
				kept.Report != storage.Report{}, codes(kept.Notices))
			if want := fmt.Sprint(tt.acked, tt.reported, tt.pending, tt.pending, tt.notices); got != want ||
				kept.Revision != tt.revision {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// codes are the codes of notices as one text.
func codes(list []storage.Problem) string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = n.Code
	}
	return strings.Join(texts, "; ")
}
