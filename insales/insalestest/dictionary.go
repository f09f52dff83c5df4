package insalestest

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// A Variant is something that can be ordered.
type Variant struct {
	ID        int64
	ProductID int64
	SKU       string
	Title     string
	Price     decimal.Decimal
	Stock     *decimal.Decimal // nil = not tracked
	Unit      string           // "" = "pce"; "kgm" is weighed
	Weight    string           // "" = null
}

// A Delivery is a delivery variant.
type Delivery struct {
	ID          int64
	Title       string
	Description string
	Type        string // DeliveryVariant::Fixed, …
	Price       string // of a Fixed one, as InSales writes it: "300.0"
	Pickup      bool   // customer_pickup
}

// The types of delivery variants of the seed.
const (
	DeliveryFixed    = "DeliveryVariant::Fixed"
	DeliveryPickUp   = "DeliveryVariant::PickUp"
	DeliveryExternal = "DeliveryVariant::External"
)

// The types of payment gateways of the seed.
const (
	GatewayCod      = "PaymentGateway::Cod"
	GatewayExternal = "PaymentGateway::External"
)

// A Gateway is a payment gateway.
type Gateway struct {
	ID          int64
	Title       string
	Description string // may hold HTML
	Type        string // PaymentGateway::Cod, …
	Margin      string // percent on lines and delivery, "10.0"; "" = "0.0"
}

// A Status is a custom status.
type Status struct {
	Permalink string
	Title     string
	System    string // the fulfillment_status it belongs to
	Default   bool   // of its system status
}

// A Field is a field of the checkout.
type Field struct {
	ID         int64
	Destiny    int // 1 address, 2 client, 3 order, …
	Title      string
	Handle     string
	SystemName string
	Type       string // Field::TextField, …
	Label      string // how orders name the type, «Текст»
	Obligatory bool
}

// born is when the dictionaries were made.
var born = time.Date(2020, 2, 19, 13, 22, 10, 378_000_000, time.UTC)

// Seed adds the default catalogue and dictionaries. New does it by itself
// unless Config.NoSeed is set.
func (s *Shop) Seed() {
	price, stock := decimal.RequireFromString, decimal.NewFromInt(3)
	for _, v := range []Variant{
		{ID: 500000001, ProductID: 300000001, SKU: "TS-1-0", Title: "Футболка, S", Price: price("990"), Weight: "0.2"},
		{ID: 500000002, ProductID: 300000001, SKU: "TS-1-1", Title: "Футболка, M", Price: price("990"), Weight: "0.2"},
		{ID: 500000003, ProductID: 300000003, SKU: "", Title: "Наклейка", Price: price("49.9")},
		{ID: 500000004, ProductID: 300000002, SKU: "TS-2-0", Title: "Кепка", Price: price("1000"), Weight: "0.1"},
		{ID: 500000005, ProductID: 300000004, SKU: "CF-1", Title: "Кофе на развес", Price: price("2400"), Unit: "kgm"},
		{ID: 500000006, ProductID: 300000005, SKU: "MUG-1", Title: "Кружка", Price: price("450"), Stock: &stock},
	} {
		s.AddVariant(v)
	}
	for _, d := range []Delivery{
		{ID: 7000001, Title: "Самовывоз", Description: "Самовывоз со склада", Type: DeliveryPickUp, Pickup: true},
		{ID: 7000002, Title: "Курьером", Description: "Доставка курьером по городу", Type: DeliveryFixed, Price: "300.0"},
		{ID: 7000003, Title: "СДЭК", Type: DeliveryExternal},
	} {
		s.AddDelivery(d)
	}
	s.AddGateway(Gateway{
		ID: 5000001, Title: "Наличными курьеру", Type: GatewayCod, Description: "<p>Оплата наличными при получении</p>",
	})
	s.AddGateway(Gateway{
		ID: 5000002, Title: "Картой онлайн", Type: GatewayExternal, Description: "<p>Оплата картой на сайте</p>",
	})
	for _, st := range []Status{
		{"novyy", "Новый", "new", true}, {"v-obrabotke", "В обработке", "accepted", true},
		{"soglasovan", "Согласован", "approved", true}, {"otgruzhen", "Отгружен", "dispatched", true},
		{"dostavlen", "Доставлен", "delivered", true}, {"otmenen", "Отменен", "declined", true},
		{"vozvrat", "Возврат", "returned", true},
	} {
		s.AddStatus(st)
	}
	s.AddField(Field{
		ID: 12483149, Destiny: 2, Title: "Имя", SystemName: "name", Type: "Field::ObligatoryTextField", Obligatory: true,
	})
	s.AddField(Field{
		ID: 12500001, Destiny: 3, Title: "Внешний номер", Handle: "external_number", Type: "Field::TextField", Label: "Текст",
	})
}

// AddVariant adds or replaces a variant.
func (s *Shop) AddVariant(v Variant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.variants[v.ID] = v
}

// RemoveVariant makes a variant unknown; orders with it stay.
func (s *Shop) RemoveVariant(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.variants, id)
}

// AddDelivery adds or replaces a delivery variant. It is linked to all gateways.
func (s *Shop) AddDelivery(d Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliveries = put(s.deliveries, d, func(x Delivery) bool { return x.ID == d.ID })
}

// AddGateway adds or replaces a payment gateway. It is linked to all deliveries.
func (s *Shop) AddGateway(g Gateway) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateways = put(s.gateways, g, func(x Gateway) bool { return x.ID == g.ID })
}

// AddStatus adds or replaces a custom status.
func (s *Shop) AddStatus(st Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses = put(s.statuses, st, func(x Status) bool { return x.Permalink == st.Permalink })
}

// AddField adds or replaces a checkout field.
func (s *Shop) AddField(f Field) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fields = put(s.fields, f, func(x Field) bool { return x.ID == f.ID })
}

// RemoveDelivery makes a delivery variant unknown.
func (s *Shop) RemoveDelivery(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliveries = slices.DeleteFunc(slices.Clone(s.deliveries), func(d Delivery) bool { return d.ID == id })
}

// RemoveGateway makes a payment gateway unknown.
func (s *Shop) RemoveGateway(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateways = slices.DeleteFunc(slices.Clone(s.gateways), func(g Gateway) bool { return g.ID == id })
}

// Unlink takes apart a delivery variant and a payment gateway. Whether InSales
// then refuses an order with both is not known; the sandbox does not.
func (s *Shop) Unlink(deliveryID, gatewayID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unlinked[[2]int64{deliveryID, gatewayID}] = true
}

func put[T any](list []T, v T, same func(T) bool) []T {
	if i := slices.IndexFunc(list, same); i >= 0 {
		list[i] = v
		return list
	}
	return append(list, v)
}

// find returns the first that fits, or the zero value and false.
func find[T any](list []T, fits func(T) bool) (T, bool) {
	i := slices.IndexFunc(list, fits)
	if i < 0 {
		var none T
		return none, false
	}
	return list[i], true
}

func (s *Shop) delivery(id int64) (Delivery, bool) {
	return find(s.deliveries, func(d Delivery) bool { return d.ID == id })
}

func (s *Shop) gateway(id int64) (Gateway, bool) {
	return find(s.gateways, func(g Gateway) bool { return g.ID == id })
}

func (s *Shop) status(permalink string) (Status, bool) {
	return find(s.statuses, func(st Status) bool { return st.Permalink == permalink })
}

// defaultStatus is the custom status an order gets with a system status.
func (s *Shop) defaultStatus(system string) (Status, bool) {
	return find(s.statuses, func(st Status) bool { return st.System == system && st.Default })
}
