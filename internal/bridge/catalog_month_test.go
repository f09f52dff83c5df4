package bridge_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// A turn is one thing that happens to a catalog in a random month.
type turn struct {
	What string
	Of   int // which product, and of which kind
	N    int
	Wait int // index of waits
}

func (d turn) String() string { return fmt.Sprintf("%s(%d,%d)+%d", d.What, d.Of, d.N, d.Wait) }

func genTurn() *rapid.Generator[turn] {
	return rapid.Custom(func(t *rapid.T) turn {
		return turn{
			What: rapid.SampledFrom([]string{
				"title", "title", "price", "stock", "stock", "sellout", "describe", "hide", "unhide", "unhide", "trash",
				"restore", "restore",
				"delete", "conceal", "late", "bump", "touch", "place", "place", "variant", "picture", "pictured",
				"collection", "collection", "mass", "massHide", "massUnhide", "empty", "refill", "zero", "unzero",
				"shopFault", "shopFault", "shopFault", "chatFault", "chatFault", "chatFault", "refuseItems",
				"refuseItems", "takeItems",
				"resync", "forget", "restart", "crash", "crash", "sync", "full", "settings", "chatDown", "chatUp",
				"confirm",
			}).Draw(t, "what"),
			Of:   rapid.IntRange(0, 59).Draw(t, "of"),
			N:    rapid.IntRange(0, 11).Draw(t, "n"),
			Wait: rapid.IntRange(0, len(waits)-1).Draw(t, "wait"),
		}
	})
}

// waits are what passes between two turns. A month is some sixty of them.
var waits = []time.Duration{0, 20 * time.Second, 3 * time.Minute, 20 * time.Minute, 2 * time.Hour, 9 * time.Hour,
	30 * time.Hour}

// A stockMonth is a world whose catalog random things happen to.
type stockMonth struct {
	*world
	fuse    atomic.Int64 // points until the plug is pulled; 0 = not at all
	refused atomic.Int64 // the chat refuses products whose id ends so; 0 = none
	steady  map[int64]time.Time
	fed     bool // the chat fetches the catalog, but for a while now and then
}

// After a month of edits, faults and deaths of every kind the chat has exactly
// what the shop has, and meanwhile never lost many of its products.
func TestCatalogMonth(t *testing.T) {
	months(t, 20)
	catalogMonths(t, false)
}

// TestCatalogFeedMonth is the same for a chat that fetches the catalog, and that is now and
// then changed for one that takes batches.
func TestCatalogFeedMonth(t *testing.T) {
	months(t, 10)
	catalogMonths(t, true)
}

func catalogMonths(t *testing.T, fed bool) {
	rapid.Check(t, func(rt *rapid.T) {
		interval := rapid.SampledFrom([]time.Duration{20 * time.Minute, time.Hour, 6 * time.Hour}).Draw(rt, "interval")
		turns := rapid.SliceOfN(genTurn(), 1, 60).Draw(rt, "turns")
		var faults []string
		synctest.Test(t, func(t *testing.T) {
			m := &stockMonth{fed: fed}
			m.world = newWorld(t, withCatalog(60), every(interval), func(w *world) {
				if settings := w.settings; fed {
					w.settings = func() storage.Company {
						c := settings()
						c.Chat.Wire = &storage.Wire{Catalog: storage.CatalogFeed}
						return c
					}
				}
				w.tap = func(string) bool { return m.fuse.Load() == 0 || m.fuse.Add(-1) != 0 }
				w.stock.Plain = false
				w.judgedLater = true
			})
			m.chat.RejectItem(m.refuse)
			m.ran(1, 10*time.Minute)
			for i, d := range turns {
				m.turn(d)
				time.Sleep(waits[d.Wait])
				m.revive()
				if lost := m.lost(); lost != "" {
					faults = append(faults, fmt.Sprintf("after turn %d: %s", i+1, lost))
				}
			}
			faults = append(faults, m.rest(interval)...)
		})
		if len(faults) > 0 {
			rt.Fatalf("%s\ninterval %v, after %v", strings.Join(faults, "\n"), interval, turns)
		}
	})
}

