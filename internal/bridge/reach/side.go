package reach

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ineed-insales/internal/bridge/problem"
)

// An answer is what came of asking one address.
type answer struct {
	findings []Finding
	told     bool          // it has told the time
	ahead    time.Duration // by which its clock is ahead of ours
}

// How long before its end a certificate is worth a warning.
const certificateEnds = 14 * 24 * time.Hour

// ask asks one side. The findings are the name, the certificate and the answer, as far as it
// came: what was not tried because something before it failed is not listed.
func (s *Scout) ask(ctx context.Context, side Side) answer {
	args := map[string]string{"company": side.Company, "side": side.Name}
	if side.URL == "" {
		return answer{findings: []Finding{{Name: side.Name, Args: args, Result: Warning, Reason: "unset"}}}
	}
	u, err := url.Parse(side.URL)
	if err != nil {
		return answer{findings: []Finding{{Name: side.Name, Args: args, Result: Problem, Reason: "network"}}}
	}
	args["host"] = u.Host
	var resolved bool
	trace := &httptrace.ClientTrace{DNSDone: func(i httptrace.DNSDoneInfo) { resolved = i.Err == nil }}
	resp, took, err := s.get(httptrace.WithClientTrace(ctx, trace), side.Transport, side.URL)
	var a answer
	if err != nil {
		a.findings = failed(ctx, side.Name, args, err, resolved)
		return a
	}
	defer resp.Body.Close()
	if resolved {
		a.findings = append(a.findings, Finding{Name: "dns", Args: args, Result: OK})
	}
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		a.findings = append(a.findings, certificate(args, resp.TLS.PeerCertificates[0].NotAfter))
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		// The header has whole seconds, and was written somewhere on the way.
		a.told, a.ahead = true, time.Until(at)+took/2+500*time.Millisecond
	}
	last := Finding{Name: side.Name, Args: args, Result: OK}
	if resp.StatusCode >= http.StatusInternalServerError {
		last.Result, last.Reason = Warning, "status"
		last.Args = with(args, "status", strconv.Itoa(resp.StatusCode))
	}
	a.findings = append(a.findings, last)
	return a
}

// failed says where asking has failed: at the name, at the certificate, or later.
func failed(ctx context.Context, name string, args map[string]string, err error, resolved bool) []Finding {
	if ctx.Err() != nil {
		return []Finding{{Name: name, Args: args, Result: Unchecked, Reason: "late"}}
	}
	reason := problem.NetworkReason(err)
	last := Finding{Name: name, Args: args, Result: Problem, Reason: reason}
	switch {
	case reason == "dns":
		last.Name = "dns"
		return []Finding{last}
	case reason == "tls":
		last.Name = "tls"
	case reason == "private address":
		last.Reason = "private"
	}
	if !resolved {
		return []Finding{last}
	}
	return []Finding{{Name: "dns", Args: args, Result: OK}, last}
}

// certificate judges how long one is valid yet.
func certificate(args map[string]string, ends time.Time) Finding {
	f := Finding{Name: "tls", Result: OK, Args: with(args, "until", ends.UTC().Format(time.DateOnly))}
	if time.Until(ends) < certificateEnds {
		f.Result, f.Reason = Warning, "ends"
	}
	return f
}

// get asks for a page and reads nothing of it. Redirects are answers, too.
func (s *Scout) get(ctx context.Context, rt http.RoundTripper, address string) (*http.Response, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		cancel()
		return nil, 0, err
	}
	req.Header.Set("User-Agent", s.cfg.UserAgent)
	began := time.Now()
	resp, err := rt.RoundTrip(req)
	if err != nil {
		cancel()
		return nil, 0, err
	}
	resp.Body = &ending{resp.Body, cancel}
	return resp, time.Since(began), nil
}

// An ending is a body whose context ends with it.
type ending struct {
	io.ReadCloser
	cancel func()
}

func (e *ending) Close() error {
	err := e.ReadCloser.Close()
	e.cancel()
	return err
}

// longestEcho is more than an echo has.
const longestEcho = 256

// askOurselves asks our public URL for an echo.
func (s *Scout) askOurselves(ctx context.Context) answer {
	public := Finding{Name: "public", Result: Warning, Reason: "unset"}
	if s.cfg.PublicURL == "" {
		return answer{findings: []Finding{public}}
	}
	public.Args = map[string]string{"url": s.cfg.PublicURL}
	asked, want, done := s.expect()
	defer done()
	resp, _, err := s.get(ctx, s.cfg.Transport, s.echoURL(asked))
	if err != nil {
		public.Reason = problem.NetworkReason(err)
		switch public.Reason {
		case "tls":
			public.Result = Problem
		case "dns":
			public.Result = Problem
		default:
			// Some routers do not let a machine reach itself by its outer address.
			public.Args["reason"], public.Reason = public.Reason, "unreachable"
		}
		return answer{findings: []Finding{public}}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, longestEcho))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		text = nil
	}
	var list []Finding
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		c := certificate(map[string]string{"side": "public"}, resp.TLS.PeerCertificates[0].NotAfter)
		c.Args["host"] = resp.Request.URL.Host
		list = append(list, c)
	}
	public.Result, public.Reason = OK, ""
	if resp.StatusCode != http.StatusOK || strings.TrimSpace(string(text)) != want {
		public.Result, public.Reason = Problem, "stranger"
		public.Args["status"] = strconv.Itoa(resp.StatusCode)
	} else if insecure(s.cfg.PublicURL) {
		public.Result, public.Reason = Warning, "plain"
	}
	return answer{findings: append(list, public)}
}

// insecure reports whether a URL is http, and not of a machine of our own.
func insecure(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() != "localhost" && (err != nil || !addr.IsLoopback() && !addr.IsPrivate())
}

func with(args map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for n, v := range args {
		out[n] = v
	}
	return out
}
