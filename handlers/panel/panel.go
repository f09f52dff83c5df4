// Package panel is what a person sees of the connector: the pages, their forms,
// the way in, and the words of the notifications that lead back to a page. A
// [Server] has them all and gives its routes to an engine; [Messages] puts what
// is wrong into words for people who are not looking.
//
// A page asks package bridge, puts what it hears into a view of package web, and
// shows that in the language of whoever looks. A form comes back as it was typed,
// each error at its field. What was typed is not lost when the session has ended
// meanwhile: the form waits until its sender has signed in again. A typed secret
// never stands in a page that comes back; it is kept here for a while under a
// random name.
//
// Every page is shown only to who has signed in and may see it, unless it is needed before one
// can sign in, and nothing is changed by a form of another site. What the pages
// show of others' text is escaped, and secrets in it are masked. The package
// decides nothing: what is allowed and what is due is the bridge's to say. It
// starts no goroutines that outlive a request.
package panel

import (
	"context"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/handlers/web"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// A Config says what the pages work with. All fields must be set.
type Config struct {
	Bridge   *bridge.Bridge
	Site     *visit.Site
	TimeZone *time.Location // of the times on pages

	// ReadOrder reads the order out of the body of a webhook that nobody has sent,
	// with the checks that one of the chat meets.
	ReadOrder func(company string, body []byte) (*ineedchat.Order, error)

	// TryWire tells what a wire would make of a body, and keeps nothing.
	TryWire func(ctx context.Context, company string, in api.WireTrial) (api.WireResult, error)

	// Replay reads what is unread of a company with the wire that it has now; a dry run
	// only counts. ReplayOne does it with one delivery that is unread or was refused.
	Replay    func(ctx context.Context, desk *order.Desk, dry bool) (api.WireReplayed, error)
	ReplayOne func(ctx context.Context, desk *order.Desk, r storage.Received) (api.WireReplayed, error)

	System   System // what is to be shown of the program itself
	EnvToken bool   // the operator has set a token of the API
}

// A Server answers people. It may be used concurrently.
type Server struct {
	bridge    *bridge.Bridge
	site      *visit.Site
	timeZone  *time.Location
	readOrder func(company string, body []byte) (*ineedchat.Order, error)
	tryWire   func(ctx context.Context, company string, in api.WireTrial) (api.WireResult, error)
	replay    func(ctx context.Context, desk *order.Desk, dry bool) (api.WireReplayed, error)
	replayOne func(ctx context.Context, desk *order.Desk, r storage.Received) (api.WireReplayed, error)
	pages     *web.Pages
	system    System
	envToken  bool
	began     time.Time
	engine    *echo.Echo        // that has the routes; a form that waited is sent to it again
	homes     map[string]string // the page of each form, by route; does not change once there are routes

	// These guard themselves.
	lists   shopListsCache
	drafts  secretDrafts
	forms   waitingForms
	packers sync.Pool // of *gzip.Writer: one takes a megabyte, and would be garbage each time
}

// desk gives the desk of the company that a path names.
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

// syncer gives what keeps the catalog of that company in step.
func (s *Server) syncer(c echo.Context) (*catalog.Syncer, error) {
	return s.bridge.Syncer(visit.Param(c, "company"))
}

// A lack is how much of what a company's chat has sent, and what was believed, has become
// nothing: what was refused, and what nothing can read yet.
type lack struct {
	refused storage.RefusalCount
	unread  storage.UnreadCount
}

// lacks counts it.
func (s *Server) lacks(ctx context.Context, company string) (l lack, err error) {
	desk, err := s.bridge.Desk(company)
	if err != nil {
		return l, err
	}
	if l.refused, err = desk.RefusalCount(ctx); err != nil {
		return l, err
	}
	l.unread, err = desk.UnreadCount(ctx)
	return l, err
}

// New makes a Server of cfg.
func New(cfg Config) *Server {
	return &Server{bridge: cfg.Bridge, site: cfg.Site, timeZone: cfg.TimeZone, readOrder: cfg.ReadOrder,
		tryWire: cfg.TryWire, replay: cfg.Replay, replayOne: cfg.ReplayOne, pages: newPages(cfg.Site.Base()),
		system: cfg.System, envToken: cfg.EnvToken, began: time.Now()}
}
