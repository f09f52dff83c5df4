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
	Test   string // that shows it; "" where nothing relies on the assumption
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
	{Name: "account",
		Says:   "account.json tells the id of the shop behind the key",
		Source: "documented",
		Where:  "insales.Client.Account",
		Else:   "the company is bound to the account by its first order body",
		Test:   "TestEnablingBinds",
	},
	{Name: "clock",
		Says:   "every answer carries the shop's time in the header Date",
		Source: "HTTP; seen in all recorded answers",
		Where:  "insales.Client.ShopTime",
		Else:   "nothing is read or sent before an answer has told the time",
		Test:   "TestShopTime",
	},
	{Name: "limit_headers",
		Says:   "API-Usage-Limit tells used/500 requests",
		Source: "documented",
		Where:  "insales.usage",
		Else:   "our own count decides; another limit is taken over from the header",
		Test:   "TestWithoutHeader",
	},
	{Name: "shared_window",
		Says:   "each key has a window of its own",
		Source: "documented per app and shop",
		Where:  "company.Shared.Window",
		Else:   "the shop's own count is believed when it is higher",
		Test:   "TestWindowUsedByOthers",
	},
	{Name: "rights",
		Says:   "the key has the rights of the merchant guide",
		Source: "the guide",
		Where:  "check.findings.rights",
		Else:   "check names the right that is missing",
		Test:   "TestCheck",
	},
	{Name: "delivery_types",
		Says:   "delivery variants are of the known types",
		Source: "clients of others",
		Where:  "check.findings.deliveries",
		Else:   "a type that is not known counts as not suited",
		Test:   "TestCheck",
	},
	{Name: "payment_types",
		Says:   "payment gateways are of the family PaymentGateway",
		Source: "clients of others",
		Where:  "insales.Client.Payments",
		Else:   "the type is shown as it is",
		Test:   "TestChoices",
	},
	{Name: "links",
		Says:   "pairs of payment and delivery stand on both sides",
		Source: "documented",
		Where:  "check.links",
		Else:   "the sides that there are count; without any, check says that links are not known",
		Test:   "TestCheck",
	},
	{Name: "obligatory_fields",
		Says:   "every obligatory checkout field is filled by our orders",
		Source: "documented",
		Where:  "translate.fillFields",
		Else:   "check names the field, the settings can fill it, and an order that is refused goes to a person",
		Test:   "TestShopThatDemandsFields",
	},
	{Name: "custom_statuses",
		Says:   "custom statuses name one of the seven system statuses",
		Source: "documented",
		Where:  "translate.Status",
		Else:   "orders keep the status that they had, and say so",
		Test:   "TestStatusOf",
	},
	{Name: "price_kinds",
		Says:   "kinds of price can be listed",
		Source: "clients of others",
		Where:  "insales.Client.PriceKinds",
		Else:   "there is nothing to choose from; the catalog keeps the price of the settings",
		Test:   "TestChoicesRefused",
	},
	{Name: "cost_price_hidden",
		Says:   "cost prices are not shown to a key without that right",
		Source: "inferred",
		Where:  "catalog.productMapper",
		Else:   "they are read by nobody: of the prices only the one that was asked for is",
		Test:   "TestMapProductPrices",
	},
	{Name: "page_size",
		Says:   "a page has as many rows as were asked for, up to 250",
		Source: "documented for products",
		Where:  "order.Desk.pageSize",
		Else:   "a page of ten rows or more is not taken for the last; no more are asked for than seen",
		Test:   "TestOrdersOfASmallPage",
	},
	{Name: "count_matches",
		Says:   "count.json takes the filters of the list",
		Source: "inferred from clients",
		Where:  "order.reading.count",
		Else:   "a count that takes no filter says nothing; one that says more than the list proves no absence",
		Test:   "TestListThatContradictsTheCount",
	},
	{Name: "missing_is_404",
		Says:   "an order that is not there is 404",
		Source: "documented",
		Where:  "problem.NotThere",
		Else:   "the order is asked for again later",
		Test:   "TestOneOrderCannotBeAskedFor",
	},
	{Name: "feed_order",
		Says:   "the change feed stands in the order of updated_at and id",
		Source: "documented",
		Where:  "feed.Distrust",
		Else:   "a page that holds all is as good; after a full one nothing is sent, and people are told",
		Test:   "TestFeedNewestFirst",
	},
	{Name: "feed_time",
		Says:   "times have a zone and whole seconds",
		Source: "recorded answers",
		Where:  "insales.parseTime",
		Else:   "fractions and other spellings are understood",
		Test:   "TestWaysToWriteATime",
	},
	{Name: "feed_inclusive",
		Says:   "updated_since takes what has changed at that very second",
		Source: "documented with from_id",
		Where:  "feed.Habit.AskedFrom",
		Else:   "the feed is read from the second before, once a probe or the reader itself has met that",
		Test:   "TestExclusiveFeed",
	},
	{Name: "feed_from_id",
		Says:   "from_id leaves out what was given at that second up to that id",
		Source: "documented",
		Where:  "feed.Walk.Step",
		Else:   "orders that are given twice change nothing",
		Test:   "TestStep",
	},
	{Name: "with_deleted",
		Says:   "only with_deleted shows what is in the trash",
		Source: "documented for products",
		Where:  "order.Desk.refresh",
		Else:   "an order that vanished is asked for by its id",
		Test:   "TestGone",
	},
	{Name: "order_created", Writes: true,
		Says:   "an order is created and answered with 201",
		Source: "documented",
		Where:  "insales.Client.CreateOrder",
		Else:   "any 2xx with an order counts",
		Test:   "TestCreateFields",
	},
	{Name: "marker_kept", Writes: true,
		Says:   "manager_comment is kept as it was sent, and can be read back",
		Source: "inferred; one client writes it",
		Where:  "order.Desk.learnMarker",
		Else:   "a lost answer goes to a person instead of being repeated",
		Test:   "TestShopThatDropsTheMarker",
	},
	{Name: "prices_kept", Writes: true,
		Says:   "sale_price of a line is kept",
		Source: "inferred",
		Where:  "translate.Compare",
		Else:   "each order whose total differs says so",
		Test:   "TestShopThatPricesByItself",
	},
	{Name: "delivery_price_kept", Writes: true,
		Says:   "delivery_price is kept",
		Source: "doubtful: one client notes the contrary",
		Where:  "translate.Compare",
		Else:   "the order says what the shop made of it",
		Test:   "TestCompareDelivery",
	},
	{Name: "comment_kept", Writes: true,
		Says:   "the customer's comment is kept",
		Source: "clients of others",
		Where:  "translate.ToShop",
		Else:   "the history shows what was sent and what was answered",
		Test:   "TestAnswersAreKept",
	},
	{Name: "client_kept", Writes: true,
		Says:   "name, phone and e-mail of the client are kept",
		Source: "clients of others",
		Where:  "translate.ToShop",
		Else:   "the history shows what was sent and what was answered",
		Test:   "TestAnswersAreKept",
	},
	{Name: "stock_reserved", Writes: true,
		Says:   "an order takes its goods from the stock",
		Source: "inferred",
		Where:  "catalog.productMapper",
		Else:   "the chat may sell what the shop has sold",
		Test:   "TestAvailable",
	},
	{Name: "feed_delay", Writes: true,
		Says:   "a new order is in the feed within 20 seconds",
		Source: "not known",
		Where:  "order.Desk.provenAfter",
		Else:   "proofs, and what a list must show, wait for twice as long more",
		Test:   "TestLateFeed",
	},
	{Name: "idempotent_create", Writes: true,
		Says:   "a repeated create makes a second order",
		Source: "not known",
		Where:  "order.sendingOrder.another",
		Else:   "an answer that shows another order maps nothing; a person sees both",
		Test:   "TestCreateAnsweredWithAnotherOrder",
	},
	{Name: "client_merged", Writes: true,
		Says:   "each order brings a client of its own",
		Source: "not known",
		Where:  "nowhere relied upon",
		Else:   "nothing",
	},
	{Name: "change_answered", Writes: true,
		Says:   "a change is answered with the order",
		Source: "documented",
		Where:  "insales.Client.SetPaid",
		Else:   "the order is read by id",
		Test:   "TestPaidBodies",
	},
	{Name: "paid_alone", Writes: true,
		Says:   "financial_status paid takes effect alone",
		Source: "clients of others",
		Where:  "insales.Client.SetPaid",
		Else:   "the status shows what the shop says; that it is not taken is told to people",
		Test:   "TestPaidIsIgnored",
	},
	{Name: "status_alone", Writes: true,
		Says:   "a custom status brings its system status along",
		Source: "documented",
		Where:  "translate.Status",
		Else:   "the override by permalink decides",
		Test:   "TestStatusOf",
	},
	{Name: "fulfillment_alone", Writes: true,
		Says:   "fulfillment_status takes effect alone",
		Source: "documented",
		Where:  "nowhere relied upon",
		Else:   "nothing",
	},
	{Name: "refusal_is_422", Writes: true,
		Says:   "what the shop does not accept is 422",
		Source: "documented",
		Where:  "outcome.OfCreate",
		Else:   "400 counts as a refusal, too",
		Test:   "TestOfCreate",
	},
	{Name: "hook_delivered", Writes: true,
		Says:   "a webhook comes soon, with the order as JSON",
		Source: "documented without times",
		Where:  "order.Desk.Hooked",
		Else:   "polling does the work",
		Test:   "TestHooksLostForADay",
	},
	{Name: "pickup_without_address", Writes: true,
		Says:   "an order for pickup needs no address",
		Source: "inferred from clients",
		Where:  "translate.addressPickup",
		Else:   "a person sees the order; once a probe has met that, the words of the delivery stand in the address",
		Test:   "TestPickupNeedsAddress",
	},
	{Name: "emoji_kept", Writes: true,
		Says:   "emoji are kept",
		Source: "inferred",
		Where:  "translate.plainText",
		Else:   "the order is sent once more without",
		Test:   "TestShopThatRefusesEmoji",
	},
	{Name: "control_character", Writes: true,
		Says:   "a control character does not make the shop refuse an order",
		Source: "not known",
		Where:  "translate.legibleRequest",
		Else:   "none is ever sent",
		Test:   "TestRequestIsLegible",
	},
	{Name: "order_removed", Writes: true,
		Says:   "DELETE removes an order",
		Source: "documented",
		Where:  "probe.Prober.removeThing",
		Else:   "it is cancelled and archived",
		Test:   "TestProbeLosesAnAnswer",
	},
	{Name: "removed_shown", Writes: true,
		Says:   "a removed order is shown by its id, archived",
		Source: "inferred",
		Where:  "order.observed.gone",
		Else:   "404 means the same",
		Test:   "TestGone",
	},
	{Name: "stock_returned", Writes: true,
		Says:   "a cancelled order gives its goods back",
		Source: "inferred",
		Where:  "nowhere relied upon",
		Else:   "nothing",
	},
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
	reasonShared       = "shared"    // before, other, after
	reasonTraffic      = "traffic"   // before, other, after
	reasonNewType      = "new_type"  // types
	reasonOneSide      = "one_side"
	reasonEmpty        = "empty"
	reasonFields       = "fields" // fields

	reasonFieldsRefused = "fields_refused" // fields

	reasonCostShown  = "cost_shown"
	reasonSmallPage  = "small_page" // gave
	reasonTooMany    = "too_many"
	reasonNoOrders   = "no_orders"
	reasonUnsorted   = "unsorted"
	reasonNoZone     = "no_zone"
	reasonFraction   = "fraction"
	reasonNotShown   = "not_shown"
	reasonShown      = "shown"
	reasonNoTrash    = "no_trash"
	reasonNoVariant  = "no_variant" // none that may be ordered for a try
	reasonNoDelivery = "no_delivery"
	reasonNoPayment  = "no_payment"
	reasonNoFixed    = "no_fixed"
	reasonNoPickup   = "no_pickup"
	reasonChanged    = "changed" // asked, got
	reasonNotCounted = "not_counted"
	reasonStock      = "stock" // before, after
	reasonLate       = "late"  // seconds
	reasonSameOrder  = "same_order"
	reasonSameClient = "same_client"
	reasonNoURL      = "no_url"
	reasonNotCame    = "not_came" // seconds
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
