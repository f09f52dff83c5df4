package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

const (
	killOrders   = 60
	killEvery    = 150 * time.Millisecond // between two orders
	killTimes    = 8
	killDeadline = 170 * time.Second // an order lost in the middle of its create takes up to 90 s
)

// A victim is the real program as a process of its own, between a sandbox shop
// and a sandbox chat over TCP, that is killed and started again.
type victim struct {
	t       *testing.T
	dir     string
	addr    string
	program string
	shop    *insalestest.Shop
	chat    *ineedchattest.Chat
	urls    [2]string // of shop and chat
	env     []string  // settings beside those of start
	log     *os.File  // of all its lives
	cmd     *exec.Cmd // its present life
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	v := &victim{t: t, dir: shortDir(t), addr: mustFreeAddr(t)}
	v.shop = insalestest.New(insalestest.Config{})
	// A create is under way for long enough that kills hit it: half of the time
	// the shop has not carried it out yet, half of the time only the answer lacks.
	v.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Latency: 100 * time.Millisecond,
		AnswerDelay: 100 * time.Millisecond})
	v.chat = ineedchattest.New(ineedchattest.Config{Secret: ineedchattest.DefaultSecret, AcceptUnknown: true})
	for i, h := range []http.Handler{v.shop, v.chat} {
		srv := httptest.NewServer(h)
		t.Cleanup(srv.Close)
		v.urls[i] = srv.URL
	}
	program, err := exec.LookPath("ineed-insales") // which TestMain makes of this binary
	if err != nil {
		t.Fatal(err)
	}
	v.program = program
	log, err := os.Create(filepath.Join(v.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	v.log = log
	t.Cleanup(func() {
		if v.cmd != nil {
			v.kill()
		}
		log.Close()
		if t.Failed() {
			text := read(t, log.Name())
			t.Logf("the end of its log:\n%s", text[max(0, len(text)-8000):])
		}
	})
	return v
}

// start begins a life. It does not wait until the process is ready.
func (v *victim) start() {
	v.t.Helper()
	cmd := exec.Command(v.program, "serve")
	cmd.Env = []string{
		"CONNECTOR_ADDR=" + v.addr, "CONNECTOR_DB=" + filepath.Join(v.dir, "connector.db"),
		"CONNECTOR_CHAT_URL=" + v.urls[1],
		"CONNECTOR_POLL_INTERVAL=1s", "CONNECTOR_ALLOW_PRIVATE_NETWORKS=true", "CONNECTOR_LOG_FORMAT=json",
	}
	cmd.Env = append(cmd.Env, v.env...)
	cmd.Stdout, cmd.Stderr = v.log, v.log
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	v.cmd = cmd
}

// stop ends a life as a service manager does.
func (v *victim) stop() {
	v.t.Helper()
	if err := errors.Join(v.cmd.Process.Signal(syscall.SIGTERM), v.cmd.Wait()); err != nil {
		v.t.Errorf("the stop: %v", err)
	}
	v.cmd = nil
}

// kill ends a life as a power cut or the kernel's memory killer does. It must
// have lasted until then.
func (v *victim) kill() {
	v.t.Helper()
	err := v.cmd.Process.Kill()
	var exit *exec.ExitError
	if wait := v.cmd.Wait(); err != nil || !errors.As(wait, &exit) || exit.ExitCode() != -1 {
		v.t.Errorf("ended by itself: %v %v", err, wait)
	}
	v.cmd = nil
}

// call asks the JSON API over the socket.
func (v *victim) call(method, path string, body, out any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	return api.Client{Socket: filepath.Join(v.dir, "connector.sock")}.Call(v.t.Context(), method, path, text, out)
}

// setUp stores and enables the company.
func (v *victim) setUp() {
	v.t.Helper()
	until(v.t, 10*time.Second, "ready", func() bool { return v.call(http.MethodGet, "/companies", nil, nil) == nil })
	err := v.call(http.MethodPut, "/companies/"+scriptCompany, map[string]any{
		"name": "Компания",
		"shop": map[string]any{"url": v.urls[0], "key_id": insalestest.DefaultKeyID,
			"password": insalestest.DefaultPassword},
		"chat": map[string]any{"auth": "signature", "secrets": []string{ineedchattest.DefaultSecret},
			"token": ineedchattest.DefaultToken},
		"orders": map[string]any{"enabled": true, "payments": map[string]int64{"cash": 5000001},
			"deliveries": map[string]int64{"pickup": 7000001}},
	}, nil)
	if err != nil {
		v.t.Fatal(err)
	}
}

// stream posts orders one after another, each until the connector has taken
// responsibility for it, as the chat does.
func (v *victim) stream(ctx context.Context) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	s := ineedchattest.Sender{URL: "http://" + v.addr, Company: scriptCompany, Secret: ineedchattest.DefaultSecret,
		Client: &http.Client{Transport: transport, Timeout: 5 * time.Second},
		Delays: slices.Repeat([]time.Duration{killEvery}, 1000)}
	tick := time.NewTicker(killEvery)
	defer tick.Stop()
	var all sync.WaitGroup
	for n := range killOrders {
		body := ineedchattest.OrderSpec{Company: scriptCompany, ID: killID(n), Number: strconv.Itoa(n)}.Body()
		all.Go(func() {
			if a, err := s.Deliver(ctx, body); err != nil || a.Status != http.StatusAccepted &&
				a.Status != http.StatusOK {
				v.t.Errorf("order %s was not taken: %v %d %s", killID(n), err, a.Status, a.Body)
			}
		})
		<-tick.C
	}
	all.Wait()
}

