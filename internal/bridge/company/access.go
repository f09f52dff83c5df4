package company

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// Merchants paste the URL of their shop as they have it: from the browser,
// with a path behind it; from the card of the access key, with the key in it;
// from memory, without a scheme. What is stored is scheme and host, in one
// form, and the key where keys belong.

// Tidy brings what was typed into the stored form. What cannot be used is left
// empty and told.
func (s *Shared) Tidy(c *storage.Company, old storage.Company, bad *problem.Invalid) {
	c.Name = strings.TrimSpace(c.Name)
	c.Shop.KeyID = strings.TrimSpace(c.Shop.KeyID)
	c.Shop.Password = storage.Secret(strings.TrimSpace(c.Shop.Password.Reveal()))
	s.tidyShop(&c.Shop, old.Shop, bad)
	if c.Chat.URL != "" {
		c.Chat.URL = s.tidyChat(c.Chat.URL, bad)
	}
	if c.Chat.Auth == "" {
		c.Chat.Auth = storage.AuthSignature
	}
	tidyWire(&c.Chat)
}

// tidyShop reduces the shop's URL to scheme and host and takes over the key
// that it carries. Shops speak https only, so http is taken for it.
func (s *Shared) tidyShop(shop *storage.Shop, old storage.Shop, bad *problem.Invalid) {
	text := shop.URL
	shop.URL = ""
	if strings.TrimSpace(text) == "" {
		bad.Add("shop.url", problem.FieldRequired)
		return
	}
	u, ok := weburl.Parse(text)
	if !ok || !s.Usable(u) {
		bad.Add("shop.url", problem.FieldShopURL)
		return
	}
	if !s.Permitted(u) {
		bad.Add("shop.url", problem.FieldPrivateHost)
		return
	}
	if u.Scheme == "http" && !s.Config.AllowPrivateNetworks {
		u = u.Secured()
	}
	shop.URL = u.Origin()
	takeKey(shop, old, u.User)
}

// tidyChat is the same for the chat, whose URL may have a path. Its token is
// our own secret, which http would show to everybody on the way.
func (s *Shared) tidyChat(text string, bad *problem.Invalid) string {
	u, ok := weburl.Parse(text)
	switch {
	case !ok || !s.Usable(u):
		bad.Add("chat.url", problem.FieldURL)
	case u.Scheme == "http" && !s.Config.AllowPrivateNetworks:
		bad.Add("chat.url", problem.FieldHTTPS)
	case !s.Permitted(u):
		bad.Add("chat.url", problem.FieldPrivateHost)
	default:
		return u.String()
	}
	return ""
}

// takeKey completes the access key from the one in a pasted URL. What was typed
// into the fields counts, and a masked password means the stored one; but that
// belongs to its key and to where the shop is, so with another shop both are new. A password
// never joins a key that it did not come with.
func takeKey(s *storage.Shop, old storage.Shop, pasted *url.Userinfo) {
	id := strings.TrimSpace(pasted.Username())
	password, _ := pasted.Password()
	if id == "" {
		return
	}
	stays := s.Password == storage.Masked && old.Password != "" && weburl.OriginOf(old.URL) == weburl.OriginOf(s.URL)
	if s.KeyID == "" || s.KeyID == old.KeyID && KeepsSecret(s.Password) && !stays {
		s.KeyID = id
	}
	if s.KeyID == id && KeepsSecret(s.Password) && !(stays && s.KeyID == old.KeyID) {
		s.Password = storage.Secret(strings.TrimSpace(password))
	}
}

// Usable reports whether such a name can be found: outside of our own network
// one without a dot leads nowhere.
func (s *Shared) Usable(u weburl.URL) bool {
	return s.Config.AllowPrivateNetworks || strings.ContainsAny(u.Name, ".:")
}

// Permitted reports whether an IP address may be connected to. What a name
// stands for is seen when it is dialled.
func (s *Shared) Permitted(u weburl.URL) bool {
	addr, err := netip.ParseAddr(u.Name)
	return err != nil || newDialGuard(s.Config.AllowPrivateNetworks).allow(addr) == nil
}

