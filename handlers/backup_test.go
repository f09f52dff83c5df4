package handlers

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge"
	"ineed-insales/storage"
	"ineed-insales/storage/storagetest"
)

// TestDownloadBackup: the signed-in admin gets a copy that can be restored; nobody else, and
// no other site in his name; who did stands in the journal.
func TestDownloadBackup(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	server := httptest.NewServer(p.server.Public())
	defer server.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(path string, headers ...string) (*http.Response, []byte) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			req.Header.Set(name, value)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, body
	}
	const same = "Sec-Fetch-Site: same-origin"
	if res, _ := ask("/backup", same); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a stranger: %d", res.StatusCode)
	}
	if res, _ := ask("/backup", p.cookie, "Sec-Fetch-Site: cross-site"); res.StatusCode != http.StatusForbidden {
		t.Errorf("another site: %d", res.StatusCode)
	}
	if res, _ := ask("/backup", "Authorization: Bearer "+apiToken); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the token: %d", res.StatusCode)
	}
	if res, _ := ask("/api/v1/backup", "Authorization: Bearer "+apiToken); res.StatusCode != http.StatusNotFound {
		t.Errorf("the token over TCP: %d", res.StatusCode)
	}

	res, body := ask("/backup", p.cookie, same)
	if res.StatusCode != http.StatusOK || res.ContentLength != int64(len(body)) ||
		!strings.HasPrefix(res.Header.Get("Content-Disposition"), `attachment; filename="connector-20`) ||
		res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	cfg := storage.Config{Path: filepath.Join(t.TempDir(), "connector.db"), SecretKey: storagetest.Key}
	if _, err := storage.Restore(t.Context(), cfg, bytes.NewReader(body), nil, time.Now()); err != nil {
		t.Error(err)
	}
	page, err := p.store.Journal(t.Context(), storage.JournalFilter{})
	list := page.Entries
	if err != nil || list[0].Kind != storage.EntryBackup || list[0].Actor != "user:Администратор" || list[0].Address == "" {
		t.Errorf("%+v %v", list[0], err)
	}
	if page := p.get("/journal"); !strings.Contains(page, "Скачана копия базы") {
		t.Error(page)
	}

	b, err := p.store.Backup(t.Context()) // somebody else's
	if err != nil {
		t.Fatal(err)
	}
	res, body = ask("/backup", p.cookie, same)
	if res.StatusCode != http.StatusConflict || res.Header.Get("Content-Disposition") != "" ||
		!strings.Contains(string(body), "<html") {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
	}
	closed := make(chan error, 1)
	time.AfterFunc(200*time.Millisecond, func() { closed <- b.Close() })
	if res, _ := ask("/backup", p.cookie, same); res.StatusCode != http.StatusOK { // it waits for the other
		t.Errorf("while another is made: %d", res.StatusCode)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// TestBackupsAreTold: the API and the overview say how the nightly copies stand.
func TestBackupsAreTold(t *testing.T) {
	p := newAdmin(t)
	code, body := p.api("GET", "/backups", "")
	if code != http.StatusOK || body["enabled"] != false || body["last_at"] != nil || body["problem"] != nil {
		t.Errorf("%d %v", code, body)
	}
	if res := request(t, p.server.Public(), "GET", "/api/v1/backups", ""); res.Code != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", res.Code)
	}

	dir := t.TempDir()
	at := time.Now().UTC().Add(-2 * time.Hour).Truncate(time.Second)
	name := "connector-" + at.Format("20060102T150405Z") + ".db"
	if err := os.WriteFile(filepath.Join(dir, name), make([]byte, 5<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	p.company(nil)
	b, err := bridge.New(t.Context(), bridge.Config{Store: p.store, Backups: bridge.Backups{Folder: dir}})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(b.Collectors()...)
	p.server = New(Config{Bridge: b, Gatherer: registry, APIToken: apiToken})
	code, body = p.api("GET", "/backups", "")
	if code != http.StatusOK || body["enabled"] != true || body["last_at"] != at.Format(time.RFC3339) ||
		body["last_size"] != 5.0*(1<<20) || body["kept"] != 1.0 || body["failure"] != "" {
		t.Errorf("%d %v", code, body)
	}
	if page := p.page("/system", p.cookie).Body.String(); !strings.Contains(page, "5 МБ") {
		t.Error(page)
	}
	res := request(t, p.server.Local(), "GET", "/metrics", "")
	for _, want := range []string{
		fmt.Sprintf("ineed_insales_backup_last_success_timestamp_seconds %g", float64(at.Unix())),
		"ineed_insales_backup_size_bytes 5.24288e+06"} {
		if !strings.Contains(res.Body.String(), want+"\n") {
			t.Errorf("no %s in %s", want, res.Body)
		}
	}
}
