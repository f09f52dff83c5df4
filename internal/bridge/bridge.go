// Package bridge is the connector between one chat tenant and its companies' shops:
// the assembly of the rooms that do the work.
//
// New loads the companies and gives each its rooms: a desk for its orders, a syncer
// for its catalog. Run lets their tasks work until its context ends. Whoever wants
// something of one company's orders asks for its Desk and talks to that; Syncer and
// Inspector are the same for its catalog and for questions to its shop. What is about
// all rooms of a company at once stands here: saving and deleting its settings,
// another InSales account behind them, the overview, and what is read at a scrape of
// the metrics. Everything else is a room's own; the words that all of them use are
// listed in docs/words.md.
//
// The rooms, from the top down: alert sees what is wrong and tells people; check
// looks into a shop for a person; order and catalog do the work and never import
// each other; login is the panel's account; company is one connected company while
// the program runs; problem names what can be wrong.
package bridge

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/alert"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/host"
	"ineed-insales/internal/bridge/login"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/probe"
	"ineed-insales/internal/bridge/reach"
	"ineed-insales/internal/bridge/upkeep"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/internal/proxy"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// A Config says what the bridge works with. Store is required.
type Config struct {
	Store        *storage.Store
	ChatURL      string        // where INEED.CHAT is, unless a company says otherwise
	PublicURL    string        // where shops reach us; "" = nowhere, polling does the work
	PollInterval time.Duration // between reads of a shop's feed; 0 = 2 minutes
	Version      string        // of the program, for User-Agent
	Log          *slog.Logger  // nil = none

	// AllowPrivateNetworks permits shops and chats at http URLs and at loopback
	// and private addresses. Link-local and metadata addresses never are.
	AllowPrivateNetworks bool

	// Proxy is by which proxies requests leave; the zero value is none.
	Proxy proxy.Proxy

	// Transport carries the requests to shops, ChatTransport those to the chat.
	// Nil means one that takes the Proxy and refuses forbidden addresses when it dials.
	Transport     http.RoundTripper
	ChatTransport http.RoundTripper

	// Dial opens the connections of notifications: to mail servers, and to what
	// is asked over HTTP. Nil means one that refuses forbidden addresses.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Wire is where the programs of a chat with a wire of its own run; nil = in this
	// process, without a bound of memory. A time without a zone is for them one of
	// TimeZone; nil = UTC.
	Wire     *wire.Box
	TimeZone *time.Location

	// PingURL is asked each minute while all is well; "" = nothing is. PingTransport carries
	// these requests; nil = one that connects to private addresses, too.
	PingURL       string
	PingTransport http.RoundTripper

	// Message puts a notification about a company into words; nil means its codes.
	Message func(lang string, c storage.Company, m storage.Message) alert.Message

	// Keep says for how long is kept what nobody needs any more; nil = company.DefaultKeep.
	Keep *Keep

	// Backups says where the copies of the database of each night lie; without a folder none
	// are made.
	Backups Backups

	// Grace is how long requests under way may go on after Run's context has
	// ended; 0 = 8 s, less than what containers get to stop.
	Grace time.Duration
}

func (cfg *Config) way() company.Way {
	return company.Way{AllowPrivate: cfg.AllowPrivateNetworks, Proxy: cfg.Proxy}
}

// Backups says where the copies of the database of each night lie.
type Backups struct {
	Folder string // "" = none are made
	Copies int    // how many stay; 0 = 7
	Name   string // what their names begin with; "" = connector
}

// A Keep says for how long is kept what nobody needs any more.
type Keep = company.Keep

// A member is one company with the rooms that work for it.
type member struct {
	*company.Company
	desk   *order.Desk
	syncer *catalog.Syncer
	prober *probe.Prober
}

// changed lets all rooms take over new settings.
func (m *member) changed(now storage.Company) {
	old := m.Settings()
	m.desk.Changed(old, now, func() {
		m.syncer.Changed(func() { m.Use(now) })
	})
	m.prober.Changed()
}

