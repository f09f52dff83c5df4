package hook

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

const public = "https://connector.example"

// example is a company whose shop has made webhook 1 for us.
func example() storage.Company {
	return storage.Company{ID: "2", Hooks: storage.Hooks{Token: "new", IDs: []int64{1}}}
}

// Ours are those that we have made and those that come to our host for this company;
// nobody else's are touched.
func TestViewOf(t *testing.T) {
	url := URL(public, example())
	if want := public + "/webhooks/insales/2/new"; url != want {
		t.Fatalf("the URL is %s, want %s", url, want)
	}
	hook := func(id int64, at, topic string) insales.Hook {
		return insales.Hook{ID: id, Address: at, Topic: topic, Format: "json"}
	}
	update, destroy := hook(1, url, insales.TopicOrderUpdate), hook(2, url, insales.TopicOrderDestroy)
	for name, tt := range map[string]struct {
		url  string
		list []insales.Hook
		want string // ours, what is missing, strays, another connector
	}{
		"none yet":       {url, nil, "[] orders/update orders/destroy [] "},
		"all there":      {url, []insales.Hook{update, destroy}, "[1 2]  [] "},
		"one is missing": {url, []insales.Hook{update}, "[1] orders/destroy [] "},
		"one too many":   {url, []insales.Hook{update, destroy, hook(3, url, update.Topic)}, "[1 2]  [3] "},
		"none is wanted": {"", []insales.Hook{update, destroy}, "[]  [1 2] "},
		"with an old token": {url, []insales.Hook{hook(1, public+"/webhooks/insales/2/old", update.Topic), destroy},
			"[2] orders/update [1] "},
		"of another company at our host": {url, []insales.Hook{update, destroy,
			hook(3, public+"/webhooks/insales/3/x", update.Topic)}, "[1 2]  [] "},
		"of another connector": {url, []insales.Hook{update, destroy,
			hook(3, "https://other.example/webhooks/insales/2/x", update.Topic)}, "[1 2]  [] other.example"},
		"of the merchant": {url, []insales.Hook{update, destroy, hook(3, "https://crm.example/in", update.Topic)},
			"[1 2]  [] "},
	} {
		v := ViewOf(public, example(), tt.list, tt.url)
		strays := []int64{}
		for _, h := range v.strays {
			strays = append(strays, h.ID)
		}
		if got := fmt.Sprint(v.ids, " ", strings.Join(v.Missing, " "), " ", strays, " ", v.Other); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// A token that was replaced stays valid for a day.
func TestRenewToken(t *testing.T) {
	c, now := example(), time.Now()
	RenewToken(&c, "newer")
	for after, want := range map[time.Duration][]string{
		time.Minute: {"newer", "new"}, 23 * time.Hour: {"newer", "new"}, 25 * time.Hour: {"newer"},
	} {
		if got := Tokens(c, now.Add(after)); !slices.Equal(got, want) {
			t.Errorf("after %v %q are valid, want %q", after, got, want)
		}
	}
}
