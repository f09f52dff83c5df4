package insalestest

import (
	"slices"
	"strings"
)

// An Op names one kind of request, for fault rules and the request log.
type Op string

// The operations that tests have rules for. The others have their names in the
// table of routes only.
const (
	OpAccount     Op = "account"
	OpOrders      Op = "orders"
	OpOrdersCount Op = "orders_count"
	OpOrder       Op = "order"
	OpOrderCreate Op = "order_create"
	OpOrderUpdate Op = "order_update"

	OpClientsCount Op = "clients_count"

	OpDeliveries Op = "delivery_variants"
	OpGateways   Op = "payment_gateways"
	OpStatuses   Op = "custom_statuses"
	OpFields     Op = "fields"

	OpHooks      Op = "webhooks"
	OpHookCreate Op = "webhook_create"
	OpHookDelete Op = "webhook_delete"

	OpProducts      Op = "products"
	OpProductsCount Op = "products_count"
	OpProductsByIDs Op = "products_by_ids"
	OpProduct       Op = "product"

	OpCollections Op = "collections"
	OpCollection  Op = "collection"
	OpPriceKinds  Op = "price_kinds"

	opUnknown Op = "unknown" // 404
)

// A route is one operation: the rights it needs, what serves it with the lock
// held, and the query parameters that it is known to have.
type route struct {
	op     Op
	rights []string
	serve  func(*Shop, *call) answer
	query  []string
}

// The parameters of lists with a change feed. The trash is documented for
// products, and used by clients for orders.
var (
	feedQuery     = []string{"page", "per_page", "updated_since", "from_id"}
	trashQuery    = append([]string{"with_deleted", "deleted"}, feedQuery...)
	ordersQuery   = append(slices.Clone(trashQuery), orderQuery...)
	clientsQuery  = append([]string{"type"}, feedQuery...)
	productsQuery = append([]string{"category_id", "collection_id", "filter[title]"}, trashQuery...)
	collectQuery  = []string{"product_id", "collection_id", "page", "per_page"}
)

// The rights of single sections.
var (
	orderRights   = []string{SectionOrders}
	infoRights    = []string{SectionOrders, sectionOrderInfo}
	createRights  = []string{SectionOrders, sectionOrderInfo, sectionOrderContents}
	clientRights  = []string{SectionClients}
	productRights = []string{SectionProducts}
	hookRights    = []string{SectionWebhooks}

	statusRights     = viewing(sectionStatuses)
	statusEditRights = changing(sectionStatuses)
)

// viewing and changing need these rights to a part of the settings.
func viewing(section string) []string  { return []string{section, SectionSettings} }
func changing(section string) []string { return append(viewing(section), sectionSettingsEdit) }

