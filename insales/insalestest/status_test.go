package insalestest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

type status struct {
	Permalink, Title string
	System           string `json:"system_status"`
	Default          bool   `json:"is_default"`
	Color            string
	Position         int
}

func (v *visitor) statuses(t *testing.T) map[string]status {
	t.Helper()
	var list []status
	decode(t, v.ask(t, "GET", "/admin/custom_statuses.json", "", 200).body, &list)
	byPermalink := map[string]status{}
	for _, s := range list {
		byPermalink[s.Permalink] = s
	}
	return byPermalink
}

func TestStatusesLookLikeTheSample(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	sample := fixture(t, "custom_statuses_constructed.json")
	like(t, sample, v.ask(t, "GET", "/admin/custom_statuses.json", "", 200).body)
	like(t, part(t, sample, 0), v.ask(t, "GET", "/admin/custom_statuses/novyy.json", "", 200).body)
}

func TestStatusLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{})
		v := visit(t, shop)
		got := v.ask(t, "POST", "/admin/custom_statuses.json",
			`{"custom_status":{"system_status":"approved","title":"В сборке"}}`, 201).object(t)
		equal(t, "made", fmt.Sprint(got["permalink"], got["is_default"], got["position"], got["color"]),
			"v-sborkefalse8#DC5F59")
		const path = "/admin/custom_statuses/v-sborke.json"
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"custom_status_permalink":"v-sborke"}}`, 200)

		time.Sleep(time.Minute)
		body := v.ask(t, "PUT", path, `{"custom_status":{"title":"Собирается","color":"#929594","position":1}}`,
			200).body
		like(t, fixture(t, "status_ok.json"), body)
		got = v.ask(t, "GET", path, "", 200).object(t)
		equal(t, "changed", fmt.Sprint(got["title"], got["color"], got["position"]), "Собирается#9295941")
		equal(t, "updated", got["updated_at"], any("2000-01-01T03:01:00.000+03:00"))
		order := v.ask(t, "GET", "/admin/orders/70000001.json", "", 200).object(t)
		equal(t, "in the order", order["custom_status"],
			any(map[string]any{"permalink": "v-sborke", "title": "Собирается"}))

		v.ask(t, "PUT", path, `{"custom_status":{"is_default":true}}`, 200)
		equal(t, "one default", fmt.Sprint(v.statuses(t)["soglasovan"].Default, v.statuses(t)["v-sborke"].Default),
			"false true")
		v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"fulfillment_status":"new"}}`, 200)
		order = v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"fulfillment_status":"approved"}}`,
			200).object(t)
		equal(t, "by its default", order["custom_status"].(map[string]any)["permalink"], any("v-sborke"))

		equal(t, "answer", string(v.ask(t, "DELETE", path, "", 200).body), `{"status":"ok"}`)
		equal(t, "gone", string(v.ask(t, "GET", path, "", 200).body), "null")
		v.ask(t, "PUT", path, "[]", 404)
		v.ask(t, "DELETE", path, "", 404)
		order = v.ask(t, "GET", "/admin/orders/70000001.json", "", 200).object(t)
		equal(t, "the order keeps it", order["custom_status"].(map[string]any)["permalink"], any("v-sborke"))
		equal(t, "another default", v.statuses(t)["soglasovan"].Default, true)
		v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"custom_status_permalink":"v-sborke"}}`, 422)
		equal(t, "unknown", shop.UnknownFields(), []string(nil))
	})
}

