package ineedchattest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	webhook "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"ineed-insales/internal/retryafter"
)

// A Sender posts webhooks to the connector as INEED.CHAT does. Its fields must
// not change while it is used.
type Sender struct {
	URL     string // of the connector, without the path
	Company string
	Secret  string // whsec_…: signs; "" = does not
	Token   string // sent as a bearer token if set
	// PathToken is appended to the path, for a company in path mode.
	PathToken string

	Client   *http.Client    // nil = http.DefaultClient
	Delays   []time.Duration // between the attempts of Deliver; nil = defaultDelays
	NoHeader bool            // leave webhook-id and webhook-timestamp out when there is no secret
}

// defaultDelays are the pauses of [Sender.Deliver]: eight attempts in about
// eleven minutes.
func defaultDelays() []time.Duration {
	return []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second,
		30 * time.Second, 2 * time.Minute, 8 * time.Minute,
	}
}

// An Answer is what the connector said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// OK reports whether the connector took responsibility for the message.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// NewID makes a webhook-id for one message and all its retries.
func NewID() string { return "msg_" + rand.Text() }

// Send posts a message once, under a new webhook-id.
func (s Sender) Send(ctx context.Context, body []byte) (Answer, error) {
	return s.SendWithID(ctx, NewID(), body)
}

// SendWithID posts a message once; a retry uses the id of the first attempt.
// The timestamp, and so the signature, is of this attempt.
func (s Sender) SendWithID(ctx context.Context, id string, body []byte) (Answer, error) {
	url := strings.TrimSuffix(s.URL, "/") + "/webhooks/ineedchat/" + s.Company
	if s.PathToken != "" {
		url += "/" + s.PathToken
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("message %s: %w", id, err)
	}
	if err := s.sign(r, id, body); err != nil {
		return Answer{}, fmt.Errorf("message %s: %w", id, err)
	}
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(r)
	if err != nil {
		return Answer{}, fmt.Errorf("message %s: %w", id, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return Answer{}, fmt.Errorf("message %s: %w", id, err)
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: answer}, nil
}

// sign sets the headers of the three ways to authenticate.
func (s Sender) sign(r *http.Request, id string, body []byte) error {
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "ineedchat-sandbox/1")
	if s.Token != "" {
		r.Header.Set("Authorization", "Bearer "+s.Token)
	}
	if s.NoHeader && s.Secret == "" {
		return nil
	}
	now := time.Now()
	r.Header.Set(webhook.HeaderWebhookID, id)
	r.Header.Set(webhook.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	if s.Secret == "" {
		return nil
	}
	w, err := webhook.NewWebhook(s.Secret)
	if err != nil {
		return err
	}
	signature, err := w.Sign(id, now, body)
	if err != nil {
		return err
	}
	r.Header.Set(webhook.HeaderWebhookSignature, signature)
	return nil
}

// Deliver posts a message until the connector answers 2xx, under one webhook-id,
// with the pauses of Delays or what a Retry-After asks for if that is longer. It
// returns the last answer, with the last error if there was no answer.
func (s Sender) Deliver(ctx context.Context, body []byte) (Answer, error) {
	id, delays := NewID(), s.Delays
	if delays == nil {
		delays = defaultDelays()
	}
	for attempt := 0; ; attempt++ {
		a, err := s.SendWithID(ctx, id, body)
		if (err == nil && a.OK()) || attempt == len(delays) || ctx.Err() != nil {
			return a, err
		}
		if !wait(ctx, max(delays[attempt], retryafter.Of(a.Header))) {
			return a, ctx.Err()
		}
	}
}
