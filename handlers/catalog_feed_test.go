package handlers

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/yml/ymltest"
	"ineed-insales/storage"
)

// feedSettings are those of a company whose chat fetches the catalog.
func feedSettings(way string) string {
	return strings.Replace(settings("signature", "https://shop-1.myinsales.ru", false), `"auth":`,
		`"wire":{"catalog":"`+way+`"},"auth":`, 1)
}

// feed makes company 2 with a feed, and gives the path of its address.
func (w *world) feed() string {
	w.t.Helper()
	if code, body := w.api("PUT", "/companies/2", feedSettings("feed")); code != http.StatusCreated {
		w.t.Fatalf("PUT: %d %v", code, body)
	}
	return w.feedPath()
}

func (w *world) feedPath() string {
	w.t.Helper()
	_, got := w.api("GET", "/companies/2", "")
	address, _ := at(got, "catalog.feed_url").(string)
	path, ok := strings.CutPrefix(address, "http://example.com")
	if !ok || !strings.HasPrefix(path, "/feeds/2/") || !strings.HasSuffix(path, "/catalog.yml") || len(path) < 50 {
		w.t.Fatalf("the address is %q", address)
	}
	return path
}

// show lets the feed show products from one id on, as the syncer would, and with complete
// says that it has come to its end.
func (w *world) show(from, n int, title string, complete bool) {
	w.t.Helper()
	var batch storage.FeedBatch
	for i := range n {
		id := from + i
		p := ineedchat.Product{ID: strconv.Itoa(id), Title: title, Visible: true,
			Variants: []ineedchat.Variant{{ID: strconv.Itoa(id), Price: "10.00", Available: true}}}
		text, hash := p.Seal()
		item := storage.CatalogItem{ID: int64(id), Hash: hash, Variants: []int64{int64(id)}}
		batch.Products = append(batch.Products, storage.NewFeedProduct(item, text))
	}
	if err := w.store.Update(w.t.Context(), func(tx *storage.Tx) error {
		k, err := tx.Catalog("2")
		k.Complete = k.Complete || complete
		return errors.Join(err, tx.ShowBatch("2", batch, time.Now()), tx.PutCatalog(k))
	}); err != nil {
		w.t.Fatal(err)
	}
}

// fetch asks for a path of the feed.
func (w *world) fetch(path string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	return request(w.t, w.server.Public(), "GET", path, "", headers...)
}

// past lets the second of the last change be over.
func (w *world) past() {
	w.t.Helper()
	at, err := w.store.FeedChangedAt(w.t.Context(), "2")
	if err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(time.Until(at.Truncate(time.Second).Add(time.Second)))
}

func TestFeed(t *testing.T) {
	w := newWorld(t)
	path := w.feed()
	if res := w.fetch(path); res.Code != http.StatusServiceUnavailable || res.Header().Get("Retry-After") != "60" ||
		!strings.Contains(res.Body.String(), "feed_unready") {
		t.Errorf("before the first sync: %d %v %s", res.Code, res.Header(), res.Body)
	}
	w.show(1, 3, "Товар", false)
	if res := w.fetch(path); res.Code != http.StatusServiceUnavailable {
		t.Errorf("in the first sync: %d %s", res.Code, res.Body)
	}
	w.show(4, 1, "Товар", true)
	w.past()
	res := w.fetch(path)
	c, bad := ymltest.Check(res.Body.Bytes())
	if res.Code != 200 || len(bad) > 0 || len(c.Offers) != 4 || c.Name != "Компания 2" ||
		c.URL != "https://shop-1.myinsales.ru" || c.Offers[0].ID != "1" || c.Categories[0].Title != "Без категории" {
		t.Errorf("%d %v %+v", res.Code, bad, c)
	}
	h := res.Header()
	if h.Get("Content-Type") != "application/xml; charset=utf-8" || h.Get("Vary") != "Accept-Encoding" ||
		h.Get("Content-Encoding") != "" || h.Get("Cache-Control") != "private, no-cache" ||
		!strings.HasPrefix(h.Get("ETag"), `W/"`) || h.Get("Last-Modified") == "" {
		t.Errorf("%v", h)
	}
	packed := w.fetch(path, "Accept-Encoding: br, gzip")
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(text, res.Body.Bytes()) || packed.Header().Get("Content-Encoding") != "gzip" ||
		packed.Header().Get("ETag") != h.Get("ETag") {
		t.Errorf("gzip: %v, %d bytes, %v", err, len(text), packed.Header())
	}
	if w.metric(`ineed_insales_feed_requests_total{code="200",company="2"}`) != "2" ||
		w.metric(`ineed_insales_feed_requests_total{code="503",company="2"}`) != "2" {
		t.Error("not counted")
	}
}

