package storage

import (
	"context"
	"time"
)

// The states of a probe.
const (
	ProbeRunning     = "running"
	ProbeDone        = "done"
	ProbeInterrupted = "interrupted" // the process ended, or the shop could not be asked any more
)

// The verdicts on an assumption.
const (
	ProbeAsAssumed = "as_assumed"
	ProbeOtherwise = "otherwise"
	ProbeUnknown   = "unknown"   // it was tried, and what came does not tell
	ProbeNotTried  = "not_tried" // there was nothing to try it with, or it was not allowed to
)

// A Probe is what was tried at a company's shop the last time, and what came of
// it. Nothing of it is secret or about a person.
type Probe struct {
	Company string
	State   string // ProbeRunning, ProbeDone or ProbeInterrupted
	Writes  bool   // an order's life was tried, not only reading
	BeganAt time.Time
	EndedAt time.Time // zero while it runs
	Version string    // of the program
	Items   []ProbeItem
}

// A ProbeItem is what was found about one assumption.
type ProbeItem struct {
	Name     string            `json:"name"`
	Verdict  string            `json:"verdict"`
	Reason   string            `json:"reason,omitempty"` // a code that says why, or what was seen
	Args     map[string]string `json:"args,omitempty"`
	Sent     string            `json:"sent,omitempty"`     // the request, masked
	Answered string            `json:"answered,omitempty"` // the answer, masked
	Took     time.Duration     `json:"took,omitempty"`
}

// Item gives what was found about an assumption; false if it was not looked at.
func (p Probe) Item(name string) (ProbeItem, bool) {
	for _, i := range p.Items {
		if i.Name == name {
			return i, true
		}
	}
	return ProbeItem{}, false
}

// The kinds of what a probe makes in a shop.
const (
	ProbeOrder  = "order"
	ProbeClient = "client"
	ProbeHook   = "hook"
)

// A ProbeThing is something that a probe makes in a shop, written down before the
// request leaves.
type ProbeThing struct {
	Seq       int64
	AccountID int64
	Kind      string
	Token     string    // by which it is known in the shop
	InSalesID int64     // 0 = the answer has not come
	MadeAt    time.Time // by the shop's clock
	Tries     int       // to remove it
}

const (
	probeColumns      = "company, state, writes, began_at, ended_at, version, items"
	probeThingColumns = "account_id, kind, token, insales_id, made_at, tries"
)

// PutProbe stores a probe in the place of the company's last one.
func (tx *Tx) PutProbe(p Probe) error {
	if err := tx.needCompany(p.Company); err != nil {
		return err
	}
	_, err := tx.exec("INSERT OR REPLACE INTO probes ("+probeColumns+") VALUES ("+marksOf(probeColumns)+")",
		p.Company, p.State, p.Writes, ms(p.BeganAt), ms(p.EndedAt), p.Version, listToJSON(p.Items))
	return err
}

const selectProbe = "SELECT " + probeColumns + " FROM probes WHERE company = ?"

// Probe gives the company's last probe, or ErrNotFound.
func (s *Store) Probe(ctx context.Context, company string) (Probe, error) {
	return scanProbe(s.queryRow(ctx, selectProbe, company))
}

func scanProbe(r scanner) (p Probe, err error) {
	var began, ended int64
	var items string
	if err := r.Scan(&p.Company, &p.State, &p.Writes, &began, &ended, &p.Version, &items); err != nil {
		return p, err
	}
	p.BeganAt, p.EndedAt = fromMS(began), fromMS(ended)
	return p, fromJSON(column{items, &p.Items})
}

// AddProbeThing writes down what a probe is about to make, and gives its number.
func (tx *Tx) AddProbeThing(company string, t ProbeThing) (seq int64, err error) {
	if err := tx.needCompany(company); err != nil {
		return 0, err
	}
	_, err = tx.exec("INSERT INTO probe_things (company, "+probeThingColumns+") VALUES (?, "+
		marksOf(probeThingColumns)+")", company, t.AccountID, t.Kind, t.Token, t.InSalesID, ms(t.MadeAt), t.Tries)
	if err != nil {
		return 0, err
	}
	return value[int64](tx.queryRow("SELECT max(seq) FROM probe_things WHERE company = ?", company))
}

// SetProbeThing stores what was learnt of a thing: its id in the shop, and how
// often its removal was tried.
func (tx *Tx) SetProbeThing(t ProbeThing) error {
	_, err := tx.exec("UPDATE probe_things SET insales_id = ?, tries = ? WHERE seq = ?", t.InSalesID, t.Tries, t.Seq)
	return err
}

// EndProbeThing notes that a thing is not in the shop any more. The row stays: an
// order that was removed is shown by the feed once more.
func (tx *Tx) EndProbeThing(seq int64, at time.Time) error {
	_, err := tx.exec("UPDATE probe_things SET gone_at = ? WHERE seq = ?", ms(at), seq)
	return err
}

// ProbeThings gives what probes have made in the company's shop and nobody has
// removed yet, in the order in which it was made.
func (s *Store) ProbeThings(ctx context.Context, company string) ([]ProbeThing, error) {
	rows, err := s.query(ctx, "SELECT seq, "+probeThingColumns+
		" FROM probe_things WHERE company = ? AND gone_at = 0 ORDER BY seq", company)
	return collect(rows, err, func(r scanner) (t ProbeThing, err error) {
		var made int64
		err = r.Scan(&t.Seq, &t.AccountID, &t.Kind, &t.Token, &t.InSalesID, &made, &t.Tries)
		t.MadeAt = fromMS(made)
		return t, err
	})
}

// CountProbeThings counts what probes have made in the company's shop since a time and
// nobody has removed yet.
func (tx *Tx) CountProbeThings(company string, since time.Time) (int, error) {
	return value[int](tx.queryRow("SELECT count(*) FROM probe_things WHERE company = ? AND gone_at = 0 AND made_at > ?",
		company, ms(since)))
}
