package storage

// Hold keeps products back until the run was seen whole.
func (tx *Tx) Hold(company string, items []CatalogItem) error {
	for _, item := range items {
		if _, err := tx.exec(`INSERT INTO catalog_held (company, id, item, body) VALUES (?, ?, ?, ?)
			ON CONFLICT (company, id) DO UPDATE SET (item, body) = (excluded.item, excluded.body)`, company, item.ID, pack(&item), item.Body); err != nil {
			return err
		}
	}
	return nil
}

// Held gives held products after one, by id.
func (tx *Tx) Held(company string, after int64, limit int) ([]CatalogItem, error) {
	st, err := tx.stmt("SELECT item, body FROM catalog_held WHERE company = ? AND id > ? ORDER BY id LIMIT ?")
	if err != nil {
		return nil, err
	}
	rows, err := st.Query(company, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []CatalogItem
	for rows.Next() {
		var item CatalogItem
		var text string
		if err := rows.Scan(&text, &item.Body); err != nil {
			return nil, err
		}
		if err := unpack(field{text, &item}); err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, rows.Err()
}

// Unhold lets go of products whose newest state is not one to be held.
func (tx *Tx) Unhold(company string, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	return tx.unhold(company, idList(ids))
}

func (tx *Tx) unhold(company, list string) error {
	_, err := tx.exec(`DELETE FROM catalog_held WHERE company = ?1 AND EXISTS (SELECT 1 FROM catalog_held WHERE company = ?1)
		AND id IN (SELECT value FROM json_each(?2))`, company, list)
	return err
}
