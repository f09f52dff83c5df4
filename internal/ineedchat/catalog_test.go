package ineedchat_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat"
)

const testSync = "01K0000000000000000000TEST"

// The chat's answers to a batch, and what they mean.
func TestPutBatch(t *testing.T) {
	long := strings.Repeat("очень длинное сообщение ", 50)
	many := make([]string, 100)
	for i := range many {
		many[i] = fmt.Sprintf(`{"id":"%d","field":"title","message":"%s"}`, i, long)
	}
	for name, tc := range map[string]struct {
		status  int
		body    string
		refused []ineedchat.ItemError
		count   int
		fails   bool
		resync  bool
	}{
		"taken":          {status: 200, body: `{"status":"ok","accepted":3,"errors":[]}`},
		"taken, no list": {status: 200, body: `{"status":"ok","accepted":3,"errors":null}`},
		"no text":        {status: 204},
		"one refused": {status: 200, body: `{"errors":[{"id":"5","field":"title","message":"пусто"}]}`,
			refused: []ineedchat.ItemError{{ID: "5", Field: "title", Message: "пусто"}}},
		"id as a number": {status: 200, body: `{"errors":[{"id":5,"field":null,"message":"пусто"}]}`,
			refused: []ineedchat.ItemError{{ID: "5", Field: "", Message: "пусто"}}},
		"our token echoed": {status: 200, body: `{"errors":[{"id":"5","message":"no ` + testToken + `"}]}`,
			refused: []ineedchat.ItemError{{ID: "5", Field: "", Message: "no •••"}}},
		"all, at length":    {status: 200, body: `{"errors":[` + strings.Join(many, ",") + `]}`, count: 100},
		"a page of HTML":    {status: 200, body: `<html><body>Ведутся работы</body></html>`, fails: true},
		"half of an answer": {status: 200, body: `{"status":"ok","accepted":3,"err`, fails: true},
		"in another case": {status: 200, body: `{"Errors":[{"id":"5"}],"ERRORS":"all","errors":[{"ID":"6",` +
			`"id":"5","Field":"x","MESSAGE":"y"}]}`, refused: []ineedchat.ItemError{{ID: "5", Field: "", Message: ""}}},
		"byte order mark": {status: 200, body: "\ufeff" + `{"errors":[{"id":"5"}]}`,
			refused: []ineedchat.ItemError{{ID: "5", Field: "", Message: ""}}},
		"a mark and no more": {status: 200, body: "\ufeff\r\n"},
		"two ids":            {status: 200, body: `{"errors":[{"id":"5","id":"6"}]}`, fails: true},
		"one id twice": {status: 200, body: `{"errors":[{"id":"5","id":5}]}`,
			refused: []ineedchat.ItemError{{ID: "5", Field: "", Message: ""}}},
		"far too many":     {status: 200, body: `{"errors":[` + strings.Repeat("{},", 20_000) + `{}]}`, fails: true},
		"deep":             {status: 200, body: `{"x":` + strings.Repeat("[", 1<<20), fails: true},
		"errors of a kind": {status: 200, body: `{"errors":"all"}`, fails: true},
		"resync":           {status: 409, body: `{"status":"resync_required"}`, fails: true, resync: true},
		"too large":        {status: 413, fails: true},
		"unusable":         {status: 422, body: `{"message":"seq"}`, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			path, signed := "", ""
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				path, signed = r.URL.Path, r.Header.Get("webhook-signature")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			})
			refused, err := c.PutBatch(t.Context(), "2", testSync, 7, []byte(`{}`))
			if (err != nil) != tc.fails || errors.Is(err, ineedchat.ErrResync) != tc.resync {
				t.Errorf("error %v", err)
			}
			if tc.count > 0 && len(refused) != tc.count || tc.count == 0 && !slices.Equal(refused, tc.refused) {
				t.Errorf("refused %+v", refused)
			}
			var e *ineedchat.Error
			if tc.fails && (!errors.As(err, &e) || tc.status != http.StatusOK && e.Status != tc.status) {
				t.Errorf("error %#v", err)
			}
			if path != "/v1/companies/2/catalog/syncs/"+testSync+"/batches/7" || signed == "" {
				t.Errorf("path %s, signature %q", path, signed)
			}
		})
	}
}

// The same bytes have the same webhook id, others have another: a receiver that
// goes by it takes neither twice.
func TestPutBatchID(t *testing.T) {
	var ids []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { ids = append(ids, r.Header.Get("webhook-id")) })
	for _, body := range []string{`{"a":1}`, `{"a":1}`, `{"a":2}`} {
		if _, err := c.PutBatch(t.Context(), "2", testSync, 1, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if ids[0] != ids[1] || ids[1] == ids[2] {
		t.Errorf("%v", ids)
	}
	if _, err := c.PutBatch(t.Context(), "..", testSync, 1, nil); err == nil {
		t.Error("a company that is no segment was sent")
	}
}

// A batch without anything still has its lists, and lines become lists.
func TestBatchEncode(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		batch                ineedchat.Batch
		categories, products string
		want                 string
	}{
		{ineedchat.Batch{SyncID: testSync, Mode: ineedchat.ModeDelta, Seq: 1, GeneratedAt: at}, "", "",
			`{"version":"1","sync_id":"` + testSync +
				`","mode":"delta","seq":1,"last":false,"generated_at":"2026-11-25T12:00:00Z",` +
				`"deleted":{"products":[],"variants":[],"categories":[]},"currency":"RUB","categories":[],` +
				`"products":[]}`},
		{ineedchat.Batch{SyncID: testSync, Mode: ineedchat.ModeFull, Seq: 2, Last: true, GeneratedAt: at,
			Totals: &ineedchat.Totals{Categories: 1, Products: 2, Batches: 2}}, `{"id":"1"}`,
			"{\"id\":\"5\"}\n{\"id\":\"6\"}",
			`{"version":"1","sync_id":"` + testSync +
				`","mode":"full","seq":2,"last":true,"generated_at":"2026-11-25T12:00:00Z",` +
				`"totals":{"categories":1,"products":2,"batches":2},"deleted":{"products":[],"variants":[],` +
				`"categories":[]},"currency":"RUB","categories":[{"id":"1"}],"products":[{"id":"5"},` +
				`{"id":"6"}]}`},
	} {
		got := tc.batch.Encode([]byte(tc.categories), []byte(tc.products))
		if string(got) != tc.want || !json.Valid(got) {
			t.Errorf("%s\nwant\n%s", got, tc.want)
		}
	}
}

// The hash stands for all that a customer sees, and not for the time.
func TestSeal(t *testing.T) {
	p := ineedchat.Product{ID: "5", Title: "<Кружка>", CategoryIDs: []string{}, Images: []ineedchat.Image{},
		Properties: []ineedchat.Property{}, Variants: []ineedchat.Variant{}}
	_, plain := p.Seal()
	p.UpdatedAt = new(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	text, later := p.Seal()
	if plain != later || plain == 0 || plain == -1 {
		t.Errorf("%d and %d", plain, later)
	}
	var back ineedchat.Product
	if err := json.Unmarshal(text, &back); err != nil || back.Title != "<Кружка>" || back.UpdatedAt == nil ||
		len(back.Hash) != 16 {
		t.Errorf("%+v %v", back, err)
	}
	p.Title = "Кружка"
	if _, other := p.Seal(); other == plain {
		t.Error("another title has the same hash")
	}
}
