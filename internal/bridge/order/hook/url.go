package hook

import (
	"time"

	"ineed-insales/storage"
)

// path is where the shops' webhooks come in, below our public URL. The company's id and
// its token follow.
const path = "/webhooks/insales/"

// ProbePrefix begins the last segment of the URL of a webhook that a probe registers
// for a moment and removes by itself; no token begins so.
const ProbePrefix = "probe-"

// ProbeURL is where a company's shop is to post the webhooks of a probe.
func ProbeURL(publicURL, company, token string) string {
	return publicURL + path + company + "/" + token
}

// URL is where this company's shop is to post its webhooks. It is empty if the shop
// cannot reach us, or if the company has no token yet.
func URL(publicURL string, c storage.Company) string {
	if publicURL == "" || c.Hooks.Token == "" {
		return ""
	}
	return publicURL + path + c.ID + "/" + c.Hooks.Token.Reveal()
}

// Tokens gives the tokens with which a company's shop may come in at a time: its own
// and, for a day after a renewal, the one before.
func Tokens(c storage.Company, now time.Time) []string {
	list := []string{c.Hooks.Token.Reveal()}
	if now.Before(c.Hooks.OldUntil) {
		list = append(list, c.Hooks.Old.Reveal())
	}
	return list
}

// oldToken is how long a token stays valid that was replaced.
const oldToken = 24 * time.Hour

// RenewToken gives the shop's webhooks another token; the one before stays
// valid for a day.
func RenewToken(c *storage.Company, fresh storage.Secret) {
	c.Hooks.Old, c.Hooks.OldUntil = c.Hooks.Token, time.Now().Add(oldToken)
	c.Hooks.Token = fresh
}
