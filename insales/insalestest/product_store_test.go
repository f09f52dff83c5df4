package insalestest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// newTestMaker has leaves and categories of its own, as Shop.stock gives.
func newTestMaker(products int, seed uint64) *maker {
	m := newMaker(Catalog{Products: products, Seed: seed, Until: time.Unix(1_700_000_000, 0)})
	for i := range m.words.branches {
		m.categories = append(m.categories, int64(i+1))
		for range 3 {
			m.leaves = append(m.leaves, firstCatalogCollection+int64(len(m.leaves)))
		}
	}
	return m
}

// TestMakerRanks: every product has one rank, and the groups of ranks have no
// holes and grow in time.
func TestMakerRanks(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 10, 89, 100, 1023, 1024, 1025, 2048, 5000, 65536, 100_003} {
		for seed := range uint64(3) {
			m := newTestMaker(n, seed)
			seen := make([]bool, n)
			for rank := range n {
				i := m.at(rank)
				if seen[i] {
					t.Fatalf("%d products, seed %d: product %d has two ranks", n, seed, i)
				}
				seen[i] = true
				if m.rank(i) != rank {
					t.Fatalf("%d products, seed %d: product %d of rank %d says %d", n, seed, i, rank, m.rank(i))
				}
			}
			at, last := 0, int64(0)
			for g := range m.groups {
				from, to := m.members(g)
				if from != at || to <= from {
					t.Fatalf("%d products: group %d has ranks %d to %d, want from %d", n, g, from, to, at)
				}
				for rank := from; rank < to; rank++ {
					if m.group(rank) != g {
						t.Fatalf("%d products: rank %d is in group %d, want %d", n, rank, m.group(rank), g)
					}
				}
				if m.time(g) <= last || m.time(g) > m.Until.Unix() {
					t.Fatalf("%d products: group %d at %d, after %d", n, g, m.time(g), last)
				}
				at, last = to, m.time(g)
			}
			if at != n {
				t.Fatalf("%d products: the groups have %d", n, at)
			}
		}
	}
}

// TestMakerMillions: also what nobody reads in a test has its place.
func TestMakerMillions(t *testing.T) {
	m := newTestMaker(10_000_000, 5)
	r := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		i := r.IntN(10_000_000)
		if m.at(m.rank(i)) != i {
			t.Fatalf("product %d is at rank %d, where %d is", i, m.rank(i), m.at(m.rank(i)))
		}
		p := m.product(i)
		if id := m.productOf(p.variants[len(p.variants)-1].v.ID); id != p.v.ID {
			t.Fatalf("the last variant of %d belongs to %d", p.v.ID, id)
		}
		if id := m.productOf(firstCatalogVariant + int64(i)*mostVariants + int64(len(p.variants))); id != 0 {
			t.Fatalf("a variant that %d does not have belongs to %d", p.v.ID, id)
		}
		if s := m.stamp(i, p.updatedAt); s != p.stamp() {
			t.Fatalf("%v, and in the feed %v", p.stamp(), s)
		}
		if !p.createdAt.Before(p.updatedAt) && p.createdAt != p.updatedAt {
			t.Fatalf("product %d was made at %v and changed at %v", p.v.ID, p.createdAt, p.updatedAt)
		}
	}
	for _, id := range []int64{0, 1, FirstCatalogProduct - 1, FirstCatalogProduct + 10_000_000} {
		if _, made := m.index(id); made {
			t.Errorf("%d is in the catalogue", id)
		}
	}
	for _, id := range []int64{0, firstCatalogVariant - 1, firstCatalogVariant + 10_000_000*mostVariants} {
		if product := m.productOf(id); product != 0 {
			t.Errorf("variant %d belongs to %d", id, product)
		}
	}
}

// TestNoMaker: a shop without a catalogue asks for it too.
func TestNoMaker(t *testing.T) {
	var m *maker
	for range m.stamps(filter{}) {
		t.Error("it has products")
	}
	if m.productOf(firstCatalogVariant) != 0 {
		t.Error("it has variants")
	}
	g := newProductStore()
	if g.peek(FirstCatalogProduct) != nil || g.edit(5) != nil || g.productOf(5) != 0 {
		t.Error("it has products")
	}
	g.remove(5)
}