// TestFeedConditions: who has it as it is hears only that; HEAD is GET without the document.
func TestFeedConditions(t *testing.T) {
	w := newWorld(t)
	path := w.feed()
	w.show(1, 3, "Товар", true)
	if res := w.fetch(path); res.Header().Get("Last-Modified") != "" && time.Now().Nanosecond() < 900_000_000 {
		t.Log("the second of the change was just over") // or the test is slow
	}
	w.past()
	res := w.fetch(path)
	tag, since := res.Header().Get("ETag"), res.Header().Get("Last-Modified")
	at, err := http.ParseTime(since)
	if err != nil {
		t.Fatal(err)
	}
	later, before := at.Add(time.Hour).Format(http.TimeFormat), at.Add(-time.Second).Format(http.TimeFormat)
	for _, test := range []struct {
		headers []string
		want    int
	}{
		{[]string{"If-None-Match: " + tag}, 304},
		{[]string{"If-None-Match: " + strings.TrimPrefix(tag, "W/")}, 304},
		{[]string{"If-None-Match: \"x\", " + tag + ", \"y\""}, 304},
		{[]string{"If-None-Match: *"}, 304},
		{[]string{"If-None-Match: \"x\""}, 200},
		{[]string{"If-None-Match: \"x\"", "If-Modified-Since: " + since}, 200}, // the tag counts
		{[]string{"If-Modified-Since: " + since}, 304},
		{[]string{"If-Modified-Since: " + later}, 304},
		{[]string{"If-Modified-Since: " + before}, 200},
		{[]string{"If-Modified-Since: yesterday"}, 200},
		{nil, 200},
	} {
		res := w.fetch(path, test.headers...)
		head := request(t, w.server.Public(), "HEAD", path, "", test.headers...)
		if res.Code != test.want || head.Code != test.want || res.Header().Get("ETag") != tag ||
			head.Header().Get("ETag") != tag || head.Header().Get("Last-Modified") != since || head.Body.Len() != 0 ||
			(res.Body.Len() > 0) != (test.want == 200) {
			t.Errorf("%v: %d, HEAD %d %v", test.headers, res.Code, head.Code, head.Header())
		}
	}
	w.show(1, 1, "Другой", true)
	if res := w.fetch(path, "If-None-Match: "+tag); res.Code != 200 || res.Header().Get("ETag") == tag {
		t.Errorf("changed: %d", res.Code)
	}
	w.past()
	if res := w.fetch(path, "If-Modified-Since: "+since); res.Code != 200 {
		t.Errorf("changed since: %d", res.Code)
	}
	// The document begins with the name, so another name makes another document.
	tag = w.fetch(path).Header().Get("ETag")
	renamed := strings.Replace(feedSettings("feed"), "Компания 2", "Иначе", 1)
	if code, _ := w.api("PUT", "/companies/2", renamed); code != 200 {
		t.Fatal(code)
	}
	if res := w.fetch(path, "If-None-Match: "+tag); res.Code != 200 ||
		!strings.Contains(res.Body.String(), "<name>Иначе<") {
		t.Errorf("renamed: %d", res.Code)
	}
}

// TestFeedWithinTheSecond: while more may change under the same time, the time is not given.
func TestFeedWithinTheSecond(t *testing.T) {
	changed := time.Date(2026, 11, 29, 12, 0, 0, 300_000_000, time.UTC)
	feed := &catalog.Feed{ChangedAt: changed}
	for after, want := range map[time.Duration]bool{0: false, 699 * time.Millisecond: false,
		700 * time.Millisecond: true, time.Hour: true, -time.Hour: false} {
		if at, over := lastModified(feed, changed.Add(after)); over != want || at.Nanosecond() != 0 {
			t.Errorf("%v after: %v %t", after, at, over)
		}
	}
}

