package insalestest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

// A visitor is a client of a shop behind a real http.Server on in-memory
// connections, so aborts and torn bodies are what they are in life, and virtual
// time works.
type visitor struct {
	*http.Client
	keyID, password string
}

// visit serves the shop for the rest of the test.
func visit(t *testing.T, shop *insalestest.Shop) *visitor {
	t.Helper()
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: shop}
	go func() { _ = server.Serve(l) }()
	transport := &http.Transport{DialContext: l.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
	})
	return &visitor{&http.Client{Transport: transport}, insalestest.DefaultKeyID, insalestest.DefaultPassword}
}

type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// A reply is one answer, read completely.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// try sends one request; an error is the connection's.
func (v *visitor) try(ctx context.Context, method, path, body string) (reply, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://shop"+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	r.SetBasicAuth(v.keyID, v.password)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := v.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, b}, err
}

// ask sends one request that must be answered with the status.
func (v *visitor) ask(t *testing.T, method, path, body string, want int) reply {
	t.Helper()
	got, err := v.try(t.Context(), method, path, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if got.status != want {
		t.Fatalf("%s %s = %d %s, want %d", method, path, got.status, got.body, want)
	}
	return got
}

func (r reply) object(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	decode(t, r.body, &m)
	return m
}

func (r reply) ids(t *testing.T) []int64 {
	t.Helper()
	var list []struct{ ID int64 }
	decode(t, r.body, &list)
	ids := []int64{}
	for _, o := range list {
		ids = append(ids, o.ID)
	}
	return ids
}

func decode(t *testing.T, body []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if g, w := fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want); g != w {
		t.Errorf("%s = %s, want %s", what, g, w)
	}
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../../testdata/insales/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAuth(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	v.ask(t, "GET", "/admin/account.json", "", 200)
	v.password = "wrong"
	got := v.ask(t, "GET", "/admin/account.json", "", 401)
	equal(t, "body", string(got.body), "HTTP Basic: Access denied.\n")
	equal(t, "usage", got.header.Get("API-Usage-Limit"), "")

	shop.AddKey("second", "pw")
	v.keyID, v.password = "second", "pw"
	got = v.ask(t, "GET", "/admin/account.json", "", 200)
	equal(t, "usage of the second key", got.header.Get("API-Usage-Limit"), "1/500")
	shop.RevokeKey("second")
	v.ask(t, "GET", "/admin/account.json", "", 401)
}

func TestAccountLooksLikeTheSample(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{AccountID: 7}))
	got := v.ask(t, "GET", "/admin/account.json", "", 200)
	equal(t, "content type", got.header.Get("Content-Type"), "application/json; charset=utf-8")
	for _, d := range differences(t, fixture(t, "account.json"), got.body) {
		if d != ".created_at: not in the sample" && d != ".registration_type_id: not in the sample" { // of 2021
			t.Error(d)
		}
	}
	equal(t, "title", got.object(t)["title"], any(insalestest.DefaultTitle))
	equal(t, "id", got.object(t)["id"], any(json.Number("7")))
}

func TestRights(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	shop.Forbid(insalestest.SectionAccount, insalestest.SectionStatuses)
	got := v.ask(t, "GET", "/admin/account.json", "", 403)
	equal(t, "usage", got.header.Get("API-Usage-Limit"), "1/500")
	v.ask(t, "GET", "/admin/custom_statuses.json", "", 403)
	v.ask(t, "GET", "/admin/orders/count.json", "", 200)
	shop.Allow(insalestest.SectionAccount)
	v.ask(t, "GET", "/admin/account.json", "", 200)
}

func TestUnknownPathsAndMethods(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	for _, path := range []string{"/", "/admin/orders", "/admin/orders.xml", "/admin/nonsense.json",
		"/admin/orders/1.json", "/admin/orders/1/x.json"} {
		got := v.ask(t, "GET", path, "", 404)
		equal(t, path, got.object(t)["error"], any("Not found"))
	}
	v.ask(t, "DELETE", "/admin/account.json", "", 404)
}

