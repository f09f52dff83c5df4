// Package outcome says what it means how a request has ended: what is known of an order
// after its create request (Create), what becomes of a status that was reported to the
// chat (Report), and, when create requests fail, whether that is the order's own fault
// or the shop's (Blame).
//
// It judges and does nothing. OfCreate calls certain only what is certain, because
// whatever is certainly not in the shop is sent again; everything else is unknown, and
// package order then looks for the order. No judgement is stored: a Blame may be lost
// at any moment, which costs a few more tries and creates no order twice.
package outcome

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A Create is what is known of a create request once it has ended.
type Create int

// What may be known of an order after its create request.
const (
	Created      Create = iota // the shop has the order and gave its id
	Refused                    // the shop does not have the order, and will not take it as it is
	NotDelivered               // the shop does not have the order, because the window was full
	CompanyFault               // the shop does not have it: access, shop or network is at fault
	Unknown                    // the shop may have the order, or may get it yet
)

// OfCreate tells what the end of a create request means. Whatever is not
// certain is unknown: time-outs, resets, 408, redirects, 5xx, and answers that were torn
// or are no order. Only a request that never got a connection is certain, and an answer
// that the shop gives before it looks at the order.
//
// The danger lies on one side. To call an outcome unknown costs a minute of reading; to
// call it certain when it is not creates an order twice.
func OfCreate(err error) Create {
	if err == nil {
		return Created
	}
	var e *insales.Error
	if !errors.As(err, &e) {
		return Unknown
	}
	switch {
	case !e.Reached:
		return CompanyFault
	case e.Limited:
		return NotDelivered
	}
	if e.Shielded && e.Status/100 == 4 && e.Status != http.StatusRequestTimeout {
		return CompanyFault // it never came so far as the shop
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return Refused
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusLocked:
		return CompanyFault
	}
	return Unknown
}

// ShopRefused is the problem of an order that the shop refused, in the shop's own
// words.
func ShopRefused(cause error) storage.Problem {
	p := storage.Problem{Code: problem.ShopRefused, Args: map[string]string{}}
	var e *insales.Error
	if errors.As(cause, &e) {
		p.Args["status"] = strconv.Itoa(e.Status)
		p.Args["message"] = problem.Clip(cmp.Or(strings.Join(e.Messages, "; "), http.StatusText(e.Status)), 300)
	}
	return p
}

// FailureArgs are what the history keeps of a failed attempt: its number, and the
// status of the answer or the reason why there was none.
func FailureArgs(attempt int, cause error) map[string]string {
	args := map[string]string{"attempt": strconv.Itoa(attempt)}
	var e *insales.Error
	if errors.As(cause, &e) {
		if e.Status != 0 {
			args["status"] = strconv.Itoa(e.Status)
		}
		if e.Err != nil && e.Status == 0 {
			args["reason"] = problem.NetworkReason(e.Err)
		}
	}
	return args
}