func TestPermalinks(t *testing.T) {
	shop := insalestest.New(insalestest.Config{NoSeed: true})
	v := visit(t, shop)
	for _, c := range []struct{ title, want string }{
		{"Новый", "novyy"}, {"В обработке", "v-obrabotke"}, {"В процессе возврата", "v-protsesse-vozvrata"},
		{"New (ordered by phone)", "new-ordered-by-phone"}, {"Доставляется 2", "dostavlyaetsya-2"},
		{"Съёмка, щи!", "syomka-schi"},
	} {
		body := fmt.Sprintf(`{"custom_status":{"system_status":"accepted","title":%q}}`, c.title)
		got := v.ask(t, "POST", "/admin/custom_statuses.json", body, 201).object(t)["permalink"].(string)
		if c.title == "Новый" || c.title == "В обработке" { // those of the system statuses were made before
			equal(t, c.title, len(got), len(c.want)+len("-9fe101"))
			got = got[:len(c.want)]
		}
		equal(t, c.title, got, c.want)
	}
	got := v.ask(t, "POST", "/admin/custom_statuses.json", `{"custom_status":{"system_status":"new","title":"🎁"}}`,
		201).object(t)
	equal(t, "nothing to write", len(got["permalink"].(string)), 6)
	v.ask(t, "GET", "/admin/custom_statuses/"+url.PathEscape(got["permalink"].(string))+".json", "", 200)
}

func TestStatusRefused(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	for body, field := range map[string]string{
		`{"custom_status":{"title":"X"}}`:                           "system_status",
		`{"custom_status":{"system_status":"new"}}`:                 "title",
		`{"custom_status":{"system_status":"shipped","title":"X"}}`: "system_status",
	} {
		if got := v.ask(t, "POST", "/admin/custom_statuses.json", body, 422).object(t); got[field] == nil {
			t.Errorf("%s: %v", body, got)
		}
	}
	equal(t, "statuses", len(v.statuses(t)), 7)
}

// TestListingCoversSystemStatuses: InSales says that it may.
func TestListingCoversSystemStatuses(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	v.ask(t, "DELETE", "/admin/custom_statuses/vozvrat.json", "", 200)
	equal(t, "gone", string(v.ask(t, "GET", "/admin/custom_statuses/vozvrat.json", "", 200).body), "null")
	equal(t, "made again", v.statuses(t)["vozvrat"].System, "returned")
}

func TestWithoutCustomStatuses(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
	custom := func() any {
		t.Helper()
		return v.ask(t, "GET", "/admin/orders/70000001.json", "", 200).
			object(t)["custom_status"].(map[string]any)["permalink"]
	}
	equal(t, "with", custom(), any("novyy"))
	shop.Reconfigure(func(c *insalestest.Switches) { c.NoCustomStatuses = true })
	equal(t, "without", custom(), any("new"))
	for _, ask := range []struct{ method, path string }{
		{"GET", "/admin/custom_statuses.json"}, {"POST", "/admin/custom_statuses.json"},
		{"GET", "/admin/custom_statuses/novyy.json"},
		{"PUT", "/admin/custom_statuses/novyy.json"}, {"DELETE", "/admin/custom_statuses/novyy.json"},
	} {
		v.ask(t, ask.method, ask.path, map[string]string{"POST": "{}", "PUT": "{}"}[ask.method], 404)
	}
	put := func(body string, want int) {
		t.Helper()
		v.ask(t, "PUT", "/admin/orders/70000001.json", body, want)
	}
	put(`{"order":{"custom_status_permalink":"accepted"}}`, 200)
	equal(t, "accepted", custom(), any("accepted"))
	put(`{"order":{"fulfillment_status":"dispatched"}}`, 200)
	equal(t, "dispatched", custom(), any("dispatched"))
	put(`{"order":{"custom_status_permalink":"novyy"}}`, 422)
	shop.Reconfigure(func(c *insalestest.Switches) { c.NoCustomStatuses = false })
	equal(t, "statuses", len(v.statuses(t)), 7)
}

func TestStatusIDsStay(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	id := v.ask(t, "GET", "/admin/custom_statuses/otmenen.json", "", 200).object(t)["id"]
	equal(t, "id", id, any(json.Number("1006")))
	v.ask(t, "DELETE", "/admin/custom_statuses/novyy.json", "", 200)
	equal(t, "same id", v.ask(t, "GET", "/admin/custom_statuses/otmenen.json", "", 200).object(t)["id"], id)
}
