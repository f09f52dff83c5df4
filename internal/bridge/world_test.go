package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"modernc.org/sqlite"

	"ineed-insales/handlers"
	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
	"ineed-insales/storage/storagetest"
	"ineed-insales/storage/storagetest/inmemory"
)

func TestMain(m *testing.M) { os.Exit(inmemory.Main(m)) }

// A world is the connector between a sandbox shop and a sandbox chat, each
// behind its own pipe network, in virtual time. Its connector is real from the
// webhook's socket to the SQLite file; only the wire is net.Pipe.
type world struct {
	t    *testing.T
	dir  string
	net  *pipeNet
	shop *insalestest.Shop
	chat *ineedchattest.Chat
	proc *process

	// courier posts the shop's webhooks, once some are registered: that takes a
	// PublicURL in config.
	courier *insalestest.Courier

	config func(*bridge.Config)
	logged *slog.Logger // by all of the connector; nil = it is not looked at

	settings func() storage.Company // of the company that is saved at the start
	stock    insalestest.Catalog    // what the shop has beside its seed
	sees     outlook                // how the chat should have the catalog
	read     map[string]string      // what was found to be the wording of HTML

	// judgedLater tells that the test itself looks at what the chat complains of.
	judgedLater bool

	// restored tells that an older database was put back: then a report may
	// come again with its old revision, which the chat answers with 409.
	restored bool

	// tap, if set, is called before each commit and before and after each
	// external call; false pulls the plug there.
	tap     func(point string) bool
	deadly  atomic.Bool // the next commit pulls the plug
	crashed atomic.Bool
}

const (
	company    = "2"
	chatSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	chatToken  = "chat-token-for-tests-0123456789abcdef"
	apiToken   = "api-token-for-tests-0123456789abcdefg" // a pipe has no address that /metrics would trust
)

// newWorld makes a world with an enabled company and runs its connector. It
// must be called inside a synctest bubble.
func newWorld(t *testing.T, options ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), net: newPipeNet(), settings: settings, sees: outlook{shop: "http://shop.test"},
		read: map[string]string{}}
	w.courier = &insalestest.Courier{Client: &http.Client{Transport: w.net.client, Timeout: 10 * time.Second}}
	build := func() *insalestest.Shop {
		return insalestest.New(insalestest.Config{Catalog: w.stock, Deliver: w.courier.Deliver,
			OnRequest: func(r *http.Request, p insalestest.Phase) error {
				return w.point("shop " + string(p) + " " + r.Method + " " + r.URL.Path)
			}})
	}
	w.shop = build()
	w.chat = ineedchattest.New(ineedchattest.Config{Token: chatToken, Secret: chatSecret, AcceptUnknown: true,
		OnRequest: func(r *http.Request, p ineedchattest.Phase) error {
			return w.point("chat " + string(p) + " " + r.Method)
		}})
	for _, o := range options {
		o(w)
	}
	if w.stock.Products > 0 {
		w.shop = build()
	}
	w.net.serve("shop.test", w.shop)
	w.net.serve("chat.test", w.chat)
	commits.Store(w.db(), func() bool { return w.point("commit") == nil })
	ctx, cancel := context.WithCancel(context.Background())
	var posting sync.WaitGroup
	posting.Go(func() { w.courier.Run(ctx) })
	t.Cleanup(func() { cancel(); posting.Wait() })
	t.Cleanup(w.close)
	must(t, storagetest.Write(w.db()))
	w.start()
	w.save(w.settings())
	return w
}

// turn turns switches of the shop, before it is asked or while it is.
func (w *world) turn(change func(*insalestest.Switches)) { w.shop.Reconfigure(change) }

func (w *world) db() string { return filepath.Join(w.dir, "connector.db") }

// settings are those of the one company of most worlds.
func settings() storage.Company {
	return storage.Company{
		ID: company, Name: "Компания 2",
		Shop: storage.Shop{URL: "http://shop.test", KeyID: insalestest.DefaultKeyID,
			Password: insalestest.DefaultPassword},
		Chat: storage.Chat{URL: "http://chat.test", Auth: storage.AuthSignature, Secrets: []storage.Secret{chatSecret},
			Token: chatToken},
		Orders: storage.OrderSync{
			Enabled:    true,
			Payments:   map[string]int64{"cash": 5000001},
			Deliveries: map[string]int64{"pickup": 7000001, "delivery": 7000002},
		},
	}
}

func (w *world) save(c storage.Company) {
	w.t.Helper()
	if _, err := w.proc.bridge.SaveCompany(w.t.Context(), c); err != nil {
		var bad *problem.Invalid
		errors.As(err, &bad)
		w.t.Fatalf("save company: %v %+v", err, bad)
	}
}

