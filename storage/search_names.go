package storage

// Orders that an older version has taken have no name of the customer beside them, and some no total.
// The writer takes both from their bodies while nothing else is to be written, the newest first, and
// indexes each block anew that has got its names. Until then such an order is found by all but its name.

// namedAtOnce is how many orders one step looks at.
const namedAtOnce = 512

// unnamed is the last order whose name is still to be taken from its body; 0 = there is none, or
// nothing to read bodies with.
func (tx *Tx) unnamed() (int64, error) {
	if tx.s.cfg.Describe == nil {
		return 0, nil
	}
	return value[int64](tx.queryRow("SELECT coalesce(max(upto), 0) FROM search_unnamed"))
}

// nameOrders names the orders before last, and last, that are in its block, as many as a step takes.
func (tx *Tx) nameOrders(last int64) error {
	block := last >> blockBits
	first := max(block<<blockBits, last-namedAtOnce+1)
	rows, err := tx.query("SELECT order_seq, body FROM bodies WHERE n = 1 AND order_seq BETWEEN ? AND ?", first, last)
	list, err := collect(rows, err, func(r scanner) (b orderBody, err error) {
		err = r.Scan(&b.seq, &b.packed)
		return b, err
	})
	if err != nil {
		return err
	}
	for _, one := range list {
		if err := tx.nameOrder(one); err != nil {
			return err
		}
	}
	if first == block<<blockBits {
		if err := tx.indexAnew(block); err != nil {
			return err
		}
	}
	if first <= 1 {
		_, err = tx.exec("DELETE FROM search_unnamed")
	} else {
		_, err = tx.exec("UPDATE search_unnamed SET upto = ?", first-1)
	}
	return err
}

// An orderBody is an order's own webhook as it is stored.
type orderBody struct {
	seq    int64
	packed []byte
}

func (tx *Tx) nameOrder(b orderBody) error {
	body, err := unpackOrder(b.packed)
	if err != nil {
		return nil // it is damaged, and whoever opens the order is told so
	}
	name, total := tx.s.cfg.Describe(body)
	_, err = tx.exec("UPDATE orders SET customer = ?, total = CASE total WHEN 0 THEN ? ELSE total END WHERE seq = ?",
		name, total, b.seq)
	return err
}

// indexAnew indexes a block again if it is indexed.
func (tx *Tx) indexAnew(block int64) error {
	was, err := tx.exec("DELETE FROM search_grams WHERE block = ?", block)
	if err != nil || was == 0 {
		return err
	}
	_, err = tx.exec("DELETE FROM search_changed WHERE seq >= ? AND seq < ?", block<<blockBits, (block+1)<<blockBits)
	if err != nil {
		return err
	}
	return tx.indexBlock(block)
}
