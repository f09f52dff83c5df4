package company

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/proxy"
	"ineed-insales/storage"
)

// largeAnswers is how many large answers of shops stand in memory at once,
// whatever the number of companies.
const largeAnswers = 2

// A Config says what all companies work with. Store, Log, Transport and
// ChatTransport are required.
type Config struct {
	Store     *storage.Store
	Log       *slog.Logger
	ChatURL   string // where INEED.CHAT is, unless a company says otherwise
	PublicURL string // where shops reach us; "" = nowhere
	Version   string // of the program, for User-Agent
	Marker    string // what our marker in an order begins with

	// AllowPrivateNetworks permits http URLs, and loopback and private addresses.
	AllowPrivateNetworks bool

	Proxy proxy.Proxy // by which proxies requests leave; the zero value is none

	// Transport carries the requests to shops, ChatTransport those to the chat.
	Transport     http.RoundTripper
	ChatTransport http.RoundTripper

	Keep  Keep
	Grace time.Duration // for which requests under way may go on after the end
}

// A Shared is what all companies have in common: the database, the connections,
// and one request window per access key, since the shop counts by key.
type Shared struct {
	Config       Config
	Store        *storage.Store
	Requests     *requestMetrics
	LargeAnswers *insales.Room // what holds their places in memory

	mu      sync.Mutex
	windows map[string]*insales.Window // by shop and key
}

// Way is how requests leave this machine.
func (s *Shared) Way() Way {
	return Way{AllowPrivate: s.Config.AllowPrivateNetworks, Proxy: s.Config.Proxy}
}

// NewShared makes what the companies of one connector share.
func NewShared(cfg Config) *Shared {
	return &Shared{
		Config: cfg, Store: cfg.Store, Requests: newRequestMetrics(),
		LargeAnswers: insales.NewRoom(largeAnswers), windows: map[string]*insales.Window{},
	}
}

// Window gives the request window of a shop's key. Companies that share a key
// share its window.
func (s *Shared) Window(shop storage.Shop) *insales.Window {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := shop.URL + " " + shop.KeyID
	w, ok := s.windows[name]
	if !ok {
		w = insales.NewWindow()
		s.windows[name] = w
	}
	return w
}

// ShopClient makes a client of a shop.
func (s *Shared) ShopClient(shop storage.Shop, window *insales.Window) *insales.Client {
	return insales.New(insales.Config{
		URL: shop.URL, KeyID: shop.KeyID, Password: shop.Password.Reveal(), UserAgent: s.UserAgent(),
		Transport: s.Config.Transport, Window: window, Observe: s.Requests.shop,
		Room: s.LargeAnswers, Marker: s.Config.Marker,
	})
}

// UserAgent is what we call ourselves in requests to shops and to the chat.
func (s *Shared) UserAgent() string { return "ineed-insales-connector/" + s.Config.Version }

// ChatURL is where a company's reports go.
func (s *Shared) ChatURL(c storage.Company) string {
	if c.Chat.URL != "" {
		return c.Chat.URL
	}
	return s.Config.ChatURL
}

// Finishing gives a context for a request that may go on for the grace after
// ctx has ended: a request cut off is an outcome nobody knows.
func (s *Shared) Finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(s.Config.Grace, cancel)
		context.AfterFunc(out, func() { timer.Stop() })
	})
	return out, func() { stop(); cancel() }
}
