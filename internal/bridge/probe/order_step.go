package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

// A made order is one of the probe's.
type made struct {
	thing storage.ProbeThing
	body  document // as it was answered
	reply insales.Reply
	e     exchange
	asked insales.NewOrder
}

// orderLife takes an order through its whole life.
func (r *run) orderLife(ctx context.Context) error {
	from := time.Now().Add(r.lists.ahead - 2*time.Second)
	asked, err := r.firstOrder()
	if err != nil {
		r.says("order_created", untried(reasonOf(err)), exchange{})
		return errRefused
	}
	before, err := r.stock(ctx)
	if err != nil {
		return err
	}
	if r.order, err = r.create(ctx, asked); err != nil {
		return err
	}
	r.fieldsRequired()
	if r.order.thing.InSalesID == 0 {
		r.says("order_created", otherwise(reasonStatus, "status", strconv.Itoa(r.order.reply.Status)), r.order.e)
		return errRefused
	}
	r.says("order_created", when(r.order.reply.Status == http.StatusCreated, reasonStatus, "status",
		strconv.Itoa(r.order.reply.Status)), r.order.e)
	r.kept()
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return r.reserved(ctx, before) },
		r.delay, r.twice, r.changes, r.pickup, r.control,
		func(ctx context.Context) error { return r.removal(ctx, before) },
		func(ctx context.Context) error { return r.readFeed(ctx, &from) },
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// create sends an order after it was written down. An answer that is no order leaves
// the thing to removal, which finds out whether it is there.
func (r *run) create(ctx context.Context, o insales.NewOrder) (made, error) {
	m := made{asked: o}
	var err error
	m.thing, err = r.prober.intend(ctx, storage.ProbeThing{AccountID: r.settings.AccountID, Kind: storage.ProbeOrder,
		Token: r.token, MadeAt: time.Now().Add(r.lists.ahead)})
	if err != nil {
		return m, err
	}
	t := insales.Trial{Name: "probe_order_create", Method: http.MethodPost, Path: "orders",
		In: map[string]insales.NewOrder{"order": o}}
	m.reply, err = r.ask(ctx, t)
	m.e = exchangeOf(t, m.reply, true, r.asked.contact)
	if err != nil {
		return m, err
	}
	if m.reply.Status/100 == 4 {
		return m, r.prober.ended(ctx, m.thing) // that is certain: nothing was made
	}
	m.body = read(m.reply.Body)
	if m.reply.Status/100 != 2 || m.body.id("id") == 0 {
		return m, nil
	}
	m.thing.InSalesID = m.body.id("id")
	if err := r.prober.learned(ctx, m.thing); err != nil {
		return m, err
	}
	_, err = r.prober.ownClient(ctx, m.thing, m.body)
	return m, err
}

// fieldsRequired judges by the first order whether the shop insists on checkout fields
// over the API, if the order lacks one. A refusal has to name such a field.
func (r *run) fieldsRequired() {
	body, insists := string(r.order.reply.Body), r.order.reply.Status/100 == 4
	named := strings.Contains(body, "fields_values")
	for _, f := range r.lists.empty {
		for _, name := range []string{f.text("title"), f.text("system_name")} {
			named = named || name != "" && strings.Contains(body, name)
		}
	}
	if len(r.lists.empty) == 0 || insists && !named || !insists && r.order.thing.InSalesID == 0 {
		return
	}
	r.learnt.FieldsRequired = &insists
	if insists {
		r.says("obligatory_fields", otherwise(reasonFieldsRefused, "fields", idsOf(r.lists.empty)), r.order.e)
	}
}

// kept compares what was answered with what was asked for.
func (r *run) kept() {
	m, o := r.order, r.order.asked
	r.markerKept(m)
	line := document{}
	if lines := m.body.objects("order_lines"); len(lines) > 0 {
		line = lines[0]
	}
	r.says("prices_kept", sum(line, o.Lines[0].SalePrice, "sale_price"), m.e)
	if o.DeliveryPrice == nil {
		r.says("delivery_price_kept", untried(reasonNoFixed), exchange{})
	} else {
		name := "delivery_price"
		if m.body.has("full_delivery_price") {
			name = "full_delivery_price"
		}
		r.says("delivery_price_kept", sum(m.body, *o.DeliveryPrice, name), m.e)
	}
	r.says("comment_kept", when(m.body.text("comment") == o.Comment, reasonChanged), m.e)
	client := m.body.object("client")
	var lost []string
	if client.text("name") != o.Client.Name {
		lost = append(lost, "name")
	}
	if asked := digitsOf(o.Client.Phone); asked != "" && !strings.HasSuffix(digitsOf(client.text("phone")),
		asked[max(0, len(asked)-10):]) {
		lost = append(lost, "phone")
	}
	if o.Client.Email != "" && !strings.EqualFold(client.text("email"), o.Client.Email) {
		lost = append(lost, "email")
	}
	r.says("client_kept", when(len(lost) == 0, reasonChanged, "fields", strings.Join(lost, ", ")), m.e)
	pickupFirst := r.isPickup(o.DeliveryID) && o.ShippingAddress.Address == ""
	if pickupFirst {
		r.says("pickup_without_address", holds(), m.e)
	}
}

