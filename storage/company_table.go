package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"
)

// companyColumns is the one list of columns (id stands before it in queries);
// scanCompany and PutCompany follow it.
const (
	companyColumns = `name, shop_url, shop_key_id, shop_password, chat_url, chat_auth, chat_secrets, chat_token,
	orders, account_id, marker_kept, problem, chat_fault, version, updated_at, learnt,
	hooks, hook_problem, catalog, catalog_fault, chat_hmac, chat_wire, feed_address`
	selectCompanies = "SELECT id, " + companyColumns + " FROM companies"
)

// The fields that secrets are bound to when they are sealed.
const (
	fieldShopPassword = "shop.password"
	fieldChatSecrets  = "chat.secrets"
	fieldChatToken    = "chat.token"
	fieldHooks        = "hooks"
	fieldFeedAddress  = "feed_address"
)

// Companies gives all companies with their secrets opened, by id. One whose
// secrets cannot be opened is marked Sealed and has none.
func (s *Store) Companies(ctx context.Context) ([]Company, error) {
	rows, err := s.query(ctx, selectCompanies+" ORDER BY id")
	return collect(rows, err, s.scanCompany)
}

// Company gives a company with its secrets opened, or ErrNotFound.
func (tx *Tx) Company(id string) (Company, error) {
	return tx.s.scanCompany(tx.queryRow(selectCompanies+" WHERE id = ?", id))
}

func (s *Store) scanCompany(row scanner) (Company, error) {
	var c Company
	var password, secrets, token, hooks, address []byte
	var orders, problem, fault, learnt, hookFault, catalog, catalogFault, hmac, wire string
	var kept sql.NullBool
	var updated int64
	err := row.Scan(&c.ID, &c.Name, &c.Shop.URL, &c.Shop.KeyID, &password, &c.Chat.URL, &c.Chat.Auth, &secrets, &token,
		&orders, &c.AccountID, &kept, &problem, &fault, &c.Version, &updated, &learnt,
		&hooks, &hookFault, &catalog, &catalogFault, &hmac, &wire, &address)
	if err != nil {
		return c, err
	}
	if kept.Valid {
		c.MarkerKept = &kept.Bool
	}
	c.UpdatedAt = fromMS(updated)
	err = fromJSON(
		column{orders, &c.Orders}, column{problem, &c.Problem}, column{fault, &c.ChatFault}, column{learnt, &c.Learnt},
		column{hookFault, &c.HookFault}, column{catalog, &c.Catalog}, column{catalogFault, &c.CatalogFault},
		column{hmac, &c.Chat.HMAC}, column{wire, &c.Chat.Wire})
	if err != nil {
		return c, fmt.Errorf("company %s: %w", c.ID, err)
	}
	// Secrets are opened into plain strings: a Secret encodes as dots, so it
	// is its text that was sealed.
	var pw, tok string
	var sec []string
	var sealed sealedHooks
	if len(hooks) > 0 {
		err = s.seal.open(c.ID, fieldHooks, hooks, &sealed)
	}
	var feed sealedAddress
	if len(address) > 0 {
		err = errors.Join(err, s.seal.open(c.ID, fieldFeedAddress, address, &feed))
	}
	err = errors.Join(err,
		s.seal.open(c.ID, fieldShopPassword, password, &pw),
		s.seal.open(c.ID, fieldChatSecrets, secrets, &sec),
		s.seal.open(c.ID, fieldChatToken, token, &tok))
	if err != nil {
		c.Sealed = true
		return c, nil
	}
	c.Shop.Password, c.Chat.Token = Secret(pw), Secret(tok)
	c.Hooks = Hooks{
		Token: Secret(sealed.Token), Old: Secret(sealed.Old), OldUntil: fromMS(sealed.OldUntil), IDs: sealed.IDs,
	}
	c.FeedAddress = FeedAddress{Token: Secret(feed.Token), Old: Secret(feed.Old), OldUntil: fromMS(feed.OldUntil)}
	for _, t := range sec {
		c.Chat.Secrets = append(c.Chat.Secrets, Secret(t))
	}
	return c, nil
}

// sealedHooks is what is sealed of Hooks.
type sealedHooks struct {
	Token, Old string
	OldUntil   int64
	IDs        []int64
}

func (tx *Tx) sealHooks(c *Company) ([]byte, error) {
	h := c.Hooks
	return tx.s.seal.seal(c.ID, fieldHooks, sealedHooks{h.Token.Reveal(), h.Old.Reveal(), ms(h.OldUntil), h.IDs})
}

// sealedAddress is what is sealed of a FeedAddress.
type sealedAddress struct {
	Token, Old string
	OldUntil   int64
}