func killID(n int) string { return "K-" + strconv.Itoa(n) }

// live counts the shop's orders by the chat's id in their markers.
func (v *victim) live() map[string]int {
	count := map[string]int{}
	for _, o := range v.shop.Orders() {
		_, rest, _ := strings.Cut(o.ManagerComment, "[ineed:")
		id, _, _ := strings.Cut(rest, ":")
		count[id]++
	}
	return count
}

// unsettled tells what is still to be done.
func (v *victim) unsettled() (list []string) {
	live := v.live()
	for n := range killOrders {
		r, known := v.chat.Status(scriptCompany, killID(n))
		if live[killID(n)] == 0 || !known || r.Status != "new" || r.InSales.OrderNumber == "" {
			list = append(list, fmt.Sprintf("%s: %d in the shop, the chat knows %q", killID(n), live[killID(n)],
				r.Status))
		}
	}
	return list
}

// TestKill kills the connector at random moments of a stream of orders. All
// that was answered 202 must be in the shop exactly once and known to the chat.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes up to three minutes")
	}
	t.Parallel() // it waits most of its time
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("KILL_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("KILL_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	v := newVictim(t)
	begin := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), killDeadline)
	defer cancel()
	v.start()
	v.setUp()
	streamed := make(chan struct{})
	go func() {
		defer close(streamed)
		v.stream(ctx)
	}()
	lives := killOrders * killEvery / killTimes
	for range killTimes {
		// Now and then before it is ready, mostly in the middle of its work.
		<-time.After(time.Duration(random.Int64N(int64(2 * lives))))
		v.kill()
		v.start()
	}
	<-streamed
	taken := time.Since(begin)
	var left []string
	for left = v.unsettled(); len(left) > 0 && ctx.Err() == nil; left = v.unsettled() {
		<-time.After(200 * time.Millisecond)
	}
	if len(left) > 0 {
		t.Errorf("after %v unsettled: %s", killDeadline, strings.Join(left, "\n"))
	}
	settled := time.Since(begin)
	v.check()
	v.stop()
	t.Logf("%d orders, killed %d times, %d creates sent; all taken after %.1f s, all settled after %.1f s", killOrders,
		killTimes,
		v.shop.Count(insalestest.OpOrderCreate), taken.Seconds(), settled.Seconds())
}

// check looks at what must be true when nothing is left to do.
func (v *victim) check() {
	v.t.Helper()
	live := v.live()
	for id, n := range live {
		if n != 1 {
			v.t.Errorf("order %s is %d times in the shop", id, n)
		}
	}
	if len(live) != killOrders {
		v.t.Errorf("%d orders are in the shop, %d were accepted", len(live), killOrders)
	}
	var list api.Page[api.Order]
	until(v.t, time.Minute, "all reports are known to be acknowledged", func() bool {
		err := v.call(http.MethodGet, "/companies/"+scriptCompany+"/orders?limit=200", nil, &list)
		return err == nil && !slices.ContainsFunc(list.Items,
			func(o api.Order) bool { return o.ReportedStatus != "new" })
	})
	for _, o := range list.Items {
		if o.State != "sent" || o.Problem != nil || len(o.Notices) > 0 {
			v.t.Errorf("order %s is %s, problem %v, notices %v", o.ID, o.State, o.Problem, o.Notices)
		}
	}
	if len(list.Items) != killOrders {
		v.t.Errorf("the connector knows %d orders", len(list.Items))
	}
	for _, c := range append(v.chat.Violations(), v.shop.UnknownFields()...) {
		v.t.Errorf("a sandbox complains: %s", c)
	}
}