func (r *run) markerKept(m made) {
	yes, no := true, false
	switch {
	case !m.body.has("manager_comment"):
		r.learnt.MarkerKept = &no
		r.says("marker_kept", otherwise(reasonNoField, "field", "manager_comment"), m.e)
	case !strings.Contains(m.body.text("manager_comment"), marker(r.token)):
		r.learnt.MarkerKept = &no
		r.says("marker_kept", otherwise(reasonChanged), m.e)
	default:
		r.learnt.MarkerKept = &yes
		r.says("marker_kept", holds(), m.e)
	}
}

// sum compares an amount with the one that was asked for.
func sum(d document, asked json.Number, name string) verdict {
	want, _ := decimal.NewFromString(string(asked))
	got, ok := d.amount(name)
	if !ok {
		return otherwise(reasonNoField, "field", name)
	}
	return when(got.Equal(want), reasonChanged, "asked", want.String(), "got", got.String())
}

// stock reads how many of the variant there are; nil = the shop does not count them.
func (r *run) stock(ctx context.Context) (*decimal.Decimal, error) {
	if !r.variant.counted {
		return nil, nil
	}
	reply, _, err := r.get(ctx, "product", "products/"+strconv.FormatInt(r.variant.product, 10), nil)
	if err != nil {
		return nil, err
	}
	for _, v := range read(reply.Body).objects("variants") {
		if q, ok := v.amount("quantity"); ok && v.id("id") == r.variant.id {
			return &q, nil
		}
	}
	return nil, nil
}

// reserved looks whether the order has taken its piece from the stock.
func (r *run) reserved(ctx context.Context, before *decimal.Decimal) error {
	now, err := r.stock(ctx)
	if err != nil {
		return err
	}
	if before == nil || now == nil {
		r.says("stock_reserved", untried(reasonNotCounted), exchange{})
		return nil
	}
	r.says("stock_reserved", when(now.Equal(before.Sub(decimal.NewFromInt(1))), reasonStock,
		"before", before.String(), "after", now.String()), exchange{})
	return nil
}

// How long a new order may take to be in the feed before that is otherwise, and
// after which waits it is looked for.
const feedDelay = 20 * time.Second

var feedLooks = []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second,
	16 * time.Second, 32 * time.Second}

// delay looks for the order in the feed.
func (r *run) delay(ctx context.Context) error {
	begun := time.Now()
	since := r.order.thing.MadeAt.Add(-5 * time.Second) // clocks are told to the second
	var e exchange
	for _, wait := range feedLooks {
		if err := pause(ctx, wait); err != nil {
			return err
		}
		rows, _, last, err := r.feedPage(ctx, since, 0, true, 250)
		if err != nil {
			return err
		}
		e = last
		if slices.ContainsFunc(rows, func(o row) bool { return o.id == r.order.thing.InSalesID }) {
			took := time.Since(begun)
			r.learnt.FeedDelay = took.Round(time.Second)
			r.says("feed_delay", when(took <= feedDelay, reasonLate, "seconds",
				strconv.Itoa(int(took.Round(time.Second).Seconds()))), e)
			return nil
		}
	}
	r.learnt.FeedDelay = time.Since(begun).Round(time.Second)
	r.says("feed_delay", otherwise(reasonNotShown, "seconds", strconv.Itoa(int(r.learnt.FeedDelay.Seconds()))), e)
	return nil
}

// twice sends the same request again, and removes what comes of it.
func (r *run) twice(ctx context.Context) error {
	second, err := r.create(ctx, r.order.asked)
	if err != nil {
		return err
	}
	switch id := second.thing.InSalesID; {
	case id == 0:
		r.says("idempotent_create", otherwise(reasonStatus, "status", strconv.Itoa(second.reply.Status)), second.e)
		r.says("client_merged", untried(reasonRefused), exchange{})
		return nil
	case id == r.order.thing.InSalesID:
		r.says("idempotent_create", otherwise(reasonSameOrder), second.e)
		return r.prober.ended(ctx, second.thing) // it is the first
	}
	r.says("idempotent_create", holds(), second.e)
	one, other := r.order.body.object("client").id("id"), second.body.object("client").id("id")
	switch {
	case r.asked.contact.Phone == "":
		r.says("client_merged", when(one != other, reasonSameClient), second.e)
	default:
		r.says("client_merged", when(one != other, reasonSameClient, "by", "phone"), second.e)
	}
	return r.takeAway(ctx, second)
}

// smile is a letter beyond the basic plane, which some databases cannot keep.
const smile = "🙂"

