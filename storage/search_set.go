package storage

import (
	"bytes"
	"encoding/binary"
	"iter"
	"math/bits"
)

// Orders are indexed in blocks of so many rows: 1 << blockBits.
const (
	blockBits = 11
	blockSize = 1 << blockBits
)

// A blockSet is which orders of a block are meant, by their place in it.
type blockSet [blockSize / 64]uint64

func (s *blockSet) add(place int)      { s[place/64] |= 1 << (place % 64) }
func (s *blockSet) remove(place int)   { s[place/64] &^= 1 << (place % 64) }
func (s *blockSet) has(place int) bool { return s[place/64]&(1<<(place%64)) != 0 }

// keep removes what is not in other, and reports whether anything is left.
func (s *blockSet) keep(other *blockSet) bool {
	var left uint64
	for i := range s {
		s[i] &= other[i]
		left |= s[i]
	}
	return left != 0
}

// places gives the places of the set, the first one first.
func (s *blockSet) places() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

// pack writes a set as the steps from each of its places to the next, or as one bit for
// each place where that is no longer. So the length tells which of the two it is.
func (s *blockSet) pack() []byte {
	var steps [blockSize/8 + binary.MaxVarintLen16]byte
	n, last := 0, 0
	for place := range s.places() {
		n += binary.PutUvarint(steps[n:], uint64(place-last))
		last = place
		if n >= blockSize/8 {
			n = 0
			for _, word := range s {
				binary.LittleEndian.PutUint64(steps[n:], word)
				n += 8
			}
			break
		}
	}
	return bytes.Clone(steps[:n])
}

// unpackSet reads what pack has written. A file that somebody has written into gives a
// wrong set and no failure: what a search finds is looked at in its row.
func unpackSet(packed []byte) (s blockSet) {
	if len(packed) == blockSize/8 {
		for i := range s {
			s[i] = binary.LittleEndian.Uint64(packed[i*8:])
		}
		return s
	}
	for place := uint64(0); len(packed) > 0; {
		step, n := binary.Uvarint(packed)
		if place += step; n <= 0 || place >= blockSize {
			break
		}
		s.add(int(place))
		packed = packed[n:]
	}
	return s
}
