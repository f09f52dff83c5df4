//go:build torture && linux

package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// call asks the JSON API over the socket; status is 0 if there was no answer.
func (x *torture) call(ctx context.Context, method, path string, in, out any) (status int, err error) {
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return 0, err
		}
	}
	resp, err := api.Client{Socket: x.lives.socket()}.Send(ctx, time.Minute, method, "/api/v1"+path, body)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && out != nil && resp.StatusCode/100 == 2 {
		err = json.Unmarshal(text, out)
	}
	return resp.StatusCode, err
}

// freshSecret makes one as INEED.CHAT's administrator would.
func freshSecret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	return "whsec_" + base64.StdEncoding.EncodeToString(raw)
}

// settings are those of a company with the given secrets.
func (x *torture) settings(c *tenant, paused bool, secrets ...string) api.Company {
	return api.Company{
		Name:    "Компания " + c.id,
		Shop:    api.Shop{URL: c.shop.url, KeyID: insalestest.DefaultKeyID, Password: insalestest.DefaultPassword},
		Chat:    api.Chat{Auth: "signature", Secrets: secrets, Token: ineedchattest.DefaultToken},
		Catalog: api.CatalogSync{Enabled: c.id == catalogCompany && x.on("catalog"), Interval: "5m"},
		Orders: api.OrderSync{Enabled: true, Paused: paused, Payments: map[string]int64{"cash": 5000001},
			Deliveries: map[string]int64{"pickup": 7000001, "delivery": 7000002}},
	}
}

// save stores the settings until that has come through with everything on, and
// reports whether it has before ctx ended.
func (x *torture) save(ctx context.Context, c *tenant, paused bool, secrets ...string) bool {
	stray := c.isUnsure()
	c.believe(true, secrets[len(secrets)-1]) // the older one, which is valid before and after
	for ctx.Err() == nil {
		var got api.Company
		status, err := x.call(ctx, http.MethodPut, "/companies/"+c.id, x.settings(c, paused, secrets...), &got)
		if err == nil && status/100 == 2 && got.Orders.Enabled {
			c.believe(false, secrets...)
			c.mu.Lock()
			c.paused = paused
			if stray {
				c.stray = time.Now().Add(underWay)
			}
			c.mu.Unlock()
			return true
		}
		sleep(ctx, 500*time.Millisecond)
	}
	return false
}

// administer changes the settings of a company until ctx ends, and leaves it
// running.
func (x *torture) administer(ctx context.Context, c *tenant, dice *dice) {
	for ctx.Err() == nil {
		sleep(ctx, dice.upTo(10*time.Second))
		c.mu.Lock()
		old, paused := c.secrets[0], c.paused
		c.mu.Unlock()
		switch dice.IntN(4) {
		case 0:
			x.tally.add("settings_put")
			x.save(ctx, c, paused, old)
		case 1:
			x.tally.add("paused_or_resumed")
			x.save(ctx, c, !paused, old)
		case 2:
			x.tally.add("secrets_put")
			x.save(ctx, c, paused, freshSecret(), old)
		case 3:
			x.tally.add("secret_rotated")
			c.believe(true, old)
			var made api.Rotated
			of := api.Rotate{Of: "chat"}
			status, err := x.call(ctx, http.MethodPost, "/companies/"+c.id+"/secrets", of, &made)
			if err == nil && status == http.StatusOK {
				c.believe(false, made.Secret, old)
				continue
			}
			x.save(ctx, c, paused, old) // nobody knows the one that may have been made
		}
	}
}

// decide does now and then what a person does: reads, exports, retries, looks.
func (x *torture) decide(ctx context.Context, dice *dice) {
	for ctx.Err() == nil {
		sleep(ctx, dice.upTo(3*time.Second))
		c := x.regulars[dice.IntN(len(x.regulars))]
		base := "/companies/" + c.id
		var list api.Page[api.Order]
		_, err := x.call(ctx, http.MethodGet, base+"/orders?limit=100", nil, &list)
		if err != nil || len(list.Items) == 0 {
			continue
		}
		o := list.Items[dice.IntN(len(list.Items))]
		if len(o.Actions) == 0 || o.Test {
			continue
		}
		action := o.Actions[dice.IntN(len(o.Actions))]
		switch action {
		case "retry", "refresh", "report", "accept":
			x.tally.add("person_" + action)
			_, _ = x.call(ctx, http.MethodPost, base+"/orders/"+o.ID+"/"+action, map[string]any{}, nil)
		case "preview":
			_, _ = x.call(ctx, http.MethodGet, base+"/orders/"+o.ID+"/preview", nil, nil)
		}
		_, _ = x.call(ctx, http.MethodGet, base+"/orders/"+o.ID+"?bodies=true", nil, nil)
		if c.id == catalogCompany && x.on("catalog") && dice.IntN(10) == 0 {
			_, _ = x.call(ctx, http.MethodPost, base+"/catalog/sync", map[string]bool{"full": dice.IntN(2) == 0}, nil)
		}
	}
}