// TestGoodsAreInOrder changes products in all ways and compares each list with
// one that is sorted from scratch.
func TestGoodsAreInOrder(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 7))
		g := newProductStore()
		g.maker = newTestMaker(1+r.IntN(1500), seed)
		var at []time.Time // to choose from: equal times matter
		for i := range 20 {
			at = append(at, g.maker.updatedAt(r.IntN(g.maker.Products)), time.Unix(1_700_000_000+int64(i), 0))
		}
		anID := func() int64 {
			if r.IntN(4) == 0 {
				return 1 + int64(r.IntN(30)) + int64(r.IntN(2))*FirstCatalogProduct*2 // not of the catalogue
			}
			return FirstCatalogProduct + int64(r.IntN(g.maker.Products))
		}
		for step := range 120 {
			switch id, p := anID(), (*product)(nil); r.IntN(5) {
			case 0:
				g.remove(id)
			case 1:
				g.put(&product{v: Product{ID: id, Archived: r.IntN(2) == 0}, updatedAt: at[r.IntN(len(at))]})
			default:
				if p = g.edit(id); p != nil {
					p.updatedAt = at[r.IntN(len(at))]
				}
			}
			if step%40 == 39 {
				g.maker.layer.at = at[r.IntN(len(at))]
			}
			f := filter{withDeleted: r.IntN(2) == 0, deleted: r.IntN(4) == 0}
			if r.IntN(3) > 0 {
				f.since = at[r.IntN(len(at))].Add(time.Duration(max(r.IntN(5)-2, 0)) * 500 * time.Millisecond)
				switch r.IntN(4) {
				case 0:
					f.fromID = anID()
				case 1, 2: // right before, at or behind one that the cursor is about
					for _, p := range g.own {
						if p != nil && p.updatedAt.Equal(f.since) {
							f.fromID = p.v.ID - 1 + int64(r.IntN(3))
						}
					}
				}
			}
			compareLists(t, fmt.Sprintf("seed %d, step %d, %+v", seed, step, f), g, f)
		}
	}
}

func compareLists(t *testing.T, what string, g productStore, f filter) {
	t.Helper()
	var want, got []int64
	var all []stamped
	for i := range g.maker.Products {
		if _, own := g.own[FirstCatalogProduct+int64(i)]; !own {
			all = append(all, g.maker.stamp(i, g.maker.updatedAt(i)))
		}
	}
	for _, p := range g.own {
		if p != nil {
			all = append(all, p.stamp())
		}
	}
	slices.SortFunc(all, f.compare)
	for _, s := range all {
		if f.admits(s) {
			want = append(want, s.id)
		}
	}
	for s := range g.stamps(f) {
		if f.admits(s) {
			got = append(got, s.id)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s: %d products, want %d", what, len(got), len(want))
	}
	for range g.stamps(f) {
		break // a page ends early
	}
}

// TestVariantsStandWithTheirProducts moves variants between products.
func TestVariantsStandWithTheirProducts(t *testing.T) {
	s := New(Config{NoSeed: true, Catalog: Catalog{Products: 50, Seed: 1}})
	of := func(variant, product int64) {
		t.Helper()
		if got := s.products.productOf(variant); got != product {
			t.Errorf("variant %d belongs to %d, want %d", variant, got, product)
		}
	}
	s.AddVariant(Variant{ID: 1, ProductID: 10, Title: "Один"})
	s.AddVariant(Variant{ID: 2, ProductID: 10, Title: "Два"})
	of(1, 10)
	s.AddVariant(Variant{ID: 1, ProductID: 11, Title: "Один"})
	of(1, 11)
	if n := len(s.products.peek(10).variants); n != 1 {
		t.Errorf("%d variants are left", n)
	}
	made := s.products.peek(FirstCatalogProduct + 3).variants[0].v
	of(made.ID, FirstCatalogProduct+3)
	made.ProductID = 10
	s.AddVariant(made)
	of(made.ID, 10)
	s.RemoveVariant(made.ID)
	of(made.ID, 0)
	if _, found := s.variant(made.ID); found {
		t.Error("a removed variant is found")
	}
	s.RemoveVariant(made.ID)
	if err := s.DeleteProduct(11); err != nil {
		t.Fatal(err)
	}
	of(1, 0)
	s.AddProduct(Product{ID: FirstCatalogProduct + 4, Title: "Иначе"})
	first := firstCatalogVariant + 4*mostVariants
	of(first, FirstCatalogProduct+4)
	if err := s.DeleteProduct(FirstCatalogProduct + 4); err != nil {
		t.Fatal(err)
	}
	of(first, 0)
	s.AddVariant(Variant{ID: first, ProductID: FirstCatalogProduct + 4, Title: "Снова"}) // an id that comes back
	of(first, FirstCatalogProduct+4)
	if p, found := s.Product(FirstCatalogProduct + 4); !found || len(p.Variants) != 1 || p.Title != "Снова" {
		t.Errorf("%v %v", p, found)
	}
}
