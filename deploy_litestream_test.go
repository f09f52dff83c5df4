//go:build deploy

package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

const replicatedOrders = 40

// TestLitestream replicates the database of a program that takes orders, kills both, restores
// the copy in another folder, and starts there. The shop and the chat are told nothing twice, a
// chat that posts all once more finds each order again, and our own backup of it can be restored.
func TestLitestream(t *testing.T) {
	program, err := exec.LookPath("litestream")
	if err != nil {
		t.Skip("NOT RUN: there is no litestream; see docs/operations.md")
	}
	v := newVictim(t)
	before, replica := filepath.Join(v.dir, "connector.db"), filepath.Join(v.dir, "replica")
	config := filepath.Join(v.dir, "litestream.yml")
	text := read(t, "deploy/litestream/litestream.yml")
	text = strings.ReplaceAll(text, "/var/lib/ineed-insales/connector.db", before)
	text = strings.ReplaceAll(text, "/srv/backup/ineed-insales", replica)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	v.start()
	v.setUp()
	var log bytes.Buffer
	replicate := exec.Command(program, "replicate", "-config", config)
	replicate.Stdout, replicate.Stderr = &log, &log
	if err := replicate.Start(); err != nil {
		t.Fatal(err)
	}
	taken := v.take(t.Context())
	v.kill()
	_ = replicate.Process.Kill()
	_ = replicate.Wait()
	reached := len(v.live())

	after := filepath.Join(v.dir, "elsewhere", "connector.db")
	if out, err := exec.Command(program, "restore", "-config", config, "-o", after, before).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s\n%s", err, out, &log)
	}
	if err := os.WriteFile(filepath.Join(v.dir, "elsewhere", "connector.key"),
		[]byte(read(t, filepath.Join(v.dir, "connector.key"))), 0o600); err != nil {
		t.Fatal(err)
	}
	v.env = []string{"CONNECTOR_DB=" + after, "CONNECTOR_SOCKET=" + filepath.Join(v.dir, "connector.sock")}
	v.start()
	until(t, 20*time.Second, "ready", func() bool { return v.call(http.MethodGet, "/companies", nil, nil) == nil })
	back := v.known()
	v.take(t.Context())
	until(t, killDeadline, "all orders are in the shop", func() bool { return len(v.live()) == replicatedOrders })
	for id, n := range v.live() {
		if n != 1 {
			t.Errorf("order %s is %d times in the shop", id, n)
		}
	}
	until(t, time.Minute, "all are known to be sent", func() bool { return v.known() == replicatedOrders })
	for _, c := range append(v.chat.Violations(), v.shop.UnknownFields()...) {
		t.Errorf("a sandbox complains: %s", c)
	}
	v.backUp(filepath.Join(v.dir, "backup.db"), after)
	t.Logf("%d orders were taken and %d had reached the shop when both were killed; %d came back with the copy; "+
		"none is there twice", taken, reached, back)
}

// take posts all orders once, half of a second's worth at a time, and gives how many were taken.
func (v *victim) take(ctx context.Context) (taken int) {
	v.t.Helper()
	s := ineedchattest.Sender{URL: "http://" + v.addr, Company: scriptCompany, Secret: ineedchattest.DefaultSecret,
		Client: &http.Client{Timeout: 10 * time.Second}}
	defer s.Client.CloseIdleConnections()
	tick := time.NewTicker(killEvery)
	defer tick.Stop()
	for n := range replicatedOrders {
		body := ineedchattest.OrderSpec{Company: scriptCompany, ID: killID(n), Number: strconv.Itoa(n)}.Body()
		if a, err := s.Send(ctx, body); err != nil || !a.OK() {
			v.t.Errorf("order %s was not taken: %v %d %s", killID(n), err, a.Status, a.Body)
		} else {
			taken++
		}
		<-tick.C
	}
	return taken
}

// known counts the orders of which the connector knows that they are in the shop.
func (v *victim) known() int {
	var list api.Page[api.Order]
	if err := v.call(http.MethodGet, "/companies/"+scriptCompany+"/orders?limit=200", nil, &list); err != nil {
		v.t.Error(err)
	}
	return len(slices.DeleteFunc(list.Items, func(o api.Order) bool { return o.State != "sent" }))
}

// backUp makes a backup of the running program and restores it.
func (v *victim) backUp(name, db string) {
	v.t.Helper()
	run := func(args ...string) {
		v.t.Helper()
		cmd := exec.Command(v.program, args...)
		cmd.Env = v.env
		if out, err := cmd.CombinedOutput(); err != nil {
			v.t.Errorf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	run("backup", name)
	v.stop()
	run("restore", "--db", db, name)
	v.start()
	until(v.t, 20*time.Second, "ready", func() bool { return v.call(http.MethodGet, "/companies", nil, nil) == nil })
	if n := v.known(); n != replicatedOrders {
		v.t.Errorf("%d orders came back with our own backup", n)
	}
	v.stop()
}