// comeAndGo makes companies, lets orders come and deletes the companies while
// more orders come, until ctx ends.
func (x *torture) comeAndGo(ctx context.Context, dice *dice) {
	for n := 1; ctx.Err() == nil; n++ {
		sleep(ctx, dice.upTo(5*time.Second))
		c := x.newTenant(fmt.Sprintf("e%d", n), 0)
		c.shop.poison = func(string) poison { return "" }
		secret := freshSecret()
		if !x.save(ctx, c, false, secret) {
			return // it is made when all is friendly
		}
		x.tally.add("company_made")
		for range 3 + dice.IntN(4) {
			x.orders.Go(func() { x.order(x.ctx, c, x.dice(fmt.Sprint("last ", c.id, dice.Int64N(1<<40)))) })
			sleep(ctx, dice.upTo(time.Second))
		}
		x.leave(ctx, c, dice)
	}
}

// leave deletes a company at the moments at which an order may slip through: it
// is idle, paused perhaps, its shop is slow to forget its webhooks, and orders
// come.
func (x *torture) leave(ctx context.Context, c *tenant, dice *dice) {
	c.shop.Fault(insalestest.Rule{Op: insalestest.OpHooks, Latency: 3 * time.Second})
	for round := 0; ctx.Err() == nil; round++ {
		x.idle(ctx, c)
		paused := dice.IntN(2) == 0
		if paused {
			x.save(ctx, c, true, c.secrets[0])
		}
		for range 4 {
			x.orders.Go(func() {
				mine := x.dice(fmt.Sprint("late ", c.id, round, dice.Int64N(1<<40)))
				sleep(x.ctx, mine.upTo(5*time.Second))
				x.order(x.ctx, c, mine)
			})
		}
		status, err := x.call(ctx, http.MethodDelete, "/companies/"+c.id, nil, nil)
		if err != nil {
			status, _ = x.call(ctx, http.MethodGet, "/companies/"+c.id, nil, nil)
		}
		if status == http.StatusNoContent || status == http.StatusNotFound {
			x.tally.add("company_deleted")
			x.setDeleted(c.id)
			return
		}
		x.tally.add("deletion_refused")
		x.save(ctx, c, false, c.secrets[0])
	}
}

// idle waits until a company has no order that waits for something; what waits
// for a person is sent again.
func (x *torture) idle(ctx context.Context, c *tenant) {
	for ctx.Err() == nil {
		list, err := x.list(ctx, c.id)
		busy := slices.ContainsFunc(list, func(o api.Order) bool {
			if o.State == "attention" {
				_, _ = x.call(ctx, http.MethodPost, "/companies/"+c.id+"/orders/"+o.ID+"/retry", nil, nil)
			}
			return slices.Contains([]string{"new", "sending", "attention"}, o.State)
		})
		if err == nil && !busy {
			return
		}
		sleep(ctx, time.Second)
	}
}

// list gives all orders of a company.
func (x *torture) list(ctx context.Context, company string) (all []api.Order, err error) {
	for cursor := ""; ; {
		var page api.Page[api.Order]
		status, err := x.call(ctx, http.MethodGet, "/companies/"+company+"/orders?limit=200&cursor="+cursor, nil, &page)
		if err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("orders of company %s: %d %w", company, status, err)
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// help does what a person does at the end: what the chat has refused for good
// is reported again, what has stopped is tried again.
func (x *torture) help(ctx context.Context) {
	for _, c := range x.all() {
		if x.isDeleted(c.id) {
			continue
		}
		list, _ := x.list(ctx, c.id)
		for _, o := range list {
			failing := slices.ContainsFunc(o.Notices, func(n api.Problem) bool { return n.Code == "report_failing" })
			if (failing || o.ReportProblem != nil) && slices.Contains(o.Actions, "report") {
				x.tally.add("helped_report")
				_, _ = x.call(ctx, http.MethodPost, "/companies/"+c.id+"/orders/"+o.ID+"/report", nil, nil)
			}
		}
		if trouble := x.trouble(ctx, c); trouble != "" {
			x.tally.add("helped_company")
			x.save(ctx, c, false, c.secrets[0])
		}
	}
}

// trouble tells what a company complains of; "" = nothing.
func (x *torture) trouble(ctx context.Context, c *tenant) string {
	var got api.Company
	status, err := x.call(ctx, http.MethodGet, "/companies/"+c.id, nil, &got)
	if err != nil || status != http.StatusOK {
		return fmt.Sprintf("cannot be asked: %d %v", status, err)
	}
	text := map[string]bool{}
	for _, p := range []*api.Problem{got.Problem, got.ChatProblem, got.CatalogProblem} {
		if p != nil {
			text[p.Code] = true
		}
	}
	if len(text) == 0 {
		return ""
	}
	return fmt.Sprint(slices.Sorted(maps.Keys(text)))
}
