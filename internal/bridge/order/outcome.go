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

// An outcome is what is known of a create request after it.
type outcome int

const (
	outcomeCreated      outcome = iota // the shop has the order and gave its id
	outcomeRefused                     // it has not, and will not have it as it is
	outcomeNotDelivered                // it has not: the window was full
	outcomeCompanyFault                // it has not: access, shop or network is at fault, not the order
	outcomeUnknown                     // it may have it or get it yet
)

// judge tells what the end of a create request means. What is not certain is
// unknown: time-outs, resets, 408, redirects, 5xx, answers that were torn or
// are no order. Only a request that never got a connection, and answers that
// the shop gives before it looks at the order, are certain.
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

// The delays of company probes, failed reads and reports.
const (
	probeFirst, probeLongest   = 10 * time.Second, 15 * time.Minute
	probeFew                   = 2 * time.Minute  // the longest, while only few orders fail
	freshEvery                 = 20 * time.Second // while many fail, one that has not failed yet is tried so often
	readLongest                = 2 * time.Minute
	lackLongest                = 30 * time.Second
	reportFirst, reportLongest = 2 * time.Second, time.Hour

	reportGiveUp     = 72 * time.Hour
	reportUnknownFor = 15 * time.Minute // how long a 404 is believed to be the chat's delay
)

// A verdict is what becomes of a report that was sent.
type verdict int

const (
	reportDone    verdict = iota // acknowledged
	reportStale                  // the chat has something newer: done, with a note
	reportAgain                  // later
	reportParked                 // not again by itself
	reportStopped                // the company's reports stop until its settings change
)

// judgeReport decides on the answer to a report that has failed since the
// given time for the tries-th time; delay is for reportAgain.
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
