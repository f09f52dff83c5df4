package outcome

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// answered is a failure with the shop's answer.
func answered(status int, change ...func(*insales.Error)) *insales.Error {
	e := &insales.Error{Op: "order_create", Status: status, Reached: true}
	for _, f := range change {
		f(e)
	}
	return e
}

func limited(e *insales.Error) { e.Limited, e.RetryAfter = true, time.Minute }
func shielded(e *insales.Error) {
	e.Page, e.Shielded, e.Shield = true, true, "DDoS-Guard"
}
func torn(e *insales.Error)  { e.Err = io.ErrUnexpectedEOF }
func moved(e *insales.Error) { e.MovedTo = "shop-1.myinsales.ru" }

// Every outcome of a create request, in one table: what it means for the order,
// what it says about the company, and whether the next request would fail too.
// Only what is sure not to have made an order may be anything but unknown.
func TestOfCreate(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 443},
		Err: syscall.ECONNREFUSED}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	for _, tt := range []struct {
		name    string
		err     error
		want    Create
		problem string
		certain bool
	}{
		{"no connection", &insales.Error{Op: "order_create", Err: refused}, CompanyFault,
			"shop_unreachable reason=refused", false},
		{"no connection in time", &insales.Error{Op: "order_create", Err: os.ErrDeadlineExceeded}, CompanyFault,
			"shop_unreachable reason=timeout", false},
		{"reset", &insales.Error{Op: "order_create", Reached: true, Err: reset}, Unknown,
			"shop_unreachable reason=network", false},
		{"no answer in time", &insales.Error{Op: "order_create", Reached: true, Err: context.DeadlineExceeded},
			Unknown, "shop_unreachable reason=timeout", false},
		{"refused behind a connection", &insales.Error{Op: "order_create", Reached: true, Err: refused}, Unknown,
			"shop_unreachable reason=refused", false},
		{"200, torn", answered(200, torn), Unknown, "shop_failing status=200", false},
		{"201, no order", answered(201, torn), Unknown, "shop_failing status=201", false},
		{"301", answered(301), Unknown, "shop_redirects", true},
		{"301 to a host", answered(301, moved), Unknown, "shop_redirects to=shop-1.myinsales.ru", true},
		{"302", answered(302), Unknown, "shop_redirects", true},
		{"308", answered(308), Unknown, "shop_redirects", true},
		{"400", answered(400), Refused, "shop_failing status=400", false},
		{"401", answered(401), CompanyFault, "key_rejected", true},
		{"402", answered(402), Unknown, "shop_failing status=402", false},
		{"403", answered(403), CompanyFault, "right_missing operation=order_create", true},
		{"404", answered(404), CompanyFault, "shop_not_found", true},
		{"403 of a protection", answered(403, shielded), CompanyFault,
			"shop_shielded name=DDoS-Guard status=403", true},
		{"404 of a protection", answered(404, shielded), CompanyFault,
			"shop_shielded name=DDoS-Guard status=404", true},
		{"400 of a protection", answered(400, shielded), CompanyFault,
			"shop_shielded name=DDoS-Guard status=400", true},
		{"408 of a protection", answered(408, shielded), Unknown, "shop_shielded name=DDoS-Guard status=408",
			true},
		{"503 of a protection", answered(503, shielded), Unknown, "shop_shielded name=DDoS-Guard status=503",
			false},
		{"200 of a protection", answered(200, shielded), Unknown, "shop_shielded name=DDoS-Guard status=200",
			false},
		{"408", answered(408), Unknown, "shop_failing status=408", false},
		{"409", answered(409), Unknown, "shop_failing status=409", false},
		{"413", answered(413), Unknown, "shop_failing status=413", false},
		{"422", answered(422), Refused, "shop_failing status=422", false},
		{"423", answered(423), CompanyFault, "shop_locked", true},
		{"429", answered(429, limited), NotDelivered, "shop_failing status=429", false},
		{"500", answered(500), Unknown, "shop_failing status=500", false},
		{"502", answered(502), Unknown, "shop_failing status=502", false},
		{"503 with API-Usage-Limit", answered(503, limited), NotDelivered, "shop_failing status=503", false},
		{"503 of a gateway", answered(503), Unknown, "shop_failing status=503", false},
		{"504", answered(504), Unknown, "shop_failing status=504", false},
		{"foreign error", errors.New("out of cheese"), Unknown, "shop_unreachable reason=error", false},
		{"cut off by us", context.Canceled, Unknown, "shop_unreachable reason=error", false},
	} {
		for name, err := range map[string]error{tt.name: tt.err,
			tt.name + ", wrapped": fmt.Errorf("order 2/A-1: %w", tt.err)} {
			if got := OfCreate(err); got != tt.want {
				t.Errorf("%s: outcome %d, want %d", name, got, tt.want)
			}
			if p := problem.OfShop(err); problemText(&p) != tt.problem {
				t.Errorf("%s: problem %q, want %q", name, problemText(&p), tt.problem)
			}
			if got := problem.Certain(err); got != tt.certain {
				t.Errorf("%s: certain %v, want %v", name, got, tt.certain)
			}
		}
	}
	if got := OfCreate(nil); got != Created {
		t.Errorf("no error: outcome %d", got)
	}
}

// problemText is a problem as one text: its code and, by name, its arguments.
func problemText(p *storage.Problem) string {
	if p == nil {
		return ""
	}
	text := p.Code
	for _, name := range slices.Sorted(maps.Keys(p.Args)) {
		text += " " + name + "=" + p.Args[name]
	}
	return text
}