func (m *stockMonth) refuse(_, product string) (string, string) {
	if n := m.refused.Load(); n > 0 && strings.HasSuffix(product, strconv.FormatInt(n, 10)) {
		return "title", "не нравится"
	}
	return "", ""
}

// product is one of the catalog's, whatever has become of it.
func (m *stockMonth) product(n int) int64 { return insalestest.FirstCatalogProduct + int64(n%60) }

// turn lets one thing happen. What cannot happen now, does not.
func (m *stockMonth) turn(d turn) {
	id := m.product(d.Of)
	switch d.What {
	case "title":
		_ = m.shop.EditProduct(id, func(p *insalestest.Product) { p.Title = fmt.Sprintf("Имя %d", d.N%3) })
	case "describe":
		texts := []string{"", "<p>Просто</p>", "Без разметки",
			`<p onclick="alert(1)">С ней</p><script>alert(2)</script>`, "5 < 6 & 7"}
		_ = m.shop.EditProduct(id, func(p *insalestest.Product) { p.Description = texts[d.N%len(texts)] })
	case "price", "stock", "sellout", "variant":
		m.vary(d, id)
	case "hide":
		_ = m.shop.HideProduct(id)
	case "unhide":
		_ = m.shop.UnhideProduct(id)
	case "trash":
		_ = m.shop.TrashProduct(id)
	case "restore":
		_ = m.shop.RestoreProduct(id)
	case "delete":
		if d.N < 4 {
			_ = m.shop.DeleteProduct(id)
		}
	case "conceal":
		_ = m.shop.ConcealProduct(id, time.Duration(d.N)*10*time.Minute)
	case "late": // committed late
		_ = m.shop.EditProduct(id, func(p *insalestest.Product) { p.Title = "Поздно" })
		_ = m.shop.SetProductUpdatedAt(id, time.Now().Add(-time.Duration(d.N)*time.Minute))
	case "bump":
		_ = m.shop.EditProduct(id, func(*insalestest.Product) {})
	case "touch":
		m.shop.TouchProducts()
	case "place":
		ids := m.collections(d.N)
		_ = m.shop.EditProduct(id, func(p *insalestest.Product) { p.CollectionIDs = ids })
	case "picture":
		_ = m.shop.EditProduct(id, func(p *insalestest.Product) {
			p.Images = []insalestest.Image{{ID: id, URL: fmt.Sprintf("https://static.insales-cdn.com/%d.jpg", d.N),
				Processing: true}}
		})
	case "pictured":
		_ = m.shop.EditProduct(id, func(p *insalestest.Product) {
			p.Images = slices.Clone(p.Images)
			for i := range p.Images {
				p.Images[i].Processing = false
			}
		})
		_ = m.shop.SetProductUpdatedAt(id, time.Now().Add(-48*time.Hour))
	case "collection":
		m.rearrange(d)
	case "mass", "massHide", "massUnhide", "empty", "refill", "zero", "unzero":
		m.exchange(d)
	default:
		m.outside(d)
	}
}

// vary changes the variants of a product.
func (m *stockMonth) vary(d turn, id int64) {
	if d.What == "variant" {
		_ = m.shop.EditProduct(id, func(*insalestest.Product) {})
		if p, ok := m.shop.Product(id); ok && len(p.Variants) > 1 && d.N < 4 {
			m.shop.RemoveVariant(p.Variants[d.N%len(p.Variants)].ID)
		} else if ok {
			m.shop.AddVariant(insalestest.Variant{ID: 900_000_000 + id*20 + int64(d.N), ProductID: id,
				SKU: fmt.Sprint("M-", d.N), Price: decimals[d.N%(len(decimals)-1)]})
		}
		return
	}
	_ = m.shop.EditProducts([]int64{id}, func(_ *insalestest.Product, variants []insalestest.Variant) {
		for i := range variants {
			v := &variants[i]
			switch d.What {
			case "price":
				v.Price, v.OldPrice = decimals[d.N%(len(decimals)-1)], []string{"", "100.0", "99999.0"}[d.N%3]
			case "stock":
				v.Stock = &decimals[d.N%len(decimals)]
			default:
				v.Stock = &decimals[0]
			}
		}
	})
}

