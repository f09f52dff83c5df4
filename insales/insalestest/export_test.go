package insalestest

import (
	"context"
	"slices"
)

// What nobody but the tests of this package needs by name.
const (
	Before       = before
	DefaultTitle = shopTitle

	DeliveryEMS            = deliveryEMS
	DeliveryExternal       = deliveryExternal
	DeliveryFirstClass     = deliveryFirstClass
	DeliveryLocationDepend = deliveryLocationDepend
	DeliveryNone           = deliveryNone
	DeliveryPriceDepend    = deliveryPriceDepend
	DeliveryRussianPost    = deliveryRussianPost
	GatewayCod             = gatewayCod

	DestinyAddress   = destinyAddress
	DestinyJuridical = destinyJuridical
	DestinyLine      = destinyLine
	DestinyRecipient = destinyRecipient

	OverstockLimit  = overstockLimit
	OverstockRefuse = overstockRefuse
	OverstockSell   = overstockSell

	SectionOrderContents = sectionOrderContents
	SectionOrderInfo     = sectionOrderInfo
	SectionSettingsEdit  = sectionSettingsEdit
	SectionStatuses      = sectionStatuses
)

// Posts returns the latest attempts, oldest first.
func (c *Courier) Posts() []attempt {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.posts)
}

// Send posts what is due, without Run.
func (c *Courier) Send(ctx context.Context) { c.send(ctx) }

// AddCategory adds a category of the back office.
func (s *Shop) AddCategory(id, parent int64, title string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.categories.put(category{ID: id, ParentID: parent, Title: title}, s.now())
}

// Edit replaces the manager's comment, and with it a marker in it.
func (s *Shop) Edit(id int64, managerComment string) error {
	return s.edit(id, attrs{"manager_comment": managerComment})
}