// TestFeedAddress: who does not have the address learns nothing, and it is nowhere to be
// read but where it is asked for.
func TestFeedAddress(t *testing.T) {
	w := newWorld(t)
	var log bytes.Buffer
	w.server.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	path := w.feed()
	token := strings.Split(path, "/")[3]
	w.show(1, 3, "Товар", true)
	want := w.fetch("/feeds/nobody/" + token + "/catalog.yml").Body.String()
	for _, path := range []string{"/feeds/2/" + token[:len(token)-1] + "x/catalog.yml", "/feeds/2/x/catalog.yml",
		"/feeds/2/" + strings.ToUpper(token) + "/catalog.yml", "/feeds/3/" + token + "/catalog.yml"} {
		if res := w.fetch(path); res.Code != 404 || res.Body.String() != want || res.Header().Get("ETag") != "" {
			t.Errorf("%s: %d %s, want %s", path, res.Code, res.Body, want)
		}
	}
	if w.metric(`ineed_insales_feed_requests_total{code="404",company=""}`) != "5" {
		t.Error("not counted, or by name")
	}
	if res := request(t, w.server.Public(), "POST", path, ""); res.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", res.Code)
	}
	for _, text := range []string{
		request(t, w.server.Public(), "GET", "/api/v1/companies", "", "Authorization: Bearer "+apiToken).Body.String(),
		request(t, w.server.Public(), "GET", "/api/v1/companies/2/catalog", "",
			"Authorization: Bearer "+apiToken).Body.String(),
		request(t, w.server.Public(), "GET", "/metrics", "", "RemoteAddr: 127.0.0.1:1").Body.String(), log.String(),
	} {
		if strings.Contains(text, token) || strings.Contains(text, "feed_url") {
			t.Errorf("the token in %.200s", text)
		}
	}
	if !strings.Contains(log.String(), "/feeds/:company/:token/catalog.yml") {
		t.Errorf("log: %s", log.String())
	}
	// What GET gave may be PUT back, and changes nothing.
	_, got := w.api("GET", "/companies/2", "")
	back := strings.Replace(feedSettings("feed"), `"orders":`,
		`"catalog":{"feed_url":"http://x/feeds/2/other/catalog.yml"},"orders":`, 1)
	if code, _ := w.api("PUT", "/companies/2", back); code != 200 || w.feedPath() != path || at(got, "version") == nil {
		t.Errorf("%d %s", code, w.feedPath())
	}
}

// TestFeedRotates: a new address, and the old one for a day.
func TestFeedRotates(t *testing.T) {
	w := newWorld(t)
	if code, body := w.api("PUT", "/companies/2", feedSettings("push")); code != http.StatusCreated ||
		at(body, "catalog.feed_url") != nil {
		t.Fatal(code, body)
	}
	if code, body := w.api("POST", "/companies/2/secrets", `{"of":"feed"}`); code != 409 || body["code"] != "no_feed" {
		t.Errorf("without a feed: %d %v", code, body)
	}
	if code, _ := w.api("PUT", "/companies/2", feedSettings("feed")); code != 200 {
		t.Fatal(code)
	}
	first := w.feedPath()
	w.show(1, 1, "Товар", true)
	code, body := w.api("POST", "/companies/2/secrets", `{"of":"feed"}`)
	second := w.feedPath()
	if code != 200 || body["feed_url"] != "http://example.com"+second || body["secret"] != nil || first == second {
		t.Errorf("%d %v", code, body)
	}
	if w.fetch(first).Code != 200 || w.fetch(second).Code != 200 {
		t.Error("one of both does not lead there")
	}
	w.api("POST", "/companies/2/secrets", `{"of":"feed"}`)
	if w.fetch(first).Code != 404 || w.fetch(second).Code != 200 {
		t.Error("the one before the last")
	}
	// Over the socket nobody knows the host.
	local := request(t, w.server.Local(), "GET", "/api/v1/companies/2", "")
	if address := at(members(t, local), "catalog.feed_url"); address != w.feedPath() {
		t.Errorf("over the socket: %v", address)
	}
}

// TestFeedLeft: with another way the address leads nowhere and the feed is forgotten; the way
// back has the same address and begins anew.
func TestFeedLeft(t *testing.T) {
	w := newWorld(t)
	path := w.feed()
	w.show(1, 3, "Товар", true)
	for _, way := range []string{"push", "none"} {
		if code, _ := w.api("PUT", "/companies/2", feedSettings(way)); code != 200 || w.fetch(path).Code != 404 {
			t.Errorf("%s: %d", way, w.fetch(path).Code)
		}
		_, got := w.api("GET", "/companies/2/catalog", "")
		if got["way"] != way {
			t.Errorf("%v", got)
		}
	}
	if code, _ := w.api("PUT", "/companies/2", feedSettings("feed")); code != 200 || w.feedPath() != path {
		t.Error(code, w.feedPath())
	}
	if res := w.fetch(path); res.Code != 503 {
		t.Errorf("back again: %d", res.Code)
	}
	// Nobody to sync for: the switch is refused, by the field that mends it.
	on := strings.Replace(feedSettings("none"), `"orders":`, `"catalog":{"enabled":true},"orders":`, 1)
	if code, body := w.api("PUT", "/companies/2", on); code != 422 ||
		at(body, "errors.0.field") != "chat.wire.catalog" || at(body, "errors.0.rule") != "catalog_none" {
		t.Errorf("%d %v", code, body)
	}
}

