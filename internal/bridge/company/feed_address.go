package company

import (
	"net/url"
	"time"

	"ineed-insales/storage"
)

// oldFeedToken is how long a token of a feed's address stays valid that was replaced: so
// long somebody may take to tell the importer the new address.
const oldFeedToken = 24 * time.Hour

// FeedPath is where a company's catalog is fetched as a feed, below our own URL. It has the
// token in it, and is empty unless the catalog is a feed.
func FeedPath(c storage.Company) string {
	if c.Chat.CatalogWay() != storage.CatalogFeed || c.FeedAddress.Token == "" {
		return ""
	}
	return "/feeds/" + url.PathEscape(c.ID) + "/" + c.FeedAddress.Token.Reveal() + "/catalog.yml"
}

// RenewFeedToken gives the feed another address; the one before stays valid for a day.
func RenewFeedToken(c *storage.Company, fresh storage.Secret, now time.Time) {
	a := &c.FeedAddress
	if a.Token != "" {
		a.Old, a.OldUntil = a.Token, now.Add(oldFeedToken)
	}
	a.Token = fresh
}

// FeedTokens gives the tokens with which the company's catalog may be fetched at a time:
// none unless it is a feed. Whether our secrets cannot be read is told apart.
func (c *Company) FeedTokens(now time.Time) (tokens []string, sealed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.company.FeedAddress
	if c.company.Chat.CatalogWay() != storage.CatalogFeed || a.Token == "" {
		return nil, c.company.Sealed
	}
	tokens = []string{a.Token.Reveal()}
	if now.Before(a.OldUntil) {
		tokens = append(tokens, a.Old.Reveal())
	}
	return tokens, false
}
