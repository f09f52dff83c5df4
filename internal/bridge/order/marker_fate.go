package order

import (
	"context"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/storage"
)

// A markerFate is what a shop makes of our marker, as the order shows that it has shown
// last. In a shop that keeps it, only an order with the same phone and lines can be one
// of ours that is in doubt; in one that drops it or does not show it, any may be.
type markerFate int

// What a shop makes of our marker.
const (
	markerKept    markerFate = iota // an order was recognised by it
	markerDropped                   // the manager's comment came back without it
	markerHidden                    // the order has no manager's comment that could show it
)

// fateOfMarker tells it of an order that the shop has just created for us.
func (d *Desk) fateOfMarker(created insales.Order) markerFate {
	if created.CommentHidden {
		return markerHidden
	}
	if _, kept, _ := translate.FindMarker(d.office.markerKey, d.company.ID, created.ManagerComment); kept {
		return markerKept
	}
	return markerDropped
}

// learnMarker stores what the shop makes of our marker.
func (d *Desk) learnMarker(ctx context.Context, fate markerFate) {
	c := d.company.Settings()
	kept, hidden := fate == markerKept, fate == markerHidden
	if c.MarkerKept != nil && *c.MarkerKept == kept && c.Learnt.CommentHidden == hidden {
		return
	}
	if !kept {
		d.company.Log.Warn("the shop does not show our marker: an unknown outcome will need a person",
			"hidden", hidden)
	}
	d.company.Learn(ctx, func(c *storage.Company) { c.MarkerKept, c.Learnt.CommentHidden = &kept, hidden })
}
