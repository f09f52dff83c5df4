package problem

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// ErrClock says that the shop's answers carry no time by which orders could be judged,
// or of a sudden a wholly other one.
var ErrClock = errors.New("the shop's clock cannot be used")

// OfShop says in a code what a failed request shows about the company's access,
// whatever the request was for. A protection that answers in the shop's stead comes
// before the status, because the status is then its own and not the shop's.
func OfShop(err error) storage.Problem {
	var e *insales.Error
	if errors.Is(err, ErrClock) {
		return storage.Problem{Code: ShopUnreachable, Args: map[string]string{"reason": "clock"}}
	}
	if !errors.As(err, &e) {
		return storage.Problem{Code: ShopUnreachable, Args: map[string]string{"reason": "error"}}
	}
	switch {
	case e.Status == 0:
		return storage.Problem{Code: ShopUnreachable, Args: map[string]string{"reason": NetworkReason(e.Err)}}
	case e.Shielded:
		p := Of(ShopShielded, "status", strconv.Itoa(e.Status))
		if e.Shield != "" {
			p.Args["name"] = e.Shield
		}
		return p
	case e.Status == http.StatusUnauthorized:
		return storage.Problem{Code: KeyRejected}
	case e.Status == http.StatusForbidden:
		return storage.Problem{Code: rightMissing, Args: map[string]string{"operation": e.Op}}
	case e.Status == http.StatusNotFound:
		return storage.Problem{Code: ShopNotFound}
	case e.Status == http.StatusLocked:
		return storage.Problem{Code: ShopLocked}
	case e.Status/100 == 3 && e.MovedTo != "":
		return storage.Problem{Code: ShopRedirects, Args: map[string]string{"to": Clip(e.MovedTo, 253)}}
	case e.Status/100 == 3:
		return storage.Problem{Code: ShopRedirects}
	}
	return storage.Problem{Code: ShopFailing, Args: map[string]string{"status": strconv.Itoa(e.Status)}}
}

// Certain reports whether one such failure is enough to know that the next request
// would fail too. Other failures alarm people only after several in a row.
func Certain(err error) bool {
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

// NetworkReason names a network failure without addresses.
func NetworkReason(err error) string {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		header      tls.RecordHeaderError
		op          *net.OpError
	)
	switch {
	case errors.As(err, &op) && (op.Op == "proxyconnect" || op.Op == "socks connect"):
		return "proxy"
	case errors.As(err, &name) && name.IsNotFound:
		return "dns"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.As(err, &certificate), errors.As(err, &header),
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"),
		strings.Contains(err.Error(), "tls: "): // most reasons why a handshake fails have no type
		return "tls"
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork),
		errors.Is(err, ssrf.ErrProhibitedPort):
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

// Forbidden reports whether the shop itself says that a right is missing.
func Forbidden(err error) bool {
	e, ok := errors.AsType[*insales.Error](err)
	return ok && e.Forbidden()
}

// RejectsKey reports whether the shop itself says that the key is wrong.
func RejectsKey(err error) bool {
	e, ok := errors.AsType[*insales.Error](err)
	return ok && e.Status == http.StatusUnauthorized && !e.Shielded
}

// NotThere reports whether the shop itself says that it has no such thing.
func NotThere(err error) bool {
	e, ok := errors.AsType[*insales.Error](err)
	return ok && e.Missing()
}

// ShopStatus is the code of the shop's answer, 0 if there was none.
func ShopStatus(err error) int {
	var e *insales.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// RetryAfter is how long the chat, which is busy or down, asks us to wait; 0 if
// it does not.
func RetryAfter(err error) time.Duration {
	var e *ineedchat.Error
	if errors.As(err, &e) && (e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable) {
		return e.RetryAfter
	}
	return 0
}

// ChatStatus is the code of the chat's answer, 0 if there was none.
func ChatStatus(err error) int {
	var e *ineedchat.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// AccountDiffers is the problem of a company that is bound to one account while the
// shop's answers come from another. It stops the company, because orders must not reach
// a shop that is not its own.
func AccountDiffers(bound, found int64) storage.Problem {
	return storage.Problem{Code: AccountChanged,
		Args: map[string]string{"bound": strconv.FormatInt(bound, 10), "found": strconv.FormatInt(found, 10)}}
}

// NoAnswer says why a request on behalf of a person brought no answer.
func NoAnswer(err error) storage.Problem {
	var e *insales.Error
	answered := errors.As(err, &e)
	if answered && e.Limited || !answered && errors.Is(err, context.DeadlineExceeded) {
		return storage.Problem{Code: WindowFull}
	}
	return OfShop(err)
}