// sealAddress seals the address of a company's feed; one without a token is empty.
func (tx *Tx) sealAddress(c *Company) ([]byte, error) {
	a := c.FeedAddress
	if a == (FeedAddress{}) {
		return []byte{}, nil
	}
	return tx.s.seal.seal(c.ID, fieldFeedAddress, sealedAddress{a.Token.Reveal(), a.Old.Reveal(), ms(a.OldUntil)})
}

// PutCompany stores the company whole.
func (tx *Tx) PutCompany(c *Company) error {
	seal := tx.s.seal
	secrets := make([]string, len(c.Chat.Secrets))
	for i, t := range c.Chat.Secrets {
		secrets[i] = t.Reveal()
	}
	password, err1 := seal.seal(c.ID, fieldShopPassword, c.Shop.Password.Reveal())
	sealed, err2 := seal.seal(c.ID, fieldChatSecrets, secrets)
	token, err3 := seal.seal(c.ID, fieldChatToken, c.Chat.Token.Reveal())
	hooks, err4 := tx.sealHooks(c)
	address, err5 := tx.sealAddress(c)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return err
	}
	hmac := ""
	if c.Chat.HMAC != (HMAC{}) {
		hmac = toJSON(&c.Chat.HMAC)
	}
	_, err := tx.exec(`INSERT INTO companies (id, `+companyColumns+`) VALUES (?, `+marksOf(companyColumns)+`)
		ON CONFLICT (id) DO UPDATE SET (`+companyColumns+`) = (`+excludedOf(companyColumns)+`)`,
		c.ID, c.Name, c.Shop.URL, c.Shop.KeyID, password, c.Chat.URL, c.Chat.Auth, sealed, token,
		toJSON(&c.Orders), c.AccountID, c.MarkerKept, toJSON(c.Problem), toJSON(c.ChatFault),
		c.Version, ms(c.UpdatedAt), toJSON(&c.Learnt), hooks, toJSON(c.HookFault),
		toJSON(&c.Catalog), toJSON(c.CatalogFault), hmac, toJSON(c.Chat.Wire), address)
	if err != nil {
		return fmt.Errorf("company %s: %w", c.ID, err)
	}
	return nil
}

// DeleteCompany forgets settings and secrets, and how far the feed was read.
// Orders stay: their keys must never be accepted anew.
func (tx *Tx) DeleteCompany(id string) error {
	n, err := tx.exec("DELETE FROM companies WHERE id = ?", id)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNotFound
	}
	if _, err := tx.DropUnreadBefore(id, time.UnixMilli(math.MaxInt64)); err != nil {
		return err
	}
	for _, table := range []string{"feeds", "catalog_runs", "alarms", "probes", "probe_things"} {
		if _, err := tx.exec("DELETE FROM "+table+" WHERE company = ?", id); err != nil {
			return err
		}
	}
	if err := tx.EraseRefusals(id); err != nil {
		return err
	}
	if err := tx.ClearCatalog(id); err != nil {
		return err
	}
	return tx.ClearLookAlikes(id)
}

// CompanyVersion tells how often the company's settings were saved; ErrNotFound
// if it is not there.
func (tx *Tx) CompanyVersion(id string) (int64, error) {
	return value[int64](tx.queryRow("SELECT version FROM companies WHERE id = ?", id))
}

// needCompany fails with ErrNotFound unless the company is there. Whatever adds
// a row for a company asks first: it may have been deleted since its worker or
// the sender of a webhook was believed.
func (tx *Tx) needCompany(id string) error {
	if _, err := tx.CompanyVersion(id); err != nil {
		return fmt.Errorf("company %s: %w", id, err)
	}
	return nil
}

// BindAccount binds the company to an InSales account, unless it is bound.
func (tx *Tx) BindAccount(id string, account int64) error {
	_, err := tx.exec("UPDATE companies SET account_id = ? WHERE id = ? AND account_id = 0", account, id)
	return err
}

// SetCompanyState stores what the connector itself has learnt of a company:
// account, marker, problem, faults, what the shop told, our webhooks. Settings
// are not touched.
func (tx *Tx) SetCompanyState(c *Company) error {
	hooks, err := tx.sealHooks(c)
	if err != nil {
		return err
	}
	const state = "account_id, marker_kept, problem, chat_fault, learnt, hooks, hook_problem, catalog_fault"
	_, err = tx.exec("UPDATE companies SET ("+state+") = ("+marksOf(state)+") WHERE id = ?",
		c.AccountID, c.MarkerKept, toJSON(c.Problem), toJSON(c.ChatFault), toJSON(&c.Learnt), hooks,
		toJSON(c.HookFault),
		toJSON(c.CatalogFault), c.ID)
	return err
}
