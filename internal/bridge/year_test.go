//go:build !race

// A year takes the race detector an hour and shows it nothing that the months do
// not.

package bridge_test

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// What a year is made of. A month has thirty days.
const (
	yearProducts  = 40
	yearOrders    = 3 // a day, by the rhythm of the day
	yearOfStore   = 3 // orders a day that are not ours
	yearMonthDays = 30
	yearMonths    = 12
	yearEarly     = 2 // the month with which the last one is compared
)

// What may stay of an order for ever, in bytes of the database file: its keys,
// numbers and statuses, and one event that says that the history is gone.
const yearBytesOfOrder = 2 << 10

// A season is what was measured at the end of a month.
type season struct {
	orders   int // accepted so far
	size     int64
	rows     map[string]int // by table
	requests int            // to the shop and the chat, in this month
	memory   int64          // what lives of the connector alone; measured where it is stopped
}

// A year is a world in which each day is like the last.
type year struct {
	*world
	dice   *rand.Rand
	orders int
	asked  int // requests until the month began
	born   []int64
}

// A year of a shop's life costs no more at its end than at its begin: requests
// a month, live memory and every table but those that keep the keys of orders
// stay as they were, and the file grows by a bounded amount per order. Meanwhile
// peers fail, managers and an accounting program change masses of things each
// night, settings are saved, and personal data are erased after a month.
//
// CONNECTOR_TEST_YEARS=5 lets it be so many. It has a process of its own, whose
// memory is nobody else's.
func TestAYear(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	const alone = "CONNECTOR_TEST_YEAR_ALONE"
	if os.Getenv(alone) == "" {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAYear$", "-test.v", "-test.timeout=1h")
		cmd.Env = append(os.Environ(), alone+"=1", "GOMAXPROCS=1")
		out, err := cmd.CombinedOutput()
		if t.Logf("%s", out); err != nil || !strings.Contains(string(out), "--- PASS: TestAYear") {
			t.Error(err)
		}
		return
	}
	months := yearMonths
	if text := os.Getenv("CONNECTOR_TEST_YEARS"); text != "" {
		years, err := strconv.Atoi(text)
		must(t, err)
		months *= years
	}
	begin := time.Now()
	inBubble(t, func(t *testing.T) {
		y := &year{dice: rand.New(rand.NewPCG(1, 2))}
		y.world = newWorld(t, func(w *world) {
			w.config = func(c *bridge.Config) {
				c.PublicURL, c.PollInterval = "http://connector.test", 2*time.Hour
				const month = yearMonthDays * 24 * time.Hour
				c.Keep = &bridge.Keep{History: month, Refused: month / 4, Unread: month, Runs: month, Journal: month}
			}
			w.stock = insalestest.Catalog{Products: yearProducts, Seed: 7, Plain: true,
				Until: time.Now().Add(-time.Hour)}
			w.settings = y.settings
			w.judgedLater = true // of the lost catalog answers
		})
		var seasons []season
		for n := 1; n <= months; n++ {
			for day := range yearMonthDays {
				y.day(day)
			}
			seasons = append(seasons, y.measure(n == yearEarly || n == months))
		}
		early, late := seasons[yearEarly-1], seasons[months-1]
		for _, fault := range early.grew(late) {
			t.Error(fault)
		}
		for _, v := range y.chat.Violations() {
			t.Errorf("the chat complains: %s", v)
		}
		bytes := float64(late.size-early.size) / float64(late.orders-early.orders)
		t.Logf("%d orders, %.0f bytes of the file for each; live memory %d then, %d now; "+
			"requests of a month %d then, %d now",
			late.orders, bytes, early.memory, late.memory, early.requests, late.requests)
	})
	t.Logf("%d months took %v", months, time.Since(begin).Round(time.Second))
}

func (y *year) settings() storage.Company {
	c := settings()
	c.Orders.EraseAfter = yearMonthDays * 24 * time.Hour
	c.Catalog = storage.CatalogSync{Enabled: true, Interval: 12 * time.Hour}
	return c
}

