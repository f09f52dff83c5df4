package bridge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/ineedchat"
	"ineed-insales/insales"
	"ineed-insales/storage"
)

// Invalid lists what is wrong with settings.
type Invalid struct{ Fields []FieldProblem }

// A FieldProblem is what is wrong with one field, named by its JSON path.
type FieldProblem struct {
	Field   string
	Problem storage.Problem
}

func (i *Invalid) Error() string {
	names := make([]string, len(i.Fields))
	for n, f := range i.Fields {
		names[n] = f.Field + ": " + f.Problem.Code
	}
	return "invalid settings: " + strings.Join(names, ", ")
}

func (i *Invalid) add(field, code string, args ...string) {
	i.Fields = append(i.Fields, FieldProblem{field, problemOf(code, args...)})
}

func (i *Invalid) err() error {
	if len(i.Fields) == 0 {
		return nil
	}
	return i
}

// Saved is what a save has done.
type Saved struct {
	Company storage.Company // as stored
	Made    storage.Chat    // secrets and token made by this save, to be shown once
	Stored  bool
	Created bool
}

const (
	defaultMaxAge = 24 * time.Hour
	longestMaxAge = 30 * 24 * time.Hour
	checkTimeout  = 30 * time.Second
	longestField  = 1000 // bytes
)

// Companies gives all companies, by id.
func (b *Bridge) Companies(context.Context) ([]storage.Company, error) {
	list := []storage.Company{}
	for _, w := range b.all() {
		c, _, _ := w.snapshot()
		list = append(list, c)
	}
	return list, nil
}

// Company gives one company from memory.
func (b *Bridge) Company(_ context.Context, id string) (storage.Company, error) {
	w, err := b.worker(id)
	if err != nil {
		return storage.Company{}, err
	}
	c, _, _ := w.snapshot()
	return c, nil
}

// SaveCompany stores settings. Empty or masked secrets mean "keep"; chat
// secrets that there are none of to keep are made. If order sync is being
// switched on, the shop is asked first, and when it does not agree the
// settings are stored with the switch off. An *Invalid with Stored false means
// that nothing was stored.
func (b *Bridge) SaveCompany(ctx context.Context, c storage.Company) (Saved, error) {
	b.saving.Lock()
	defer b.saving.Unlock()
	c = c.Clone()
	old, err := b.Company(ctx, c.ID)
	created := errors.Is(err, ErrNotFound)
	if err != nil && !created {
		return Saved{}, err
	}
	bad := &Invalid{}
	b.tidy(&c, bad)
	made := merge(&c, old, bad)
	b.validate(c, bad)
	if err := bad.err(); err != nil {
		return Saved{}, err
	}
	c.Learnt, c.Hooks, c.HookFault = old.Learnt, old.Hooks, old.HookFault
	if c.Hooks.Token == "" {
		c.Hooks.Token = storage.Secret(ineedchat.NewToken())
	}
	if w, err := b.worker(c.ID); err == nil && old.Shop != c.Shop {
		w.forgetHooks(ctx)
		c.Hooks.IDs = nil
	}
	if c.Orders.Enabled && !old.Orders.Enabled {
		if account := b.checkShop(ctx, c, bad); c.AccountID == 0 {
			c.AccountID = account
		}
		c.Orders.Enabled = len(bad.Fields) == 0
	}
	c.Version, c.UpdatedAt = old.Version+1, time.Now()
	if err := b.store.Update(ctx, func(tx *storage.Tx) error { return tx.PutCompany(&c) }); err != nil {
		return Saved{}, err
	}
	b.install(c)
	return Saved{Company: c, Made: made, Stored: true, Created: created}, bad.err()
}

// install hands stored settings to the company's worker.
func (b *Bridge) install(c storage.Company) {
	w, err := b.worker(c.ID)
	if err != nil {
		w = newWorker(b, c)
		b.mu.Lock()
		b.workers[c.ID] = w
		b.launch(w)
		b.mu.Unlock()
		return
	}
	w.use(c)
	w.wakeAll()
}

// tidy brings what was typed into the stored form.
func (b *Bridge) tidy(c *storage.Company, bad *Invalid) {
	c.Name = strings.TrimSpace(c.Name)
	c.Shop.KeyID = strings.TrimSpace(c.Shop.KeyID)
	c.Shop.URL = b.tidyURL(c.Shop.URL, "shop.url", false, bad)
	if c.Chat.URL != "" {
		c.Chat.URL = b.tidyURL(c.Chat.URL, "chat.url", true, bad)
	}
	if c.Chat.Auth == "" {
		c.Chat.Auth = storage.AuthSignature
	}
	if c.Orders.MaxAge == 0 {
		c.Orders.MaxAge = defaultMaxAge
	}
}