// desk gives the desk of the world's company in this life of the connector, syncer
// what keeps its catalog in step, and inspector what looks into its shop.
func (w *world) desk() *order.Desk { return there(w.t, w.proc.bridge.Desk) }

func (w *world) syncer() *catalog.Syncer { return there(w.t, w.proc.bridge.Syncer) }

func (w *world) inspector() *check.Inspector { return there(w.t, w.proc.bridge.Inspector) }

// there gives a room of the world's company, which must be there.
func there[Room any](t *testing.T, of func(string) (Room, error)) Room {
	t.Helper()
	room, err := of(company)
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// cancel cancels an order, whether or not its company is there.
func (w *world) cancel(ctx context.Context, key storage.OrderKey) error {
	d, err := w.proc.bridge.Desk(company)
	if err == nil {
		_, err = d.Cancel(ctx, key, "test")
	}
	return err
}

// point is a place where the plug may be pulled.
func (w *world) point(name string) error {
	if w.crashed.Load() {
		return errors.New("the process is dead")
	}
	if w.tap != nil && !w.tap(name) || name == "commit" && w.deadly.Load() {
		w.crashed.Store(true)
		w.proc.cancel()
		return errors.New("plug pulled at " + name)
	}
	return nil
}

// A process is one life of the connector.
type process struct {
	store  *storage.Store
	bridge *bridge.Bridge
	cancel context.CancelFunc
	done   chan struct{}
	rt     *http.Transport
}

// start begins a new life of the connector on the world's database.
func (w *world) start() {
	w.t.Helper()
	if err := w.tryStart(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tryStart() error {
	w.crashed.Store(false)
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{cancel: cancel, done: make(chan struct{}), rt: w.net.transport()}
	w.proc = p
	store, err := storage.Open(ctx, storage.Config{Path: w.db(), SecretKey: storagetest.Key, Log: w.log()})
	if err != nil {
		cancel()
		return err
	}
	p.store = store
	cfg := bridge.Config{Store: store, AllowPrivateNetworks: true, Transport: p.rt, ChatTransport: p.rt,
		Version: "test", Log: w.log()}
	if w.config != nil {
		w.config(&cfg)
	}
	if p.bridge, err = bridge.New(ctx, cfg); err != nil {
		cancel()
		return errors.Join(err, store.Close())
	}
	metrics := prometheus.NewRegistry()
	server := handlers.New(handlers.Config{Bridge: p.bridge, Gatherer: metrics, APIToken: apiToken, Log: w.log()})
	metrics.MustRegister(append(p.bridge.Collectors(), server.Collectors()...)...)
	w.net.serve("connector.test", w.answering(server.Public()))
	go func() {
		defer close(p.done)
		_ = p.bridge.Run(ctx)
	}()
	return nil
}

// log is where the test wants the connector's log. Else it is shown when tests run with
// -v and CONNECTOR_TEST_LOG.
func (w *world) log() *slog.Logger {
	if w.logged != nil {
		return w.logged
	}
	if os.Getenv("CONNECTOR_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// answering makes the answer to a webhook a point of its own: behind its
// commit, before the sender learns of it.
func (w *world) answering(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if w.point("answer "+r.Method) != nil {
			panic(http.ErrAbortHandler)
		}
		for k, v := range rec.Header() {
			rw.Header()[k] = v
		}
		rw.WriteHeader(rec.Code)
		_, _ = rw.Write(rec.Body.Bytes())
	})
}

// stop ends the connector's life, gracefully unless it has crashed.
func (w *world) stop() {
	p := w.proc
	p.cancel()
	w.net.drop("connector.test")
	if p.bridge != nil {
		<-p.done
		w.sameInStore()
	}
	if p.store != nil {
		_ = p.store.Close() // a crashed one may say so
	}
	p.rt.CloseIdleConnections()
}

// restart is a stop and a new life.
func (w *world) restart() {
	w.t.Helper()
	w.stop()
	w.start()
}

func (w *world) close() {
	w.stop()
	w.net.close()
	commits.Delete(w.db())
	for _, v := range w.chat.Violations() {
		if w.judgedLater {
			break
		}
		if !w.restored || !strings.Contains(v, "revision goes back") {
			w.t.Errorf("the chat complains: %v", v)
		}
	}
	if f := w.shop.UnknownFields(); len(f) > 0 {
		w.t.Errorf("the shop does not know: %v", f)
	}
}

// sender posts webhooks to the connector as the chat would.
func (w *world) sender() ineedchattest.Sender {
	return ineedchattest.Sender{URL: "http://connector.test", Company: company, Secret: chatSecret,
		Client: &http.Client{Transport: w.net.client, Timeout: 10 * time.Second}}
}

// order is a valid order with the given id.
func anOrder(id string) ineedchattest.OrderSpec {
	return ineedchattest.OrderSpec{Company: company, ID: id, Number: "N" + id}
}

// accept sends the order and expects 202.
func (w *world) accept(o ineedchattest.OrderSpec) {
	w.t.Helper()
	a, err := w.sender().Send(w.t.Context(), o.Body())
	if err != nil || a.Status != http.StatusAccepted {
		w.t.Fatalf("order %s: %v %d %s", o.ID, err, a.Status, a.Body)
	}
}

// get gives an order as the connector knows it.
func (w *world) get(id string) storage.Order {
	w.t.Helper()
	o, err := w.proc.store.Order(context.Background(), storage.OrderKey{Company: company, ID: id})
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// live gives the shop's orders that carry a marker of the given chat order.
func (w *world) live(id string) []insalestest.OrderView {
	var list []insalestest.OrderView
	for _, o := range w.shop.Orders() {
		if strings.Contains(o.ManagerComment, "[ineed:"+id+":") {
			list = append(list, o)
		}
	}
	return list
}

// until waits in virtual time for a condition, which must come true within most.
// It looks often at first and, to be quick, each hundredth of the time later.
func (w *world) until(most time.Duration, what string, cond func() bool) time.Duration {
	w.t.Helper()
	start := time.Now()
	for !cond() {
		if time.Since(start) > most {
			w.t.Fatalf("after %v not yet: %s", most, what)
		}
		time.Sleep(max(50*time.Millisecond, time.Since(start)/100))
	}
	synctest.Wait() // what a peer has just been told is written, too
	return time.Since(start)
}

func (w *world) untilState(most time.Duration, id string, s storage.State) time.Duration {
	w.t.Helper()
	return w.until(most, fmt.Sprintf("order %s is %s (now %+v)", id, s, w.get(id)),
		func() bool { return w.get(id).State == s })
}

// commits holds, by database path, what decides whether a commit goes through.
var commits sync.Map

func init() {
	sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, dsn string) error {
		hooks, ok := conn.(sqlite.HookRegisterer)
		if !ok {
			return errors.New("no commit hooks")
		}
		hooks.RegisterCommitHook(func() int32 {
			allowed := true
			commits.Range(func(path, f any) bool {
				if strings.Contains(dsn, path.(string)+"?") {
					allowed = f.(func() bool)()
					return false
				}
				return true
			})
			if allowed {
				return 0
			}
			return 1
		})
		return nil
	})
}

// A pipeNet connects names to servers by net.Pipe, under real transports.
type pipeNet struct {
	mu      sync.Mutex
	servers map[string]*pipeServer
	down    map[string]bool // names that refuse connections
	client  *http.Transport
}

func newPipeNet() *pipeNet {
	n := &pipeNet{servers: map[string]*pipeServer{}, down: map[string]bool{}}
	n.client = n.transport()
	return n
}

func (n *pipeNet) transport() *http.Transport {
	return &http.Transport{DialContext: n.dial, MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second}
}

func (n *pipeNet) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	name, _, _ := net.SplitHostPort(addr)
	n.mu.Lock()
	s, down := n.servers[name], n.down[name]
	n.mu.Unlock()
	if s == nil || down {
		return nil, fmt.Errorf("dial %s: %w", name, syscall.ECONNREFUSED)
	}
	ours, theirs := net.Pipe()
	select {
	case s.accept <- theirs:
		return ours, nil
	case <-s.closed:
		return nil, fmt.Errorf("dial %s: %w", name, syscall.ECONNREFUSED)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// setDown makes a name refuse connections, or not.
func (n *pipeNet) setDown(name string, down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down[name] = down
}

// serve puts a handler behind a name, in place of the one before.
func (n *pipeNet) serve(name string, h http.Handler) {
	n.drop(name)
	s := &pipeServer{accept: make(chan net.Conn), closed: make(chan struct{})}
	s.http = &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	n.mu.Lock()
	n.servers[name] = s
	n.mu.Unlock()
	s.done.Go(func() { _ = s.http.Serve(s) })
}

func (n *pipeNet) drop(name string) {
	n.mu.Lock()
	s := n.servers[name]
	delete(n.servers, name)
	n.mu.Unlock()
	if s != nil {
		_ = s.http.Close()
		s.done.Wait()
	}
	n.client.CloseIdleConnections()
}

func (n *pipeNet) close() {
	n.mu.Lock()
	var names []string
	for name := range n.servers {
		names = append(names, name)
	}
	n.mu.Unlock()
	for _, name := range names {
		n.drop(name)
	}
}

// A pipeServer is a listener for pipes and the server on it.
type pipeServer struct {
	http   *http.Server
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
	done   sync.WaitGroup
}

func (s *pipeServer) Accept() (net.Conn, error) {
	select {
	case c := <-s.accept:
		return c, nil
	case <-s.closed:
		return nil, io.EOF
	}
}

func (s *pipeServer) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *pipeServer) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }
