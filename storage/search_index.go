package storage

import (
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// How an order is found by a part of its number, its id, its phone or the customer's name.
//
// Orders stand in blocks as they came, 2,048 rows each. Of a block the table search_grams
// says which of its orders have which three signs in a row: a gram. A search reads the rows
// of its own grams, one a block, and looks at the few orders that have them all. That is
// some thousand short rows for a million orders, and none of it is written when an
// order comes: a block is indexed by the writer, while nothing else is to be written, when it
// is complete and its orders have had time to reach the shop. The newest orders, which are in
// no indexed block yet, are looked at one by one, so a search misses nothing.
//
// Whatever changes an order of an indexed block leaves, by a trigger, what it was found by
// until then in search_changed. Until the writer has taken it over, within about a minute, a
// search looks at such orders, too. What was erased may not wait: the update that erases a person
// takes it out of the index before it is committed (see Tx.unindexErased).

// searchText is what an order is found by, a line each, in SQL.
const searchText = "concat_ws(char(10), chat_id, number, insales_number, nullif(insales_id, 0), phone, customer)"

const selectBlock = "SELECT seq, company, " + searchText + " FROM orders WHERE seq >= ? AND seq < ?"

// fold makes one of capital and small letters of any script, and of ё and е, which people write as they like.
func fold(text string) string { return strings.ReplaceAll(strings.ToLower(text), "ё", "е") }

// eachGram calls fn with each gram of each line of a folded text, with some more than once.
func eachGram(text string, fn func(gram string)) {
	for line := range strings.SplitSeq(text, "\n") {
		first, second := -1, -1 // where the two signs before this one begin
		for i, sign := range line {
			if first >= 0 {
				fn(line[first : i+utf8.RuneLen(sign)])
			}
			first, second = second, i
		}
	}
}

// gramsOf gives the grams of folded texts, in a fixed order.
func gramsOf(texts ...string) []string {
	set := map[string]bool{}
	for _, text := range texts {
		eachGram(text, func(gram string) { set[gram] = true })
	}
	return slices.Sorted(maps.Keys(set))
}

// companyGram stands in a block for the orders of a company. It is longer than a gram.
func companyGram(company string) string { return "company:" + company }

const (
	indexAfter  = 512                   // a block is indexed when so many orders have come behind it
	indexPause  = 50 * time.Millisecond // between two steps
	indexTold   = 4                     // blocks; so many together are what an older version has left
	mostChanged = 256                   // orders that one step takes over
)

// lookForBlocks lets the index catch up with the rows if they are ahead.
func (w *writer) lookForBlocks() {
	if w.index != nil {
		return
	}
	changed, err := value[bool](w.tx.queryRow("SELECT EXISTS (SELECT 1 FROM search_changed)"))
	blocks, err2 := w.tx.blocksLeft()
	unnamed, err3 := w.tx.unnamed()
	if err := errors.Join(err, err2, err3); err != nil {
		return // who writes next will say so
	}
	switch {
	case !w.indexing.IsZero():
	case unnamed >= indexTold*blockSize:
		w.indexing = time.Now()
		w.s.cfg.Log.Info("orders of before are being made to be found by the customer's name, the newest first",
			"orders", unnamed)
	case blocks >= indexTold:
		w.indexing = time.Now()
		w.s.cfg.Log.Info("orders are being indexed for the search; until then it gives them some thousand at a time",
			"blocks", blocks)
	}
	if changed || blocks > 0 || unnamed > 0 {
		w.index = time.After(indexPause)
	}
}

// catchUp takes a step, while there is room on the disk: a search does without.
func (w *writer) catchUp() {
	w.index = nil
	more := false
	p := &pending{done: make(chan error, 1), grows: true, run: func(tx *Tx) (err error) {
		more, err = tx.indexStep()
		return err
	}}
	w.commit([]*pending{p})
	switch err := <-p.done; {
	case err != nil:
		if !errors.Is(err, ErrUnavailable) {
			w.s.cfg.Log.Error("orders are not indexed for the search", "err", err)
		}
	case more:
		w.index = time.After(indexPause)
	case !w.indexing.IsZero():
		w.s.cfg.Log.Info("all orders are indexed for the search",
			"took", time.Since(w.indexing).Round(time.Millisecond).String())
		w.indexing = time.Time{}
	}
}

// indexStep brings the index one step closer to the rows, and reports whether there are more.
func (tx *Tx) indexStep() (more bool, err error) {
	rows, err := tx.query("SELECT seq, was FROM search_changed ORDER BY seq LIMIT ?", mostChanged)
	list, err := collect(rows, err, scanChanged)
	if err != nil {
		return false, err
	}
	if err := tx.takeOver(list); err != nil || len(list) == mostChanged {
		return true, err
	}
	unnamed, err := tx.unnamed()
	if err != nil {
		return false, err
	}
	if unnamed > 0 {
		return true, tx.nameOrders(unnamed)
	}
	left, err := tx.blocksLeft()
	if err != nil || left == 0 {
		return false, err
	}
	block, err := value[int64](tx.queryRow(firstUnindexed))
	if err == nil {
		err = tx.indexBlock(block)
	}
	return left > 1, err
}

// firstUnindexed is the block behind the last one that is indexed.
const firstUnindexed = "SELECT coalesce(max(block) + 1, 0) FROM search_grams"

// blocksLeft tells how many blocks can be indexed and are not.
func (tx *Tx) blocksLeft() (int64, error) {
	block, err := value[int64](tx.queryRow(firstUnindexed))
	if err != nil {
		return 0, err
	}
	newest, err := value[int64](tx.queryRow("SELECT coalesce(max(seq), 0) FROM orders"))
	return max((newest-indexAfter)>>blockBits-block, 0), err
}

// indexBlock indexes a block of which nothing is in the index.
func (tx *Tx) indexBlock(block int64) error {
	rows, err := tx.query(selectBlock, block<<blockBits, (block+1)<<blockBits)
	sets, err := setsOf(rows, err)
	if err != nil {
		return err
	}
	for _, gram := range slices.Sorted(maps.Keys(sets)) {
		if err := tx.putGram(block, gram, sets[gram]); err != nil {
			return err
		}
	}
	return nil
}

// setsOf gives the rows of a block's index, made of its orders.
func setsOf(rows *sql.Rows, err error) (map[string]*blockSet, error) {
	sets := map[string]*blockSet{"": {}}
	err = each(rows, err, func(r scanner) error {
		var seq int64
		var company, text string
		if err := r.Scan(&seq, &company, &text); err != nil {
			return err
		}
		put := func(gram string) {
			set := sets[gram]
			if set == nil {
				set = &blockSet{}
				sets[gram] = set
			}
			set.add(int(seq % blockSize))
		}
		put("")
		put(companyGram(company))
		eachGram(fold(text), put)
		return nil
	})
	return sets, err
}

func (tx *Tx) putGram(block int64, gram string, set *blockSet) error {
	packed := set.pack()
	if len(packed) == 0 {
		_, err := tx.exec("DELETE FROM search_grams WHERE block = ? AND gram = ?", block, gram)
		return err
	}
	_, err := tx.exec(`INSERT INTO search_grams (block, gram, orders) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET orders = excluded.orders`, block, gram, packed)
	return err
}

// A changedOrder is an order of an indexed block, and what it was found by.
type changedOrder struct {
	seq int64
	was string
}

func scanChanged(row scanner) (c changedOrder, err error) {
	err = row.Scan(&c.seq, &c.was)
	return c, err
}

// takeOver brings the index in line with orders that have changed.
func (tx *Tx) takeOver(list []changedOrder) error {
	for _, c := range list {
		now, err := value[string](tx.queryRow("SELECT "+searchText+" FROM orders WHERE seq = ?", c.seq))
		if err != nil {
			return err
		}
		is := gramsOf(fold(now))
		for _, gram := range gramsOf(fold(c.was), fold(now)) {
			_, has := slices.BinarySearch(is, gram)
			if err := tx.setGram(c.seq, gram, has); err != nil {
				return err
			}
		}
		if _, err := tx.exec("DELETE FROM search_changed WHERE seq = ?", c.seq); err != nil {
			return err
		}
	}
	return nil
}

// setGram says whether an order of an indexed block has a gram.
func (tx *Tx) setGram(seq int64, gram string, has bool) error {
	block, place := seq>>blockBits, int(seq%blockSize)
	packed, err := value[[]byte](tx.queryRow("SELECT orders FROM search_grams WHERE block = ? AND gram = ?",
		block, gram))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	set := unpackSet(packed)
	if set.has(place) == has {
		return nil
	}
	if has {
		set.add(place)
	} else {
		set.remove(place)
	}
	return tx.putGram(block, gram, &set)
}

// unindexErased takes what the running transaction has erased out of the index.
func (tx *Tx) unindexErased() error {
	rows, err := tx.query(`SELECT c.seq, was FROM search_changed c JOIN orders o ON o.seq = c.seq
		WHERE erased_at <> 0`)
	list, err := collect(rows, err, scanChanged)
	if err != nil {
		return err
	}
	return tx.takeOver(list)
}