// Merge keeps the secrets that were not given and makes those that there are
// none of. A secret never goes to another scheme, host or port than it was
// given for.
func (s *Shared) Merge(c *storage.Company, old storage.Company, bad *problem.Invalid) (made storage.Chat) {
	c.AccountID, c.MarkerKept, c.Learnt, c.Hooks = old.AccountID, old.MarkerKept, old.Clone().Learnt, old.Hooks
	c.FeedAddress = old.FeedAddress
	if KeepsSecret(c.Shop.Password) {
		c.Shop.Password = old.Shop.Password
		if old.Shop.URL != "" && c.Shop.URL != "" && weburl.OriginOf(old.Shop.URL) != weburl.OriginOf(c.Shop.URL) {
			bad.Add("shop.password", problem.FieldSecretAgain)
		}
	}
	if KeepsSecret(c.Chat.Token) {
		c.Chat.Token = old.Chat.Token
		if old.Chat.Token != "" && weburl.OriginOf(s.ChatURL(old)) != weburl.OriginOf(s.ChatURL(*c)) {
			bad.Add("chat.token", problem.FieldSecretAgain)
		}
		if c.Chat.Token == "" {
			c.Chat.Token = storage.Secret(ineedchat.NewToken())
			made.Token = c.Chat.Token
		}
	}
	if len(c.Chat.Secrets) == 0 || slices.ContainsFunc(c.Chat.Secrets, KeepsSecret) {
		c.Chat.Secrets = append([]storage.Secret(nil), old.Chat.Secrets...)
	}
	if len(c.Chat.Secrets) == 0 {
		c.Chat.Secrets = []storage.Secret{NewSecret(c.Chat.Auth)}
		made.Secrets = c.Chat.Secrets
	}
	return made
}

// NewSecret makes a secret for a way of authentication: one that signs, or a
// token that may stand in a URL as it is.
func NewSecret(auth string) storage.Secret {
	if auth == storage.AuthSignature {
		return storage.Secret(ineedchat.NewSecret())
	}
	return storage.Secret(ineedchat.NewToken())
}

// KeepsSecret reports whether a secret that a person has sent means that the stored one
// stays: it is empty, or it is the mask that we have shown in its place.
func KeepsSecret(s storage.Secret) bool { return s == "" || s == storage.Masked }

// ValidateAccess checks what can be known of a company's accesses without asking
// anybody.
func ValidateAccess(c storage.Company, bad *problem.Invalid) {
	if !ineedchat.ValidID(c.ID) {
		bad.Add("id", problem.FieldID)
	}
	if c.Shop.KeyID == "" {
		bad.Add("shop.key_id", problem.FieldRequired)
	}
	if c.Shop.Password == "" {
		bad.Add("shop.password", problem.FieldRequired)
	}
	switch c.Chat.Auth {
	case storage.AuthSignature, storage.AuthBearer, storage.AuthPath, storage.AuthHMAC:
	default:
		bad.Add("chat.auth", problem.FieldOneOf, "values", "signature, bearer, path, hmac")
	}
	if len(c.Chat.Secrets) > 2 {
		bad.Add("chat.secrets", problem.FieldTooMany, "max", "2")
	}
	validateWire(c.Chat.Wire, bad)
	if c.Chat.Auth == storage.AuthHMAC {
		validateHMAC(c.Chat, bad)
	}
	for i, s := range c.Chat.Secrets {
		field := fmt.Sprintf("chat.secrets[%d]", i)
		switch {
		case c.Chat.Auth == storage.AuthHMAC: // a word of the chat's own
		case c.Chat.Auth == storage.AuthSignature && !ineedchat.ValidSecret(s.Reveal()):
			bad.Add(field, problem.FieldSecretForm)
		case !ineedchat.ValidToken(s.Reveal()):
			bad.Add(field, problem.FieldSecretShort)
		}
	}
	switch token := c.Chat.Token.Reveal(); {
	case c.Chat.Wire != nil && c.Chat.Wire.Report != "": // the chat has made it
		if !validWord(token) {
			bad.Add("chat.token", problem.FieldWordShort, "min", strconv.Itoa(shortestWord))
		}
	case !ineedchat.ValidToken(token):
		bad.Add("chat.token", problem.FieldSecretShort)
	}
}
