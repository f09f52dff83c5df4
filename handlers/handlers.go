// Package handlers is what other programs reach of the connector over HTTP: the
// webhooks of INEED.CHAT and of the shops, the catalog as a feed, the JSON API with its
// description, health and metrics. The pages for people are package panel's; a [Server] puts
// both together and gives three handlers: Public for the network, Local (the same
// API, without a token) for the unix socket of the command line, and Metrics for
// those who want it at an address of its own.
//
// A handler decodes, makes one call to package bridge, or to the desk, syncer or
// inspector that it gives for the company of the path, and encodes. What is allowed,
// what is due and what it means is decided there; the words are package locale's.
// All routes stand in routes.go and in that of the panel. What each error is
// answered with is package failure's to say, and who is visiting is package visit's.
//
// Guarantees: a webhook is believed only after its signature or token fitted
// the raw bytes, and answered 202 only after the bridge said that the order is
// durably stored; every error is problem+json; a stranger cannot tell a wrong
// token from an unknown company. No secret, no token of a path, no query and
// no body is ever logged.
//
// The package starts no goroutines and sets no timeouts but that of a feed, which may
// take longer than any other answer: those of slow connections, and what strangers may
// hold, are package gate's.
package handlers

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-playground/validator/v10"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"ineed-insales/handlers/panel"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/probe"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// A Config says what the handlers work with.
type Config struct {
	Bridge *bridge.Bridge

	// Gatherer is what /metrics shows; nil shows nothing. Register
	// [Server.Collectors] with it.
	Gatherer prometheus.Gatherer

	// SeparateMetrics keeps /metrics off the public handler.
	SeparateMetrics bool

	// APIToken authorises the JSON API over TCP; 32 or more visible ASCII
	// characters. Empty = nobody, but the socket works all the same.
	APIToken string

	// WebhookRate is how many webhooks a second a company may send on average;
	// 0 = 100, below 0 = no limit.
	WebhookRate float64

	// PublicURL is where browsers find the panel, with a path prefix if there is
	// one; "" = anywhere.
	PublicURL string

	// TrustedProxies are those whose X-Forwarded-* are believed.
	TrustedProxies []netip.Prefix

	// TimeZone is that of the panel's times; nil = UTC.
	TimeZone *time.Location

	// Wire is where programs that translate a chat's bodies run; nil = in this process,
	// without a bound of memory.
	Wire *wire.Box

	// System is what the panel shows of the program itself.
	System panel.System

	Version string       // of the program, for the API's description
	Log     *slog.Logger // nil = nowhere
}

// A Server answers HTTP requests. Its handlers may be used concurrently.
type Server struct {
	cfg      Config
	bridge   *bridge.Bridge
	log      *slog.Logger
	validate *validator.Validate
	metrics  *metrics
	quotas   *quotas
	feeds    feedPlaces
	refused  refusedLog
	programs programs
	site     *visit.Site
	panel    *panel.Server
	public   *echo.Echo
	socket   *echo.Echo
}

// New makes a Server of cfg.
func New(cfg Config) *Server {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.TimeZone == nil {
		cfg.TimeZone = time.UTC
	}
	if cfg.Gatherer == nil {
		cfg.Gatherer = prometheus.NewRegistry()
	}
	if cfg.Wire == nil {
		cfg.Wire = wire.NewBox(nil)
	}
	switch {
	case cfg.WebhookRate == 0:
		cfg.WebhookRate = ratePerSecond
	case cfg.WebhookRate < 0:
		cfg.WebhookRate = float64(rate.Inf)
	}
	s := &Server{
		cfg:      cfg,
		bridge:   cfg.Bridge,
		log:      cfg.Log,
		validate: newValidator(),
		metrics:  newMetrics(),
		quotas:   newQuotas(rate.Limit(cfg.WebhookRate)),
		site:     visit.NewSite(cfg.Bridge, cfg.PublicURL, cfg.TrustedProxies, managersMay()...),
	}
	s.panel = panel.New(panel.Config{Bridge: s.bridge, Site: s.site, TimeZone: cfg.TimeZone, ReadOrder: s.orderOf,
		TryWire: s.tryOn, Replay: s.replay, ReplayOne: s.replayOne, System: cfg.System, EnvToken: cfg.APIToken != ""})
	s.public = s.publicRoutes()
	s.socket = s.localRoutes()
	return s
}

// Public is for the network: webhooks, the API behind its token, health, and
// metrics unless they are served separately.
func (s *Server) Public() http.Handler {
	return s.site.Serve(tidyWebhookPaths(headAsGet(s.public)))
}

// Local is for a socket that only the operator can open: the API without a
// token, and health.
func (s *Server) Local() http.Handler { return headAsGet(s.socket) }

// desk gives the desk of the company that a path names, syncer what keeps its
// catalog in step, and inspector what looks into its shop.
func (s *Server) desk(c echo.Context) (*order.Desk, error) {
	return s.bridge.Desk(visit.Param(c, "company"))
}

// deskAndKey gives the desk and the key of the order that the path names.
func (s *Server) deskAndKey(c echo.Context) (*order.Desk, storage.OrderKey, error) {
	key, err := visit.OrderKey(c)
	if err != nil {
		return nil, key, err
	}
	desk, err := s.desk(c)
	return desk, key, err
}

func (s *Server) syncer(c echo.Context) (*catalog.Syncer, error) {
	return s.bridge.Syncer(visit.Param(c, "company"))
}

func (s *Server) inspector(c echo.Context) (*check.Inspector, error) {
	return s.bridge.Inspector(visit.Param(c, "company"))
}

func (s *Server) prober(c echo.Context) (*probe.Prober, error) {
	return s.bridge.Prober(visit.Param(c, "company"))
}

// stamp is how times look in the API: UTC, RFC 3339; the zero time is null.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
