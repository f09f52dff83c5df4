package probe

import (
	"slices"

	"ineed-insales/storage"
)

// An Assumption is something that the program takes for granted about every InSales
// shop, although InSales documents it nowhere, or not so that one could rely on it.
type Assumption struct {
	Name   string // of the probe's item
	Says   string
	Source string // where it is documented or inferred from
	Where  string // the function that isolates it
	Else   string // what the program does if it is otherwise
	Writes bool   // only writing shows it
}

// Assumptions gives all of them, in the order in which people read them.
func Assumptions() []Assumption { return slices.Clone(assumptions) }

// AssumptionOf gives the assumption of a name; false if there is none.
func AssumptionOf(name string) (Assumption, bool) {
	i := slices.IndexFunc(assumptions, func(a Assumption) bool { return a.Name == name })
	if i < 0 {
		return Assumption{}, false
	}
	return assumptions[i], true
}

// assumptions are all of them, in the order in which people read them.
var assumptions = []Assumption{
	{Name: "account", Says: "account.json tells the id of the shop behind the key",
		Source: "documented", Where: "insales.Client.Account",
		Else: "the company is bound to the account by its first order body"},
	{Name: "clock", Says: "every answer carries the shop's time in the header Date",
		Source: "HTTP; seen in all recorded answers", Where: "insales.Client.ShopTime",
		Else: "our own clock stands in for the shop's"},
	{Name: "limit_headers", Says: "API-Usage-Limit tells used/500 requests",
		Source: "documented", Where: "insales.usage",
		Else: "our own count decides; another limit is taken over from the header"},
	{Name: "shared_window", Says: "each key has a window of its own",
		Source: "documented per app and shop", Where: "company.Shared.Window",
		Else: "the shop's own count is believed when it is higher"},
	{Name: "rights", Says: "the key has the rights of the merchant guide",
		Source: "the guide", Where: "check", Else: "check names the right that is missing"},
	{Name: "delivery_types", Says: "delivery variants are of the known types",
		Source: "clients of others", Where: "insales.Client.Deliveries",
		Else: "a type that is not known counts as not suited"},
	{Name: "payment_types", Says: "payment gateways are of the family PaymentGateway",
		Source: "clients of others", Where: "insales.Client.Payments", Else: "the type is shown as it is"},
	{Name: "links", Says: "pairs of payment and delivery stand on both sides",
		Source: "documented", Where: "insales.fields.links", Else: "check says that links are not known"},
	{Name: "obligatory_fields", Says: "every obligatory checkout field is filled by our orders",
		Source: "documented", Where: "order fields of the settings",
		Else: "check names the field, and the settings can fill it"},
	{Name: "custom_statuses", Says: "custom statuses name one of the seven system statuses",
		Source: "documented", Where: "order.ChatStatus", Else: "orders keep the status that they had"},
	{Name: "price_kinds", Says: "kinds of price can be listed", Source: "clients of others",
		Where: "insales.Client.PriceKinds", Else: "the catalog is made with the main price"},
	{Name: "cost_price_hidden", Says: "cost prices are not shown to a key without that right",
		Source: "inferred", Where: "catalog's product mapper",
		Else: "they are read by nobody: the mapper takes an allow-list of fields"},
	{Name: "page_size", Says: "a page has as many rows as were asked for, up to 250",
		Source: "documented for products", Where: "insales.Client.OrdersOf",
		Else: "pages of the size that was given are asked for"},
	{Name: "count_matches", Says: "count.json takes the filters of the list",
		Source: "inferred from clients", Where: "insales.Client.CountOrders",
		Else: "a list that cannot be checked proves no absence"},
	{Name: "missing_is_404", Says: "an order that is not there is 404",
		Source: "documented", Where: "insales.Error.Missing", Else: "the order is asked for again later"},
	{Name: "feed_order", Says: "the change feed stands in the order of updated_at and id",
		Source: "documented", Where: "insales.Client.Orders", Else: "a pass that stands still is reported"},
	{Name: "feed_time", Says: "times have a zone and whole seconds",
		Source: "recorded answers", Where: "insales.fields.time", Else: "fractions are understood"},
	{Name: "feed_inclusive", Says: "updated_since takes what has changed at that very second",
		Source: "documented with from_id", Where: "order's reader",
		Else: "the feed is read from a second before"},
	{Name: "feed_from_id", Says: "from_id leaves out what was given at that second up to that id",
		Source: "documented", Where: "order's reader", Else: "orders that are given twice change nothing"},
	{Name: "with_deleted", Says: "only with_deleted shows what is in the trash",
		Source: "documented for products", Where: "insales.Client.Orders",
		Else: "an order that vanished is asked for by its id"},
	{Name: "order_created", Says: "an order is created and answered with 201", Writes: true,
		Source: "documented", Where: "insales.Client.CreateOrder", Else: "any 2xx with an order counts"},
	{Name: "marker_kept", Says: "manager_comment is kept as it was sent, and can be read back", Writes: true,
		Source: "inferred; one client writes it", Where: "order.keptMarker",
		Else: "a lost answer goes to a person instead of being repeated"},
	{Name: "prices_kept", Says: "sale_price of a line is kept", Writes: true,
		Source: "inferred", Where: "order comparison", Else: "each order whose total differs says so"},
	{Name: "delivery_price_kept", Says: "delivery_price is kept", Writes: true,
		Source: "doubtful: one client notes the contrary", Where: "order comparison",
		Else: "the order says what the shop made of it"},
	{Name: "comment_kept", Says: "the customer's comment is kept", Writes: true,
		Source: "clients of others", Where: "order translation", Else: "the history shows what was sent"},
	{Name: "client_kept", Says: "name, phone and e-mail of the client are kept", Writes: true,
		Source: "clients of others", Where: "order translation", Else: "the history shows what was sent"},
	{Name: "stock_reserved", Says: "an order takes its goods from the stock", Writes: true,
		Source: "inferred", Where: "catalog: the shop's own stock is sent",
		Else: "the chat may sell what the shop has sold"},
	{Name: "feed_delay", Says: "a new order is in the feed within 20 seconds", Writes: true,
		Source: "not known", Where: "order.provenAfter", Else: "proofs wait for longer"},
	{Name: "idempotent_create", Says: "a repeated create makes a second order", Writes: true,
		Source: "not known", Where: "order.sender", Else: "nothing: a repeat is proven absent first in any case"},
	{Name: "client_merged", Says: "each order brings a client of its own", Writes: true,
		Source: "not known", Where: "nowhere relied upon", Else: "nothing"},
	{Name: "change_answered", Says: "a change is answered with the order", Writes: true,
		Source: "documented", Where: "insales.Client.SetPaid", Else: "any 2xx counts"},
	{Name: "paid_alone", Says: "financial_status paid takes effect alone", Writes: true,
		Source: "clients of others", Where: "insales.Client.SetPaid", Else: "the order says that it was not taken"},
	{Name: "status_alone", Says: "a custom status brings its system status along", Writes: true,
		Source: "documented", Where: "order.ChatStatus", Else: "the override by permalink decides"},
	{Name: "fulfillment_alone", Says: "fulfillment_status takes effect alone", Writes: true,
		Source: "documented", Where: "nowhere relied upon", Else: "nothing"},
	{Name: "refusal_is_422", Says: "what the shop does not accept is 422", Writes: true,
		Source: "documented", Where: "order outcome", Else: "400 counts as a refusal, too"},
	{Name: "hook_delivered", Says: "a webhook comes soon, with the order as JSON", Writes: true,
		Source: "documented without times", Where: "order.Desk.Hooked", Else: "polling does the work"},
	{Name: "pickup_without_address", Says: "an order for pickup needs no address", Writes: true,
		Source: "inferred from clients", Where: "order.translateAddress",
		Else: "the words of the delivery stand in the address"},
	{Name: "emoji_kept", Says: "emoji are kept", Writes: true,
		Source: "inferred", Where: "order.plainText", Else: "the order is sent once more without"},
	{Name: "control_character", Says: "a control character does not make the shop refuse an order", Writes: true,
		Source: "not known", Where: "order.legibleRequest", Else: "none is ever sent"},
	{Name: "order_removed", Says: "DELETE removes an order", Writes: true,
		Source: "documented", Where: "probe.removeThing", Else: "it is cancelled and archived"},
	{Name: "removed_shown", Says: "a removed order is shown by its id, archived", Writes: true,
		Source: "inferred", Where: "order.refresh", Else: "404 means the same"},
	{Name: "stock_returned", Says: "a cancelled order gives its goods back", Writes: true,
		Source: "inferred", Where: "nowhere relied upon", Else: "nothing"},
}

