package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// TestSamples runs docs/samples, the programs that are shown to whoever makes a chat speak with
// the connector, against the connector itself: an order is taken, taken once, and refused
// under another secret.
func TestSamples(t *testing.T) {
	dir, addr := shortDir(t), mustFreeAddr(t)
	stop := serveInProcess(t, filepath.Join(dir, "connector.db"), "--addr", addr)
	defer stop()
	company := `{"name":"Компания","shop":{"url":"https://shop-1.myinsales.ru","key_id":"k","password":"p"},
		"chat":{"auth":"signature","secrets":["` + ineedchattest.DefaultSecret + `"],"url":"https://demo.ineed.chat"}}`
	err := api.Client{Socket: filepath.Join(dir, "connector.sock")}.Call(t.Context(), http.MethodPut, "/companies/2",
		[]byte(company), nil)
	if err != nil {
		t.Fatal(err)
	}
	goProgram := filepath.Join(dir, "send")
	build := exec.Command("go", "build", "-o", goProgram, ".")
	build.Dir = "docs/samples/go"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	order := read(t, "docs/samples/order.json")
	for name, command := range map[string][]string{
		"Go":     {goProgram},
		"Node":   {"node", "docs/samples/send.mjs"},
		"PHP":    {"php", "docs/samples/send.php"},
		"Python": {"python3", "docs/samples/send.py"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(command[0]); err != nil {
				t.Skipf("NOT RUN: %v", err)
			}
			file := filepath.Join(dir, name+".json")
			text := strings.Replace(order, `"id": "1001"`, `"id": "`+name+`"`, 1)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, test := range []struct {
				secret, want string
				code         int
			}{
				{ineedchattest.DefaultSecret, `202 {"status":"accepted","order_id":"` + name + `"`, 0},
				{ineedchattest.DefaultSecret, `200 {"status":"duplicate","order_id":"` + name + `"`, 0},
				{"whsec_" + strings.Repeat("A", 44), "401 ", 1},
			} {
				cmd := exec.CommandContext(t.Context(), command[0], append(command[1:], file)...)
				cmd.Env = append(os.Environ(), "CONNECTOR_SECRET="+test.secret,
					"CONNECTOR_WEBHOOK=http://"+addr+"/webhooks/ineedchat/2")
				var out bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &out
				_ = cmd.Run()
				if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.HasPrefix(out.String(), test.want) {
					t.Errorf("%d %s, want %d %s", code, &out, test.code, test.want)
				}
			}
		})
	}
}
