package order

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// An outcome is what is known of a create request once it has ended.
type outcome int

const (
	outcomeCreated      outcome = iota // the shop has the order and gave its id
	outcomeRefused                     // the shop does not have the order, and will not take it as it is
	outcomeNotDelivered                // the shop does not have the order, because the window was full
	outcomeCompanyFault                // the shop does not have it: access, shop or network is at fault
	outcomeUnknown                     // the shop may have the order, or may get it yet
)

// judge tells what the end of a create request means. It is pure. Whatever is not
// certain is unknown: time-outs, resets, 408, redirects, 5xx, and answers that were torn
// or are no order. Only a request that never got a connection is certain, and an answer
// that the shop gives before it looks at the order.
//
// The danger lies on one side. To call an outcome unknown costs a minute of reading; to
// call it certain when it is not creates an order twice.
func judge(err error) outcome {
	if err == nil {
		return outcomeCreated
	}
	var e *insales.Error
	if !errors.As(err, &e) {
		return outcomeUnknown
	}
	switch {
	case !e.Reached:
		return outcomeCompanyFault
	case e.Limited:
		return outcomeNotDelivered
	}
	if e.Shielded && e.Status/100 == 4 && e.Status != http.StatusRequestTimeout {
		return outcomeCompanyFault // it never came so far as the shop
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return outcomeRefused
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusLocked:
		return outcomeCompanyFault
	}
	return outcomeUnknown
}

// The delays after failures.
const (
	// Between two probes of a company in trouble.
	probeFirst, probeLongest = 10 * time.Second, 15 * time.Minute
	probeFew                 = 2 * time.Minute // the longest while only few orders fail

	// While many orders fail, one that has not failed yet is tried so often.
	freshEvery = 20 * time.Second

	// Between two reads; the second is for a list that lacks something.
	readLongest = 2 * time.Minute
	lackLongest = 30 * time.Second

	// Between two reports of one status, or two tellings of one payment.
	reportFirst, reportLongest = 2 * time.Second, time.Hour

	reportGiveUp     = 72 * time.Hour   // a report that has failed for so long is parked
	reportUnknownFor = 15 * time.Minute // a 404 is taken so long for a delay of the chat's
)

// A verdict is what becomes of a report that was sent.
type verdict int

const (
	reportDone    verdict = iota // acknowledged
	reportStale                  // the chat has something newer: it is done, with a notice
	reportAgain                  // it is sent again later
	reportParked                 // it is sent again only if a person says so
	reportStopped                // the company's reports stop until its settings change
)

// judgeReport decides what becomes of a report by its answer. The report has failed
// since the given time, this time included tries times. It is pure; delay is for
// reportAgain.
func judgeReport(err error, since, now time.Time, tries int) (v verdict, delay time.Duration, p *storage.Problem) {
	if err == nil {
		return reportDone, 0, nil
	}
	var e *ineedchat.Error
	if !errors.As(err, &e) {
		e = &ineedchat.Error{}
	}
	delay = max(company.Backoff(tries, reportFirst, reportLongest), min(e.RetryAfter, storage.MaxDelay))
	switch e.Status {
	case http.StatusConflict:
		return reportStale, 0, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return reportStopped, 0, &storage.Problem{Code: problem.ChatRejected,
			Args: map[string]string{"status": strconv.Itoa(e.Status)}}
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return reportParked, 0, &storage.Problem{Code: problem.ReportRefused,
			Args: map[string]string{"status": strconv.Itoa(e.Status), "message": e.Message}}
	case http.StatusNotFound:
		if now.Sub(since) >= reportUnknownFor {
			return reportParked, 0, &storage.Problem{Code: problem.ReportNotFound}
		}
		delay = min(delay, time.Minute)
	}
	if now.Sub(since) >= reportGiveUp {
		return reportParked, 0, &storage.Problem{Code: problem.ReportExpired}
	}
	return reportAgain, delay, nil
}
