// Package demo shows the connector at work between a sandbox shop and a sandbox
// chat: all three talk to each other over loopback, as they would in earnest.
//
// [Run] opens the sandboxes, has a real server started by whoever calls it, saves a
// company through the server's API, and tells a story of orders, a status, a lost
// answer and a price, line by line in the language of the reader. Every line is
// verified before it is told: what does not come true in time is counted and makes
// Run fail, so that the story is a test too.
//
// It keeps everything in a folder of its own that is removed at the end, reaches
// nothing but loopback, and is the only part of the program that may import the
// sandboxes.
package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/api"
	"ineed-insales/internal/config"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// The demo's company, how many products its shop has, and the secrets of its
// sandboxes; all fictional.
const (
	company  = "2"
	products = 2000
	secret   = "whsec_ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8tISE="
	token    = "demo-chat-token-0123456789-abcdefgh"
)

// A Config is how the demo is wanted.
type Config struct {
	Language string    // of the story: one of package locale
	Once     bool      // it ends after the story; else orders arrive until its context ends
	Out      io.Writer // the story
	Terminal bool      // a person reads Out on a terminal
	Log      io.Writer // of the connector

	// Serve runs the connector until its context ends, and calls ready once it takes
	// requests.
	Serve func(ctx context.Context, cfg config.Config, log io.Writer, ready func(net.Addr)) error
}

// A demo is one run of it.
type demo struct {
	Config
	start time.Time
	bad   int // steps that did not come true

	shop    *insalestest.Shop
	post    *insalestest.Courier // of the shop's webhooks
	shopURL string
	chat    *ineedchattest.Chat
	chatURL string

	// Those of the second company.
	foreignShop    *insalestest.Shop
	foreignShopURL string
	foreignChatURL string

	connector api.Client
	addr      string // of the connector
	password  string // of its panel
}

// Run runs the demo. It fails if a step of the story did not come true.
func Run(ctx context.Context, c Config) error {
	dir, err := os.MkdirTemp("", "ineed-insales-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d := &demo{Config: c, start: time.Now(), password: strings.ToLower(rand.Text()[:12])}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	if err := d.openSandboxes(ctx, g); err != nil {
		return err
	}
	cfg, err := d.settings(dir)
	if err != nil {
		return err
	}
	d.connector = api.Client{Socket: cfg.Socket}
	ready := make(chan net.Addr, 1)
	g.Go(func() error {
		return c.Serve(ctx, cfg, c.Log, func(a net.Addr) { ready <- a })
	})
	g.Go(func() error {
		defer cancel()
		select {
		case a := <-ready:
			d.addr = a.String()
		case <-ctx.Done():
			return nil
		}
		if !c.Once {
			d.say("panel", "url", "http://"+d.addr+"/", "password", d.password)
		}
		d.say("ready", "addr", d.addr, "shop", d.shopURL, "chat", d.chatURL)
		d.story(ctx)
		if c.Once {
			return nil
		}
		return d.stay(ctx, cfg.Socket)
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if d.bad > 0 {
		return fmt.Errorf("demo: %d steps did not come true", d.bad)
	}
	return nil
}

// settings are the connector's, with everything below dir.
func (d *demo) settings(dir string) (config.Config, error) {
	addr, err := freeAddr(d.Once)
	if err != nil {
		return config.Config{}, err
	}
	cfg, _, err := config.Load(nil, map[string]string{
		"addr": addr, "public-url": "http://" + addr, "chat-url": d.chatURL, "db": filepath.Join(dir, "connector.db"),
		"poll-interval": "3s", "admin-password": d.password, "allow-private-networks": "true", "log-format": "text",
	})
	return cfg, err
}

// openSandboxes serves the shop and the chat on loopback until ctx ends.
func (d *demo) openSandboxes(ctx context.Context, g *errgroup.Group) error {
	d.post = &insalestest.Courier{Client: &http.Client{Timeout: 5 * time.Second}}
	d.shop = insalestest.New(insalestest.Config{Deliver: d.post.Deliver,
		Catalog: insalestest.Catalog{Products: products, Seed: 1}})
	d.shop.Forbid(insalestest.SectionCostPrices) // orders and catalog do without, so nobody should tick that box
	g.Go(func() error { d.post.Run(ctx); return nil })
	d.chat = ineedchattest.New(ineedchattest.Config{Token: token, Secret: secret, AcceptUnknown: true})
	d.foreignShop = insalestest.New(insalestest.Config{})
	d.foreignShop.Forbid(insalestest.SectionCostPrices)
	foreignChat := ineedchattest.New(ineedchattest.Config{Token: token, AcceptUnknown: true})
	var urls [4]string
	// Not as they are: of a type in an interface the linker keeps each method, also those for tests.
	peers := []http.HandlerFunc{d.shop.ServeHTTP, d.chat.ServeHTTP, d.foreignShop.ServeHTTP, foreignChat.ServeHTTP}
	for i, h := range peers {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		urls[i] = "http://" + l.Addr().String()
		srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
		g.Go(func() error {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		context.AfterFunc(ctx, func() { _ = srv.Close() })
	}
	d.shopURL, d.chatURL, d.foreignShopURL, d.foreignChatURL = urls[0], urls[1], urls[2], urls[3]
	return nil
}

// freeAddr gives a loopback address that nobody listens at: the shop must know
// where to post its webhooks before the connector runs. It is the one that the
// connector has in earnest, if it can be had and somebody is to look at it.
func freeAddr(once bool) (string, error) {
	wanted := []string{"127.0.0.1:8080", "127.0.0.1:0"}
	if once {
		wanted = wanted[1:]
	}
	var l net.Listener
	var err error
	for _, addr := range wanted {
		if l, err = net.Listen("tcp", addr); err == nil {
			break
		}
	}
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
