package storage

// A CatalogCategory is a category as the chat has it.
type CatalogCategory struct {
	ID   int64 `json:"id"`
	Hash int64 `json:"h"` // 0 = the chat has nothing of it, hashUnsure = nobody knows
	Gone bool  `json:"-"`
}

// A Forgetting says which categories are forgotten.
type Forgetting int

// The ways to forget.
const (
	ForgetUntold Forgetting = iota // what the chat has nothing of
	ForgetAll
)

// Categories gives what is known of the company's categories, by id.
func (tx *Tx) Categories(company string) (map[int64]CatalogCategory, error) {
	known := map[int64]CatalogCategory{}
	rows, err := tx.query("SELECT id, hash, gone FROM catalog_categories WHERE company = ?", company)
	err = each(rows, err, func(r scanner) error {
		var c CatalogCategory
		err := r.Scan(&c.ID, &c.Hash, &c.Gone)
		known[c.ID] = c
		return err
	})
	return known, err
}

// PutTree records which categories there are; all others are gone.
func (tx *Tx) PutTree(company string, ids []int64) error {
	list := idList(ids)
	if _, err := tx.exec(`INSERT INTO catalog_categories (company, id, hash, gone)
		SELECT ?1, value, 0, 0 FROM json_each(?2)
		WHERE true ON CONFLICT (company, id) DO UPDATE SET gone = 0`, company, list); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE catalog_categories SET gone = 1
		WHERE company = ? AND id NOT IN (SELECT value FROM json_each(?))`, company, list)
	return err
}

// DoubtCategories is Doubt for categories.
func (tx *Tx) DoubtCategories(company string, ids []int64) error {
	_, err := tx.exec(`UPDATE catalog_categories SET hash = ?2
		WHERE company = ?1 AND hash <> 0 AND id IN (SELECT value FROM json_each(?3))`,
		company, hashUnsure, idList(ids))
	return err
}

// ForgetCategories forgets those of the categories that the chat has nothing
// of, or all of them. The next tree finds them again.
func (tx *Tx) ForgetCategories(company string, ids []int64, which Forgetting) error {
	query := "DELETE FROM catalog_categories WHERE company = ? AND hash = 0 AND id IN (SELECT value FROM json_each(?))"
	if which == ForgetAll {
		query = "DELETE FROM catalog_categories WHERE company = ? AND id IN (SELECT value FROM json_each(?))"
	}
	_, err := tx.exec(query, company, idList(ids))
	return err
}
