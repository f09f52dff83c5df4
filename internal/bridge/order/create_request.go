package order

import (
	"context"
	"strconv"
	"strings"

	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// mostOfSKU is how much of an article number a problem quotes, in characters.
const mostOfSKU = 1000

// resolveSKUs names the variants of lines that come with an article number
// only, by what the catalog sync has read: the shop is not asked. Exactly one
// variant must have exactly that number. Without a catalog that is kept in step
// the lines stay as they are, and a person decides.
func (d *Desk) resolveSKUs(ctx context.Context, c storage.Company, o *ineedchat.Order) (*storage.Problem, error) {
	if !c.Catalog.Enabled {
		return nil, nil
	}
	for i := range o.Items {
		item := &o.Items[i]
		if item.VariantID != "" || strings.TrimSpace(item.SKU) == "" {
			continue
		}
		k, err := d.company.Store.Catalog(ctx, d.company.ID)
		if err != nil || k.EverythingAt.IsZero() {
			return nil, err
		}
		ids, err := d.company.Store.VariantsBySKU(ctx, d.company.ID, strings.TrimSpace(item.SKU))
		if err != nil {
			return nil, err
		}
		if len(ids) == 1 {
			item.VariantID = problem.ID(ids[0])
			continue
		}
		p := storage.Problem{Code: problem.SKUUnknown,
			Args: map[string]string{"line": strconv.Itoa(i + 1), "sku": problem.Clip(item.SKU, mostOfSKU)}}
		if len(ids) > 1 {
			p.Code = problem.SKUAmbiguous
		}
		return &p, nil
	}
	return nil, nil
}

// translation turns a stored order into a create request; the problem is why it
// cannot be one.
func (d *Desk) translation(
	ctx context.Context, c storage.Company, o *storage.Order, order *ineedchat.Order,
) (translate.Translation, *storage.Problem, error) {
	problem, err := d.resolveSKUs(ctx, c, order)
	if err != nil || problem != nil {
		return translate.Translation{}, problem, err
	}
	t, problem := translate.ToShop(c, o, order, translate.Marker(d.office.markerKey, c.ID, o.Key.ID))
	return t, problem, nil
}