// grew tells what is larger at the end of late than the orders between the two
// account for.
func (s season) grew(late season) (faults []string) {
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	orders := int64(late.orders - s.orders)
	if orders <= 0 {
		add("no orders came")
	}
	if n := late.size - s.size; n > orders*yearBytesOfOrder+(1<<20) {
		add("the file grew by %d bytes with %d orders", n, orders)
	}
	if late.requests > s.requests*6/5 || late.requests == 0 {
		add("requests of a month: %d then, %d now", s.requests, late.requests)
	}
	if late.memory > s.memory*5/4+(256<<10) || late.memory <= 0 {
		add("live memory: %d bytes then, %d now", s.memory, late.memory)
	}
	// What is kept by promise: an order, and one event that says that its history was
	// deleted. All else has been kept for its time long before the first of the two months.
	ofOrder := map[string]int64{"orders": 1, "events": 1}
	for _, table := range slices.Sorted(maps.Keys(late.rows)) {
		was, is := int64(s.rows[table]), int64(late.rows[table])
		if is > was*6/5+20+orders*ofOrder[table] {
			add("%s: %d rows then, %d now", table, was, is)
		}
	}
	return faults
}

// measure looks at what there is at the end of a month. What lives of the
// connector is what is free after it was stopped; it goes on in a new life.
func (y *year) measure(stop bool) season {
	asked := y.requests()
	s := season{orders: y.orders, requests: asked - y.asked, rows: map[string]int{}}
	y.asked = asked
	var err error
	s.size, err = y.proc.store.Size()
	must(y.t, err)
	y.withDB(func(db *sql.DB) error {
		names, err := tables(db)
		for _, name := range names {
			var n int
			err = cmp.Or(err, db.QueryRow("SELECT count(*) FROM "+name).Scan(&n))
			s.rows[name] = n
		}
		return err
	})
	if stop {
		with := live()
		y.stop()
		y.proc = nil
		s.memory = with - live()
		y.start()
	}
	return s
}

func tables(db *sql.DB) (names []string, err error) {
	rows, err := db.Query(
		"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// live is what is in use of Go's memory.
func live() int64 {
	runtime.GC()
	runtime.GC() // what a finalizer or a pool has kept
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// requests counts all that the shop and the chat were asked.
func (y *year) requests() int {
	n := len(y.chat.Reports()) + len(y.chat.CatalogBatches(company))
	for _, op := range []insalestest.Op{insalestest.OpAccount, insalestest.OpOrders, insalestest.OpOrder,
		insalestest.OpOrderCreate,
		insalestest.OpOrderUpdate, insalestest.OpHooks, insalestest.OpHookCreate, insalestest.OpHookDelete,
		insalestest.OpProducts,
		insalestest.OpProductsCount, insalestest.OpProductsByIDs, insalestest.OpProduct, insalestest.OpCollections,
		insalestest.OpCollection, insalestest.OpDeliveries, insalestest.OpGateways, insalestest.OpStatuses,
		insalestest.OpFields} {
		n += y.shop.Count(op)
	}
	return n
}

// day is one day: what happens at which of its hours.
func (y *year) day(n int) {
	for hour := range 24 {
		switch hour {
		case 3:
			y.exchange()
		case 11:
			y.manage()
		case 13:
			y.strange(n)
		case 15:
			y.trouble(n)
		case 18:
			y.calm()
		}
		// Nobody orders at night, most in the evening.
		for i := range yearOrders {
			if []int{10, 18, 21}[i%3] == hour {
				y.buy()
			}
		}
		time.Sleep(time.Hour)
	}
}

// buy is a customer's order, and now and then one of the shop's own.
func (y *year) buy() {
	y.orders++
	id := fmt.Sprintf("Y-%d", y.orders)
	o := anOrder(id)
	o.Phone, o.Paid = fmt.Sprintf("+7999%07d", y.orders), y.orders%7 == 0
	o.Comment = "Позвоните, пожалуйста, за час: домофон не работает"
	a, err := y.sender().Deliver(y.t.Context(), o.Body())
	if err != nil || !a.OK() {
		y.t.Errorf("order %s: %v %d %s", id, err, a.Status, a.Body)
	}
	if y.orders%yearOfStore == 0 {
		_, err := y.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
			Lines: []insalestest.PlacedLine{{VariantID: 500000004}}})
		must(y.t, err)
	}
}

// manage moves the orders of the last days on, as managers do in the morning.
func (y *year) manage() {
	for n := max(1, y.orders-4*yearOrders); n <= y.orders; n++ {
		status := []string{"dostavlen", "otgruzhen", "soglasovan", "v-obrabotke"}[min((y.orders-n)/yearOrders, 3)]
		if y.orders-n < yearOrders {
			status = "v-obrabotke"
		} else if y.orders-n >= 3*yearOrders {
			status = "dostavlen"
			if n%20 == 0 {
				status = "otmenen"
			}
		}
		if o, there := y.shop.Order(y.get(fmt.Sprintf("Y-%d", n)).InSalesID); there && o.CustomStatus != status {
			must(y.t, y.shop.SetStatus(o.ID, status))
		}
	}
}

// exchange is the accounting program at night: new prices and stock of most
// products, new products, and old ones that go.
func (y *year) exchange() {
	var ids []int64
	for i := range yearProducts * 4 / 5 {
		ids = append(ids, insalestest.FirstCatalogProduct+int64(i))
	}
	stock, price := decimal.New(1+y.dice.Int64N(50), 0), decimal.New(100+y.dice.Int64N(90000), -2)
	must(y.t, y.shop.EditProducts(ids, func(_ *insalestest.Product, variants []insalestest.Variant) {
		for i := range variants {
			variants[i].Price, variants[i].Stock = price, &stock
		}
	}))
	id := 800_000_000 + int64(y.orders)
	y.shop.AddProduct(insalestest.Product{ID: id, Title: fmt.Sprint("Новинка ", y.orders)})
	y.shop.AddVariant(insalestest.Variant{ID: id, ProductID: id, SKU: fmt.Sprint("N-", y.orders), Title: "Новинка",
		Price: price})
	y.born = append(y.born, id)
	if len(y.born) > 10 {
		must(y.t, y.shop.DeleteProduct(y.born[0]))
		y.born = y.born[1:]
	}
}

// strange is what comes that should not: webhooks that are no orders, and of
// nobody; settings that are saved.
func (y *year) strange(n int) {
	bad := anOrder(fmt.Sprintf("bad-%d", y.orders))
	bad.Delivery = "!"
	_, _ = y.sender().Send(y.t.Context(), bad.Body())
	stranger := y.sender()
	stranger.Secret = "whsec_" + "c3RyYW5nZXItc3RyYW5nZXItc3RyYW5nZXItISE="
	_, _ = stranger.Send(y.t.Context(), bad.Body())
	if n%7 == 0 {
		c := y.settings()
		c.Name = fmt.Sprint("Компания ", y.orders)
		y.save(c)
	}
}

// trouble is an afternoon on which something fails: each day something else.
func (y *year) trouble(n int) {
	switch n % 8 {
	case 0:
		y.net.setDown("shop.test", true)
	case 1:
		y.net.setDown("chat.test", true)
	case 2:
		y.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 2})
	case 3:
		y.shop.Fault(insalestest.Rule{Status: 502, Times: 60})
	case 4:
		y.chat.Fault(ineedchattest.Rule{Status: 500, Times: 20})
	case 5: // a mass operation of the managers
		for n := max(1, y.orders-60); n <= y.orders; n++ {
			if id := y.get(fmt.Sprintf("Y-%d", n)).InSalesID; id != 0 {
				must(y.t, y.shop.Touch(id))
			}
		}
	case 6:
		y.restart()
	case 7:
		y.courier.Fault(insalestest.Mishap{Trick: insalestest.Lose, Times: 20})
	}
	y.proc.rt.CloseIdleConnections()
}