func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{Limit: 5})
		v := visit(t, shop)
		got := v.ask(t, "GET", "/admin/account.json", "", 200)
		equal(t, "usage", got.header.Get("API-Usage-Limit"), "1/5")
		equal(t, "date", got.header.Get("Date"), time.Now().UTC().Format(http.TimeFormat))
		time.Sleep(4*time.Minute + 500*time.Millisecond)
		shop.Use(v.keyID, 3)
		v.ask(t, "GET", "/admin/account.json", "", 200)
		got = v.ask(t, "GET", "/admin/account.json", "", 429)
		equal(t, "usage", got.header.Get("API-Usage-Limit"), "6/5")
		equal(t, "retry after", got.header.Get("Retry-After"), "60")
		equal(t, "usage", shop.Usage(v.keyID), 6)

		time.Sleep(time.Minute)
		equal(t, "usage in a new window", shop.Usage(v.keyID), 0)
		got = v.ask(t, "GET", "/admin/account.json", "", 200)
		equal(t, "usage", got.header.Get("API-Usage-Limit"), "1/5")
	})
}

func TestOldLimitStatus(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{Limit: 1, LimitStatus: 503}))
	v.ask(t, "GET", "/admin/account.json", "", 200)
	got := v.ask(t, "GET", "/admin/account.json", "", 503)
	equal(t, "usage", got.header.Get("API-Usage-Limit"), "2/1")
	equal(t, "retry after", got.header.Get("Retry-After"), "300")
}

func TestSkewedClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := visit(t, insalestest.New(insalestest.Config{Skew: time.Hour}))
		got := v.ask(t, "GET", "/admin/account.json", "", 200)
		equal(t, "date", got.header.Get("Date"), time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
	})
}

func TestDictionaries(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	equal(t, "deliveries", v.ask(t, "GET", "/admin/delivery_variants.json", "", 200).ids(t),
		[]int64{7000001, 7000002, 7000003})
	equal(t, "gateways", v.ask(t, "GET", "/admin/payment_gateways.json", "", 200).ids(t), []int64{5000001, 5000002})
	equal(t, "price", v.ask(t, "GET", "/admin/delivery_variants/7000002.json", "", 200).object(t)["price"],
		any("300.0"))
	v.ask(t, "GET", "/admin/delivery_variants/1.json", "", 404)

	var statuses []struct {
		Permalink string
		System    string `json:"system_status"`
	}
	decode(t, v.ask(t, "GET", "/admin/custom_statuses.json", "", 200).body, &statuses)
	equal(t, "statuses", len(statuses), 7)
	equal(t, "declined", statuses[5].Permalink+" "+statuses[5].System, "otmenen declined")
	equal(t, "status", v.ask(t, "GET", "/admin/custom_statuses/vozvrat.json", "", 200).object(t)["system_status"],
		any("returned"))
	equal(t, "fields", len(v.ask(t, "GET", "/admin/fields.json", "", 200).ids(t)), 2)

	links := func(id int) int {
		got := v.ask(t, "GET", fmt.Sprintf("/admin/payment_gateways/%d.json", id), "", 200).object(t)
		return len(got["payment_delivery_variants"].([]any))
	}
	equal(t, "links", links(5000001), 3)
	shop.Unlink(7000002, 5000001)
	equal(t, "links", links(5000001), 2)
	equal(t, "links of the other", links(5000002), 3)
	shop.RemoveGateway(5000001)
	v.ask(t, "GET", "/admin/payment_gateways/5000001.json", "", 404)
}

func TestRequestLog(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	v.ask(t, "GET", "/admin/orders.json?page=1", "", 200)
	v.ask(t, "POST", "/admin/orders.json", `{"order":{}}`, 422)
	log := shop.Requests()
	equal(t, "requests", len(log), 2)
	equal(t, "query", log[0].Query, "page=1")
	equal(t, "body", log[1].Body, `{"order":{}}`)
	equal(t, "status", log[1].Status, 422)
	equal(t, "op", log[1].Op, insalestest.OpOrderCreate)
	equal(t, "creates", shop.Count(insalestest.OpOrderCreate), 1)
}

func TestHookAbortsAtEitherPhase(t *testing.T) {
	for _, phase := range []insalestest.Phase{insalestest.Before, insalestest.After} {
		var phases []insalestest.Phase
		shop := insalestest.New(insalestest.Config{OnRequest: func(r *http.Request, p insalestest.Phase) error {
			phases = append(phases, p)
			if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), "order_lines_attributes") {
				return nil
			}
			if p == phase {
				return errors.New("cut")
			}
			return nil
		}})
		v := visit(t, shop)
		if _, err := v.try(t.Context(), "POST", "/admin/orders.json", smallOrder); err == nil {
			t.Errorf("%s: answered", phase)
		}
		want := map[insalestest.Phase]int{insalestest.Before: 0, insalestest.After: 1}[phase]
		equal(t, string(phase)+": orders", len(shop.Orders()), want)
		if !slices.Contains(phases, phase) {
			t.Errorf("%s: not called", phase)
		}
	}
}
