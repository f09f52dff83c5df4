package probe

import (
	"context"
	"net/http"
	"strconv"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
)

// readWindow looks at the headers that tell how many requests are left, and whether
// another company's key of the same shop counts into the same window.
func (r *run) readWindow(ctx context.Context) error {
	first, e, err := r.get(ctx, "account", "account", nil)
	if err != nil {
		return err
	}
	used, limit, ok := first.Usage()
	switch {
	case !ok:
		r.says("limit_headers", otherwise(reasonNoHeader, "header", "API-Usage-Limit"), e)
		r.says("shared_window", untried(reasonNoHeader), e)
		return nil
	case limit != insales.WindowLimit:
		r.says("limit_headers", otherwise(reasonNumber, "limit", strconv.Itoa(limit)), e)
	default:
		r.says("limit_headers", holds("limit", strconv.Itoa(limit)), e)
	}
	var others []*insales.Client
	if r.prober.cfg.Neighbours != nil {
		others = r.prober.cfg.Neighbours()
	}
	if len(others) == 0 {
		r.says("shared_window", untried(reasonOneKey), exchange{})
		return nil
	}
	return r.sharedWindow(ctx, others[0], used)
}

// A shared window shows in sharedRounds rounds in a row; mostRounds are tried.
const (
	sharedRounds = 3
	mostRounds   = 4
)

// sharedWindow asks by turns with our key and with a neighbour's. In a window that
// both share each count is higher than the one before; one round may look so by
// chance, while others send too. Two counts of ours that follow each other have
// nobody between them.
func (r *run) sharedWindow(ctx context.Context, other *insales.Client, before int) error {
	var args []string
	for round, row := 0, 0; round < mostRounds; round++ {
		theirs, known, err := r.neighbour(ctx, other)
		if err != nil {
			return err
		}
		again, e, err := r.get(ctx, "account", "account", nil)
		if err != nil {
			return err
		}
		after, _, ok := again.Usage()
		if !known || !ok {
			r.says("shared_window", unknown(reasonNoHeader, "header", "API-Usage-Limit"), e)
			return nil
		}
		args = []string{"before", strconv.Itoa(before), "other", strconv.Itoa(theirs), "after", strconv.Itoa(after)}
		switch {
		case after <= before: // another window has begun: that round says nothing
			row = 0
		case after == before+1, theirs <= before, theirs >= after:
			r.says("shared_window", holds(args...), e)
			return nil
		default:
			row++
		}
		if row == sharedRounds {
			r.says("shared_window", otherwise(reasonShared, args...), e)
			return nil
		}
		before = after
	}
	r.says("shared_window", unknown(reasonTraffic, args...), exchange{})
	return nil
}

// neighbour asks once with another company's key of the same shop, and gives how
// much of its window is used, if the answer says so.
func (r *run) neighbour(ctx context.Context, other *insales.Client) (int, bool, error) {
	if r.requests++; r.requests > maxRequests {
		return 0, false, errSpent
	}
	reply, err := company.Ask(ctx, other, insales.Catalog,
		func(ctx context.Context, p *insales.Permit) (insales.Reply, error) {
			return other.Try(ctx, p, insales.Trial{Name: "account", Method: http.MethodGet, Path: "account"})
		})
	if ctx.Err() != nil {
		return 0, false, ctx.Err()
	}
	if err != nil {
		return 0, false, nil // their trouble is not ours
	}
	used, _, ok := reply.Usage()
	return used, ok, nil
}
