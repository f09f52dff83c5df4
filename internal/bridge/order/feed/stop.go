package feed

import (
	"strconv"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A Stop is a reason not to trust the feed: nothing is proven or sent until a pass
// goes through without it.
type Stop struct{ Problem storage.Problem }

// Error names the reason, for the log.
func (s *Stop) Error() string { return "the feed cannot be trusted: " + s.Problem.Code }

// OtherAccount is the reason that orders of another account came than of the one that
// the company is bound to.
func OtherAccount(bound, other int64) *Stop { return &Stop{problem.AccountDiffers(bound, other)} }

// Lacks is the reason that the list does not show an order that is there; 0 stands for
// an order that has no id which we could name.
func Lacks(order int64) *Stop {
	id := ""
	if order != 0 {
		id = strconv.FormatInt(order, 10)
	}
	return &Stop{problem.Of(problem.FeedLacks, "order", id)}
}

// Distrust looks for what makes a page unfit as proof: an order that carries a marker
// but cannot be read, orders of another account, or a full page that stands newest
// first, because what is behind it is older than the place where it ends. It gives nil
// for a page that is fit.
func Distrust(account int64, page insales.Page) *Stop {
	if page.Full() && newestFirst(page.Orders) {
		return &Stop{storage.Problem{Code: problem.FeedUnsorted}}
	}
	for _, o := range page.Orders {
		if account != 0 && o.AccountID != 0 && o.AccountID != account {
			return OtherAccount(account, o.AccountID)
		}
	}
	for _, u := range page.Unreadable {
		if u.Marked {
			return &Stop{storage.Problem{Code: problem.FeedUnreadable,
				Args: map[string]string{"order": strconv.FormatInt(u.ID, 10)}}}
		}
	}
	return nil
}

// fewFalls is how often the times may fall on a page that stands oldest first: a few
// orders may be dated wrongly.
const fewFalls = 2

// newestFirst reports whether the times on a page fall more often than they rise.
func newestFirst(list []insales.Order) bool {
	falls, rises := 0, 0
	for i := range len(list) - 1 {
		switch list[i].UpdatedAt.Compare(list[i+1].UpdatedAt) {
		case 1:
			falls++
		case -1:
			rises++
		}
	}
	return falls > rises+fewFalls
}

// Overlooked fails if a page shows an order behind from that must have stood there when
// the walk came past that place, and that the walk did not see.
func (w Walk) Overlooked(page insales.Page, from storage.Cursor) error {
	for _, o := range page.Orders {
		at := storage.Cursor{UpdatedSince: o.UpdatedAt, FromID: o.ID}
		if at.After(from) && o.UpdatedAt.Before(w.Closed()) {
			return Lacks(o.ID)
		}
	}
	return nil
}
