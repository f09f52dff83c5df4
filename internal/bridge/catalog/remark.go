package catalog

import (
	"strconv"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// What a product lacks in the chat is told by its name and with the reason: as a
// bare number nobody could mend it.

// The kinds of what is left out of a product that is offered.
const (
	omittedVariants    = "variants"    // that nobody can say the price of
	omittedSKUs        = "skus"        // that are too long
	omittedPictures    = "pictures"    // whose URL leads nowhere
	omittedLinks       = "links"       // in the description, likewise
	omittedDescription = "description" // bytes: the product would be too large with it
)

// lacking is a remark on a product that cannot be offered at all.
func lacking(p insales.Product, code string, args ...string) *storage.ProductRemark {
	return &storage.ProductRemark{ID: p.ID, Title: problem.Clip(oneLine(p.Title), 120), Whole: true,
		Problem: problem.Of(code, args...), At: time.Now()}
}

// cutDown is a remark on a product that lacks something; nil if it lacks nothing.
func cutDown(p insales.Product, omitted map[string]int) *storage.ProductRemark {
	fault := storage.Problem{Code: problem.NoticeProductCut, Args: map[string]string{}}
	for what, n := range omitted {
		if n > 0 {
			fault.Args[what] = strconv.Itoa(n)
		}
	}
	if len(fault.Args) == 0 {
		return nil
	}
	return &storage.ProductRemark{ID: p.ID, Title: problem.Clip(oneLine(p.Title), 120), Problem: fault, At: time.Now()}
}

// remember brings the remarks up to date with what was gathered: each product that
// was looked at has the newest, or none any more.
func remember(tx *storage.Tx, run *storage.CatalogRun, g *gathering) error {
	k, err := tx.Catalog(run.Company)
	if err != nil || len(k.Remarks) == 0 && len(g.remarks) == 0 {
		return err
	}
	seen := append(append([]int64(nil), g.hidden...), g.gone...)
	for _, o := range g.products {
		seen = append(seen, o.item.ID)
	}
	if !k.Remember(g.remarks, seen) {
		return nil
	}
	return tx.PutCatalog(k)
}

// forgetOld drops remarks on products that a complete reading has not met.
func forgetOld(tx *storage.Tx, run *storage.CatalogRun) error {
	k, err := tx.Catalog(run.Company)
	if err != nil || !run.Everything || !k.ForgetRemarks(run.BeganAt) {
		return err
	}
	return tx.PutCatalog(k)
}
