package storage

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"
)

// Where a chat fetches the catalog as a feed, what would have been sent to it in batches
// is kept here instead. The rest of the catalog does not know the difference: a batch is
// staged as ever, and the commit that acknowledges it writes what it says into these
// tables (ShowBatch). So whatever is withheld, held or parked keeps its last good form in
// the feed, as it would in a chat, and a crash loses both or neither.
//
// catalog_feed_products has each product as it would have been sent. catalog_feed_offers
// says which variant is shown of which product. A variant is there once, even if two
// products name it, so a reader that goes through the offers by their ids meets none
// twice, and can go on behind any of them after it has let go of the database.
//
// All rows belong to a feed, by its number in catalog_feeds. A company that leaves its feed,
// or is deleted, gives up the number, and a new feed gets another one: a million products
// are not deleted in one transaction while orders wait for their turn. Watch removes what is
// nobody's any more, little by little. A feed's changed_at says when it was last made to
// say something else. No two changes have the same, so it is a version as well.

// A FeedProduct is a product as the feed is to show it.
type FeedProduct struct {
	ID, Hash int64
	Variants []int64
	packed   []byte
}

// NewFeedProduct makes ready how a product stands in its row, so that the writer, which is
// everybody's, need not. The body may change after that.
func NewFeedProduct(item CatalogItem, body []byte) FeedProduct {
	packed := packBody(body)
	if len(body) > 0 && &packed[0] == &body[0] {
		packed = bytes.Clone(packed)
	}
	return FeedProduct{ID: item.ID, Hash: item.Hash, Variants: item.Variants, packed: packed}
}

// A FeedCategory is a category as the feed is to show it.
type FeedCategory struct {
	ID   int64
	Body []byte // JSON
}

// A FeedBatch is what a batch means for the feed.
type FeedBatch struct {
	Products       []FeedProduct
	Categories     []FeedCategory
	Gone           []int64 // products
	GoneCategories []int64
}

// ShowBatch lets the feed show what a batch says. It comes before Acknowledge, which
// forgets which variants the products had.
func (tx *Tx) ShowBatch(company string, b FeedBatch, at time.Time) error {
	feed, err := tx.feedOf(company)
	if err != nil {
		return err
	}
	changed, err := tx.showProducts(company, feed, b.Products)
	if err != nil {
		return err
	}
	for _, c := range b.Categories {
		n, err := tx.exec(`INSERT INTO catalog_feed_categories (feed, id, body) VALUES (?, ?, ?)
			ON CONFLICT (feed, id) DO UPDATE SET body = excluded.body WHERE body <> excluded.body`,
			feed, c.ID, c.Body)
		if err != nil {
			return err
		}
		changed = changed || n > 0
	}
	if len(b.Gone) > 0 {
		if err := tx.dropOffers(company, feed, b.Gone); err != nil {
			return err
		}
		n, err := tx.exec(`DELETE FROM catalog_feed_products
			WHERE feed = ? AND id IN (SELECT value FROM json_each(?))`, feed, idList(b.Gone))
		if err != nil {
			return err
		}
		changed = changed || n > 0
	}
	if len(b.GoneCategories) > 0 {
		n, err := tx.exec(`DELETE FROM catalog_feed_categories
			WHERE feed = ? AND id IN (SELECT value FROM json_each(?))`, feed, idList(b.GoneCategories))
		if err != nil {
			return err
		}
		changed = changed || n > 0
	}
	if !changed {
		return nil
	}
	return tx.TouchFeed(company, at)
}

// feedOf gives the number of the company's feed, which it gets with the first batch.
func (tx *Tx) feedOf(company string) (int64, error) {
	const query = "SELECT id FROM catalog_feeds WHERE company = ?"
	feed, err := value[int64](tx.queryRow(query, company))
	if !errors.Is(err, ErrNotFound) {
		return feed, err
	}
	if err := tx.needCompany(company); err != nil {
		return 0, err
	}
	if _, err := tx.exec("INSERT INTO catalog_feeds (company, changed_at) VALUES (?, 0)", company); err != nil {
		return 0, err
	}
	return value[int64](tx.queryRow(query, company))
}

// showProducts writes those products that the feed does not show as they are.
func (tx *Tx) showProducts(company string, feed int64, list []FeedProduct) (changed bool, err error) {
	if list, err = tx.newToFeed(feed, list); err != nil || len(list) == 0 {
		return false, err
	}
	var ids []int64
	var offers jsonList
	for _, p := range list {
		ids = append(ids, p.ID)
		for _, v := range p.Variants {
			offers.add(v, p.ID)
		}
		if _, err := tx.exec(`INSERT INTO catalog_feed_products (feed, id, hash, body) VALUES (?, ?, ?, ?)
			ON CONFLICT (feed, id) DO UPDATE SET (hash, body) = (excluded.hash, excluded.body)`,
			feed, p.ID, p.Hash, p.packed); err != nil {
			return false, err
		}
	}
	if err := tx.dropOffers(company, feed, ids); err != nil {
		return false, err
	}
	return true, bulk(tx, `INSERT INTO catalog_feed_offers (feed, id, product)
		SELECT ?1, value ->> 0, value ->> 1 FROM jsonb_each(?2)
		WHERE true ON CONFLICT (feed, id) DO UPDATE SET product = excluded.product`, offers.String(), feed)
}