// tidyURL reduces a URL to scheme and host, and the path if it may have one.
// Merchants paste the whole address of the shop's admin; user and password in
// it are dropped.
func (b *Bridge) tidyURL(text, field string, path bool, bad *Invalid) string {
	text = strings.TrimSpace(text)
	if text == "" {
		bad.add(field, FieldRequired)
		return ""
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		bad.add(field, FieldURL)
		return ""
	}
	if u.Scheme == "http" && !b.cfg.AllowPrivateNetworks {
		bad.add(field, FieldHTTPS)
		return ""
	}
	tidy := url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
	if path {
		tidy.Path = strings.TrimSuffix(u.Path, "/")
	}
	return tidy.String()
}

// merge keeps the secrets that were not given and makes those that there are
// none of. A secret never goes to another host than it was given for.
func merge(c *storage.Company, old storage.Company, bad *Invalid) (made storage.Chat) {
	c.AccountID, c.MarkerKept = old.AccountID, old.MarkerKept
	c.Problem, c.ChatFault = old.Problem, nil // the chat is tried again
	if keep(c.Shop.Password) {
		c.Shop.Password = old.Shop.Password
		if old.Shop.URL != "" && host(old.Shop.URL) != host(c.Shop.URL) {
			bad.add("shop.password", FieldSecretAgain)
		}
	}
	if keep(c.Chat.Token) {
		c.Chat.Token = old.Chat.Token
		if old.Chat.Token != "" && host(old.Chat.URL) != host(c.Chat.URL) {
			bad.add("chat.token", FieldSecretAgain)
		}
		if c.Chat.Token == "" {
			c.Chat.Token = storage.Secret(ineedchat.NewToken())
			made.Token = c.Chat.Token
		}
	}
	if len(c.Chat.Secrets) == 0 || slices.ContainsFunc(c.Chat.Secrets, keep) {
		c.Chat.Secrets = append([]storage.Secret(nil), old.Chat.Secrets...)
	}
	if len(c.Chat.Secrets) == 0 {
		c.Chat.Secrets = []storage.Secret{newSecret(c.Chat.Auth)}
		made.Secrets = c.Chat.Secrets
	}
	return made
}

// newSecret makes a secret for a way of authentication: one that signs, or a
// token that may stand in a URL as it is.
func newSecret(auth string) storage.Secret {
	if auth == storage.AuthSignature {
		return storage.Secret(ineedchat.NewSecret())
	}
	return storage.Secret(ineedchat.NewToken())
}

func keep(s storage.Secret) bool { return s == "" || s == storage.Masked }

