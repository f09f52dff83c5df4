package probe

import (
	"context"
	"net/http"
	"strconv"

	"ineed-insales/insales"
)

// put changes the first order.
func (r *run) put(ctx context.Context, fields map[string]string) (document, insales.Reply, exchange, error) {
	t := insales.Trial{Name: "probe_order_update", Method: http.MethodPut,
		Path: "orders/" + strconv.FormatInt(r.order.thing.InSalesID, 10),
		In:   map[string]map[string]string{"order": fields}}
	reply, err := r.ask(ctx, t)
	r.changed = r.changed || reply.Status/100 == 2
	return read(reply.Body), reply, exchangeOf(t, reply, true, r.asked.contact), err
}

// changes changes the first order in each of the ways that the program or a manager
// may, with a webhook listening if one can.
func (r *run) changes(ctx context.Context) error {
	heard, err := r.listen(ctx)
	if err != nil {
		return err
	}
	d, reply, e, err := r.put(ctx, map[string]string{"financial_status": "paid"})
	if err != nil {
		return err
	}
	r.says("change_answered", when(reply.Status == http.StatusOK && d.id("id") == r.order.thing.InSalesID,
		reasonNoField, "field", "id", "status", strconv.Itoa(reply.Status)), e)
	if err := r.took(ctx, "paid_alone", "financial_status", "paid", d, reply, e); err != nil {
		return err
	}
	if err := r.customStatus(ctx); err != nil {
		return err
	}
	d, reply, e, err = r.put(ctx, map[string]string{"fulfillment_status": "approved"})
	if err != nil {
		return err
	}
	if err := r.took(ctx, "fulfillment_alone", "fulfillment_status", "approved", d, reply, e); err != nil {
		return err
	}
	_, reply, e, err = r.put(ctx, map[string]string{"fulfillment_status": "ineed-no-such-status"})
	if err != nil {
		return err
	}
	r.says("refusal_is_422", when(reply.Status == http.StatusUnprocessableEntity, reasonStatus, "status",
		strconv.Itoa(reply.Status)), e)
	return r.heard(ctx, heard)
}

// customStatus moves the order to a custom status, by that alone.
func (r *run) customStatus(ctx context.Context) error {
	for _, s := range r.lists.statuses {
		if s.text("system_status") != "accepted" || s.text("permalink") == "" {
			continue
		}
		d, reply, e, err := r.put(ctx, map[string]string{"custom_status_permalink": s.text("permalink")})
		if err != nil {
			return err
		}
		return r.took(ctx, "status_alone", "fulfillment_status", "accepted", d, reply, e)
	}
	r.says("status_alone", untried(reasonEmpty), exchange{})
	return nil
}

// took judges whether a change has taken effect, by its answer or, if that is no
// order, by reading it again.
func (r *run) took(
	ctx context.Context, name, field, want string, d document, reply insales.Reply, e exchange,
) error {
	if reply.Status/100 != 2 {
		r.says(name, otherwise(reasonStatus, "status", strconv.Itoa(reply.Status)), e)
		return nil
	}
	if !d.has(field) {
		again, _, err := r.get(ctx, "order", "orders/"+strconv.FormatInt(r.order.thing.InSalesID, 10), nil)
		if err != nil {
			return err
		}
		d = read(again.Body)
	}
	r.says(name, when(d.text(field) == want, reasonChanged, "asked", want, "got", clip(d.text(field), 40)), e)
	return nil
}
