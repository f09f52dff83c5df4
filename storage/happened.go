package storage

import (
	"context"
	"log/slog"
	"maps"
	"slices"
)

// What the log tells of orders is their history, entry by entry. Each is logged once,
// after the commit that made it last, and with what stands in the history: an order
// that is known from either place is found in the other by the same ids. The journal
// is logged in the same way. So nobody else has to log what an update has done, and
// nothing is logged that was not kept.

// An Origin is the request by which something has come.
type Origin struct {
	Request string // our id of it, which its answer has as X-Request-ID
	Webhook string // the webhook-id that the chat has given it; "" = none
}

type originKey struct{}

// From gives a context whose updates note in the history of orders, and in the log, by
// what request they have come.
func From(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// into adds the ids of the request to the facts of an event.
func (o Origin) into(args map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, args)
	if o.Request != "" {
		all["request_id"] = o.Request
	}
	if o.Webhook != "" {
		all["webhook_id"] = o.Webhook
	}
	return all
}

// loggedArgs are the facts of an event that the log has as well. What others have
// written is not among them: it may quote a customer.
func loggedArgs() []string {
	return []string{
		"action", "attempt", "body", "by", "came", "code", "field", "how", "insales_id", "insales_number", "kind",
		"nothing", "paid", "parked", "payment", "reason", "request_id", "revision", "shop_request_id", "status",
		"times", "tries", "type", "webhook_id", "wire",
	}
}

// happened notes an event of the running update, for the log.
func (tx *Tx) happened(o *Order, e Event) {
	if !tx.s.cfg.Log.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	list := []slog.Attr{slog.String("event", e.Kind), slog.String("company", o.Key.Company),
		slog.String("order", o.Key.ID), slog.String("state", string(o.State))}
	if o.Key.Test {
		list = append(list, slog.Bool("test", true))
	}
	for _, name := range loggedArgs() {
		v := e.Args[name]
		if name == "by" {
			v = ActorKind(v) // names of people are not for the log
		}
		if v != "" {
			list = append(list, slog.String(name, v))
		}
	}
	if o.InSalesID != 0 && e.Args["insales_id"] == "" {
		list = append(list, slog.Int64("insales_id", o.InSalesID))
	}
	tx.news = append(tx.news, news{"order", list})
}

// noted notes an entry of the journal, for the log: of the settings that have changed
// only the names, but for the switch that pauses a company. What was done to one order is
// logged with its history.
func (tx *Tx) noted(e Entry) {
	if e.Order.ID != "" {
		return
	}
	list := []slog.Attr{slog.String("entry", e.Kind), slog.String("by", ActorKind(e.Actor))}
	if e.Company != "" {
		list = append(list, slog.String("company", e.Company))
	}
	if e.Orders > 0 {
		list = append(list, slog.Int("orders", e.Orders))
	}
	var fields []string
	for _, c := range e.Changes {
		if fields = append(fields, c.Field); c.Field == "orders.paused" {
			list = append(list, slog.Bool("paused", c.New == "true"))
		}
	}
	if len(fields) > 0 {
		list = append(list, slog.Any("fields", slices.Compact(fields)))
	}
	if id := tx.origin.Request; id != "" {
		list = append(list, slog.String("request_id", id))
	}
	tx.news = append(tx.news, news{"journal", list})
}

// A news is a line that the log gets once the update is committed.
type news struct {
	text string
	list []slog.Attr
}

// tell gives the log what an update has done.
func tell(log *slog.Logger, list []news) {
	for _, n := range list {
		log.LogAttrs(context.Background(), slog.LevelInfo, n.text, n.list...)
	}
}