// calm is the end of the trouble.
func (y *year) calm() {
	y.net.setDown("shop.test", false)
	y.net.setDown("chat.test", false)
	y.shop.ClearFaults()
	y.chat.ClearFaults()
	y.courier.ClearFaults()
}

// TestAYearNotices falsifies what was measured: a comparison that cannot fail
// compares nothing.
func TestAYearNotices(t *testing.T) {
	early := season{orders: 100, size: 1 << 20, requests: 1000, memory: 4 << 20,
		rows: map[string]int{"orders": 100, "journal": 50}}
	good := func() season {
		return season{orders: 900, size: 3 << 20, requests: 1100, memory: 4<<20 + 1,
			rows: map[string]int{"orders": 900, "journal": 55}}
	}
	if faults := early.grew(good()); len(faults) > 0 {
		t.Fatalf("a flat year: %q", faults)
	}
	for what, change := range map[string]func(*season){
		"the file":         func(s *season) { s.size = 1<<20 + 800*yearBytesOfOrder + 2<<20 },
		"requests":         func(s *season) { s.requests = 1201 },
		"live memory":      func(s *season) { s.memory = 6 << 20 },
		"journal":          func(s *season) { s.rows["journal"] = 81 },
		"orders":           func(s *season) { s.rows["orders"] = 950 },
		"no orders":        func(s *season) { s.orders, s.rows["orders"], s.size = 100, 100, 1<<20 },
		"a table anew":     func(s *season) { s.rows["messages"] = 1000 },
		"nothing measured": func(s *season) { s.memory, s.requests = 0, 0 },
	} {
		late := good()
		change(&late)
		if faults := early.grew(late); len(faults) == 0 {
			t.Errorf("%s: not noticed", what)
		}
	}
}
