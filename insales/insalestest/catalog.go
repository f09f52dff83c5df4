package insalestest

import (
	"iter"
	"math"
	"math/big"
	"slices"
	"sort"
	"time"
)

// A Catalog is a large stock of products made from a seed. Nothing of it is
// kept: product i is a function of the seed and i, so a million of them cost no
// memory until they are changed, and the same Catalog is the same shop again.
//
// It looks like what shops have: collections on three levels, several of them
// for a product, one variant or a grid of sizes and colours, properties, images
// and HTML that must be cleaned, article numbers that are missing or not
// unique, stock that is unknown, broken or below zero, numbers as strings and
// strings as numbers, and nulls. One in fifty is in the trash, some are hidden.
// Their changes lie in the two years before Until, often several at one time
// and sometimes [hugeGroup] of them.
type Catalog struct {
	Products int // how many; 0 = no catalogue
	Seed     uint64
	Until    time.Time // the time of the last change; default the start of the shop
	// Plain leaves out what is hostile: scripts in texts and values of odd types.
	Plain bool
}

// The ids of a catalogue. They leave room for those of the seed below and those
// that the API gives out.
const (
	FirstCatalogProduct int64 = 400_000_001
	firstCatalogVariant int64 = 10_000_000_000
	firstCatalogImage   int64 = 20_000_000_000

	mostVariants = 10 // of one product
	mostImages   = 4
)

// The products of a catalogue are ranked by their last change, and those with
// the same time make a group. Groups repeat after a cycle of ranks.
const (
	cycle       = 1024
	hugeGroup   = 300 // more than the largest page
	trashedOf   = 50
	catalogSpan = 2 * 365 * 24 * time.Hour
)

// A maker makes the products of a catalogue. Its methods may be called on nil.
type maker struct {
	Catalog
	n          uint64 // products
	step       uint64 // of the permutation that gives ranks their products
	back       uint64 // its inverse
	shift      uint64
	starts     []int // first rank of each group of a cycle, and the end
	groupOf    [cycle]uint16
	groups     int // all of them
	begin      int64
	interval   int64 // seconds between two groups
	words      words
	leaves     []int64 // collections, three for each branch
	categories []int64 // one for each branch
	layer      layer
}

// layer is what was done to all products at one time.
type layer struct {
	at               time.Time // zero = nothing yet
	noStock, noPrice bool
}

func newMaker(c Catalog) *maker {
	m := &maker{Catalog: c, n: uint64(c.Products), words: newWords()}
	m.permute()
	for rank, i := 0, 0; rank < cycle; i++ {
		size := []int{1, 1, 2, 1, 3, 1, 1, 8, 1, 1, 1, 5}[i%12]
		if rank+size > cycle-hugeGroup {
			size = cycle - rank
			if rank < cycle-hugeGroup {
				size -= hugeGroup
			}
		}
		m.starts = append(m.starts, rank)
		for r := range size {
			m.groupOf[rank+r] = uint16(len(m.starts) - 1)
		}
		rank += size
	}
	m.starts = append(m.starts, cycle)
	m.groups = m.group(c.Products-1) + 1
	m.interval = max(int64(catalogSpan/time.Second)/int64(m.groups), 1)
	m.begin = c.Until.Unix() - m.interval*int64(m.groups)
	return m
}

// permute finds a step that has no divisor in common with n, near the golden
// ratio so that neighbours in rank are strangers by id, and its inverse.
func (m *maker) permute() {
	m.shift = mix(m.Seed, 1) % m.n
	n, step := new(big.Int).SetUint64(m.n), new(big.Int)
	for m.step = uint64(float64(m.n)*0.6180339887) | 1; ; m.step++ {
		if back := new(big.Int).ModInverse(step.SetUint64(m.step), n); back != nil {
			m.back = back.Uint64()
			return
		}
	}
}

// at gives the product of a rank, rank the reverse.
func (m *maker) at(rank int) int {
	return int((uint64(rank)*m.step + m.shift) % m.n)
}

func (m *maker) rank(i int) int {
	return int((uint64(i) + m.n - m.shift) % m.n * m.back % m.n)
}

// group is the number of the group of a rank.
func (m *maker) group(rank int) int {
	return rank/cycle*(len(m.starts)-1) + int(m.groupOf[rank%cycle])
}

