// Package noredirect makes HTTP clients that take a redirect for an answer like any other.
//
// A redirect would carry a secret or a customer's order elsewhere. Nor does a client of this
// package read where one leads: net/http fails on an address that is none, with an error that
// quotes it, and with it what the redirect repeats of the URL that was asked.
package noredirect

import (
	"net/http"
	"time"
)

// Client makes a client of a transport. Its answers have no header Location.
func Client(transport http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: nowhere{transport}, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// nowhere takes from answers where a redirect leads.
type nowhere struct{ http.RoundTripper }

func (n nowhere) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := n.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Header.Del("Location")
	}
	return resp, err
}
