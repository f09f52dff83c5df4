package notify

import (
	"context"
	"net/http"
	"time"
)

// A Webhook posts JSON: {"event", "cause", "company", "since", "subject",
// "text", "link"}.
type Webhook struct {
	URL       string
	Token     string // sent as Authorization: Bearer; "" = none
	UserAgent string

	// Transport carries the request.
	Transport http.RoundTripper
}

// Send posts the message. Any 2xx is an acknowledgement.
func (w Webhook) Send(ctx context.Context, m Message) error {
	h := http.Header{}
	if w.UserAgent != "" {
		h.Set("User-Agent", w.UserAgent)
	}
	if w.Token != "" {
		h.Set("Authorization", "Bearer "+w.Token)
	}
	body := struct {
		Event   string     `json:"event"`
		Cause   string     `json:"cause,omitempty"`
		Company string     `json:"company,omitempty"`
		Since   *time.Time `json:"since,omitempty"`
		Subject string     `json:"subject"`
		Text    string     `json:"text"`
		Link    string     `json:"link,omitempty"`
	}{Event: m.Event, Cause: m.Cause, Company: m.Company, Subject: m.Subject, Text: m.Text, Link: m.Link}
	if !m.Since.IsZero() {
		since := m.Since.UTC()
		body.Since = &since
	}
	res, err := post(ctx, w.Transport, w.URL, h, body)
	if err != nil || res.status/100 == 2 {
		return err
	}
	return &Error{Status: res.status, Words: clip(string(res.body)), RetryAfter: res.retryAfter}
}
