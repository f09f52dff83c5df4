package catalog

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/yml"
	"ineed-insales/storage"
)

// Where the chat fetches the catalog as a feed, a batch is not sent but shown: the commit
// that acknowledges it writes what it says into the tables of storage/catalog_feed.go. All
// that leads to a batch is the same, and so is all that follows from its acknowledgement.
// The feed is the chat that never refuses, never fails and never asks for the whole again.
//
// Who fetches it gets what the tables have at that moment, page after page. A feed that was
// never complete is not given at all: whoever imports an empty catalog deletes theirs.

// show delivers the oldest batch to the feed. A crash shows it again, which changes nothing.
func (s *syncing) show(ctx context.Context, b storage.CatalogBatch) error {
	shown := &storage.FeedBatch{Gone: b.Items.Gone, GoneCategories: b.Items.GoneCategories}
	err := s.company.Store.BatchTexts(ctx, s.company.ID, b.Seq, func(categories, products []byte) {
		for i, text := range linesOf(products, len(b.Items.Products)) {
			shown.Products = append(shown.Products, storage.NewFeedProduct(b.Items.Products[i], text))
		}
		for i, text := range linesOf(categories, len(b.Items.Categories)) {
			shown.Categories = append(shown.Categories,
				storage.FeedCategory{ID: b.Items.Categories[i].ID, Body: bytes.Clone(text)})
		}
	})
	if errors.Is(err, storage.ErrNotFound) {
		return storage.ErrStale // the run was ended meanwhile
	}
	if err != nil {
		return err
	}
	return s.record(ctx, []delivered{{batch: b, taken: b.Items, shown: shown}})
}

// linesOf parts the lines of a batch, of which there are n.
func linesOf(text []byte, n int) [][]byte {
	if n == 0 {
		return nil
	}
	return bytes.SplitN(text, newline, n)
}

// FeedTokens gives the tokens with which the catalog may be fetched: none unless it is a
// feed. Whether our secrets cannot be read is told apart.
func (s *Syncer) FeedTokens() (tokens []string, sealed bool) { return s.company.FeedTokens(time.Now()) }

// A Feed is a company's catalog as it is to be fetched.
type Feed struct {
	ChangedAt time.Time // when it was last made to say something else; zero = it was never complete
	Version   string    // of what it says and how; another one after each change

	store    *storage.Store
	settings storage.Company
}

// Feed gives the feed as it stands.
func (s *Syncer) Feed(ctx context.Context) (Feed, error) {
	f := Feed{store: s.company.Store, settings: s.company.Settings()}
	k, err := f.store.Catalog(ctx, s.company.ID)
	if err != nil || !k.Complete || f.settings.Chat.CatalogWay() != storage.CatalogFeed {
		return f, err
	}
	f.ChangedAt, err = f.store.FeedChangedAt(ctx, s.company.ID)
	f.Version = fmt.Sprintf("%x-%d", f.ChangedAt.UnixMilli(), yml.Format)
	return f, err
}

// feedPage is how many bytes of the document are written at a time.
const feedPage = 128 << 10

// WriteYML writes the feed as a YML document, in pieces of some feedPage bytes. Between two
// of them nothing of the store is held, so that w may take its time. Of the document in
// memory are the categories and one piece. The zone is that of the document's date, and
// rest the name of a category for what stands in none.
func (f *Feed) WriteYML(ctx context.Context, w io.Writer, zone *time.Location, rest string) error {
	tree, err := f.categories(ctx)
	if err != nil {
		return err
	}
	shop := yml.Shop{Name: cmp.Or(f.settings.Name, hostOf(f.settings.Shop.URL)), URL: f.settings.Shop.URL,
		Date: f.ChangedAt.In(zone), Rest: rest}
	var page bytes.Buffer
	out, err := yml.NewWriter(&page, shop, tree)
	if err != nil {
		return err
	}
	pages, err := f.store.OfferPages(ctx, f.settings.ID)
	for more := true; err == nil && more; {
		more, err = pages.Next(ctx, func(offer int64, text []byte) (bool, error) {
			if text != nil {
				p := new(ineedchat.Product)
				if err := json.Unmarshal(text, p); err != nil {
					return false, fmt.Errorf("product of offer %d: %w", offer, err)
				}
				out.Product(p)
			}
			err := out.Offer(strconv.FormatInt(offer, 10))
			return page.Len() >= feedPage, err
		})
		if err == nil && !more {
			err = out.Close()
		}
		if err == nil {
			_, err = w.Write(page.Bytes())
			page.Reset()
		}
	}
	return err
}

// categories gives the tree as the feed shows it.
func (f *Feed) categories(ctx context.Context) ([]ineedchat.Category, error) {
	texts, err := f.store.FeedCategories(ctx, f.settings.ID)
	if err != nil {
		return nil, err
	}
	list := make([]ineedchat.Category, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal(text, &list[i]); err != nil {
			return nil, fmt.Errorf("category of the feed: %w", err)
		}
	}
	return list, nil
}

// hostOf is the host of a URL.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	return u.Hostname()
}
