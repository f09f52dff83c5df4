package ineedchat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"ineed-insales/internal/legible"
	"ineed-insales/internal/noredirect"
	"ineed-insales/internal/retryafter"
)

// OpReportStatus is the operation of ReportStatus in errors and metrics.
const OpReportStatus = "report_status"

const (
	requestTimeout = 15 * time.Second // connecting, sending and reading the answer
	dialTimeout    = 3 * time.Second
	maxBatchAnswer = 1 << 20     // a hundred products, each with something against it
	maxOtherAnswer = maxKept + 1 // of a report or an error: what people are shown
	maxMessage     = 200         // characters of the receiver's words that are kept
)

// A Config says where one company's chat is and how to be believed there.
type Config struct {
	URL    string // http or https, may have a path prefix; user, query and fragment are dropped
	Token  string // for Authorization: Bearer; empty = none
	Secret string // signs the requests; one that is no ValidSecret, such as a bearer company's token, does not

	UserAgent string

	// Transport carries the requests and should give up connecting after three
	// seconds; clients may and should share one. Nil means one of this client's
	// own that does so.
	Transport http.RoundTripper

	// Observe is told of every request: its operation, the code of the answer
	// or "timeout" or "error", and how long it took. Nil means nobody.
	Observe func(op, code string, d time.Duration)
}

// A Client tells INEED.CHAT about one company. It is safe for concurrent use.
type Client struct {
	cfg  Config
	base *url.URL // nil if the URL is no good
	http *http.Client
}

// New makes a client. A bad URL is reported by the calls.
func New(cfg Config) *Client {
	if cfg.Transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.DialContext = (&net.Dialer{Timeout: dialTimeout}).DialContext
		cfg.Transport = own
	}
	if cfg.Observe == nil {
		cfg.Observe = func(string, string, time.Duration) {}
	}
	return &Client{
		cfg:  cfg,
		base: parseBase(cfg.URL),
		http: noredirect.Client(cfg.Transport, requestTimeout),
	}
}

// parseBase gives nil rather than an error: that of url.Parse quotes its input,
// and with it a password that somebody put there.
func parseBase(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
}

// An Exchange is what was sent and what came back, as it was, for people to
// look at: of a long answer the beginning, without our own secrets.
type Exchange struct {
	Request, Answer []byte
	ID              string // the webhook-id of the request; "" = it has none
}

const maxKept = 64 << 10 // of an answer

// ReportStatus tells the chat how an order of company stands. Nil means that
// the chat has acknowledged it; the error is an *Error. Calling it again with
// the same revision is harmless.
func (c *Client) ReportStatus(ctx context.Context, company string, s Status) (Exchange, error) {
	if s.Version == "" {
		s.Version = Version
	}
	if !segment(company) || !segment(s.OrderID) {
		return Exchange{}, &Error{Op: OpReportStatus, Err: errNoID}
	}
	body, err := json.Marshal(s)
	if err != nil {
		return Exchange{}, &Error{Op: OpReportStatus, Err: err}
	}
	path := []string{"v1", "companies", company, "orders", s.OrderID, "status"}
	id := reportID(company, s)
	answer, err := c.put(ctx, OpReportStatus, path, id, body)
	if !ValidSecret(c.cfg.Secret) {
		id = "" // what is not signed bears none
	}
	return Exchange{body, c.shown(answer.text), id}, err
}

// shown is a text as it is kept for people: without our secrets, of a long one the
// beginning.
func (c *Client) shown(text []byte) []byte {
	masked := c.Mask(string(text))
	if len(masked) > maxKept {
		masked = masked[:maxKept] + "…"
	}
	return []byte(masked)
}

// segment reports whether a text stays where it is put in a path. "." and ".."
// would be resolved away and leave the address of something else; ValidID keeps
// them out at every entrance, and this is the last one. Three dots are a name like
// any other.
func segment(s string) bool { return s != "" && s != "." && s != ".." }

// reportID is the webhook id of a report: the same on every retry, another for
// every revision. It is a hash because ids may hold dots, which it may not, and
// together they are too long.
func reportID(company string, s Status) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", company, s.OrderID, s.Revision))
	return "status_" + hex.EncodeToString(sum[:16])
}

var (
	errNoID = errors.New("no usable company or order id")
	errURL  = errors.New("the chat URL is not an http or https address")
)

// An answer is the body of one; torn, what came of it.
type answer struct {
	text []byte
	torn bool
}

// whole gives the body, nil if it is torn.
func (a answer) whole() []byte {
	if a.torn {
		return nil
	}
	return a.text
}

// put sends one document, judges the answer and gives its body. PUT is idempotent, so a request
// that net/http repeats on a fresh connection by itself does no harm.
func (c *Client) put(ctx context.Context, op string, path []string, id string, body []byte) (answer, error) {
	if c.base == nil {
		return answer{}, &Error{Op: op, Err: errURL}
	}
	for i, segment := range path {
		path[i] = url.PathEscape(segment)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, c.base.JoinPath(path...).String(),
		bytes.NewReader(body))
	if err != nil {
		return answer{}, &Error{Op: op, Err: withoutURL(err)}
	}
	if err := c.authorize(req, id, body); err != nil {
		return answer{}, &Error{Op: op, Err: err}
	}
	got, resp, err := c.do(op, req)
	switch {
	case err != nil:
		return answer{}, err
	case resp.StatusCode/100 == 2 && !isPage(got.text):
		return got, nil
	}
	return got, c.answered(op, resp, got)
}

