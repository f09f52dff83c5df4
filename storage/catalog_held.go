package storage

// Hold keeps products back until the run was seen whole.
func (tx *Tx) Hold(company string, items []CatalogItem) error {
	for _, item := range items {
		if _, err := tx.exec(`INSERT INTO catalog_held (company, id, item, body) VALUES (?, ?, ?, ?)
			ON CONFLICT (company, id) DO UPDATE SET (item, body) = (excluded.item, excluded.body)`,
			company, item.ID, toJSON(&item), item.Body); err != nil {
			return err
		}
	}
	return nil
}

// Held gives held products after one, by id.
func (tx *Tx) Held(company string, after int64, limit int) ([]CatalogItem, error) {
	rows, err := tx.query("SELECT item, body FROM catalog_held WHERE company = ? AND id > ? ORDER BY id LIMIT ?",
		company, after, limit)
	return collect(rows, err, func(r scanner) (item CatalogItem, err error) {
		var text string
		if err := r.Scan(&text, &item.Body); err != nil {
			return item, err
		}
		err = fromJSON(column{text, &item})
		return item, err
	})
}

// Unhold lets go of products whose newest state is not one to be held.
func (tx *Tx) Unhold(company string, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	return tx.unhold(company, idList(ids))
}

func (tx *Tx) unhold(company, list string) error {
	_, err := tx.exec(`DELETE FROM catalog_held
		WHERE company = ?1 AND EXISTS (SELECT 1 FROM catalog_held WHERE company = ?1)
		AND id IN (SELECT value FROM json_each(?2))`, company, list)
	return err
}