// newToFeed leaves of products those that the feed does not show as they are.
func (tx *Tx) newToFeed(feed int64, list []FeedProduct) ([]FeedProduct, error) {
	ids := make([]int64, len(list))
	for i, p := range list {
		ids[i] = p.ID
	}
	shown := make(map[int64]int64, len(list))
	rows, err := tx.query("SELECT id, hash FROM catalog_feed_products"+
		" WHERE feed = ? AND id IN (SELECT value FROM json_each(?))", feed, idList(ids))
	err = each(rows, err, func(r scanner) error {
		var id, hash int64
		err := r.Scan(&id, &hash)
		shown[id] = hash
		return err
	})
	same := func(p FeedProduct) bool { return shown[p.ID] == p.Hash }
	return slices.DeleteFunc(slices.Clone(list), same), err
}

// dropOffers takes the offers of products out. Which they are is what was last
// acknowledged of the products.
func (tx *Tx) dropOffers(company string, feed int64, products []int64) error {
	_, err := tx.exec(`DELETE FROM catalog_feed_offers WHERE feed = ?1
		AND product IN (SELECT value FROM json_each(?3))
		AND id IN (SELECT v.value FROM catalog_products p, json_each('[' || p.variants || ']') v
			WHERE p.company = ?2 AND p.id IN (SELECT value FROM json_each(?3)))`, feed, company, idList(products))
	return err
}

// HideUnseen takes out what a full sync has not named. It comes before ForgetUnseen, which
// forgets the same products and categories.
func (tx *Tx) HideUnseen(company string, reading int64, at time.Time) error {
	feed, err := tx.feedOf(company)
	if err != nil {
		return err
	}
	const unseen = "FROM catalog_products p NOT INDEXED"
	hidden := int64(0)
	for _, query := range []string{
		`DELETE FROM catalog_feed_offers WHERE feed = ?1 AND id IN (SELECT v.value
			` + unseen + `, json_each('[' || p.variants || ']') v WHERE p.company = ?2 AND p.seen < ?3)`,
		`DELETE FROM catalog_feed_products WHERE feed = ?1 AND id IN (SELECT p.id
			` + unseen + ` WHERE p.company = ?2 AND p.seen < ?3)`,
		`DELETE FROM catalog_feed_categories WHERE ?3 > 0 AND feed = ?1 AND id IN
			(SELECT id FROM catalog_categories WHERE company = ?2 AND gone = 1)`,
	} {
		n, err := tx.exec(query, feed, company, reading)
		if err != nil {
			return err
		}
		hidden += n
	}
	if hidden > 0 {
		return tx.TouchFeed(company, at)
	}
	// An empty shop has a feed, too, once that is known.
	_, err = tx.exec("UPDATE catalog_feeds SET changed_at = ? WHERE id = ? AND changed_at = 0", ms(at), feed)
	return err
}

// TouchFeed records that the company's feed, if it has one, says something else from now on.
func (tx *Tx) TouchFeed(company string, at time.Time) error {
	_, err := tx.exec("UPDATE catalog_feeds SET changed_at = max(?2, changed_at + 1) WHERE company = ?1",
		company, ms(at))
	return err
}

// ClearFeed forgets a company's feed.
func (tx *Tx) ClearFeed(company string) error {
	_, err := tx.exec("UPDATE catalog_feeds SET company = NULL WHERE company = ?", company)
	return err
}

// FeedChangedAt is when the company's feed was last made to say something else; zero if it
// says nothing yet.
func (s *Store) FeedChangedAt(ctx context.Context, company string) (time.Time, error) {
	at, err := value[int64](s.queryRow(ctx, "SELECT changed_at FROM catalog_feeds WHERE company = ?", company))
	if errors.Is(err, ErrNotFound) {
		return time.Time{}, nil
	}
	return fromMS(at), err
}

// FeedCategories gives the categories of a company's feed as JSON, by their ids.
func (s *Store) FeedCategories(ctx context.Context, company string) ([][]byte, error) {
	rows, err := s.query(ctx, `SELECT body FROM catalog_feed_categories
		WHERE feed = (SELECT id FROM catalog_feeds WHERE company = ?) ORDER BY id`, company)
	return collect(rows, err, value[[]byte])
}