// do sends a request and reads the answer, whatever it says. The error is an *Error.
func (c *Client) do(op string, req *http.Request) (answer, *http.Response, error) {
	start := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		err = withoutURL(err)
		c.cfg.Observe(op, failure(err), time.Since(start))
		return answer{}, nil, &Error{Op: op, Err: err}
	}
	defer resp.Body.Close()
	// A torn answer is an answer: the code is what counts, the text is a bonus.
	most := int64(maxOtherAnswer)
	if op == OpCatalogBatch && resp.StatusCode/100 == 2 {
		most = maxBatchAnswer
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, most))
	c.cfg.Observe(op, strconv.Itoa(resp.StatusCode), time.Since(start))
	return answer{text, err != nil}, resp, nil
}

// answered is the error of an answer by which the chat has not taken what it was sent.
func (c *Client) answered(op string, resp *http.Response, got answer) error {
	return &Error{Op: op, Status: resp.StatusCode, RetryAfter: retryafter.Of(resp.Header),
		Message: c.message(got.whole())}
}

// isPage reports whether an answer is a whole page of HTML: the word of what
// stands in front of the chat, such as a notice that it is being worked on,
// whatever code it comes with. The chat itself has taken nothing then.
func isPage(text []byte) bool {
	text = bytes.ToLower(bytes.TrimLeft(text[:min(len(text), 1024)], " \t\r\n\ufeff"))
	return bytes.HasPrefix(text, []byte("<!doctype html")) || bytes.HasPrefix(text, []byte("<html"))
}

// authorize sets the headers of a request. The signature is of this attempt:
// its time is now.
func (c *Client) authorize(req *http.Request, id string, body []byte) error {
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, application/problem+json")
	if c.cfg.UserAgent != "" {
		req.Header.Set("User-Agent", c.cfg.UserAgent)
	}
	if c.cfg.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	}
	if !ValidSecret(c.cfg.Secret) {
		return nil
	}
	signed, err := Sign(c.cfg.Secret, id, time.Now(), body)
	if err != nil {
		return err
	}
	maps.Copy(req.Header, signed)
	return nil
}

// message is what the receiver says is wrong, made fit for a log and a page:
// one short line, and without our own secrets should it echo them.
func (c *Client) message(answer []byte) string {
	answer = readable(answer)
	// Separate fields of any type, for a problem (RFC 9457) or its look-alikes.
	var problem struct {
		Detail  json.RawMessage `json:"detail"`
		Title   json.RawMessage `json:"title"`
		Message json.RawMessage `json:"message"`
		Error   json.RawMessage `json:"error"`
	}
	if _, err := read(answer, &problem, "", 0); err != nil {
		return "" // a proxy's HTML helps nobody
	}
	for _, raw := range []json.RawMessage{problem.Detail, problem.Title, problem.Message, problem.Error} {
		if text := textOf(raw); text != "" {
			return shorten(c.Mask(text))
		}
	}
	return ""
}

// readable is an answer without a byte order mark, and with U+FFFD where it is no UTF-8.
func readable(answer []byte) []byte {
	answer = bytes.TrimPrefix(answer, []byte(byteOrderMark))
	if utf8.Valid(answer) {
		return answer
	}
	return bytes.ToValidUTF8(answer, []byte("\uFFFD"))
}

// textOf is what a JSON string says; "" for any other value.
func textOf(raw json.RawMessage) string {
	if len(raw) == 0 || raw[0] != '"' {
		return ""
	}
	text, _ := jsontext.AppendUnquote(nil, raw) // half a surrogate pair becomes U+FFFD
	return string(text)
}

// shorten makes one line of text and cuts it by characters, not bytes.
func shorten(text string) string {
	runes := []rune(strings.TrimSpace(legible.Line(text)))
	return string(runes[:min(len(runes), maxMessage)])
}

// withoutURL takes the URL off an error of net/http.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// failure is the code of a request that got no answer, for Observe.
func failure(err error) string {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "timeout"
	}
	return "error"
}

// An Error is a request that INEED.CHAT did not answer with 2xx. It carries
// neither our secrets nor the URL.
type Error struct {
	Op         string        // OpReportStatus or OpCatalogBatch
	Status     int           // of the answer; 0 = there was none
	RetryAfter time.Duration // how long the receiver asks us to wait; 0 = it does not
	Message    string        // its own words, one line of at most 200 characters
	Err        error         // why there was no answer
}

// Error is for logs.
func (e *Error) Error() string {
	switch {
	case e.Err != nil && e.Status != 0:
		return fmt.Sprintf("ineedchat: %s: %d: %v", e.Op, e.Status, e.Err)
	case e.Err != nil:
		return fmt.Sprintf("ineedchat: %s: %v", e.Op, e.Err)
	case e.Message != "":
		return fmt.Sprintf("ineedchat: %s: %d: %s", e.Op, e.Status, e.Message)
	default:
		return fmt.Sprintf("ineedchat: %s: %d", e.Op, e.Status)
	}
}

// Unwrap gives the reason why there was no answer.
func (e *Error) Unwrap() error { return e.Err }
