package catalog

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// crockford is the alphabet of a ULID: digits and capitals without I, L, O and U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newSyncID names a sync in the chat. It is a ULID, as the contract has it: 48
// bits of time in milliseconds and 80 bits of chance, five bits a sign, so that
// later names sort behind earlier ones. Chance makes it certain that no name comes
// twice, also after a backup has been restored.
func newSyncID(now time.Time) string {
	var random [10]byte
	rand.Read(random[:]) // never fails (documented)
	high := uint64(now.UnixMilli())<<16 | uint64(binary.BigEndian.Uint16(random[:2]))
	low := binary.BigEndian.Uint64(random[2:])
	var id [26]byte
	for i := len(id) - 1; i >= 0; i-- {
		id[i] = crockford[low&31]
		high, low = high>>5, low>>5|high<<59
	}
	return string(id[:])
}