// TestFeedPlaces: only so many at a time, and one company takes no more than its share.
func TestFeedPlaces(t *testing.T) {
	var places feedPlaces
	var packers []*gzip.Writer
	enter := func(company string) error {
		p, err := places.enter(company)
		if err == nil {
			packers = append(packers, p)
		}
		return err
	}
	for i, test := range []struct {
		company string
		want    error
	}{{"a", nil}, {"a", nil}, {"a", failure.ErrFeedBusy}, {"b", nil}, {"c", nil}, {"d", failure.ErrFeedBusy}} {
		if err := enter(test.company); err != test.want {
			t.Errorf("%d: %s: %v", i, test.company, err)
		}
	}
	for i, company := range []string{"a", "a", "b", "c"} {
		places.leave(company, packers[i])
	}
	if places.taken != 0 || len(places.of) != 0 || len(places.packers) != mostFeeds {
		t.Errorf("%d taken, by %v, %d packers", places.taken, places.of, len(places.packers))
	}
	if enter("d") != nil || !slices.Contains(packers[:4], packers[4]) {
		t.Error("a packer was not used again")
	}
	w := newWorld(t)
	path := w.feed()
	w.show(1, 1, "Товар", true)
	for range mostFeedsOfCompany {
		if _, err := w.server.feeds.enter("2"); err != nil {
			t.Fatal(err)
		}
	}
	if res := w.fetch(path); res.Code != 503 || res.Header().Get("Retry-After") != "60" ||
		res.Header().Get("ETag") != "" || !strings.Contains(res.Body.String(), "feed_busy") {
		t.Errorf("%d %v", res.Code, res.Header())
	}
	if res := w.fetch(path, "If-None-Match: *"); res.Code != 304 {
		t.Errorf("who needs no place: %d", res.Code)
	}
}

func TestTakesGzip(t *testing.T) {
	for header, want := range map[string]bool{"": false, "gzip": true, "deflate, GZIP;q=0.5": true, "gzip;q=0": false,
		"gzip; q=0.0": false, "identity": false, "br,gzip": true, "gzip;q=x": false, "x-gzip": false} {
		if got := visit.TakesGzip(http.Header{"Accept-Encoding": {header}}); got != want {
			t.Errorf("%q: %t", header, got)
		}
	}
}

// cutWriter fails behind so many bytes, and can do nothing else.
type cutWriter struct {
	http.ResponseWriter
	left int
}

func (w *cutWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errors.New("broken pipe")
	}
	return w.ResponseWriter.Write(p)
}

// TestFeedCutOff: a feed that breaks off does not look like one that has ended.
func TestFeedCutOff(t *testing.T) {
	w := newWorld(t)
	path := w.feed()
	w.show(1, 1000, strings.Repeat("Товар ", 20), true)
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("recovered %v", v)
			}
		}()
		r := httptest.NewRequestWithContext(t.Context(), "GET", path, nil)
		w.server.Public().ServeHTTP(&cutWriter{httptest.NewRecorder(), 200_000}, r)
		t.Error("it has ended like any other")
	}()
	if n := w.metric(`ineed_insales_feed_requests_total{code="cut",company="2"}`); n != "1" {
		t.Errorf("counted %s", n)
	}
	if w.server.feeds.taken != 0 {
		t.Error("its place is still taken")
	}
	if res := w.fetch(path); res.Code != 200 || !strings.HasSuffix(res.Body.String(), "</yml_catalog>") {
		t.Errorf("the next one: %d", res.Code)
	}
}

// TestFeedChangesMeanwhile: what is written while the feed changes is a valid document.
func TestFeedChangesMeanwhile(t *testing.T) {
	w := newWorld(t)
	path := w.feed()
	w.show(1, 1000, strings.Repeat("Товар ", 20), true)
	turn := 0
	out := &hookedWriter{ResponseRecorder: httptest.NewRecorder(), hook: func() {
		if turn++; turn > 5 {
			return
		}
		w.show(turn*300, 400, fmt.Sprint("Новый ", turn), true)
	}}
	w.server.Public().ServeHTTP(out, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
	c, bad := ymltest.Check(out.Body.Bytes())
	if len(bad) > 0 || len(c.Offers) < 1000 || turn < 3 {
		t.Errorf("%d turns, %d offers, %v", turn, len(c.Offers), bad[:min(len(bad), 5)])
	}
}

// hookedWriter calls hook at each write.
type hookedWriter struct {
	*httptest.ResponseRecorder
	hook func()
}

func (w *hookedWriter) Write(p []byte) (int, error) {
	w.hook()
	return w.ResponseRecorder.Write(p)
}
