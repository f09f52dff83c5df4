package order

import (
	"context"
	"maps"
	"slices"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// What a person who connects a chat wants to know of it: whether anything has come, what
// that was, and whether the statuses that go back are taken.

// A Heard is a delivery whose sender has proven to be the company's chat.
type Heard struct {
	At    time.Time
	Kind  string         // HeardOrder and so on
	Ahead *time.Duration // the chat's clock minus ours; nil = what came does not tell
}

// What was heard.
const (
	HeardOrder     = "order"
	HeardPaid      = "paid"
	HeardCancelled = "cancelled"
	HeardPing      = "ping"
	HeardOther     = "other"   // something that is no order and was not refused
	HeardUnread    = "unread"  // what no program can read yet
	HeardRefused   = "refused" // what became nothing
)

// Heard gives what the desk's chat has sent last; the zero Heard if that is nothing. After a
// restart it is what was kept: an order, something unread or refused.
func (d *Desk) Heard(ctx context.Context) (Heard, error) {
	o := d.office
	o.disbeliefs.mu.Lock()
	h := o.disbeliefs.of[d.company.ID].heard
	o.disbeliefs.mu.Unlock()
	if !h.At.IsZero() {
		return h, nil
	}
	at, err := d.company.Store.LastDelivered(ctx, d.company.ID, separateMark)
	if err != nil {
		return h, err
	}
	refused, err := d.company.Store.RefusalCount(ctx, d.company.ID)
	if err != nil {
		return h, err
	}
	unread, err := d.company.Store.UnreadCount(ctx, d.company.ID)
	for _, kept := range []Heard{{At: at, Kind: HeardOrder}, {At: refused.LastAt, Kind: HeardRefused},
		{At: unread.Newest, Kind: HeardUnread}} {
		if kept.At.After(h.At) {
			h = kept
		}
	}
	return h, err
}

// Told is how the chat takes the statuses that it is told.
type Told struct {
	TakenAt  time.Time        // when it has acknowledged one last; zero = never, as far as that is kept
	FailedAt time.Time        // when one was not taken last
	Problem  *storage.Problem // why not
	Parked   bool             // that one is not tried again by itself
	Silent   bool             // its wire has no way of telling it anything
	Nowhere  bool             // nobody has said where it takes statuses
}

// Told tells it by the histories of the company's newest orders.
func (d *Desk) Told(ctx context.Context) (Told, error) {
	c := d.company.Settings()
	way := company.WireOf(c.Chat.Wire)
	_, own := way.ReportProgram()
	t := Told{Silent: way.Silent(), Nowhere: !own && d.company.ChatURL(c) == ""}
	d.mu.Lock()
	t.TakenAt = d.reportedAt
	d.mu.Unlock()
	events, err := d.company.Store.LastEvents(ctx, d.company.ID, storage.EventReported, storage.EventReportError)
	for _, e := range events {
		switch {
		case e.Kind == storage.EventReportError:
			t.FailedAt, t.Parked = e.At, e.Args["parked"] != ""
			t.Problem = untaken(e.Args)
		case e.Args["nothing"] == "" && e.At.After(t.TakenAt):
			t.TakenAt = e.At
		}
	}
	return t, err
}

// untaken is why a report was not taken, by what its order's history keeps of it.
func untaken(args map[string]string) *storage.Problem {
	p := storage.Problem{Code: args["parked"], Args: maps.Clone(args)}
	if p.Code == "" {
		p.Code = problem.StatusesFail
	}
	kept := []string{"status", "kind", "field"} // the words of others may name a person
	maps.DeleteFunc(p.Args, func(name, _ string) bool { return !slices.Contains(kept, name) })
	return &p
}