// routes is the whole surface; * stands for an id. Each route is called by our
// client or by at least one of those that others have written: the vendor's own for
// PHP and Ruby, RetailCRM's connector, and the apps that we have read. What none of
// them calls is not here.
var routes = map[string]route{
	"GET account": {OpAccount, viewing(SectionAccount), (*Shop).showAccount, nil},

	"GET orders":       {OpOrders, orderRights, filtered((*Shop).listOrders), ordersQuery},
	"POST orders":      {OpOrderCreate, createRights, (*Shop).createOrder, nil},
	"GET orders/count": {OpOrdersCount, orderRights, filtered((*Shop).countOrders), ordersQuery},
	"GET orders/*":     {OpOrder, orderRights, (*Shop).showOrder, nil},
	"PUT orders/*":     {OpOrderUpdate, orderRights, (*Shop).updateOrder, nil}, // and editRights
	"DELETE orders/*":  {"order_delete", infoRights, (*Shop).deleteOrder, nil},

	"GET clients":       {"clients", clientRights, filtered((*Shop).listClients), clientsQuery},
	"POST clients":      {"client_create", clientRights, (*Shop).createClient, nil},
	"GET clients/count": {OpClientsCount, clientRights, filtered((*Shop).countClients), clientsQuery},
	"GET clients/*":     {"client", clientRights, (*Shop).showClient, nil},
	"PUT clients/*":     {"client_update", clientRights, (*Shop).updateClient, nil},
	"DELETE clients/*":  {"client_delete", clientRights, (*Shop).deleteClient, nil},

	"GET delivery_variants":      {OpDeliveries, viewing(sectionDeliveries), (*Shop).listDeliveries, nil},
	"POST delivery_variants":     {"delivery_variant_create", changing(sectionDeliveries), (*Shop).createDelivery, nil},
	"GET delivery_variants/*":    {"delivery_variant", viewing(sectionDeliveries), (*Shop).showDelivery, nil},
	"PUT delivery_variants/*":    {"delivery_variant_update", changing(sectionDeliveries), (*Shop).updateDelivery, nil},
	"DELETE delivery_variants/*": {"delivery_variant_delete", changing(sectionDeliveries), (*Shop).deleteDelivery, nil},

	"GET payment_gateways":      {OpGateways, viewing(sectionGateways), (*Shop).listGateways, nil},
	"POST payment_gateways":     {"payment_gateway_create", changing(sectionGateways), (*Shop).createGateway, nil},
	"GET payment_gateways/*":    {"payment_gateway", viewing(sectionGateways), (*Shop).showGateway, nil},
	"PUT payment_gateways/*":    {"payment_gateway_update", changing(sectionGateways), (*Shop).updateGateway, nil},
	"DELETE payment_gateways/*": {"payment_gateway_delete", changing(sectionGateways), (*Shop).deleteGateway, nil},

	"GET custom_statuses":      {OpStatuses, statusRights, withStatuses((*Shop).listStatuses), nil},
	"POST custom_statuses":     {"custom_status_create", statusEditRights, withStatuses((*Shop).createStatus), nil},
	"GET custom_statuses/*":    {"custom_status", statusRights, withStatuses((*Shop).showStatus), nil},
	"PUT custom_statuses/*":    {"custom_status_update", statusEditRights, withStatuses((*Shop).updateStatus), nil},
	"DELETE custom_statuses/*": {"custom_status_delete", statusEditRights, withStatuses((*Shop).deleteStatus), nil},

	"GET fields":      {OpFields, viewing(sectionFields), (*Shop).listFields, nil},
	"POST fields":     {"field_create", changing(sectionFields), (*Shop).createField, nil},
	"GET fields/*":    {"field", viewing(sectionFields), (*Shop).showField, nil},
	"PUT fields/*":    {"field_update", changing(sectionFields), (*Shop).updateField, nil},
	"DELETE fields/*": {"field_delete", changing(sectionFields), (*Shop).deleteField, nil},

	"GET webhooks":      {OpHooks, hookRights, (*Shop).listHooks, nil},
	"POST webhooks":     {OpHookCreate, hookRights, (*Shop).createHook, nil},
	"GET webhooks/*":    {"webhook", hookRights, (*Shop).showHook, nil},
	"PUT webhooks/*":    {"webhook_update", hookRights, (*Shop).updateHook, nil},
	"DELETE webhooks/*": {OpHookDelete, hookRights, (*Shop).deleteHook, nil},

	"GET products":              {OpProducts, productRights, (*Shop).listProducts, productsQuery},
	"GET products/count":        {OpProductsCount, productRights, (*Shop).countProducts, productsQuery},
	"GET products/by_ids":       {OpProductsByIDs, productRights, (*Shop).productsByIDs, []string{"product_ids"}},
	"GET products/*":            {OpProduct, productRights, ofProduct((*Shop).showProduct), nil},
	"GET products/*/variants":   {"variants", productRights, ofProduct((*Shop).listVariants), feedQuery[:2]},
	"GET products/*/variants/*": {"variant", productRights, ofProduct((*Shop).showVariant), nil},
	"GET products/*/images":     {"images", productRights, ofProduct((*Shop).listImages), nil},

	"POST products":                      {"product_create", productRights, (*Shop).createProduct, nil},
	"PUT products/*":                     {"product_update", productRights, ofProduct((*Shop).updateProduct), nil},
	"DELETE products/*":                  {"product_delete", productRights, (*Shop).deleteProduct, nil},
	"POST products/*/variants":           {"variant_create", productRights, ofProduct((*Shop).createVariant), nil},
	"PUT products/*/variants/*":          {"variant_update", productRights, (*Shop).updateVariant, nil},
	"DELETE products/*/variants/*":       {"variant_delete", productRights, (*Shop).deleteVariant, nil},
	"PUT products/variants_group_update": {"variants_group_update", productRights, (*Shop).updateVariants, nil},
	"POST products/*/images":             {"image_create", productRights, ofProduct((*Shop).createImage), nil},
	"GET products/*/images/*":            {"image", productRights, (*Shop).showImage, nil},
	"PUT products/*/images/*":            {"image_update", productRights, (*Shop).updateImage, nil},
	"DELETE products/*/images/*":         {"image_delete", productRights, (*Shop).deleteImage, nil},

	"GET collections":                  {OpCollections, productRights, filtered((*Shop).listCollections), feedQuery},
	"GET collections/*":                {OpCollection, productRights, (*Shop).showCollection, nil},
	"POST collections":                 {"collection_create", productRights, (*Shop).createCollection, nil},
	"PUT collections/*":                {"collection_update", productRights, (*Shop).updateCollection, nil},
	"DELETE collections/*":             {"collection_delete", productRights, (*Shop).deleteCollection, nil},
	"POST collects":                    {"collect_create", productRights, (*Shop).createCollect, nil},
	"GET collects/*":                   {"collect", productRights, (*Shop).showCollect, nil},
	"PUT collects/*":                   {"collect_update", productRights, (*Shop).updateCollect, nil},
	"DELETE collects/*":                {"collect_delete", productRights, (*Shop).deleteCollect, nil},
	"GET collects":                     {"collects", productRights, filtered((*Shop).listCollects), collectQuery},
	"GET categories":                   {"categories", productRights, (*Shop).listCategories, nil},
	"GET properties":                   {"properties", productRights, (*Shop).listProperties, nil},
	"GET properties/*":                 {"property", productRights, (*Shop).showProperty, nil},
	"GET properties/*/characteristics": {"characteristics", productRights, (*Shop).listCharacteristics, nil},
	"GET option_names":                 {"option_names", productRights, (*Shop).listOptionNames, nil},
	"GET option_values":                {"option_values", productRights, (*Shop).listOptionValues, nil},
	"GET product_fields":               {"product_fields", productRights, (*Shop).listNothing, nil},
	"GET variant_fields":               {"variant_fields", productRights, (*Shop).listNothing, nil},
	"GET price_kinds":                  {OpPriceKinds, productRights, (*Shop).listPriceKinds, nil},
	"GET stock_currencies":             {"stock_currencies", productRights, (*Shop).listCurrencies, nil},
	"GET warehouses":                   {"warehouses", productRights, (*Shop).listWarehouses, nil},
}

// findRoute takes /admin/{resource}.json apart into its route and its ids, at
// most two. Other formats, which the real shop has, do not exist here.
func findRoute(method, path string) (route, [2]string) {
	none, ids := route{op: opUnknown}, [2]string{}
	rest, isAdmin := strings.CutPrefix(path, "/admin/")
	rest, isJSON := strings.CutSuffix(rest, ".json")
	if !isAdmin || !isJSON {
		return none, ids
	}
	parts := strings.Split(rest, "/")
	for i := range ids {
		if r, found := routes[method+" "+strings.Join(parts, "/")]; found {
			return r, ids
		}
		at := 2*i + 1
		if at >= len(parts) {
			return none, ids
		}
		ids[i], parts[at] = parts[at], "*"
	}
	if r, found := routes[method+" "+strings.Join(parts, "/")]; found {
		return r, ids
	}
	return none, ids
}

// strangers tells which query parameters the route is not known to have.
func (r route) strangers(c *call) []string {
	var found []string
	for name := range c.http.URL.Query() {
		if !slices.Contains(r.query, name) {
			found = append(found, "?"+name)
		}
	}
	return found
}