func host(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

// validate checks what can be known without the shop.
func (b *Bridge) validate(c storage.Company, bad *Invalid) {
	if !ineedchat.ValidID(c.ID) {
		bad.add("id", FieldID)
	}
	if c.Shop.KeyID == "" {
		bad.add("shop.key_id", FieldRequired)
	}
	if c.Shop.Password == "" {
		bad.add("shop.password", FieldRequired)
	}
	switch c.Chat.Auth {
	case storage.AuthSignature, storage.AuthBearer, storage.AuthPath:
	default:
		bad.add("chat.auth", FieldOneOf, "values", "signature, bearer, path")
	}
	if len(c.Chat.Secrets) > 2 {
		bad.add("chat.secrets", FieldTooMany, "max", "2")
	}
	for i, s := range c.Chat.Secrets {
		field := fmt.Sprintf("chat.secrets[%d]", i)
		switch {
		case c.Chat.Auth == storage.AuthSignature && !ineedchat.ValidSecret(s.Reveal()):
			bad.add(field, FieldSecretForm)
		case !ineedchat.ValidToken(s.Reveal()):
			bad.add(field, FieldSecretShort)
		}
	}
	if !ineedchat.ValidToken(c.Chat.Token.Reveal()) {
		bad.add("chat.token", FieldSecretShort)
	}
	validateOrders(c.Orders, bad)
	if c.Orders.Enabled && b.chatURL(c) == "" {
		bad.add("chat.url", FieldRequired)
	}
}

func validateOrders(o storage.OrderSync, bad *Invalid) {
	for name, m := range map[string]map[string]int64{"orders.payments": o.Payments, "orders.deliveries": o.Deliveries} {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !ineedchat.ValidID(k) || m[k] <= 0 {
				bad.add(name+"."+k, FieldID)
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(o.Statuses)) {
		if k == "" || !ineedchat.ValidStatus(o.Statuses[k]) {
			bad.add("orders.statuses."+k, FieldOneOf, "values", strings.Join(ineedchat.Statuses(), ", "))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(o.Fields)) {
		switch {
		case !validFieldName(k):
			bad.add("orders.fields."+k, FieldOneOf, "values", "an id, "+strings.Join(fieldNames(), ", "))
		case len(o.Fields[k]) > longestField:
			bad.add("orders.fields."+k, FieldTooLong, "max", strconv.Itoa(longestField))
		}
	}
	if o.MaxAge < time.Minute || o.MaxAge > longestMaxAge {
		bad.add("orders.max_age", FieldRange, "min", "1m", "max", "720h")
	}
}

// checkShop asks the shop whether order sync can work: the key is accepted and
// the ids exist and are of types we support. It gives the account's id.
func (b *Bridge) checkShop(ctx context.Context, c storage.Company, bad *Invalid) int64 {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	shop := b.shopClient(c.Shop, b.window(c.Shop))
	account, err := ask(ctx, shop, shop.Account)
	var e *insales.Error
	if errors.As(err, &e) && e.Status == 403 {
		// No right to the settings: orders are what matters.
		_, err = ask(ctx, shop, func(ctx context.Context, p *insales.Permit) (int64, error) { return shop.Count(ctx, p, insales.Orders) })
	}
	if err != nil {
		shopFails(bad, "shop", err)
		return 0
	}
	if c.AccountID != 0 && account.ID != 0 && account.ID != c.AccountID {
		p := accountChanged(c.AccountID, account.ID)
		bad.add("shop.url", FieldShopCheck, "code", p.Code, "bound", p.Args["bound"], "found", p.Args["found"])
		return 0
	}
	payments, err := ask(ctx, shop, shop.Payments)
	if err != nil {
		shopFails(bad, "orders.payments", err)
	} else {
		checkPayments(c, payments, bad)
	}
	deliveries, err := ask(ctx, shop, shop.Deliveries)
	if err != nil {
		shopFails(bad, "orders.deliveries", err)
	} else {
		checkDeliveries(c, deliveries, bad)
	}
	return account.ID
}

func shopFails(bad *Invalid, field string, err error) {
	p := companyProblem(err)
	args := []string{"code", p.Code}
	for _, k := range slices.Sorted(maps.Keys(p.Args)) {
		args = append(args, k, p.Args[k])
	}
	bad.add(field, FieldShopCheck, args...)
}

func checkPayments(c storage.Company, list []insales.Payment, bad *Invalid) {
	have := map[int64]bool{}
	for _, p := range list {
		have[p.ID] = true
	}
	for _, k := range slices.Sorted(maps.Keys(c.Orders.Payments)) {
		if id := c.Orders.Payments[k]; !have[id] {
			bad.add("orders.payments."+k, FieldNotInShop, "id", strconv.FormatInt(id, 10))
		}
	}
}

func checkDeliveries(c storage.Company, list []insales.Delivery, bad *Invalid) {
	have := map[int64]insales.Delivery{}
	for _, d := range list {
		have[d.ID] = d
	}
	for _, k := range slices.Sorted(maps.Keys(c.Orders.Deliveries)) {
		id := c.Orders.Deliveries[k]
		d, ok := have[id]
		switch {
		case !ok:
			bad.add("orders.deliveries."+k, FieldNotInShop, "id", strconv.FormatInt(id, 10))
		case !d.Supported():
			bad.add("orders.deliveries."+k, FieldDeliveryType, "id", strconv.FormatInt(id, 10), "type", d.Type, "title", d.Title)
		}
	}
}

// DeleteCompany forgets a company's settings and secrets, never the keys of
// the orders that were accepted. It is refused while orders need the access.
func (b *Bridge) DeleteCompany(ctx context.Context, id string) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	w, err := b.worker(id)
	if err != nil {
		return err
	}
	census, err := b.store.Census(ctx, id)
	if err != nil {
		return err
	}
	args := map[string]string{}
	for _, s := range []storage.State{storage.StateNew, storage.StateSending, storage.StateAttention} {
		if n := census.States[s]; n > 0 {
			args[string(s)] = strconv.Itoa(n)
		}
	}
	if len(args) > 0 {
		return &Refused{storage.Problem{Code: RefusedCompanyBusy, Args: args}}
	}
	w.forgetHooks(ctx)
	err = b.store.Update(ctx, func(tx *storage.Tx) error {
		w.shutGate()
		return tx.DeleteCompany(id)
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.workers, id)
	if w.stop != nil {
		w.stop()
	}
	return nil
}

// RotateSecret makes a new first chat secret and gives it once. The one before
// stays valid until the next rotation.
func (b *Bridge) RotateSecret(ctx context.Context, id string) (storage.Secret, error) {
	b.saving.Lock()
	defer b.saving.Unlock()
	c, err := b.Company(ctx, id)
	if err != nil {
		return "", err
	}
	if c.Sealed {
		return "", fmt.Errorf("company %s: %w", id, storage.ErrSealed)
	}
	fresh := newSecret(c.Chat.Auth)
	c.Chat.Secrets = append([]storage.Secret{fresh}, c.Chat.Secrets...)
	c.Chat.Secrets = c.Chat.Secrets[:min(len(c.Chat.Secrets), 2)]
	c.Version, c.UpdatedAt = c.Version+1, time.Now()
	if err := b.store.Update(ctx, func(tx *storage.Tx) error { return tx.PutCompany(&c) }); err != nil {
		return "", err
	}
	b.install(c)
	return fresh, nil
}