// pageOffers is how many offers one page has at most.
const pageOffers = 200

// OfferPages go through the offers of a company's feed, in the order of their ids. Each
// page is a read of its own, so that nobody who reads slowly keeps the log from being
// emptied. What changes between two pages is met or not, but no id is met twice.
type OfferPages struct {
	store   *Store
	company string
	feed    int64
	after   int64 // the last offer that was met
	product int64 // of which it was
	there   bool  // that product was handed over
	body    unpacker
}

// OfferPages begins to go through the offers of a company's feed; ErrNotFound if it has
// none.
func (s *Store) OfferPages(ctx context.Context, company string) (*OfferPages, error) {
	p := &OfferPages{store: s, company: company, after: math.MinInt64}
	var err error
	p.feed, err = p.number(ctx)
	return p, err
}

// number is that of the company's feed.
func (p *OfferPages) number(ctx context.Context) (int64, error) {
	return value[int64](p.store.queryRow(ctx, "SELECT id FROM catalog_feeds WHERE company = ?", p.company))
}

// Next hands over the offers of the next page until show has enough, and reports whether
// there may be more. A product comes as JSON, which is valid until show returns; it is nil
// if it is that of the offer before. It fails with ErrStale if the feed was given up
// meanwhile: what is left of that is no catalog.
func (p *OfferPages) Next(
	ctx context.Context, show func(offer int64, product []byte) (enough bool, err error),
) (more bool, err error) {
	n, enough, err := p.page(ctx, show)
	if err != nil || enough || n == pageOffers {
		return true, err
	}
	feed, err := p.number(ctx)
	if errors.Is(err, ErrNotFound) || err == nil && feed != p.feed {
		err = ErrStale
	}
	return false, err
}

// page is Next without the look at whether the feed is still there. It counts the offers.
func (p *OfferPages) page(
	ctx context.Context, show func(int64, []byte) (bool, error),
) (n int, enough bool, err error) {
	rows, err := p.store.query(ctx, `SELECT id, product, CASE WHEN product IS lag(product) OVER (ORDER BY id) THEN NULL
			ELSE (SELECT body FROM catalog_feed_products p WHERE p.feed = ?1 AND p.id = o.product) END
		FROM (SELECT id, product FROM catalog_feed_offers WHERE feed = ?1 AND id > ?2 ORDER BY id LIMIT ?3) o
		ORDER BY id`, p.feed, p.after, pageOffers)
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		var product int64
		var packed sql.RawBytes
		if err := rows.Scan(&p.after, &product, &packed); err != nil {
			return n, false, err
		}
		var body []byte
		switch {
		case packed != nil:
			if body, err = p.body.unpack(packed); err != nil {
				return n, false, err
			}
			p.there = true
		case product != p.product:
			p.there = false
		}
		if p.product = product; !p.there {
			continue
		}
		if enough, err := show(p.after, body); enough || err != nil {
			return n, true, err
		}
	}
	return n, false, rows.Err()
}

// How much of a feed that is nobody's any more is removed in one transaction, and how many
// of these there are in a row.
const (
	sweepRows  = 500
	sweepTurns = 20
)

// sweepFeeds removes some of what belongs to feeds that were given up, and reports whether
// something may be left.
func (s *Store) sweepFeeds(ctx context.Context) (left bool, err error) {
	left = true
	for turn := 0; turn < sweepTurns && left && err == nil; turn++ {
		feed, none := value[int64](s.queryRow(ctx, "SELECT id FROM catalog_feeds WHERE company IS NULL LIMIT 1"))
		if none != nil {
			return false, nil // or it cannot be read now
		}
		err = s.Update(ctx, func(tx *Tx) error { return tx.sweepFeed(feed) })
	}
	return left, err
}

// sweepFeed removes some rows of a feed, and the feed itself once it has none.
func (tx *Tx) sweepFeed(feed int64) error {
	for _, query := range []string{
		`DELETE FROM catalog_feed_products WHERE seq IN
			(SELECT seq FROM catalog_feed_products WHERE feed = ?1 LIMIT ?2)`,
		`DELETE FROM catalog_feed_offers WHERE feed = ?1 AND id IN
			(SELECT id FROM catalog_feed_offers WHERE feed = ?1 LIMIT ?2)`,
		`DELETE FROM catalog_feed_categories WHERE feed = ?1 AND id IN
			(SELECT id FROM catalog_feed_categories WHERE feed = ?1 LIMIT ?2)`,
	} {
		if n, err := tx.exec(query, feed, sweepRows); n > 0 || err != nil {
			return err
		}
	}
	_, err := tx.exec("DELETE FROM catalog_feeds WHERE id = ?", feed)
	return err
}