// members are the first rank of a group and the one after its last.
func (m *maker) members(group int) (from, to int) {
	per := len(m.starts) - 1
	base, k := group/per*cycle, group%per
	return base + m.starts[k], min(base+m.starts[k+1], m.Products)
}

// time is when a group was changed, in seconds: later than the one before.
func (m *maker) time(group int) int64 {
	jitter := int64(mix(m.Seed^0x5eed, uint64(group)) % uint64(max(m.interval*3/4, 1)))
	return m.begin + m.interval*int64(group) + jitter
}

// updatedAt is when a product was changed.
func (m *maker) updatedAt(i int) time.Time {
	if !m.layer.at.IsZero() {
		return m.layer.at
	}
	return time.Unix(m.time(m.group(m.rank(i))), 0)
}

func (m *maker) trashed(i int) bool { return mix(m.Seed^0x7a54, uint64(i))%trashedOf == 0 }

// index is the number of a product in the catalogue.
func (m *maker) index(id int64) (int, bool) {
	if m == nil || id < FirstCatalogProduct || id >= FirstCatalogProduct+int64(m.Products) {
		return 0, false
	}
	return int(id - FirstCatalogProduct), true
}

// productOf tells whose variant an id is; 0 = nobody's.
func (m *maker) productOf(variantID int64) int64 {
	if m == nil || variantID < firstCatalogVariant {
		return 0
	}
	i, k := (variantID-firstCatalogVariant)/mostVariants, (variantID-firstCatalogVariant)%mostVariants
	if i >= int64(m.Products) || int(k) >= len(m.product(int(i)).variants) {
		return 0
	}
	return FirstCatalogProduct + i
}

// stamps yields the products as they were made, in the order of a list. With a
// feed those before its cursor are left out.
func (m *maker) stamps(f filter) iter.Seq[stamped] {
	switch {
	case m == nil:
		return func(func(stamped) bool) {}
	case f.since.IsZero():
		return m.backwards
	case !m.layer.at.IsZero():
		return m.layered(f)
	default:
		return m.feed(f)
	}
}

func (m *maker) stamp(i int, at time.Time) stamped {
	return stamped{id: FirstCatalogProduct + int64(i), updatedAt: at, archived: m.trashed(i)}
}

// backwards has no times: the order of a list without a feed needs none.
func (m *maker) backwards(yield func(stamped) bool) {
	for i := m.Products - 1; i >= 0; i-- {
		if !yield(m.stamp(i, time.Time{})) {
			return
		}
	}
}

// layered is the feed after something was done to all products at one time.
func (m *maker) layered(f filter) iter.Seq[stamped] {
	return func(yield func(stamped) bool) {
		from := 0
		if f.since.Equal(m.layer.at) {
			from = int(min(max(f.fromID+1-FirstCatalogProduct, 0), int64(m.Products)))
		} else if f.since.After(m.layer.at) {
			return
		}
		for i := from; i < m.Products; i++ {
			if !yield(m.stamp(i, m.layer.at)) {
				return
			}
		}
	}
}

func (m *maker) feed(f filter) iter.Seq[stamped] {
	since := f.since.Unix()
	first := sort.Search(m.groups, func(g int) bool { return m.time(g) >= since })
	return func(yield func(stamped) bool) {
		ids := make([]int, 0, hugeGroup)
		for group := first; group < m.groups; group++ {
			at := time.Unix(m.time(group), 0)
			ids = ids[:0]
			for rank, end := m.members(group); rank < end; rank++ {
				ids = append(ids, m.at(rank))
			}
			slices.Sort(ids)
			for _, i := range ids {
				if !yield(m.stamp(i, at)) {
					return
				}
			}
		}
	}
}

// mix is a random number that depends on nothing but its arguments
// (splitmix64).
func mix(seed, i uint64) uint64 {
	z := seed + (i+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// dice are a series of random numbers.
type dice struct{ seed, n uint64 }

func (d *dice) next() uint64 {
	d.n++
	return mix(d.seed, d.n)
}

// below is a number from 0 to n-1.
func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

// one reports true once in n throws.
func (d *dice) one(n int) bool { return d.next()%uint64(n) == 0 }

// pick returns one of a list.
func pick[T any](d *dice, list []T) T { return list[d.below(len(list))] }

// log is a number between low and high that is rather small than large.
func (d *dice) log(low, high float64) float64 {
	part := float64(d.next()>>11) / (1 << 53)
	return low * math.Pow(high/low, part)
}
