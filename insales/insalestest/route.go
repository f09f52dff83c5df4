package insalestest

import (
	"slices"
	"strings"
)

// An Op names one kind of request, for fault rules and the request log.
type Op string

// The operations of the sandbox.
const (
	OpAccount     Op = "account"
	OpOrders      Op = "orders"
	OpOrdersCount Op = "orders_count"
	OpOrder       Op = "order"
	OpOrderCreate Op = "order_create"
	OpOrderUpdate Op = "order_update"
	OpOrderDelete Op = "order_delete"

	OpClients      Op = "clients"
	OpClientsCount Op = "clients_count"
	OpClient       Op = "client"
	OpClientCreate Op = "client_create"
	OpClientUpdate Op = "client_update"
	OpClientDelete Op = "client_delete"

	OpDeliveries     Op = "delivery_variants"
	OpDelivery       Op = "delivery_variant"
	OpDeliveryCreate Op = "delivery_variant_create"
	OpDeliveryUpdate Op = "delivery_variant_update"
	OpDeliveryDelete Op = "delivery_variant_delete"
	OpGateways       Op = "payment_gateways"
	OpGateway        Op = "payment_gateway"
	OpGatewayCreate  Op = "payment_gateway_create"
	OpGatewayUpdate  Op = "payment_gateway_update"
	OpGatewayDelete  Op = "payment_gateway_delete"
	OpStatuses       Op = "custom_statuses"
	OpStatus         Op = "custom_status"
	OpStatusCreate   Op = "custom_status_create"
	OpStatusUpdate   Op = "custom_status_update"
	OpStatusDelete   Op = "custom_status_delete"
	OpFields         Op = "fields"
	OpField          Op = "field"
	OpFieldCreate    Op = "field_create"
	OpFieldUpdate    Op = "field_update"
	OpFieldDelete    Op = "field_delete"

	OpHooks      Op = "webhooks"
	OpHook       Op = "webhook"
	OpHookCreate Op = "webhook_create"
	OpHookUpdate Op = "webhook_update"
	OpHookDelete Op = "webhook_delete"

	OpProducts       Op = "products"
	OpProductsCount  Op = "products_count"
	OpProductsByIDs  Op = "products_by_ids"
	OpProduct        Op = "product"
	OpProductCreate  Op = "product_create"
	OpProductUpdate  Op = "product_update"
	OpProductDelete  Op = "product_delete"
	OpProductRecover Op = "product_recover"
	OpVariants       Op = "variants"
	OpVariant        Op = "variant"
	OpVariantCreate  Op = "variant_create"
	OpVariantUpdate  Op = "variant_update"
	OpVariantDelete  Op = "variant_delete"
	OpVariantsUpdate Op = "variants_group_update"
	OpImages         Op = "images"
	OpImage          Op = "image"
	OpImageCreate    Op = "image_create"
	OpImageUpdate    Op = "image_update"
	OpImageDelete    Op = "image_delete"

	OpCollections      Op = "collections"
	OpCollection       Op = "collection"
	OpCollectionCreate Op = "collection_create"
	OpCollectionUpdate Op = "collection_update"
	OpCollectionDelete Op = "collection_delete"
	OpCollects         Op = "collects"
	OpCollect          Op = "collect"
	OpCollectCreate    Op = "collect_create"
	OpCollectUpdate    Op = "collect_update"
	OpCollectDelete    Op = "collect_delete"
	OpCategories       Op = "categories"
	OpProperties       Op = "properties"
	OpProperty         Op = "property"
	OpCharacteristics  Op = "characteristics"
	OpOptionNames      Op = "option_names"
	OpOptionValues     Op = "option_values"
	OpProductFields    Op = "product_fields"
	OpVariantFields    Op = "variant_fields"
	OpPriceKinds       Op = "price_kinds"
	OpCurrencies       Op = "stock_currencies"
	OpWarehouses       Op = "warehouses"

	OpUnknown Op = "unknown" // 404
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
	feedQuery    = []string{"page", "per_page", "updated_since", "from_id"}
	trashQuery   = append([]string{"with_deleted", "deleted"}, feedQuery...)
	ordersQuery  = append(slices.Clone(trashQuery), orderQuery...)
	clientsQuery = append([]string{"type"}, feedQuery...)
	goodsQuery   = append([]string{"category_id", "collection_id", "filter[title]"}, trashQuery...)
	collectQuery = []string{"product_id", "collection_id", "page", "per_page"}
)

