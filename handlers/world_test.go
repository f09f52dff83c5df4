package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/handlers/panel"
	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
	"ineed-insales/storage/storagetest"
	"ineed-insales/storage/storagetest/inmemory"
)

// TestMain fails, after all tests, if there is an operation of openapi.yaml that none of them has
// seen succeed: its answers were never held against the description.
func TestMain(m *testing.M) {
	code := inmemory.Main(m)
	chosen := false
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.bench", "test.fuzz"} {
		chosen = chosen || flag.Lookup(name).Value.String() != ""
	}
	if d, err := described(); code == 0 && !chosen && err == nil {
		for _, operation := range d.unmet() {
			fmt.Println(operation, "succeeds in no test of this package")
			code = 1
		}
	}
	os.Exit(code)
}

// A world is a server over a real bridge and a real database. Its workers do
// not run, so orders stay where the webhooks put them.
type world struct {
	t      testing.TB
	store  *storage.Store
	file   string // of the database
	bridge *bridge.Bridge
	server *Server

	browser string // the cookie by which the browser that has signed in last is known
}

func newWorld(t testing.TB, change ...func(*storage.Config)) *world {
	t.Helper()
	cfg := storage.Config{Path: filepath.Join(t.TempDir(), "connector.db"), SecretKey: storagetest.Key}
	for _, f := range change {
		f(&cfg)
	}
	if _, err := os.Stat(cfg.Path); errors.Is(err, fs.ErrNotExist) && bytes.Equal(cfg.SecretKey, storagetest.Key) {
		if err := storagetest.Write(cfg.Path); err != nil {
			t.Fatal(err)
		}
	}
	store, err := storage.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	b, err := bridge.New(t.Context(),
		bridge.Config{Store: store, ChatURL: "https://demo.ineed.chat", AllowPrivateNetworks: true,
			Message: panel.Messages("")})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	s := New(Config{Bridge: b, Gatherer: registry, APIToken: apiToken, System: aSystem()})
	registry.MustRegister(append(b.Collectors(), s.Collectors()...)...)
	return &world{t: t, store: store, file: cfg.Path, bridge: b, server: s}
}

// aSystem is what a program tells of itself.
func aSystem() panel.System {
	return panel.System{Version: "v1.2.3", Revision: "0123456789abcdef", Date: "2026-11-29T10:00:00Z",
		Settings: []panel.Setting{{Name: "CONNECTOR_ADDR", Value: ":8080", Source: "default"},
			{Name: "CONNECTOR_API_TOKEN", Value: "•••", Source: "file", File: "/run/secrets/token"}},
		Warnings: func() []panel.LogLine {
			return []panel.LogLine{{At: time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC),
				Text: `level=WARN msg="<a warning>" company=2`}}
		},
		Support: func(_ context.Context, out io.Writer) error {
			_, err := io.WriteString(out, "ineed-insales v1.2.3\n== settings\n<masked>\n")
			return err
		}}
}

// desk gives the desk of company 2.
func (w *world) desk() *order.Desk {
	w.t.Helper()
	d, err := w.bridge.Desk("2")
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// api asks the API over TCP and gives the status and the body's members.
func (w *world) api(method, path, body string) (int, map[string]any) {
	w.t.Helper()
	res := request(w.t, w.server.Public(), method, "/api/v1"+path, body, "Authorization: Bearer "+apiToken)
	return res.Code, members(w.t, res)
}

// members gives the members of a JSON object; nil for an empty body.
func members(t testing.TB, res *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	if res.Body.Len() == 0 {
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal(res.Body.Bytes(), &m); err != nil {
		t.Fatalf("%d %q: %v", res.Code, res.Body, err)
	}
	return m
}

// at digs a value out of nested objects and arrays: at(m, "chat.secrets.0").
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch node := v.(type) {
		case map[string]any:
			v = node[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(node) {
				return nil
			}
			v = node[i]
		default:
			return nil
		}
	}
	return v
}

// company makes company 2, disabled, and gives its secret.
func (w *world) company(auth string) string {
	w.t.Helper()
	code, body := w.api("PUT", "/companies/2", settings(auth, "https://shop-1.myinsales.ru", false))
	if code != http.StatusCreated {
		w.t.Fatalf("PUT: %d %v", code, body)
	}
	return at(body, "chat.secrets.0").(string)
}

func settings(auth, shop string, enabled bool) string {
	return `{"name":"Компания 2","shop":{"url":"` + shop + `","key_id":"` + insalestest.DefaultKeyID +
		`","password":"` + insalestest.DefaultPassword + `"},
		"chat":{"auth":"` + auth + `"},"orders":{"enabled":` + strconv.FormatBool(enabled) + `}}`
}

// send sends a webhook to company 2, signed with secret now.
func (w *world) send(secret, body string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.sendAt(secret, body, time.Now())
}

func (w *world) sendAt(secret, body string, at time.Time) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.sendToAt("2", secret, body, at)
}

// sendTo sends a webhook to any company, signed now.
func (w *world) sendTo(company, secret, body string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.sendToAt(company, secret, body, time.Now())
}

func (w *world) sendToAt(company, secret, body string, at time.Time) *httptest.ResponseRecorder {
	w.t.Helper()
	headers, err := ineedchat.Sign(secret, "msg_1", at, []byte(body))
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for name, values := range headers {
		lines = append(lines, name+": "+values[0])
	}
	return request(w.t, w.server.Public(), "POST", "/webhooks/ineedchat/"+company, body, lines...)
}

// change changes an order in the database.
func (w *world) change(key storage.OrderKey, f func(*storage.Order)) {
	w.t.Helper()
	err := w.store.Update(w.t.Context(), func(tx *storage.Tx) error {
		o, err := tx.Order(key)
		if err != nil {
			return err
		}
		was := o.State
		f(&o)
		return tx.PutOrder(&o, was, o.Attempt)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// metric is the value of a series as /metrics shows it; "" if it is not there.
func (w *world) metric(series string) string {
	w.t.Helper()
	for line := range strings.Lines(request(w.t, w.server.Public(), "GET", "/metrics", "",
		"RemoteAddr: 127.0.0.1:1").Body.String()) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), series+" "); ok {
			return value
		}
	}
	return ""
}

// fresh is the small order, made just now, with another id.
func fresh(id string) string {
	body := strings.Replace(smallOrder, `"id":"1001"`, `"id":"`+id+`"`, 1)
	return strings.Replace(body, `"created_at":"2026-11-23T12:00:00Z"`,
		`"created_at":"`+time.Now().UTC().Format(time.RFC3339)+`"`, 1)
}
