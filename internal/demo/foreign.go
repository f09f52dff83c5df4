package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/api"
	"ineed-insales/internal/locale"
)

// The second company has a shop of its own, and a chat that does not speak the contract: it
// posts forms as Botobot does, to an address with a token.
const (
	foreign      = "3"
	foreignToken = "demo-address-token-0123456789-abcdef"
	foreignOrder = "2001"
)

// foreignChat shows that the first form, which nobody can read yet, is kept, and is an order
// once somebody has said what it is.
func (d *demo) foreignChat(ctx context.Context) {
	c := api.Company{
		Name: locale.Text(d.Language, "demo.foreign_company", nil),
		Shop: api.Shop{URL: d.foreignShopURL, KeyID: insalestest.DefaultKeyID, Password: insalestest.DefaultPassword},
		Chat: api.Chat{URL: d.foreignChatURL, Auth: "path", Secrets: []string{foreignToken}, Token: token,
			Wire: &api.Wire{Preset: "learn"}},
		Catalog: api.CatalogSync{Enabled: true, Interval: "5m"},
		Orders: api.OrderSync{Enabled: true, Payments: map[string]int64{"default": 5000001},
			Deliveries: map[string]int64{"pickup": 7000001}},
	}
	if err := d.saveForeign(ctx, c); err != nil {
		d.check(err)
		return
	}
	begin := time.Now()
	if err := d.postForm(ctx); err != nil {
		d.check(err)
		return
	}
	d.say("foreign_unread", "order", foreignOrder, "took", took(time.Since(begin)))

	// The article of the form is looked up in the catalog.
	d.expect(ctx, "foreign_catalog", func() bool {
		var at api.Catalog
		return d.connector.Call(ctx, http.MethodGet, "/companies/"+foreign+"/catalog", nil, &at) == nil &&
			at.FreshAsOf != nil
	})
	c.Chat.Wire.Preset = "botobot"
	if err := d.saveForeign(ctx, c); err != nil {
		d.check(err)
		return
	}
	var out api.WireReplayed
	err := d.connector.Call(ctx, http.MethodPost, "/companies/"+foreign+"/wire/replay", []byte("{}"), &out)
	if err == nil && (out.Orders != 1 || out.StillUnread != 0) {
		err = fmt.Errorf("replay: %+v", out)
	}
	d.check(err)
	d.say("foreign_read")
	d.expect(ctx, "created", func() bool { return len(liveIn(d.foreignShop, foreignOrder)) == 1 }, "order",
		foreignOrder)
}

func (d *demo) saveForeign(ctx context.Context, c api.Company) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return d.connector.Call(ctx, http.MethodPut, "/companies/"+foreign, body, nil)
}

// postForm posts an order as Botobot does.
func (d *demo) postForm(ctx context.Context) error {
	form := url.Values{"id": {foreignOrder}, "recipient": {"Анна"}, "mobile": {"+7 999 000-11-22"},
		"cost_total": {"1 980,00"}, "delivery": {"pickup"}, "goods[0][article]": {"TS-1-0"},
		"goods[0][title]": {"Футболка"},
		"goods[0][count]": {"2"}, "goods[0][price]": {"990"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		"http://"+d.addr+"/webhooks/ineedchat/"+foreign+"/"+foreignToken, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("a form was answered %s", res.Status)
	}
	return errors.Join(err, res.Body.Close())
}