// collections are some of those that a product can stand in.
func (m *stockMonth) collections(n int) (ids []int64) {
	all := m.shop.Collections()
	for i := range n % 4 {
		ids = append(ids, all[(n*7+i*5)%len(all)].ID)
	}
	return ids
}

// rearrange changes the tree.
func (m *stockMonth) rearrange(d turn) {
	all := m.shop.Collections()
	c := all[d.Of%len(all)]
	switch d.N {
	case 0, 1:
		m.shop.AddCollection(insalestest.Collection{ID: 8_000_000 + int64(d.Of), ParentID: c.ID, Title: "Новая"})
		return
	case 2, 3:
		c.Hidden = true
	case 4, 5, 6:
		c.Hidden = false
	case 7, 8:
		c.ParentID = all[(d.Of*3)%len(all)].ID
	case 9:
		c.ParentID = 0
	case 10:
		c.Title = "Другая"
	default:
		m.shop.RemoveCollection(c.ID)
		return
	}
	m.shop.AddCollection(c)
}

// exchange is what an accounting program does to many products at one time.
func (m *stockMonth) exchange(d turn) {
	var ids []int64
	for i := range 40 {
		if p, ok := m.shop.Product(m.product(d.Of + i)); ok && (i < 8 || d.What != "mass") {
			ids = append(ids, p.ID)
		}
	}
	switch d.What {
	case "mass":
		_ = m.shop.EditProducts(ids, func(p *insalestest.Product, variants []insalestest.Variant) {
			for i := range variants {
				variants[i].Price = decimals[1+d.N%(len(decimals)-2)]
			}
		})
	case "massHide", "massUnhide":
		_ = m.shop.EditProducts(ids, func(p *insalestest.Product, _ []insalestest.Variant) {
			p.Hidden = d.What == "massHide"
		})
	case "empty":
		m.shop.EmptyStock()
	case "refill":
		m.shop.RefillStock()
	case "zero":
		m.shop.ZeroPrices()
	default:
		m.shop.RestorePrices()
	}
}

// outside lets things happen to the peers and the process.
func (m *stockMonth) outside(d turn) {
	switch d.What {
	case "shopFault":
		m.shop.Fault(shopFault(d.Of, d.N))
	case "chatFault":
		m.chat.Fault(chatFault(d.Of, d.N))
	case "refuseItems":
		m.refused.Store(int64(d.N))
	case "takeItems":
		m.refused.Store(0)
	case "resync", "forget":
		if m.fed {
			m.steady = nil
			way := map[string]string{"resync": storage.CatalogPush, "forget": storage.CatalogFeed}[d.What]
			c := m.settings()
			c.Chat.Wire = &storage.Wire{Catalog: way}
			_, _ = m.proc.bridge.SaveCompany(m.t.Context(), c)
			return
		}
		m.forget(d.What == "forget")
	case "restart":
		m.stop()
		_ = m.tryStart()
	case "crash":
		m.fuse.Store(int64(1 + d.N*3))
	case "sync", "full":
		_, _ = m.syncer().Sync(m.t.Context(), d.What == "full")
	case "settings":
		m.resettle(d.N)
	case "chatDown", "chatUp":
		m.net.setDown("chat.test", d.What == "chatDown")
		m.proc.rt.CloseIdleConnections()
	case "confirm":
		_, _ = m.syncer().ConfirmGuard(m.t.Context(), "test")
		m.steady = nil
	}
}

// forget lets the chat ask for the whole catalog, or lose it.
func (m *stockMonth) forget(all bool) {
	if !all {
		m.chat.RequireResync(company)
		return
	}
	m.chat.ForgetCatalog(company)
	m.steady = nil
}

// resettle saves settings: the price kind, or the switch.
func (m *stockMonth) resettle(n int) {
	c := m.settings()
	switch n % 4 {
	case 0:
		c.Catalog.Price, m.sees.price = "price2", 2
	case 1:
		c.Catalog.Enabled = false
	}
	if n%4 != 0 {
		m.sees.price = 0
	}
	_, _ = m.proc.bridge.SaveCompany(m.t.Context(), c)
}