// The rights of single sections.
var (
	orderRights   = []string{SectionOrders}
	infoRights    = []string{SectionOrders, SectionOrderInfo}
	createRights  = []string{SectionOrders, SectionOrderInfo, SectionOrderContents}
	clientRights  = []string{SectionClients}
	productRights = []string{SectionProducts}
	hookRights    = []string{SectionWebhooks}
)

// viewing and changing need these rights to a part of the settings.
func viewing(section string) []string  { return []string{section, SectionSettings} }
func changing(section string) []string { return append(viewing(section), SectionSettingsEdit) }

// routes is the whole surface; * stands for an id.
var routes = map[string]route{
	"GET account": {OpAccount, viewing(SectionAccount), (*Shop).showAccount, nil},

	"GET orders":       {OpOrders, orderRights, (*Shop).listOrders, ordersQuery},
	"POST orders":      {OpOrderCreate, createRights, (*Shop).createOrder, nil},
	"GET orders/count": {OpOrdersCount, orderRights, (*Shop).countOrders, ordersQuery},
	"GET orders/*":     {OpOrder, orderRights, (*Shop).showOrder, nil},
	"PUT orders/*":     {OpOrderUpdate, orderRights, (*Shop).updateOrder, nil}, // and editRights
	"DELETE orders/*":  {OpOrderDelete, infoRights, (*Shop).deleteOrder, nil},

	"GET clients":       {OpClients, clientRights, (*Shop).listClients, clientsQuery},
	"POST clients":      {OpClientCreate, clientRights, (*Shop).createClient, nil},
	"GET clients/count": {OpClientsCount, clientRights, (*Shop).countClients, clientsQuery},
	"GET clients/*":     {OpClient, clientRights, (*Shop).showClient, nil},
	"PUT clients/*":     {OpClientUpdate, clientRights, (*Shop).updateClient, nil},
	"DELETE clients/*":  {OpClientDelete, clientRights, (*Shop).deleteClient, nil},

	"GET delivery_variants":      {OpDeliveries, viewing(SectionDeliveries), (*Shop).listDeliveries, nil},
	"POST delivery_variants":     {OpDeliveryCreate, changing(SectionDeliveries), (*Shop).createDelivery, nil},
	"GET delivery_variants/*":    {OpDelivery, viewing(SectionDeliveries), (*Shop).showDelivery, nil},
	"PUT delivery_variants/*":    {OpDeliveryUpdate, changing(SectionDeliveries), (*Shop).updateDelivery, nil},
	"DELETE delivery_variants/*": {OpDeliveryDelete, changing(SectionDeliveries), (*Shop).deleteDelivery, nil},

	"GET payment_gateways":      {OpGateways, viewing(SectionGateways), (*Shop).listGateways, nil},
	"POST payment_gateways":     {OpGatewayCreate, changing(SectionGateways), (*Shop).createGateway, nil},
	"GET payment_gateways/*":    {OpGateway, viewing(SectionGateways), (*Shop).showGateway, nil},
	"PUT payment_gateways/*":    {OpGatewayUpdate, changing(SectionGateways), (*Shop).updateGateway, nil},
	"DELETE payment_gateways/*": {OpGatewayDelete, changing(SectionGateways), (*Shop).deleteGateway, nil},

	"GET custom_statuses":      {OpStatuses, viewing(SectionStatuses), withStatuses((*Shop).listStatuses), nil},
	"POST custom_statuses":     {OpStatusCreate, changing(SectionStatuses), withStatuses((*Shop).createStatus), nil},
	"GET custom_statuses/*":    {OpStatus, viewing(SectionStatuses), withStatuses((*Shop).showStatus), nil},
	"PUT custom_statuses/*":    {OpStatusUpdate, changing(SectionStatuses), withStatuses((*Shop).updateStatus), nil},
	"DELETE custom_statuses/*": {OpStatusDelete, changing(SectionStatuses), withStatuses((*Shop).deleteStatus), nil},

	"GET fields":      {OpFields, viewing(SectionFields), (*Shop).listFields, nil},
	"POST fields":     {OpFieldCreate, changing(SectionFields), (*Shop).createField, nil},
	"GET fields/*":    {OpField, viewing(SectionFields), (*Shop).showField, nil},
	"PUT fields/*":    {OpFieldUpdate, changing(SectionFields), (*Shop).updateField, nil},
	"DELETE fields/*": {OpFieldDelete, changing(SectionFields), (*Shop).deleteField, nil},

	"GET webhooks":      {OpHooks, hookRights, (*Shop).listHooks, nil},
	"POST webhooks":     {OpHookCreate, hookRights, (*Shop).createHook, nil},
	"GET webhooks/*":    {OpHook, hookRights, (*Shop).showHook, nil},
	"PUT webhooks/*":    {OpHookUpdate, hookRights, (*Shop).updateHook, nil},
	"DELETE webhooks/*": {OpHookDelete, hookRights, (*Shop).deleteHook, nil},

	"GET products":              {OpProducts, productRights, (*Shop).listProducts, goodsQuery},
	"GET products/count":        {OpProductsCount, productRights, (*Shop).countProducts, goodsQuery},
	"GET products/by_ids":       {OpProductsByIDs, productRights, (*Shop).productsByIDs, []string{"product_ids"}},
	"GET products/*":            {OpProduct, productRights, (*Shop).showProduct, nil},
	"GET products/*/variants":   {OpVariants, productRights, (*Shop).listVariants, feedQuery[:2]},
	"GET products/*/variants/*": {OpVariant, productRights, (*Shop).showVariant, nil},
	"GET products/*/images":     {OpImages, productRights, (*Shop).listImages, nil},

	"POST products":                      {OpProductCreate, productRights, (*Shop).createProduct, nil},
	"PUT products/*":                     {OpProductUpdate, productRights, (*Shop).updateProduct, nil},
	"DELETE products/*":                  {OpProductDelete, productRights, (*Shop).deleteProduct, nil},
	"POST products/*/recover":            {OpProductRecover, productRights, (*Shop).recoverProduct, nil},
	"POST products/*/variants":           {OpVariantCreate, productRights, (*Shop).createVariant, nil},
	"PUT products/*/variants/*":          {OpVariantUpdate, productRights, (*Shop).updateVariant, nil},
	"DELETE products/*/variants/*":       {OpVariantDelete, productRights, (*Shop).deleteVariant, nil},
	"PUT products/variants_group_update": {OpVariantsUpdate, productRights, (*Shop).updateVariants, nil},
	"POST products/*/images":             {OpImageCreate, productRights, (*Shop).createImage, nil},
	"GET products/*/images/*":            {OpImage, productRights, (*Shop).showImage, nil},
	"PUT products/*/images/*":            {OpImageUpdate, productRights, (*Shop).updateImage, nil},
	"DELETE products/*/images/*":         {OpImageDelete, productRights, (*Shop).deleteImage, nil},

	"GET collections":                  {OpCollections, productRights, (*Shop).listCollections, feedQuery},
	"GET collections/*":                {OpCollection, productRights, (*Shop).showCollection, nil},
	"POST collections":                 {OpCollectionCreate, productRights, (*Shop).createCollection, nil},
	"PUT collections/*":                {OpCollectionUpdate, productRights, (*Shop).updateCollection, nil},
	"DELETE collections/*":             {OpCollectionDelete, productRights, (*Shop).deleteCollection, nil},
	"POST collects":                    {OpCollectCreate, productRights, (*Shop).createCollect, nil},
	"GET collects/*":                   {OpCollect, productRights, (*Shop).showCollect, nil},
	"PUT collects/*":                   {OpCollectUpdate, productRights, (*Shop).updateCollect, nil},
	"DELETE collects/*":                {OpCollectDelete, productRights, (*Shop).deleteCollect, nil},
	"GET collects":                     {OpCollects, productRights, (*Shop).listCollects, collectQuery},
	"GET categories":                   {OpCategories, productRights, (*Shop).listCategories, nil},
	"GET properties":                   {OpProperties, productRights, (*Shop).listProperties, nil},
	"GET properties/*":                 {OpProperty, productRights, (*Shop).showProperty, nil},
	"GET properties/*/characteristics": {OpCharacteristics, productRights, (*Shop).listCharacteristics, nil},
	"GET option_names":                 {OpOptionNames, productRights, (*Shop).listOptionNames, nil},
	"GET option_values":                {OpOptionValues, productRights, (*Shop).listOptionValues, nil},
	"GET product_fields":               {OpProductFields, productRights, (*Shop).listNothing, nil},
	"GET variant_fields":               {OpVariantFields, productRights, (*Shop).listNothing, nil},
	"GET price_kinds":                  {OpPriceKinds, productRights, (*Shop).listPriceKinds, nil},
	"GET stock_currencies":             {OpCurrencies, productRights, (*Shop).listCurrencies, nil},
	"GET warehouses":                   {OpWarehouses, productRights, (*Shop).listWarehouses, nil},
}

// findRoute takes /admin/{resource}.json apart into its route and its ids, at
// most two. Other formats, which the real shop has, do not exist here.
func findRoute(method, path string) (route, [2]string) {
	none, ids := route{op: OpUnknown}, [2]string{}
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