// A Bridge is the connector between one chat tenant and its companies' shops.
type Bridge struct {
	Login  *login.Account // the panel's account
	Host   *host.Monitor  // what looks after the machine
	Alerts *alert.Center  // what tells people of trouble
	Scout  *reach.Scout   // what looks whether others can be reached
	Office *order.Office  // what the desks of all companies have in common
	Upkeep *upkeep.Keeper // what looks after the database

	cfg            Config
	store          *storage.Store
	log            *slog.Logger
	shared         *company.Shared
	catalogMetrics *catalog.Metrics
	chatAhead      atomic.Pointer[time.Duration] // see ChatClock; nil = not seen yet

	saving sync.Mutex // one change of settings at a time

	nobody storage.Chat // see Door

	mu      sync.Mutex
	members map[string]*member // by company
	run     context.Context    // of Run; nil while it does not run
	wg      sync.WaitGroup     // the tasks
}

// New makes a bridge and loads the companies. Nothing is sent before Run.
func New(ctx context.Context, cfg Config) (*Bridge, error) {
	if cfg.PollInterval == 0 {
		cfg.PollInterval = 2 * time.Minute
	}
	if cfg.Grace == 0 {
		cfg.Grace = 8 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Transport == nil {
		cfg.Transport = company.NewTransport(cfg.way(), company.ShopConnect)
	}
	if cfg.ChatTransport == nil {
		cfg.ChatTransport = company.NewTransport(cfg.way(), company.ChatConnect)
	}
	if cfg.Wire == nil {
		cfg.Wire = wire.NewBox(nil)
	}
	if cfg.TimeZone == nil {
		cfg.TimeZone = time.UTC
	}
	if cfg.Keep == nil {
		cfg.Keep = new(company.DefaultKeep())
	}
	cfg.PublicURL, cfg.ChatURL = weburl.Tidy(cfg.PublicURL), weburl.Tidy(cfg.ChatURL)
	b := &Bridge{
		cfg: cfg, store: cfg.Store, log: cfg.Log,
		shared: company.NewShared(company.Config{
			Store: cfg.Store, Log: cfg.Log, ChatURL: cfg.ChatURL, PublicURL: cfg.PublicURL,
			Version: cfg.Version, Marker: translate.MarkerName, AllowPrivateNetworks: cfg.AllowPrivateNetworks,
			Proxy: cfg.Proxy, Transport: cfg.Transport, ChatTransport: cfg.ChatTransport,
			Keep: *cfg.Keep, Grace: cfg.Grace,
		}),
		Login:          login.New(cfg.Store, cfg.Log),
		catalogMetrics: catalog.NewMetrics(),
		members:        map[string]*member{},
		nobody:         nobody(),
	}
	b.Upkeep = upkeep.New(upkeep.Config{Store: cfg.Store, Log: cfg.Log, Keep: *cfg.Keep, Folder: cfg.Backups.Folder,
		Copies: cfg.Backups.Copies, Name: cfg.Backups.Name, TimeZone: cfg.TimeZone, Now: b.trustedNow})
	b.Host = host.New(host.Config{Store: cfg.Store, Log: cfg.Log, Ready: b.Ready, Clocks: b.clocks,
		Backups: b.Upkeep.Problem,
		PingURL: cfg.PingURL, PingTransport: cfg.PingTransport, Proxy: cfg.Proxy, UserAgent: b.shared.UserAgent()})
	b.Alerts = alert.New(alert.Config{Shared: b.shared, Desks: b.desks, Host: b.Host, Dial: cfg.Dial,
		Zone: cfg.TimeZone, Message: cfg.Message})
	b.Scout = reach.New(reach.Config{PublicURL: cfg.PublicURL, Sides: b.sides, UserAgent: b.shared.UserAgent(),
		// The administrator has named the URL, wherever it leads.
		Transport: company.NewTransport(company.Way{AllowPrivate: true, Proxy: cfg.Proxy}, company.ShopConnect)})
	list, err := b.store.Companies(ctx)
	if err != nil {
		return nil, fmt.Errorf("load companies: %w", err)
	}
	b.Office, err = order.NewOffice(ctx,
		order.Config{Store: cfg.Store, PollInterval: cfg.PollInterval, Companies: b.ids, Wire: cfg.Wire,
			TimeZone: cfg.TimeZone})
	if err != nil {
		return nil, fmt.Errorf("count orders: %w", err)
	}
	for _, c := range list {
		b.members[c.ID] = b.newMember(c)
	}
	return b, nil
}

// newMember lets the rooms work for a company. The order in which they are made
// is the order in which their tasks are woken.
func (b *Bridge) newMember(c storage.Company) *member {
	h := company.New(b.shared, c)
	m := &member{Company: h, desk: order.NewDesk(b.Office, h), syncer: catalog.New(b.catalogMetrics, h)}
	m.prober = probe.New(h, probe.Config{Busy: m.desk.Sending,
		Neighbours: func() []*insales.Client { return b.neighbours(m) }})
	return m
}

// neighbours gives the clients of other companies that use a company's shop with
// another key.
func (b *Bridge) neighbours(of *member) []*insales.Client {
	var list []*insales.Client
	mine := of.Settings().Shop
	for _, m := range b.all() {
		if other := m.Settings(); other.Shop.URL == mine.URL && other.Shop.KeyID != mine.KeyID && !other.Sealed {
			list = append(list, m.Shop())
		}
	}
	return list
}

// Run works for all companies until ctx ends; then it takes nothing new,
// finishes the requests under way and returns.
func (b *Bridge) Run(ctx context.Context) error {
	b.mu.Lock()
	if b.run != nil {
		b.mu.Unlock()
		return fmt.Errorf("bridge: runs already")
	}
	b.run = ctx
	for _, m := range b.members {
		m.Launch(ctx, &b.wg)
	}
	b.mu.Unlock()
	b.Host.Run(ctx, &b.wg)
	b.Alerts.Run(ctx, &b.wg)
	b.Upkeep.Run(ctx, &b.wg)
	<-ctx.Done()
	b.mu.Lock()
	b.run = nil // no new member is launched from here on
	b.mu.Unlock()
	b.wg.Wait()
	return nil
}

// Ready reports whether orders can be taken and worked on. It writes nothing:
// anybody may ask, as often as they like.
func (b *Bridge) Ready() error {
	b.mu.Lock()
	running := b.run != nil
	b.mu.Unlock()
	if !running {
		return fmt.Errorf("the workers do not run")
	}
	return b.store.Health()
}

// ChatURL is where INEED.CHAT is unless a company says otherwise; "" = nowhere.
func (b *Bridge) ChatURL() string { return b.cfg.ChatURL }

// Desk gives the desk of a company's orders, or storage.ErrNotFound.
func (b *Bridge) Desk(company string) (*order.Desk, error) {
	m, err := b.member(company)
	if err != nil {
		return nil, err
	}
	return m.desk, nil
}

// Syncer gives what keeps a company's catalog in step, or storage.ErrNotFound.
func (b *Bridge) Syncer(company string) (*catalog.Syncer, error) {
	m, err := b.member(company)
	if err != nil {
		return nil, err
	}
	return m.syncer, nil
}

// Prober gives what tries a company's shop out, or storage.ErrNotFound.
func (b *Bridge) Prober(company string) (*probe.Prober, error) {
	m, err := b.member(company)
	if err != nil {
		return nil, err
	}
	return m.prober, nil
}

// Inspector gives what looks into a company's shop, or storage.ErrNotFound.
func (b *Bridge) Inspector(company string) (*check.Inspector, error) {
	m, err := b.member(company)
	if err != nil {
		return nil, err
	}
	return check.New(m.Company, m.desk), nil
}

// member gives a company with its rooms, or storage.ErrNotFound.
func (b *Bridge) member(id string) (*member, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, ok := b.members[id]
	if !ok {
		return nil, fmt.Errorf("company %s: %w", id, storage.ErrNotFound)
	}
	return m, nil
}

// all gives the members by company id.
func (b *Bridge) all() []*member {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]*member, 0, len(b.members))
	for _, id := range slices.Sorted(maps.Keys(b.members)) {
		list = append(list, b.members[id])
	}
	return list
}

// ids gives the ids of all companies.
func (b *Bridge) ids() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.members))
}

// sides gives the shop and the chat of every company.
func (b *Bridge) sides() []reach.Side {
	var list []reach.Side
	for _, m := range b.all() {
		c := m.Settings()
		list = append(list,
			reach.Side{Company: c.ID, Name: "shop", URL: c.Shop.URL, Transport: b.cfg.Transport},
			reach.Side{Company: c.ID, Name: "chat", URL: b.shared.ChatURL(c), Transport: b.cfg.ChatTransport})
	}
	return list
}

// desks gives the desks of all companies, by id.
func (b *Bridge) desks() []*order.Desk {
	var list []*order.Desk
	for _, m := range b.all() {
		list = append(list, m.desk)
	}
	return list
}
