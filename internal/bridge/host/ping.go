package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/noredirect"
)

// A machine that is gone tells nobody. So while all is well an address is asked once a minute,
// and whoever keeps it, such as Healthchecks or Uptime Kuma, tells people when that stops. When
// something is wrong it is not asked either: what is wrong may be why nobody hears of it from us.
//
// Both services take a GET and answer 2xx. The address is a secret, because whoever has it can
// say that all is well: it is in no log and in no error, and it is never taken elsewhere by a
// redirect.
const (
	pingEvery   = time.Minute
	pingTimeout = 10 * time.Second
	pingAnswer  = 4 << 10 // bytes of the answer that are read, so that the connection ends well
)

// A pinger asks the address.
type pinger struct {
	url       string
	userAgent string
	client    *http.Client

	failing bool     // the last try failed; only the loop touches it
	last    lastTime // when the address last answered
}

func newPinger(cfg Config) *pinger {
	transport := cfg.PingTransport
	if transport == nil {
		t := company.NewTransport(company.Way{AllowPrivate: true, Proxy: cfg.Proxy}, company.ChatConnect)
		t.DisableKeepAlives = true
		transport = t
	}
	return &pinger{url: cfg.PingURL, userAgent: cfg.UserAgent, client: noredirect.Client(transport, pingTimeout)}
}

// pingDue is the step of the loop: it asks, unless something is wrong.
func (m *Monitor) pingDue(ctx context.Context) time.Duration {
	m.mu.Lock()
	looked := m.looked
	m.mu.Unlock()
	if !looked { // a process that is killed again and again must not say that all is well
		return time.Second
	}
	if m.cfg.Ready() != nil || len(m.All()) > 0 {
		return pingEvery
	}
	p := m.ping
	err := p.ask(ctx)
	switch {
	case ctx.Err() != nil:
	case err == nil:
		p.last.set(time.Now())
		if p.failing {
			m.cfg.Log.Info("CONNECTOR_PING_URL answers again")
		}
		p.failing = false
	case !p.failing:
		m.cfg.Log.Warn("CONNECTOR_PING_URL does not answer as it should: whoever keeps it will take us for gone",
			"err", err)
		p.failing = true
	}
	return pingEvery
}

// ask asks once. Its error has nothing of the address.
func (p *pinger) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url, nil)
	if err != nil {
		return errors.New("it is no URL")
	}
	req.Header.Set("User-Agent", p.userAgent)
	resp, err := p.client.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok { // which repeats the URL
			err = e.Err
		}
		return err
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, pingAnswer) // what it says is not for us
	switch resp.StatusCode / 100 {
	case 2:
		return nil
	case 3:
		return fmt.Errorf("status %d: redirects are not followed, name the address itself", resp.StatusCode)
	}
	return fmt.Errorf("status %d", resp.StatusCode)
}
