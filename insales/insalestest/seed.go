package insalestest

import "github.com/shopspring/decimal"

// seed adds the default catalogue and dictionaries. New does it by itself
// unless Config.NoSeed is set.
func (s *Shop) seed() {
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
	s.AddCollection(Collection{ID: 9000001, Title: "Одежда"})
	s.AddCollection(Collection{ID: 9000002, ParentID: 9000001, Title: "Футболки"})
	s.AddProduct(Product{
		ID: 300000001, Title: "Футболка", Description: "<p>Хлопок 100%</p>", CollectionIDs: []int64{9000002},
		Properties: []Property{{"Материал", "Хлопок"}},
		Images: []Image{{ID: 600000001,
			URL: "https://static.insales-cdn.com/images/products/1/1/600000001/futbolka.jpg"}},
	})
	s.AddProduct(Product{ID: 300000002, Title: "Кепка", CollectionIDs: []int64{9000001}})
	for _, d := range []Delivery{
		{ID: 7000001, Title: "Самовывоз", Description: "Самовывоз со склада", Type: DeliveryPickUp, Pickup: true},
		{ID: 7000002, Title: "Курьером", Description: "Доставка курьером по городу",
			Type: DeliveryFixed, Price: "300.0"},
		{ID: 7000003, Title: "СДЭК", Type: deliveryExternal},
	} {
		s.AddDelivery(d)
	}
	s.AddGateway(Gateway{
		ID: 5000001, Title: "Наличными курьеру", Type: gatewayCod, Description: "<p>Оплата наличными при получении</p>",
	})
	s.AddGateway(Gateway{
		ID: 5000002, Title: "Картой онлайн", Type: gatewayExternal, Description: "<p>Оплата картой на сайте</p>",
	})
	for _, st := range systemStatuses {
		st.Permalink = permalink(st.Title)
		s.AddStatus(st)
	}
	s.AddField(Field{
		ID: 12483149, Destiny: 2, Title: "Имя", SystemName: "name", Type: "Field::ObligatoryTextField",
		Obligatory: true,
	})
	s.AddField(Field{
		ID: 12500001, Destiny: 3, Title: "Внешний номер", Handle: "external_number", Type: "Field::TextField",
		Label: "Текст",
	})
}