// Why an item has the verdict that it has. The words are package locale's.
const (
	reasonNothingToTry = "nothing_to_try"
	reasonReadOnly     = "read_only" // the person did not allow writing
	reasonSpent        = "spent"     // the requests that a probe may use
	reasonBusy         = "busy"      // orders were on their way all the time
	reasonStopped      = "stopped"
	reasonRefused      = "refused"   // the shop took no order
	reasonNoRight      = "no_right"  // right
	reasonNoAnswer     = "no_answer" //
	reasonStatus       = "status"    // status
	reasonNoField      = "no_field"  // field
	reasonNoHeader     = "no_header" // header
	reasonNumber       = "number"    // another than is assumed
	reasonOneKey       = "one_key"   // no other company has a key of this shop
	reasonShared       = "shared"
	reasonNewType      = "new_type" // types
	reasonOneSide      = "one_side"
	reasonEmpty        = "empty"
	reasonFields       = "fields" // fields
	reasonCostShown    = "cost_shown"
	reasonSmallPage    = "small_page" // gave
	reasonTooMany      = "too_many"
	reasonNoOrders     = "no_orders"
	reasonUnsorted     = "unsorted"
	reasonNoZone       = "no_zone"
	reasonFraction     = "fraction"
	reasonNotShown     = "not_shown"
	reasonShown        = "shown"
	reasonNoTrash      = "no_trash"
	reasonNoVariant    = "no_variant" // none that may be ordered for a try
	reasonNoDelivery   = "no_delivery"
	reasonNoPayment    = "no_payment"
	reasonNoFixed      = "no_fixed"
	reasonNoPickup     = "no_pickup"
	reasonChanged      = "changed" // asked, got
	reasonNotCounted   = "not_counted"
	reasonStock        = "stock" // before, after
	reasonLate         = "late"  // seconds
	reasonSameOrder    = "same_order"
	reasonSameClient   = "same_client"
	reasonNoURL        = "no_url"
	reasonNotCame      = "not_came" // seconds
)

// inOrder puts items into the order of the assumptions.
func inOrder(items []storage.ProbeItem) []storage.ProbeItem {
	place := map[string]int{}
	for n, a := range assumptions {
		place[a.Name] = n
	}
	slices.SortStableFunc(items, func(a, b storage.ProbeItem) int { return place[a.Name] - place[b.Name] })
	return items
}
