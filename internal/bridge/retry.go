package bridge

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ineed-insales/insales"
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

// companyProblem says in a code what a failed request shows about the
// company's access, whatever the request was for.
func companyProblem(err error) storage.Problem {
	var e *insales.Error
	if !errors.As(err, &e) {
		return storage.Problem{Code: ProblemShopUnreachable, Args: map[string]string{"reason": "error"}}
	}
	switch {
	case e.Status == 0:
		return storage.Problem{Code: ProblemShopUnreachable, Args: map[string]string{"reason": networkReason(e.Err)}}
	case e.Shielded:
		p := problemOf(ProblemShopShielded, "status", strconv.Itoa(e.Status))
		if e.Shield != "" {
			p.Args["name"] = e.Shield
		}
		return p
	case e.Status == http.StatusUnauthorized:
		return storage.Problem{Code: ProblemKeyRejected}
	case e.Status == http.StatusForbidden:
		return storage.Problem{Code: ProblemRightMissing, Args: map[string]string{"operation": e.Op}}
	case e.Status == http.StatusNotFound:
		return storage.Problem{Code: ProblemShopNotFound}
	case e.Status == http.StatusLocked:
		return storage.Problem{Code: ProblemShopLocked}
	case e.Status/100 == 3 && e.MovedTo != "":
		return storage.Problem{Code: ProblemShopRedirects, Args: map[string]string{"to": clip(e.MovedTo, 253)}}
	case e.Status/100 == 3:
		return storage.Problem{Code: ProblemShopRedirects}
	}
	return storage.Problem{Code: ProblemShopFailing, Args: map[string]string{"status": strconv.Itoa(e.Status)}}
}

// certainFault reports whether one such failure is enough to know that the
// next request would fail too.
func certainFault(err error) bool {
	var e *insales.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusLocked:
		return true
	}
	return e.Status/100 == 3 || e.Shielded && e.Status/100 == 4
}

// networkReason names a network failure without addresses.
func networkReason(err error) string {
	text := err.Error()
	switch {
	case strings.Contains(text, "no such host"):
		return "dns"
	case strings.Contains(text, "refused"):
		return "refused"
	case strings.Contains(text, "certificate") || strings.Contains(text, "tls:"):
		return "tls"
	case strings.Contains(text, "prohibited"):
		return "private address"
	case isTimeout(err):
		return "timeout"
	}
	return "network"
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// backoff gives the delay after n failures (n ≥ 1): first, doubled each time,
// with a fifth of jitter either way so that many do not come back together, and
// never above longest: a due time further away than storage.MaxDelay is due.
func backoff(n int, first, longest time.Duration) time.Duration {
	d := longest * 5 / 6 // longest with the jitter
	if n < 30 {
		d = min(first<<(n-1), d)
	}
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// The delays of company probes, failed reads and reports.
const (
	probeFirst, probeLongest   = 10 * time.Second, 15 * time.Minute
	probeFew                   = 2 * time.Minute  // the longest, while only few orders fail
	freshEvery                 = 20 * time.Second // while many fail, one that has not failed yet is tried so often
	readFirst, readLongest     = 2 * time.Second, 2 * time.Minute
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
	delay = max(backoff(tries, reportFirst, reportLongest), min(e.RetryAfter, storage.MaxDelay))
	switch e.Status {
	case http.StatusConflict:
		return reportStale, 0, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return reportStopped, 0, &storage.Problem{Code: ProblemChatRejected, Args: map[string]string{"status": strconv.Itoa(e.Status)}}
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return reportParked, 0, &storage.Problem{Code: ProblemReportRefused,
			Args: map[string]string{"status": strconv.Itoa(e.Status), "message": e.Message}}
	case http.StatusNotFound:
		if now.Sub(since) >= reportUnknownFor {
			return reportParked, 0, &storage.Problem{Code: ProblemReportNotFound}
		}
		delay = min(delay, time.Minute)
	}
	if now.Sub(since) >= reportGiveUp {
		return reportParked, 0, &storage.Problem{Code: ProblemReportExpired}
	}
	return reportAgain, delay, nil
}