// pickup orders for pickup, without an address, and with an emoji in the comment. An
// order that is refused is tried without the emoji, with an address, and without both,
// until the shop takes one: what that one lacks is what the shop refuses.
func (r *run) pickup(ctx context.Context) error {
	delivery, found := mappedDelivery(r.settings.Orders, r.isPickup)
	if !found {
		r.says("pickup_without_address", untried(reasonNoPickup), exchange{})
		delivery = r.order.asked.DeliveryID
	}
	o, err := r.request(delivery, r.spare)
	if err != nil {
		r.says("pickup_without_address", untried(reasonOf(err)), exchange{})
		return nil
	}
	words := o.Comment
	var refused made // the first
	for _, try := range []struct{ emoji, address bool }{{true, false}, {false, false}, {true, true}, {false, true}} {
		if !found && !try.address {
			continue
		}
		o.Comment, o.ShippingAddress.Address = words, ""
		if try.emoji {
			o.Comment += " " + smile
		}
		if try.address {
			o.ShippingAddress.Address = orderWords
		}
		m, err := r.create(ctx, o)
		if err != nil {
			return err
		}
		if refused.reply.Status == 0 {
			refused = m
		}
		if m.thing.InSalesID != 0 {
			r.pickedUp(found, try.address, refused, m)
			return r.takeAway(ctx, m)
		}
	}
	r.says("emoji_kept", unknown(reasonRefused), refused.e)
	if found {
		r.says("pickup_without_address", unknown(reasonRefused), refused.e)
	}
	return nil
}

// pickedUp judges the order that the shop took, after the first one that it refused.
func (r *run) pickedUp(pickup, address bool, refused, taken made) {
	status := []string{"status", strconv.Itoa(refused.reply.Status)}
	if strings.Contains(taken.asked.Comment, smile) {
		r.says("emoji_kept", when(strings.Contains(taken.body.text("comment"), smile), reasonChanged), taken.e)
	} else {
		r.says("emoji_kept", otherwise(reasonStatus, status...), refused.e)
	}
	if !pickup {
		return
	}
	r.learnt.PickupNeedsAddress = address
	if address {
		r.says("pickup_without_address", otherwise(reasonStatus, status...), refused.e)
		return
	}
	r.says("pickup_without_address", holds(), taken.e)
}

// control sends a control character, which may make the shop stumble: as the last
// order, so that it spoils nothing else. Only if the same order is taken without it,
// the character was what the shop refused.
func (r *run) control(ctx context.Context) error {
	o := r.order.asked
	o.Lines = []insales.NewLine{{VariantID: r.spare.id, Quantity: "1",
		SalePrice: json.Number(r.spare.price.Add(odd).String())}}
	words := o.Comment
	o.Comment += "\u0001"
	m, err := r.create(ctx, o)
	if err != nil {
		return err
	}
	if m.thing.InSalesID != 0 {
		r.says("control_character", holds("kept", strconv.FormatBool(m.body.text("comment") == o.Comment)), m.e)
		return r.takeAway(ctx, m)
	}
	o.Comment = words
	plain, err := r.create(ctx, o)
	if err != nil {
		return err
	}
	if plain.thing.InSalesID == 0 {
		r.says("control_character", unknown(reasonRefused), m.e)
		return nil
	}
	r.says("control_character", otherwise(reasonStatus, "status", strconv.Itoa(m.reply.Status)), m.e)
	return r.takeAway(ctx, plain)
}

// takeAway removes an order as soon as it has told what it is for, with its client.
// What cannot be removed now is tried again at the end.
func (r *run) takeAway(ctx context.Context, m made) error {
	_, _, err := r.prober.removeThing(ctx, r.askFreely, m.thing)
	return err
}

// removal removes the first order and looks what is left of it.
func (r *run) removal(ctx context.Context, before *decimal.Decimal) error {
	removed, status, err := r.prober.removeThing(ctx, r.askFreely, r.order.thing)
	if err != nil {
		return err
	}
	reply, e, err := r.get(ctx, "order", "orders/"+strconv.FormatInt(r.order.thing.InSalesID, 10), nil)
	if err != nil {
		return err
	}
	deleted := removed && (status/100 == 2 || status == http.StatusNotFound)
	r.says("order_removed", when(deleted, reasonStatus, "status", strconv.Itoa(status)), e)
	archived := read(reply.Body).truth("archived")
	r.trashed = archived
	switch {
	case reply.Status == http.StatusNotFound:
		r.says("removed_shown", otherwise(reasonNotShown), e)
	default:
		r.says("removed_shown", when(archived, reasonChanged, "by_id", strconv.Itoa(reply.Status)), e)
	}
	now, err := r.stock(ctx)
	if err != nil {
		return err
	}
	if before == nil || now == nil {
		r.says("stock_returned", untried(reasonNotCounted), exchange{})
		return nil
	}
	r.says("stock_returned", when(now.Equal(*before), reasonStock, "before", before.String(), "after", now.String()),
		exchange{})
	return nil
}

// askFreely is ask without the bound on requests: what was made has to be removed.
func (r *run) askFreely(ctx context.Context, t insales.Trial) (insales.Reply, error) {
	r.requests++
	return askShop(ctx, r.shop, t)
}

// adminAddress is where a request to an order goes.
func adminAddress(kind string, id int64) string {
	return fmt.Sprintf("%s/%d", map[string]string{
		storage.ProbeOrder: "orders", storage.ProbeClient: "clients", storage.ProbeHook: "webhooks",
	}[kind], id)
}
