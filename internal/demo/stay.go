package demo

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/api"
)

// stay prints commands to try and lets an order arrive now and then, until ctx ends.
func (d *demo) stay(ctx context.Context, socket string) error {
	self := os.Args[0]
	if strings.Contains(self, "go-build") {
		self = "go run ."
	}
	first := d.shop.Orders()[0].ID
	d.sendPaid(ctx, "1003", "sbp", "accepted") // nobody has said what that is in InSales
	d.expect(ctx, "attention", func() bool {
		var o api.Order
		return d.connector.Call(ctx, http.MethodGet, "/companies/"+company+"/orders/1003", nil, &o) == nil &&
			o.State == "attention"
	}, "order", "1003")
	d.say("try")
	for _, line := range []string{
		self + " order list " + company + " --socket " + socket,
		self + " order show " + company + " 1002 --socket " + socket,
		self + " catalog runs " + company + " --socket " + socket,
		self + " company show " + company + " --socket " + socket,
		"curl -s http://" + d.addr + "/metrics | grep ineed_insales_",
		fmt.Sprintf("curl -s -u %s:%s -X PUT -H 'Content-Type: application/json' -d '%s' %s/admin/orders/%d.json",
			insalestest.DefaultKeyID, insalestest.DefaultPassword,
			`{"order":{"custom_status_permalink":"dostavlen"}}`, d.shopURL, first),
	} {
		fmt.Fprintln(d.Out, "  "+line)
	}
	d.say("stop")
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for n := 1004; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		id := strconv.Itoa(n)
		d.send(ctx, id, "accepted")
		d.expect(ctx, "told_new", d.told(id, "new"), "order", id)
	}
}
