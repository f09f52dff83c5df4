package outcome

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// The delays between two reports of one status, and between two tellings of one
// payment: they double from the first to the longest.
const (
	ReportFirst   = 2 * time.Second
	ReportLongest = time.Hour
)

// When a report is given up.
const (
	reportGiveUp     = 72 * time.Hour   // a report that has failed for so long is parked
	reportUnknownFor = 15 * time.Minute // a 404 is taken so long for a delay of the chat's

	reportProgramTries = 5 // of a program that takes too long or too much
)

// A Report is what becomes of a report that was sent.
type Report int

// What may become of a report.
const (
	Acknowledged Report = iota // the chat has it
	Stale                      // the chat has something newer: it is done, with a notice
	Again                      // it is sent again later
	Parked                     // it is sent again only if a person says so
	Stopped                    // the company's reports stop until its settings change
)

// OfReport decides by the chat's answer what becomes of a report. The report has failed
// since the given time, and tries times with this one. delay is how long to wait if it
// is sent again, and p why it is not. A program that makes no request of a status is no
// fault of the chat: trying it again would fail again, until it is mended. Only what may
// have been the machine's fault is tried a few times.
func OfReport(err error, since, now time.Time, tries int) (v Report, delay time.Duration, p *storage.Problem) {
	if err == nil {
		return Acknowledged, 0, nil
	}
	if e, is := errors.AsType[*wire.ReportError](err); is {
		if e.MayPass() && tries < reportProgramTries {
			return Again, company.Backoff(tries, ReportFirst, ReportLongest), nil
		}
		return Parked, 0, &storage.Problem{Code: problem.ReportProgram,
			Args: map[string]string{"kind": string(e.Kind), "field": e.Field}}
	}
	var e *ineedchat.Error
	if !errors.As(err, &e) {
		e = &ineedchat.Error{}
	}
	delay = max(company.Backoff(tries, ReportFirst, ReportLongest), min(e.RetryAfter, storage.MaxDelay))
	switch e.Status {
	case http.StatusConflict:
		return Stale, 0, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return Stopped, 0, &storage.Problem{Code: problem.ChatRejected,
			Args: map[string]string{"status": strconv.Itoa(e.Status)}}
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return Parked, 0, &storage.Problem{Code: problem.ReportRefused,
			Args: map[string]string{"status": strconv.Itoa(e.Status), "message": e.Message}}
	case http.StatusNotFound:
		if now.Sub(since) >= reportUnknownFor {
			return Parked, 0, &storage.Problem{Code: problem.ReportNotFound}
		}
		delay = min(delay, time.Minute)
	}
	if now.Sub(since) >= reportGiveUp {
		return Parked, 0, &storage.Problem{Code: problem.ReportExpired}
	}
	return Again, delay, nil
}
